//! The comment sheet of one agency: made for it, filled in without any connection, read back row by row.
//!
//! A row is known again by its key. On a sheet made here it is the sheet's id with the row's own key, so a corrected row is still
//! the same comment. The row's key holds the revision at which the sheet was made: a sheet fetched later, after the first was
//! sent, has rows of its own, and the second never writes over the first. On any other sheet the key is a digest of what the
//! row says, so the same file sent twice gives the same keys.

mod read;
mod write;

pub use read::{CommentRow, CommentRows, MAX_ROWS, read_comments};
pub use write::{CommentSheet, PREPARED_ROWS, write_comments};

use ykien_domain::words::Kind;

use super::header::Heading;
use super::words;
use crate::words::Language;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Section,
    Kind,
    Quote,
    Title,
    Text,
    ProposedChange,
}

/// The columns in the order of a sheet made here, after the hidden one.
const HEADINGS: [Heading<Column>; 6] = [
    Heading {
        column: Column::Section,
        vietnamese: "Mục",
        english: "Section",
        also: &["muc dieu khoan", "vi tri", "dieu khoan", "anchor"],
    },
    Heading { column: Column::Kind, vietnamese: "Loại", english: "Kind", also: &["loai y kien", "type"] },
    Heading {
        column: Column::Quote,
        vietnamese: "Trích dẫn",
        english: "Quote",
        also: &["trich dan nguyen van", "noi dung du thao"],
    },
    Heading { column: Column::Title, vietnamese: "Tiêu đề", english: "Title", also: &[] },
    Heading {
        column: Column::Text,
        vietnamese: "Nội dung góp ý",
        english: "Comment",
        also: &["y kien gop y", "gop y", "y kien", "text", "comments"],
    },
    Heading {
        column: Column::ProposedChange,
        vietnamese: "Đề xuất sửa",
        english: "Proposed change",
        also: &["de xuat sua doi", "de xuat", "noi dung de xuat", "kien nghi"],
    },
];

/// What a kind is called in the drop-down.
fn kind_entry(kind: Kind) -> String {
    format!("{} - {}", Language::Vietnamese.kind(kind), Language::English.kind(kind))
}

/// The kind that a cell means: the drop-down's entry, either half of it, the word of the API, or ISO's letters.
fn kind_of(cell: &str) -> Option<Kind> {
    if cell.trim().is_empty() {
        return Some(Kind::General);
    }
    let cell = words(cell);
    match cell.as_str() {
        "ge" => return Some(Kind::General),
        "te" => return Some(Kind::Technical),
        "ed" => return Some(Kind::Editorial),
        _ => {}
    }
    Kind::ALL.iter().copied().find(|kind| {
        let called = Language::ALL.map(|language| words(language.kind(*kind)));
        called.contains(&cell) || cell == words(&kind_entry(*kind)) || cell == kind.as_str()
    })
}

#[cfg(test)]
mod tests;
