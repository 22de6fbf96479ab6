//! The comments themselves with their decisions, grouped, in the draft's own reading order.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::filter::Filter;
use ykien_domain::query::{self, Group};
use ykien_domain::{Error, Result};
use ykien_edge::{freshness, page};

use crate::AdminState;
use crate::answer::{Answered, Listing, Paging};
use crate::comment::Comment;
use crate::request::{Asked, Caller, Ids};
use crate::words::GROUPS;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(collect))
}

/// What to collect.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CollectionQuery {
    /// What they are grouped by; by section, in reading order, when absent.
    #[param(value_type = Option<crate::words::Group>)]
    group_by: String,
    /// Which comments: as for `list_comments`.
    #[param(max_length = 4000)]
    filter: String,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
    /// Only an answer that includes this revision; `REVISION_NOT_REACHED` when the draft is not so far.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "crate::request::at_least::<0, _, _>")]
    min_revision: i64,
}

/// Collect comments
///
/// As the caller may see them; within a group they stand in reading order, then by number.
#[utoipa::path(get, path = "/v1/drafts/{draft}/collection", tag = "aggregates", params(CollectionQuery),
    responses((status = 200, description = "A page of comments.", body = Listing<Comment>)))]
async fn collect(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<CollectionQuery>,
) -> Answered<Listing<Comment>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let group = group(&asked.group_by)?;
    let parameters = [id.as_str(), asked.group_by.as_str(), asked.filter.as_str()];
    let paging = Paging::of("collect", &parameters);
    let collect = query::Collect {
        filter: Filter::parse(&draft, "filter", &asked.filter)?,
        draft,
        group: Some(group),
        after: paging.after(&asked.page_token)?,
        limit: page::size(asked.page_size)?,
    };
    let read = state.store.read(&scope, collect).await?;
    freshness::expect_reached(asked.min_revision, read.revision)?;
    Ok(paging.listing(read, Comment::from))
}

pub(crate) fn group(word: &str) -> Result<Group> {
    if word.is_empty() {
        return Ok(Group::Section);
    }
    GROUPS.iter().find(|(name, _)| *name == word).map(|(_, group)| *group).ok_or_else(|| {
        let words: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        Error::field("group_by", format!("must be one of: {}", words.join(", ")))
    })
}
