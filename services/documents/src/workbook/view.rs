//! A sheet with every comment, in the order of a group.

use rust_xlsxwriter::{Worksheet, XlsxError};
use ykien_domain::model::Comment;
use ykien_domain::query::Group;

use super::{Book, heading, pieces, text};
use crate::records::{Column, Value};

/// How many columns are printed, the mark of rows that go on among them: those up to the explanation.
const PRINTED: u16 = 11;
/// The column of the mark.
const MARK: u16 = 2;

/// What the formulas of the totals look at: columns of the sheet by section, right of all others and hidden. A row in which
/// a text goes on has none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Section,
    Status,
    Agency,
    Responsible,
}

impl Key {
    const ALL: [Self; 4] = [Self::Section, Self::Status, Self::Agency, Self::Responsible];

    /// Its column.
    pub(super) fn column(self) -> u16 {
        let first = width(Column::ALL.len()) + 1;
        match self {
            Self::Section => first,
            Self::Status => first + 1,
            Self::Agency => first + 2,
            Self::Responsible => first + 3,
        }
    }
}

/// A number of columns as the library counts them.
fn width(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// How wide a column is, in characters.
fn characters(column: Column) -> f64 {
    match column {
        Column::Number | Column::Late | Column::Round => 7.0,
        Column::Title | Column::Quote | Column::Speaker | Column::Received => 18.0,
        Column::Section => 24.0,
        Column::Text => 46.0,
        Column::ProposedChange => 32.0,
        Column::Explanation => 36.0,
        _ => 13.0,
    }
}

/// Whether it says what is long: where a text goes on in a row below, the others say again what they said, for whoever filters or
/// sorts by them.
fn is_long(column: Column) -> bool {
    use Column::{Explanation, ProposedChange, Quote, Text, Title};
    matches!(column, Title | Quote | Text | ProposedChange | Explanation)
}

/// A sheet that is being written.
pub(super) struct View<'a> {
    book: &'a Book<'a>,
    group: Group,
    sheet: Worksheet,
    /// With its place: the group's column, the number, the mark, and the others in their order.
    columns: Vec<(u16, Column)>,
    /// The rows written.
    rows: u32,
}

impl<'a> View<'a> {
    /// Writes the headings.
    pub(super) fn begin(book: &'a Book<'a>, group: Group, mut sheet: Worksheet) -> Result<Self, XlsxError> {
        let first = [Column::of(group), Column::Number];
        let others = Column::ALL.into_iter().filter(|column| !first.contains(column));
        let places = (0..).filter(|place| *place != MARK);
        let columns: Vec<_> = places.zip(first.into_iter().chain(others)).collect();
        sheet.set_name(book.sheet_name(group))?;
        let (text, heading) = (text(), heading());
        let last = width(columns.len());
        for place in 0..=last {
            sheet.set_column_format(place, &text)?;
        }
        sheet.set_column_width(MARK, 6)?;
        for (place, column) in &columns {
            sheet.set_column_width(*place, characters(*column))?;
            sheet.write_string_with_format(0, *place, column.heading(book.language), &heading)?;
        }
        sheet.write_string_with_format(0, MARK, book.language.of("Tiếp theo", "Goes on"), &heading)?;
        sheet.set_freeze_panes(1, MARK + 1)?.set_repeat_rows(0, 0)?.set_print_gridlines(true);
        let mut view = Self { book, group, sheet, columns, rows: 1 };
        if view.has_keys() {
            for (key, name) in Key::ALL.into_iter().zip(["section", "status", "agency", "responsible"]) {
                view.sheet.write_string(0, key.column(), name)?.set_column_hidden(key.column())?;
            }
        }
        Ok(view)
    }

    /// The formulas look at one sheet; the others need not carry what they look at.
    fn has_keys(&self) -> bool {
        self.group == Group::Section
    }

    /// Writes a comment.
    pub(super) fn add(&mut self, comment: &Comment) -> Result<(), XlsxError> {
        if self.has_keys() {
            self.add_keys(comment)?;
        }
        let names = &self.book.names;
        let mut left = Vec::new();
        for (place, column) in &self.columns {
            match names.value(*column, comment) {
                Value::Empty => {}
                Value::Number(number) => write_number(&mut self.sheet, self.rows, *place, number)?,
                Value::Text(text) => {
                    let (piece, rest) = pieces::split(&text);
                    if !rest.is_empty() {
                        left.push((*place, rest.to_owned()));
                        self.sheet.write_string(self.rows, *place, piece)?;
                        continue;
                    }
                    self.sheet.write_string(self.rows, *place, text)?;
                }
            }
        }
        self.rows += 1;
        self.go_on(comment, left)
    }

    fn add_keys(&mut self, comment: &Comment) -> Result<(), XlsxError> {
        let number = |code| self.book.agencies.get(code).copied().unwrap_or_default();
        let (agency, responsible) = (number(&comment.agency), number(&comment.responsible));
        let (row, sheet) = (self.rows, &mut self.sheet);
        write_number(sheet, row, Key::Section.column(), comment.content.anchor.section)?;
        sheet.write_string(row, Key::Status.column(), comment.status.as_str())?;
        sheet.write_number(row, Key::Agency.column(), agency)?;
        sheet.write_number(row, Key::Responsible.column(), responsible)?;
        Ok(())
    }

    /// Writes what is left of a comment's texts into rows of their own.
    fn go_on(&mut self, comment: &Comment, mut left: Vec<(u16, String)>) -> Result<(), XlsxError> {
        let split: Vec<u16> = left.iter().map(|(place, _)| *place).collect();
        while !left.is_empty() {
            let mark = self.book.language.of("(tiếp)", "(cont.)");
            self.sheet.write_string(self.rows, MARK, mark)?;
            for (place, column) in &self.columns {
                if is_long(*column) || split.contains(place) {
                    continue;
                }
                match self.book.names.value(*column, comment) {
                    Value::Empty => {}
                    Value::Number(number) => write_number(&mut self.sheet, self.rows, *place, number)?,
                    Value::Text(text) => _ = self.sheet.write_string(self.rows, *place, text)?,
                }
            }
            for (place, text) in &mut left {
                let (piece, rest) = pieces::split(text);
                self.sheet.write_string(self.rows, *place, piece)?;
                *text = rest.to_owned();
            }
            left.retain(|(_, text)| !text.is_empty());
            self.rows += 1;
        }
        Ok(())
    }

    /// The sheet, and how many rows it has.
    pub(super) fn end(mut self) -> Result<(Worksheet, u32), XlsxError> {
        let last = self.rows - 1;
        self.sheet.autofilter(0, 0, last, width(self.columns.len()))?;
        self.sheet.set_print_area(0, 0, last, PRINTED - 1)?;
        Ok((self.sheet, self.rows))
    }
}

/// Numbers of things are far below 2⁵³, where cells stop being exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn write_number(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    number: i64,
) -> Result<(), XlsxError> {
    sheet.write_number(row, column, number as f64).map(|_| ())
}
