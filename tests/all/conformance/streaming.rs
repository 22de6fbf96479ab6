//! What the aggregation service streams is what it pages, and "at least this revision" is kept.

use futures::TryStreamExt as _;
use ykien_domain::command::OpenRound;
use ykien_domain::query::Group;
use ykien_domain::words::Outcome;
use ykien_proto::v1;

use super::story;
use crate::world::*;

behaviours_of_grpc! {
    a_streamed_collection_is_the_paged_one,
    without_groups_everything_comes_by_number,
    counts_are_sent_now_and_after_each_change,
    a_reading_asks_for_at_least_the_revision_of_its_own_write,
    who_did_something_is_told_to_those_who_may_know,
}

async fn a_streamed_collection_is_the_paged_one(w: &World) {
    story::tell(w).await;
    let groups = [
        (Group::Section, v1::Grouping::Unspecified),
        (Group::Status, v1::Grouping::Status),
        (Group::Agency, v1::Grouping::Agency),
        (Group::Responsible, v1::Grouping::ResponsibleAgency),
    ];
    for who in [DRAFTER, FINANCE, ANSWERING] {
        for (group, by) in groups {
            let filter = "status != withdrawn".to_owned();
            let request = v1::StreamCollectRequest {
                draft: "drafts/nq20".to_owned(),
                group_by: by.into(),
                filter: filter.clone(),
                min_revision: 0,
            };
            let mut clients = w.clients(who).await;
            let stream = clients.aggregation.stream_collect(request).await.unwrap().into_inner();
            let parts: Vec<v1::StreamCollectResponse> = stream.try_collect().await.unwrap();
            let streamed: Vec<_> = parts.into_iter().flat_map(|part| part.comments).collect();
            let paged = w.all(who, &Collected { group, filter }).await.unwrap();
            assert_eq!(streamed, paged, "{who:?} {group:?}");
        }
    }
}

async fn without_groups_everything_comes_by_number(w: &World) {
    story::tell(w).await;
    for who in story::AUDIENCE {
        for filter in ["", "status != withdrawn", "responsible = H37.07", "subtree = 1", "text:\"số\""] {
            let (filter, group_by) = (filter.to_owned(), v1::Grouping::None.into());
            let draft = "drafts/nq20".to_owned();
            let listed = w.all(who, &Comments { filter: filter.clone() }).await.unwrap();
            let mut clients = w.clients(who).await;
            let request = v1::StreamCollectRequest {
                draft: draft.clone(),
                group_by,
                filter: filter.clone(),
                min_revision: 0,
            };
            let stream = clients.aggregation.stream_collect(request).await.unwrap().into_inner();
            let parts: Vec<v1::StreamCollectResponse> = stream.try_collect().await.unwrap();
            let streamed: Vec<_> = parts.into_iter().flat_map(|part| part.comments).collect();
            assert_eq!(streamed, listed, "{who:?} {filter}");
            let mut paged = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = v1::CollectRequest {
                    draft: draft.clone(),
                    group_by,
                    filter: filter.clone(),
                    page_size: 3,
                    page_token,
                    min_revision: 0,
                };
                let page = clients.aggregation.collect(request).await.unwrap().into_inner();
                paged.extend(page.comments);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(paged, listed, "{who:?} {filter}");
        }
    }
}

