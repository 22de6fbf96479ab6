//! Counts of a draft's comments by any of the dimensions.
//!
//! This service keeps no cube: it counts the draft's cells at each call (milliseconds for 200,000 comments), which is
//! plenty for people and scripts. Clients that ask often ask the aggregation service, whose cube is never recounted.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::cube::{self, Cube, Dimension, Question};
use ykien_domain::filter::Filter;
use ykien_domain::query::{self, CountsChange};
use ykien_domain::{Error, Reason, Result, words};
use ykien_edge::freshness;

use crate::AdminState;
use crate::answer::{Answer, Answered, View};
use crate::request::{Asked, Caller, Ids};
use crate::words::DIMENSIONS;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(aggregate))
}

/// What to count.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AggregateQuery {
    /// The dimensions, each at most once, with commas between: `section,status`. None for the total alone.
    #[param(value_type = Vec<crate::words::Dimension>, style = Form, explode = false)]
    group_by: String,
    /// Which comments: as for `list_comments`, without `number`, `late` and `text`.
    #[param(max_length = 4000)]
    filter: String,
    /// Only an answer that includes this revision; `REVISION_NOT_REACHED` when the draft is not so far.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "crate::request::at_least::<0, _, _>")]
    min_revision: i64,
}

/// Counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// The rows: sections in reading order, words in their standing order, agencies by code. At most 30,000.
    rows: Vec<Row>,
    /// All comments that the filter takes.
    total: i64,
    /// The revision for which they hold.
    revision: i64,
}

impl View for Counts {}

/// A row of counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    /// Its values.
    key: Key,
    /// The comments with exactly these values.
    count: i64,
    /// With those of the sections below it; the same as `count` when not grouped by section.
    subtree_count: i64,
}

/// The values of a row: those of the dimensions asked for are there.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Key {
    /// The section's id; 0 for the whole document.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<i64>,
    /// The status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::words::Status>)]
    status: Option<words::Status>,
    /// The code of the agency whose opinion it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    /// The code of the agency that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::words::Kind>)]
    kind: Option<words::Kind>,
    /// How it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::words::Channel>)]
    channel: Option<words::Channel>,
    /// The round's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<i64>,
}

impl FromIterator<cube::Key> for Key {
    fn from_iter<T: IntoIterator<Item = cube::Key>>(keys: T) -> Self {
        keys.into_iter().fold(Self::default(), |key, value| match value {
            cube::Key::Section(id) => Self { section: Some(id), ..key },
            cube::Key::Status(status) => Self { status: Some(status), ..key },
            cube::Key::Agency(code) => Self { agency: Some(code.to_string()), ..key },
            cube::Key::Responsible(code) => Self { responsible: Some(code.to_string()), ..key },
            cube::Key::Kind(kind) => Self { kind: Some(kind), ..key },
            cube::Key::Channel(channel) => Self { channel: Some(channel), ..key },
            cube::Key::Round(number) => Self { round: Some(number), ..key },
        })
    }
}

impl From<cube::Table> for Counts {
    fn from(table: cube::Table) -> Self {
        let row = |row: cube::Row| Row {
            key: row.keys.into_iter().collect(),
            count: row.count,
            subtree_count: row.subtree_count,
        };
        Self { rows: table.rows.into_iter().map(row).collect(), total: table.total, revision: table.revision }
    }
}

/// Count comments
///
/// By any of the dimensions, as the caller may see them. Never stale: the answer tells the revision for which it holds.
#[utoipa::path(get, path = "/v1/drafts/{draft}/aggregate", tag = "aggregates", params(AggregateQuery),
    responses((status = 200, description = "The counts.", body = Counts)))]
async fn aggregate(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<AggregateQuery>,
) -> Answered<Counts> {
    let draft = ids.draft()?;
    let filter = Filter::parse(&draft, "filter", &asked.filter)?;
    let question = Question { group_by: dimensions(&asked.group_by)?, filter };
    let read = state.store.read(&scope, query::Counts { draft, after: None }).await?;
    freshness::expect_reached(asked.min_revision, read.revision)?;
    let counts = read.answer;
    let (CountsChange::Counted(cells), Some(structure)) = (counts.change, counts.structure) else {
        return Err(Error::new(Reason::Internal, "the counts are not complete").into());
    };
    let table = Cube::counted(counts.revision, cells).ask(&structure, &counts.access.sight, &question)?;
    Ok(Answer::at(table.revision, table.into()))
}

/// The dimensions of a list with commas.
fn dimensions(text: &str) -> Result<Vec<Dimension>> {
    let mut dimensions = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let known = DIMENSIONS.iter().find(|(name, _)| *name == word).map(|(_, dimension)| *dimension);
        match known {
            Some(dimension) if !dimensions.contains(&dimension) => dimensions.push(dimension),
            Some(_) => return Err(Error::field("group_by", format!("must name {word} once"))),
            None => {
                let words: Vec<&str> = DIMENSIONS.iter().map(|(name, _)| *name).collect();
                return Err(Error::field("group_by", format!("must be a list of: {}", words.join(", "))));
            }
        }
    }
    Ok(dimensions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_dimensions_keeps_its_order_and_names_what_it_does_not_know() {
        assert_eq!(dimensions("status, section").unwrap(), [Dimension::Status, Dimension::Section]);
        assert_eq!(dimensions("").unwrap(), []);
        for bad in ["status,status", "section,colour"] {
            assert_eq!(dimensions(bad).unwrap_err().violations[0].field, "group_by", "{bad}");
        }
    }
}
