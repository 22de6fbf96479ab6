//! A Word draft (`.docx`) as a section tree, and the tables of a document as cells.
//!
//! [`parts`] finds the parts of the package; [`styles`] and [`numbering`] say what a paragraph's style and list make of it;
//! [`body`], with [`paragraph`] and [`table`], reads the document into blocks: text as people see it, the numbers that Word
//! counts included;
//! [`compose`] hands the blocks to the outline of the domain, which finds the sections.
//!
//! Pure functions of the bytes. The bytes are hostile: whatever passes a bound here or in [`package`](crate::package) is
//! refused by name.

mod body;
mod compose;
mod numbering;
mod paragraph;
mod parts;
mod styles;
mod symbol;
mod table;
#[cfg(test)]
mod tests;
mod xml;

use ykien_domain::outline::{self, Depth, Outline};
use ykien_domain::{Error, Result};

use crate::grid::Grid;

/// The most paragraphs of a document, empty ones and those of tables included.
pub const MAX_PARAGRAPHS: usize = 200_000;
/// The most text of a document, in bytes of UTF-8: as much as a draft may have that is sent as text.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
/// The most rows of all tables of a document.
pub const MAX_ROWS: usize = 20_000;
/// The most columns of a table.
pub const MAX_COLUMNS: usize = 64;
/// The most cells of all tables of a document.
pub const MAX_CELLS: usize = 200_000;
/// The deepest table in a table.
pub const MAX_TABLE_NESTING: usize = 8;
/// The most styles, and the most lists, of a document.
pub const MAX_DEFINITIONS: usize = 10_000;

/// The sections of a Word draft: headings by style, by outline level, by numbering and by their words. The preamble and the
/// bodies keep tables as Markdown tables.
///
/// # Errors
/// `INVALID_FIELD` naming `field`: no Word document, damaged, or past a bound, which the message names.
pub fn read_docx(field: &str, bytes: &[u8], depth: Depth) -> Result<Outline> {
    let blocks = body::read(field, bytes)?;
    let paragraphs = compose::paragraphs(blocks);
    // What stands between paragraphs and cells counts, too.
    let text: usize = paragraphs.iter().map(|paragraph| paragraph.text.len() + 2).sum();
    if text > MAX_TEXT_BYTES {
        return Err(too_long(field));
    }
    Ok(outline::of_paragraphs(&paragraphs, depth))
}

/// The tables of a Word document, in reading order, named `1`, `2` … A merged cell stands in its first column, the others
/// that it covers are empty; a table inside a cell is text of that cell.
///
/// # Errors
/// As [`read_docx`].
pub fn tables(field: &str, bytes: &[u8]) -> Result<Vec<Grid>> {
    Ok(compose::grids(body::read(field, bytes)?))
}

fn too_long(field: &str) -> Error {
    Error::field(field, format!("must have at most {MAX_TEXT_BYTES} bytes of text"))
}
