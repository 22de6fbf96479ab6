//! Rounds and their rosters.

use ykien_domain::command::{
    CloseRound, ConcludeRound, CreateRound, ExtendRound, InviteAgencies, OpenRound, SubmitComment,
    UninviteAgency,
};
use ykien_domain::ids::RoundNumber;
use ykien_domain::query::{GetDraft, GetRound};
use ykien_domain::words::{Admission, LateRule, Outcome, SilenceRule, Visibility};
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_tests::START;

use crate::world::*;

behaviours! {
    a_round_takes_submissions_only_while_it_is_open,
    what_comes_late_is_taken_and_marked_where_the_round_accepts_it,
    what_comes_late_is_refused_where_the_round_refuses_it,
    an_open_rounds_deadline_only_moves_later,
    closing_early_or_with_pending_comments_needs_its_own_override,
    a_round_opens_once_and_before_its_deadline,
    a_stale_etag_changes_no_round,
    a_roster_keeps_its_order_and_grows_until_the_round_closes,
    a_round_in_preparation_is_its_drafters_alone,
    assent_by_silence_needs_its_legal_basis,
    a_submission_without_a_round_goes_to_the_newest_open_one,
    a_contributor_runs_no_round,
}

fn close(round: RoundNumber, allow_early: bool, allow_pending: bool) -> CloseRound {
    CloseRound { draft: draft(), round, allow_early, allow_pending, etag: None }
}

fn conclude(round: RoundNumber, allow_pending: bool) -> ConcludeRound {
    ConcludeRound { draft: draft(), round, allow_pending, etag: None }
}

async fn a_round_takes_submissions_only_while_it_is_open(w: &World) {
    let round = w.prepare(Rules::default()).await;
    let for_finance =
        || SubmitComment { round: Some(round), agency: Some(FINANCE.code()), ..submission(content(1, "x")) };
    assert_eq!(w.write(DRAFTER, for_finance()).await.unwrap_err().reason, "ROUND_NOT_OPEN");
    assert_eq!(w.try_submit(DRAFTER, content(1, "x")).await.unwrap_err().reason, "ROUND_NOT_OPEN");
    w.write(DRAFTER, OpenRound { draft: draft(), round, etag: None }).await.unwrap();
    w.write(DRAFTER, for_finance()).await.unwrap();
    w.submit(FINANCE, 1, "x").await;
    w.write(DRAFTER, close(round, true, true)).await.unwrap();
    for command in [for_finance(), submission(content(1, "x"))] {
        assert_eq!(w.write(FINANCE, command).await.unwrap_err().reason, "ROUND_NOT_OPEN");
    }
    w.write(DRAFTER, conclude(round, true)).await.unwrap();
    assert_eq!(w.write(DRAFTER, for_finance()).await.unwrap_err().reason, "ROUND_NOT_OPEN");
}

async fn what_comes_late_is_taken_and_marked_where_the_round_accepts_it(w: &World) {
    w.open(Rules { late: LateRule::Accept, ..Rules::default() }).await;
    w.at(DEADLINE).await;
    assert!(!w.submit(FINANCE, 1, "đúng hạn").await.late);
    w.at(DEADLINE + 1).await;
    assert!(w.submit(FINANCE, 1, "muộn").await.late);
    let late = w.all(DRAFTER, &Comments { filter: "late = true".to_owned() }).await.unwrap();
    assert_eq!(late.iter().map(|comment| comment.number).collect::<Vec<_>>(), [2]);
}

async fn what_comes_late_is_refused_where_the_round_refuses_it(w: &World) {
    w.open(Rules { late: LateRule::Refuse, ..Rules::default() }).await;
    w.at(DEADLINE).await;
    w.submit(FINANCE, 1, "đúng hạn").await;
    w.at(DEADLINE + 1).await;
    assert_eq!(w.try_submit(FINANCE, content(1, "muộn")).await.unwrap_err().reason, "DEADLINE_PASSED");
}

async fn an_open_rounds_deadline_only_moves_later(w: &World) {
    let round = w.prepare(Rules::default()).await;
    let extend =
        |seconds| ExtendRound { draft: draft(), round, deadline: START.plus_seconds(seconds), etag: None };
    w.write(DRAFTER, extend(DEADLINE - 60)).await.unwrap();
    w.write(DRAFTER, OpenRound { draft: draft(), round, etag: None }).await.unwrap();
    for not_later in [DEADLINE - 60, DEADLINE - 61, -1] {
        let refused = w.write(DRAFTER, extend(not_later)).await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names("deadline"), "{refused:?}");
    }
    let extended = w.write(DRAFTER, extend(2 * DEADLINE)).await.unwrap();
    assert_eq!(extended.deadline, Some(wire::timestamp(START.plus_seconds(2 * DEADLINE))));
    w.at(2 * DEADLINE).await;
    assert!(!w.submit(FINANCE, 1, "x").await.late);
    // Over, but still open: it can be given more time.
    w.at(2 * DEADLINE + 1).await;
    assert!(w.write(DRAFTER, extend(2 * DEADLINE + 1)).await.unwrap_err().names("deadline"));
    w.write(DRAFTER, extend(3 * DEADLINE)).await.unwrap();
    w.write(DRAFTER, close(round, true, true)).await.unwrap();
    assert_eq!(w.write(DRAFTER, extend(4 * DEADLINE)).await.unwrap_err().reason, "ROUND_STATE");
}

