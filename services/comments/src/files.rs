//! Files: a draft's text, a sheet of comments, a sheet of decisions. Each comes as a stream: what to do with it, then its bytes.

use tonic::{Status, Streaming};
use ykien_domain::actor::Scope;
use ykien_domain::command::CreateVersion;
use ykien_domain::ids::{DraftId, name};
use ykien_domain::{Error, Reason, Result, Violations};
use ykien_edge::document::Document;
use ykien_edge::files::MAX_FILE_BYTES;
use ykien_edge::files::import::{self, CommentsOptions, Report, RowOutcome, RowReport};
use ykien_edge::{files, grpc, wire};
use ykien_proto::v1;
use ykien_store::Store;

/// A message of such a stream: a header or some bytes.
trait Message {
    type Header;
    /// Its part; none for an empty message.
    fn part(self) -> Option<Part<Self::Header>>;
}

enum Part<H> {
    Header(H),
    Chunk(Vec<u8>),
}

macro_rules! messages {
    ($($request:ident, $header:ident, $part:path;)+) => { $(
        impl Message for v1::$request {
            type Header = v1::$header;

            fn part(self) -> Option<Part<v1::$header>> {
                use $part as Given;
                Some(match self.part? {
                    Given::Header(header) => Part::Header(header),
                    Given::Chunk(chunk) => Part::Chunk(chunk),
                })
            }
        }
    )+ };
}

messages! {
    ImportVersionRequest, ImportVersionHeader, v1::import_version_request::Part;
    ImportCommentsRequest, ImportCommentsHeader, v1::import_comments_request::Part;
    ImportDecisionsRequest, ImportDecisionsHeader, v1::import_decisions_request::Part;
}

/// Reads the stream to its end: the header, then the whole file, which is bounded.
async fn receive<M: Message>(mut messages: Streaming<M>) -> Result<(M::Header, Vec<u8>), Status> {
    let _place = files::place().map_err(grpc::status)?;
    let refuse = |field, description: &str| grpc::status(Error::field(field, description));
    let Some(Part::Header(header)) = messages.message().await?.and_then(Message::part) else {
        return Err(refuse("header", "must be the first message"));
    };
    let mut file = Vec::new();
    while let Some(message) = messages.message().await? {
        match message.part() {
            Some(Part::Chunk(chunk)) if file.len() + chunk.len() <= MAX_FILE_BYTES => file.extend(chunk),
            Some(Part::Chunk(_)) => {
                let message = format!("the file must be at most {MAX_FILE_BYTES} bytes");
                return Err(grpc::status(Error::new(Reason::LimitExceeded, message)));
            }
            Some(Part::Header(_)) => return Err(refuse("header", "must be given once")),
            None => return Err(refuse("chunk", "is required in each message after the first")),
        }
    }
    if file.is_empty() {
        return Err(refuse("chunk", "the file is empty"));
    }
    Ok((header, file))
}

pub(crate) async fn import_version(
    store: &Store,
    scope: &Scope,
    messages: Streaming<v1::ImportVersionRequest>,
) -> Result<v1::CreateVersionResponse, Status> {
    let (header, file) = receive(messages).await?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &header.draft));
    let mut options = bad.take(wire::write_options(&header.request_id));
    bad.check().map_err(grpc::status)?;
    options.dry_run = header.dry_run;
    let Document { preamble, sections } = import::version(file).await.map_err(grpc::status)?;
    let command = CreateVersion { draft: draft.clone(), preamble, sections };
    let written = store.write(scope, command, options).await.map_err(grpc::status)?;
    Ok(wire::version_created(&draft, written))
}

pub(crate) async fn import_comments(
    store: &Store,
    scope: &Scope,
    messages: Streaming<v1::ImportCommentsRequest>,
) -> Result<v1::ImportCommentsResponse, Status> {
    let (header, file) = receive(messages).await?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &header.draft));
    let agency = bad.take(name::agency_or_none("agency", &header.agency));
    let round = bad.take(wire::read_round("round", &draft, &header.round));
    let mut write = bad.take(wire::write_options(&header.request_id));
    bad.check().map_err(grpc::status)?;
    write.dry_run = header.dry_run;
    let options = CommentsOptions { agency, round, write };
    let report = import::comments(store, scope, &draft, file, options).await.map_err(grpc::status)?;
    Ok(v1::ImportCommentsResponse {
        submitted_count: count(&report, RowOutcome::Submitted),
        revised_count: count(&report, RowOutcome::Revised),
        unchanged_count: count(&report, RowOutcome::Unchanged),
        refused_count: count(&report, RowOutcome::Refused),
        revision: report.revision,
        rows: report.rows.into_iter().map(|row| imported(&draft, row)).collect(),
    })
}

pub(crate) async fn import_decisions(
    store: &Store,
    scope: &Scope,
    messages: Streaming<v1::ImportDecisionsRequest>,
) -> Result<v1::ImportDecisionsResponse, Status> {
    let (header, file) = receive(messages).await?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &header.draft));
    let mut options = bad.take(wire::write_options(&header.request_id));
    bad.check().map_err(grpc::status)?;
    options.dry_run = header.dry_run;
    let report = import::decisions(store, scope, &draft, file, options).await.map_err(grpc::status)?;
    Ok(v1::ImportDecisionsResponse {
        decided_count: count(&report, RowOutcome::Decided),
        unchanged_count: count(&report, RowOutcome::Unchanged),
        refused_count: count(&report, RowOutcome::Refused),
        revision: report.revision,
        rows: report.rows.into_iter().map(|row| imported(&draft, row)).collect(),
    })
}

fn count(report: &Report, outcome: RowOutcome) -> i32 {
    i32::try_from(report.count(outcome)).unwrap_or(i32::MAX)
}

fn imported(draft: &DraftId, report: RowReport) -> v1::ImportedRow {
    let RowReport { sheet, row, cell, outcome, number, error } = report;
    let outcome = match outcome {
        RowOutcome::Submitted => v1::RowOutcome::Submitted,
        RowOutcome::Revised => v1::RowOutcome::Revised,
        RowOutcome::Decided => v1::RowOutcome::Decided,
        RowOutcome::Unchanged => v1::RowOutcome::Unchanged,
        RowOutcome::Refused => v1::RowOutcome::Refused,
    };
    v1::ImportedRow {
        sheet,
        row: i32::try_from(row).unwrap_or(i32::MAX),
        cell,
        outcome: outcome.into(),
        comment: wire::names::numbered_or_empty(draft, "comments", number),
        reason: error.as_ref().map(|error| error.reason.as_str().to_owned()).unwrap_or_default(),
        problem: error.map(|error| error.message).unwrap_or_default(),
    }
}
