//! Who has answered, and whether every agency and every comment has come to its end.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::query::{self, Read};
use ykien_domain::words::{self, ReplyState};

use crate::AdminState;
use crate::answer::{Answer, Answered, View};
use crate::request::{Asked, Caller, Ids};
use crate::responses::Response;
use crate::rounds::Round;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(get_progress)).routes(routes!(reconcile))
}

/// Of which round.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProgressQuery {
    /// The round; the newest that the caller may see when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    round: Option<i64>,
}

/// Where the agencies stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// The round.
    round: Round,
    /// The roster in its order, then the uninvited by code. Who sees only its own sees its own line only, unless the
    /// round shows the others.
    replies: Vec<Reply>,
    /// The revision for which it holds.
    revision: i64,
}

impl View for Progress {}

/// Where one agency stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reply {
    /// The agency's code.
    agency: String,
    /// Where it stands.
    #[schema(value_type = crate::words::ReplyState)]
    state: ReplyState,
    /// The response in force; null without one.
    response: Option<Response>,
    /// How many comments it has, withdrawn ones left out.
    comment_count: i64,
    /// The legal basis, for assent by silence; else empty.
    silence_basis: String,
}

impl From<Read<query::Progress>> for Progress {
    fn from(read: Read<query::Progress>) -> Self {
        let query::Progress { round, replies } = read.answer;
        let replies = replies.into_iter().map(|reply| Reply {
            agency: reply.agency.to_string(),
            silence_basis: match reply.state {
                ReplyState::AssentBySilence => round.silence_basis.clone(),
                _ => String::new(),
            },
            state: reply.state,
            response: reply.response.map(Response::from),
            comment_count: reply.comments,
        });
        Self { replies: replies.collect(), round: round.into(), revision: read.revision }
    }
}

/// Everything traced to its end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    /// How many comments were ever received: the highest number.
    received: i64,
    /// How many there are: the same, or something was lost.
    found: i64,
    /// Each status with its count; they add up to `found`.
    by_status: Vec<StatusCount>,
    /// The numbers of the comments not yet decided.
    pending_comments: Vec<i64>,
    /// The numbers of the decided comments whose decision is not published.
    unpublished_comments: Vec<i64>,
    /// The agencies that were asked, did not answer, and are not held to agree.
    unanswered: Vec<Unanswered>,
    /// The numbers of the directives not yet complete.
    open_directives: Vec<i64>,
    /// How much is left in all: zero when all is done.
    remainder: usize,
    /// The revision for which it holds.
    revision: i64,
}

impl View for Reconciliation {}

/// How many comments stand in a status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusCount {
    /// The status.
    #[schema(value_type = crate::words::Status)]
    status: words::Status,
    /// How many.
    count: i64,
}

/// An agency that was asked and has not answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unanswered {
    /// The round.
    round: i64,
    /// The agency's code.
    agency: String,
}

impl From<Read<query::Reconciliation>> for Reconciliation {
    fn from(read: Read<query::Reconciliation>) -> Self {
        let all = read.answer;
        let unanswered = |(round, agency): (i64, ykien_domain::ids::AgencyCode)| Unanswered {
            round,
            agency: agency.to_string(),
        };
        Self {
            remainder: all.remainder(),
            received: all.received,
            found: all.found,
            by_status: all
                .by_status
                .into_iter()
                .map(|(status, count)| StatusCount { status, count })
                .collect(),
            pending_comments: all.pending,
            unpublished_comments: all.unpublished,
            unanswered: all.unanswered.into_iter().map(unanswered).collect(),
            open_directives: all.open_directives,
            revision: read.revision,
        }
    }
}

/// Where each agency stands in a round
#[utoipa::path(get, path = "/v1/drafts/{draft}/progress", tag = "aggregates", params(ProgressQuery),
    responses((status = 200, description = "Where the agencies stand.", body = Progress)))]
async fn get_progress(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<ProgressQuery>,
) -> Answered<Progress> {
    let progress = query::GetProgress { draft: ids.draft()?, round: asked.round };
    let read = state.store.read(&scope, progress).await?;
    Ok(Answer::at(read.revision, Progress::from(read)))
}

/// Trace every agency and every comment to its end
///
/// What is left is named one by one; nothing is left when the remainder is zero.
#[utoipa::path(get, path = "/v1/drafts/{draft}/reconciliation", tag = "aggregates",
    responses((status = 200, description = "Everything traced to its end.", body = Reconciliation)))]
async fn reconcile(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
) -> Answered<Reconciliation> {
    let read = state.store.read(&scope, query::Reconcile { draft: ids.draft()? }).await?;
    Ok(Answer::at(read.revision, Reconciliation::from(read)))
}
