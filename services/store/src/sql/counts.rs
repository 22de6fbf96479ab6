//! What a cube of counts needs: the moves since it stood, or a count of everything.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::cube::{Cell, Move, Structure};
use ykien_domain::ids::{AgencyCode, Revision};
use ykien_domain::query::{Counts, CountsChange, CountsSince};
use ykien_domain::section::places;

use super::drafts::tree;
use super::work::Look;
use super::{Connection, Fetch};
use crate::error::{OrDomain, corrupt};
use crate::rows::CellRow;

/// Past so many revisions, counting anew is cheaper than folding.
const MAX_FOLD: Revision = 20_000;

/// A cell with its count.
#[derive(sqlx::FromRow)]
struct Counted {
    #[sqlx(flatten)]
    cell: CellRow,
    count: i64,
}

/// Counts a draft's comments from their table.
pub(super) async fn count(connection: &mut Connection, draft: &str) -> Result<Vec<(Cell, i64)>> {
    let rows: Vec<Counted> = sqlx::query_as(
        "SELECT section, status, published, agency, assigned, kind, channel, round, COUNT(*) AS count \
         FROM comments WHERE draft_id = $1 \
         GROUP BY section, status, published, agency, assigned, kind, channel, round",
    )
    .bind(draft)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    rows.into_iter().map(|row| Ok((row.cell.try_into()?, row.count))).collect()
}

/// Reads the moves of an event.
pub(super) fn moves(text: &str) -> Result<Vec<Move>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(|_| corrupt("unreadable moves"))
}

impl Look<'_> {
    /// What the cells' ids mean now.
    async fn structure(&mut self) -> Result<Structure> {
        let sections = tree(self.connection, &self.draft.draft_id, self.draft.version).await?;
        let rounds: Vec<(i64, bool)> = sqlx::query_as(concat!(
            "SELECT r.round, ",
            super::filter::shown!(),
            " FROM rounds r WHERE r.draft_id = $1"
        ))
        .bind(&self.draft.draft_id)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(Structure {
            drafting_agency: AgencyCode::stored(self.draft.drafting_agency.clone()),
            sections: places(&sections),
            rounds: rounds.into_iter().collect::<BTreeMap<_, _>>(),
        })
    }
}

impl Fetch for Counts {
    async fn fetch(self, look: &mut Look<'_>) -> Result<CountsSince> {
        let revision = look.draft.revision;
        let after = self.after.filter(|after| (0..=MAX_FOLD).contains(&(revision - after)));
        let (change, structure) = match after {
            Some(after) if after == revision => (CountsChange::Moves(Vec::new()), None),
            Some(after) => {
                let events: Vec<(bool, String)> = sqlx::query_as(
                    "SELECT structural, moves FROM events WHERE draft_id = $1 AND revision > $2 ORDER BY revision",
                )
                .bind(&look.draft.draft_id)
                .bind(after)
                .fetch_all(&mut *look.connection)
                .await
                .or_domain()?;
                let structural = events.iter().any(|(structural, _)| *structural);
                let moves: Vec<Vec<Move>> =
                    events.iter().map(|(_, text)| self::moves(text)).collect::<Result<_>>()?;
                let structure = if structural { Some(look.structure().await?) } else { None };
                (CountsChange::Moves(moves.into_iter().flatten().collect()), structure)
            }
            None => {
                let cells = count(look.connection, &look.draft.draft_id).await?;
                (CountsChange::Counted(cells), Some(look.structure().await?))
            }
        };
        Ok(CountsSince { revision, access: look.access.clone(), change, structure })
    }
}
