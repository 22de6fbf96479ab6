//! Files in: a draft's text, a sheet of comments, a sheet of decisions. What is wrong with a row stands in the report; what is
//! wrong with the file refuses it as a whole.

use uuid::Uuid;
use ykien_documents::grid::Refused;
use ykien_documents::read::{self, CommentRow, Filled};
use ykien_domain::actor::Scope;
use ykien_domain::command::{
    BatchDecideComments, DecideItem, ImportComments, ImportRow, MAX_BATCH, Taken, WriteOptions,
};
use ykien_domain::ids::{AgencyCode, CommentNumber, DraftId, RequestId, Revision, RoundNumber};
use ykien_domain::model::Section;
use ykien_domain::outline::Depth;
use ykien_domain::query::{GetDraft, ListSections, MAX_PAGE};
use ykien_domain::{Error, Reason, Result};
use ykien_store::Store;

use super::apart;
use crate::document::{Document, of_outline};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// It is a new comment.
    Submitted,
    /// Its comment was revised.
    Revised,
    /// Its comment was decided.
    Decided,
    /// What it asks for stands already.
    Unchanged,
    /// It was refused.
    Refused,
}

/// What became of a row, or what is wrong with one of its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowReport {
    /// The sheet's name, the table's number; empty for a CSV file.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The cell at fault; empty for the row as a whole.
    pub cell: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Its comment.
    pub number: Option<CommentNumber>,
    /// Why it was refused.
    pub error: Option<Error>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its rows, in order.
    pub rows: Vec<RowReport>,
    /// The draft's revision after it.
    pub revision: Revision,
}

impl Report {
    /// How many rows came to this: a row that is refused for several cells is one.
    #[must_use]
    pub fn count(&self, outcome: RowOutcome) -> usize {
        let mut rows: Vec<_> =
            self.rows.iter().filter(|row| row.outcome == outcome).map(|row| (&row.sheet, row.row)).collect();
        rows.dedup();
        rows.len()
    }
}

/// Whose comments a file has, where it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommentsOptions {
    /// The agency; the sheet's when none, else the caller's own.
    pub agency: Option<AgencyCode>,
    /// The round; the sheet's when none, else the open one.
    pub round: Option<RoundNumber>,
    /// How it is written.
    pub write: WriteOptions,
}

/// The sections of a draft's file: Word, Markdown or plain text.
///
/// # Errors
/// `INVALID_FIELD` naming `file`.
pub async fn version(bytes: Vec<u8>) -> Result<Document> {
    of_outline("file", apart("file", move || read::outline("file", &bytes, Depth::Clause)).await?)
}

/// Takes the rows of a file with comments.
///
/// # Errors
/// `INVALID_FIELD` naming `file`; what refuses every row: the round is not open, the agency not invited; `UNAVAILABLE`,
/// after which the same file again says what was taken.
pub async fn comments(
    store: &Store,
    scope: &Scope,
    draft: &DraftId,
    bytes: Vec<u8>,
    options: CommentsOptions,
) -> Result<Report> {
    let sections = sections(store, scope, draft).await?;
    let filled = apart("file", move || read::comments("file", &bytes, &sections)).await?;
    expect_draft(&filled, draft)?;
    let Filled { agency, round, rows, refused, .. } = filled;
    let agency = options.agency.or(agency);
    let round = options.round.or(round);
    let mut reports: Vec<RowReport> = refused.into_iter().map(RowReport::from).collect();
    let mut revision = None;
    for (index, chunk) in rows.chunks(MAX_BATCH).enumerate() {
        let command = ImportComments {
            draft: draft.clone(),
            round,
            agency: agency.clone(),
            rows: chunk
                .iter()
                .map(|row| ImportRow { key: row.key.clone(), content: row.content.clone() })
                .collect(),
        };
        let written = store.write(scope, command, part(&options.write, index)).await?;
        revision = Some(written.revision);
        let results = written.answer.into_iter().map(|imported| imported.result);
        reports.extend(chunk.iter().zip(results).map(|(row, result)| taken(row, result)));
    }
    finished(store, scope, draft, reports, revision).await
}

