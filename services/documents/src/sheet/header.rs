//! The header row of a grid: found by its headings, whatever stands above it and in whatever order they come.

use ykien_domain::{Error, Result};

use super::mark::Mark;
use super::{FIELD, words};
use crate::grid::{Grid, Row, place};

/// How many filled rows may stand above a header, with it.
const SEARCHED: usize = 20;

/// The longest heading, in bytes: what is longer is a comment.
const MAX_HEADING: usize = 400;

/// A column that a sheet may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading<C> {
    pub column: C,
    pub vietnamese: &'static str,
    pub english: &'static str,
    /// What else it may be called, as [`words`] gives it.
    pub also: &'static [&'static str],
}

impl<C> Heading<C> {
    /// Both languages in one cell.
    pub fn both(&self) -> String {
        format!("{}\n{}", self.vietnamese, self.english)
    }

    fn is_called(&self, cell: &str) -> bool {
        if cell.len() > MAX_HEADING {
            return false;
        }
        let cell = words(cell);
        !cell.is_empty()
            && (cell == words(self.vietnamese)
                || cell == words(self.english)
                || cell == words(&self.both())
                || self.also.contains(&cell.as_str()))
    }
}

/// A grid from its header on.
#[derive(Debug)]
pub(super) struct Table<'a, C> {
    pub grid: &'a Grid,
    /// The rows below the header.
    pub rows: &'a [Row],
    /// What the grid says of itself, and in which column.
    pub mark: Option<(usize, Mark)>,
    columns: Vec<(C, usize)>,
}

impl<'a, C: Copy + PartialEq> Table<'a, C> {
    /// The table of a grid: below the first row that has all the `required` columns; none when there is no such row.
    ///
    /// # Errors
    /// `INVALID_FIELD` for two columns of one name, and for a mark that was changed.
    pub fn of(grid: &'a Grid, headings: &[Heading<C>], required: &[C]) -> Result<Option<Self>> {
        for (index, row) in grid.rows.iter().enumerate().take(SEARCHED) {
            let mut columns = Vec::new();
            for (at, cell) in row.cells.iter().enumerate() {
                columns.extend(
                    headings.iter().find(|heading| heading.is_called(cell)).map(|found| (found.column, at)),
                );
            }
            let has = |column: &C| columns.iter().any(|(found, _)| found == column);
            if !required.iter().all(has) {
                continue;
            }
            for (nth, (column, at)) in columns.iter().enumerate() {
                if let Some((_, first)) = columns.iter().take(nth).find(|(before, _)| before == column) {
                    let (first, second) = (place(*first, row.number), place(*at, row.number));
                    let message = format!("has one column twice, in {first} and in {second}");
                    return Err(Error::field(FIELD, message));
                }
            }
            let mut mark = None;
            for (at, cell) in row.cells.iter().enumerate() {
                mark = mark.or(Mark::read(cell)?.map(|found| (at, found)));
            }
            let rows = grid.rows.get(index + 1..).unwrap_or_default();
            return Ok(Some(Self { grid, rows, mark, columns }));
        }
        Ok(None)
    }

    /// The text of a row in a column; empty where the sheet has no such column.
    pub fn cell<'r>(&self, row: &'r Row, column: C) -> &'r str {
        self.at(column).map_or("", |at| row.cell(at)).trim()
    }

    /// The text of a row in the hidden column.
    pub fn hidden<'r>(&self, row: &'r Row) -> &'r str {
        self.mark.as_ref().map_or("", |(at, _)| row.cell(*at)).trim()
    }

    /// Whether any column has something in this row.
    pub fn is_filled(&self, row: &Row, columns: &[C]) -> bool {
        columns.iter().any(|column| !self.cell(row, *column).is_empty())
    }

    /// A cell's name: `B7`. Where the sheet has no such column it is the row's first that it has.
    pub fn name(&self, row: &Row, column: C) -> String {
        let first = self.columns.first().map_or(0, |(_, at)| *at);
        place(self.at(column).unwrap_or(first), row.number)
    }

    fn at(&self, column: C) -> Option<usize> {
        self.columns.iter().find(|(found, _)| *found == column).map(|(_, at)| *at)
    }
}

/// The tables of a file: those that were made here where there are any, else all that have a header. All made here are of one
/// draft, agency and round.
///
/// # Errors
/// `INVALID_FIELD` when there is none, naming what was looked for; as [`Table::of`]; and for sheets of several drafts.
pub(super) fn tables<'a, C: Copy + PartialEq>(
    grids: &'a [Grid],
    headings: &[Heading<C>],
    required: &[C],
) -> Result<Vec<Table<'a, C>>> {
    let mut tables = Vec::new();
    for grid in grids {
        tables.extend(Table::of(grid, headings, required)?);
    }
    if tables.iter().any(|table| table.mark.is_some()) {
        tables.retain(|table| table.mark.is_some());
    }
    let mut marks = tables.iter().filter_map(|table| table.mark.as_ref().map(|(_, mark)| mark));
    if let Some(first) = marks.next()
        && marks.any(|mark| (&mark.draft, &mark.asked) != (&first.draft, &first.asked))
    {
        return Err(Error::field(FIELD, "has sheets of several drafts, agencies or rounds: send one by one"));
    }
    if tables.is_empty() {
        let name = |heading: &Heading<C>| format!("\"{}\" or \"{}\"", heading.vietnamese, heading.english);
        let (needed, rest): (Vec<_>, Vec<_>) =
            headings.iter().partition(|heading| required.contains(&heading.column));
        let list = |names: Vec<&Heading<C>>| names.into_iter().map(name).collect::<Vec<_>>().join(", ");
        let message = format!(
            "has no header row among the first {SEARCHED} rows of a sheet: looked for {}, beside {}",
            list(needed),
            list(rest)
        );
        return Err(Error::field(FIELD, message));
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_no_heading_whatever_it_says() {
        let heading = Heading { column: (), vietnamese: "Nội dung", english: "Text", also: &[] };
        assert!(heading.is_called("TEXT …"));
        // Dots are no words: but for its length it is one.
        assert!(heading.is_called(&format!("Text{}", ".".repeat(MAX_HEADING - 4))));
        assert!(!heading.is_called(&format!("Text{}", ".".repeat(MAX_HEADING - 3))));
    }
}
