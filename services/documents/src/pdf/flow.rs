//! Blocks flow onto pages: what fits stands together, what does not goes on on the next page.

use std::mem;

use ykien_domain::{Error, Reason, Result};

use super::fonts::Fonts;
use super::lines::{self, Line};
use super::millimetres;
use super::sheet::{Frame, Sheet};
use super::structure::{Owner, Role, Structure};
use super::table::{Columns, LaidCell, LaidRow, padding};
use crate::layout::{Align, Cell, Pages, Paragraph, Run, Table};

/// A row up to this part of a page's height is moved whole to the next page; a higher one is parted.
const SMALL_ROW: f32 = 0.25;
/// What must stay together, up to this part of a page's height, stays together.
const KEPT: f32 = 0.5;
/// Header rows up to this part of a page's height stand again on each page.
const REPEATED: f32 = 0.5;
/// Number of the page: the text's own type size, points.
const NUMBER_SIZE: f32 = 13.0;
/// Where the number's baseline stands: this part of the upper margin from the page's edge.
const NUMBER_AT: f32 = 0.66;
/// The foot's type size, points.
const FOOT_SIZE: f32 = 9.0;
/// Between the text and the foot, and between the foot and the page's edge, millimetres.
const FOOT_SPACE: (f32, f32) = (3.5, 6.0);

/// What is laid and waits for its place.
enum Block {
    Paragraph { lines: Vec<Line>, after: f32 },
    Row(LaidRow),
}

impl Block {
    fn height(&self) -> f32 {
        match self {
            Self::Paragraph { lines, after } => lines::height(lines) + after,
            Self::Row(row) => row.height(),
        }
    }

    /// What of it must stand on a page for it to begin there: two lines, but three of three, so that none is left alone.
    fn least(&self, page: f32) -> f32 {
        match self {
            Self::Paragraph { lines, .. } if lines.len() <= 3 => lines::height(lines),
            Self::Paragraph { lines, .. } => lines::height(lines.get(..2).unwrap_or_default()),
            Self::Row(row) if row.height() <= page * SMALL_ROW => row.height(),
            Self::Row(row) => row.least(),
        }
    }
}

/// A table that is open.
struct OpenTable {
    columns: Columns,
    borders: bool,
    /// The header rows, for the pages that follow.
    header: Vec<LaidRow>,
    /// Whether a row after the header stands already.
    begun: bool,
    /// Whether an element of the structure holds the rows after the header.
    body: bool,
}

/// The pages as they fill. Full ones leave by [`Flow::full`].
pub(super) struct Flow {
    pub(super) fonts: Fonts,
    pub(super) structure: Structure,
    sheet: Sheet,
    foot: Vec<Line>,
    /// What stays with what comes next.
    held: Vec<Block>,
    table: Option<OpenTable>,
    full: Vec<Sheet>,
}

impl Flow {
    pub(super) fn new() -> Result<Self> {
        let frame = Frame::new(Pages::default().orientation);
        Ok(Self {
            fonts: Fonts::new()?,
            structure: Structure::default(),
            sheet: Sheet::new(frame, 1),
            foot: Vec::new(),
            held: Vec::new(),
            table: None,
            full: Vec::new(),
        })
    }

    /// The pages that are full by now, in order.
    pub(super) fn full(&mut self) -> Vec<Sheet> {
        mem::take(&mut self.full)
    }

    pub(super) fn pages(&mut self, pages: &Pages) -> Result<()> {
        self.outside_table()?;
        self.place_held();
        if !self.sheet.fresh {
            self.turn();
        }
        let mut frame = Frame::new(pages.orientation);
        let foot = Paragraph {
            runs: vec![Run { text: pages.footer.clone(), ..Run::default() }],
            align: Align::Centre,
            size: FOOT_SIZE,
            ..Paragraph::default()
        };
        self.foot = Vec::new();
        if !pages.footer.is_empty() {
            self.foot = lines::lay(&self.fonts, &foot, frame.width(), Owner::Pagination);
            // A long foot takes from the text, not from the page's edge.
            let space = millimetres(FOOT_SPACE.0 + FOOT_SPACE.1) + lines::height(&self.foot);
            frame.bottom = frame.bottom.min(frame.page.1 - space).max(frame.top + frame.height() / 2.0);
        }
        self.sheet = Sheet::new(frame, self.sheet.number);
        Ok(())
    }

