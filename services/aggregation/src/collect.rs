//! `Collect` and `StreamCollect`: the comments themselves with their decisions, grouped, in the draft's own reading
//! order, or as they came.

use prost::Message;
use tokio::sync::mpsc;
use ykien_domain::actor::Scope;
use ykien_domain::filter::Filter;
use ykien_domain::ids::{DraftId, Revision, name};
use ykien_domain::model::Comment;
use ykien_domain::query::{self, Cursor, Group};
use ykien_domain::{Result, Violations};
use ykien_edge::{limits, page, wire};
use ykien_proto::v1;

use crate::outlet::{self, Outlet, Stream};
use crate::{Aggregation, freshness};

/// The name under which page tokens are bound.
const METHOD: &str = "Collect";

/// The comments that a stream reads at a time. The database waits between two pages, and the process has two of each stream
/// in its memory, at some 1.8 KiB a comment.
const STREAM_PAGE: i64 = 8_000;
/// The most comments of a message of a stream: those of a whole page would have left the processor's caches by the time they
/// are encoded.
const STREAM_MESSAGE: usize = 250;

/// Which comments, and in which order.
struct Selection {
    draft: DraftId,
    group: Option<Group>,
    filter: Filter,
    min_revision: Revision,
}

/// Some comments, and where the next ones begin.
struct Slice {
    comments: Vec<Comment>,
    next: Option<Cursor>,
    revision: Revision,
}

pub(crate) async fn collect(
    service: &Aggregation,
    scope: Scope,
    request: v1::CollectRequest,
) -> Result<v1::CollectResponse> {
    let selection =
        Selection::parse(&request.draft, request.group_by, &request.filter, request.min_revision)?;
    let mut limit = page::size(request.page_size)?;
    let group_by = request.group_by.to_string();
    let parameters = [request.draft.as_str(), &group_by, &request.filter];
    let after: Option<Cursor> = page::decode(METHOD, &parameters, &request.page_token)?;
    loop {
        let slice = selection.read(service, &scope, after.clone(), limit).await?;
        let comments: Vec<_> = slice.comments.into_iter().map(wire::comment).collect();
        let fitting = fitting(&comments);
        if fitting == comments.len() {
            return Ok(v1::CollectResponse {
                comments,
                next_page_token: slice
                    .next
                    .map(|next| page::encode(METHOD, &parameters, &next))
                    .unwrap_or_default(),
                revision: slice.revision,
            });
        }
        // Only the store knows the place of a comment: it is asked for as many as fit.
        limit = i64::try_from(fitting).unwrap_or(1);
    }
}

pub(crate) async fn stream(
    service: &Aggregation,
    scope: Scope,
    request: v1::StreamCollectRequest,
) -> Result<Stream<v1::StreamCollectResponse>> {
    let selection =
        Selection::parse(&request.draft, request.group_by, &request.filter, request.min_revision)?;
    // The first page is read before the stream opens: who may not read takes no place among the streams.
    let first = selection.read(service, &scope, None, STREAM_PAGE).await?;
    let reader = service.clone();
    let agency = scope.agency().clone();
    outlet::open(service, &service.collections, agency, |outlet| async move {
        // A page is read while the one before it is sent.
        let (read, mut pages) = mpsc::channel(1);
        let reading = async move {
            let mut slice = first;
            loop {
                let next = slice.next.clone();
                // The other side lives as long as this one.
                let _ = read.send(slice).await;
                let Some(after) = next else { return Ok(()) };
                // There is room once it is being sent: no third page waits between.
                let _ = read.reserve().await;
                slice = selection.read(&reader, &scope, Some(after), STREAM_PAGE).await?;
            }
        };
        let sending = async move {
            let mut sent = false;
            while let Some(slice) = pages.recv().await {
                // A page that took nothing is no message; an empty collection is one, for its revision.
                if !slice.comments.is_empty() || (slice.next.is_none() && !sent) {
                    send(&outlet, slice).await;
                    sent = true;
                }
            }
        };
        tokio::join!(reading, sending).0
    })
}

