//! A draft's rounds: prepared, opened on a version, extended, closed, concluded.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::ids::etag;
use ykien_domain::time::Timestamp;
use ykien_domain::{command, model, query, words};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::headers::IfMatch;
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Update, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(list_rounds, create_round))
        .routes(routes!(get_round))
        .routes(routes!(open_round))
        .routes(routes!(extend_round))
        .routes(routes!(close_round))
        .routes(routes!(conclude_round))
}

/// A round of consultation (đợt lấy ý kiến).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Round {
    /// Its number in the draft, from 1.
    number: i64,
    /// What it is called; may be empty.
    title: String,
    /// The version that it asks about; 0 until it is opened.
    version: i64,
    /// Where it stands.
    #[schema(value_type = crate::words::RoundState)]
    state: words::RoundState,
    /// Until when submissions are in time, RFC 3339.
    #[schema(format = DateTime)]
    deadline: String,
    /// What silence means.
    #[schema(value_type = crate::words::SilenceRule)]
    silence_rule: words::SilenceRule,
    /// The legal basis of that; empty when silence means nothing.
    silence_basis: String,
    /// What happens to late submissions.
    #[schema(value_type = crate::words::LateRule)]
    late_rule: words::LateRule,
    /// Who sees what others wrote.
    #[schema(value_type = crate::words::Visibility)]
    visibility: words::Visibility,
    /// Who may submit.
    #[schema(value_type = crate::words::Admission)]
    admission: words::Admission,
    /// When it was opened, RFC 3339.
    #[schema(format = DateTime)]
    open_time: Option<String>,
    /// When it was closed, RFC 3339.
    #[schema(format = DateTime)]
    close_time: Option<String>,
    /// The state that was read.
    etag: String,
}

impl From<model::Round> for Round {
    fn from(round: model::Round) -> Self {
        Self {
            number: round.number,
            title: round.title,
            version: round.version,
            state: round.state,
            deadline: round.deadline.to_string(),
            silence_rule: round.silence_rule,
            silence_basis: round.silence_basis,
            late_rule: round.late_rule,
            visibility: round.visibility,
            admission: round.admission,
            open_time: round.opened_at.map(|at| at.to_string()),
            close_time: round.closed_at.map(|at| at.to_string()),
            etag: etag(round.changed),
        }
    }
}

impl View for Round {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}

/// A round to make; what is absent is the first word of its set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRound {
    /// What it is called, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    title: String,
    /// Until when submissions are in time: RFC 3339 with an offset, such as `2020-07-24T17:00:00+07:00`.
    #[schema(format = DateTime)]
    deadline: String,
    /// What silence means; `none` when absent.
    #[schema(value_type = Option<crate::words::SilenceRule>)]
    silence_rule: Option<words::SilenceRule>,
    /// The legal basis of that, at most 500 characters; required when silence is assent.
    #[serde(default)]
    #[schema(max_length = 500)]
    silence_basis: String,
    /// What happens to late submissions; `accept` when absent.
    #[schema(value_type = Option<crate::words::LateRule>)]
    late_rule: Option<words::LateRule>,
    /// Who sees what others wrote; `own` when absent.
    #[schema(value_type = Option<crate::words::Visibility>)]
    visibility: Option<words::Visibility>,
    /// Who may submit; `invited` when absent.
    #[schema(value_type = Option<crate::words::Admission>)]
    admission: Option<words::Admission>,
}

/// A new deadline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    /// The new deadline: RFC 3339 with an offset; of an open round later than the present one.
    #[schema(format = DateTime)]
    deadline: String,
}

/// The overrides of closing a round.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Closing {
    /// Also before the deadline.
    allow_early: bool,
    /// Also with pending comments.
    allow_pending: bool,
}

/// The override of concluding a round.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Conclusion {
    /// Also with pending comments.
    allow_pending: bool,
}

