//! The drafter's sheet: every comment with empty columns for its decision, filled in and read back by comment number.
//!
//! Each comment's etag stands in the hidden column, so what changed after the sheet was made is noticed when it comes back. A text
//! that is longer than a cell can hold goes on in rows directly below, which have the comment's number again and begin with
//! "(tiếp)" or "(continued)"; its decision stands in its first row only.

mod read;
mod write;

pub use read::{DecisionRow, DecisionRows, MAX_ROWS, read_decisions};
pub use write::write_decisions;

use super::header::Heading;

/// What a column holds that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Number,
    Outcome,
    Explanation,
    Etag,
}

const NUMBER: Heading<Column> = Heading {
    column: Column::Number,
    vietnamese: "Số",
    english: "Number",
    also: &["so y kien", "ma y kien", "comment number", "no"],
};
const OUTCOME: Heading<Column> = Heading {
    column: Column::Outcome,
    vietnamese: "Quyết định",
    english: "Outcome",
    also: &["ket qua", "tiep thu khong tiep thu", "decision"],
};
const EXPLANATION: Heading<Column> = Heading {
    column: Column::Explanation,
    vietnamese: "Giải trình",
    english: "Explanation",
    also: &["noi dung giai trinh", "ly do"],
};
const ETAG: Heading<Column> =
    Heading { column: Column::Etag, vietnamese: "Etag", english: "Etag", also: &[] };

/// What stands in the hidden column of a row that goes on with the comment above it.
const CONTINUED: &str = "+";

#[cfg(test)]
mod tests;
