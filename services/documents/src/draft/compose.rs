//! Blocks as the outline reads them, and tables as cells.

use ykien_domain::outline::Paragraph;
use ykien_domain::text::fold;

use super::body::Block;
use super::table::{Cell, Table, flat};
use crate::grid::{Grid, Row};

/// How a cell starts that only the layout of a page put in a table: the head of an official document, its addressees.
const LAYOUT: [&str; 6] = [
    "cong hoa xa hoi chu nghia",
    "doc lap - tu do",
    "dang cong san viet nam",
    "noi nhan",
    "kinh gui",
    "socialist republic",
];

/// The most rows of a table that only lays out a page.
const LAYOUT_ROWS: usize = 4;
/// The most cells of each.
const LAYOUT_CELLS: usize = 3;

/// The document's paragraphs. A table is one paragraph that is no heading, in Markdown; one without lines that only lays out
/// a page is its cells' lines.
pub fn paragraphs(blocks: Vec<Block>) -> Vec<Paragraph> {
    let mut paragraphs = Vec::new();
    let mut top = true;
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => {
                top &= paragraph.text.is_empty();
                paragraphs.push(paragraph);
            }
            Block::Table(table) => {
                let cells = table.rows.iter().map(|row| row.cells.len()).sum::<usize>();
                if !table.lines && cells == 1 {
                    paragraphs.extend(flat(table));
                } else if !table.lines && lays_out(&table, top) {
                    let lines = flat(table).filter(|paragraph| !paragraph.text.is_empty());
                    paragraphs.extend(lines.map(|paragraph| Paragraph { quiet: true, ..paragraph }));
                } else {
                    let text = markdown(&table);
                    paragraphs.push(Paragraph { text, heading: 0, quiet: true });
                }
                top = false;
            }
        }
    }
    paragraphs
}

/// Whether a table without lines only lays out a page: it is small, and stands at the `top` or has the words of such a place.
fn lays_out(table: &Table, top: bool) -> bool {
    if table.rows.len() > LAYOUT_ROWS || table.rows.iter().any(|row| row.cells.len() > LAYOUT_CELLS) {
        return false;
    }
    if top {
        return true;
    }
    let mut paragraphs = table.rows.iter().flat_map(|row| &row.cells).flat_map(|cell| &cell.paragraphs);
    paragraphs.any(|paragraph| {
        // The words stand at the start: what follows need not be looked at.
        let start: String = paragraph.text.chars().take(60).collect();
        let start = fold(&start);
        LAYOUT.iter().any(|words| start.starts_with(words))
    })
}

/// A cell's text, a line for each paragraph that has any.
fn text(cell: &Cell) -> String {
    let lines: Vec<&str> = cell
        .paragraphs
        .iter()
        .map(|paragraph| paragraph.text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    lines.join("\n")
}

/// The texts of a row, a column each, as far as its last cell; a merged cell stands in its first column.
fn texts(row: &super::table::Row) -> Vec<String> {
    let mut texts = Vec::new();
    for cell in &row.cells {
        texts.resize(cell.column, String::new());
        texts.push(text(cell));
        texts.resize(cell.column + cell.span, String::new());
    }
    texts
}

/// A table of Markdown; empty when the table has no text.
fn markdown(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table.rows.iter().map(texts).collect();
    if rows.iter().flatten().all(String::is_empty) {
        return String::new();
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut lines = Vec::new();
    for row in &rows {
        let mut line = String::from("|");
        for column in 0..width {
            let cell = row.get(column).map_or("", String::as_str);
            let cell = cell.replace('|', "\\|").replace('\n', "<br>").replace('\t', " ");
            line.push(' ');
            line.push_str(&cell);
            line.push_str(if cell.is_empty() { "|" } else { " |" });
        }
        lines.push(line);
        if lines.len() == 1 {
            lines.push(format!("|{}", "---|".repeat(width)));
        }
    }
    lines.join("\n")
}

/// The tables, named by their place.
pub fn grids(blocks: Vec<Block>) -> Vec<Grid> {
    let tables = blocks.into_iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Paragraph(_) => None,
    });
    (1_usize..)
        .zip(tables)
        .map(|(place, table)| Grid { name: place.to_string(), rows: rows(&table) })
        .collect()
}

/// The rows that have text.
fn rows(table: &Table) -> Vec<Row> {
    (1_u32..)
        .zip(&table.rows)
        .filter_map(|(number, row)| {
            let mut cells = texts(row);
            let filled = cells.iter().rposition(|cell| !cell.is_empty())?;
            cells.truncate(filled + 1);
            Some(Row { number, cells })
        })
        .collect()
}
