//! The sections of a version, and who answers for each.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::actor::Scope;
use ykien_domain::ids::{AgencyCode, DraftId, VersionNumber};
use ykien_domain::query::{Page, Read};
use ykien_domain::{Result, command, model, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_sections)).routes(routes!(assign_section))
}

/// A node of a version's tree (mục).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Section {
    /// Its id, kept from version to version; 0 is the whole document.
    id: i64,
    /// The section that it stands in; null for the whole document.
    parent: Option<i64>,
    /// Its place in reading order, from 0 (the whole document).
    position: i64,
    /// How deep it stands: the whole document is 0.
    depth: i64,
    /// What sort of heading it is: `chapter`, `article`, `roman`, `h2` …
    level: String,
    /// `IV`, `Điều 5a`.
    label: String,
    /// The heading without its label.
    heading: String,
    /// The section's own text, without its subsections.
    body: String,
    /// The code of the responsible agency given to this section itself.
    assigned_agency: Option<String>,
    /// The code of the responsible agency in force: its own, its nearest ancestor's, or null (then the drafting agency
    /// answers).
    responsible_agency: Option<String>,
    /// Whether this version no longer has it, though comments may stand on it.
    removed: bool,
}

impl From<model::Section> for Section {
    fn from(section: model::Section) -> Self {
        Self {
            id: section.id,
            parent: section.parent,
            position: section.position,
            depth: section.depth,
            level: section.level,
            label: section.label,
            heading: section.heading,
            body: section.body,
            assigned_agency: section.assigned.map(|code| code.to_string()),
            responsible_agency: section.responsible.map(|code| code.to_string()),
            removed: section.removed,
        }
    }
}

impl View for Section {}

/// A section by what stands over it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionHeading {
    /// Its id.
    section: i64,
    /// Its label.
    label: String,
    /// Its heading.
    heading: String,
}

impl From<model::SectionHeading> for SectionHeading {
    fn from(heading: model::SectionHeading) -> Self {
        let model::SectionHeading { section, label, heading } = heading;
        Self { section, label, heading }
    }
}

/// Which sections.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SectionsQuery {
    /// The version; the newest when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    version: Option<i64>,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// Who answers for something.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assignment {
    /// The agency's code; null for none: then who answered before for what is above it does.
    agency: Option<String>,
}

impl Assignment {
    /// The agency named.
    pub(crate) fn agency(&self) -> Result<Option<AgencyCode>> {
        self.agency.as_deref().map(|code| AgencyCode::parse("agency", code)).transpose()
    }
}

/// A version's tree in reading order, the whole document first
#[utoipa::path(get, path = "/v1/drafts/{draft}/sections", tag = "versions", params(SectionsQuery),
    responses((status = 200, description = "A page of sections.", body = Listing<Section>)))]
async fn list_sections(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<SectionsQuery>,
) -> Answered<Listing<Section>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let version = asked.version.map(|version| version.to_string()).unwrap_or_default();
    let parameters = [id.as_str(), version.as_str()];
    let paging = Paging::of("list_sections", &parameters);
    let place: Option<(VersionNumber, i64)> = paging.after(&asked.page_token)?;
    let limit = page::size(asked.page_size)?;
    // A list goes on in the version that it began in, whatever is added meanwhile.
    let version = begun_in(&state, &scope, &draft, place, asked.version).await?;
    let after = place.map(|(_, position)| position);
    let list = query::ListSections { draft, version: Some(version), after, limit };
    let Read { answer, revision } = state.store.read(&scope, list).await?;
    let next = answer.next.map(|position| (version, position));
    Ok(paging.listing(Read { answer: Page { items: answer.items, next }, revision }, Section::from))
}

/// The version that a list is of: the one that its first page was of, the one named, or the newest.
pub(crate) async fn begun_in(
    state: &AdminState,
    scope: &Scope,
    draft: &DraftId,
    place: Option<(VersionNumber, i64)>,
    named: Option<VersionNumber>,
) -> Result<VersionNumber> {
    match place.map(|(version, _)| version).or(named) {
        Some(version) => Ok(version),
        None => Ok(state.store.read(scope, query::GetDraft { draft: draft.clone() }).await?.answer.version),
    }
}

/// Give a section a responsible agency, or none
#[utoipa::path(put, path = "/v1/drafts/{draft}/sections/{section}/responsible", tag = "versions",
    request_body = Assignment, responses((status = 200, description = "The section as it is now.", body = Section)))]
async fn assign_section(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(assignment): Body<Assignment>,
) -> Answered<Section> {
    let command =
        command::AssignSection { draft: ids.draft()?, section: ids.section()?, agency: assignment.agency()? };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Section::from))
}
