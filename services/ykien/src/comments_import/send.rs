//! Sends the comments through the bulk stream, then the decisions in batches.

use std::collections::HashMap;

use anyhow::Context as _;
use tonic_types::RpcStatusExt as _;
use ykien_proto::v1;
use ykien_proto::v1::bulk_submit_comments_response::Result as BulkResult;
use ykien_proto::v1::comment_decision_result::Result as DecisionResult;

use super::item::Item;
use super::mapping::Mapping;
use super::report::{Entry, Fate, Problem};
use crate::client::{self, Comments};
use crate::out;

/// The most decisions of one call, and the most bytes of their explanations: a message may have 4 MiB.
const MAX_DECISIONS: (usize, usize) = (500, 2 * 1024 * 1024);

/// Submits every item; the entries are in the items' order.
///
/// # Errors
/// The stream broke: what was durable by then is, and a re-run goes on from there.
pub(super) async fn submit(
    comments: &mut Comments,
    draft: &str,
    items: &[Item],
    mapping: &Mapping,
) -> anyhow::Result<Vec<Entry>> {
    let requests: Vec<_> = items
        .iter()
        .map(|item| v1::BulkSubmitCommentsRequest {
            draft: draft.to_owned(),
            comment: Some(item.comment.clone()),
            request_id: item.request_id.to_string(),
        })
        .collect();
    let bar = out::progress(items.len(), "comments");
    let broken = "the stream broke: run the import again, what is there already stays as it is";
    let mut answers =
        client::answer(comments.bulk_submit_comments(tokio_stream::iter(requests)).await).context(broken)?;
    let mut entries = Vec::with_capacity(items.len());
    while let Some(answer) =
        answers.message().await.map_err(|status| anyhow::anyhow!(client::explain(&status))).context(broken)?
    {
        let item = items.get(entries.len()).context("the server answered more comments than were sent")?;
        entries.push(entry(item, answer.result, mapping));
        bar.inc(1);
    }
    bar.finish_and_clear();
    anyhow::ensure!(
        entries.len() == items.len(),
        "{broken} ({} of {} were answered)",
        entries.len(),
        items.len()
    );
    Ok(entries)
}

fn entry(item: &Item, result: Option<BulkResult>, mapping: &Mapping) -> Entry {
    let mut entry = Entry {
        line: item.line,
        source_id: item.comment.source.as_ref().map(|source| source.id.clone()).unwrap_or_default(),
        result: Fate::Refused,
        number: None,
        decided: None,
        notes: item.notes.clone(),
        problems: Vec::new(),
    };
    match result {
        Some(BulkResult::Submitted(submitted)) => {
            entry.result = if submitted.replayed { Fate::AlreadyThere } else { Fate::Accepted };
            entry.number = submitted.comment.map(|comment| comment.number);
        }
        Some(BulkResult::Error(error)) => entry.problems = problems(&error, mapping),
        None => entry.problems = vec![Problem::new("", None, "the server gave no answer")],
    }
    entry
}

/// What a status says, with the file's own columns.
fn problems(error: &tonic_types::pb::Status, mapping: &Mapping) -> Vec<Problem> {
    let details = error.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    if violations.is_empty() {
        let reason = details.error_info().map_or("", |info| info.reason.as_str());
        return vec![Problem::new("", None, format!("{reason}: {}", error.message))];
    }
    violations
        .iter()
        .map(|violation| {
            Problem::new(&*violation.field, mapping.column_of_path(&violation.field), &*violation.description)
        })
        .collect()
}

/// Decides those that are still pending: what somebody decided since the first run stays.
///
/// # Errors
/// The server refuses a call; refused decisions stand in their entries.
pub(super) async fn decide(
    comments: &mut Comments,
    draft: &str,
    items: &[Item],
    entries: &mut [Entry],
) -> anyhow::Result<()> {
    let pending = pending(comments, draft).await?;
    let mut wanted: Vec<(usize, v1::CommentDecision)> = Vec::new();
    for (index, (item, entry)) in items.iter().zip(&*entries).enumerate() {
        if let (Some(outcome), Some(number)) = (item.outcome, entry.number)
            && pending.contains(&number)
        {
            let decision = v1::CommentDecision {
                number,
                outcome: outcome.into(),
                explanation: item.explanation.clone(),
                etag: String::new(),
            };
            wanted.push((index, decision));
        }
    }
    let bar = out::progress(wanted.len(), "decisions");
    while !wanted.is_empty() {
        let batch: Vec<_> = wanted.drain(..batch_length(&wanted)).collect();
        let places: HashMap<i64, usize> =
            batch.iter().map(|(index, decision)| (decision.number, *index)).collect();
        let outcomes: HashMap<i64, v1::Outcome> =
            batch.iter().map(|(_, decision)| (decision.number, decision.outcome())).collect();
        let request = v1::BatchDecideCommentsRequest {
            draft: draft.to_owned(),
            decisions: batch.into_iter().map(|(_, decision)| decision).collect(),
            ..v1::BatchDecideCommentsRequest::default()
        };
        let answer = client::answer(comments.batch_decide_comments(request).await).context("can't decide")?;
        for decided in answer.results {
            let Some(entry) = places.get(&decided.number).and_then(|index| entries.get_mut(*index)) else {
                continue;
            };
            match decided.result {
                Some(DecisionResult::Comment(_)) => entry.decided = outcomes.get(&decided.number).map(word),
                Some(DecisionResult::Error(error)) => {
                    let why = format!("not decided: {}", error.message);
                    entry.problems.push(Problem::new("decision", None, why));
                }
                None => entry.problems.push(Problem::new("decision", None, "the server gave no answer")),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// How many of the decisions fit into one call; at least one.
fn batch_length(wanted: &[(usize, v1::CommentDecision)]) -> usize {
    let mut bytes = 0;
    wanted
        .iter()
        .take(MAX_DECISIONS.0)
        .take_while(|(_, decision)| {
            bytes += decision.explanation.len();
            bytes <= MAX_DECISIONS.1
        })
        .count()
        .max(1)
}

fn word(outcome: &v1::Outcome) -> &'static str {
    match outcome {
        v1::Outcome::Accepted => "accepted",
        v1::Outcome::PartiallyAccepted => "partially_accepted",
        v1::Outcome::Rejected => "rejected",
        v1::Outcome::Unspecified => "unspecified",
    }
}

/// The numbers of the pending comments.
async fn pending(comments: &mut Comments, draft: &str) -> anyhow::Result<std::collections::HashSet<i64>> {
    let mut numbers = std::collections::HashSet::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListCommentsRequest {
            draft: draft.to_owned(),
            filter: "status = pending".to_owned(),
            page_size: 1_000,
            page_token,
            min_revision: 0,
        };
        let page = client::answer(comments.list_comments(request).await)
            .context("can't list the pending comments")?;
        numbers.extend(page.comments.iter().map(|comment| comment.number));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(numbers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_a_bound_in_items_and_in_bytes() {
        let decisions = |count: usize, length: usize| -> Vec<_> {
            (0..count)
                .map(|index| {
                    let explanation = "x".repeat(length);
                    (index, v1::CommentDecision { explanation, ..v1::CommentDecision::default() })
                })
                .collect()
        };
        assert_eq!(batch_length(&decisions(600, 10)), 500);
        assert_eq!(batch_length(&decisions(30, 100_000)), 20);
        assert_eq!(batch_length(&decisions(2, 3_000_000)), 1);
    }
}
