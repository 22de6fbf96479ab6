//! The comments: submitted, revised, withdrawn, assigned; and those recorded from a meeting.

use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::filter::Filter;
use ykien_domain::ids::AgencyCode;
use ykien_domain::{Violations, command, query, words};
use ykien_edge::{freshness, page};

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging};
use crate::comment::{Anchor, Comment, Content, ContentChange, Source};
use crate::headers::IfMatch;
use crate::request::{Asked, Body, Caller, Ids, Update, Write};
use crate::sections::Assignment;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(list_comments, submit_comment))
        .routes(routes!(get_comment, revise_comment))
        .routes(routes!(withdraw_comment))
        .routes(routes!(assign_comment))
        .routes(routes!(record_oral_opinion))
}

/// A comment to submit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComment {
    /// The round; the open one when absent.
    round: Option<i64>,
    /// The code of the agency whose opinion it is; the caller's own when absent.
    agency: Option<String>,
    /// Where it came from, when it came out of another system.
    #[serde(default)]
    source: Source,
    /// Where it stands; the whole document when absent.
    #[serde(default)]
    anchor: Anchor,
    /// What it is about; `general` when absent.
    #[schema(value_type = Option<crate::words::Kind>)]
    kind: Option<words::Kind>,
    /// A title, at most 500 characters; one of title, text and proposed change is required.
    #[serde(default)]
    #[schema(max_length = 500)]
    title: String,
    /// The opinion, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    text: String,
    /// The wording proposed instead, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    proposed_change: String,
}

/// An opinion given at a meeting.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OralOpinion {
    /// The round; the open one when absent, else the newest.
    round: Option<i64>,
    /// The code of the agency whose opinion it is.
    agency: String,
    /// Who said it, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    speaker: String,
    /// Where it stands; the whole document when absent.
    #[serde(default)]
    anchor: Anchor,
    /// What it is about; `general` when absent.
    #[schema(value_type = Option<crate::words::Kind>)]
    kind: Option<words::Kind>,
    /// A title, at most 500 characters; one of title, text and proposed change is required.
    #[serde(default)]
    #[schema(max_length = 500)]
    title: String,
    /// What was said, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    text: String,
    /// The wording proposed instead, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    proposed_change: String,
}

/// Which comments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CommentsQuery {
    /// Which: a subset of AIP-160, at most 4,000 bytes. Fields: section, subtree, status, agency, responsible, kind,
    /// channel, round, number, late, published; `text:"rà soát số liệu"`, words that follow one another, whole and blind
    /// to case; `unaccented:"ra soat so lieu"`, the same blind to diacritics too (đ is d). Example:
    /// `status = rejected AND (agency = H37.05 OR subtree = 4)`.
    #[param(max_length = 4000)]
    filter: String,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
    /// Only an answer that includes this revision; `REVISION_NOT_REACHED` when the draft is not so far. A search, too, is
    /// of the draft as it stands.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "crate::request::at_least::<0, _, _>")]
    min_revision: i64,
}

/// Comments by number, as the caller may see them
#[utoipa::path(get, path = "/v1/drafts/{draft}/comments", tag = "comments", params(CommentsQuery),
    responses((status = 200, description = "A page of comments.", body = Listing<Comment>)))]
async fn list_comments(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<CommentsQuery>,
) -> Answered<Listing<Comment>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let parameters = [id.as_str(), asked.filter.as_str()];
    let paging = Paging::of("list_comments", &parameters);
    let list = query::ListComments {
        filter: Filter::parse(&draft, "filter", &asked.filter)?,
        draft,
        after: paging.after(&asked.page_token)?,
        limit: page::size(asked.page_size)?,
    };
    let read = state.store.read(&scope, list).await?;
    freshness::expect_reached(asked.min_revision, read.revision)?;
    Ok(paging.listing(read, Comment::from))
}

/// Submit a comment
///
/// The answer is given after the comment is durable.
#[utoipa::path(post, path = "/v1/drafts/{draft}/comments", tag = "comments", request_body = NewComment,
    responses((status = 201, description = "The comment with its number.", body = Comment)))]
