//! Comments as their agency changes them and takes them back.

use ykien_domain::command::{
    CloseRound, ConcludeRound, DecideComment, ReviseComment, UndoDecision, WithdrawComment,
};
use ykien_domain::ids::{CommentNumber, Revision};
use ykien_domain::model::Content;
use ykien_domain::words::{LateRule, Outcome};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    a_revised_comment_says_something_else_under_its_number,
    a_proposed_decision_falls_with_the_words_that_it_was_about,
    a_withdrawn_comment_keeps_its_number_and_its_text,
    what_is_published_or_withdrawn_changes_no_more,
    only_its_own_agency_and_the_drafter_change_a_comment,
    a_stale_etag_changes_no_comment,
    proposals_leave_no_trace_in_the_etag_of_its_agency,
    a_revision_after_the_deadline_marks_the_comment_late,
    a_closed_round_lets_go_but_takes_nothing_new,
}

fn revise(number: CommentNumber, content: Content, etag: Option<Revision>) -> ReviseComment {
    ReviseComment { draft: draft(), number, content, etag }
}

fn withdraw(number: CommentNumber) -> WithdrawComment {
    WithdrawComment { draft: draft(), number, etag: None }
}

async fn a_revised_comment_says_something_else_under_its_number(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    let revised = w.write(FINANCE, revise(1, content(5, "hai"), None)).await.unwrap();
    assert_eq!((revised.number, revised.text.as_str()), (1, "hai"));
    assert_eq!(revised.anchor.as_ref().unwrap().section, named("sections", 5));
    assert_eq!(w.get(DRAFTER, 1).await.unwrap(), revised);
    let counted = w.count(DRAFTER, &Counting::by(&[ykien_domain::cube::Dimension::Section])).await.unwrap();
    let fifth = counted.rows.iter().find(|row| row.0 == ["5"]).unwrap();
    assert_eq!((fifth.1, counted.total), (1, 1));
    // What it said before is found no more.
    assert_eq!(w.all(DRAFTER, &Comments { filter: "text:một".to_owned() }).await.unwrap().len(), 0);
    let refused = w.write(FINANCE, revise(1, content(1, ""), None)).await.unwrap_err();
    assert!(refused.names("text"));
    let refused = w.write(FINANCE, revise(1, content(9, "x"), None)).await.unwrap_err();
    assert!(refused.names("anchor.section"));
    assert_eq!(w.get(DRAFTER, 1).await.unwrap(), revised);
}

async fn a_proposed_decision_falls_with_the_words_that_it_was_about(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    w.decide(1, Outcome::Accepted).await;
    w.decide(1, Outcome::Rejected).await;
    let revised = w.write(FINANCE, revise(1, content(1, "hai"), None)).await.unwrap();
    assert_eq!(revised.status(), v1::CommentStatus::Pending);
    let seen = w.get(DRAFTER, 1).await.unwrap();
    assert_eq!((seen.status(), seen.decision), (v1::CommentStatus::Pending, None));
    // No decision of before comes back by undoing a later one.
    w.decide(1, Outcome::PartiallyAccepted).await;
    let undone = w.write(DRAFTER, UndoDecision { draft: draft(), number: 1, etag: None }).await.unwrap();
    assert_eq!((undone.status(), undone.decision), (v1::CommentStatus::Pending, None));
}

async fn a_withdrawn_comment_keeps_its_number_and_its_text(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    w.submit(FINANCE, 1, "hai").await;
    w.decide(1, Outcome::Accepted).await;
    let withdrawn = w.write(FINANCE, withdraw(1)).await.unwrap();
    assert_eq!((withdrawn.number, withdrawn.text.as_str()), (1, "một"));
    for who in [FINANCE, DRAFTER] {
        let seen = w.get(who, 1).await.unwrap();
        assert_eq!((seen.status(), seen.decision), (v1::CommentStatus::Withdrawn, None), "{who:?}");
    }
    assert_eq!(w.submit(FINANCE, 1, "ba").await.number, 3);
    // It is in nobody's way any more.
    w.decide(2, Outcome::Accepted).await;
    w.decide(3, Outcome::Accepted).await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: false, etag: None };
    w.write(DRAFTER, close).await.unwrap();
}

async fn what_is_published_or_withdrawn_changes_no_more(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    w.submit(FINANCE, 1, "hai").await;
    w.decide(1, Outcome::Rejected).await;
    w.publish(&[1]).await;
    w.write(FINANCE, withdraw(2)).await.unwrap();
    let revision = w.revision().await;
    for (number, reason) in [(1, "DECISION_PUBLISHED"), (2, "COMMENT_WITHDRAWN")] {
        let refused = w.write(FINANCE, revise(number, content(1, "ba"), None)).await.unwrap_err();
        assert_eq!(refused.reason, reason);
        assert_eq!(w.write(FINANCE, withdraw(number)).await.unwrap_err().reason, reason);
        let refused = w.try_decide(DRAFTER, number, Outcome::Accepted, "").await.unwrap_err();
        assert_eq!(refused.reason, reason);
    }
    assert_eq!(w.revision().await, revision);
}

