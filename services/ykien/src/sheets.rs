//! `ykien comments import-sheet` and `ykien decisions import`: filled-in sheets, through the gRPC port.

use std::process::ExitCode;

use anyhow::Context as _;
use ykien_domain::ids::DraftId;
use ykien_proto::v1;
use ykien_proto::v1::{RowOutcome, import_comments_request, import_decisions_request};

use crate::cli::{CommentSheetArgs, DecisionsImportArgs};
use crate::client::{self, Comments};
use crate::config::{Bad, Database, Remote};
use crate::export::read;
use crate::out;
use crate::session::Session;

/// The bytes of a message.
const CHUNK_BYTES: usize = 64 * 1024;

/// `ykien comments import-sheet`. Exit code 1 when a row was refused.
///
/// # Errors
/// A setting that is not valid, a file that can't be read, a server that refuses the file as a whole.
pub async fn comments(args: CommentSheetArgs) -> anyhow::Result<ExitCode> {
    use import_comments_request::Part;
    let remote = Remote::check(&args.remote)?;
    let database = Database::check(&args.database)?;
    let draft = draft_name(&args.draft)?;
    let file = read(&args.file)?;
    let header = v1::ImportCommentsHeader {
        agency: args.agency.map(|code| format!("agencies/{code}")).unwrap_or_default(),
        round: args.round.map(|round| format!("{draft}/rounds/{round}")).unwrap_or_default(),
        draft,
        dry_run: args.dry_run,
        request_id: String::new(),
    };
    let mut messages = vec![v1::ImportCommentsRequest { part: Some(Part::Header(header)) }];
    messages.extend(
        file.chunks(CHUNK_BYTES)
            .map(|chunk| v1::ImportCommentsRequest { part: Some(Part::Chunk(chunk.to_vec())) }),
    );
    let answer = sent(remote, &database, "taking the rows", async |mut comments| {
        comments.import_comments(tokio_stream::iter(messages)).await
    })
    .await?;
    print(&answer.rows);
    out::line(format_args!(
        "{}{} submitted, {} revised, {} already there, {} refused; revision {}",
        would(args.dry_run),
        answer.submitted_count,
        answer.revised_count,
        answer.unchanged_count,
        answer.refused_count,
        answer.revision
    ));
    Ok(code(answer.refused_count))
}

/// `ykien decisions import`. Exit code 1 when a row was refused.
///
/// # Errors
/// As [`comments`].
pub async fn decisions(args: DecisionsImportArgs) -> anyhow::Result<ExitCode> {
    use import_decisions_request::Part;
    let remote = Remote::check(&args.remote)?;
    let database = Database::check(&args.database)?;
    let draft = draft_name(&args.draft)?;
    let file = read(&args.file)?;
    let header = v1::ImportDecisionsHeader { draft, dry_run: args.dry_run, request_id: String::new() };
    let mut messages = vec![v1::ImportDecisionsRequest { part: Some(Part::Header(header)) }];
    messages.extend(
        file.chunks(CHUNK_BYTES)
            .map(|chunk| v1::ImportDecisionsRequest { part: Some(Part::Chunk(chunk.to_vec())) }),
    );
    let answer = sent(remote, &database, "taking the decisions", async |mut comments| {
        comments.import_decisions(tokio_stream::iter(messages)).await
    })
    .await?;
    print(&answer.rows);
    out::line(format_args!(
        "{}{} decided, {} already so, {} refused; revision {}",
        would(args.dry_run),
        answer.decided_count,
        answer.unchanged_count,
        answer.refused_count,
        answer.revision
    ));
    Ok(code(answer.refused_count))
}

/// Calls the comments role, with a line that shows that it goes on; the session ends whatever becomes of the call.
async fn sent<T>(
    remote: Option<Remote>,
    database: &Database,
    what: &'static str,
    call: impl AsyncFnOnce(Comments) -> Result<tonic::Response<T>, tonic::Status>,
) -> anyhow::Result<T> {
    let session = Session::open(remote, database).await?;
    let answer = async {
        let comments = session.comments().await?;
        let waiting = out::waiting(what);
        let answer = client::answer(call(comments).await);
        waiting.finish_and_clear();
        answer.context("the file was not taken")
    };
    let answer = answer.await;
    session.close().await?;
    answer
}

/// The exit code of a file of which so many rows were refused.
fn code(refused: i32) -> ExitCode {
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn would(dry_run: bool) -> &'static str {
    if dry_run { "nothing changed; it would be: " } else { "" }
}

fn draft_name(id: &str) -> anyhow::Result<String> {
    let id = DraftId::parse("draft", id)
        .map_err(|error| Bad::new("--draft", error.message.trim_start_matches("draft: ")))?;
    Ok(format!("drafts/{id}"))
}

/// A line for each row that changed something or was refused.
fn print(rows: &[v1::ImportedRow]) {
    for row in rows {
        let place = match (row.sheet.as_str(), row.cell.as_str()) {
            ("", "") => format!("row {}", row.row),
            ("", cell) => cell.to_owned(),
            (sheet, "") => format!("{sheet}, row {}", row.row),
            (sheet, cell) => format!("{sheet}!{cell}"),
        };
        let comment = row.comment.rsplit('/').next().unwrap_or_default();
        match row.outcome() {
            RowOutcome::Submitted => out::line(format_args!("{place}: comment {comment}")),
            RowOutcome::Revised => out::line(format_args!("{place}: comment {comment} revised")),
            RowOutcome::Decided => out::line(format_args!("{place}: comment {comment} decided")),
            RowOutcome::Refused if comment.is_empty() => {
                out::line(format_args!("{place}: REFUSED {}: {}", row.reason, row.problem));
            }
            RowOutcome::Refused => {
                out::line(format_args!("{place}: comment {comment} REFUSED {}: {}", row.reason, row.problem));
            }
            RowOutcome::Unchanged | RowOutcome::Unspecified => {}
        }
    }
}
