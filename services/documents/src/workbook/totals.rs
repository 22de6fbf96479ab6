//! The first sheet: which state of which draft this is, and how many comments there are, by all that is asked.

use rust_xlsxwriter::{Format, FormatAlign, Formula, Worksheet, XlsxError, column_number_to_name};
use ykien_domain::ids::AgencyCode;
use ykien_domain::query::Group;
use ykien_domain::time::Timestamp;
use ykien_domain::words::Status;

use super::{Book, FONT, heading, text, view};
use crate::records::Split;

/// The columns: what is counted, its code, the total, one for each status, and the key that formulas look for, which is hidden.
const CODE: u16 = 1;
const TOTAL: u16 = 2;
const STATUSES: u16 = 3;
const KEY: u16 = 8;

/// A row of a table: what it counts, its code, its key, and the counts.
type Row = (String, String, i64, Split);

/// Writes the sheet. The sheet by section has so many rows.
pub(super) fn write(
    book: &Book<'_>,
    mut sheet: Worksheet,
    rows: u32,
    latest: Timestamp,
) -> Result<Worksheet, XlsxError> {
    let language = book.language;
    sheet.set_name(language.of("Tổng số", "Totals"))?;
    sheet.set_column_width(0, 60)?.set_column_width(CODE, 18)?.set_column_hidden(KEY)?;
    for column in TOTAL..KEY {
        sheet.set_column_width(column, 13)?;
    }
    let mut page = Page { book, sheet, row: 0, last: rows.max(2), sum: String::new() };
    page.identity(latest)?;
    page.all()?;
    page.statuses()?;
    let agency = |(code, split): (&&AgencyCode, &Split)| {
        let key = book.agencies.get(*code).copied().unwrap_or_default();
        (book.snapshot.name(code).to_owned(), code.to_string(), i64::from(key), split.clone())
    };
    let totals = &book.totals;
    let title = language.of("Cơ quan chịu trách nhiệm", "Responsible agency");
    page.table(title, view::Key::Responsible, totals.responsible.iter().map(agency))?;
    let title = language.of("Cơ quan góp ý", "Agency");
    page.table(title, view::Key::Agency, totals.agencies.iter().map(agency))?;
    let section = |(id, split): &(i64, Split)| {
        (book.names.section(*id).into_owned(), String::new(), *id, split.clone())
    };
    page.table(language.of("Mục", "Section"), view::Key::Section, totals.sections.iter().map(section))?;
    Ok(page.sheet)
}

/// The sheet as it is being written.
struct Page<'a> {
    book: &'a Book<'a>,
    sheet: Worksheet,
    row: u32,
    /// The last row of the sheet by section, from 1.
    last: u32,
    /// The cell of the total.
    sum: String,
}

