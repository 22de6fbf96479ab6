//! What became of each line.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::out;

/// A bad field of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// The field's path in the API; empty for the line as a whole.
    pub field: String,
    /// The column that it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong, with the bound.
    pub description: String,
}

impl Problem {
    pub(super) fn new(
        field: impl Into<String>,
        column: Option<&str>,
        description: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), column: column.map(str::to_owned), description: description.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.column, self.field.as_str()) {
            (_, "") => write!(f, "{}", self.description),
            (Some(column), field) if column != field => {
                write!(f, "{field} (column {column}): {}", self.description)
            }
            (_, field) => write!(f, "{field}: {}", self.description),
        }
    }
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It is a comment now.
    Accepted,
    /// It was one already.
    AlreadyThere,
    /// It was refused, and changed nothing.
    Refused,
}

/// A line of the report.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// The line of the file, from 1.
    pub line: usize,
    /// The row's id in the log that it comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source_id: String,
    /// What became of it.
    pub result: Fate,
    /// The comment's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What was decided by this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<&'static str>,
    /// What the import changed or added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it was refused, or why it could not be decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.source_id.is_empty() {
            write!(f, " ({})", self.source_id)?;
        }
        match (self.result, self.number) {
            (Fate::Accepted, Some(number)) => write!(f, ": accepted as comment {number}")?,
            (Fate::AlreadyThere, Some(number)) => write!(f, ": already there as comment {number}")?,
            _ => write!(f, ": refused")?,
        }
        if let Some(decided) = self.decided {
            write!(f, ", decided {decided}")?;
        }
        for problem in &self.problems {
            write!(f, "; {problem}")?;
        }
        for note in &self.notes {
            write!(f, "; note: {note}")?;
        }
        Ok(())
    }
}

/// The report of a whole file.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// One entry a row, in any order until [`Report::finish`].
    pub entries: Vec<Entry>,
}

impl Report {
    /// How many lines came to this.
    pub(super) fn count(&self, fate: Fate) -> usize {
        self.entries.iter().filter(|entry| entry.result == fate).count()
    }

    /// Whether every line is a comment and every decision was made.
    pub(super) fn is_clean(&self) -> bool {
        self.entries.iter().all(|entry| entry.problems.is_empty())
    }

    /// Prints the report in the order of the lines, and writes it to a file if one was asked for.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn finish(&mut self, quiet: bool, file: Option<&Path>) -> anyhow::Result<()> {
        self.entries.sort_by_key(|entry| entry.line);
        for entry in self.entries.iter().filter(|entry| !quiet || !entry.problems.is_empty()) {
            out::line(entry);
        }
        let decided = self.entries.iter().filter(|entry| entry.decided.is_some()).count();
        let noted = self.entries.iter().filter(|entry| !entry.notes.is_empty()).count();
        out::line(format_args!(
            "{} lines: {} accepted, {} already there, {} refused; {decided} decided; {noted} with a note",
            self.entries.len(),
            self.count(Fate::Accepted),
            self.count(Fate::AlreadyThere),
            self.count(Fate::Refused),
        ));
        if let Some(path) = file {
            let write = || -> std::io::Result<()> {
                let mut writer = std::io::BufWriter::new(std::fs::File::create(path)?);
                for entry in &self.entries {
                    serde_json::to_writer(&mut writer, entry)?;
                    writer.write_all(b"\n")?;
                }
                writer.flush()
            };
            write().with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_became_of_it() {
        let entry = |result, number, decided, problems| Entry {
            line: 3,
            source_id: "LWG-43".into(),
            result,
            number,
            decided,
            notes: Vec::new(),
            problems,
        };
        let bad = Problem::new("comment.text", Some("body"), "must be at most 50000 characters, is 50001");
        let table = [
            (
                entry(Fate::Accepted, Some(12), Some("rejected"), vec![]),
                "line 3 (LWG-43): accepted as comment 12, decided rejected",
            ),
            (
                entry(Fate::AlreadyThere, Some(12), None, vec![]),
                "line 3 (LWG-43): already there as comment 12",
            ),
            (
                entry(Fate::Refused, None, None, vec![bad]),
                "line 3 (LWG-43): refused; comment.text (column body): must be at most 50000 characters, is 50001",
            ),
        ];
        for (entry, expected) in table {
            assert_eq!(entry.to_string(), expected);
        }
    }
}
