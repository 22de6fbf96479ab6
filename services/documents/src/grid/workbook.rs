//! The sheets of an `.xlsx` workbook, as text.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx};
use ykien_domain::{Error, Result};

use super::gather::Room;
use super::{Grid, parts};

/// Every worksheet of a workbook, hidden ones too, in the workbook's order. Strings are as they are, rich text joined; numbers
/// and dates are written as `12.5`, `2020-07-24`, `2020-07-24 17:00:00`; formulas have their last value; errors are
/// `#REF!`.
///
/// # Errors
/// `INVALID_FIELD` naming `field`: no workbook, damaged, or past a bound of [`super`] or [`crate::package`].
pub fn xlsx(field: &str, bytes: &[u8]) -> Result<Vec<Grid>> {
    parts::check(field, bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))
        .map_err(|_| Error::field(field, "is a workbook that can't be read: save it again as .xlsx"))?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut room = Room::new(field);
    let mut grids = Vec::with_capacity(names.len());
    for name in names {
        let mut grid = Grid { name, rows: Vec::new() };
        let mut last = 0;
        let damaged = |last: u32, name: &str| {
            Error::field(field, format!("the sheet {name:?} can't be read after its row {last}"))
        };
        let mut cells = book.worksheet_cells_reader(&grid.name).map_err(|_| damaged(0, &grid.name))?;
        while let Some(cell) = cells.next_cell().map_err(|_| damaged(last, &grid.name))? {
            let (row, column) = cell.get_position();
            last = row.saturating_add(1);
            room.put(&mut grid, last, usize::try_from(column).unwrap_or(usize::MAX), text(cell.get_value()))?;
        }
        grids.push(grid);
    }
    Ok(grids)
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(date) => date_time(date),
        DataRef::DateTimeIso(text) => match text.split_once('T') {
            Some((date, time)) if time.trim_matches(['0', ':', '.', 'Z']).is_empty() => date.to_owned(),
            Some((date, time)) => format!("{date} {time}"),
            None => text.clone(),
        },
        DataRef::DurationIso(text) => text.clone(),
    }
}

/// A number to the 15 digits that a spreadsheet shows: 0.1 + 0.2 is 0.3.
fn decimal(number: f64) -> String {
    let shown = format!("{number:.14e}").parse().unwrap_or(number);
    // Minus zero is zero.
    format!("{}", shown + 0.0)
}

/// A date, a time of day, both, or hours that may be more than a day's.
fn date_time(date: &ExcelDateTime) -> String {
    let serial = date.as_f64();
    // 9999-12-31 is 2,958,465; a spreadsheet shows no date outside either.
    if !(0.0..2_958_466.0).contains(&serial) {
        return decimal(serial);
    }
    if date.is_duration() {
        // In range, so it fits.
        let seconds = (serial * 86_400.0).round() as u64;
        return format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if serial < 1.0 {
        return time;
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    if time == "00:00:00" { day } else { format!("{day} {time}") }
}
