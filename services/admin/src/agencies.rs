//! The agencies: who takes part, and who took over from whom.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::ids::{AgencyCode, etag};
use ykien_domain::{Violations, command, model, query, words};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::headers::IfMatch;
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Update, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(list_agencies, create_agency))
        .routes(routes!(get_agency, update_agency))
        .routes(routes!(succeed_agency))
}

/// A body that takes part (cơ quan).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Agency {
    /// Its code, such as `H37.05`.
    code: String,
    /// The official name.
    name: String,
    /// The short name that tables show.
    short_name: String,
    /// The name in English; may be empty.
    english_name: String,
    /// What sort of body it is.
    #[schema(value_type = crate::words::AgencyKind)]
    kind: words::AgencyKind,
    /// Whether it may take part.
    active: bool,
    /// The code of the agency that took over from it; null when none did.
    succeeded_by: Option<String>,
    /// The state that was read.
    etag: String,
}

impl From<model::Agency> for Agency {
    fn from(agency: model::Agency) -> Self {
        Self {
            code: agency.code.to_string(),
            name: agency.name,
            short_name: agency.short_name,
            english_name: agency.name_en,
            kind: agency.kind,
            active: agency.active,
            succeeded_by: agency.succeeded_by.map(|code| code.to_string()),
            etag: etag(agency.changed),
        }
    }
}

impl View for Agency {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}

/// An agency to make known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgency {
    /// Its code: 1 to 40 letters, digits, '.', '-' or '_', beginning with a letter or digit.
    code: String,
    /// The official name, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    name: String,
    /// The short name, at most 500 characters; the name when empty.
    #[serde(default)]
    #[schema(max_length = 500)]
    short_name: String,
    /// The name in English, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    english_name: String,
    /// What sort of body it is.
    #[schema(value_type = crate::words::AgencyKind)]
    kind: words::AgencyKind,
}

/// What to change of an agency; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgencyChange {
    /// The official name, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    name: Option<String>,
    /// The short name, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    short_name: Option<String>,
    /// The name in English, at most 500 characters.
    #[schema(max_length = 500)]
    english_name: Option<String>,
    /// What sort of body it is.
    #[schema(value_type = Option<crate::words::AgencyKind>)]
    kind: Option<words::AgencyKind>,
    /// Whether it may take part.
    active: Option<bool>,
}

/// Which agency takes over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Succession {
    /// The code of the agency that takes over: known and active.
    successor: String,
}

/// The agencies, by code
#[utoipa::path(get, path = "/v1/agencies", tag = "agencies", params(PageQuery),
    responses((status = 200, description = "A page of agencies.", body = Listing<Agency>)))]
async fn list_agencies(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Agency>> {
    let paging = Paging::of("list_agencies", &[]);
    let list =
        query::ListAgencies { after: paging.after(&asked.page_token)?, limit: page::size(asked.page_size)? };
    Ok(paging.listing(state.store.read(&scope, list).await?, Agency::from))
}

/// Make an agency known
#[utoipa::path(post, path = "/v1/agencies", tag = "agencies", request_body = NewAgency,
    responses((status = 201, description = "The agency.", body = Agency)))]
async fn create_agency(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Write(options): Write,
    Body(new): Body<NewAgency>,
) -> Answered<Agency> {
    let command = command::CreateAgency {
        code: AgencyCode::parse("code", &new.code)?,
        name: new.name,
        short_name: new.short_name,
        name_en: new.english_name,
        kind: new.kind,
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Agency::from).created(|agency| format!("/v1/agencies/{}", agency.code)))
}

/// One agency
#[utoipa::path(get, path = "/v1/agencies/{code}", tag = "agencies",
    responses((status = 200, description = "The agency.", body = Agency)))]
async fn get_agency(State(state): State<AdminState>, Caller(scope): Caller, ids: Ids) -> Answered<Agency> {
    let read = state.store.read(&scope, query::GetAgency { code: ids.agency()? }).await?;
    Ok(Answer::read(read, Agency::from))
}

/// Change an agency's names, kind or state
#[utoipa::path(patch, path = "/v1/agencies/{code}", tag = "agencies", params(IfMatch), request_body = AgencyChange,
    responses((status = 200, description = "The agency as it is now.", body = Agency)))]
async fn update_agency(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(change): Body<AgencyChange>,
) -> Answered<Agency> {
    let command = command::UpdateAgency {
        code: ids.agency()?,
        name: change.name,
        short_name: change.short_name,
        name_en: change.english_name,
        kind: change.kind,
        active: change.active,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Agency::from))
}

/// Say that another agency took over
///
/// The agency becomes inactive; what it wrote stays its own.
#[utoipa::path(post, path = "/v1/agencies/{code}/succession", tag = "agencies", params(IfMatch),
    request_body = Succession, responses((status = 200, description = "The agency as it is now.", body = Agency)))]
async fn succeed_agency(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(succession): Body<Succession>,
) -> Answered<Agency> {
    let mut bad = Violations::default();
    let code = bad.take(ids.agency());
    let successor = bad.take(AgencyCode::parse("successor", &succession.successor));
    bad.check()?;
    let command = command::SucceedAgency { code, successor, etag: update.etag };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Agency::from))
}
