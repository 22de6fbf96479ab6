//! A table's rows: cells side by side, and how a row is parted between two pages.
//!
//! All lengths here are points.

use super::lines::{self, Line};
use super::millimetres;
use super::sheet::{Mark, Sheet};

/// What a cell keeps free between its lines and its words: at its sides, at its top and foot. Millimetres.
const PADDING: (f32, f32) = (1.5, 0.8);
/// The same where no lines are drawn.
const BARE_PADDING: (f32, f32) = (0.2, 0.0);

/// Where a table's columns begin and end, from the left edge of the text.
#[derive(Debug)]
pub(super) struct Columns(Vec<f32>);

impl Columns {
    /// Columns that share `width` in the proportion of `shares`; equal ones where no share is more than 0.
    pub(super) fn new(shares: &[f32], width: f32) -> Self {
        let mut shares: Vec<f32> =
            shares.iter().map(|share| if share.is_finite() { share.max(0.0) } else { 0.0 }).collect();
        if shares.iter().sum::<f32>() <= 0.0 {
            shares = vec![1.0; shares.len().max(1)];
        }
        let total: f32 = shares.iter().sum();
        let mut edges = vec![0.0];
        let mut taken = 0.0;
        for share in shares {
            taken += share;
            edges.push(width * taken / total);
        }
        Self(edges)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The left and right edge of so many columns from one of them on; none past the last.
    pub(super) fn edges(&self, from: usize, span: usize) -> Option<(f32, f32)> {
        let right = self.0.get((from + span).min(self.len()))?;
        Some((*self.0.get(from).filter(|_| from < self.len())?, *right))
    }
}

/// A cell with its words in lines.
#[derive(Debug, Clone)]
pub(super) struct LaidCell {
    /// Its edges, from the left edge of the text.
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) lines: Vec<Line>,
    /// The space after its last paragraph.
    pub(super) after: f32,
    pub(super) shaded: bool,
}

impl LaidCell {
    fn height(&self) -> f32 {
        lines::height(&self.lines) + self.after
    }
}

/// A row, or what is left of it.
#[derive(Debug, Clone)]
pub(super) struct LaidRow {
    pub(super) cells: Vec<LaidCell>,
    pub(super) borders: bool,
    /// Whether it heads the table: its words stand in the middle of the row.
    pub(super) header: bool,
}

/// What cells keep free at their sides, and at their top and foot.
pub(super) fn padding(borders: bool) -> (f32, f32) {
    let (sides, ends) = if borders { PADDING } else { BARE_PADDING };
    (millimetres(sides), millimetres(ends))
}

impl LaidRow {
    pub(super) fn height(&self) -> f32 {
        let ends = 2.0 * padding(self.borders).1;
        ends + self.cells.iter().map(LaidCell::height).fold(0.0, f32::max)
    }

    /// What has to fit on a page for the row to begin there: two lines of each cell.
    pub(super) fn least(&self) -> f32 {
        let two = |cell: &LaidCell| lines::height(cell.lines.get(..2).unwrap_or(&cell.lines));
        2.0 * padding(self.borders).1 + self.cells.iter().map(two).fold(0.0, f32::max)
    }

    /// Parts the row: what fits in `room` is taken off it. None when nothing fits; when it has to, a line of each cell is taken
    /// even so.
    pub(super) fn part(&mut self, room: f32, has_to: bool) -> Option<LaidRow> {
        let room = room - 2.0 * padding(self.borders).1;
        let mut fitting: Vec<usize> = self
            .cells
            .iter()
            .map(|cell| {
                let mut height = 0.0;
                let fits = |line: &&Line| {
                    height += line.gap + line.height;
                    height <= room
                };
                cell.lines.iter().take_while(fits).count()
            })
            .collect();
        if fitting.iter().all(|count| *count == 0) {
            if !has_to {
                return None;
            }
            fitting = self.cells.iter().map(|cell| cell.lines.len().min(1)).collect();
        }
        let mut cells = Vec::with_capacity(self.cells.len());
        for (cell, count) in self.cells.iter_mut().zip(fitting) {
            let rest = cell.lines.split_off(count);
            let lines = std::mem::replace(&mut cell.lines, rest);
            if let Some(line) = cell.lines.first_mut() {
                line.gap = 0.0;
            }
            // What follows the last line belongs to the part that has it.
            let after = if cell.lines.is_empty() { std::mem::take(&mut cell.after) } else { 0.0 };
            cells.push(LaidCell { lines, after: after.min(room), ..*cell });
        }
        Some(LaidRow { cells, borders: self.borders, header: self.header })
    }

    /// Sets the row on a page, where the page is filled to.
    pub(super) fn set(self, sheet: &mut Sheet) {
        let (top, left) = (sheet.y, sheet.frame.left);
        let (sides, ends) = padding(self.borders);
        let bottom = top + self.height();
        let edges = |cell: &LaidCell| (left + cell.left, top, left + cell.right, bottom);
        let shaded: Vec<_> = self.cells.iter().filter(|cell| cell.shaded).map(edges).collect();
        if !shaded.is_empty() {
            sheet.marks.push(Mark::Shades(shaded));
        }
        if self.borders {
            sheet.marks.push(Mark::Borders(self.cells.iter().map(edges).collect()));
        }
        for cell in self.cells {
            let mut y = top + ends;
            if self.header {
                y += ((bottom - top) / 2.0 - ends - cell.height() / 2.0).max(0.0);
            }
            for line in cell.lines {
                y += line.gap;
                let height = line.height;
                sheet.set(line, left + cell.left + sides, y);
                y += height;
            }
        }
        sheet.y = bottom;
    }
}
