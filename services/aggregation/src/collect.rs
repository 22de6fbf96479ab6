//! `Collect` and `StreamCollect`: the comments themselves with their decisions, grouped, in the draft's own reading
//! order, or as they came.

use ykien_domain::actor::Scope;
use ykien_domain::filter::Filter;
use ykien_domain::ids::{DraftId, Revision, name};
use ykien_domain::model::Comment;
use ykien_domain::query::{self, Cursor, Group};
use ykien_domain::{Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::{Encoded, Encoding, v1};
use ykien_store::Sink;

use crate::outlet::{self, Outlet, Stream};
use crate::{Aggregation, freshness};

/// The name under which page tokens are bound.
const METHOD: &str = "Collect";

/// The comments that a stream reads first, so that it begins soon.
const FIRST_PAGE: i64 = 250;
/// The most comments that it reads at a time from then on, and the most bytes of them if they are as long as those before.
/// What a slow client has not taken waits in memory.
const STREAM_PAGE: i64 = 4_000;
const STREAM_PAGE_BYTES: usize = 6 * 1024 * 1024;
/// A message of a stream is sent once it has so many bytes: a few hundred comments, which a client can begin with.
const MESSAGE_BYTES: usize = 256 * 1024;

/// A part of a collection, as it is sent.
type Part = Encoded<v1::StreamCollectResponse>;

/// Which comments, and in which order.
struct Selection {
    draft: DraftId,
    group: Option<Group>,
    filter: Filter,
    min_revision: Revision,
}

pub(crate) async fn collect(
    service: &Aggregation,
    scope: Scope,
    request: v1::CollectRequest,
) -> Result<v1::CollectResponse> {
    let selection =
        Selection::parse(&request.draft, request.group_by, &request.filter, request.min_revision)?;
    let limit = page::size(request.page_size)?;
    let group_by = request.group_by.to_string();
    let parameters = [request.draft.as_str(), &group_by, &request.filter];
    let after: Option<Cursor> = page::decode(METHOD, &parameters, &request.page_token)?;
    let query = |limit| selection.query(after.clone(), limit);
    let listed = page::list(&service.store, &scope, limit, query, wire::comment).await?;
    freshness::expect_reached(selection.min_revision, listed.revision)?;
    let next_page_token = listed.token(METHOD, &parameters);
    Ok(v1::CollectResponse { comments: listed.items, next_page_token, revision: listed.revision })
}

pub(crate) async fn stream(
    service: &Aggregation,
    scope: Scope,
    request: v1::StreamCollectRequest,
) -> Result<Stream<Part>> {
    let selection =
        Selection::parse(&request.draft, request.group_by, &request.filter, request.min_revision)?;
    // The first page is read before the stream opens: who may not read takes no place among the streams.
    let first = service.store.read(&scope, selection.query(None, FIRST_PAGE)).await?;
    freshness::expect_reached(selection.min_revision, first.revision)?;
    let store = service.store.clone();
    let agency = scope.agency().clone();
    outlet::open(service, &service.collections, agency, |outlet| async move {
        let mut parts = Parts::new(outlet, first.revision);
        first.answer.items.into_iter().for_each(|comment| parts.take(comment, first.revision));
        let mut next = first.answer.next;
        while let Some(after) = next {
            parts.settle().await;
            let query = selection.query(Some(after), parts.next_page());
            let read;
            (parts, read) = store.collect(&scope, query, parts).await?;
            next = read.answer;
        }
        parts.end().await;
        Ok(())
    })
}

/// The parts of a stream, made of comments as they are read: each is encoded at once, while it is in the processor's caches.
struct Parts {
    outlet: Outlet<Part>,
    /// The part that is being made, and the revision for which its comments hold.
    making: Encoding<v1::StreamCollectResponse>,
    revision: Revision,
    /// What a comment adds to it.
    piece: v1::StreamCollectResponse,
    /// Those that the client has not made room for: nothing waits for it while a transaction is open.
    late: Vec<Part>,
    is_empty: bool,
    /// How many comments came since a page was last begun, and their bytes.
    came: usize,
    bytes: usize,
}

impl Sink for Parts {
    fn take(&mut self, comment: Comment, revision: Revision) {
        let before = self.making.len();
        self.revision = revision;
        self.piece.comments.push(wire::comment(comment));
        self.making.add(&self.piece);
        self.piece.comments.clear();
        self.came += 1;
        self.bytes += self.making.len() - before;
        if self.making.len() >= MESSAGE_BYTES {
            self.close();
        }
    }
}

impl Parts {
    fn new(outlet: Outlet<Part>, revision: Revision) -> Self {
        let piece = v1::StreamCollectResponse::default();
        Self {
            outlet,
            making: making(),
            revision,
            piece,
            late: Vec::new(),
            is_empty: true,
            came: 0,
            bytes: 0,
        }
    }

    /// How many comments to read next.
    fn next_page(&mut self) -> i64 {
        let (came, bytes) = (std::mem::take(&mut self.came), std::mem::take(&mut self.bytes));
        let fitting = STREAM_PAGE_BYTES * came.max(1) / bytes.max(1);
        i64::try_from(fitting).unwrap_or(STREAM_PAGE).clamp(1, STREAM_PAGE)
    }

    /// Ends the part that is being made, and sends it if it need not wait.
    fn close(&mut self) {
        self.making.add(&v1::StreamCollectResponse { comments: Vec::new(), revision: self.revision });
        self.is_empty = false;
        let part = std::mem::replace(&mut self.making, making()).end();
        // None overtakes another.
        let late = if self.late.is_empty() { self.outlet.try_send(part) } else { Some(part) };
        self.late.extend(late);
    }

    /// Sends what there is, as soon as the client has room for it.
    async fn settle(&mut self) {
        if !self.making.is_empty() {
            self.close();
        }
        for part in self.late.drain(..) {
            self.outlet.send(part).await;
        }
    }

    /// Sends the rest; of a collection without comments one part, for its revision.
    async fn end(mut self) {
        if self.is_empty {
            self.close();
        }
        self.settle().await;
    }
}

/// A part that may take one comment more than fits, if that is not a long one.
fn making() -> Encoding<v1::StreamCollectResponse> {
    Encoding::with_capacity(MESSAGE_BYTES + 8 * 1024)
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

    fn query(&self, after: Option<Cursor>, limit: i64) -> query::Collect {
        let Self { draft, group, filter, .. } = self;
        query::Collect { draft: draft.clone(), group: *group, filter: filter.clone(), after, limit }
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
    use prost::Message;
    use tokio_stream::StreamExt;
    use ykien_domain::Reason;
    use ykien_domain::words::Role;
    use ykien_edge::limits;

    use super::*;
    use crate::testing::House;

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

    /// What a client makes of the messages of a stream.
    async fn all_of(stream: Stream<Part>) -> Vec<v1::StreamCollectResponse> {
        let message = |part: std::result::Result<Part, tonic::Status>| {
            v1::StreamCollectResponse::decode(part.unwrap().encode_to_vec().as_slice()).unwrap()
        };
        stream.map(message).collect().await
    }

    fn numbers(messages: &[v1::StreamCollectResponse]) -> Vec<i64> {
        messages.iter().flat_map(|message| &message.comments).map(|comment| comment.number).collect()
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
        // Three bytes a letter: 60 of them are more than a page takes, and 30 more than a message.
        let text = "ế".repeat(50_000);
        for _ in 0..60 {
            house.comment("H37.05", &text).await;
        }
        let request = |token: &str| v1::CollectRequest { page_size: 1_000, ..request("", token) };
        let first = collect(&service, Scope::installation(), request("")).await.unwrap();
        assert!((20..30).contains(&first.comments.len()));
        assert!(first.encoded_len() <= limits::MAX_MESSAGE_BYTES);
        let (mut token, mut collected) = (first.next_page_token, first.comments);
        while !token.is_empty() {
            let page = collect(&service, Scope::installation(), request(&token)).await.unwrap();
            assert!(page.encoded_len() <= limits::MAX_MESSAGE_BYTES);
            collected.extend(page.comments);
            token = page.next_page_token;
        }
        assert!(collected.iter().map(|comment| comment.number).eq(1..=60));

        let request = v1::StreamCollectRequest { draft: "drafts/nq20".into(), ..Default::default() };
        let messages = all_of(stream(&service, Scope::installation(), request).await.unwrap()).await;
        assert!(numbers(&messages).into_iter().eq(1..=60));
        assert!(
            messages.iter().all(|message| message.comments.len() <= 2),
            "each ends with what makes it large"
        );
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
        let draft = "drafts/nq20".to_owned();
        let ahead = v1::StreamCollectRequest { draft, min_revision: revision + 1, ..Default::default() };
        let error = stream(&service, Scope::installation(), ahead).await.unwrap_err();
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
        for number in 0..FIRST_PAGE + STREAM_PAGE + 3 {
            revision = house.comment("H37.06", &format!("Ý kiến {number}")).await;
        }
        // To the one they are handed on as they are read; what the other is shown has to be written down before.
        for scope in [House::scope("H37.05", Role::Drafter), Scope::installation()] {
            let read =
                async |filter| all_of(stream(&service, scope.clone(), request(filter)).await.unwrap()).await;
            let all = read("").await;
            assert!(numbers(&all).into_iter().eq(1..=FIRST_PAGE + STREAM_PAGE + 3));
            let most = MESSAGE_BYTES + 1_024;
            assert!(all.iter().all(|message| message.encoded_len() < most && message.revision == revision));
            let none = read("agency = H37.05").await;
            assert_eq!(none, [v1::StreamCollectResponse { comments: Vec::new(), revision }]);
        }
    }
}
