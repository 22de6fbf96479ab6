//! Cells as text: what a sheet of a workbook, a CSV file and a table of a document are to whoever reads comments from them.

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

impl Row {
    /// The text of a column, from 0; empty past the last.
    #[must_use]
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
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
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_spreadsheets_name_it() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702].map(|column| place(column, 7)).into();
        assert_eq!(names, ["A7", "Z7", "AA7", "AZ7", "BA7", "ZZ7", "AAA7"]);
    }
}
