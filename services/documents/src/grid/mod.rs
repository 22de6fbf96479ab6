//! Cells as text: what a sheet of a workbook, a CSV file and a table of a document are to whoever reads comments from them.
//!
//! A workbook is read in two steps. First every part that the reader will open is unpacked under the bounds of
//! [`crate::package`] and walked: what would make the reader take more memory than the part itself, or panic, is refused
//! there ([`parts`]). Only then does calamine see the same bytes, and streams the cells.

mod gather;
mod parts;
mod separated;
mod workbook;

use ykien_domain::Result;

pub use separated::csv;
pub use workbook::xlsx;

/// The most worksheets of a workbook, hidden ones counted.
pub const MAX_SHEETS: usize = 64;
/// The most rows that have something in them, over all sheets.
pub const MAX_ROWS: usize = 120_000;
/// The most columns: a cell further right is refused.
pub const MAX_COLUMNS: usize = 256;
/// The most cells over all sheets; an empty one counts where one with something in it stands to its right.
pub const MAX_CELLS: usize = 2_000_000;
/// The longest text of one cell, in characters.
pub const MAX_CELL_TEXT: usize = 200_000;
/// The most text of all cells, in bytes of UTF-8; so for the shared strings of a workbook.
pub const MAX_TEXT_BYTES: usize = 64 * 1024 * 1024;
/// The most shared strings of a workbook.
pub const MAX_SHARED_STRINGS: usize = 1_000_000;

/// A sheet, a CSV file or a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    /// The sheet's name; empty for a CSV file, `1`, `2` … for the tables of a document.
    pub name: String,
    /// The rows that have something in them, from the top.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number as people count: from 1.
    pub number: u32,
    /// Its cells from the first column on, as text; those after the last that is not empty are left out.
    pub cells: Vec<String>,
}

/// A cell that keeps its row from being taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The sheet's name; the table's number in a text; empty for a CSV file.
    pub sheet: String,
    /// Its name there: `C7`.
    pub cell: String,
    /// What is wrong with it, with the bound.
    pub reason: String,
}

impl Refused {
    /// The row that it stands in, from 1.
    #[must_use]
    pub fn row(&self) -> u32 {
        self.cell.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or_default()
    }
}

impl Row {
    /// The text of a column, from 0; empty past the last.
    #[must_use]
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// The sheets of a workbook, or the one of a CSV file: its first bytes tell which it is.
///
/// # Errors
/// As [`xlsx`] and [`csv()`].
pub fn read(field: &str, bytes: &[u8]) -> Result<Vec<Grid>> {
    // PK: a zip. D0 CF: an old binary or encrypted workbook, for which the package has its own words.
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf]) {
        xlsx(field, bytes)
    } else {
        Ok(vec![csv(field, bytes)?])
    }
}

/// A cell's name as people write it: column 0 of row 12 is `A12`.
#[must_use]
pub fn place(column: usize, row: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{row}")
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_spreadsheets_name_it() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702].map(|column| place(column, 7)).into();
        assert_eq!(names, ["A7", "Z7", "AA7", "AZ7", "BA7", "ZZ7", "AAA7"]);
    }
}
