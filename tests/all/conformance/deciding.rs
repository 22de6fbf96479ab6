//! Decisions: one, many, taken back, carried out.

use ykien_domain::command::{
    AssignComment, BatchDecideComments, CloseRound, ConcludeRound, DecideItem, MarkImplemented, UndoDecision,
    WithdrawComment, WriteOptions,
};
use ykien_domain::ids::CommentNumber;
use ykien_domain::words::Outcome;
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_tests::START;

use crate::world::*;

behaviours! {
    a_decision_says_what_why_who_and_when,
    an_explanation_is_required_unless_accepted,
    a_proposed_decision_is_decided_anew,
    each_decision_of_a_batch_stands_for_itself,
    a_dry_run_says_what_would_become_of_each_and_changes_nothing,
    undo_brings_back_the_decision_before,
    undoing_a_published_decision_makes_the_one_before_a_proposal,
    a_concluded_round_has_its_decisions,
    who_answers_decides_what_it_answers_for_and_nothing_else,
    what_was_carried_out_names_its_version,
    a_batch_is_bounded,
}

fn item(number: CommentNumber, outcome: Outcome, explanation: &str) -> DecideItem {
    DecideItem { number, outcome, explanation: explanation.to_owned(), etag: None }
}

fn undo(number: CommentNumber) -> UndoDecision {
    UndoDecision { draft: draft(), number, etag: None }
}

/// The number, the status or the reason with the fields.
fn fates(response: v1::BatchDecideCommentsResponse) -> Vec<(i64, String)> {
    use v1::comment_decision_result::Result::{Comment, Error};
    let fate = |result: v1::CommentDecisionResult| {
        let fate = match result.result.expect("a result") {
            Comment(comment) => {
                assert_eq!(comment.number, result.number);
                comment.status().as_str_name().to_owned()
            }
            Error(status) => {
                use tonic_types::RpcStatusExt as _;
                let details = status.get_error_details();
                let fields =
                    details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
                let fields: Vec<String> = fields.into_iter().map(|violation| violation.field).collect();
                format!("{} {}", details.error_info().expect("a reason").reason, fields.join(" "))
            }
        };
        (result.number, fate.trim().to_owned())
    };
    response.results.into_iter().map(fate).collect()
}

async fn a_decision_says_what_why_who_and_when(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.at(60).await;
    let decided = w.try_decide(DRAFTER, 1, Outcome::PartiallyAccepted, "  Đã bổ sung \n").await.unwrap();
    let expected = v1::Decision {
        outcome: v1::Outcome::PartiallyAccepted.into(),
        explanation: "Đã bổ sung".to_owned(),
        agency: DRAFTER.name(),
        decide_time: Some(wire::timestamp(START.plus_seconds(60))),
        published: false,
        implemented_in_version: 0,
    };
    assert_eq!(decided.decision.as_ref(), Some(&expected));
    assert_eq!(decided.status(), v1::CommentStatus::PartiallyAccepted);
    assert_eq!(w.get(OBSERVER, 1).await.unwrap(), decided);
    // Whoever runs the consultation decides in the drafting agency's name.
    let by_admin = w.try_decide(ADMIN, 1, Outcome::Accepted, "").await.unwrap();
    assert_eq!(by_admin.decision.unwrap().agency, DRAFTER.name());
}

async fn an_explanation_is_required_unless_accepted(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let revision = w.revision().await;
    for outcome in [Outcome::PartiallyAccepted, Outcome::Rejected] {
        let refused = w.try_decide(DRAFTER, 1, outcome, " \n ").await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names("explanation"), "{refused:?}");
    }
    assert_eq!(w.revision().await, revision);
    assert_eq!(w.get(DRAFTER, 1).await.unwrap().status(), v1::CommentStatus::Pending);
    w.try_decide(DRAFTER, 1, Outcome::Accepted, "").await.unwrap();
}

async fn a_proposed_decision_is_decided_anew(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.decide(1, Outcome::Accepted).await;
    assert_eq!(w.decide(1, Outcome::Rejected).await.status(), v1::CommentStatus::Rejected);
    let total = w.count(DRAFTER, &Counting::of("status = rejected")).await.unwrap();
    let none = w.count(DRAFTER, &Counting::of("status = accepted")).await.unwrap();
    assert_eq!((total.total, none.total), (1, 0));
    assert_eq!(w.try_decide(DRAFTER, 9, Outcome::Accepted, "").await.unwrap_err().reason, "NOT_FOUND");
}

