//! The comment sheet as it goes out: a guide, the rows to fill in, the sections to pick from.

use std::io::Write;

use rust_xlsxwriter::{DataValidation, DataValidationRule, Format, Formula, Workbook, Worksheet, XlsxError};
use ykien_domain::comment::MAX_QUOTE;
use ykien_domain::ids::{AgencyCode, ROOT};
use ykien_domain::model::{Round, Section};
use ykien_domain::text::MAX_SHORT_TEXT;
use ykien_domain::words::Kind;
use ykien_domain::{Error, Reason, Result};

use super::{Column, HEADINGS, kind_entry};
use crate::sheet::mark::{Mark, Purpose};
use crate::sheet::section::Names;
use crate::sheet::{Looks, failed, fit, local, properties, save, set_up};
use crate::snapshot::Snapshot;

/// How many rows stand ready to be filled in.
pub const PREPARED_ROWS: u32 = 500;

const GUIDE: &str = "Hướng dẫn - Guide";
const COMMENTS: &str = "Góp ý - Comments";
const SECTIONS: &str = "Mục - Sections";

/// The comment sheet of one agency in the snapshot's round, in Vietnamese and English at once.
#[derive(Debug, Clone, Copy)]
pub struct CommentSheet<'a> {
    /// The draft, with the round that is asked about.
    pub snapshot: &'a Snapshot,
    /// Who fills it in.
    pub agency: &'a AgencyCode,
}

/// Writes a comment sheet as `.xlsx`. The same snapshot and agency give the same bytes.
///
/// # Errors
/// `ROUND_NOT_OPEN` when the snapshot has no round; `INTERNAL` when the file can't be written.
pub fn write_comments(sheet: &CommentSheet<'_>, out: impl Write + Send) -> Result<()> {
    let CommentSheet { snapshot, agency } = *sheet;
    let Some(progress) = &snapshot.progress else {
        return Err(Error::new(Reason::RoundNotOpen, "the draft has no round to comment in"));
    };
    let mark = Mark {
        purpose: Purpose::Comments,
        draft: snapshot.draft.id.clone(),
        asked: Some((agency.clone(), progress.round.number)),
        revision: snapshot.revision,
    };
    let sections: Vec<_> = snapshot.sections.iter().filter(|section| !section.removed).collect();
    let footer = format!("{} · r{} · {agency}", snapshot.draft.id, snapshot.revision);
    let looks = Looks::new();
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(snapshot, &footer)?);
    guide(workbook.add_worksheet(), sheet, &progress.round, &footer)
        .and_then(|()| comments(workbook.add_worksheet(), &mark, sections.len(), &looks, &footer))
        .and_then(|()| list(workbook.add_worksheet(), snapshot, &sections, &looks, &footer))
        .map_err(failed)?;
    save(&mut workbook, out)
}

/// What the sheet is about, and how to fill it in.
fn guide(
    worksheet: &mut Worksheet,
    sheet: &CommentSheet<'_>,
    round: &Round,
    footer: &str,
) -> Result<(), XlsxError> {
    let CommentSheet { snapshot, agency } = *sheet;
    let Looks { text, .. } = Looks::new();
    let bold = text.clone().set_bold();
    let title = bold.clone().set_font_size(14);
    set_up(worksheet.set_name(GUIDE)?, footer)?;
    worksheet.set_print_gridlines(false).set_screen_gridlines(false);
    worksheet.set_column_width(0, 34)?.set_column_width(1, 100)?;
    worksheet.merge_range(0, 0, 0, 1, "PHIẾU GÓP Ý DỰ THẢO - COMMENT SHEET", &title)?;
    let name = snapshot.name(agency);
    let agency = if name == agency.as_str() { name.to_owned() } else { format!("{name} ({agency})") };
    let number = round.number.to_string();
    let round_name = if round.title.is_empty() { number } else { format!("{number}. {}", round.title) };
    let facts = [
        ("Dự thảo - Draft", snapshot.draft.title.clone()),
        ("Mã dự thảo - Draft id", snapshot.draft.id.to_string()),
        ("Bản dự thảo - Version", round.version.to_string()),
        ("Cơ quan góp ý - Agency", agency),
        ("Đợt lấy ý kiến - Round", round_name),
        ("Hạn góp ý - Deadline", local(round.deadline)),
        ("Số hiệu dữ liệu - Revision", snapshot.revision.to_string()),
    ];
    let mut row = 2;
    for (label, fact) in facts {
        worksheet.write_string_with_format(row, 0, label, &bold)?;
        fit(worksheet, row, &fact, 130)?;
        worksheet.write_string_with_format(row, 1, fact, &text)?;
        row += 1;
    }
    for (heading, steps) in
        [("Cách điền phiếu", vietnamese_steps()), ("How to fill in the sheet", english_steps())]
    {
        row += 1;
        worksheet.write_string_with_format(row, 0, heading, &bold)?;
        for (step, number) in steps.iter().zip(1..) {
            fit(worksheet, row, step, 130)?;
            worksheet.write_string_with_format(row, 1, format!("{number}. {step}"), &text)?;
            row += 1;
        }
    }
    Ok(())
}

