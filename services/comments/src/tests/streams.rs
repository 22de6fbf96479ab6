//! Bulk submission and following a draft.

use super::*;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};
use v1::bulk_submit_comments_response::Result as Fate;
use ykien_edge::limits::MAX_BULK;

/// Far longer than anything takes here: a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn item(number: u32, comment: v1::Comment) -> v1::BulkSubmitCommentsRequest {
    v1::BulkSubmitCommentsRequest {
        draft: DRAFT.to_owned(),
        comment: Some(comment),
        request_id: request_id(number),
    }
}

async fn next<T>(stream: &mut Streaming<T>) -> Result<Option<T>, Status> {
    tokio::time::timeout(PATIENCE, stream.message()).await.expect("nothing came")
}

/// What became of each item: its number, or the field at fault.
async fn bulk(
    client: &mut Client,
    items: Vec<v1::BulkSubmitCommentsRequest>,
) -> Vec<(i64, Result<(i64, bool), String>)> {
    let mut answers = client.bulk_submit_comments(tokio_stream::iter(items)).await.unwrap().into_inner();
    let mut fates = Vec::new();
    while let Some(answer) = next(&mut answers).await.unwrap() {
        let fate = match answer.result.unwrap() {
            Fate::Submitted(submitted) => Ok((submitted.comment.unwrap().number, submitted.replayed)),
            Fate::Error(status) => Err(status.message),
        };
        fates.push((answer.index, fate));
    }
    fates
}

#[tokio::test]
async fn each_item_of_a_bulk_is_answered_in_order_and_a_bad_one_ends_nothing() {
    let mut house = House::open().await;
    let items = vec![
        item(1, comment(1, "một")),
        item(2, comment(1, " ")),
        v1::BulkSubmitCommentsRequest { request_id: String::new(), ..item(3, comment(1, "ba")) },
        item(4, comment(99, "bốn")),
        item(5, comment(2, "năm")),
    ];
    let fates = bulk(&mut house.contributor, items.clone()).await;
    let indexes: Vec<_> = fates.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, [0, 1, 2, 3, 4]);
    assert_eq!((&fates[0].1, &fates[4].1), (&Ok((1, false)), &Ok((2, false))));
    for (at, field) in [(1, "comment.text"), (2, "request_id"), (3, "comment.anchor.section")] {
        let message = fates[at].1.as_ref().unwrap_err();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
    }
    // The same again changes nothing.
    let again = bulk(&mut house.contributor, items).await;
    assert_eq!((&again[0].1, &again[4].1), (&Ok((1, true)), &Ok((2, true))));
}

#[tokio::test]
async fn a_bulk_answers_before_the_stream_ends() {
    let mut house = House::open().await;
    let (sender, receiver) = mpsc::channel(1);
    let answers = house.contributor.bulk_submit_comments(ReceiverStream::new(receiver)).await;
    let mut answers = answers.unwrap().into_inner();
    for number in 1..=3 {
        sender.send(item(number, comment(1, "x"))).await.unwrap();
        let answer = next(&mut answers).await.unwrap().unwrap();
        assert_eq!(answer.index, i64::from(number) - 1);
    }
    drop(sender);
    assert!(next(&mut answers).await.unwrap().is_none());
}

#[tokio::test]
async fn past_its_limit_a_bulk_ends_after_the_answers_of_those_before() {
    let mut house = House::open().await;
    // Refused before they reach the store, so that so many are soon through.
    let items = (0..=MAX_BULK).map(|_| v1::BulkSubmitCommentsRequest::default());
    let mut answers =
        house.contributor.bulk_submit_comments(tokio_stream::iter(items)).await.unwrap().into_inner();
    let mut answered = 0;
    let ended = loop {
        match next(&mut answers).await {
            Ok(answer) => {
                assert_eq!(answer.unwrap().index, answered);
                answered += 1;
            }
            Err(status) => break status,
        }
    };
    assert_eq!((answered as usize, ended.code()), (MAX_BULK, Code::ResourceExhausted));
}

