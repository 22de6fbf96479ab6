//! Comments become a form.

use std::borrow::Borrow;
use std::io::Write;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use ykien_domain::model::Comment;
use ykien_domain::words::Status;
use ykien_domain::{Error, Reason, Result};

use super::Column;
use super::cells::Cells;
use super::clause::Clauses;
use super::read::CONTINUED;
use crate::layout::{Align, Canvas, Cell, Orientation, Pages, Paragraph, Run, Table};
use crate::snapshot::Snapshot;
use crate::words::Language;

/// The longest text of a workbook's cell, in UTF-16 units.
const MAX_XLSX_CELL: usize = 32_767;
/// The height of a line and of the highest row, points.
const LINE: f64 = 15.0;
const MAX_ROW_HEIGHT: f64 = 409.0;
/// The width of a character, in twentieths of a point; with what words at the ends of lines leave open.
const CHARACTER: f32 = 120.0;
/// The widths of the columns, in twentieths of a point: those of the form of 2012, but that the first holds agencies' short
/// names rather than the two letters of a country.
const WIDTHS: [f32; 8] = [1_000.0, 908.0, 1_209.0, 1_209.0, 1_115.0, 4_000.0, 4_016.0, 2_419.0];
/// The size of the form's type, points.
const SIZE: f32 = 9.0;

/// A heading: the form's own words, and a second line.
fn heading(column: Column, language: Language) -> (&'static str, &'static str) {
    match column {
        Column::Member => ("MB/NC", language.of("Cơ quan", "")),
        Column::Line => ("Line number", language.of("Dòng số", "(e.g. 17)")),
        Column::Clause => ("Clause/ Subclause", language.of("Mục, điều, khoản", "(e.g. 3.1)")),
        Column::Paragraph => ("Paragraph/ Figure/ Table", language.of("Đoạn, hình, bảng", "(e.g. Table 1)")),
        Column::Kind => ("Type of comment", language.of("Loại ý kiến", "(ge/te/ed)")),
        Column::Comments => ("Comments", language.of("Nội dung góp ý", "")),
        Column::Change => ("Proposed change", language.of("Đề nghị sửa đổi", "")),
        Column::Observation => ("Observations of the secretariat", language.of("Tiếp thu, giải trình", "")),
    }
}

/// What stands around the table.
struct Frame {
    title: &'static str,
    /// Date, document and project. The date is left open: it is the day on which somebody signs for the form.
    fields: [String; 3],
    key: &'static str,
}

impl Frame {
    fn new(snapshot: &Snapshot, language: Language) -> Self {
        let draft = &snapshot.draft;
        let state = format!(
            "{} {}, {} {}",
            language.of("bản dự thảo", "version"),
            draft.version,
            language.of("lần sửa đổi", "revision"),
            snapshot.revision
        );
        Self {
            title: language.of("Mẫu góp ý và tiếp thu, giải trình", "Template for comments and secretariat observations"),
            fields: [
                language.of("Ngày (Date):", "Date:").to_owned(),
                format!("{} {} ({state})", language.of("Tài liệu (Document):", "Document:"), draft.title),
                format!("{} {}", language.of("Dự án (Project):", "Project:"), draft.id),
            ],
            key: language.of(
                "MB/NC: cơ quan góp ý. Type of comment: ge = chung, te = nội dung, số liệu, kỹ thuật, ed = câu chữ, thể thức.",
                "MB/NC: the agency that comments. Type of comment: ge = general, te = technical, ed = editorial.",
            ),
        }
    }
}

/// Makes rows of comments.
struct Rows<'a> {
    snapshot: &'a Snapshot,
    clauses: Clauses<'a>,
    language: Language,
}

impl<'a> Rows<'a> {
    fn new(snapshot: &'a Snapshot, language: Language) -> Self {
        Self { snapshot, clauses: Clauses::new(&snapshot.sections), language }
    }

    fn row(&self, comment: &Comment) -> Cells {
        let mut row = Cells::of(&comment.content, &self.clauses, self.language);
        row.add(Column::Member, self.member(comment));
        row.add(Column::Observation, &self.observation(comment));
        row
    }

    /// The short name, or the code where two agencies share it or the name would not be read as one.
    fn member<'c>(&'c self, comment: &'c Comment) -> &'c str {
        let name = self.snapshot.short_name(&comment.agency);
        let namesakes = self.snapshot.agencies.values().filter(|agency| agency.short_name == name);
        if name == CONTINUED || namesakes.count() > 1 { comment.agency.as_str() } else { name }
    }

    fn observation(&self, comment: &Comment) -> String {
        match &comment.decision {
            Some(decision) => {
                format!("{}\n{}", self.language.outcome(decision.outcome), decision.explanation)
                    .trim_end()
                    .to_owned()
            }
            None if comment.status == Status::Withdrawn => self.language.status(comment.status).to_owned(),
            None => String::new(),
        }
    }
}