/// Sends comments in messages that any client takes: one at least, for its revision.
async fn send(outlet: &Outlet<v1::StreamCollectResponse>, slice: Slice) {
    let revision = slice.revision;
    let mut waiting = slice.comments.into_iter();
    loop {
        let mut comments: Vec<_> = waiting.by_ref().take(STREAM_MESSAGE).map(wire::comment).collect();
        loop {
            let rest = comments.split_off(fitting(&comments));
            outlet.send(v1::StreamCollectResponse { comments, revision }).await;
            if rest.is_empty() {
                break;
            }
            comments = rest;
        }
        if waiting.len() == 0 {
            return;
        }
    }
}

/// How many of these fit into one message: at least one, if there is one.
fn fitting(comments: &[v1::Comment]) -> usize {
    let mut bytes = 0;
    let beyond = comments.iter().position(|comment| {
        bytes += comment.encoded_len();
        bytes > limits::MAX_PAGE_BYTES
    });
    beyond.map_or(comments.len(), |count| count.max(1))
}

impl Selection {
    fn parse(draft: &str, group_by: i32, filter: &str, min_revision: i64) -> Result<Self> {
        let mut bad = Violations::default();
        let draft = bad.take(name::draft("draft", draft));
        let ungrouped = group_by == i32::from(v1::Grouping::None);
        let group = group(group_by);
        if group.is_none() && !ungrouped {
            bad.add("group_by", "must be a grouping");
        }
        let min_revision = bad.take(freshness::revision("min_revision", min_revision));
        bad.check()?;
        let filter = Filter::parse(&draft, "filter", filter)?;
        Ok(Self { draft, group, filter, min_revision })
    }

