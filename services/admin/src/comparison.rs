//! Two versions, section by section; and where comments stand in another version.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::query::{Page, Read};
use ykien_domain::{Error, query, section, words};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answered, Listing, Paging};
use crate::request::{Asked, Caller, Ids};
use crate::sections::{Section, SectionHeading, begun_in};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(compare_versions)).routes(routes!(list_placements))
}

/// A section in two versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionComparison {
    /// Its place in the comparison, from 0 (the whole document).
    position: i64,
    /// As it is in the version compared; null where that does not have it.
    before: Option<Section>,
    /// As it is in the version compared with; null where that does not have it.
    after: Option<Section>,
    /// What became of it, one at least; several where several apply.
    #[schema(value_type = Vec<crate::words::SectionChange>)]
    changes: Vec<words::SectionChange>,
}

impl From<section::SectionComparison> for SectionComparison {
    fn from(compared: section::SectionComparison) -> Self {
        let section::SectionComparison { position, before, after, changes, .. } = compared;
        Self { position, before: before.map(Into::into), after: after.map(Into::into), changes }
    }
}

/// Which versions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ComparisonQuery {
    /// The version compared.
    #[param(required, minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    from: Option<i64>,
    /// The version that it is compared with; the newest when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    to: Option<i64>,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// Two versions section by section
///
/// In the reading order of the second; what that no longer has stands where it stood. As few sections are `moved` as tell the
/// new order.
#[utoipa::path(get, path = "/v1/drafts/{draft}/comparison", tag = "versions", params(ComparisonQuery),
    responses((status = 200, description = "A page of the comparison.", body = Listing<SectionComparison>)))]
async fn compare_versions(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<ComparisonQuery>,
) -> Answered<Listing<SectionComparison>> {
    let draft = ids.draft()?;
    let from = asked
        .from
        .filter(|from| *from > 0)
        .ok_or_else(|| Error::field("from", "is required: a version's number, 1 or more"))?;
    let to = asked.to.map(|to| to.to_string()).unwrap_or_default();
    let (id, from_text) = (draft.to_string(), from.to_string());
    let parameters = [id.as_str(), from_text.as_str(), to.as_str()];
    let paging = Paging::of("compare_versions", &parameters);
    let place = paging.after(&asked.page_token)?;
    let limit = page::size(asked.page_size)?;
    // A list goes on in the version that it began in, whatever is added meanwhile.
    let to = begun_in(&state, &scope, &draft, place, asked.to).await?;
    let after = place.map(|(_, position)| position);
    let compare = query::CompareVersions { draft, from, to: Some(to), after, limit };
    let Read { answer, revision } = state.store.read(&scope, compare).await?;
    let next = answer.next.map(|position| (to, position));
    let page = Read { answer: Page { items: answer.items, next }, revision };
    Ok(paging.listing(page, SectionComparison::from))
}

/// Where a comment stands in a version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Placement {
    /// The comment's number.
    comment: i64,
    /// The version that it was written on.
    written_version: i64,
    /// What became of its anchor.
    #[schema(value_type = crate::words::PlacementState)]
    state: words::PlacementState,
    /// Why it is not placed; null when it is.
    #[schema(value_type = Option<crate::words::PlacementReason>)]
    reason: Option<words::PlacementReason>,
    /// Its section as it was in the version that it was written on.
    written_section: SectionHeading,
    /// The section that it stands on, as it is in the version asked for; null where that does not have its section.
    current_section: Option<SectionHeading>,
}

impl From<section::Placement> for Placement {
    fn from(placement: section::Placement) -> Self {
        let section::Placement { comment, version, state, reason, then, now } = placement;
        Self {
            comment,
            written_version: version,
            state,
            reason,
            written_section: then.into(),
            current_section: now.map(Into::into),
        }
    }
}

/// Which placements.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PlacementsQuery {
    /// The version; the newest when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    version: Option<i64>,
    /// Only those in this state; all when absent.
    #[param(value_type = Option<crate::words::PlacementState>)]
    state: Option<words::PlacementState>,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0. With a state there may be fewer.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// Where comments stand in a version
///
/// Those that the caller may see, by number: placed, moved with their section or the words they quote, or orphaned.
#[utoipa::path(get, path = "/v1/drafts/{draft}/placements", tag = "comments", params(PlacementsQuery),
    responses((status = 200, description = "A page of placements.", body = Listing<Placement>)))]
async fn list_placements(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<PlacementsQuery>,
) -> Answered<Listing<Placement>> {
    let draft = ids.draft()?;
    let version = asked.version.map(|version| version.to_string()).unwrap_or_default();
    let (id, word) = (draft.to_string(), asked.state.map_or("", words::PlacementState::as_str));
    let parameters = [id.as_str(), version.as_str(), word];
    let paging = Paging::of("list_placements", &parameters);
    let place = paging.after(&asked.page_token)?;
    let limit = page::size(asked.page_size)?;
    let version = begun_in(&state, &scope, &draft, place, asked.version).await?;
    let after = place.map_or(0, |(_, number)| number);
    let list = query::ListPlacements { draft, version: Some(version), state: asked.state, after, limit };
    let Read { answer, revision } = state.store.read(&scope, list).await?;
    let next = answer.next.map(|number| (version, number));
    let page = Read { answer: Page { items: answer.items, next }, revision };
    Ok(paging.listing(page, Placement::from))
}