/// Draws the form: landscape, its head and header on every page.
///
/// # Errors
/// `INTERNAL` when the canvas can't be drawn on; what the comments fail with.
pub fn draw(
    snapshot: &Snapshot,
    comments: impl IntoIterator<Item = Result<Comment>>,
    language: Language,
    canvas: &mut dyn Canvas,
) -> Result<()> {
    let frame = Frame::new(snapshot, language);
    let [date, document, project] = &frame.fields;
    let footer =
        format!("{} · {} {}", snapshot.draft.id, language.of("lần sửa đổi", "revision"), snapshot.revision);
    canvas.pages(&Pages { orientation: Orientation::Landscape, footer })?;
    let fields = vec![
        cell(frame.title, true, Align::Left, 5),
        cell(date, false, Align::Left, 1),
        cell(document, false, Align::Left, 1),
        cell(project, false, Align::Left, 1),
    ];
    let headings = Column::ALL.map(|column| {
        let (form, second) = heading(column, language);
        let mut cell = cell(form, true, Align::Centre, 1);
        if !second.is_empty() {
            cell.paragraphs.push(paragraph(second, false, Align::Centre));
        }
        cell.shaded = true;
        cell
    });
    canvas.table(&Table {
        columns: WIDTHS.to_vec(),
        header: vec![fields, headings.to_vec()],
        borders: true,
    })?;
    let rows = Rows::new(snapshot, language);
    for comment in comments {
        let row = rows.row(&comment?);
        let cells = Column::ALL.map(|column| {
            let align = if column == Column::Kind { Align::Centre } else { Align::Left };
            cell(row.get(column), false, align, 1)
        });
        canvas.row(&cells)?;
    }
    canvas.end_table()?;
    canvas.paragraph(&Paragraph { before: 6.0, ..paragraph(frame.key, false, Align::Left) })
}

fn cell(text: &str, bold: bool, align: Align, span: u8) -> Cell {
    Cell { paragraphs: vec![paragraph(text, bold, align)], span, shaded: false }
}

fn paragraph(text: &str, bold: bool, align: Align) -> Paragraph {
    let runs = vec![Run { text: text.to_owned(), bold, italic: false }];
    Paragraph { runs, align, size: SIZE, before: 2.0, after: 2.0, ..Paragraph::default() }
}

/// Writes the form as a workbook, row by row: landscape A4, its head and header on every printed page.
///
/// # Errors
/// `INTERNAL` when `out` can't be written; what the comments fail with.
pub fn write_xlsx<W: Write + Send>(
    snapshot: &Snapshot,
    comments: impl IntoIterator<Item = Result<Comment>>,
    language: Language,
    out: W,
) -> Result<()> {
    let mut book = Workbook::new();
    // A date of its own would make each file another one.
    let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    book.set_properties(
        &DocProperties::new().set_title(&snapshot.draft.title).set_creation_datetime(&created),
    );
    let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name("Comments").map_err(failed)?;
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.6, 0.6, 0.6, 0.6, 0.4, 0.4);
    sheet.set_footer("&C&P / &N");
    sheet.set_repeat_rows(0, 2).map_err(failed)?;
    sheet.set_freeze_panes(3, 0).map_err(failed)?;
    for (column, width) in (0_u16..).zip(WIDTHS) {
        // A column's unit is about a digit's width: 7 pixels, 105 twentieths of a point.
        sheet.set_column_width(column, f64::from(width) / 105.0).map_err(failed)?;
    }

    let frame = Frame::new(snapshot, language);
    let bold = Format::new().set_bold();
    let header = cell_format().set_bold().set_align(FormatAlign::Center).set_background_color(0x00D9_D9D9);
    sheet.set_row_height(0, 2.0 * LINE).map_err(failed)?;
    sheet.write_string_with_format(0, 0, frame.title, &bold).map_err(failed)?;
    for (column, text) in [5, 6, 7].into_iter().zip(&frame.fields) {
        put(sheet, 0, column, text, &cell_format())?;
    }
    sheet.write_string(1, 0, frame.key).map_err(failed)?;
    for (at, column) in (0_u16..).zip(Column::ALL) {
        let (form, second) = heading(column, language);
        put(sheet, 2, at, format!("{form}\n{second}").trim_end(), &header)?;
    }
    sheet.set_row_height(2, 4.0 * LINE).map_err(failed)?;
    let rows = Rows::new(snapshot, language);
    let plain = cell_format();
    let mut next = 3;
    for comment in comments {
        let row = rows.row(&comment?);
        let mut rest = Column::ALL.map(|column| row.get(column));
        let mut first = true;
        while first || rest.iter().any(|text| !text.is_empty()) {
            let mut lines = 1;
            for ((at, text), width) in (0_u16..).zip(&mut rest).zip(WIDTHS) {
                let (fits, left) = split(text);
                *text = left;
                lines = lines.max(lines_of(fits, width));
                put(sheet, next, at, if at == 0 && !first { CONTINUED } else { fits }, &plain)?;
            }
            sheet.set_row_height(next, (LINE * f64::from(lines)).min(MAX_ROW_HEIGHT)).map_err(failed)?;
            first = false;
            next += 1;
        }
    }
    book.save_to_writer(out).map_err(failed)
}

fn put(sheet: &mut Worksheet, row: u32, column: u16, text: &str, format: &Format) -> Result<()> {
    if text.is_empty() {
        sheet.write_blank(row, column, format).map_err(failed)?;
    } else {
        sheet.write_string_with_format(row, column, text, format).map_err(failed)?;
    }
    Ok(())
}

fn cell_format() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border(FormatBorder::Thin)
}

/// About how many lines a text takes in a column of this width: not every spreadsheet makes rows high enough by itself.
fn lines_of(text: &str, width: f32) -> u16 {
    // In range: a width is some thousand twentieths of a point.
    let fits = ((width / CHARACTER) as usize).max(1);
    let lines: usize = text.lines().map(|line| line.chars().count().div_ceil(fits).max(1)).sum();
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// As much of a text as one cell holds, and the rest.
fn split(text: &str) -> (&str, &str) {
    // No character takes fewer bytes than units.
    if text.len() <= MAX_XLSX_CELL {
        return (text, "");
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_XLSX_CELL
    });
    end.and_then(|(at, _)| text.split_at_checked(at)).unwrap_or((text, ""))
}

fn failed(error: impl Borrow<XlsxError>) -> Error {
    Error::new(Reason::Internal, format!("the workbook can't be written: {}", error.borrow()))
}
