//! Reads a draft's plain text or Markdown and finds its section tree.
//!
//! The layout rules are those of Vietnamese documents (Decree 30/2020/NĐ-CP, the Law on Promulgation of Legal
//! Documents): Phần, Chương, Mục, Tiểu mục, Điều, khoản, điểm; or I., 1., 1.1., a), – in reports and programmes;
//! then attached documents, appendices and forms. English standards are read by their numbered headings.
//!
//! How a text becomes a tree: [`source`] splits it into lines; [`label`] says what each line would be if it were a
//! heading; [`shadow`] hides code, quotations and tables of contents; [`region`] finds where attached documents,
//! appendices and forms begin; [`legal`] (with [`report`] and [`sequence`]) or [`english`] keeps the labels that
//! continue their numbering, and with [`styled`] those that a word processor's style names; [`tree`] gives each one
//! its parent and its text.
//!
//! The text is hostile: any UTF-8 is answered, in linear time, with at most [`MAX_NODES`] nodes.

mod chain;
mod english;
mod label;
mod language;
mod legal;
mod level;
mod markdown;
mod number;
mod rank;
mod region;
mod report;
mod sequence;
mod shadow;
mod source;
mod styled;
#[cfg(test)]
mod tests;
mod text;
mod title;
mod toc;
mod tree;

pub use level::Level;

/// The most nodes that one outline holds; the text after the last of them becomes that node's body.
pub const MAX_NODES: usize = 20_000;

/// The most non-blank lines that are searched for headings; what follows is body text.
const MAX_LINES: usize = 500_000;

/// How deep an outline goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Down to Điều. A part without Điều (a report, an attached programme) goes down to its letters `a)`.
    Article,
    /// And the khoản `1.` of each Điều, and the numbered paragraphs of appendices.
    Clause,
    /// And the điểm `a)` of each khoản, and the dashes of reports.
    Point,
}

/// One heading of a draft and the text that belongs to it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What kind of heading it is.
    pub level: Level,
    /// The heading word in its usual spelling and the number: `Chương I`, `Điều 5a`, `IV`, `2.1`, `đ`. Empty for a
    /// Markdown heading without a number.
    pub label: String,
    /// The rest of the heading; wrapped lines are joined by one space, Markdown marks are removed. For a paragraph
    /// that starts with its label, its first line.
    pub heading: String,
    /// The index in [`Outline::nodes`] of the node above, always less than this node's own.
    pub parent: Option<usize>,
    /// The line of the label, counted from 1.
    pub line: usize,
    /// The text after the heading up to the next node, trimmed.
    pub body: String,
}

/// A draft's section tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The text before the first node, trimmed: the issuing body, the title, the legal grounds.
    pub preamble: String,
    /// The nodes in reading order; a parent comes before its children. At most [`MAX_NODES`].
    pub nodes: Vec<Node>,
}

/// Finds the section tree of `text`. Never fails: a text without headings is all preamble.
///
/// The time is linear in the length of `text`, which the caller bounds.
#[must_use]
pub fn parse(text: &str, depth: Depth) -> Outline {
    let text = source::normalise(text);
    let source = source::Source::new(&text);
    read(&source, depth)
}

/// A paragraph of a draft from a word processor, which says itself what is a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// Its text, the number that the word processor counted included. Nothing in it is a Markdown mark.
    pub text: String,
    /// The level of its heading style, from 1 to 9; 0 for none.
    pub heading: u8,
    /// Whether it is never a heading, whatever it looks like: a table, an entry of a table of contents.
    pub quiet: bool,
}

/// Finds the section tree of paragraphs: by their styles and, where a typist used none, by their text as [`parse`]
/// does. Nodes' lines are those of the paragraphs' texts with a blank line between two.
///
/// Never fails, in linear time.
#[must_use]
pub fn of_paragraphs(paragraphs: &[Paragraph], depth: Depth) -> Outline {
    let text = source::join(paragraphs);
    let source = source::Source::of_paragraphs(&text, paragraphs);
    read(&source, depth)
}

fn read(source: &source::Source<'_>, depth: Depth) -> Outline {
    let entries = match legal::entries(source, depth) {
        Some(entries) => entries,
        None => english::entries(source),
    };
    tree::build(source, entries)
}
