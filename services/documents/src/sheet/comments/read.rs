//! The comment sheet as it comes back.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use ykien_domain::ids::{AgencyCode, DraftId, ROOT, RoundNumber};
use ykien_domain::model::{Anchor, Content, KindOrGeneral, Section};
use ykien_domain::words::{AnchorKind, Kind};
use ykien_domain::{Error, Result};

use super::{Column, HEADINGS, kind_of};
use crate::grid::Refused;
use crate::grid::{Grid, Row};
use crate::sheet::FIELD;
use crate::sheet::header::{Table, tables};
use crate::sheet::mark::{Purpose, hex};
use crate::sheet::section::Resolver;

/// The most rows of a file that may be filled in.
pub const MAX_ROWS: usize = 5_000;

const COLUMNS: [Column; 6] =
    [Column::Section, Column::Kind, Column::Quote, Column::Title, Column::Text, Column::ProposedChange];

/// What a comment sheet says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommentRows {
    /// The draft that the sheet was made for; none for a sheet that does not say.
    pub draft: Option<DraftId>,
    /// The agency that it was made for.
    pub agency: Option<AgencyCode>,
    /// The round that it was made for.
    pub round: Option<RoundNumber>,
    /// The rows that hold a comment, in their order.
    pub rows: Vec<CommentRow>,
    /// What is wrong with the others.
    pub refused: Vec<Refused>,
}

/// A row that holds a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    /// Where people find it: `Góp ý - Comments!7`; only the row for a CSV file.
    pub place: String,
    /// The row's number, from 1.
    pub row: u32,
    /// What makes it known again when the same or a corrected file comes, at most 100 characters; each once in a file.
    pub key: String,
    /// The comment, checked.
    pub content: Content,
}

/// Reads what an agency wrote. Rows without anything are passed over.
///
/// # Errors
/// `INVALID_FIELD` on `file`: no sheet has a header, a sheet's hidden column was changed, it is a sheet of decisions, it has sheets of
/// several drafts, or more than [`MAX_ROWS`] rows are filled in.
pub fn read_comments(grids: &[Grid], sections: &[Section]) -> Result<CommentRows> {
    let tables = tables(grids, &HEADINGS, &[Column::Text])?;
    let mut read = CommentRows::default();
    let mut resolver = Resolver::new(sections);
    let mut keys = Keys::default();
    let mut filled = 0_usize;
    for table in &tables {
        let mut sheet_id = None;
        if let Some((_, mark)) = &table.mark {
            if mark.purpose != Purpose::Comments {
                return Err(Error::field(FIELD, "is a sheet of decisions, not of comments"));
            }
            sheet_id = Some(mark.sheet_id());
            read.draft = Some(mark.draft.clone());
            (read.agency, read.round) = mark.asked.clone().unzip();
        }
        for row in table.rows.iter().filter(|row| table.is_filled(row, &COLUMNS)) {
            filled += 1;
            if filled > MAX_ROWS {
                let message = format!("must have at most {MAX_ROWS} rows filled in");
                return Err(Error::field(FIELD, message));
            }
            match content(table, row, &mut resolver) {
                Ok(content) => {
                    let key = keys.of(sheet_id.as_deref(), table.hidden(row), &content);
                    let place = match table.grid.name.as_str() {
                        "" => row.number.to_string(),
                        name => format!("{name}!{}", row.number),
                    };
                    read.rows.push(CommentRow { place, row: row.number, key, content });
                }
                Err(wrong) => read.refused.extend(wrong.into_iter().map(|(column, reason)| Refused {
                    sheet: table.grid.name.clone(),
                    cell: table.name(row, column),
                    reason,
                })),
            }
        }
    }
    Ok(read)
}

/// What a row says, or every cell of it that is wrong.
fn content(
    table: &Table<'_, Column>,
    row: &Row,
    resolver: &mut Resolver<'_>,
) -> Result<Content, Vec<(Column, String)>> {
    let mut wrong = Vec::new();
    let quote = table.cell(row, Column::Quote);
    let mut section = resolver.find(table.cell(row, Column::Section)).unwrap_or_else(|reason| {
        wrong.push((Column::Section, reason));
        ROOT
    });
    let mut kind = match (section, quote) {
        (ROOT, "") => AnchorKind::Document,
        (_, "") => AnchorKind::Section,
        (_, _) => AnchorKind::Quote,
    };
    if section == ROOT && !quote.is_empty() {
        if wrong.is_empty() {
            let reason = "is required where words are quoted: pick the section that they stand in";
            wrong.push((Column::Section, reason.to_owned()));
        }
        // The row is lost already; its other cells are still to be looked at, and this kind may stand anywhere.
        (kind, section) = (AnchorKind::Missing, ROOT);
    }
    let about = kind_of(table.cell(row, Column::Kind)).unwrap_or_else(|| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| super::kind_entry(*kind)).collect();
        wrong.push((Column::Kind, format!("must be one of: {}; or empty", known.join("; "))));
        Kind::General
    });
    let content = Content {
        anchor: Anchor { kind, section, quote: quote.to_owned() },
        kind: KindOrGeneral(about),
        title: table.cell(row, Column::Title).to_owned(),
        text: table.cell(row, Column::Text).to_owned(),
        proposed_change: table.cell(row, Column::ProposedChange).to_owned(),
    };
    match content.checked() {
        Ok(content) if wrong.is_empty() => Ok(content),
        Ok(_) => Err(wrong),
        Err(error) => {
            wrong.extend(error.violations.into_iter().map(|violation| {
                let column = match violation.field.as_str() {
                    "anchor.section" => Column::Section,
                    "anchor.quote" => Column::Quote,
                    "title" => Column::Title,
                    "proposed_change" => Column::ProposedChange,
                    _ => Column::Text,
                };
                (column, violation.description)
            }));
            Err(wrong)
        }
    }
}

/// The keys of a file, each once.
#[derive(Default)]
struct Keys {
    /// Those of prepared rows.
    own: BTreeSet<String>,
    /// How often each content came.
    seen: BTreeMap<String, u32>,
}

impl Keys {
    fn of(&mut self, sheet_id: Option<&str>, hidden: &str, content: &Content) -> String {
        if let Some(id) = sheet_id
            && is_row_key(hidden)
        {
            let key = format!("sheet:{id}:{hidden}");
            // A row that was copied with its key is another comment.
            if self.own.insert(key.clone()) {
                return key;
            }
        }
        let digest = digest(content);
        let nth = self.seen.entry(digest.clone()).or_default();
        *nth += 1;
        format!("content:{digest}:{nth}")
    }
}

/// Whether the hidden cell holds a row's key: `r42-17`.
fn is_row_key(text: &str) -> bool {
    let digits =
        |text: &str| (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('r')
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(revision, row)| digits(revision) && digits(row))
}

/// What a comment says, as 32 hex digits.
fn digest(content: &Content) -> String {
    let mut hash = Sha256::new();
    let section = content.anchor.section.to_string();
    let kind = content.kind.0.as_str();
    let parts =
        [&section, kind, &content.anchor.quote, &content.title, &content.text, &content.proposed_change];
    for part in parts {
        // With its length before it no text can pass for two.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize(), 16)
}
