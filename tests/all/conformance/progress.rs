//! Who has answered.

use ykien_domain::command::{CloseRound, OpenRound, SubmitResponse, WithdrawComment};
use ykien_domain::model::{Content, Letter};
use ykien_domain::query::GetProgress;
use ykien_domain::words::{Admission, SilenceRule, Stance, Visibility};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    each_agency_stands_in_one_place,
    silence_is_assent_on_its_legal_basis_only_once_the_time_is_over,
    a_round_that_closes_early_ends_the_time_to_answer,
    an_agency_reads_its_own_line_unless_the_round_shows_the_others,
    the_newest_held_round_is_meant_when_none_is_named,
}

fn response(stance: Stance, comments: Vec<Content>) -> SubmitResponse {
    SubmitResponse { draft: draft(), round: None, agency: None, stance, letter: Letter::default(), comments }
}

/// Agency, state, comments and basis of each line.
async fn lines(w: &World, who: Who, round: Option<i64>) -> Vec<(String, v1::ReplyState, i64, String)> {
    let progress = w.ask(who, GetProgress { draft: draft(), round }).await.unwrap();
    let line =
        |reply: v1::Reply| (last(&reply.agency), reply.state(), reply.comment_count, reply.silence_basis);
    progress.replies.into_iter().map(line).collect()
}

fn last(name: &str) -> String {
    name.trim_start_matches("agencies/").to_owned()
}

fn line(
    agency: &str,
    state: v1::ReplyState,
    comments: i64,
    basis: &str,
) -> (String, v1::ReplyState, i64, String) {
    (agency.to_owned(), state, comments, basis.to_owned())
}

async fn each_agency_stands_in_one_place(w: &World) {
    use v1::ReplyState::{InProgress, Late, Replied, Silent, Uninvited};
    let invited = vec!["H37.07", "H37.05", "H37.06", "H37.01"];
    let rules = Rules { invited, admission: Admission::Anyone, ..Rules::default() };
    w.open(rules).await;
    w.write(FINANCE, response(Stance::AgreesWithComments, vec![content(1, "x"), content(2, "y")]))
        .await
        .unwrap();
    w.submit(PLANNING, 1, "z").await;
    w.submit(PLANNING, 1, "rút").await;
    w.write(PLANNING, WithdrawComment { draft: draft(), number: 4, etag: None }).await.unwrap();
    w.write(STRANGER, response(Stance::Agrees, Vec::new())).await.unwrap();
    w.submit(DRAFTER, 1, "x").await;
    w.at(DEADLINE + 1).await;
    w.write(POLICE, response(Stance::NoComment, Vec::new())).await.unwrap();
    let expected = [
        line("H37.07", Late, 0, ""),
        line("H37.05", Replied, 2, ""),
        line("H37.06", InProgress, 1, ""),
        line("H37.01", Silent, 0, ""),
        line("H37.02", Uninvited, 1, ""),
        line("H37.09", Uninvited, 0, ""),
    ];
    assert_eq!(lines(w, DRAFTER, None).await, expected);
    // What is in time stays in time when it is superseded by what is late: the response in force tells.
    w.write(FINANCE, response(Stance::Disagrees, Vec::new())).await.unwrap();
    assert_eq!(lines(w, OBSERVER, Some(1)).await[1], line("H37.05", Late, 2, ""));
}

async fn silence_is_assent_on_its_legal_basis_only_once_the_time_is_over(w: &World) {
    use v1::ReplyState::{AssentBySilence, InProgress, Silent};
    w.open(Rules { silence: SilenceRule::Assent, ..Rules::default() }).await;
    w.submit(FINANCE, 1, "x").await;
    let stand = |state, basis: &str| {
        [line("H37.05", InProgress, 1, ""), line("H37.06", state, 0, basis), line("H37.07", state, 0, basis)]
    };
    w.at(DEADLINE).await;
    assert_eq!(lines(w, DRAFTER, None).await, stand(Silent, ""));
    w.at(DEADLINE + 1).await;
    assert_eq!(lines(w, DRAFTER, None).await, stand(AssentBySilence, BASIS));
    let strict = w.open(Rules { deadline: 2 * DEADLINE, ..Rules::default() }).await;
    w.at(2 * DEADLINE + 1).await;
    assert_eq!(lines(w, DRAFTER, Some(strict)).await[1], line("H37.06", Silent, 0, ""));
}

async fn a_round_that_closes_early_ends_the_time_to_answer(w: &World) {
    let round = w.open(Rules { silence: SilenceRule::Assent, ..Rules::default() }).await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    assert_eq!(lines(w, DRAFTER, None).await[0], line("H37.05", v1::ReplyState::AssentBySilence, 0, BASIS));
}

async fn an_agency_reads_its_own_line_unless_the_round_shows_the_others(w: &World) {
    use v1::ReplyState::{InProgress, Silent};
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    assert_eq!(lines(w, FINANCE, None).await, [line("H37.05", InProgress, 1, "")]);
    assert_eq!(lines(w, PLANNING, None).await, [line("H37.06", Silent, 0, "")]);
    w.open(Rules { visibility: Visibility::Participants, ..Rules::default() }).await;
    assert_eq!(lines(w, PLANNING, Some(2)).await.len(), 3);
    assert_eq!(lines(w, PLANNING, Some(1)).await.len(), 1);
}

async fn the_newest_held_round_is_meant_when_none_is_named(w: &World) {
    let ask = |round| GetProgress { draft: draft(), round };
    assert_eq!(w.ask(DRAFTER, ask(None)).await.unwrap_err().reason, "NOT_FOUND");
    let first = w.prepare(Rules::default()).await;
    let progress = w.ask(DRAFTER, ask(None)).await.unwrap();
    assert_eq!(progress.round.unwrap().state(), v1::RoundState::Preparing);
    w.write(DRAFTER, OpenRound { draft: draft(), round: first, etag: None }).await.unwrap();
    let second = w.prepare(Rules::default()).await;
    for who in [DRAFTER, FINANCE] {
        let progress = w.ask(who, ask(None)).await.unwrap();
        assert_eq!(progress.round.unwrap().name, named("rounds", first), "{who:?}");
    }
    assert_eq!(w.ask(FINANCE, ask(Some(second))).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.ask(DRAFTER, ask(Some(9))).await.unwrap_err().reason, "NOT_FOUND");
}
