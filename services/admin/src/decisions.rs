//! What the drafter decides: one comment, many at once, taking back, publishing, and where it was carried out.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::command::{self, Decided, MAX_BATCH, WriteOptions};
use ykien_domain::ids::parse_etag;
use ykien_domain::{Error, Violations, words};
use ykien_edge::problem;

use crate::AdminState;
use crate::answer::{Answer, Answered, View};
use crate::comment::Comment;
use crate::headers::IfMatch;
use crate::problem::Problem;
use crate::request::{Body, Caller, Ids, Update, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(decide_comment, undo_decision))
        .routes(routes!(batch_decide_comments))
        .routes(routes!(publish_decisions))
        .routes(routes!(mark_implemented))
}

/// A decision to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    /// What it says.
    #[schema(value_type = crate::words::Outcome)]
    outcome: words::Outcome,
    /// Why, at most 50,000 characters; required unless accepted.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    explanation: String,
}

/// One decision of a batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchVerdict {
    /// The comment's number.
    number: i64,
    /// What it says.
    #[schema(value_type = crate::words::Outcome)]
    outcome: words::Outcome,
    /// Why, at most 50,000 characters; required unless accepted.
    #[serde(default)]
    explanation: String,
    /// The etag that the comment must have; absent for any.
    #[serde(default)]
    etag: String,
}

/// Decisions to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// The decisions: 1 to 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    decisions: Vec<BatchVerdict>,
    /// Say what would become of each, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What became of one decision of a batch: the comment, or the error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResult {
    /// The comment's number.
    number: i64,
    /// The comment as decided; null when it was not.
    comment: Option<Comment>,
    /// Why it was not decided, and did not change; null when it was.
    #[schema(value_type = Option<Problem>)]
    error: Option<problem::Problem>,
    /// Whether it was so decided already: the etag given was of before that, and nothing changed.
    unchanged: bool,
}

impl From<Decided> for BatchResult {
    fn from(decided: Decided) -> Self {
        let (comment, error) = match decided.result {
            Ok(comment) => (Some(comment.into()), None),
            Err(error) => (None, Some(error.into())),
        };
        Self { number: decided.number, comment, error, unchanged: decided.unchanged }
    }
}

/// What became of each decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResults {
    /// One for each, in the order given.
    results: Vec<BatchResult>,
}

impl View for BatchResults {}

/// What to publish.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Publication {
    /// Only of this round.
    round: Option<i64>,
    /// Only on these comments, at most 1,000; on all decided ones when empty.
    #[schema(max_items = 1000)]
    numbers: Vec<i64>,
}

/// What was published.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Published {
    /// The comments whose decisions are public now and were not before.
    numbers: Vec<i64>,
}

impl View for Published {}

/// Where a decision was carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Implementation {
    /// The version that carries it out, from 1.
    version: i64,
}

/// Decide a comment
///
/// Or decide it anew while the decision is only proposed.
#[utoipa::path(put, path = "/v1/drafts/{draft}/comments/{number}/decision", tag = "decisions", params(IfMatch),
    request_body = Verdict, responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn decide_comment(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(verdict): Body<Verdict>,
) -> Answered<Comment> {
    let command = command::DecideComment {
        draft: ids.draft()?,
        number: ids.number()?,
        outcome: verdict.outcome,
        explanation: verdict.explanation,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}

/// Take a decision back
///
/// The one before it is in force again, as proposed; without one the comment is pending.
#[utoipa::path(delete, path = "/v1/drafts/{draft}/comments/{number}/decision", tag = "decisions", params(IfMatch),
    responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn undo_decision(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
) -> Answered<Comment> {
    let command = command::UndoDecision { draft: ids.draft()?, number: ids.number()?, etag: update.etag };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}

/// Decide many comments
///
/// Each by itself: a result for each, and those that fail change nothing.
#[utoipa::path(post, path = "/v1/drafts/{draft}/decisions", tag = "decisions", request_body = Batch,
    responses((status = 200, description = "What became of each.", body = BatchResults)))]
async fn batch_decide_comments(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(batch): Body<Batch>,
) -> Answered<BatchResults> {
    if !(1..=MAX_BATCH).contains(&batch.decisions.len()) {
        let bound = format!("must be 1 to {MAX_BATCH}, are {}", batch.decisions.len());
        return Err(Error::field("decisions", bound).into());
    }
    let mut bad = Violations::default();
    let items = batch
        .decisions
        .into_iter()
        .enumerate()
        .map(|(index, verdict)| command::DecideItem {
            number: verdict.number,
            outcome: verdict.outcome,
            explanation: verdict.explanation,
            etag: bad.take(parse_etag(&format!("decisions[{index}].etag"), &verdict.etag)),
        })
        .collect();
    bad.check()?;
    let command = command::BatchDecideComments { draft: ids.draft()?, items };
    let options = WriteOptions { dry_run: batch.dry_run, ..options };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, |results| BatchResults {
        results: results.into_iter().map(BatchResult::from).collect(),
    }))
}

/// Publish decisions to those who take part
#[utoipa::path(post, path = "/v1/drafts/{draft}/publication", tag = "decisions", request_body = Option<Publication>,
    responses((status = 200, description = "What was published.", body = Published)))]
async fn publish_decisions(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    publication: Option<Body<Publication>>,
) -> Answered<Published> {
    let Publication { round, numbers } = publication.map(|Body(publication)| publication).unwrap_or_default();
    if numbers.len() > MAX_BATCH {
        return Err(
            Error::field("numbers", format!("must be at most {MAX_BATCH}, are {}", numbers.len())).into()
        );
    }
    let command = command::PublishDecisions { draft: ids.draft()?, round, numbers };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, |published| Published { numbers: published.numbers }))
}

/// Say in which version a decision was carried out
#[utoipa::path(post, path = "/v1/drafts/{draft}/comments/{number}/implementation", tag = "decisions",
    params(IfMatch), request_body = Implementation,
    responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn mark_implemented(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(implementation): Body<Implementation>,
) -> Answered<Comment> {
    let command = command::MarkImplemented {
        draft: ids.draft()?,
        number: ids.number()?,
        version: implementation.version,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}
