//! A row of the form and the content of a comment: one becomes the other, and back.

use ykien_domain::ids::ROOT;
use ykien_domain::model::{Anchor, Content, KindOrGeneral};
use ykien_domain::text::fold;
use ykien_domain::words::{AnchorKind, Kind};

use super::Column;
use super::clause::Clauses;
use crate::words::Language;

/// The longest place that is taken out of a text's head into its own column, in characters.
const MAX_PLACE: usize = 100;

/// The texts of a row, in the order of [`Column::ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cells(pub(super) [String; 8]);

impl Cells {
    /// The text of a column.
    pub(super) fn get(&self, column: Column) -> &str {
        self.0.get(column as usize).map_or("", String::as_str)
    }

    /// Puts text behind what a column has.
    pub(super) fn add(&mut self, column: Column, text: &str) {
        if let Some(cell) = self.0.get_mut(column as usize) {
            cell.push_str(text);
        }
    }

    /// What the row says.
    ///
    /// # Errors
    /// Each column at fault, with the reason.
    pub(super) fn content(&self, clauses: &Clauses<'_>) -> Result<Content, Vec<(Column, String)>> {
        let mut bad = Vec::new();
        let cell = |column| self.get(column).trim();
        let section = clauses.find(cell(Column::Clause)).unwrap_or_else(|reason| {
            bad.push((Column::Clause, reason));
            ROOT
        });
        let kind = kind(cell(Column::Kind)).unwrap_or_else(|reason| {
            bad.push((Column::Kind, reason));
            Kind::General
        });
        let (title, comment) = titled(cell(Column::Comments));
        if title.is_empty() && comment.is_empty() && cell(Column::Change).is_empty() {
            bad.push((Column::Comments, "is required, unless there is a proposed change".to_owned()));
        }
        let paragraph = cell(Column::Paragraph);
        let (anchor, place) = match (missing(paragraph), quoted(paragraph)) {
            (Some(missing), _) => ((AnchorKind::Missing, missing), ""),
            (None, Some(quote)) if section != ROOT => ((AnchorKind::Quote, quote), ""),
            _ if section == ROOT => ((AnchorKind::Document, ""), paragraph),
            _ => ((AnchorKind::Section, ""), paragraph),
        };
        let head = head(cell(Column::Line), place);
        let between = if head.is_empty() || comment.is_empty() { "" } else { " " };
        let content = Content {
            anchor: Anchor { kind: anchor.0, section, quote: anchor.1.to_owned() },
            kind: KindOrGeneral(kind),
            title: title.to_owned(),
            text: format!("{head}{between}{comment}"),
            proposed_change: cell(Column::Change).to_owned(),
        };
        if !bad.is_empty() {
            return Err(bad);
        }
        content.checked().map_err(|error| {
            let column = |field: &str| match field {
                "proposed_change" => Column::Change,
                "anchor.quote" => Column::Paragraph,
                "anchor.section" => Column::Clause,
                _ => Column::Comments,
            };
            error.violations.into_iter().map(|bad| (column(&bad.field), bad.description)).collect()
        })
    }

    /// The row that says this; member and observation are left empty.
    pub(super) fn of(content: &Content, clauses: &Clauses<'_>, language: Language) -> Self {
        // The first that reads as the same content: a text may happen to begin like a head or a title.
        let mut row = Self::default();
        for (split, mark) in [(true, false), (true, true), (false, false), (false, true)] {
            row = Self::written(content, clauses, language, split, mark);
            if row.content(clauses).as_ref() == Ok(content) {
                break;
            }
        }
        row
    }

