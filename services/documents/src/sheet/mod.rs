//! Sheets that go out empty and come back filled in: an agency's [`comments`], and the drafter's [`decisions`].
//!
//! Each goes out as a protected `.xlsx` with only the input cells unlocked. Its first column is hidden and holds what reading
//! needs: in the header a [`mark`] (which draft, which revision …), in each row what makes the row known again. So a
//! worksheet that is copied into another workbook, or saved as CSV, still says what it is. A sheet without that column (a CSV
//! file typed by hand) is read by its headings.

pub mod comments;
pub mod decisions;
mod header;
mod mark;
mod section;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, ProtectionOptions, Workbook, Worksheet,
    XlsxError,
};
use unicode_normalization::UnicodeNormalization;
use ykien_domain::ids::AgencyCode;
use ykien_domain::text::fold;
use ykien_domain::time::Timestamp;
use ykien_domain::{Error, Reason, Result};

use crate::official::HANOI;
use crate::snapshot::Snapshot;

/// The field that errors about a whole file name.
const FIELD: &str = "file";

/// ISO/IEC 29500's number for A4.
const A4: u8 = 9;

/// A file that can't be written: what the library says may name a path of this machine, so it is not told.
fn failed(_: XlsxError) -> Error {
    Error::new(Reason::Internal, "the sheet can't be written")
}

/// A text in the form that headings, words and labels are compared in: blind to case, to diacritics and to everything between
/// words.
fn words(text: &str) -> String {
    // NFC first: splitting a decomposed letter from its marks would make two words of one.
    let text: String = text.nfc().collect();
    fold(&tokens(&text))
}

/// The words of a text, one space between them.
fn tokens(text: &str) -> String {
    let parts: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// An instant as people in Vietnam write it: UTC+7 all year.
fn local(at: Timestamp) -> String {
    let text = at.plus_seconds(HANOI).to_string();
    match (text.get(0..4), text.get(5..7), text.get(8..10), text.get(11..16)) {
        (Some(year), Some(month), Some(day), Some(time)) => {
            format!("{time}, {day}/{month}/{year} (giờ Việt Nam - Vietnam time, UTC+7)")
        }
        _ => text,
    }
}

/// The same for the same snapshot: the instant is that of the draft's making.
fn properties(snapshot: &Snapshot, subject: &str) -> Result<DocProperties> {
    let made = ExcelDateTime::from_timestamp(snapshot.draft.created_at.0.div_euclid(1_000_000));
    let author: &AgencyCode = &snapshot.draft.drafting_agency;
    Ok(DocProperties::new()
        .set_title(&snapshot.draft.title)
        .set_subject(subject)
        .set_author(snapshot.name(author))
        .set_creation_datetime(&made.map_err(failed)?))
}

/// The looks of cells.
struct Looks {
    /// A column's heading.
    heading: Format,
    /// What is to be read only.
    text: Format,
    /// What is to be filled in. It is text whatever is typed: `30/6` stays no date, `=` begins no formula.
    input: Format,
}

impl Looks {
    fn new() -> Self {
        let base = Format::new().set_font_name("Times New Roman").set_font_size(11).set_text_wrap();
        let top = base.clone().set_align(FormatAlign::Top);
        Self {
            heading: base
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(0x00DD_EBF7)
                .set_border(FormatBorder::Thin),
            input: top.clone().set_num_format("@").set_unlocked(),
            text: top,
        }
    }
}

/// What every worksheet has: A4 landscape, one page wide, its header on each page and always in sight; protected without a password,
/// so that nobody breaks it by accident and everybody may still widen a column.
fn set_up(worksheet: &mut Worksheet, footer: &str) -> Result<(), XlsxError> {
    worksheet
        .set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_print_gridlines(true)
        .set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3)
        .set_footer(format!("&L&8{}&R&8&P/&N", footer.replace('&', "&&")))
        .set_repeat_rows(0, 0)?
        .set_freeze_panes(1, 0)?
        .protect_with_options(&ProtectionOptions {
            format_columns: true,
            format_rows: true,
            use_autofilter: true,
            ..ProtectionOptions::new()
        });
    Ok(())
}

/// Makes a row as high as its text needs in a column of this width, in characters. Excel would do so by itself when it opens the
/// file, LibreOffice does not. Only for rows that nobody types in: a row with a set height no longer grows.
fn fit(worksheet: &mut Worksheet, row: u32, text: &str, width: usize) -> Result<(), XlsxError> {
    let lines: usize = text.lines().map(|line| line.chars().count().div_ceil(width).max(1)).sum();
    if lines > 1 {
        // Excel's bound is 409 points: 27 lines of 15.
        worksheet.set_row_height(row, 15 * u32::try_from(lines.min(27)).unwrap_or(27))?;
    }
    Ok(())
}

fn save(workbook: &mut Workbook, out: impl std::io::Write + Send) -> Result<()> {
    workbook.save_to_writer(out).map_err(failed)
}

#[cfg(test)]
mod sample;