async fn only_its_own_agency_and_the_drafter_change_a_comment(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    for who in [PLANNING, ANSWERING, STRANGER] {
        let missing = w.write(who, withdraw(9)).await.unwrap_err();
        assert_eq!(missing.reason, "NOT_FOUND");
        assert_eq!(w.write(who, withdraw(1)).await.unwrap_err(), missing, "{who:?}");
        let refused = w.write(who, revise(1, content(1, "hai"), None)).await.unwrap_err();
        assert_eq!(refused, missing, "{who:?}");
    }
    assert_eq!(w.write(OBSERVER, withdraw(1)).await.unwrap_err().reason, "PERMISSION_DENIED");
    let revised = w.write(DRAFTER, revise(1, content(1, "hai"), None)).await.unwrap();
    assert_eq!((revised.text.as_str(), revised.agency), ("hai", FINANCE.name()));
}

async fn a_stale_etag_changes_no_comment(w: &World) {
    w.open(Rules::default()).await;
    let first = w.submit(FINANCE, 1, "một").await;
    let second = w.write(FINANCE, revise(1, content(1, "hai"), etag(&first.etag))).await.unwrap();
    assert_ne!(first.etag, second.etag);
    let revision = w.revision().await;
    let stale = etag(&first.etag);
    let refused = w.write(FINANCE, revise(1, content(1, "ba"), stale)).await.unwrap_err();
    assert_eq!(refused.reason, "STALE_ETAG");
    let refused = w.write(FINANCE, WithdrawComment { etag: stale, ..withdraw(1) }).await.unwrap_err();
    assert_eq!(refused.reason, "STALE_ETAG");
    let decide = DecideComment {
        draft: draft(),
        number: 1,
        outcome: Outcome::Accepted,
        explanation: String::new(),
        etag: stale,
    };
    assert_eq!(w.write(DRAFTER, decide).await.unwrap_err().reason, "STALE_ETAG");
    assert_eq!(w.revision().await, revision);
    w.write(FINANCE, WithdrawComment { etag: etag(&second.etag), ..withdraw(1) }).await.unwrap();
}

async fn proposals_leave_no_trace_in_the_etag_of_its_agency(w: &World) {
    w.open(Rules::default()).await;
    let written = w.submit(FINANCE, 1, "một").await;
    w.decide(1, Outcome::Rejected).await;
    w.at(1).await;
    w.decide(1, Outcome::Accepted).await;
    w.write(DRAFTER, UndoDecision { draft: draft(), number: 1, etag: None }).await.unwrap();
    assert_eq!(w.get(FINANCE, 1).await.unwrap(), written);
    assert_ne!(w.get(DRAFTER, 1).await.unwrap().etag, written.etag);
    let revised = w.write(FINANCE, revise(1, content(1, "hai"), etag(&written.etag))).await.unwrap();
    // Publication is no secret: it moves the etag.
    w.decide(1, Outcome::Accepted).await;
    w.publish(&[1]).await;
    assert_ne!(w.get(FINANCE, 1).await.unwrap().etag, revised.etag);
}

async fn a_revision_after_the_deadline_marks_the_comment_late(w: &World) {
    w.open(Rules { late: LateRule::Accept, ..Rules::default() }).await;
    w.submit(FINANCE, 1, "một").await;
    w.at(DEADLINE + 1).await;
    assert!(w.write(FINANCE, revise(1, content(1, "hai"), None)).await.unwrap().late);
    let strict = w.open(Rules { late: LateRule::Refuse, deadline: 3 * DEADLINE, ..Rules::default() }).await;
    let comment = w.submit(FINANCE, 1, "một").await;
    assert_eq!(comment.round, named("rounds", strict));
    w.at(3 * DEADLINE + 1).await;
    let refused = w.write(FINANCE, revise(comment.number, content(1, "hai"), None)).await.unwrap_err();
    assert_eq!(refused.reason, "DEADLINE_PASSED");
}

async fn a_closed_round_lets_go_but_takes_nothing_new(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "một").await;
    w.submit(FINANCE, 1, "hai").await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    let refused = w.write(FINANCE, revise(1, content(1, "ba"), None)).await.unwrap_err();
    assert_eq!(refused.reason, "ROUND_NOT_OPEN");
    w.write(FINANCE, withdraw(1)).await.unwrap();
    w.write(DRAFTER, ConcludeRound { draft: draft(), round, allow_pending: true, etag: None }).await.unwrap();
    assert_eq!(w.write(FINANCE, withdraw(2)).await.unwrap_err().reason, "ROUND_STATE");
}
