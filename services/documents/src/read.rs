//! Files in: which reader a file wants, found by what is in it.

use ykien_domain::ids::{AgencyCode, CommentNumber, DraftId, Revision, RoundNumber};
use ykien_domain::model::{Content, Section};
use ykien_domain::outline::{Depth, Outline, parse};
use ykien_domain::words::Outcome;
use ykien_domain::{Error, Result};

use crate::draft::MAX_TEXT_BYTES;
use crate::grid::Refused;
use crate::package::Package;
use crate::{draft, grid, iso, sheet};

/// A filled-in sheet: what it says that it is of, its rows, and what is wrong with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled<R> {
    /// The draft; none where a file does not say.
    pub draft: Option<DraftId>,
    /// The agency.
    pub agency: Option<AgencyCode>,
    /// The round.
    pub round: Option<RoundNumber>,
    /// The rows that can be taken, in order.
    pub rows: Vec<R>,
    /// The cells at fault, in order. A row with one of them is not among `rows`.
    pub refused: Vec<Refused>,
}

/// A row with a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    /// The sheet's name; the table's number in a text; empty for a CSV file.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// What makes it known again in another upload, at most 100 characters.
    pub key: String,
    /// What it says, checked.
    pub content: Content,
}

/// A row with a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// The sheet's name; the table's number in a text; empty for a CSV file.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The comment.
    pub number: CommentNumber,
    /// What is decided.
    pub outcome: Outcome,
    /// Why.
    pub explanation: String,
    /// The etag that the comment had when the sheet was written; none where the file does not say.
    pub etag: Option<Revision>,
}

/// The section tree of a draft: Word (`.docx`), or plain text and Markdown in UTF-8.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn outline(field: &str, bytes: &[u8], depth: Depth) -> Result<Outline> {
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf]) {
        return draft::read_docx(field, bytes, depth);
    }
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(Error::field(
            field,
            format!("must be at most {MAX_TEXT_BYTES} bytes of text, is {}", bytes.len()),
        ));
    }
    let text = std::str::from_utf8(bytes).ok();
    // PDF, RTF and UTF-16 without its mark may be UTF-8 by chance; their text is not to be had here.
    let foreign =
        |text: &&str| text.contains('\0') || text.starts_with("%PDF-") || text.starts_with("{\\rtf");
    let Some(text) = text.filter(|text| !foreign(text)) else {
        return Err(Error::field(field, "must be a Word file (.docx), or text in UTF-8"));
    };
    Ok(parse(text, depth))
}

/// The comments of a comment sheet (`.xlsx`, `.csv`) or of an ISO/CEN commenting form (`.xlsx`, `.docx`, `.csv`), on these
/// sections.
///
/// # Errors
/// `INVALID_FIELD` naming `field`: the file as a whole can't be read. A wrong row is no error.
pub fn comments(field: &str, bytes: &[u8], sections: &[Section]) -> Result<Filled<CommentRow>> {
    let grids = if is_word(bytes) { draft::tables(field, bytes)? } else { grid::read(field, bytes)? };
    if iso::is_form(&grids) {
        let iso::Form { rows, refused } = iso::read(&grids, sections)?;
        let rows = rows.into_iter().map(|row| {
            let iso::FormRow { sheet, row, key, content, .. } = row;
            CommentRow { sheet, row, key: format!("iso:{key}"), content }
        });
        return Ok(Filled { draft: None, agency: None, round: None, rows: rows.collect(), refused });
    }
    let sheet::comments::CommentRows { draft, agency, round, rows, refused } =
        sheet::comments::read_comments(&grids, sections)?;
    let rows = rows.into_iter().map(|row| {
        let sheet::comments::CommentRow { place, row, key, content } = row;
        let sheet = place.rsplit_once('!').map(|(sheet, _)| sheet.to_owned()).unwrap_or_default();
        CommentRow { sheet, row, key, content }
    });
    Ok(Filled { draft, agency, round, rows: rows.collect(), refused })
}

/// The decisions of a decision sheet (`.xlsx`, `.csv`).
///
/// # Errors
/// As [`comments`].
pub fn decisions(field: &str, bytes: &[u8]) -> Result<Filled<DecisionRow>> {
    let sheet::decisions::DecisionRows { draft, rows, refused } =
        sheet::decisions::read_decisions(&grid::read(field, bytes)?)?;
    let rows = rows.into_iter().map(|row| {
        let sheet::decisions::DecisionRow { row, number, outcome, explanation, etag } = row;
        DecisionRow { sheet: String::new(), row, number, outcome, explanation, etag }
    });
    Ok(Filled { draft, agency: None, round: None, rows: rows.collect(), refused })
}

/// Whether it is a Word file rather than a workbook: both are archives.
fn is_word(bytes: &[u8]) -> bool {
    Package::open("", bytes).is_ok_and(|package| package.names().any(|name| name.starts_with("word/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_no_draft() {
        for file in [&b"# I\0"[..], b"%PDF-1.7\nI. M\n", b"{\\rtf1 I. M}", b"\xff\xfe", b"PK\x03\x04"] {
            let refused = outline("file", file, Depth::Clause).unwrap_err();
            assert_eq!(refused.violations[0].field, "file", "{file:?}");
        }
        let read = outline("file", "I. MỞ ĐẦU\n\nMột.\n\nII. KẾT QUẢ\n".as_bytes(), Depth::Clause).unwrap();
        assert_eq!(read.nodes.len(), 2);
    }
}
