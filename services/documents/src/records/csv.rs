//! The comments as a CSV file: RFC 4180 (commas, CRLF, quotes where needed) in UTF-8, with a byte order mark, by which Excel
//! knows it for UTF-8. One row a comment under a row of headings.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Such a text gets an
//! apostrophe in front, and so does one that has only apostrophes before such a character: whoever reads the file takes one
//! apostrophe away where [`plain`] says so, and has every text as it was.

use std::borrow::Cow;
use std::io::Write;

use ykien_domain::Result;
use ykien_domain::query::Group;

use super::{Column, Names, Value, check_all_listed, unwritten};
use crate::snapshot::{Comments, Snapshot};
use crate::words::Language;

/// Writes the comments in the order of a group.
///
/// # Errors
/// Those of `comments`; `INTERNAL` when the file can't be written, or when there are more or fewer comments than the snapshot
/// counts.
pub fn write(
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    by: Group,
    language: Language,
    out: &mut impl Write,
) -> Result<()> {
    let broken = |_| unwritten("CSV");
    out.write_all("\u{feff}".as_bytes()).map_err(|_| unwritten("CSV"))?;
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    file.write_record(Column::ALL.map(|column| column.heading(language))).map_err(broken)?;
    let names = Names::of(snapshot, language);
    let mut listed = 0;
    for comment in comments.collect(by)? {
        let comment = comment?;
        for column in Column::ALL {
            let cell: Cow<str> = match names.value(column, &comment) {
                Value::Empty => Cow::Borrowed(""),
                Value::Number(number) => Cow::Owned(number.to_string()),
                Value::Text(text) if is_formula(&text) => Cow::Owned(format!("'{text}")),
                Value::Text(text) => text,
            };
            file.write_field(cell.as_bytes()).map_err(broken)?;
        }
        file.write_record(None::<&[u8]>).map_err(broken)?;
        listed += 1;
    }
    file.flush().map_err(|_| unwritten("CSV"))?;
    check_all_listed(snapshot, listed)
}

/// A cell of such a file as it was before it was written.
#[must_use]
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

/// Whether a spreadsheet would take the text for a formula, or would if the apostrophes before it were taken away.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use ykien_domain::words::Status;

    use super::super::sample::{Sample, sorted};
    use super::*;

    fn file(sample: &mut Sample, by: Group, language: Language) -> String {
        let mut bytes = Vec::new();
        let snapshot = sample.snapshot.clone();
        write(&snapshot, sample, by, language, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(|cell| plain(cell).to_owned()).collect()).collect()
    }

    #[test]
    fn every_comment_comes_back_with_its_exact_texts() {
        for by in [Group::Section, Group::Status, Group::Agency, Group::Responsible] {
            let mut sample = Sample::new();
            let mut rows = rows(&file(&mut sample, by, Language::Vietnamese)).into_iter();
            let header = rows.next().unwrap();
            let at = |column: Column| {
                header.iter().position(|name| name == column.heading(Language::Vietnamese)).unwrap()
            };
            let read: Vec<_> = rows
                .map(|row| {
                    [Column::Number, Column::Quote, Column::Text, Column::ProposedChange, Column::AgencyCode]
                        .map(|column| row[at(column)].clone())
                })
                .collect();
            let written: Vec<_> = sorted(&sample, by)
                .into_iter()
                .map(|comment| {
                    let content = comment.content;
                    let texts = [content.anchor.quote, content.text, content.proposed_change];
                    let [quote, text, change] = texts;
                    [comment.number.to_string(), quote, text, change, comment.agency.to_string()]
                })
                .collect();
            assert_eq!(read, written, "{by:?}");
        }
    }

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        let text = file(&mut Sample::new(), Group::Section, Language::English);
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let cells: Vec<_> =
            reader.records().flat_map(|row| row.unwrap().deserialize::<Vec<String>>(None)).collect();
        assert!(cells.iter().flatten().any(|cell| cell == "'=1+1"));
        assert!(!cells.iter().flatten().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
    }

    #[test]
    fn an_apostrophe_of_the_text_itself_is_kept() {
        for text in ["=1", "'=1", "''=1", "'", "'a", "", "a=1", "-", "@x", "+84"] {
            let cell = if is_formula(text) { format!("'{text}") } else { text.to_owned() };
            assert_eq!(plain(&cell), text);
        }
    }

    #[test]
    fn rows_end_with_crlf_and_texts_keep_their_own_line_feeds() {
        let text = file(&mut Sample::new(), Group::Section, Language::English);
        assert!(text.ends_with("\r\n"));
        assert!(text.contains("dòng một\ndòng hai"));
        assert!(text.starts_with(
            "\u{feff}No.,Section,Responsible agency,Agency,\"Words quoted, or what is missing\","
        ));
    }

    #[test]
    fn a_comment_that_is_missing_is_an_error() {
        let mut sample = Sample::new();
        sample.comments.retain(|comment| comment.status != Status::Rejected);
        let snapshot = sample.snapshot.clone();
        let error =
            write(&snapshot, &mut sample, Group::Section, Language::English, &mut Vec::new()).unwrap_err();
        assert_eq!(error.reason, ykien_domain::Reason::Internal);
    }
}
