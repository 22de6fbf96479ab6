//! The drafter's sheet as it goes out.

use std::collections::BTreeMap;
use std::io::Write;

use rust_xlsxwriter::{Color, DataValidation, Format, Workbook, Worksheet, XlsxError};
use ykien_domain::ids::{SectionId, etag};
use ykien_domain::model::Comment;
use ykien_domain::words::{Outcome, Status};
use ykien_domain::{Error, Reason, Result};

use super::{CONTINUED, EXPLANATION, NUMBER, OUTCOME};
use crate::sheet::mark::{Mark, Purpose};
use crate::sheet::section::Names;
use crate::sheet::{Looks, failed, properties, save, set_up};
use crate::snapshot::Snapshot;
use crate::words::Language;

/// The most a cell holds, in UTF-16 units: Excel's bound.
const MAX_CELL: usize = 32_767;
/// ISO/IEC 29500's number for A3.
const A3: u8 = 8;
/// The most rows of a worksheet: Excel's bound.
const MAX_SHEET_ROWS: u32 = 1_048_576;

/// The columns with their widths, in characters; the hidden one stands before them.
const COLUMNS: [(&str, &str, f64); 13] = [
    (NUMBER.vietnamese, NUMBER.english, 7.0),
    ("Mục", "Section", 22.0),
    ("Cơ quan góp ý", "Agency", 16.0),
    ("Loại", "Kind", 12.0),
    ("Trích dẫn", "Quote", 22.0),
    ("Tiêu đề", "Title", 14.0),
    ("Nội dung góp ý", "Comment", 44.0),
    ("Đề xuất sửa", "Proposed change", 34.0),
    ("Cơ quan chịu trách nhiệm", "Responsible agency", 16.0),
    ("Trạng thái hiện tại", "Present status", 13.0),
    ("Giải trình hiện tại", "Present explanation", 26.0),
    (OUTCOME.vietnamese, OUTCOME.english, 16.0),
    (EXPLANATION.vietnamese, EXPLANATION.english, 38.0),
];
const OUTCOME_COLUMN: u16 = 12;
const EXPLANATION_COLUMN: u16 = 13;

/// Writes the drafter's sheet as `.xlsx`, comment by comment in the order given: the memory that it takes does not grow with
/// them. The same comments give the same bytes.
///
/// # Errors
/// The comments' own; `LIMIT_EXCEEDED` for more rows than a worksheet holds; `INTERNAL` when the file can't be written.
pub fn write_decisions(
    snapshot: &Snapshot,
    comments: impl Iterator<Item = Result<Comment>>,
    language: Language,
    out: impl Write + Send,
) -> Result<()> {
    let footer = format!("{} · r{}", snapshot.draft.id, snapshot.revision);
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(snapshot, &footer)?);
    let worksheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    let looks = Looks::new();
    begin(worksheet, snapshot, language, &looks, &footer).map_err(failed)?;
    let mut rows = Rows::new(worksheet, snapshot, language, looks);
    for comment in comments {
        rows.comment(&comment?)?;
    }
    let last = rows.next.saturating_sub(1).max(1);
    end(worksheet, last, language).map_err(failed)?;
    save(&mut workbook, out)
}

fn begin(
    worksheet: &mut Worksheet,
    snapshot: &Snapshot,
    language: Language,
    looks: &Looks,
    footer: &str,
) -> Result<(), XlsxError> {
    let mark = Mark {
        purpose: Purpose::Decisions,
        draft: snapshot.draft.id.clone(),
        asked: None,
        revision: snapshot.revision,
    };
    set_up(worksheet.set_name(language.of("Giải trình", "Decisions"))?, footer)?;
    // Fourteen columns are too small to read on A4. The number stays in sight, too.
    worksheet.set_paper_size(A3);
    worksheet.set_freeze_panes(1, 2)?.set_column_width(0, 12)?.set_column_hidden(0)?;
    for ((_, _, width), column) in COLUMNS.iter().zip(1_u16..) {
        worksheet.set_column_width(column, *width)?;
    }
    worksheet.set_row_height(0, 36)?;
    worksheet.write_string_with_format(0, 0, mark.text(), &looks.text)?;
    for ((vietnamese, english, _), column) in COLUMNS.iter().zip(1_u16..) {
        worksheet.write_string_with_format(0, column, language.of(*vietnamese, *english), &looks.heading)?;
    }
    Ok(())
}

/// What covers all rows, once it is known how many they are.
fn end(worksheet: &mut Worksheet, last: u32, language: Language) -> Result<(), XlsxError> {
    worksheet.autofilter(0, 1, last, EXPLANATION_COLUMN)?;
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|outcome| language.outcome(*outcome)).collect();
    let list = DataValidation::new()
        .allow_list_strings(&outcomes)?
        .set_error_title(language.of("Không có trong danh sách", "Not in the list"))?
        .set_error_message(
            language.of("Chọn một quyết định trong danh sách.", "Pick an outcome from the list."),
        )?;
    worksheet.add_data_validation(1, OUTCOME_COLUMN, last, OUTCOME_COLUMN, &list)?;
    Ok(())
}

/// The rows as they are written, one comment after another.
struct Rows<'a> {
    worksheet: &'a mut Worksheet,
    snapshot: &'a Snapshot,
    language: Language,
    looks: Looks,
    /// Where nothing can be decided: withdrawn comments, published decisions.
    closed: Format,
    sections: BTreeMap<SectionId, String>,
    next: u32,
}