async fn closing_early_or_with_pending_comments_needs_its_own_override(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    assert_eq!(w.write(DRAFTER, close(round, false, true)).await.unwrap_err().reason, "ROUND_EARLY");
    assert_eq!(w.write(DRAFTER, close(round, true, false)).await.unwrap_err().reason, "COMMENTS_PENDING");
    w.at(DEADLINE).await;
    assert_eq!(w.write(DRAFTER, close(round, false, false)).await.unwrap_err().reason, "COMMENTS_PENDING");
    assert_eq!(w.write(DRAFTER, conclude(round, true)).await.unwrap_err().reason, "ROUND_STATE");
    let closed = w.write(DRAFTER, close(round, false, true)).await.unwrap();
    assert_eq!(closed.state(), v1::RoundState::Closed);
    assert_eq!(closed.close_time, Some(wire::timestamp(START.plus_seconds(DEADLINE))));
    assert_eq!(w.write(DRAFTER, close(round, true, true)).await.unwrap_err().reason, "ROUND_STATE");
    assert_eq!(w.write(DRAFTER, conclude(round, false)).await.unwrap_err().reason, "COMMENTS_PENDING");
    w.decide(1, Outcome::Rejected).await;
    let concluded = w.write(DRAFTER, conclude(round, false)).await.unwrap();
    assert_eq!(concluded.state(), v1::RoundState::Concluded);
}

async fn a_round_opens_once_and_before_its_deadline(w: &World) {
    let round = w.prepare(Rules::default()).await;
    let open = || OpenRound { draft: draft(), round, etag: None };
    w.at(DEADLINE).await;
    assert!(w.write(DRAFTER, open()).await.unwrap_err().names("deadline"));
    w.at(DEADLINE - 1).await;
    let opened = w.write(DRAFTER, open()).await.unwrap();
    assert_eq!((opened.state(), opened.version), (v1::RoundState::Open, 1));
    assert_eq!(opened.open_time, Some(wire::timestamp(START.plus_seconds(DEADLINE - 1))));
    assert_eq!(w.write(DRAFTER, open()).await.unwrap_err().reason, "ROUND_STATE");
    let missing = OpenRound { round: 9, ..open() };
    assert_eq!(w.write(DRAFTER, missing).await.unwrap_err().reason, "NOT_FOUND");
}

async fn a_stale_etag_changes_no_round(w: &World) {
    let round = w.prepare(Rules::default()).await;
    let read = w.ask(DRAFTER, GetRound { draft: draft(), round }).await.unwrap();
    let stale = etag(&read.etag);
    w.write(DRAFTER, OpenRound { draft: draft(), round, etag: stale }).await.unwrap();
    let revision = w.revision().await;
    let extend =
        ExtendRound { draft: draft(), round, deadline: START.plus_seconds(2 * DEADLINE), etag: stale };
    assert_eq!(w.write(DRAFTER, extend).await.unwrap_err().reason, "STALE_ETAG");
    let close = CloseRound { etag: stale, ..close(round, true, true) };
    assert_eq!(w.write(DRAFTER, close).await.unwrap_err().reason, "STALE_ETAG");
    assert_eq!(w.revision().await, revision);
}

