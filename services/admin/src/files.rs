//! Files: documents out, filled-in sheets in.

use std::borrow::Cow;
use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_documents::letterhead::Letterhead;
use ykien_documents::words::Language;
use ykien_domain::Error;
use ykien_domain::actor::Scope;
use ykien_domain::ids::AgencyCode;
use ykien_domain::time::Date;
use ykien_domain::words::FileFormat;
use ykien_edge::files::MAX_FILE_BYTES;
use ykien_edge::files::export::{self, CHUNK_BYTES, Export, Exported};
use ykien_edge::files::import::{self, CommentsOptions, Report, RowOutcome, RowReport};

use ykien_edge::places::Place;

use crate::AdminState;
use crate::answer::{Answer, Answered, REVISION, View};
use crate::collection::group;
use crate::problem::Refused;
use crate::request::{Asked, Caller, Ids, Write, file};

/// The route of documents: it may take longer than others.
pub(crate) const DOCUMENTS: &str = "/v1/drafts/{draft}/documents/{document}";

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(export_document))
        .routes(routes!(import_comments))
        .routes(routes!(import_decisions))
        .layer(DefaultBodyLimit::max(MAX_FILE_BYTES))
}

/// The bytes of a file.
pub(crate) struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some("The bytes of a file."))
            .min_length(Some(1))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for File {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("File")
    }
}

/// Which document, and what stands around it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DocumentQuery {
    /// In which format: of a summary `docx`, `pdf`, `xlsx`, `csv`, `json`; of a slip and the directives `docx`, `pdf`; of the
    /// sheets `xlsx`; of the ISO form `xlsx`, `docx`. The first when absent.
    #[param(value_type = Option<crate::words::FileFormat>)]
    format: String,
    /// In which language its own words are; `vi` when absent.
    #[param(value_type = Option<crate::words::Language>)]
    language: String,
    /// How a summary's table is grouped; by section when absent. A workbook has all groupings.
    #[param(value_type = Option<crate::words::Group>)]
    group_by: String,
    /// Only this round; all comments, and the newest round's roster, when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    round: Option<i64>,
    /// Whose slip or comment sheet: an agency's code; the caller's own when absent.
    agency: String,
    /// The agency above the issuing one. This and the following stand around an official document (Nghị định
    /// 30/2020/NĐ-CP): at most 500 characters each, and what is absent is left open on the page.
    #[param(max_length = 500)]
    superior: String,
    /// The issuing agency; the drafting agency's name when absent.
    #[param(max_length = 500)]
    issuing_agency: String,
    /// Number and symbol, such as `215/BC-SNN`.
    #[param(max_length = 500)]
    number: String,
    /// The place.
    #[param(max_length = 500)]
    place: String,
    /// The date of issue, `YYYY-MM-DD`.
    date: Option<String>,
    /// The capacity of who signs; a line feed begins a new line.
    #[param(max_length = 500)]
    capacity: String,
    /// Who signs.
    #[param(max_length = 500)]
    signer: String,
    /// Who receives it, one a line; at most 50.
    recipients: String,
    /// Only a document that includes this revision; `REVISION_NOT_REACHED` when the draft is not so far.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "crate::request::at_least::<0, _, _>")]
    min_revision: i64,
}

/// What to do with a file of comments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CommentsQuery {
    /// Whose comments they are: an agency's code; the one that the sheet names, or else the caller's own, when absent.
    agency: String,
    /// The round; the one that the sheet names, or else the open one, when absent.
    #[param(minimum = 1)]
    #[serde(deserialize_with = "crate::request::at_least::<1, _, _>")]
    round: Option<i64>,
    /// Say what would become of each row, and change nothing.
    dry_run: bool,
}

/// What to do with a file of decisions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DecisionsQuery {
    /// Say what would become of each row, and change nothing.
    dry_run: bool,
}

/// What became of a row: `submitted`, `revised`, `decided`, `unchanged` or `refused`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is a new comment.
    Submitted,
    /// Its comment, of an earlier file, was revised.
    Revised,
    /// Its comment was decided.
    Decided,
    /// What it asks for stands already.
    Unchanged,
    /// It was refused, and changed nothing.
    Refused,
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedRow {
    /// The sheet, or the table's number in a text; empty for a CSV file.
    sheet: String,
    /// The row, from 1.
    row: u32,
    /// The cell at fault, such as `C12`; empty when it is the row as a whole.
    cell: String,
    /// What became of it.
    outcome: Outcome,
    /// Its comment's number; null when there is none.
    number: Option<i64>,
    /// Why it was refused, for people; null when it was not.
    problem: Option<String>,
    /// Why it was refused, as in a problem document.
    reason: Option<&'static str>,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    /// Its rows that ask for something, in order; a row may be refused for several cells.
    rows: Vec<ImportedRow>,
    /// How many are new comments.
    submitted: usize,
    /// How many were revised.
    revised: usize,
    /// How many were decided.
    decided: usize,
    /// How many stood already.
    unchanged: usize,
    /// How many were refused.
    refused: usize,
}

impl View for ImportReport {}

impl From<RowReport> for ImportedRow {
    fn from(report: RowReport) -> Self {
        let RowReport { sheet, row, cell, outcome, number, error } = report;
        let outcome = match outcome {
            RowOutcome::Submitted => Outcome::Submitted,
            RowOutcome::Revised => Outcome::Revised,
            RowOutcome::Decided => Outcome::Decided,
            RowOutcome::Unchanged => Outcome::Unchanged,
            RowOutcome::Refused => Outcome::Refused,
        };
        let reason = error.as_ref().map(|error| error.reason.as_str());
        Self { sheet, row, cell, outcome, number, problem: error.map(|error| error.message), reason }
    }
}

