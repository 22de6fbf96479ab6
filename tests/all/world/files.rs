//! Files, sent and had through each port.

use std::io::Read as _;

use futures::stream;
use tonic::Status;
use ykien_domain::command::WriteOptions;
use ykien_edge::files::export::{self, Export};
use ykien_edge::files::import::{self, CommentsOptions, Report, RowOutcome};
use ykien_edge::wire;
use ykien_proto::v1;

use super::{Answered, Who, World, draft};

/// The bytes of a message: few, so that a file is several.
const CHUNK: usize = 1_000;

/// What became of a row: the cell at fault or the row, the outcome, its comment's number or 0, the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `B7`, or `7`.
    pub place: String,
    /// `Submitted` …
    pub outcome: String,
    /// The comment's number; 0 for none.
    pub number: i64,
    /// The machine-readable reason; empty when it was taken.
    pub reason: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Its rows.
    pub rows: Vec<Row>,
    /// The draft's revision.
    pub revision: i64,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// A name for it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The revision for which it holds.
    pub revision: i64,
}

impl From<Report> for Uploaded {
    fn from(report: Report) -> Self {
        let rows = report.rows.into_iter().map(|row| Row {
            place: if row.cell.is_empty() { row.row.to_string() } else { row.cell },
            outcome: outcome(row.outcome).as_str_name().to_owned(),
            number: row.number.unwrap_or_default(),
            reason: row.error.map(|error| error.reason.as_str().to_owned()).unwrap_or_default(),
        });
        Self { rows: rows.collect(), revision: report.revision }
    }
}

fn outcome(outcome: RowOutcome) -> v1::RowOutcome {
    match outcome {
        RowOutcome::Submitted => v1::RowOutcome::Submitted,
        RowOutcome::Revised => v1::RowOutcome::Revised,
        RowOutcome::Decided => v1::RowOutcome::Decided,
        RowOutcome::Unchanged => v1::RowOutcome::Unchanged,
        RowOutcome::Refused => v1::RowOutcome::Refused,
    }
}

fn rows(rows: Vec<v1::ImportedRow>) -> Vec<Row> {
    let row = |row: v1::ImportedRow| Row {
        outcome: row.outcome().as_str_name().to_owned(),
        number: row.comment.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default(),
        place: if row.cell.is_empty() { row.row.to_string() } else { row.cell },
        reason: row.reason,
    };
    rows.into_iter().map(row).collect()
}

impl World {
    /// Sends a sheet of comments, as the caller's own unless it names its agency.
    pub async fn upload_comments(&self, who: Who, file: &[u8], dry_run: bool) -> Answered<Uploaded> {
        let Some(remote) = &self.remote else {
            let write = WriteOptions { request_id: None, dry_run };
            let options = CommentsOptions { write, ..CommentsOptions::default() };
            let (store, scope) = (&self.base.store, who.scope());
            return Ok(import::comments(store, &scope, &draft(), file.to_vec(), options).await?.into());
        };
        use v1::import_comments_request::Part;
        let header =
            v1::ImportCommentsHeader { draft: wire::names::draft(&draft()), dry_run, ..Default::default() };
        let header = v1::ImportCommentsRequest { part: Some(Part::Header(header)) };
        let chunks = file
            .chunks(CHUNK)
            .map(|chunk| v1::ImportCommentsRequest { part: Some(Part::Chunk(chunk.to_vec())) });
        let messages: Vec<_> = std::iter::once(header).chain(chunks).collect();
        let answer = remote.clients(who).await.comments.import_comments(stream::iter(messages)).await?;
        let answer = answer.into_inner();
        Ok(Uploaded { rows: rows(answer.rows), revision: answer.revision })
    }

    /// Sends a sheet of decisions.
    pub async fn upload_decisions(&self, who: Who, file: &[u8], dry_run: bool) -> Answered<Uploaded> {
        let Some(remote) = &self.remote else {
            let options = WriteOptions { request_id: None, dry_run };
            let (store, scope) = (&self.base.store, who.scope());
            return Ok(import::decisions(store, &scope, &draft(), file.to_vec(), options).await?.into());
        };
        use v1::import_decisions_request::Part;
        let header =
            v1::ImportDecisionsHeader { draft: wire::names::draft(&draft()), dry_run, ..Default::default() };
        let header = v1::ImportDecisionsRequest { part: Some(Part::Header(header)) };
        let chunks = file
            .chunks(CHUNK)
            .map(|chunk| v1::ImportDecisionsRequest { part: Some(Part::Chunk(chunk.to_vec())) });
        let messages: Vec<_> = std::iter::once(header).chain(chunks).collect();
        let answer = remote.clients(who).await.comments.import_decisions(stream::iter(messages)).await?;
        let answer = answer.into_inner();
        Ok(Uploaded { rows: rows(answer.rows), revision: answer.revision })
    }

    /// Has a document.
    pub async fn export(&self, who: Who, wanted: Export) -> Answered<Exported> {
        let Some(remote) = &self.remote else {
            let mut exported = export::export(&self.base.store, &who.scope(), wanted).await?;
            let mut bytes = Vec::new();
            exported.file.read_to_end(&mut bytes).expect("the file reads");
            assert_eq!(bytes.len() as u64, exported.size);
            let media_type = exported.format.media_type().to_owned();
            return Ok(Exported { name: exported.name, media_type, bytes, revision: exported.revision });
        };
        let asked = remote
            .clients(who)
            .await
            .aggregation
            .export_document(v1::ExportDocumentRequest::from(wanted))
            .await?;
        Ok(whole(asked.into_inner()).await?)
    }
}

async fn whole(mut parts: tonic::Streaming<v1::ExportDocumentResponse>) -> Result<Exported, Status> {
    use v1::export_document_response::Part;
    let Some(Part::File(info)) = parts.message().await?.and_then(|message| message.part) else {
        panic!("a file begins with what it is");
    };
    let mut bytes = Vec::new();
    while let Some(message) = parts.message().await? {
        let Some(Part::Chunk(chunk)) = message.part else { panic!("after that come its bytes") };
        bytes.extend(chunk);
    }
    assert_eq!(bytes.len() as i64, info.size);
    Ok(Exported { name: info.file_name, media_type: info.media_type, bytes, revision: info.revision })
}