    /// A row, with the head of the text put into its columns, and with a line for a title that is not there.
    fn written(
        content: &Content,
        clauses: &Clauses<'_>,
        language: Language,
        split: bool,
        mark: bool,
    ) -> Self {
        let quote = &content.anchor.quote;
        let paragraph = match content.anchor.kind {
            AnchorKind::Document | AnchorKind::Section => String::new(),
            AnchorKind::Quote => format!("“{quote}”"),
            AnchorKind::Missing => format!("{}: “{quote}”", language.of("còn thiếu", "missing")),
        };
        let (line, place, text) =
            if split { split_head(&content.text) } else { ("", "", content.text.as_str()) };
        let paragraph = if paragraph.is_empty() { place.to_owned() } else { paragraph };
        let comments = if content.title.is_empty() && !mark {
            text.to_owned()
        } else {
            format!("{}: {}\n{text}", language.of("Tiêu đề", "Title"), content.title).trim_end().to_owned()
        };
        let kind = content.kind.0;
        let kind = match kind {
            Kind::General => "ge".to_owned(),
            Kind::Technical => "te".to_owned(),
            Kind::Editorial => "ed".to_owned(),
            Kind::Substantive => format!("te ({})", language.kind(kind)),
            Kind::Question => format!("ge ({})", language.kind(kind)),
        };
        let clause = clauses.cite(content.anchor.section);
        let change = content.proposed_change.clone();
        Self([String::new(), line.to_owned(), clause, paragraph, kind, comments, change, String::new()])
    }
}

/// The kind that a type of comment stands for: the first of several.
///
/// # Errors
/// A sentence with the types.
pub(super) fn kind(cell: &str) -> Result<Kind, String> {
    let words = fold(cell);
    let named = |name: &str| {
        let is_called = |kind: &Kind| {
            kind.as_str() == name || Language::ALL.iter().any(|language| fold(language.kind(*kind)) == name)
        };
        Kind::ALL.iter().copied().find(is_called)
    };
    let inside = words
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(inside, _)| inside.trim());
    if let Some(kind) = named(inside).or_else(|| named(&words)) {
        return Ok(kind);
    }
    match words.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()) {
        None | Some("ge" | "gen" | "general") => Ok(Kind::General),
        Some("te" | "tech" | "technical") => Ok(Kind::Technical),
        Some("ed" | "edit" | "editorial") => Ok(Kind::Editorial),
        Some(_) => Err("must be ge (general), te (technical) or ed (editorial)".to_owned()),
    }
}

/// The title in the first line, if it says that it is one, and the rest.
fn titled(comments: &str) -> (&str, &str) {
    let (first, rest) = comments.split_once('\n').unwrap_or((comments, ""));
    match ["Title:", "Tiêu đề:"].into_iter().find_map(|word| first.strip_prefix(word)) {
        Some(title) => (title.trim(), rest.trim()),
        None => ("", comments),
    }
}

/// The words of a cell that is nothing but words in quotation marks.
fn quoted(cell: &str) -> Option<&str> {
    [('“', '”'), ('"', '"'), ('«', '»')].into_iter().find_map(|(open, close)| {
        let inside = cell.strip_prefix(open)?.strip_suffix(close)?.trim();
        Some(inside).filter(|inside| !inside.is_empty())
    })
}

/// What a cell says is missing.
fn missing(cell: &str) -> Option<&str> {
    let (word, rest) = cell.split_once(':').filter(|(word, _)| word.len() < 20)?;
    quoted(rest.trim()).filter(|_| ["missing", "con thieu"].contains(&fold(word).as_str()))
}

/// Line and place, for the head of a text; empty when there is neither.
fn head(line: &str, place: &str) -> String {
    let line = if line.is_empty() { String::new() } else { format!("line {line}") };
    match (line.as_str(), place) {
        ("", "") => String::new(),
        (one, "") | ("", one) => format!("[{one}]"),
        (line, place) => format!("[{line}; {place}]"),
    }
}

/// Line, place and rest of a text that begins with a head.
fn split_head(text: &str) -> (&str, &str, &str) {
    let Some((head, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return ("", "", text);
    };
    if head.chars().count() > MAX_PLACE || head.contains('\n') {
        return ("", "", text);
    }
    let (line, place) = match head.strip_prefix("line ") {
        Some(line) => line.split_once("; ").unwrap_or((line, "")),
        None => ("", head),
    };
    (line, place, rest.trim_start_matches(' '))
}
