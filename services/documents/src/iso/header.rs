//! Which table is a form, and which of its columns is which.

use ykien_domain::text::fold;

use super::Column;
use super::cells::kind;
use crate::grid::{Grid, Row};

/// Where the header is looked for, in rows from the top.
const SEARCHED: usize = 100;
/// The longest heading, in bytes: what is longer is a comment.
const MAX_HEADING: usize = 400;

/// Where the columns of a form stand in a table, in the order of [`Column::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout([Option<usize>; 8]);

/// The form of 2012.
const STANDARD: Layout = Layout([Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), Some(7)]);
/// The form of 2001, which had no lines.
const OLD: Layout = Layout([Some(0), None, Some(1), Some(2), Some(3), Some(4), Some(5), Some(6)]);

impl Layout {
    /// Where a column stands; none where the table lacks it.
    pub(super) fn at(&self, column: Column) -> Option<usize> {
        self.0.get(column as usize).copied().flatten()
    }

    /// The text of a column.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: Column) -> &'a str {
        self.at(column).map_or("", |at| row.cell(at))
    }

    /// The columns of a row that is the header of a form.
    pub(super) fn of_header(row: &Row) -> Option<Self> {
        let mut places = [None; 8];
        for (at, cell) in row.cells.iter().enumerate() {
            if let Some(place) = heading(cell).and_then(|column| places.get_mut(column as usize))
                && place.is_none()
            {
                *place = Some(at);
            }
        }
        let layout = Self(places);
        let has = |column| layout.at(column).is_some();
        let is_form = has(Column::Kind) && has(Column::Comments) && has(Column::Change);
        (is_form && (has(Column::Clause) || has(Column::Member))).then_some(layout)
    }
}

/// The column that a heading names, in any edition of the form: footnote marks, examples and translations may follow.
fn heading(cell: &str) -> Option<Column> {
    if cell.len() > MAX_HEADING {
        return None;
    }
    let words: String = fold(cell).split_whitespace().collect();
    let begins = |beginning: &str| words.starts_with(beginning);
    Some(if words.contains("observation") {
        Column::Observation
    } else if begins("typeofcomment") {
        Column::Kind
    } else if begins("proposedchange") {
        Column::Change
    } else if begins("comment") {
        Column::Comments
    } else if begins("clause") || begins("subclause") {
        Column::Clause
    } else if begins("paragraph") || begins("figure") {
        Column::Paragraph
    } else if begins("line") {
        Column::Line
    } else if begins("memberbody")
        || words.strip_prefix("mb").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic()))
    {
        Column::Member
    } else {
        return None;
    })
}

/// Where the columns of a table stand, and which of its rows the comments begin with (from 0); none when it is no form.
///
/// In Word the form's header stands in the head of the page, and the table has rows only: it is one when most of them have
/// a type of comment in the column where the form has it.
pub(super) fn layout(grid: &Grid) -> Option<(Layout, usize)> {
    let header = grid.rows.iter().take(SEARCHED).enumerate();
    if let Some(found) = header.filter_map(|(at, row)| Some((Layout::of_header(row)?, at + 1))).next() {
        return Some(found);
    }
    [STANDARD, OLD].into_iter().map(|layout| (layout, 0)).find(|(layout, _)| {
        let columns = layout.0.iter().flatten().count();
        let typed = grid.rows.iter().filter(|row| {
            let cell = layout.cell(row, Column::Kind).trim();
            !cell.is_empty() && cell.len() <= 20 && kind(cell).is_ok()
        });
        let typed = typed.count();
        typed > 0 && typed * 2 >= grid.rows.len() && grid.rows.iter().all(|row| row.cells.len() <= columns)
    })
}

/// Whether any of the tables is a form of ISO, IEC or CEN.
#[must_use]
pub fn is_form(grids: &[Grid]) -> bool {
    grids.iter().any(|grid| layout(grid).is_some())
}
