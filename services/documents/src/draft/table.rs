//! Tables: rows of cells on a grid of columns.

use ykien_domain::Result;
use ykien_domain::outline::Paragraph;

use super::body::{Block, Body, is_wrapper};
use super::paragraph::of_cell;
use super::xml::{Tag, Xml};
use super::{MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TABLE_NESTING};

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    /// Whether it is drawn with lines. Without, it may only lay out a page.
    pub lines: bool,
}

/// A row; those that a tracked change deleted are left out.
#[derive(Debug, Default)]
pub struct Row {
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Default)]
pub struct Cell {
    /// The first column that it covers, from 0; always less than [`MAX_COLUMNS`].
    pub column: usize,
    /// How many columns it covers.
    pub span: usize,
    pub paragraphs: Vec<Paragraph>,
    /// Whether it has lines, where it says.
    lines: Option<bool>,
}

/// What `w:tblPr` says.
#[derive(Debug, Default)]
pub struct Properties {
    pub style: Option<String>,
    /// Whether there are lines, where it says.
    pub lines: Option<bool>,
}

impl Properties {
    /// Reads `w:tblPr`.
    pub fn read(xml: &mut Xml<'_>) -> Result<Self> {
        let mut properties = Self::default();
        while let Some(tag) = xml.child()? {
            match tag.word() {
                "tblStyle" => properties.style = xml.value(&tag)?,
                "tblBorders" => {
                    properties.lines = Some(lines(xml)?);
                    continue;
                }
                _ => {}
            }
            xml.skip()?;
        }
        Ok(properties)
    }
}

/// Whether any side of `w:tblBorders` or `w:tcBorders` is a line.
fn lines(xml: &mut Xml<'_>) -> Result<bool> {
    let mut lines = false;
    while let Some(side) = xml.child()? {
        lines |= !matches!(xml.value(&side)?.as_deref(), None | Some("nil" | "none"));
        xml.skip()?;
    }
    Ok(lines)
}

impl Body<'_> {
    /// Reads `w:tbl`.
    pub fn table(&mut self, nesting: usize, blocks: &mut Vec<Block>) -> Result<()> {
        let nesting = nesting + 1;
        if nesting > MAX_TABLE_NESTING {
            let message = format!("must have tables at most {MAX_TABLE_NESTING} deep in one another");
            return Err(self.xml.error(message));
        }
        let mut table = Table::default();
        self.rows_of(&mut table, nesting)?;
        let own = |cell: &Cell| cell.lines;
        let cells = || table.rows.iter().flat_map(|row| &row.cells);
        let every = cells().all(|cell| own(cell).is_some());
        table.lines = (table.lines && !every) || cells().any(|cell| own(cell) == Some(true));
        blocks.push(Block::Table(table));
        Ok(())
    }

    fn rows_of(&mut self, table: &mut Table, nesting: usize) -> Result<()> {
        while let Some(tag) = self.xml.child()? {
            match tag.word() {
                "tblPr" => {
                    let properties = Properties::read(&mut self.xml)?;
                    let style = self.styles.of(properties.style.as_deref());
                    table.lines = properties.lines.unwrap_or_else(|| style.is_some_and(|style| style.lines));
                }
                "tr" => self.row(table, nesting)?,
                name if is_wrapper(name) => self.rows_of(table, nesting)?,
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn row(&mut self, table: &mut Table, nesting: usize) -> Result<()> {
        self.rows += 1;
        if self.rows > MAX_ROWS {
            return Err(self.xml.error(format!("must have at most {MAX_ROWS} rows in its tables")));
        }
        let mut row = Row::default();
        let (mut column, mut deleted) = (0, false);
        self.cells_of(&mut row, &mut column, &mut deleted, nesting)?;
        if !deleted {
            table.rows.push(row);
        }
        Ok(())
    }

    fn cells_of(
        &mut self,
        row: &mut Row,
        column: &mut usize,
        deleted: &mut bool,
        nesting: usize,
    ) -> Result<()> {
        while let Some(tag) = self.xml.child()? {
            match tag.word() {
                "trPr" => {
                    while let Some(tag) = self.xml.child()? {
                        match tag.word() {
                            "gridBefore" => *column = self.covered(*column, &tag)?,
                            "del" => *deleted = true,
                            _ => {}
                        }
                        self.xml.skip()?;
                    }
                }
                "tc" => row.cells.push(self.cell(column, nesting)?),
                name if is_wrapper(name) => self.cells_of(row, column, deleted, nesting)?,
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn cell(&mut self, column: &mut usize, nesting: usize) -> Result<Cell> {
        let mut cell = Cell { column: *column, span: 1, ..Cell::default() };
        let mut blocks = Vec::new();
        let mut next = None;
        while let Some(tag) = self.xml.child()? {
            if tag.word() != "tcPr" {
                self.block(&tag, nesting, &mut blocks)?;
                continue;
            }
            while let Some(tag) = self.xml.child()? {
                match tag.word() {
                    "gridSpan" => next = Some(self.covered(*column, &tag)?.max(*column + 1)),
                    "tcBorders" => {
                        cell.lines = Some(lines(&mut self.xml)?);
                        continue;
                    }
                    _ => {}
                }
                self.xml.skip()?;
            }
        }
        let next = next.unwrap_or(*column + 1);
        if next > MAX_COLUMNS {
            return Err(self.too_wide());
        }
        cell.span = next - *column;
        self.cells += cell.span;
        if self.cells > MAX_CELLS {
            return Err(self.xml.error(format!("must have at most {MAX_CELLS} cells in its tables")));
        }
        *column = next;
        cell.paragraphs = of_cell(blocks);
        Ok(cell)
    }

    /// The column after as many as an element says.
    fn covered(&self, column: usize, tag: &Tag<'_>) -> Result<usize> {
        // What is no number of columns at all covers none.
        let value = self.xml.value(tag)?.unwrap_or_default();
        let columns = match value.trim().parse::<u64>() {
            Ok(columns) => usize::try_from(columns).unwrap_or(usize::MAX),
            Err(_) if value.len() > 9 => usize::MAX,
            Err(_) => 0,
        };
        let next = column.saturating_add(columns);
        if next > MAX_COLUMNS { Err(self.too_wide()) } else { Ok(next) }
    }

    fn too_wide(&self) -> ykien_domain::Error {
        self.xml.error(format!("must have tables of at most {MAX_COLUMNS} columns"))
    }
}

/// The paragraphs of all cells of a table.
pub fn flat(table: Table) -> impl Iterator<Item = Paragraph> {
    table.rows.into_iter().flat_map(|row| row.cells).flat_map(|cell| cell.paragraphs)
}
