//! The drafter's sheet as it comes back.

use std::collections::BTreeMap;

use ykien_domain::comment::Verdict;
use ykien_domain::ids::{CommentNumber, DraftId, Revision, parse_etag};
use ykien_domain::words::Outcome;
use ykien_domain::{Error, Result};

use super::{CONTINUED, Column, ETAG, EXPLANATION, NUMBER, OUTCOME};
use crate::grid::Refused;
use crate::grid::{Grid, Row};
use crate::sheet::header::{Table, tables};
use crate::sheet::mark::Purpose;
use crate::sheet::{FIELD, words};
use crate::words::Language;

/// The most rows of a file that may be filled in.
pub const MAX_ROWS: usize = 100_000;

/// How many of the places of a number that stands more than once are told.
const TOLD: usize = 5;

/// What the drafter's sheet says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionRows {
    /// The draft that the sheet was made for; none for a sheet that does not say.
    pub draft: Option<DraftId>,
    /// The rows that hold a decision, in their order; each comment once.
    pub rows: Vec<DecisionRow>,
    /// What is wrong with the others.
    pub refused: Vec<Refused>,
}

/// A row that holds a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// The row's number, from 1.
    pub row: u32,
    /// The comment.
    pub number: CommentNumber,
    /// What was decided.
    pub outcome: Outcome,
    /// Why; not empty unless accepted.
    pub explanation: String,
    /// The comment's etag when the sheet was made; none on a sheet that was not made here and has none.
    pub etag: Option<Revision>,
}

/// Reads what the drafter decided. Rows with neither outcome nor explanation are passed over.
///
/// # Errors
/// `INVALID_FIELD` on `file`: no sheet has a header, a sheet's hidden column was changed, it is a sheet of comments, it has sheets of
/// several drafts, or more than [`MAX_ROWS`] rows are filled in.
pub fn read_decisions(grids: &[Grid]) -> Result<DecisionRows> {
    let headings = [NUMBER, OUTCOME, EXPLANATION, ETAG];
    let tables = tables(grids, &headings, &[Column::Number, Column::Outcome])?;
    let mut read = DecisionRows::default();
    let mut filled = 0_usize;
    // Where each number stands, to find those that stand twice.
    let mut places: BTreeMap<CommentNumber, Vec<Refused>> = BTreeMap::new();
    for table in &tables {
        if let Some((_, mark)) = &table.mark {
            if mark.purpose != Purpose::Decisions {
                return Err(Error::field(FIELD, "is a sheet of comments, not of decisions"));
            }
            read.draft = Some(mark.draft.clone());
        }
        let refused = |row: &Row, column, reason: String| Refused {
            sheet: table.grid.name.clone(),
            cell: table.name(row, column),
            reason,
        };
        let decided = |row: &&Row| table.is_filled(row, &[Column::Outcome, Column::Explanation]);
        for row in table.rows.iter().filter(decided) {
            filled += 1;
            if filled > MAX_ROWS {
                return Err(Error::field(FIELD, format!("must have at most {MAX_ROWS} rows filled in")));
            }
            match decision(table, row) {
                Ok(decision) => {
                    let place = refused(row, Column::Number, String::new());
                    places.entry(decision.number).or_default().push(place);
                    read.rows.push(decision);
                }
                Err((column, reason)) => read.refused.push(refused(row, column, reason)),
            }
        }
    }
    places.retain(|_, found| found.len() > 1);
    // Which of two decisions is meant is not for a program to say.
    read.rows.retain(|row| !places.contains_key(&row.number));
    for (number, found) in places {
        let cells: Vec<_> = found.iter().take(TOLD).map(|place| place.cell.clone()).collect();
        let rest = if found.len() > TOLD { ", …" } else { "" };
        let cells = cells.join(", ");
        let reason = format!("comment {number} is decided {} times: in {cells}{rest}", found.len());
        read.refused.extend(found.into_iter().map(|place| Refused { reason: reason.clone(), ..place }));
    }
    Ok(read)
}

/// What a row says, or the first cell of it that is wrong.
fn decision(table: &Table<'_, Column>, row: &Row) -> Result<DecisionRow, (Column, String)> {
    let wrong = |column, reason: &str| (column, reason.to_owned());
    let hidden = table.hidden(row);
    let number = table.cell(row, Column::Number);
    let number: CommentNumber = number
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| wrong(Column::Number, "must be the number of a comment: a whole number from 1"))?;
    if hidden == CONTINUED {
        let reason = format!("this row goes on with comment {number}: fill in the decision in its first row");
        return Err((Column::Outcome, reason));
    }
    let outcome = match table.cell(row, Column::Outcome) {
        "" => return Err(wrong(Column::Outcome, "is required beside an explanation")),
        text => outcome_of(text).ok_or_else(|| {
            let known: Vec<_> = Outcome::ALL.iter().copied().map(entry).collect();
            (Column::Outcome, format!("must be one of: {}", known.join("; ")))
        })?,
    };
    let verdict = Verdict::checked(outcome, table.cell(row, Column::Explanation)).map_err(|error| {
        let reason = error.violations.into_iter().next().map_or(error.message, |found| found.description);
        (Column::Explanation, reason)
    })?;
    let etag = if table.mark.is_some() { hidden } else { table.cell(row, Column::Etag) };
    let etag = parse_etag("etag", etag).ok().filter(|etag| etag.is_some() || table.mark.is_none());
    let etag = etag.ok_or_else(|| {
        let reason = "has lost what shows whether the comment changed meanwhile (the hidden column): get the sheet anew";
        wrong(Column::Number, reason)
    })?;
    Ok(DecisionRow { row: row.number, number, outcome, explanation: verdict.explanation, etag })
}

/// The outcome that a cell means: its name in either language, or the word of the API.
fn outcome_of(cell: &str) -> Option<Outcome> {
    let cell = words(cell);
    Outcome::ALL.iter().copied().find(|outcome| {
        let called = Language::ALL.map(|language| words(language.outcome(*outcome)));
        called.contains(&cell) || cell == words(outcome.as_str())
    })
}

fn entry(outcome: Outcome) -> String {
    format!("{} ({})", Language::Vietnamese.outcome(outcome), Language::English.outcome(outcome))
}
