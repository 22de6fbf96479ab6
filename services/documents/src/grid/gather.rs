//! Cells become grids, under bounds that hold for all grids of a file together.

use ykien_domain::{Error, Result};

use super::{Grid, MAX_CELL_TEXT, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_BYTES, Row, place};

/// What a file may still hold.
pub(super) struct Room<'a> {
    field: &'a str,
    rows: usize,
    cells: usize,
    text: usize,
}

impl<'a> Room<'a> {
    /// The room of a whole file.
    pub(super) fn new(field: &'a str) -> Self {
        Self { field, rows: MAX_ROWS, cells: MAX_CELLS, text: MAX_TEXT_BYTES }
    }

    /// Puts a cell (row from 1, column from 0) behind those that are there; one that is empty or blank is left out.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming the cell and the bound.
    pub(super) fn put(&mut self, grid: &mut Grid, row: u32, column: usize, text: String) -> Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        let field = self.field;
        let refuse = |name: &str, why: String| {
            let sheet = if name.is_empty() { String::new() } else { format!(" of the sheet {name:?}") };
            Err(Error::field(field, format!("the cell {}{sheet} {why}", place(column, row))))
        };
        if column >= MAX_COLUMNS {
            return refuse(
                &grid.name,
                format!("is right of the last column that is read, the {MAX_COLUMNS}th"),
            );
        }
        if text.len() > MAX_CELL_TEXT && text.chars().count() > MAX_CELL_TEXT {
            return refuse(&grid.name, format!("has more than {MAX_CELL_TEXT} characters"));
        }
        let Some(left) = self.text.checked_sub(text.len()) else {
            return refuse(
                &grid.name,
                format!("is past the {MAX_TEXT_BYTES} bytes of text that a file may have"),
            );
        };
        self.text = left;
        let above = grid.rows.last().map_or(0, |last| last.number);
        if row > above {
            let Some(left) = self.rows.checked_sub(1) else {
                return refuse(&grid.name, format!("is past the {MAX_ROWS} rows that a file may have"));
            };
            self.rows = left;
            grid.rows.push(Row { number: row, cells: Vec::new() });
        }
        let Some(cells) = grid.rows.last_mut().map(|last| &mut last.cells) else { return Ok(()) };
        let Some(added) = (column + 1).checked_sub(cells.len()).filter(|added| row >= above && *added > 0)
        else {
            return refuse(&grid.name, "does not stand below and right of the cells before it".to_owned());
        };
        let Some(left) = self.cells.checked_sub(added) else {
            return refuse(&grid.name, format!("is past the {MAX_CELLS} cells that a file may have"));
        };
        self.cells = left;
        cells.resize(column, String::new());
        cells.push(text);
        Ok(())
    }
}
