//! The agencies' signed replies.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::command::{self, MAX_BATCH, ResponseWithComments};
use ykien_domain::ids::AgencyCode;
use ykien_domain::model::{self, Letter};
use ykien_domain::time::Date;
use ykien_domain::{Error, Violations, query, words};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::comment::{Comment, Content};
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_responses, submit_response))
}

/// An agency's signed reply in a round (văn bản góp ý).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Response {
    /// Its number in the draft, from 1.
    number: i64,
    /// The round.
    round: i64,
    /// The code of the agency whose it is.
    agency: String,
    /// What it says.
    #[schema(value_type = crate::words::Stance)]
    stance: words::Stance,
    /// The letter's number, such as `1234/STC-NS`; may be empty.
    letter_number: String,
    /// The letter's date, `YYYY-MM-DD`.
    #[schema(format = Date)]
    letter_date: Option<String>,
    /// Who signed.
    signer: String,
    /// In which capacity, such as `KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC`.
    capacity: String,
    /// Whether it came after the deadline.
    late: bool,
    /// The number of the later response that supersedes it; both stay.
    superseded_by: Option<i64>,
    /// When it came, RFC 3339.
    #[schema(format = DateTime)]
    create_time: String,
}

impl From<model::Response> for Response {
    fn from(response: model::Response) -> Self {
        Self {
            number: response.number,
            round: response.round,
            agency: response.agency.to_string(),
            stance: response.stance,
            letter_number: response.letter.number,
            letter_date: response.letter.date.map(|date| date.to_string()),
            signer: response.letter.signer,
            capacity: response.letter.capacity,
            late: response.late,
            superseded_by: response.superseded_by,
            create_time: response.created_at.to_string(),
        }
    }
}

/// A response to submit, with the comments that come with it: all or nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewResponse {
    /// The round; the open one when absent.
    round: Option<i64>,
    /// The code of the agency whose it is; the caller's own when absent.
    agency: Option<String>,
    /// What it says.
    #[schema(value_type = crate::words::Stance)]
    stance: words::Stance,
    /// The letter's number, at most 100 characters.
    #[serde(default)]
    #[schema(max_length = 100)]
    letter_number: String,
    /// The letter's date, `YYYY-MM-DD`.
    #[schema(format = Date)]
    letter_date: Option<String>,
    /// Who signed, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    signer: String,
    /// In which capacity, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    capacity: String,
    /// The comments that come with it, at most 1,000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    comments: Vec<Content>,
}

/// A response and the comments that came with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedResponse {
    /// The response.
    response: Response,
    /// Its comments with their numbers, in the order given.
    comments: Vec<Comment>,
}

impl From<ResponseWithComments> for SubmittedResponse {
    fn from(submitted: ResponseWithComments) -> Self {
        Self {
            response: submitted.response.into(),
            comments: submitted.comments.into_iter().map(Comment::from).collect(),
        }
    }
}

impl View for SubmittedResponse {}

/// Which responses.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ResponsesQuery {
    /// Only of this round.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    round: Option<i64>,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// Responses by number, as the caller may see them
#[utoipa::path(get, path = "/v1/drafts/{draft}/responses", tag = "responses", params(ResponsesQuery),
    responses((status = 200, description = "A page of responses.", body = Listing<Response>)))]
async fn list_responses(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<ResponsesQuery>,
) -> Answered<Listing<Response>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let round = asked.round.map(|round| round.to_string()).unwrap_or_default();
    let parameters = [id.as_str(), round.as_str()];
    let paging = Paging::of("list_responses", &parameters);
    let list = query::ListResponses {
        draft,
        round: asked.round,
        after: paging.after(&asked.page_token)?.unwrap_or(0),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Response::from))
}

/// Submit an agency's signed reply
///
/// With its comments, all or nothing. A later one supersedes it.
#[utoipa::path(post, path = "/v1/drafts/{draft}/responses", tag = "responses", request_body = NewResponse,
    responses((status = 201, description = "The response and its comments.", body = SubmittedResponse)))]
async fn submit_response(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(new): Body<NewResponse>,
) -> Answered<SubmittedResponse> {
    let draft = ids.draft()?;
    if new.comments.len() > MAX_BATCH {
        return Err(Error::field(
            "comments",
            format!("must be at most {MAX_BATCH}, are {}", new.comments.len()),
        )
        .into());
    }
    let mut bad = Violations::default();
    let agency = bad.take(new.agency.as_deref().map(|code| AgencyCode::parse("agency", code)).transpose());
    let date = bad.take(new.letter_date.as_deref().map(|date| Date::parse("letter_date", date)).transpose());
    let comments = new
        .comments
        .into_iter()
        .enumerate()
        .map(|(index, content)| {
            bad.take(content.checked().map_err(|error| error.within(&format!("comments[{index}]"))))
        })
        .collect();
    bad.check()?;
    let command = command::SubmitResponse {
        draft: draft.clone(),
        round: new.round,
        agency,
        stance: new.stance,
        letter: Letter { number: new.letter_number, date, signer: new.signer, capacity: new.capacity },
        comments,
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, SubmittedResponse::from).created(|_| format!("/v1/drafts/{draft}/responses")))
}