    pub(super) fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()> {
        self.outside_table()?;
        let owner = self.owner(paragraph, 0);
        let lines = lines::lay(&self.fonts, paragraph, self.sheet.frame.width(), owner);
        let after = paragraph.after.max(0.0);
        self.add(Block::Paragraph { lines, after }, paragraph.keep_with_next);
        Ok(())
    }

    pub(super) fn table(&mut self, table: &Table) -> Result<()> {
        self.outside_table()?;
        let columns = Columns::new(&table.columns, self.sheet.frame.width());
        let mut open =
            OpenTable { columns, borders: table.borders, header: Vec::new(), begun: false, body: false };
        if table.borders {
            self.structure.element(0, Role::Table);
            if !table.header.is_empty() {
                self.structure.element(1, Role::TableHead);
            }
        }
        for cells in &table.header {
            let row = self.lay_row(&open, cells, true)?;
            let mut again = row.clone();
            for line in again.cells.iter_mut().flat_map(|cell| &mut cell.lines) {
                line.owner = Owner::Layout;
                line.heading = None;
            }
            open.header.push(again);
            self.held.push(Block::Row(row));
        }
        let height: f32 = open.header.iter().map(LaidRow::height).sum();
        if height > self.sheet.frame.height() * REPEATED {
            open.header.clear();
        }
        self.table = Some(open);
        Ok(())
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let mut open =
            self.table.take().ok_or_else(|| Error::new(Reason::Internal, "a row stands outside a table"))?;
        if open.borders && !open.body {
            self.structure.element(1, Role::TableBody);
            open.body = true;
        }
        let row = self.lay_row(&open, cells, false);
        self.table = Some(open);
        let mut paragraphs = cells.iter().flat_map(|cell| &cell.paragraphs).peekable();
        let kept = paragraphs.peek().is_some() && paragraphs.all(|paragraph| paragraph.keep_with_next);
        self.add(Block::Row(row?), kept);
        Ok(())
    }

    pub(super) fn end_table(&mut self) -> Result<()> {
        if self.table.is_none() {
            return Err(Error::new(Reason::Internal, "no table is open"));
        }
        self.place_held();
        self.table = None;
        Ok(())
    }