/// The rounds that the caller may see, by number
#[utoipa::path(get, path = "/v1/drafts/{draft}/rounds", tag = "rounds", params(PageQuery),
    responses((status = 200, description = "A page of rounds.", body = Listing<Round>)))]
async fn list_rounds(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Round>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let parameters = [id.as_str()];
    let paging = Paging::of("list_rounds", &parameters);
    let list = query::ListRounds {
        draft,
        after: paging.after(&asked.page_token)?.unwrap_or(0),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Round::from))
}

/// Make a round, in preparation
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds", tag = "rounds", request_body = NewRound,
    responses((status = 201, description = "The round.", body = Round)))]
async fn create_round(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(new): Body<NewRound>,
) -> Answered<Round> {
    let draft = ids.draft()?;
    let command = command::CreateRound {
        draft: draft.clone(),
        title: new.title,
        deadline: Timestamp::parse("deadline", &new.deadline)?,
        silence_rule: new.silence_rule.unwrap_or(words::SilenceRule::None),
        silence_basis: new.silence_basis,
        late_rule: new.late_rule.unwrap_or(words::LateRule::Accept),
        visibility: new.visibility.unwrap_or(words::Visibility::Own),
        admission: new.admission.unwrap_or(words::Admission::Invited),
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Round::from)
        .created(|round| format!("/v1/drafts/{draft}/rounds/{}", round.number)))
}

/// One round
#[utoipa::path(get, path = "/v1/drafts/{draft}/rounds/{number}", tag = "rounds",
    responses((status = 200, description = "The round.", body = Round)))]
async fn get_round(State(state): State<AdminState>, Caller(scope): Caller, ids: Ids) -> Answered<Round> {
    let round = query::GetRound { draft: ids.draft()?, round: ids.number()? };
    Ok(Answer::read(state.store.read(&scope, round).await?, Round::from))
}

/// Open a round on the newest version
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds/{number}/open", tag = "rounds", params(IfMatch),
    responses((status = 200, description = "The round as it is now.", body = Round)))]
async fn open_round(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
) -> Answered<Round> {
    let command = command::OpenRound { draft: ids.draft()?, round: ids.number()?, etag: update.etag };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Round::from))
}

/// Give a round another deadline
///
/// An open round only a later one.
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds/{number}/extend", tag = "rounds", params(IfMatch),
    request_body = Extension, responses((status = 200, description = "The round as it is now.", body = Round)))]
async fn extend_round(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(extension): Body<Extension>,
) -> Answered<Round> {
    let command = command::ExtendRound {
        draft: ids.draft()?,
        round: ids.number()?,
        deadline: Timestamp::parse("deadline", &extension.deadline)?,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Round::from))
}

/// Close a round
///
/// Before its deadline, or with pending comments, only by explicit override.
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds/{number}/close", tag = "rounds", params(IfMatch),
    request_body = Option<Closing>, responses((status = 200, description = "The round as it is now.", body = Round)))]
async fn close_round(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    closing: Option<Body<Closing>>,
) -> Answered<Round> {
    let closing = closing.map(|Body(closing)| closing).unwrap_or_default();
    let command = command::CloseRound {
        draft: ids.draft()?,
        round: ids.number()?,
        allow_early: closing.allow_early,
        allow_pending: closing.allow_pending,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Round::from))
}

/// Conclude a closed round
///
/// With pending comments only by explicit override.
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds/{number}/conclude", tag = "rounds", params(IfMatch),
    request_body = Option<Conclusion>,
    responses((status = 200, description = "The round as it is now.", body = Round)))]
async fn conclude_round(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    conclusion: Option<Body<Conclusion>>,
) -> Answered<Round> {
    let conclusion = conclusion.map(|Body(conclusion)| conclusion).unwrap_or_default();
    let command = command::ConcludeRound {
        draft: ids.draft()?,
        round: ids.number()?,
        allow_pending: conclusion.allow_pending,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Round::from))
}
