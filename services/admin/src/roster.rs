//! A round's roster: the agencies asked to comment, in the order in which tables list them.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::command::MAX_BATCH;
use ykien_domain::ids::AgencyCode;
use ykien_domain::{Error, Violations, command, model, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_invitations, invite_agencies)).routes(routes!(uninvite_agency))
}

/// An agency asked to comment in a round.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// The agency's code.
    agency: String,
    /// Its place on the roster, from 1.
    position: i64,
}

impl From<model::Invitation> for Invitation {
    fn from(invitation: model::Invitation) -> Self {
        Self { agency: invitation.agency.to_string(), position: invitation.position }
    }
}

/// The whole roster as it is now, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Roster {
    /// The invitations.
    items: Vec<Invitation>,
}

impl From<Vec<model::Invitation>> for Roster {
    fn from(invitations: Vec<model::Invitation>) -> Self {
        Self { items: invitations.into_iter().map(Invitation::from).collect() }
    }
}

impl View for Roster {}

/// Agencies to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitations {
    /// Their codes, in the roster's order: 1 to 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    agencies: Vec<String>,
}

/// A round's roster, in its order
#[utoipa::path(get, path = "/v1/drafts/{draft}/rounds/{number}/roster", tag = "rounds", params(PageQuery),
    responses((status = 200, description = "A page of the roster.", body = Listing<Invitation>)))]
async fn list_invitations(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Invitation>> {
    let (draft, round) = (ids.draft()?, ids.number()?);
    let (id, number) = (draft.to_string(), round.to_string());
    let parameters = [id.as_str(), number.as_str()];
    let paging = Paging::of("list_invitations", &parameters);
    let list = query::ListInvitations {
        draft,
        round,
        after: paging.after(&asked.page_token)?.unwrap_or(0),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Invitation::from))
}

/// Put agencies on the roster
///
/// In this order, after those already there, which stay where they are.
#[utoipa::path(post, path = "/v1/drafts/{draft}/rounds/{number}/roster", tag = "rounds",
    request_body = NewInvitations, responses((status = 200, description = "The roster as it is now.", body = Roster)))]
async fn invite_agencies(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(new): Body<NewInvitations>,
) -> Answered<Roster> {
    if !(1..=MAX_BATCH).contains(&new.agencies.len()) {
        return Err(Error::field(
            "agencies",
            format!("must be 1 to {MAX_BATCH}, are {}", new.agencies.len()),
        )
        .into());
    }
    let mut bad = Violations::default();
    let agencies = new
        .agencies
        .iter()
        .enumerate()
        .map(|(index, code)| bad.take(AgencyCode::parse(&format!("agencies[{index}]"), code)))
        .collect();
    bad.check()?;
    let command = command::InviteAgencies { draft: ids.draft()?, round: ids.number()?, agencies };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Roster::from))
}

/// Take an agency off the roster of a round in preparation
#[utoipa::path(delete, path = "/v1/drafts/{draft}/rounds/{number}/roster/{code}", tag = "rounds",
    responses((status = 200, description = "The roster as it is now.", body = Roster)))]
async fn uninvite_agency(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
) -> Answered<Roster> {
    let command =
        command::UninviteAgency { draft: ids.draft()?, round: ids.number()?, agency: ids.agency()? };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Roster::from))
}