    async fn read(
        &self,
        service: &Aggregation,
        scope: &Scope,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Slice> {
        let query = query::Collect {
            draft: self.draft.clone(),
            group: self.group,
            filter: self.filter.clone(),
            after,
            limit,
        };
        let read = service.store.read(scope, query).await?;
        freshness::expect_reached(self.min_revision, read.revision)?;
        Ok(Slice { comments: read.answer.items, next: read.answer.next, revision: read.revision })
    }
}

/// What is grouped by; none for no grouping, and for an unknown one.
pub(crate) fn group(value: i32) -> Option<Group> {
    match v1::Grouping::try_from(value).ok()? {
        v1::Grouping::None => None,
        v1::Grouping::Unspecified | v1::Grouping::Section => Some(Group::Section),
        v1::Grouping::Status => Some(Group::Status),
        v1::Grouping::Agency => Some(Group::Agency),
        v1::Grouping::ResponsibleAgency => Some(Group::Responsible),
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;
    use ykien_domain::Reason;

    use super::*;
    use crate::testing::House;

    fn comment(bytes: usize) -> v1::Comment {
        v1::Comment { text: "x".repeat(bytes), ..v1::Comment::default() }
    }

    #[test]
    fn a_message_is_cut_where_it_would_grow_too_large() {
        const MAX: usize = limits::MAX_PAGE_BYTES;
        assert_eq!(fitting(&[]), 0);
        assert_eq!(fitting(&[comment(MAX + 1), comment(1)]), 1);
        assert_eq!(fitting(&[comment(MAX / 2), comment(MAX / 4), comment(MAX / 2)]), 2);
        assert_eq!(fitting(&[comment(10), comment(10)]), 2);
    }

    #[test]
    fn a_selection_names_every_field_at_fault() {
        let error = Selection::parse("nq20", 9, "", -1).map(|_| ()).unwrap_err();
        let fields: Vec<_> = error.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["draft", "group_by", "min_revision"]);
        let error = Selection::parse("drafts/nq20", 0, "colour = red", 0).map(|_| ()).unwrap_err();
        assert_eq!(error.reason, Reason::InvalidFilter);
    }

    #[test]
    fn a_collection_may_be_filtered_by_everything() {
        let filter = r#"number > 3 AND late = true AND text:"rà soát""#;
        let selection = Selection::parse("drafts/nq20", 0, filter, 0).unwrap();
        assert_eq!(selection.group, Some(Group::Section));
    }

    fn request(filter: &str, page_token: &str) -> v1::CollectRequest {
        v1::CollectRequest {
            draft: "drafts/nq20".into(),
            filter: filter.into(),
            page_size: 2,
            page_token: page_token.into(),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn pages_follow_each_other_and_a_token_is_for_its_own_question() {
        let house = House::open().await;
        let service = house.service();
        for number in 1..=5 {
            house.comment("H37.05", &format!("Ý kiến {number}")).await;
        }
        let (mut token, mut numbers) = (String::new(), Vec::new());
        loop {
            let page = collect(&service, Scope::installation(), request("", &token)).await.unwrap();
            numbers.push(page.comments.iter().map(|comment| comment.number).collect::<Vec<_>>());
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
            let error =
                collect(&service, Scope::installation(), request("late = true", &token)).await.unwrap_err();
            assert_eq!(error.reason, Reason::InvalidPageToken);
        }
        assert_eq!(numbers, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[tokio::test]
    async fn a_page_too_large_for_a_message_goes_on_where_it_was_cut() {
        let house = House::open().await;
        let service = house.service();
        // Three bytes a letter: 30 of them are more than a message takes.
        let text = "ế".repeat(50_000);
        for _ in 0..30 {
            house.comment("H37.05", &text).await;
        }
        let request = |token: &str| v1::CollectRequest { page_size: 1_000, ..request("", token) };
        let first = collect(&service, Scope::installation(), request("")).await.unwrap();
        assert!((20..30).contains(&first.comments.len()));
        assert!(first.encoded_len() <= limits::MAX_MESSAGE_BYTES);
        let second = collect(&service, Scope::installation(), request(&first.next_page_token)).await.unwrap();
        assert_eq!(first.comments.len() + second.comments.len(), 30);
        assert!(second.next_page_token.is_empty());

        let request = v1::StreamCollectRequest { draft: "drafts/nq20".into(), ..Default::default() };
        let stream = stream(&service, Scope::installation(), request).await.unwrap();
        let messages: Vec<_> = stream.map(|message| message.unwrap()).collect().await;
        let numbers = messages.iter().flat_map(|message| &message.comments).map(|comment| comment.number);
        assert_eq!(numbers.collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
        assert_eq!(messages[0].comments.len(), first.comments.len(), "as full as a page");
    }

    #[tokio::test]
    async fn an_answer_is_as_fresh_as_asked_for() {
        let house = House::open().await;
        let service = house.service();
        let revision = house.comment("H37.05", "một").await;
        let ask = |min_revision| v1::CollectRequest { min_revision, ..request("", "") };
        let page = collect(&service, Scope::installation(), ask(revision)).await.unwrap();
        assert_eq!((page.revision, page.comments.len()), (revision, 1));
        let error = collect(&service, Scope::installation(), ask(revision + 1)).await.unwrap_err();
        assert_eq!(error.reason, Reason::RevisionNotReached);
    }

    #[tokio::test]
    async fn a_stream_gives_all_of_it_and_an_empty_one_its_revision() {
        let house = House::open().await;
        let service = house.service();
        let request = |filter: &str| v1::StreamCollectRequest {
            draft: "drafts/nq20".into(),
            filter: filter.into(),
            ..Default::default()
        };
        let mut revision = 0;
        for number in 0..STREAM_PAGE + 3 {
            revision = house.comment("H37.06", &format!("Ý kiến {number}")).await;
        }
        let read = async |filter| {
            let stream = stream(&service, Scope::installation(), request(filter)).await.unwrap();
            stream.map(|message| message.unwrap()).collect::<Vec<_>>().await
        };
        let all = read("").await;
        let numbers: Vec<_> =
            all.iter().flat_map(|message| &message.comments).map(|comment| comment.number).collect();
        assert_eq!(numbers, (1..=STREAM_PAGE + 3).collect::<Vec<_>>());
        assert!(all.iter().all(|message| message.comments.len() <= STREAM_MESSAGE));
        assert!(all.iter().all(|message| message.revision == revision));
        let none = read("agency = H37.05").await;
        assert_eq!(none, [v1::StreamCollectResponse { comments: Vec::new(), revision }]);
    }
}
