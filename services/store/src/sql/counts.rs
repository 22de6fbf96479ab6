//! What a cube of counts needs: the moves since it stood, or a count of everything.

use std::collections::BTreeMap;

use ykien_domain::actor::{Access, Scope};
use ykien_domain::cube::{Cell, Move, Structure};
use ykien_domain::ids::{AgencyCode, DraftId, Revision};
use ykien_domain::query::{Counts, CountsChange, CountsSince, GetAccess, MovesSince};
use ykien_domain::section::places;
use ykien_domain::{Error, Result};

use super::drafts::tree;
use super::work::Look;
use super::{Connection, Engine, Fetch};
use crate::error::{OrDomain, corrupt};
use crate::rows::{CellRow, DraftKey};

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
///
/// Every number is above 0: it is said so that SQLite, which has no statistics of a new database, reads the table along
/// its key, in the order in which it lies, and not across along one of the indexes (three times as long for 1,000,000).
pub(super) async fn count(connection: &mut Connection, draft: DraftKey) -> Result<Vec<(Cell, i64)>> {
    let rows: Vec<Counted> = sqlx::query_as(
        "SELECT section, status, published, agency, assigned, kind, channel, round, COUNT(*) AS count \
         FROM comments WHERE draft = $1 AND number > 0 \
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
        let sections = tree(self.connection, self.draft.key, self.draft.version).await?;
        let rounds: Vec<(i64, bool)> = sqlx::query_as(concat!(
            "SELECT r.round, ",
            super::filter::shown!(),
            " FROM rounds r WHERE r.draft = $1"
        ))
        .bind(self.draft.key)
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

/// An event as a cube needs it.
#[derive(sqlx::FromRow)]
struct Step {
    revision: i64,
    structural: bool,
    moves: String,
}

/// An event, with what the draft says of itself.
#[derive(sqlx::FromRow)]
struct Since {
    arranged: i64,
    #[sqlx(flatten)]
    step: Step,
}

fn folded(steps: &[Step]) -> Result<Vec<Move>> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        all.append(&mut moves(&step.moves)?);
    }
    Ok(all)
}

impl Engine {
    /// The moves since a revision, by one statement, which is a snapshot of its own; none where they don't suffice: the
    /// draft is unknown, something structural happened, or there is too much to fold.
    pub(crate) async fn moves_since(
        &self,
        scope: &Scope,
        draft: &DraftId,
        after: Revision,
    ) -> Result<Option<MovesSince>> {
        if !scope.sees_all_drafts() {
            return Err(Error::denied());
        }
        let mut connection = self.follower.take().await?;
        // From the revision itself on, which the log must have, to one more than can be folded. What moved with it is known,
        // and may be long.
        let rows: Vec<Since> = sqlx::query_as(
            "SELECT d.arranged, e.revision, e.structural, CASE WHEN e.revision > $2 THEN e.moves ELSE '' END AS moves \
             FROM drafts d JOIN events e ON e.draft = d.draft AND e.revision BETWEEN $2 AND $2 + $3 + 1 \
             WHERE d.draft_id = $1 ORDER BY e.revision",
        )
        .bind(draft.as_str())
        .bind(after)
        .bind(MAX_FOLD)
        .fetch_all(&mut *connection)
        .await
        .or_domain()?;
        self.follower.rest(connection);
        let Some(arranged) = rows.first().filter(|row| row.step.revision == after).map(|row| row.arranged)
        else {
            return Ok(None);
        };
        let steps: Vec<Step> = rows.into_iter().skip(1).map(|row| row.step).collect();
        let revision = steps.last().map_or(after, |step| step.revision);
        let gapless = i64::try_from(steps.len()) == Ok(revision - after);
        if !gapless || revision - after > MAX_FOLD || steps.iter().any(|step| step.structural) {
            return Ok(None);
        }
        Ok(Some(MovesSince { revision, moves: folded(&steps)?, arranged }))
    }
}

impl Fetch for GetAccess {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Access> {
        Ok(look.access.clone())
    }
}

impl Fetch for Counts {
    async fn fetch(self, look: &mut Look<'_>) -> Result<CountsSince> {
        let revision = look.draft.revision;
        let after = self.after.filter(|after| (0..=MAX_FOLD).contains(&(revision - after)));
        let (change, structure) = match after {
            Some(after) if after == revision => (CountsChange::Moves(Vec::new()), None),
            Some(after) => {
                let steps: Vec<Step> = sqlx::query_as(
                    "SELECT revision, structural, moves FROM events \
                     WHERE draft = $1 AND revision > $2 ORDER BY revision",
                )
                .bind(look.draft.key)
                .bind(after)
                .fetch_all(&mut *look.connection)
                .await
                .or_domain()?;
                let structural = steps.iter().any(|step| step.structural);
                let structure = if structural { Some(look.structure().await?) } else { None };
                (CountsChange::Moves(folded(&steps)?), structure)
            }
            None => {
                let cells = count(look.connection, look.draft.key).await?;
                (CountsChange::Counted(cells), Some(look.structure().await?))
            }
        };
        let arranged = look.draft.arranged;
        Ok(CountsSince { revision, access: look.access.clone(), change, structure, arranged })
    }
}