async fn watch(client: &mut Client, after_revision: i64) -> Streaming<v1::WatchDraftResponse> {
    let request = v1::WatchDraftRequest { draft: DRAFT.to_owned(), after_revision };
    client.watch_draft(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_watch_tells_what_was_and_what_comes_and_goes_on_after_any_revision() {
    let mut house = House::open().await;
    let House { drafter, contributor, .. } = &mut house;
    let mut events = watch(drafter, 0).await;
    let mut kinds = Vec::new();
    let mut revision = 0;
    let now = drafter
        .get_draft(v1::GetDraftRequest { name: DRAFT.to_owned() })
        .await
        .unwrap()
        .into_inner()
        .revision;
    while revision < now {
        let message = next(&mut events).await.unwrap().unwrap();
        assert_eq!(message.revision, revision + 1, "who runs the consultation sees every revision");
        revision = message.revision;
        kinds.push(message.event.unwrap().kind);
    }
    assert_eq!(
        kinds,
        ["draft_created", "version_created", "round_created", "agencies_invited", "round_opened"]
    );

    contributor.submit_comment(submission(comment(1, "x"))).await.unwrap();
    let message = next(&mut events).await.unwrap().unwrap();
    let event = message.event.unwrap();
    assert_eq!(
        (event.kind.as_str(), event.subject.as_str()),
        ("comment_submitted", "drafts/nq20/comments/1")
    );
    assert_eq!(event.agency, "agencies/H37.06");

    let mut resumed = watch(drafter, now).await;
    assert_eq!(next(&mut resumed).await.unwrap().unwrap().revision, now + 1);
}

#[tokio::test]
async fn a_contributor_follows_without_learning_of_others_or_of_proposals() {
    let mut house = House::open().await;
    let House { drafter, contributor, other, .. } = &mut house;
    let get = v1::GetDraftRequest { name: DRAFT.to_owned() };
    let before = drafter.get_draft(get).await.unwrap().into_inner().revision;
    let mut events = watch(contributor, before).await;
    other.submit_comment(submission(comment(1, "của cơ quan khác"))).await.unwrap();
    let message = next(&mut events).await.unwrap().unwrap();
    assert_eq!(
        (message.event, message.revision),
        (None, before + 1),
        "a heartbeat tells how far it has seen"
    );
    contributor.submit_comment(submission(comment(1, "của mình"))).await.unwrap();
    let message = next(&mut events).await.unwrap().unwrap();
    assert_eq!(message.event.unwrap().subject, "drafts/nq20/comments/2");
}

#[tokio::test]
async fn a_watch_of_what_may_not_be_known_or_is_not_yet_is_refused_and_ends_with_the_server() {
    let mut house = House::open().await;
    let request = |after_revision| v1::WatchDraftRequest { draft: DRAFT.to_owned(), after_revision };
    let refused = house.stranger.watch_draft(request(0)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(house.drafter.watch_draft(request(1_000)).await.unwrap_err().code(), Code::OutOfRange);
    assert_eq!(house.drafter.watch_draft(request(-1)).await.unwrap_err().code(), Code::InvalidArgument);

    let mut events = watch(&mut house.drafter, 4).await;
    assert!(next(&mut events).await.unwrap().is_some());
    house.shutdown.cancel();
    let ended = next(&mut events).await.unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_draft_that_nobody_follows_is_looked_at_no_more() {
    let house = House::open().await;
    let pulses = crate::pulse::Pulses::new(house.store.clone());
    let draft = ykien_domain::ids::DraftId::stored("nq20".to_owned());
    let first = pulses.follow(&draft, 0);
    let second = pulses.follow(&draft, 0);
    assert_eq!(pulses.followed(), 1);
    drop((first, second));
    let forgotten = async {
        while pulses.followed() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.expect("it is still looked at");
}