fn reported(report: Report) -> Answer<ImportReport> {
    let body = ImportReport {
        submitted: report.count(RowOutcome::Submitted),
        revised: report.count(RowOutcome::Revised),
        decided: report.count(RowOutcome::Decided),
        unchanged: report.count(RowOutcome::Unchanged),
        refused: report.count(RowOutcome::Refused),
        rows: report.rows.into_iter().map(ImportedRow::from).collect(),
    };
    Answer::at(report.revision, body)
}

/// Get a document as a file
///
/// The consolidated table (`summary`), an agency's `slip`, the `directives` and what was done with them, a `comment_sheet` for
/// an agency, a `decision_sheet` for who decides, the commenting form of ISO and CEN (`iso_form`). All of it is of one
/// revision; the same revision and parameters give the same bytes.
#[utoipa::path(get, path = "/v1/drafts/{draft}/documents/{document}", tag = "files", params(DocumentQuery),
    responses((status = 200, description = "The file.",
        headers(("Content-Disposition" = String, description = "A name for the file.")),
        content((File = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (File = "application/pdf"),
            (File = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (File = "text/csv"), (Object = "application/json")))))]
async fn export_document(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<DocumentQuery>,
) -> Result<Response, Refused> {
    let (draft, document) = (ids.draft()?, ids.document()?);
    let format = some(&asked.format).map(|word| FileFormat::parse("format", word)).transpose()?;
    let language = match some(&asked.language) {
        None => Language::default(),
        Some(word) => {
            Language::from_word(word).ok_or_else(|| Error::field("language", "must be one of: vi en"))?
        }
    };
    let agency = some(&asked.agency).map(|code| AgencyCode::parse("agency", code)).transpose()?;
    let by = group(&asked.group_by)?;
    let letterhead = Letterhead {
        superior: asked.superior,
        agency: asked.issuing_agency,
        number: asked.number,
        place: asked.place,
        date: asked.date.map(|date| Date::parse("date", &date)).transpose()?,
        capacity: asked.capacity,
        signer: asked.signer,
        recipients: asked
            .recipients
            .lines()
            .map(str::to_owned)
            .filter(|line| !line.trim().is_empty())
            .collect(),
    };
    let (round, min_revision) = (asked.round, asked.min_revision);
    let wanted = Export { draft, document, format, language, by, round, agency, letterhead, min_revision };
    let place = export_place(&state, &scope)?;
    Ok(attachment(export::export(&state.store, &scope, wanted).await?, place))
}

/// A place among the exports, to be kept until the file is sent.
pub(crate) fn export_place(state: &AdminState, scope: &Scope) -> Result<Place<AgencyCode>, Refused> {
    let place = state.exports.take(Some(scope.agency().clone()));
    Ok(place.map_err(|full| full.refusal("exports"))?)
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The file as it is sent, a piece at a time.
fn attachment(exported: Exported, place: Place<AgencyCode>) -> Response {
    let Exported { mut file, size, name, format, revision } = exported;
    let pieces = std::iter::from_fn(move || {
        let _until_sent = &place;
        let mut piece = vec![0; CHUNK_BYTES];
        match file.read(&mut piece) {
            Ok(0) => None,
            Ok(length) => {
                piece.truncate(length);
                Some(Ok(Bytes::from(piece)))
            }
            Err(error) => Some(Err(error)),
        }
    });
    let mut response = Response::new(Body::from_stream(tokio_stream::iter(pieces)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(REVISION, HeaderValue::from(revision));
    // A draft's id and a document's word: letters, digits, '-', '_' and '.'.
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Upload a sheet of comments
///
/// A filled-in comment sheet (`.xlsx`, `.csv`) or an ISO/CEN commenting form (`.xlsx`, `.docx`, `.csv`). Right rows are taken,
/// wrong ones are reported with their cell. The same file again adds nothing; a corrected one adds what was missing and revises
/// what changed.
#[utoipa::path(post, path = "/v1/drafts/{draft}/comment-sheets", tag = "files", params(CommentsQuery),
    request_body(content = File, content_type = "application/octet-stream"),
    responses((status = 200, description = "What became of each row.", body = ImportReport)))]
async fn import_comments(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<CommentsQuery>,
    Write(mut write): Write,
    request: Request,
) -> Answered<ImportReport> {
    let draft = ids.draft()?;
    let agency = some(&asked.agency).map(|code| AgencyCode::parse("agency", code)).transpose()?;
    write.dry_run = asked.dry_run;
    let options = CommentsOptions { agency, round: asked.round, write };
    let bytes = file(request).await?;
    Ok(reported(import::comments(&state.store, &scope, &draft, bytes, options).await?))
}

/// Upload a sheet of decisions
///
/// A filled-in decision sheet (`.xlsx`, `.csv`): decisions by comment number. A comment that changed since the sheet was
/// written is a conflict (`STALE_ETAG`): it is reported, and stays as it is.
#[utoipa::path(post, path = "/v1/drafts/{draft}/decision-sheets", tag = "files", params(DecisionsQuery),
    request_body(content = File, content_type = "application/octet-stream"),
    responses((status = 200, description = "What became of each row.", body = ImportReport)))]
async fn import_decisions(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<DecisionsQuery>,
    Write(mut options): Write,
    request: Request,
) -> Answered<ImportReport> {
    let draft = ids.draft()?;
    options.dry_run = asked.dry_run;
    let bytes = file(request).await?;
    Ok(reported(import::decisions(&state.store, &scope, &draft, bytes, options).await?))
}