/// Takes the decisions of a file.
///
/// # Errors
/// As [`comments`].
pub async fn decisions(
    store: &Store,
    scope: &Scope,
    draft: &DraftId,
    bytes: Vec<u8>,
    options: WriteOptions,
) -> Result<Report> {
    // Who may not know the draft learns nothing from what is wrong with a file.
    store.read(scope, GetDraft { draft: draft.clone() }).await?;
    let filled = apart("file", move || read::decisions("file", &bytes)).await?;
    expect_draft(&filled, draft)?;
    let mut reports: Vec<RowReport> = filled.refused.into_iter().map(RowReport::from).collect();
    let mut revision = None;
    for (index, chunk) in filled.rows.chunks(MAX_BATCH).enumerate() {
        let items = chunk.iter().map(|row| DecideItem {
            number: row.number,
            outcome: row.outcome,
            explanation: row.explanation.clone(),
            etag: row.etag,
        });
        let command = BatchDecideComments { draft: draft.clone(), items: items.collect() };
        let written = store.write(scope, command, part(&options, index)).await?;
        revision = Some(written.revision);
        let results = written.answer.into_iter().map(|decided| (decided.unchanged, decided.result));
        reports.extend(chunk.iter().zip(results).map(|(row, (unchanged, result))| {
            let outcome = match &result {
                Ok(_) if unchanged => RowOutcome::Unchanged,
                Ok(_) => RowOutcome::Decided,
                Err(_) => RowOutcome::Refused,
            };
            report(&row.sheet, row.row, outcome, Some(row.number), result.err())
        }));
    }
    finished(store, scope, draft, reports, revision).await
}

/// The options of one part of a file: each part is a request of its own, known again by the file's id and its place.
fn part(options: &WriteOptions, index: usize) -> WriteOptions {
    let id = options.request_id.as_ref().and_then(|id| Uuid::parse_str(id.as_str()).ok());
    let part = |id: Uuid| Uuid::new_v5(&id, format!("part {index}").as_bytes()).to_string();
    WriteOptions { request_id: id.map(|id| RequestId::stored(part(id))), dry_run: options.dry_run }
}

fn taken(row: &CommentRow, result: Result<Taken>) -> RowReport {
    let (outcome, number, error) = match result {
        Ok(Taken::Submitted(number)) => (RowOutcome::Submitted, Some(number), None),
        Ok(Taken::Revised(number)) => (RowOutcome::Revised, Some(number), None),
        Ok(Taken::Unchanged(number)) => (RowOutcome::Unchanged, Some(number), None),
        Err(error) => (RowOutcome::Refused, None, Some(error)),
    };
    report(&row.sheet, row.row, outcome, number, error)
}

fn report(
    sheet: &str,
    row: u32,
    outcome: RowOutcome,
    number: Option<CommentNumber>,
    error: Option<Error>,
) -> RowReport {
    RowReport { sheet: sheet.to_owned(), row, cell: String::new(), outcome, number, error }
}

impl From<Refused> for RowReport {
    fn from(refused: Refused) -> Self {
        let row = refused.row();
        let Refused { sheet, cell, reason } = refused;
        let error = Some(Error::field(cell.clone(), reason));
        Self { sheet, row, cell, outcome: RowOutcome::Refused, number: None, error }
    }
}

/// A sheet of another draft would decide other comments of the same numbers.
fn expect_draft<R>(filled: &Filled<R>, draft: &DraftId) -> Result<()> {
    match &filled.draft {
        Some(other) if other != draft => {
            Err(Error::field("file", format!("is a sheet of the draft {other}, not of {draft}")))
        }
        _ => Ok(()),
    }
}

/// The report in the file's order. Where nothing was written, the revision is the draft's.
async fn finished(
    store: &Store,
    scope: &Scope,
    draft: &DraftId,
    mut rows: Vec<RowReport>,
    revision: Option<Revision>,
) -> Result<Report> {
    rows.sort_by_key(|report| report.row);
    let revision = match revision {
        Some(revision) => revision,
        None => store.read(scope, GetDraft { draft: draft.clone() }).await?.revision,
    };
    Ok(Report { rows, revision })
}

/// The newest version's sections.
async fn sections(store: &Store, scope: &Scope, draft: &DraftId) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    let mut after = None;
    loop {
        let query = ListSections { draft: draft.clone(), version: None, after, limit: MAX_PAGE };
        match store.read(scope, query).await {
            Ok(read) => {
                sections.extend(read.answer.items);
                after = read.answer.next;
            }
            // A draft without a version has no sections: comments stand on the whole of it.
            Err(error) if error.reason == Reason::NotFound && sections.is_empty() => {
                store.read(scope, GetDraft { draft: draft.clone() }).await?;
            }
            Err(error) => return Err(error),
        }
        if after.is_none() {
            return Ok(sections);
        }
    }
}