impl Page<'_> {
    /// Which state of which draft this is.
    fn identity(&mut self, latest: Timestamp) -> Result<(), XlsxError> {
        let (language, snapshot) = (self.book.language, self.book.snapshot);
        let title =
            language.of("TỔNG HỢP Ý KIẾN GÓP Ý, TIẾP THU, GIẢI TRÌNH", "COMMENTS AND HOW THEY WERE RESOLVED");
        let plain = Format::new().set_font_name(FONT);
        self.sheet.write_string_with_format(0, 0, title, &plain.clone().set_bold().set_font_size(14))?;
        let lines = [
            (language.of("Dự thảo", "Draft"), snapshot.draft.title.clone()),
            (language.of("Mã dự thảo", "Draft id"), snapshot.draft.id.to_string()),
            (language.of("Bản dự thảo", "Version"), snapshot.draft.version.to_string()),
            (language.of("Phiên bản dữ liệu", "Revision"), snapshot.revision.to_string()),
            (language.of("Cập nhật đến", "As of"), latest.to_string()),
        ];
        for ((name, value), row) in lines.into_iter().zip(1..) {
            self.sheet.write_string_with_format(row, 0, name, &plain)?;
            self.sheet.write_string_with_format(row, CODE, value, &plain)?;
            self.row = row + 2;
        }
        Ok(())
    }

    /// All comments: each has a section.
    fn all(&mut self) -> Result<(), XlsxError> {
        let formula = format!("=COUNT({})", self.keys(view::Key::Section));
        self.sheet.write_string_with_format(
            self.row,
            0,
            self.book.language.of("Tổng số ý kiến", "Comments"),
            &text().set_bold(),
        )?;
        self.sum = absolute(TOTAL, self.row);
        self.count(TOTAL, &formula, self.book.totals.all, true)?;
        self.row += 2;
        Ok(())
    }

    fn statuses(&mut self) -> Result<(), XlsxError> {
        let language = self.book.language;
        self.headings(&[language.of("Trạng thái", "Status"), "", language.of("Số ý kiến", "Comments")])?;
        let first = self.row;
        for (status, count) in &self.book.totals.statuses {
            self.sheet.write_string_with_format(self.row, 0, language.status(*status), &text())?;
            self.sheet.write_string(self.row, KEY, status.as_str())?;
            let formula = format!("=COUNTIF({},{})", self.keys(view::Key::Status), absolute(KEY, self.row));
            self.count(TOTAL, &formula, *count, false)?;
            self.row += 1;
        }
        self.sums(first, &[(TOTAL, self.book.totals.all)])
    }

    /// A table of counts by a key, and by key and status.
    fn table(
        &mut self,
        title: &str,
        key: view::Key,
        rows: impl Iterator<Item = Row>,
    ) -> Result<(), XlsxError> {
        let language = self.book.language;
        let code = if matches!(key, view::Key::Section) { "" } else { language.of("Mã", "Code") };
        let mut headings = vec![title, code, language.of("Số ý kiến", "Comments")];
        headings.extend(Status::ALL.iter().map(|status| language.status(*status)));
        self.headings(&headings)?;
        let first = self.row;
        let (keys, statuses) = (self.keys(key), self.keys(view::Key::Status));
        for (name, code, id, split) in rows {
            self.sheet.write_string_with_format(self.row, 0, name, &text())?;
            self.sheet.write_string_with_format(self.row, CODE, code, &text())?;
            let cell = absolute(KEY, self.row);
            self.count(TOTAL, &format!("=COUNTIF({keys},{cell})"), split.values().sum(), false)?;
            for (status, column) in Status::ALL.iter().zip(STATUSES..) {
                let formula = format!("=COUNTIFS({keys},{cell},{statuses},\"{}\")", status.as_str());
                self.count(column, &formula, split.get(status).copied().unwrap_or_default(), false)?;
            }
            view::write_number(&mut self.sheet, self.row, KEY, id)?;
            self.row += 1;
        }
        let totals = &self.book.totals;
        let mut sums = vec![(TOTAL, totals.all)];
        sums.extend((STATUSES..).zip(totals.statuses.values().copied()));
        self.sums(first, &sums)
    }

    fn headings(&mut self, headings: &[&str]) -> Result<(), XlsxError> {
        for (column, words) in (0..).zip(headings) {
            self.sheet.write_string_with_format(self.row, column, *words, &heading())?;
        }
        self.row += 1;
        Ok(())
    }

    /// The sums of the rows since the first, and whether they are what they must be.
    fn sums(&mut self, first: u32, sums: &[(u16, i64)]) -> Result<(), XlsxError> {
        let language = self.book.language;
        self.sheet.write_string_with_format(self.row, 0, language.of("Cộng", "Sum"), &text().set_bold())?;
        // A table without rows sums up its row of headings, which is no number.
        let last = self.row.saturating_sub(1);
        for (column, sum) in sums {
            let (from, to) = (absolute(*column, first.min(last)), absolute(*column, last));
            self.count(*column, &format!("=SUM({from}:{to})"), *sum, true)?;
        }
        let sum = absolute(TOTAL, self.row);
        self.row += 1;
        let agrees = language.of("Khớp: tổng = ", "Agrees: total = ");
        let differs = language.of("KHÔNG KHỚP: tổng = ", "DOES NOT AGREE: total = ");
        let all = &self.sum;
        let formula = format!("=IF({sum}={all},\"{agrees}\"&{sum},\"{differs}\"&{sum}&\" ≠ \"&{all})");
        let formula = Formula::new(formula).set_result(format!("{agrees}{}", self.book.totals.all));
        let format = Format::new().set_font_name(FONT).set_italic();
        self.sheet.write_formula_with_format(self.row, 0, formula, &format)?;
        self.row += 2;
        Ok(())
    }

    /// A formula in this row, whose result is known.
    fn count(&mut self, column: u16, formula: &str, result: i64, bold: bool) -> Result<(), XlsxError> {
        let format = text().set_align(FormatAlign::Right).set_num_format("#,##0;-#,##0;\"–\"");
        let format = if bold { format.set_bold() } else { format };
        let formula = Formula::new(formula).set_result(result.to_string());
        self.sheet.write_formula_with_format(self.row, column, formula, &format).map(|_| ())
    }

    /// A column of keys on the sheet by section.
    fn keys(&self, key: view::Key) -> String {
        let sheet = self.book.sheet_name(Group::Section);
        let column = column_number_to_name(key.column());
        format!("'{sheet}'!${column}$2:${column}${}", self.last)
    }
}

/// A cell's name that does not move when it is copied: `$C$8`.
fn absolute(column: u16, row: u32) -> String {
    format!("${}${}", column_number_to_name(column), row + 1)
}