impl<'a> Rows<'a> {
    fn new(worksheet: &'a mut Worksheet, snapshot: &'a Snapshot, language: Language, looks: Looks) -> Self {
        let names = Names::new(&snapshot.sections);
        let sections = snapshot.sections.iter().map(|section| (section.id, names.name(section.id))).collect();
        let closed = looks.text.clone().set_background_color(Color::RGB(0x00E7_E6E6));
        Self { worksheet, snapshot, language, looks, closed, sections, next: 1 }
    }

    fn comment(&mut self, comment: &Comment) -> Result<()> {
        let language = self.language;
        let content = &comment.content;
        let section = self.sections.get(&content.anchor.section).map_or("", String::as_str);
        let explanation = comment.decision.as_ref().map_or("", |decision| &decision.explanation);
        // By column, from the section to the present explanation. What is repeated in each row keeps them together when they are
        // filtered or sorted; what may be long goes on from row to row.
        let cells = [
            Cell::Repeated(section),
            Cell::Repeated(self.snapshot.short_name(&comment.agency)),
            Cell::Repeated(language.kind(content.kind.0)),
            Cell::Long(&content.anchor.quote),
            Cell::Long(&content.title),
            Cell::Long(&content.text),
            Cell::Long(&content.proposed_change),
            Cell::Repeated(self.snapshot.short_name(&comment.responsible)),
            Cell::Repeated(language.status(comment.status)),
            Cell::Long(explanation),
        ];
        let mark = language.of("(tiếp) ", "(continued) ");
        let pieces = cells.map(|cell| match cell {
            Cell::Repeated(_) => Vec::new(),
            Cell::Long(text) => pieces(text, MAX_CELL - mark.chars().count()),
        });
        let open = comment.status != Status::Withdrawn && !comment.is_published();
        let decision = if open { &self.looks.input } else { &self.closed };
        let count = pieces.iter().map(Vec::len).max().unwrap_or_default().max(1);
        for nth in 0..count {
            if self.next >= MAX_SHEET_ROWS {
                let message = format!("a worksheet holds at most {MAX_SHEET_ROWS} rows");
                return Err(Error::new(Reason::LimitExceeded, message));
            }
            let hidden = if nth == 0 { etag(comment.changed) } else { CONTINUED.to_owned() };
            let decision = if nth == 0 { decision } else { &self.closed };
            let texts = cells.iter().zip(&pieces).map(|(cell, pieces)| match (cell, pieces.get(nth)) {
                (Cell::Repeated(text), _) => (*text).to_owned(),
                (Cell::Long(_), Some(piece)) if nth > 0 => format!("{mark}{piece}"),
                (Cell::Long(_), piece) => piece.copied().unwrap_or_default().to_owned(),
            });
            let texts: Vec<_> = texts.collect();
            row(self.worksheet, self.next, &hidden, comment.number, &texts, &self.looks.text, decision)
                .map_err(failed)?;
            self.next += 1;
        }
        Ok(())
    }
}

fn row(
    worksheet: &mut Worksheet,
    row: u32,
    hidden: &str,
    number: i64,
    texts: &[String],
    text: &Format,
    decision: &Format,
) -> Result<(), XlsxError> {
    worksheet.write_string_with_format(row, 0, hidden, text)?;
    // Exact: numbers are gapless from 1, and far from 2^53.
    worksheet.write_number_with_format(row, 1, number as f64, text)?;
    for (cell, column) in texts.iter().zip(2_u16..).filter(|(cell, _)| !cell.is_empty()) {
        worksheet.write_string_with_format(row, column, cell, text)?;
    }
    worksheet.write_blank(row, OUTCOME_COLUMN, decision)?;
    worksheet.write_blank(row, EXPLANATION_COLUMN, decision)?;
    Ok(())
}

/// What stands in a cell.
#[derive(Clone, Copy)]
enum Cell<'a> {
    /// The same in each row of a comment.
    Repeated(&'a str),
    /// A text that goes on from row to row.
    Long(&'a str),
}

/// A text in pieces of at most so many UTF-16 units, parted after white space where there is some in the second half of a piece.
/// Put together again they are the text.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    // A byte is never more than a unit.
    while rest.len() > most {
        let mut units = 0;
        let mut end = rest.len();
        let mut space = None;
        for (at, c) in rest.char_indices() {
            units += c.len_utf16();
            if units > most {
                end = at;
                break;
            }
            if c.is_whitespace() && units > most / 2 {
                space = Some(at + c.len_utf8());
            }
        }
        let end = if end < rest.len() { space.unwrap_or(end) } else { end };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_fit_and_are_the_text_again() {
        let texts = [
            String::new(),
            "một hai ba bốn năm sáu bảy".to_owned(),
            "x".repeat(25),
            "😀".repeat(12),
            format!("{}\n{}", "ế".repeat(8), "ế".repeat(30)),
        ];
        for text in texts {
            let parts = pieces(&text, 10);
            assert_eq!(parts.concat(), text);
            assert!(parts.iter().all(|part| (1..=10).contains(&part.encode_utf16().count())), "{parts:?}");
        }
        assert_eq!(pieces("một hai ba bốn", 10), ["một hai ", "ba bốn"]);
        assert_eq!(pieces("0123456789", 10), ["0123456789"]);
    }
}