fn vietnamese_steps() -> [String; 7] {
    [
        format!("Ghi ý kiến vào trang \"{COMMENTS}\", mỗi ý kiến một dòng. Phiếu có sẵn {PREPARED_ROWS} dòng; nếu cần thêm, gửi phiếu này trước rồi tải phiếu mới."),
        format!("Mục: chọn trong danh sách (trang \"{SECTIONS}\" ghi đầy đủ tên các mục). Để trống nếu ý kiến về toàn bộ dự thảo."),
        "Loại: chọn trong danh sách. Để trống nếu là ý kiến chung.".to_owned(),
        format!("Trích dẫn: chép nguyên văn câu, chữ trong dự thảo mà ý kiến nói đến, nếu có; khi đó phải chọn mục. Tối đa {MAX_QUOTE} ký tự."),
        format!("Tiêu đề (tối đa {MAX_SHORT_TEXT} ký tự), Nội dung góp ý, Đề xuất sửa: điền ít nhất một trong ba ô."),
        "Chỉ điền vào các ô đã mở khóa và giữ nguyên các cột. Lưu tệp ở dạng .xlsx.".to_owned(),
        "Sau khi gửi, dòng chưa hợp lệ được báo lại kèm tên ô và lý do. Sửa tại đúng dòng đó trong phiếu này rồi gửi lại: dòng đã nhận không bị ghi hai lần.".to_owned(),
    ]
}

fn english_steps() -> [String; 7] {
    [
        format!("Write on the sheet \"{COMMENTS}\", one comment a row. {PREPARED_ROWS} rows stand ready; if you need more, send this sheet first, then get a new one."),
        format!("Section: pick one from the list (the sheet \"{SECTIONS}\" has the full names). Leave it empty for the whole draft."),
        "Kind: pick one from the list. Empty means general.".to_owned(),
        format!("Quote: the words of the draft that the comment is about, if any; then the section is required. At most {MAX_QUOTE} characters."),
        format!("Title (at most {MAX_SHORT_TEXT} characters), Comment, Proposed change: fill in at least one of the three."),
        "Fill in only the unlocked cells, and leave the columns as they are. Save the file as .xlsx.".to_owned(),
        "After you sent it, each row that is not right is reported with its cell and the reason. Correct that very row in this sheet and send it again: rows already taken are not taken twice.".to_owned(),
    ]
}