async fn counts_are_sent_now_and_after_each_change(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let watch = |after_revision| v1::WatchRequest {
        draft: "drafts/nq20".to_owned(),
        group_by: vec![v1::Dimension::Status.into()],
        filter: String::new(),
        after_revision,
    };
    let next = async |stream: &mut tonic::Streaming<v1::WatchResponse>| {
        let answer = stream.message().await.unwrap().expect("the stream goes on").aggregate.expect("counts");
        let rows: Vec<_> =
            answer.rows.iter().map(|row| (row.key.as_ref().unwrap().status(), row.count)).collect();
        (answer.revision, rows)
    };
    use v1::CommentStatus::{Accepted, Pending};
    let mut stream = w.clients(DRAFTER).await.aggregation.watch(watch(0)).await.unwrap().into_inner();
    let now = w.revision().await;
    assert_eq!(next(&mut stream).await, (now, vec![(Pending, 1)]));
    w.decide(1, Outcome::Accepted).await;
    assert_eq!(next(&mut stream).await, (now + 1, vec![(Accepted, 1)]));
    // Who has seen a revision is sent only what is above it.
    let mut resumed = w.clients(DRAFTER).await.aggregation.watch(watch(now + 1)).await.unwrap().into_inner();
    w.submit(FINANCE, 1, "y").await;
    let expected = (now + 2, vec![(Pending, 1), (Accepted, 1)]);
    assert_eq!(next(&mut resumed).await, expected);
    assert_eq!(next(&mut stream).await, expected);
}

async fn a_reading_asks_for_at_least_the_revision_of_its_own_write(w: &World) {
    w.open(Rules::default()).await;
    let taken = w.write(FINANCE, submission(content(1, "x"))).await.unwrap();
    let mut clients = w.clients(FINANCE).await;
    let aggregate = |min_revision| v1::AggregateRequest {
        draft: "drafts/nq20".to_owned(),
        min_revision,
        ..v1::AggregateRequest::default()
    };
    let collect = |min_revision| v1::CollectRequest {
        draft: "drafts/nq20".to_owned(),
        min_revision,
        ..v1::CollectRequest::default()
    };
    let counted = clients.aggregation.aggregate(aggregate(taken.revision)).await.unwrap().into_inner();
    assert_eq!((counted.total, counted.revision), (1, taken.revision));
    let collected = clients.aggregation.collect(collect(taken.revision)).await.unwrap().into_inner();
    assert_eq!((collected.comments.len(), collected.revision), (1, taken.revision));
    let list = |min_revision| v1::ListCommentsRequest {
        draft: "drafts/nq20".to_owned(),
        filter: "text:x".to_owned(),
        min_revision,
        ..v1::ListCommentsRequest::default()
    };
    let listed = clients.comments.list_comments(list(taken.revision)).await.unwrap().into_inner();
    assert_eq!((listed.comments.len(), listed.revision), (1, taken.revision));
    let ahead = [
        clients.comments.list_comments(list(taken.revision + 1)).await.unwrap_err(),
        clients.aggregation.aggregate(aggregate(taken.revision + 1)).await.unwrap_err(),
        clients.aggregation.collect(collect(taken.revision + 1)).await.unwrap_err(),
    ];
    for status in ahead {
        assert_eq!(status.code(), tonic::Code::OutOfRange);
        assert_eq!(Refused::from(status).reason, "REVISION_NOT_REACHED");
    }
}

async fn who_did_something_is_told_to_those_who_may_know(w: &World) {
    let round = w.prepare(Rules::default()).await;
    let open = w.write(ADMIN, OpenRound { draft: draft(), round, etag: None }).await;
    let opened = open.unwrap().etag;
    w.submit(FINANCE, 1, "x").await;
    let revision = etag(&opened).unwrap();
    // A round is public; that an administrator opened it is not. What one did oneself is known.
    for (who, opener) in
        [(FINANCE, ""), (POLICE, ""), (DRAFTER, "agencies/H37.01"), (OBSERVER, "agencies/H37.01")]
    {
        let mut clients = w.clients(who).await;
        let request = v1::WatchDraftRequest { draft: "drafts/nq20".to_owned(), after_revision: revision - 1 };
        let mut stream = clients.comments.watch_draft(request).await.unwrap().into_inner();
        let first = stream.message().await.unwrap().unwrap().event.unwrap();
        assert_eq!((first.kind.as_str(), first.agency.as_str()), ("round_opened", opener), "{who:?}");
        let second = stream.message().await.unwrap().unwrap().event;
        let submitter = second.map(|event| event.agency);
        let expected = if who.agency == POLICE.agency { None } else { Some("agencies/H37.05".to_owned()) };
        assert_eq!(submitter, expected, "{who:?}");
    }
}
