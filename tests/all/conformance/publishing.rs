//! Decisions become known to those who take part.

use ykien_domain::command::{PublishDecisions, WithdrawComment};
use ykien_domain::words::Outcome;
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    a_decision_is_pending_to_its_agency_until_it_is_published,
    what_is_published_is_seen_by_all_who_take_part,
    a_second_publication_publishes_nothing_new,
    only_what_was_asked_for_is_published,
    what_can_not_be_published_is_refused_and_nothing_is,
    only_who_runs_the_consultation_publishes,
}

async fn a_decision_is_pending_to_its_agency_until_it_is_published(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.try_decide(DRAFTER, 1, Outcome::Rejected, "vì").await.unwrap();
    let seen = w.get(FINANCE, 1).await.unwrap();
    assert_eq!((seen.status(), seen.decision), (v1::CommentStatus::Pending, None));
    assert_eq!(w.count(FINANCE, &Counting::of("status = pending")).await.unwrap().total, 1);
    let rejected = Comments { filter: "status = rejected".to_owned() };
    assert!(w.all(FINANCE, &rejected).await.unwrap().is_empty());
    assert_eq!(w.publish(&[]).await, [1]);
    let seen = w.get(FINANCE, 1).await.unwrap();
    let decision = seen.decision.clone().unwrap();
    assert_eq!(seen.status(), v1::CommentStatus::Rejected);
    assert_eq!((decision.explanation.as_str(), decision.published), ("vì", true));
    assert_eq!(w.count(FINANCE, &Counting::of("status = rejected")).await.unwrap().total, 1);
    assert_eq!(w.all(FINANCE, &rejected).await.unwrap(), [seen]);
}

async fn what_is_published_is_seen_by_all_who_take_part(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 1, "y").await;
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Accepted).await;
    assert_eq!(w.get(PLANNING, 1).await.unwrap_err().reason, "NOT_FOUND");
    w.publish(&[1]).await;
    assert_eq!(w.get(PLANNING, 1).await.unwrap().status(), v1::CommentStatus::Accepted);
    assert_eq!(w.get(PLANNING, 2).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.get(STRANGER, 1).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.count(PLANNING, &Counting::default()).await.unwrap().total, 1);
}

async fn a_second_publication_publishes_nothing_new(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 1, "y").await;
    w.decide(1, Outcome::Accepted).await;
    assert_eq!(w.publish(&[]).await, [1]);
    let revision = w.revision().await;
    assert!(w.publish(&[]).await.is_empty());
    assert!(w.publish(&[1]).await.is_empty());
    assert_eq!(w.revision().await, revision);
    w.decide(2, Outcome::Rejected).await;
    assert_eq!(w.publish(&[1, 2]).await, [2]);
}

async fn only_what_was_asked_for_is_published(w: &World) {
    w.open(Rules::default()).await;
    for _ in 0..3 {
        w.submit(FINANCE, 1, "x").await;
    }
    let second = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    for number in [1, 2, 4] {
        w.decide(number, Outcome::Accepted).await;
    }
    assert_eq!(w.publish(&[2]).await, [2]);
    let command = PublishDecisions { draft: draft(), round: Some(second), numbers: Vec::new() };
    assert_eq!(w.write(DRAFTER, command).await.unwrap().numbers, [4]);
    assert_eq!(w.publish(&[]).await, [1], "comment 3 is not decided");
}

async fn what_can_not_be_published_is_refused_and_nothing_is(w: &World) {
    w.open(Rules::default()).await;
    for _ in 0..3 {
        w.submit(FINANCE, 1, "x").await;
    }
    w.decide(1, Outcome::Accepted).await;
    w.write(FINANCE, WithdrawComment { draft: draft(), number: 3, etag: None }).await.unwrap();
    let revision = w.revision().await;
    let publish =
        |numbers: &[i64]| PublishDecisions { draft: draft(), round: None, numbers: numbers.to_vec() };
    assert_eq!(w.write(DRAFTER, publish(&[1, 2])).await.unwrap_err().reason, "NOT_DECIDED");
    assert_eq!(w.write(DRAFTER, publish(&[1, 3])).await.unwrap_err().reason, "NOT_DECIDED");
    let unknown = w.write(DRAFTER, publish(&[1, 9])).await.unwrap_err();
    assert!(unknown.names("numbers[1]"), "{unknown:?}");
    let unknown = PublishDecisions { round: Some(9), ..publish(&[]) };
    assert!(w.write(DRAFTER, unknown).await.unwrap_err().names("round"));
    let many = w.write(DRAFTER, publish(&[1; 1_001])).await.unwrap_err();
    assert!(many.names("numbers"), "{many:?}");
    assert_eq!(w.revision().await, revision);
}

async fn only_who_runs_the_consultation_publishes(w: &World) {
    w.open(Rules::default()).await;
    let command = || PublishDecisions { draft: draft(), round: None, numbers: Vec::new() };
    for who in [FINANCE, ANSWERING, OBSERVER] {
        assert_eq!(w.write(who, command()).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    assert_eq!(w.write(OTHER_DRAFTER, command()).await.unwrap_err().reason, "NOT_FOUND");
}
