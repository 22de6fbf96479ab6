//! Every agency and every comment traced to its end.

use ykien_domain::command::{
    CloseRound, CompleteDirective, ConcludeRound, IssueDirective, SubmitResponse, WithdrawComment,
};
use ykien_domain::ids::ROOT;
use ykien_domain::model::{Content, Letter};
use ykien_domain::query::Reconcile;
use ykien_domain::words::{Outcome, SilenceRule, Stance};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    what_is_left_is_named_one_by_one_and_goes_to_zero,
    an_agency_that_never_signed_is_left_until_its_round_is_concluded,
}

fn response(comments: Vec<Content>) -> SubmitResponse {
    let stance = if comments.is_empty() { Stance::Agrees } else { Stance::AgreesWithComments };
    SubmitResponse { draft: draft(), round: None, agency: None, stance, letter: Letter::default(), comments }
}

async fn reconcile(w: &World) -> v1::ReconcileResponse {
    let found = w.ask(DRAFTER, Reconcile { draft: draft() }).await.unwrap();
    assert_eq!(found.received, found.found);
    assert_eq!(found.by_status.iter().map(|entry| entry.count).sum::<i64>(), found.found);
    let left = found.pending_comments.len()
        + found.unpublished_comments.len()
        + found.unanswered.len()
        + found.open_directives.len();
    assert_eq!(found.remainder, left as i64);
    assert_eq!(found.revision, w.revision().await);
    found
}

fn unanswered(found: &v1::ReconcileResponse) -> Vec<(String, String)> {
    found.unanswered.iter().map(|left| (left.round.clone(), left.agency.clone())).collect()
}

async fn what_is_left_is_named_one_by_one_and_goes_to_zero(w: &World) {
    let round = w.open(Rules { silence: SilenceRule::Assent, ..Rules::default() }).await;
    let issue = IssueDirective {
        draft: draft(),
        text: "Bổ sung năm hạn chế".to_owned(),
        section: ROOT,
        responsible: None,
        due: None,
        issued_by: String::new(),
        issued_on: None,
    };
    w.write(DRAFTER, issue).await.unwrap();
    let found = reconcile(w).await;
    let silent = |who: Who| (named("rounds", round), who.name());
    assert_eq!(unanswered(&found), [silent(FINANCE), silent(PLANNING), silent(POLICE)]);
    assert_eq!(found.open_directives, [named("directives", 1)]);
    assert_eq!((found.received, found.remainder), (0, 4));

    w.write(FINANCE, response(vec![content(1, "một"), content(2, "hai"), content(3, "ba")])).await.unwrap();
    w.write(PLANNING, response(Vec::new())).await.unwrap();
    let found = reconcile(w).await;
    assert_eq!(unanswered(&found), [silent(POLICE)]);
    assert_eq!(found.pending_comments, [1, 2, 3].map(|number| named("comments", number)));

    // Held to agree: nobody waits for it any more.
    w.at(DEADLINE + 1).await;
    assert_eq!(unanswered(&reconcile(w).await), []);
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Rejected).await;
    w.write(FINANCE, WithdrawComment { draft: draft(), number: 3, etag: None }).await.unwrap();
    let found = reconcile(w).await;
    assert_eq!(found.pending_comments, Vec::<String>::new());
    assert_eq!(found.unpublished_comments, [1, 2].map(|number| named("comments", number)));
    let by_status: Vec<_> = found.by_status.iter().map(|entry| (entry.status(), entry.count)).collect();
    use v1::CommentStatus::{Accepted, PartiallyAccepted, Pending, Rejected, Withdrawn};
    assert_eq!(
        by_status,
        [(Pending, 0), (Accepted, 1), (PartiallyAccepted, 0), (Rejected, 1), (Withdrawn, 1)]
    );

    w.publish(&[]).await;
    assert_eq!(reconcile(w).await.remainder, 1);
    let complete = CompleteDirective {
        draft: draft(),
        number: 1,
        note: "Đã bổ sung".to_owned(),
        version: Some(1),
        etag: None,
    };
    w.write(DRAFTER, complete).await.unwrap();
    assert_eq!(reconcile(w).await.remainder, 0);
    let close = CloseRound { draft: draft(), round, allow_early: false, allow_pending: false, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    w.write(DRAFTER, ConcludeRound { draft: draft(), round, allow_pending: false, etag: None })
        .await
        .unwrap();
    let found = reconcile(w).await;
    assert_eq!((found.received, found.remainder), (3, 0));
}

async fn an_agency_that_never_signed_is_left_until_its_round_is_concluded(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.write(PLANNING, response(Vec::new())).await.unwrap();
    w.decide(1, Outcome::Accepted).await;
    w.publish(&[]).await;
    w.at(DEADLINE + 1).await;
    let left = [(named("rounds", round), FINANCE.name()), (named("rounds", round), POLICE.name())];
    assert_eq!(unanswered(&reconcile(w).await), left);
    let close = CloseRound { draft: draft(), round, allow_early: false, allow_pending: false, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    assert_eq!(unanswered(&reconcile(w).await), left);
    w.write(DRAFTER, ConcludeRound { draft: draft(), round, allow_pending: false, etag: None })
        .await
        .unwrap();
    assert_eq!(reconcile(w).await.remainder, 0);
}