async fn submit_comment(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(new): Body<NewComment>,
) -> Answered<Comment> {
    let draft = ids.draft()?;
    let mut bad = Violations::default();
    let agency = bad.take(new.agency.as_deref().map(|code| AgencyCode::parse("agency", code)).transpose());
    let content = Content {
        anchor: new.anchor,
        kind: new.kind,
        title: new.title,
        text: new.text,
        proposed_change: new.proposed_change,
    };
    let content = bad.take(content.checked());
    bad.check()?;
    let command = command::SubmitComment {
        draft: draft.clone(),
        round: new.round,
        agency,
        content,
        source: new.source.into(),
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Comment::from)
        .created(|comment| format!("/v1/drafts/{draft}/comments/{}", comment.number)))
}

/// One comment
#[utoipa::path(get, path = "/v1/drafts/{draft}/comments/{number}", tag = "comments",
    responses((status = 200, description = "The comment.", body = Comment)))]
async fn get_comment(State(state): State<AdminState>, Caller(scope): Caller, ids: Ids) -> Answered<Comment> {
    let comment = query::GetComment { draft: ids.draft()?, number: ids.number()? };
    Ok(Answer::read(state.store.read(&scope, comment).await?, Comment::from))
}

/// Change a comment of one's own
///
/// What is absent stays; send `If-Match` to be sure of what it stays at. A proposed decision falls; a published one
/// stands (`DECISION_PUBLISHED`).
#[utoipa::path(patch, path = "/v1/drafts/{draft}/comments/{number}", tag = "comments", params(IfMatch),
    request_body = ContentChange, responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn revise_comment(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(change): Body<ContentChange>,
) -> Answered<Comment> {
    let (draft, number) = (ids.draft()?, ids.number()?);
    let before = state.store.read(&scope, query::GetComment { draft: draft.clone(), number }).await?.answer;
    let content = change.applied_to(before.content)?;
    let command = command::ReviseComment { draft, number, content, etag: update.etag };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}

/// Take a comment of one's own back
///
/// Its number and its text stay.
#[utoipa::path(post, path = "/v1/drafts/{draft}/comments/{number}/withdraw", tag = "comments", params(IfMatch),
    responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn withdraw_comment(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
) -> Answered<Comment> {
    let command = command::WithdrawComment { draft: ids.draft()?, number: ids.number()?, etag: update.etag };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}

/// Give a comment a responsible agency, or none
#[utoipa::path(put, path = "/v1/drafts/{draft}/comments/{number}/responsible", tag = "comments", params(IfMatch),
    request_body = Assignment, responses((status = 200, description = "The comment as it is now.", body = Comment)))]
async fn assign_comment(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(assignment): Body<Assignment>,
) -> Answered<Comment> {
    let command = command::AssignComment {
        draft: ids.draft()?,
        number: ids.number()?,
        agency: assignment.agency()?,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Comment::from))
}

/// Record what an agency said at a meeting
#[utoipa::path(post, path = "/v1/drafts/{draft}/oral-opinions", tag = "comments", request_body = OralOpinion,
    responses((status = 201, description = "The comment with its number.", body = Comment)))]
async fn record_oral_opinion(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(said): Body<OralOpinion>,
) -> Answered<Comment> {
    let draft = ids.draft()?;
    let mut bad = Violations::default();
    let agency = bad.take(AgencyCode::parse("agency", &said.agency));
    let content = Content {
        anchor: said.anchor,
        kind: said.kind,
        title: said.title,
        text: said.text,
        proposed_change: said.proposed_change,
    };
    let content = bad.take(content.checked());
    bad.check()?;
    let command = command::RecordOralOpinion {
        draft: draft.clone(),
        round: said.round,
        agency,
        speaker: said.speaker,
        content,
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Comment::from)
        .created(|comment| format!("/v1/drafts/{draft}/comments/{}", comment.number)))
}