async fn a_roster_keeps_its_order_and_grows_until_the_round_closes(w: &World) {
    let round = w.prepare(Rules { invited: vec!["H37.07", "H37.05"], ..Rules::default() }).await;
    let invite = |agencies: &[&str]| InviteAgencies {
        draft: draft(),
        round,
        agencies: agencies.iter().map(|agency| code(agency)).collect(),
    };
    let uninvite = |agency| UninviteAgency { draft: draft(), round, agency: code(agency) };
    let roster = |invitations: Vec<v1::Invitation>| -> Vec<(String, i64)> {
        invitations.into_iter().map(|invitation| (invitation.agency, invitation.position)).collect()
    };
    let expected = |roster: &[(&str, i64)]| -> Vec<(String, i64)> {
        roster.iter().map(|(agency, position)| (format!("agencies/{agency}"), *position)).collect()
    };
    // Who is there stays where it is.
    let grown = w.write(DRAFTER, invite(&["H37.05", "H37.06", "H37.09"])).await.unwrap();
    let four = [("H37.07", 1), ("H37.05", 2), ("H37.06", 3), ("H37.09", 4)];
    assert_eq!(roster(grown.invitations), expected(&four));
    let revision = w.revision().await;
    w.write(DRAFTER, invite(&["H37.05"])).await.unwrap();
    assert_eq!(w.revision().await, revision, "nobody new, nothing happened");
    let left = w.write(DRAFTER, uninvite("H37.09")).await.unwrap();
    assert_eq!(roster(left.invitations), expected(&four[..3]));
    assert_eq!(w.write(DRAFTER, uninvite("H37.09")).await.unwrap_err().reason, "NOT_FOUND");
    let unknown = w.write(DRAFTER, invite(&["H37.09", "H99.99"])).await.unwrap_err();
    assert!(unknown.names("agencies[1]"), "{unknown:?}");
    w.write(DRAFTER, OpenRound { draft: draft(), round, etag: None }).await.unwrap();
    w.write(DRAFTER, invite(&["H37.09"])).await.unwrap();
    assert_eq!(w.write(DRAFTER, uninvite("H37.09")).await.unwrap_err().reason, "ROUND_STATE");
    let listed = w.all(FINANCE, &Invitations { round }).await.unwrap();
    assert_eq!(roster(listed), expected(&four));
    w.write(DRAFTER, close(round, true, true)).await.unwrap();
    assert_eq!(w.write(DRAFTER, invite(&["H37.01"])).await.unwrap_err().reason, "ROUND_STATE");
}

async fn a_round_in_preparation_is_its_drafters_alone(w: &World) {
    w.prepare(Rules::default()).await;
    // Invited, but to nothing yet: the draft is still unknown to it.
    let ask = GetDraft { draft: draft() };
    assert_eq!(w.ask(FINANCE, ask.clone()).await.unwrap_err().reason, "NOT_FOUND");
    w.write(DRAFTER, OpenRound { draft: draft(), round: 1, etag: None }).await.unwrap();
    w.ask(FINANCE, ask).await.unwrap();
    let second = w.prepare(Rules {
        admission: Admission::Anyone,
        visibility: Visibility::Participants,
        ..Rules::default()
    });
    assert_eq!(second.await, 2);
    let numbers = |rounds: Vec<v1::Round>| rounds.into_iter().map(|round| round.name).collect::<Vec<_>>();
    assert_eq!(numbers(w.all(FINANCE, &Rounds {}).await.unwrap()), [named("rounds", 1)]);
    assert_eq!(numbers(w.all(DRAFTER, &Rounds {}).await.unwrap()), [named("rounds", 1), named("rounds", 2)]);
    let ask = GetRound { draft: draft(), round: 2 };
    assert_eq!(w.ask(FINANCE, ask.clone()).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.ask(DRAFTER, ask).await.unwrap().state(), v1::RoundState::Preparing);
    assert_eq!(w.all(FINANCE, &Invitations { round: 2 }).await.unwrap_err().reason, "NOT_FOUND");
    // To submit in it is refused as in one that does not exist.
    let into = |round| SubmitComment { round: Some(round), ..submission(content(1, "x")) };
    let (preparing, missing) = (w.write(FINANCE, into(2)).await, w.write(FINANCE, into(9)).await);
    assert_eq!(preparing.unwrap_err(), missing.unwrap_err());
}

async fn assent_by_silence_needs_its_legal_basis(w: &World) {
    let command = |silence_basis: &str| CreateRound {
        draft: draft(),
        title: String::new(),
        deadline: START.plus_seconds(DEADLINE),
        silence_rule: SilenceRule::Assent,
        silence_basis: silence_basis.to_owned(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
    };
    let refused = w.write(DRAFTER, command("  ")).await.unwrap_err();
    assert!(refused.names("silence_basis"), "{refused:?}");
    let round = w.write(DRAFTER, command(BASIS)).await.unwrap();
    assert_eq!((round.name, round.silence_basis.as_str()), (named("rounds", 1), BASIS));
}

async fn a_submission_without_a_round_goes_to_the_newest_open_one(w: &World) {
    w.open(Rules::default()).await;
    w.open(Rules::default()).await;
    w.prepare(Rules::default()).await;
    assert_eq!(w.submit(FINANCE, 1, "x").await.round, named("rounds", 2));
    let command = SubmitComment { round: Some(1), ..submission(content(1, "x")) };
    assert_eq!(w.write(FINANCE, command).await.unwrap().comment.unwrap().round, named("rounds", 1));
}

async fn a_contributor_runs_no_round(w: &World) {
    let round = w.open(Rules::default()).await;
    for who in [FINANCE, ANSWERING, OBSERVER] {
        assert_eq!(
            w.write(who, close(round, true, true)).await.unwrap_err().reason,
            "PERMISSION_DENIED",
            "{who:?}"
        );
    }
    for who in [STRANGER, OTHER_DRAFTER] {
        assert_eq!(w.write(who, close(round, true, true)).await.unwrap_err().reason, "NOT_FOUND", "{who:?}");
    }
}