async fn each_decision_of_a_batch_stands_for_itself(w: &World) {
    w.open(Rules::default()).await;
    for _ in 0..5 {
        w.submit(FINANCE, 1, "x").await;
    }
    w.write(FINANCE, WithdrawComment { draft: draft(), number: 3, etag: None }).await.unwrap();
    w.decide(4, Outcome::Rejected).await;
    w.publish(&[4]).await;
    let items = vec![
        item(1, Outcome::Accepted, ""),
        item(2, Outcome::Rejected, ""),
        item(3, Outcome::Accepted, ""),
        item(4, Outcome::Accepted, ""),
        item(9, Outcome::Accepted, ""),
        DecideItem { etag: Some(1), ..item(5, Outcome::Accepted, "") },
        item(5, Outcome::Rejected, "vì"),
    ];
    let response = w.write(DRAFTER, BatchDecideComments { draft: draft(), items }).await.unwrap();
    let expected = [
        (1, "COMMENT_STATUS_ACCEPTED"),
        (2, "INVALID_FIELD decisions[1].explanation"),
        (3, "COMMENT_WITHDRAWN"),
        (4, "DECISION_PUBLISHED"),
        (9, "NOT_FOUND"),
        (5, "STALE_ETAG"),
        (5, "COMMENT_STATUS_REJECTED"),
    ];
    assert_eq!(fates(response), expected.map(|(number, fate)| (number, fate.to_owned())));
    let mut statuses = Vec::new();
    for number in 1..=5 {
        statuses.push(w.get(DRAFTER, number).await.unwrap().status());
    }
    use v1::CommentStatus::{Accepted, Pending, Rejected, Withdrawn};
    assert_eq!(statuses, [Accepted, Pending, Withdrawn, Rejected, Rejected]);
}

async fn a_dry_run_says_what_would_become_of_each_and_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 2, "x").await;
    let revision = w.revision().await;
    let items = vec![item(1, Outcome::Accepted, ""), item(2, Outcome::Rejected, "")];
    let command = BatchDecideComments { draft: draft(), items };
    let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let dry = w.write_with(DRAFTER, command.clone(), options).await.unwrap();
    assert_eq!(w.revision().await, revision);
    for number in [1, 2] {
        let comment = w.get(DRAFTER, number).await.unwrap();
        assert_eq!((comment.status(), comment.decision), (v1::CommentStatus::Pending, None));
    }
    assert_eq!(dry.revision, revision + 1, "the revision that it would have had");
    let real = w.write(DRAFTER, command).await.unwrap();
    assert_eq!(fates(dry), fates(real));
}

async fn undo_brings_back_the_decision_before(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    assert_eq!(w.write(DRAFTER, undo(1)).await.unwrap_err().reason, "NOT_DECIDED");
    let first = w.try_decide(DRAFTER, 1, Outcome::Accepted, "một").await.unwrap();
    w.at(60).await;
    w.try_decide(DRAFTER, 1, Outcome::Rejected, "hai").await.unwrap();
    w.try_decide(DRAFTER, 1, Outcome::PartiallyAccepted, "ba").await.unwrap();
    let undone = w.write(DRAFTER, undo(1)).await.unwrap();
    assert_eq!(undone.decision.unwrap().explanation, "hai");
    assert_eq!(undone.status, i32::from(v1::CommentStatus::Rejected));
    // A decision after an undo stands on what the undo left.
    w.try_decide(DRAFTER, 1, Outcome::Accepted, "bốn").await.unwrap();
    w.write(DRAFTER, undo(1)).await.unwrap();
    let undone = w.write(DRAFTER, undo(1)).await.unwrap();
    assert_eq!(undone.decision, first.decision);
    let pending = w.write(DRAFTER, undo(1)).await.unwrap();
    assert_eq!((pending.status(), pending.decision), (v1::CommentStatus::Pending, None));
    assert_eq!(w.write(DRAFTER, undo(1)).await.unwrap_err().reason, "NOT_DECIDED");
}

async fn undoing_a_published_decision_makes_the_one_before_a_proposal(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.decide(1, Outcome::Accepted).await;
    w.decide(1, Outcome::Rejected).await;
    w.publish(&[1]).await;
    assert_eq!(w.get(FINANCE, 1).await.unwrap().status(), v1::CommentStatus::Rejected);
    let undone = w.write(DRAFTER, undo(1)).await.unwrap();
    assert_eq!(undone.status(), v1::CommentStatus::Accepted);
    assert!(!undone.decision.unwrap().published);
    assert_eq!(w.get(FINANCE, 1).await.unwrap().status(), v1::CommentStatus::Pending);
    assert_eq!(w.publish(&[]).await, [1]);
    assert_eq!(w.get(FINANCE, 1).await.unwrap().status(), v1::CommentStatus::Accepted);
}

