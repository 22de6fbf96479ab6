//! The consolidated summary as a workbook: the totals, then every comment by section, by status, by responsible agency and by agency.
//!
//! The sheets are written row by row: only one row is in memory. The rows before it wait in temporary files without a name until
//! the archive is packed: for 100,000 comments of some 300 characters 630 MB, in the machine's temporary folder. Text is never
//! cut: what a cell can't hold goes on in rows directly below. The totals are formulas over the sheet by section, each with the
//! snapshot's own count as its result for programs that do not calculate.

mod pieces;
mod totals;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use ykien_domain::ids::AgencyCode;
use ykien_domain::query::Group;
use ykien_domain::time::Timestamp;
use ykien_domain::{Error, Reason, Result};

use crate::records::{Names, Totals, check_all_listed, unwritten};
use crate::snapshot::{Comments, Snapshot};
use crate::words::Language;

/// The most rows of a sheet; the row of headings, and those where long texts go on, are among them.
pub const MAX_ROWS: u32 = 1_048_576;

/// The type on all sheets.
const FONT: &str = "Times New Roman";
/// zlib's level. The file is written in 0.6 of the time that the usual 6 takes, and is a sixth larger; at 1 it would be half as
/// large again, for a tenth of the time.
const COMPRESSION: u8 = 2;

/// The sheets of comments, in their order.
const VIEWS: [Group; 4] = [Group::Section, Group::Status, Group::Responsible, Group::Agency];

/// Writes the workbook.
///
/// # Errors
/// Those of `comments`; `LIMIT_EXCEEDED` when they need more than [`MAX_ROWS`]; `INTERNAL` when the file can't be written, or when
/// there are more or fewer comments than the snapshot counts.
pub fn write(
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    language: Language,
    out: &mut (impl Write + Send),
) -> Result<()> {
    // The library panics where a temporary file can't be written, as on a full disk.
    let work = AssertUnwindSafe(|| Book::of(snapshot, language).write(comments, out));
    catch_unwind(work).unwrap_or_else(|_| Err(unwritten("XLSX")))
}

/// What all sheets share.
struct Book<'a> {
    snapshot: &'a Snapshot,
    language: Language,
    names: Names<'a>,
    totals: Totals<'a>,
    /// Each agency's number, by which formulas know it: a spreadsheet takes `37.1` and `37.10` for equal, and `h37` and `H37`, too.
    agencies: BTreeMap<&'a AgencyCode, u32>,
}

impl<'a> Book<'a> {
    fn of(snapshot: &'a Snapshot, language: Language) -> Self {
        let totals = Totals::of(snapshot);
        let codes: BTreeSet<_> = totals.agencies.keys().chain(totals.responsible.keys()).copied().collect();
        Self {
            snapshot,
            language,
            names: Names::of(snapshot, language),
            totals,
            agencies: codes.into_iter().zip(1..).collect(),
        }
    }

    fn write(&self, comments: &mut dyn Comments, out: &mut (impl Write + Send)) -> Result<()> {
        if self.totals.all >= i64::from(MAX_ROWS) {
            return Err(too_many());
        }
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(COMPRESSION);
        let sheet = |workbook: &mut Workbook| workbook.new_worksheet_with_constant_memory().map_err(broken);
        let first = sheet(&mut workbook)?;
        let mut views = Vec::new();
        // A workbook shows one state of a draft: it is as old as the last change that it tells of.
        let mut latest = self.snapshot.draft.created_at;
        for group in VIEWS {
            let mut view = view::View::begin(self, group, sheet(&mut workbook)?).map_err(broken)?;
            let mut listed = 0;
            for comment in comments.collect(group)? {
                let comment = comment?;
                latest = latest.max(comment.created_at).max(comment.updated_at);
                view.add(&comment).map_err(broken)?;
                listed += 1;
            }
            check_all_listed(self.snapshot, listed)?;
            views.push(view.end().map_err(broken)?);
        }
        let rows = views.first().map_or(1, |(_, rows)| *rows);
        let sheets = [totals::write(self, first, rows, latest).map_err(broken)?];
        for mut sheet in sheets.into_iter().chain(views.into_iter().map(|(sheet, _)| sheet)) {
            self.set_page(&mut sheet, latest);
            workbook.push_worksheet(sheet);
        }
        workbook.set_properties(&self.properties(latest).map_err(broken)?);
        workbook.save_to_writer(out).map_err(broken)
    }

    fn sheet_name(&self, group: Group) -> &'static str {
        match group {
            Group::Section => self.language.of("Theo mục", "By section"),
            Group::Status => self.language.of("Theo trạng thái", "By status"),
            Group::Responsible => self.language.of("Theo CQ chịu trách nhiệm", "By responsible agency"),
            Group::Agency => self.language.of("Theo cơ quan góp ý", "By agency"),
        }
    }

    /// Which state of the draft this is: `nq20 · phiên bản dữ liệu 215`.
    fn state(&self) -> String {
        let Snapshot { draft, revision, .. } = self.snapshot;
        format!("{} · {} {revision}", draft.id, self.language.of("phiên bản dữ liệu", "revision"))
    }

    /// A4, turned, as wide as the page, with the state of the draft at the foot.
    fn set_page(&self, sheet: &mut Worksheet, latest: Timestamp) {
        const A4: u8 = 9;
        let until = self.language.of("cập nhật đến", "as of");
        sheet
            .set_paper_size(A4)
            .set_landscape()
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.4, 0.4, 0.4, 0.6, 0.3, 0.3)
            .set_footer(format!("&L{}&C&P/&N&R{until} {latest}", self.state()));
    }

    fn properties(&self, latest: Timestamp) -> Result<DocProperties, XlsxError> {
        let Snapshot { draft, .. } = self.snapshot;
        Ok(DocProperties::new()
            .set_title(&draft.title)
            .set_subject(self.state())
            .set_author(self.snapshot.name(&draft.drafting_agency))
            .set_creation_datetime(&ExcelDateTime::from_timestamp(latest.0.div_euclid(1_000_000))?))
    }
}

/// Words that stay in their column.
fn text() -> Format {
    Format::new().set_font_name(FONT).set_align(FormatAlign::Top).set_text_wrap()
}

/// What stands above a column.
fn heading() -> Format {
    text().set_bold().set_align(FormatAlign::Center).set_background_color(0x00D9_E2F3)
}

/// The library's errors, as they are told.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` wants it")]
fn broken(error: XlsxError) -> Error {
    match error {
        XlsxError::RowColumnLimitError => too_many(),
        _ => unwritten("XLSX"),
    }
}

fn too_many() -> Error {
    let message =
        format!("a sheet of an .xlsx file has at most {MAX_ROWS} rows: take the .csv or the .json file");
    Error::new(Reason::LimitExceeded, message)
}