    /// Ends the last page.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.outside_table()?;
        self.place_held();
        if !self.sheet.fresh || self.sheet.number == 1 {
            self.turn();
        }
        Ok(())
    }

    fn outside_table(&self) -> Result<()> {
        if self.table.is_some() {
            return Err(Error::new(Reason::Internal, "a table is still open"));
        }
        Ok(())
    }

    fn owner(&mut self, paragraph: &Paragraph, depth: u8) -> Owner {
        let role = match paragraph.outline {
            0 => Role::Paragraph,
            level => Role::Heading(level.min(9)),
        };
        self.structure.element(depth, role)
    }

    fn lay_row(&mut self, table: &OpenTable, cells: &[Cell], header: bool) -> Result<LaidRow> {
        let sides = padding(table.borders).0;
        if table.borders {
            self.structure.element(2, Role::Row);
        }
        let mut row = LaidRow { cells: Vec::with_capacity(cells.len()), borders: table.borders, header };
        let mut column = 0;
        for cell in cells {
            let span = cell.span.max(1);
            let (left, right) = table.columns.edges(column, span.into()).ok_or_else(|| {
                let columns = table.columns.len();
                Error::new(Reason::Internal, format!("a row has cells past its table's {columns} columns"))
            })?;
            column += usize::from(span);
            if table.borders {
                self.structure.element(3, if header { Role::HeaderCell(span) } else { Role::Cell(span) });
            }
            let mut laid = LaidCell { left, right, lines: Vec::new(), after: 0.0, shaded: cell.shaded };
            for paragraph in &cell.paragraphs {
                // Where nothing is drawn, a table is no table to who hears it read.
                let owner = self.owner(paragraph, if table.borders { 4 } else { 0 });
                let width = (right - left - 2.0 * sides).max(1.0);
                let mut lines = lines::lay(&self.fonts, paragraph, width, owner);
                if let Some(line) = lines.first_mut() {
                    line.gap += laid.after;
                }
                laid.lines.append(&mut lines);
                laid.after = paragraph.after.max(0.0);
            }
            row.cells.push(laid);
        }
        Ok(row)
    }

    fn add(&mut self, block: Block, kept: bool) {
        self.held.push(block);
        let height: f32 = self.held.iter().map(Block::height).sum();
        if !kept || height > self.sheet.frame.height() * KEPT {
            self.place_held();
        }
    }

    /// Places what was held together, on a new page if this one has no room for all of it and for the beginning of its last block.
    fn place_held(&mut self) {
        let held = mem::take(&mut self.held);
        let page = self.sheet.frame.height();
        let Some((last, kept)) = held.split_last() else { return };
        let least = kept.iter().map(Block::height).sum::<f32>() + last.least(page);
        if !self.sheet.fresh && self.sheet.room() < least && least <= page {
            self.turn();
        }
        for block in held {
            match block {
                Block::Paragraph { lines, after } => self.place_paragraph(lines, after),
                Block::Row(row) => self.place_row(row),
            }
        }
    }

    fn place_paragraph(&mut self, mut lines: Vec<Line>, after: f32) {
        loop {
            let mut room = self.sheet.room();
            let mut fitting = 0;
            for (number, line) in lines.iter().enumerate() {
                let gap = if self.sheet.fresh && number == 0 { 0.0 } else { line.gap };
                room -= gap + line.height;
                if room < 0.0 {
                    break;
                }
                fitting += 1;
            }
            if fitting == lines.len() {
                self.set_lines(lines);
                self.sheet.gap = after;
                return;
            }
            // No line alone at the top of the next page, and none alone at the foot of this one.
            if lines.len() - fitting == 1 {
                fitting = fitting.saturating_sub(1);
            }
            if fitting < 2 {
                fitting = usize::from(self.sheet.fresh);
            }
            let rest = lines.split_off(fitting);
            self.set_lines(lines);
            lines = rest;
            self.turn();
        }
    }

    fn set_lines(&mut self, lines: Vec<Line>) {
        for line in lines {
            self.sheet.space(line.gap);
            let (x, y) = (self.sheet.frame.left, self.sheet.y);
            self.sheet.y += line.height;
            self.sheet.set(line, x, y);
        }
    }

    fn place_row(&mut self, mut row: LaidRow) {
        if let Some(table) = &mut self.table {
            table.begun |= !row.header;
        }
        loop {
            let room = self.sheet.room();
            if row.height() <= room {
                return self.set_row(row);
            }
            if !self.sheet.fresh && room < row.least() {
                self.turn();
                continue;
            }
            match row.part(room, self.sheet.fresh) {
                Some(part) if row.cells.iter().all(|cell| cell.lines.is_empty()) => {
                    return self.set_row(part);
                }
                Some(part) => self.set_row(part),
                None => {}
            }
            self.turn();
        }
    }

    fn set_row(&mut self, row: LaidRow) {
        self.sheet.space(0.0);
        row.set(&mut self.sheet);
    }

    /// Ends a page with its number and its foot, and begins the next one with the table's header.
    fn turn(&mut self) {
        let next = Sheet::new(self.sheet.frame, self.sheet.number + 1);
        let mut sheet = mem::replace(&mut self.sheet, next);
        let frame = sheet.frame;
        if sheet.number > 1 {
            let number = Paragraph {
                runs: vec![Run { text: sheet.number.to_string(), ..Run::default() }],
                align: Align::Centre,
                size: NUMBER_SIZE,
                ..Paragraph::default()
            };
            for line in lines::lay(&self.fonts, &number, frame.width(), Owner::Pagination) {
                let top = frame.top * NUMBER_AT - line.baseline;
                sheet.set(line, frame.left, top);
            }
        }
        let mut y = frame.page.1 - millimetres(FOOT_SPACE.1) - lines::height(&self.foot);
        for line in &self.foot {
            let height = line.height;
            sheet.set(line.clone(), frame.left, y);
            y += height;
        }
        self.full.push(sheet);
        if let Some(table) = self.table.as_ref().filter(|table| table.begun) {
            for row in table.header.clone() {
                row.set(&mut self.sheet);
            }
        }
    }
}
