//! After the submissions: the meeting, second thoughts, the first part of the decisions, and what is left then.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail};
use ykien::client;
use ykien_proto::v1;
use ykien_proto::v1::comment_decision_result::Result as Decided;

use super::case::tally;
use super::consultation::{DRAFT, response};
use super::counts;
use super::crash::request_id;
use super::six_processes::Stage;

/// How many of the case's decisions are made, how many at once, and how many of them are published.
const DECIDED: usize = 150;
const BATCH: usize = 40;
const PUBLISHED: usize = 60;
/// How many directives are carried out.
const COMPLETED: usize = 2;

/// A call of the drafter on the replicas in turn, with the same request each time.
macro_rules! drafter {
    ($stage:expr, $method:ident, $request:expr) => {{
        let request = $request;
        let called = $stage.comments.call(&$stage.drafter, |mut comments| {
            let request = request.clone();
            async move { comments.$method(request).await }
        });
        called
            .await
            .map_err(|status| anyhow::anyhow!("{}: {}", stringify!($method), client::explain(&status)))
    }};
}

/// Plays it to its end; `numbers` are the comments' by their lines. Gives the draft's last revision.
pub async fn play(stage: &Stage<'_>, numbers: &HashMap<usize, i64>) -> anyhow::Result<i64> {
    speak(stage).await?;
    think_again(stage, numbers).await?;
    let (published, revision) = decide(stage, numbers).await?;
    for number in 1..=COMPLETED {
        stage.consultation.complete_directive(number).await?;
    }
    statuses(stage, revision).await?;
    progress(stage, "silent").await?;
    remainder(stage, numbers, &published, true).await?;
    stage.consultation.close_round().await?;
    progress(stage, "assent_by_silence").await?;
    remainder(stage, numbers, &published, false).await
}

/// The drafter records what was said at the meeting.
async fn speak(stage: &Stage<'_>) -> anyhow::Result<()> {
    for oral in &stage.case.oral {
        let comment = v1::Comment {
            agency: format!("agencies/{}", oral.agency),
            anchor: Some(stage.consultation.anchor(&oral.section, "")?),
            text: oral.text.clone(),
            ..Default::default()
        };
        let request = v1::RecordOralOpinionRequest {
            draft: DRAFT.to_owned(),
            comment: Some(comment),
            speaker: oral.speaker.clone(),
            request_id: request_id(),
        };
        drafter!(stage, record_oral_opinion, request)?;
    }
    Ok(())
}

/// Agencies take comments back, and one replaces its letter.
async fn think_again(stage: &Stage<'_>, numbers: &HashMap<usize, i64>) -> anyhow::Result<()> {
    for reply in &stage.case.responses {
        let bearer = stage.consultation.bearer(&reply.agency)?;
        let lines = stage.case.lines_of(&reply.agency);
        for place in &reply.withdraw {
            let request = v1::WithdrawCommentRequest {
                name: format!("{DRAFT}/comments/{}", numbers[&lines[*place]]),
                etag: String::new(),
                request_id: request_id(),
            };
            let withdrawn = stage.comments.call(bearer, |mut comments| {
                let request = request.clone();
                async move { comments.withdraw_comment(request).await }
            });
            assert_eq!(withdrawn.await?.status(), v1::CommentStatus::Withdrawn);
        }
        if let Some(letter) = &reply.resubmit {
            let request = v1::SubmitResponseRequest {
                draft: DRAFT.to_owned(),
                response: Some(response(letter)?),
                comments: Vec::new(),
                request_id: request_id(),
            };
            let made = stage.comments.call(bearer, |mut comments| {
                let request = request.clone();
                async move { comments.submit_response(request).await }
            });
            made.await?;
        }
    }
    Ok(())
}

/// The drafter decides the first part in batches, and publishes some of it. Gives the numbers published, and the revision
/// of that.
async fn decide(stage: &Stage<'_>, numbers: &HashMap<usize, i64>) -> anyhow::Result<(Vec<i64>, i64)> {
    let mut decided = Vec::new();
    for batch in stage.case.decisions[..DECIDED].chunks(BATCH) {
        let decisions = batch.iter().map(|decision| {
            let word = format!("OUTCOME_{}", decision.outcome.to_uppercase());
            let outcome = v1::Outcome::from_str_name(&word).context(word)?.into();
            let (number, explanation) = (numbers[&decision.line], decision.explanation.clone());
            Ok(v1::CommentDecision { number, outcome, explanation, etag: String::new() })
        });
        let request = v1::BatchDecideCommentsRequest {
            draft: DRAFT.to_owned(),
            decisions: decisions.collect::<anyhow::Result<_>>()?,
            dry_run: false,
            request_id: request_id(),
        };
        for result in drafter!(stage, batch_decide_comments, request)?.results {
            match result.result {
                Some(Decided::Comment(comment)) => decided.push(comment.number),
                other => bail!("comment {} was not decided: {other:?}", result.number),
            }
        }
    }
    let numbers = decided[..PUBLISHED].to_vec();
    let request = v1::PublishDecisionsRequest {
        draft: DRAFT.to_owned(),
        round: String::new(),
        numbers: numbers.clone(),
        request_id: request_id(),
    };
    let made = drafter!(stage, publish_decisions, request)?;
    assert_eq!(made.numbers.len(), PUBLISHED);
    Ok((numbers, made.revision))
}

