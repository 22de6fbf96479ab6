//! A document as it is read: blocks on pages. A composer draws them in order on a [`Canvas`]; each format is a canvas.
//!
//! Lengths are millimetres, type sizes are points.

use ykien_domain::Result;

/// How a paragraph stands between its margins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// Flush left.
    #[default]
    Left,
    /// Centred.
    Centre,
    /// Flush right.
    Right,
    /// Flush on both sides, but for the last line.
    Justify,
}

/// A line under a paragraph, centred (Nghị định 30/2020/NĐ-CP, phụ lục I).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rule {
    /// None.
    #[default]
    None,
    /// As wide as the words: under "Độc lập - Tự do - Hạnh phúc".
    Full,
    /// Between a third and a half as wide as the words: under the issuing agency, under the title's subject.
    Short,
}

/// Some words in one style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The words; a line feed begins a new line, a tab is a gap.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq)]
pub struct Paragraph {
    /// The words.
    pub runs: Vec<Run>,
    /// How it stands.
    pub align: Align,
    /// Type size, points.
    pub size: f32,
    /// Indent of the first line.
    pub first_line: f32,
    /// Indent of all lines.
    pub indent: f32,
    /// Space before, points.
    pub before: f32,
    /// Space after, points.
    pub after: f32,
    /// Distance of lines, in line heights: 1.0 is single.
    pub line: f32,
    /// Whether it stays on one page with what follows.
    pub keep_with_next: bool,
    /// 1 to 9 for a heading, which navigation panes and bookmarks show; 0 for text.
    pub outline: u8,
    /// The line under it.
    pub rule: Rule,
}

impl Default for Paragraph {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            align: Align::Left,
            size: 13.0,
            first_line: 0.0,
            indent: 0.0,
            before: 0.0,
            after: 0.0,
            line: 1.0,
            keep_with_next: false,
            outline: 0,
            rule: Rule::None,
        }
    }
}

/// A cell of a table row: paragraphs over so many columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// What it says; a long cell goes on on the next page.
    pub paragraphs: Vec<Paragraph>,
    /// How many columns it takes: 0 and 1 are one.
    pub span: u8,
    /// Whether it is shaded, as headings of columns and groups are.
    pub shaded: bool,
}

/// A table's shape.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The widths of its columns, in any unit: they share the width of the text in this proportion.
    pub columns: Vec<f32>,
    /// The rows that stand again at the top of each page.
    pub header: Vec<Vec<Cell>>,
    /// Whether lines are drawn around its cells; without them it only places things side by side.
    pub borders: bool,
}

/// Which way a page is turned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Orientation {
    /// 210 × 297.
    #[default]
    Portrait,
    /// 297 × 210.
    Landscape,
}

/// The pages that blocks stand on: A4 with the margins of Nghị định 30/2020/NĐ-CP (top and bottom 20, left 30, right 15; turned
/// with the page), numbered at the top, centred, from the second page on, in the type size of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// Which way they are turned.
    pub orientation: Orientation,
    /// What stands small at the foot of every page: which draft, which revision.
    pub footer: String,
}

/// What the file says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    /// The title.
    pub title: String,
    /// The agency that wrote it.
    pub author: String,
    /// The draft and its revision.
    pub subject: String,
    /// `vi-VN` or `en-GB`.
    pub language: &'static str,
}

/// What a composer draws on. Blocks follow one another; a table is begun, given its rows one by one, and ended.
pub trait Canvas {
    /// Begins a stretch of pages; called before the first block, and again where pages turn.
    ///
    /// # Errors
    /// `INTERNAL` when the file can't be written; so for all of them.
    fn pages(&mut self, pages: &Pages) -> Result<()>;
    /// A paragraph.
    ///
    /// # Errors
    /// As [`Canvas::pages`].
    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()>;
    /// Begins a table.
    ///
    /// # Errors
    /// As [`Canvas::pages`].
    fn table(&mut self, table: &Table) -> Result<()>;
    /// A row of the table that was begun. It may stand on several pages.
    ///
    /// # Errors
    /// As [`Canvas::pages`].
    fn row(&mut self, cells: &[Cell]) -> Result<()>;
    /// Ends the table.
    ///
    /// # Errors
    /// As [`Canvas::pages`].
    fn end_table(&mut self) -> Result<()>;
}