/// The rows to fill in. The hidden column is written row by row: rows that are sorted or moved take their keys along.
fn comments(
    worksheet: &mut Worksheet,
    mark: &Mark,
    sections: usize,
    looks: &Looks,
    footer: &str,
) -> Result<(), XlsxError> {
    set_up(worksheet.set_name(COMMENTS)?, footer)?;
    worksheet.set_column_width(0, 12)?.set_column_hidden(0)?;
    worksheet.write_string_with_format(0, 0, mark.text(), &looks.text)?;
    worksheet.set_row_height(0, 36)?;
    for row in 1..=PREPARED_ROWS {
        worksheet.write_string_with_format(row, 0, format!("r{}-{row}", mark.revision), &looks.text)?;
    }
    for (heading, column) in HEADINGS.iter().zip(1_u16..) {
        worksheet.write_string_with_format(0, column, heading.both(), &looks.heading)?;
        let width = match heading.column {
            Column::Section => 32,
            Column::Kind => 18,
            Column::Quote => 32,
            Column::Title => 20,
            Column::Text => 52,
            Column::ProposedChange => 44,
        };
        worksheet.set_column_width(column, width)?;
        for row in 1..=PREPARED_ROWS {
            worksheet.write_blank(row, column, &looks.input)?;
        }
        let validation = match heading.column {
            Column::Section => {
                let range = format!("='{SECTIONS}'!$A$2:$A${}", sections + 1);
                let pick = "Chọn một mục trong danh sách, hoặc để trống nếu góp ý cho toàn bộ dự thảo.\nPick a section from the list, or leave it empty for the whole draft.";
                Some(listed(DataValidation::new().allow_list_formula(Formula::new(range)), pick)?)
            }
            Column::Kind => {
                let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind_entry(*kind)).collect();
                // A comma parts the entries of a list in place, and kinds have commas: they stand on the third sheet.
                let range = format!("='{SECTIONS}'!$E$2:$E${}", kinds.len() + 1);
                let pick = "Chọn một loại trong danh sách, hoặc để trống nếu là ý kiến chung.\nPick a kind from the list, or leave it empty for a general comment.";
                Some(listed(DataValidation::new().allow_list_formula(Formula::new(range)), pick)?)
            }
            Column::Quote => Some(at_most(MAX_QUOTE)?),
            Column::Title => Some(at_most(MAX_SHORT_TEXT)?),
            Column::Text | Column::ProposedChange => None,
        };
        if let Some(validation) = validation {
            worksheet.add_data_validation(1, column, PREPARED_ROWS, column, &validation)?;
        }
    }
    worksheet.set_active(true);
    worksheet.set_selection(1, 1, 1, 1)?;
    Ok(())
}

fn listed(list: DataValidation, pick: &str) -> Result<DataValidation, XlsxError> {
    list.set_error_title("Không có trong danh sách")?.set_error_message(pick)
}

/// As many characters as the field may have.
fn at_most(bound: usize) -> Result<DataValidation, XlsxError> {
    let bound = u32::try_from(bound).unwrap_or(u32::MAX);
    DataValidation::new()
        .allow_text_length(DataValidationRule::LessThanOrEqualTo(bound))
        .set_error_title("Quá dài - Too long")?
        .set_error_message(format!("Tối đa {bound} ký tự.\nAt most {bound} characters."))
}

/// The sections to pick from, each with its whole heading, and the kinds.
fn list(
    worksheet: &mut Worksheet,
    snapshot: &Snapshot,
    sections: &[&Section],
    looks: &Looks,
    footer: &str,
) -> Result<(), XlsxError> {
    set_up(worksheet.set_name(SECTIONS)?, footer)?;
    for (column, width, heading) in [
        (0, 60, "Dùng cho cột Mục\nFor the column Section"),
        (1, 90, "Mục\nSection"),
        (2, 10, "Mã\nId"),
        (4, 44, "Dùng cho cột Loại\nFor the column Kind"),
    ] {
        worksheet.set_column_width(column, width)?;
        worksheet.write_string_with_format(0, column, heading, &looks.heading)?;
    }
    worksheet.set_row_height(0, 36)?;
    for (kind, row) in Kind::ALL.iter().zip(1_u32..) {
        worksheet.write_string_with_format(row, 4, kind_entry(*kind), &looks.text)?;
    }
    let names = Names::new(&snapshot.sections);
    let indents: Vec<Format> = (0..=15).map(|depth| looks.text.clone().set_indent(depth)).collect();
    for (section, row) in sections.iter().zip(1_u32..) {
        let depth = usize::try_from(section.depth - 1).unwrap_or(0).min(15);
        let indent = indents.get(depth).unwrap_or(&looks.text);
        let heading = match (section.id, section.label.as_str(), section.heading.as_str()) {
            (ROOT, _, title) => title.to_owned(),
            (_, "", heading) => heading.to_owned(),
            (_, label, "") => label.to_owned(),
            (_, label, heading) => format!("{label}  {heading}"),
        };
        let entry = names.entry(section.id);
        fit(worksheet, row, &entry, 75)?;
        // The longer of the two decides: an entry takes two lines at most. The indent takes some of the width.
        if heading.chars().count() > 190 {
            fit(worksheet, row, &heading, 95)?;
        }
        worksheet.write_string_with_format(row, 0, entry, &looks.text)?;
        worksheet.write_string_with_format(row, 1, heading, indent)?;
        // An id is a number to people and to formulas alike; it stays exact up to 2^53.
        worksheet.write_string_with_format(row, 2, section.id.to_string(), &looks.text)?;
    }
    Ok(())
}