async fn a_concluded_round_has_its_decisions(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 1, "y").await;
    w.decide(1, Outcome::Accepted).await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    w.decide(1, Outcome::Rejected).await;
    w.write(DRAFTER, ConcludeRound { draft: draft(), round, allow_pending: true, etag: None }).await.unwrap();
    assert_eq!(w.try_decide(DRAFTER, 2, Outcome::Accepted, "").await.unwrap_err().reason, "ROUND_STATE");
    assert_eq!(w.write(DRAFTER, undo(1)).await.unwrap_err().reason, "ROUND_STATE");
    assert_eq!(w.publish(&[]).await, [1], "what was decided may still be published");
}

async fn who_answers_decides_what_it_answers_for_and_nothing_else(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 1, "y").await;
    w.submit(POLICE, 1, "z").await;
    let assign = AssignComment { draft: draft(), number: 1, agency: Some(ANSWERING.code()), etag: None };
    w.write(DRAFTER, assign).await.unwrap();
    let decided = w.try_decide(ANSWERING, 1, Outcome::Accepted, "").await.unwrap();
    assert_eq!(decided.decision.unwrap().agency, ANSWERING.name());
    w.write(ANSWERING, undo(1)).await.unwrap();
    w.try_decide(ANSWERING, 1, Outcome::Rejected, "vì").await.unwrap();
    // What it sees and does not answer for; what it does not even see.
    assert_eq!(
        w.try_decide(ANSWERING, 3, Outcome::Accepted, "").await.unwrap_err().reason,
        "PERMISSION_DENIED"
    );
    let missing = w.try_decide(ANSWERING, 9, Outcome::Accepted, "").await.unwrap_err();
    assert_eq!(missing.reason, "NOT_FOUND");
    assert_eq!(w.try_decide(ANSWERING, 2, Outcome::Accepted, "").await.unwrap_err(), missing);
    let (hidden, gone) = (w.write(ANSWERING, undo(2)).await, w.write(ANSWERING, undo(9)).await);
    assert_eq!(hidden.unwrap_err(), gone.unwrap_err());
    for who in [FINANCE, POLICE, OBSERVER] {
        let refused = w.try_decide(who, 1, Outcome::Accepted, "").await.unwrap_err();
        assert_eq!(refused.reason, "PERMISSION_DENIED", "{who:?}");
    }
    // What is public is taken back only by who made it public.
    w.publish(&[1]).await;
    assert_eq!(w.write(ANSWERING, undo(1)).await.unwrap_err().reason, "PERMISSION_DENIED");
    w.write(DRAFTER, undo(1)).await.unwrap();
}

async fn what_was_carried_out_names_its_version(w: &World) {
    w.open(Rules::default()).await;
    for _ in 0..3 {
        w.submit(FINANCE, 1, "x").await;
    }
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Rejected).await;
    let implement = |number, version| MarkImplemented { draft: draft(), number, version, etag: None };
    let revision = w.revision().await;
    assert!(w.write(DRAFTER, implement(1, 2)).await.unwrap_err().names("version"), "there is one version");
    assert!(w.write(DRAFTER, implement(2, 1)).await.unwrap_err().names("version"), "it was rejected");
    assert_eq!(w.write(DRAFTER, implement(3, 1)).await.unwrap_err().reason, "NOT_DECIDED");
    assert_eq!(w.revision().await, revision);
    let done = w.write(DRAFTER, implement(1, 1)).await.unwrap();
    assert_eq!(done.decision.unwrap().implemented_in_version, 1);
    assert_eq!(w.get(FINANCE, 1).await.unwrap().decision, None, "still a proposal");
    w.publish(&[1]).await;
    assert_eq!(w.get(FINANCE, 1).await.unwrap().decision.unwrap().implemented_in_version, 1);
}

async fn a_batch_is_bounded(w: &World) {
    w.open(Rules::default()).await;
    for items in [Vec::new(), vec![item(1, Outcome::Accepted, ""); 1_001]] {
        let refused = w.write(DRAFTER, BatchDecideComments { draft: draft(), items }).await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names("decisions"), "{refused:?}");
    }
}
