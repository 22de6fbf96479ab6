//! The commenting form of ISO, IEC and CEN ("template for comments and secretariat observations"), read and written.
//!
//! | Column | In ykien |
//! |---|---|
//! | MB/NC | the agency |
//! | Line number | at the head of the text, in square brackets: `[line 17]` |
//! | Clause/Subclause | the section; empty is the whole document |
//! | Paragraph/Figure/Table | words in quotation marks are the words quoted; `missing: "…"` is what is missing; anything else stands at the head of the text: `[line 17; Table 1]` |
//! | Type of comment | ge: general, te: technical, ed: editorial; `te (Substantive)` and `ge (Question)` for the two that the form lacks |
//! | Comments | the text, after a first line `Title: …` where there is a title |
//! | Proposed change | the proposed change |
//! | Observations of the secretariat | outcome and explanation |
//!
//! What is written is read back as the same content. The form itself has English headings; in Vietnamese a second line says
//! what they mean.

mod cells;
mod clause;
mod header;
mod read;
mod write;

use ykien_domain::model::Content;

pub use header::is_form;
pub use read::read;
pub use write::{draw, write_xlsx};

/// A row that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    /// The sheet or table that it stands in.
    pub sheet: String,
    /// Its number there, from 1.
    pub row: u32,
    /// Who comments, as written: a country's code, an agency's code or name; may be empty.
    pub member: String,
    /// What was commented, checked.
    pub content: Content,
    /// What the secretariat observed; may be empty.
    pub observation: String,
    /// 32 hexadecimal digits of the SHA-256 of member, content, and how many rows before it are the same: the same row of
    /// the same file has the same key however often it comes.
    pub key: String,
}

/// What a form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The rows that can be taken, in their order.
    pub rows: Vec<FormRow>,
    /// What is wrong with the others: each has at least one cell here.
    pub refused: Vec<crate::grid::Refused>,
}

/// A column of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Member,
    Line,
    Clause,
    Paragraph,
    Kind,
    Comments,
    Change,
    Observation,
}

impl Column {
    /// All, in the form's order.
    const ALL: [Column; 8] = [
        Column::Member,
        Column::Line,
        Column::Clause,
        Column::Paragraph,
        Column::Kind,
        Column::Comments,
        Column::Change,
        Column::Observation,
    ];
}

#[cfg(test)]
mod tests;