/// Both replicas of the aggregation count what the case says, of each agency and status, also right after the write of
/// this revision on another process.
async fn statuses(stage: &Stage<'_>, revision: i64) -> anyhow::Result<()> {
    let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (agency, status) in stage.case.statuses(&stage.case.decisions[..DECIDED])? {
        *expected.entry((agency.to_owned(), status.to_owned())).or_default() += 1;
    }
    for replica in 0..2 {
        let mut aggregation = stage.aggregation.aggregation(replica, &stage.drafter);
        let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
        for comment in counts::check(&mut aggregation, &stage.parents, revision).await? {
            let status = word(comment.status().as_str_name(), "COMMENT_STATUS_");
            *found.entry((comment.agency.replace("agencies/", ""), status)).or_default() += 1;
        }
        assert_eq!(found, expected, "replica {replica}");
    }
    Ok(())
}

/// The invited agencies in the roster's order, each where it stands; `silent` is what silence is called now.
async fn progress(stage: &Stage<'_>, silent: &str) -> anyhow::Result<()> {
    let expected = stage.case.replies(false, silent);
    assert_eq!(expected.len(), stage.case.agencies.len() - 1, "all but the drafting agency");
    let request = v1::GetProgressRequest { draft: DRAFT.to_owned(), round: String::new() };
    let mut aggregation = stage.aggregation.aggregation(1, &stage.drafter);
    let answer = client::answer(aggregation.get_progress(request).await)?;
    let found: Vec<(String, String)> = answer
        .replies
        .iter()
        .map(|reply| {
            (reply.agency.replace("agencies/", ""), word(reply.state().as_str_name(), "REPLY_STATE_"))
        })
        .collect();
    assert!(found.iter().map(|(agency, state)| (agency.as_str(), state.as_str())).eq(expected), "{found:?}");

    let withdrawn = stage.case.withdrawn()?;
    let kept = (0..stage.case.comments.len()).filter(|line| !withdrawn.contains(line));
    let agencies = kept
        .map(|line| &stage.case.comments[line].agency)
        .chain(stage.case.oral.iter().map(|oral| &oral.agency));
    let comments = tally(agencies.map(String::as_str));
    for reply in &answer.replies {
        let code = reply.agency.replace("agencies/", "");
        assert_eq!(reply.comment_count, comments.get(&code).copied().unwrap_or(0), "{code}");
        let letter = stage.case.responses.iter().find(|response| response.agency == code);
        let in_force = letter
            .map(|response| response.resubmit.as_ref().unwrap_or(&response.letter).letter_number.as_str());
        assert_eq!(
            reply.response.as_ref().map(|response| response.letter_number.as_str()),
            in_force,
            "{code}"
        );
        let assents = reply.state() == v1::ReplyState::AssentBySilence;
        assert_eq!(reply.silence_basis.is_empty(), !assents, "{code}");
    }
    Ok(())
}

/// What is left is exactly what was not done, one by one. While the round is open, the silent agencies are waited for.
/// Gives the revision.
async fn remainder(
    stage: &Stage<'_>,
    numbers: &HashMap<usize, i64>,
    published: &[i64],
    open: bool,
) -> anyhow::Result<i64> {
    let case = stage.case;
    let withdrawn = case.withdrawn()?;
    let decided: Vec<i64> =
        case.decisions[..DECIDED].iter().map(|decision| numbers[&decision.line]).collect();
    let comment = |number: i64| format!("{DRAFT}/comments/{number}");
    let waits = |number: &i64| !decided.contains(number);
    let mut pending: Vec<i64> = (0..case.comments.len())
        .filter(|line| !withdrawn.contains(line))
        .map(|line| numbers[&line])
        .filter(waits)
        .collect();
    pending.extend(i64::try_from(case.comments.len())? + 1..=i64::try_from(case.total())?);
    pending.sort_unstable();
    let mut unpublished: Vec<i64> =
        decided.iter().copied().filter(|number| !published.contains(number)).collect();
    unpublished.sort_unstable();
    let states = case.replies(false, if open { "silent" } else { "assent_by_silence" });
    let waiting = states.into_iter().filter(|(_, state)| matches!(*state, "silent" | "in_progress"));
    let unanswered: Vec<String> = waiting.map(|(agency, _)| format!("agencies/{agency}")).collect();
    let directives: Vec<String> = (COMPLETED + 1..=case.directives.len())
        .map(|number| format!("{DRAFT}/directives/{number}"))
        .collect();

    let mut aggregation = stage.aggregation.aggregation(usize::from(open), &stage.drafter);
    let left = client::answer(aggregation.reconcile(v1::ReconcileRequest { draft: DRAFT.to_owned() }).await)?;
    let total = i64::try_from(case.total())?;
    assert_eq!((left.received, left.found), (total, total));
    assert_eq!(left.by_status.iter().map(|status| status.count).sum::<i64>(), total);
    assert_eq!(left.pending_comments, pending.iter().copied().map(comment).collect::<Vec<_>>());
    assert_eq!(left.unpublished_comments, unpublished.iter().copied().map(comment).collect::<Vec<_>>());
    assert_eq!(left.unanswered.iter().map(|asked| asked.agency.clone()).collect::<Vec<_>>(), unanswered);
    assert_eq!(left.open_directives, directives);
    let things = pending.len() + unpublished.len() + unanswered.len() + directives.len();
    assert_eq!(left.remainder, i64::try_from(things)?);
    Ok(left.revision)
}

/// A word of the contract as the case writes it.
fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}
