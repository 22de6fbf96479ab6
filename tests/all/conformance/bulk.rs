//! Many comments in one stream: each is answered in its place, and none fails its neighbours.

use futures::StreamExt as _;
use tonic_types::RpcStatusExt as _;
use ykien_proto::v1;
use ykien_proto::v1::bulk_submit_comments_response::Result::{Error, Submitted};

use crate::world::*;

behaviours_of_grpc! {
    each_of_a_bulk_is_answered_in_its_place_and_fails_alone,
    a_bulk_sent_again_changes_nothing,
    bulks_that_are_sent_together_are_all_answered,
}

fn item(n: u32, section: i64, text: &str) -> v1::BulkSubmitCommentsRequest {
    let anchor = v1::Anchor { section: named("sections", section), ..v1::Anchor::default() };
    let comment = v1::Comment { anchor: Some(anchor), text: text.to_owned(), ..v1::Comment::default() };
    v1::BulkSubmitCommentsRequest {
        draft: "drafts/nq20".to_owned(),
        comment: Some(comment),
        request_id: if n == 0 { String::new() } else { request_id(n) },
    }
}

/// Index and fate of each: the number, `again` for a repeated one, or the reason with the fields.
async fn send(w: &World, items: Vec<v1::BulkSubmitCommentsRequest>) -> Vec<(i64, String)> {
    let mut clients = w.clients(FINANCE).await;
    let stream =
        clients.comments.bulk_submit_comments(futures::stream::iter(items)).await.unwrap().into_inner();
    let fate = |answer: v1::BulkSubmitCommentsResponse| match answer.result.expect("a result") {
        Submitted(taken) => {
            let again = if taken.replayed { " again" } else { "" };
            (answer.index, format!("{}{again}", taken.comment.expect("the comment").number))
        }
        Error(status) => {
            let details = status.get_error_details();
            let reason = details.error_info().expect("a reason").reason.clone();
            let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
            let fields: Vec<String> = fields.into_iter().map(|violation| violation.field).collect();
            (answer.index, format!("{reason} {}", fields.join(" ")).trim().to_owned())
        }
    };
    stream.map(|answer| fate(answer.expect("an answer"))).collect().await
}

async fn each_of_a_bulk_is_answered_in_its_place_and_fails_alone(w: &World) {
    w.open(Rules::default()).await;
    let elsewhere = v1::BulkSubmitCommentsRequest { draft: "drafts/khong-co".to_owned(), ..item(7, 1, "x") };
    let items = vec![
        item(1, 1, "một"),
        item(2, 1, "a\0b"),
        item(3, 9, "x"),
        item(0, 1, "x"),
        item(1, 1, "một"),
        item(1, 1, "khác"),
        v1::BulkSubmitCommentsRequest { draft: "nq20".to_owned(), comment: None, ..item(4, 1, "x") },
        elsewhere,
        item(5, 2, "hai"),
    ];
    let fates: Vec<String> = send(w, items)
        .await
        .into_iter()
        .enumerate()
        .map(|(place, (index, fate))| {
            assert_eq!(index, place as i64);
            fate
        })
        .collect();
    assert_eq!(
        fates[..6],
        [
            "1",
            "INVALID_FIELD comment.text",
            "INVALID_FIELD comment.anchor.section",
            "INVALID_FIELD request_id",
            "1 again",
            "REQUEST_ID_REUSED request_id",
        ]
    );
    assert!(fates[6].starts_with("INVALID_FIELD "), "{}", fates[6]);
    assert_eq!(fates[7], "INVALID_FIELD comment.anchor.section", "the section is of another draft");
    assert_eq!(fates[8..], ["2"]);
    assert_eq!(w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap().len(), 2);
}

/// Each has more to send than its share of what may be on its way.
async fn bulks_that_are_sent_together_are_all_answered(w: &World) {
    w.open(Rules::default()).await;
    let each = (0..8).map(|stream| {
        let items = (1..=300).map(|n| item(stream * 300 + n, 1 + i64::from(n) % 5, "x")).collect();
        send(w, items)
    });
    let mut numbers = Vec::new();
    for fates in futures::future::join_all(each).await {
        let indexes: Vec<i64> = fates.iter().map(|(index, _)| *index).collect();
        assert_eq!(indexes, (0..300).collect::<Vec<i64>>());
        numbers.extend(fates.into_iter().map(|(_, fate)| fate.parse::<i64>().expect("a number")));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=2_400).collect::<Vec<i64>>());
}

async fn a_bulk_sent_again_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    let items: Vec<_> = (1..=100).map(|n| item(n, 1 + i64::from(n) % 5, "x")).collect();
    let first = send(w, items.clone()).await;
    assert_eq!(first.last().unwrap(), &(99, "100".to_owned()));
    let revision = w.revision().await;
    let again: Vec<_> = first.into_iter().map(|(index, fate)| (index, format!("{fate} again"))).collect();
    assert_eq!(send(w, items).await, again);
    assert_eq!(w.revision().await, revision);
}
