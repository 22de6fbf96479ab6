//! A draft's versions: given as a tree of sections, or as a text whose tree is found by its numbering.

use axum::extract::{DefaultBodyLimit, Request, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::words::FileFormat;
use ykien_domain::{Error, Result, command, model};
use ykien_edge::document::{self, Document};
use ykien_edge::files::MAX_FILE_BYTES;
use ykien_edge::files::import;

use crate::AdminState;
use crate::answer::{Answer, Answered, View};
use crate::files::File;
use crate::problem::Refused;
use crate::request::{Asked, Caller, Ids, Write, bytes, content_type, expect_json, file, json};
use crate::sections::SectionHeading;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    // A Word file may be larger than its text.
    OpenApiRouter::new().routes(routes!(create_version)).layer(DefaultBodyLimit::max(MAX_FILE_BYTES))
}

/// A new version: a tree of sections, or the document's text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVersion {
    /// The tree in reading order, at most 20,000 sections and 16 deep.
    #[serde(default)]
    sections: Vec<NewSection>,
    /// With `sections`: the text before the first of them, the whole document's own; at most 1,000,000 characters. With
    /// `text` it is found there.
    #[serde(default)]
    #[schema(max_length = 1_000_000)]
    preamble: String,
    /// The document as plain text or Markdown instead: its tree is found by its numbering.
    #[serde(default)]
    text: String,
}

/// A section of a new version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSection {
    /// The id of the section of the version before that it is; absent to have it matched by what it says and where it
    /// stands.
    id: Option<i64>,
    /// The index of its parent in the list, which stands above it; absent for the top.
    parent: Option<usize>,
    /// What sort of heading it is, at most 100 characters: `chapter`, `article`, `roman`, `h2` …
    #[serde(default)]
    #[schema(max_length = 100)]
    level: String,
    /// Its label, at most 100 characters: `IV`, `Điều 5a`.
    #[serde(default)]
    #[schema(max_length = 100)]
    label: String,
    /// Its heading without the label, at most 2,000 characters; required where there is no label.
    #[serde(default)]
    #[schema(max_length = 2000)]
    heading: String,
    /// Its own text, without its subsections, at most 1,000,000 characters.
    #[serde(default)]
    #[schema(max_length = 1_000_000)]
    body: String,
}

impl From<NewSection> for command::NewSection {
    fn from(section: NewSection) -> Self {
        let NewSection { id, parent, level, label, heading, body } = section;
        Self { id, parent, level, label, heading, body }
    }
}

/// How a version is added.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VersionQuery {
    /// Say what would become of it, and change nothing: answered with 200.
    dry_run: bool,
}

/// The version that was added, and what was found of the version before in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Its number: from 1, without gaps.
    version: i64,
    /// How many sections it has, the whole document not counted: those kept, and those added.
    section_count: i64,
    /// How many of its sections an earlier version had.
    kept_count: i64,
    /// How many of its sections no earlier version had.
    added_count: i64,
    /// How many sections of the version before it does not have.
    removed_count: i64,
    /// The first of those added, in reading order: at most 1,000, and 1 MiB.
    added_sections: Vec<SectionHeading>,
    /// The first of those removed, in the reading order of the version before: at most 1,000, and 1 MiB.
    removed_sections: Vec<SectionHeading>,
}

impl View for Version {}

impl From<command::VersionCreated> for Version {
    fn from(created: command::VersionCreated) -> Self {
        let headings = |sections: Vec<model::SectionHeading>| sections.into_iter().map(Into::into).collect();
        Self {
            version: created.version,
            section_count: created.sections,
            kept_count: created.kept,
            added_count: created.added,
            removed_count: created.removed,
            added_sections: headings(created.added_sections),
            removed_sections: headings(created.removed_sections),
        }
    }
}

/// Add a version with its tree of sections
///
/// A section that is the same, moved or renamed keeps its id where what it says and where it stands prove it; what can't be
/// matched is listed as added or removed, never guessed. The document may also be sent as it is, as `text/plain`,
/// `text/markdown` or a Word file (`.docx`, at most 16 MiB).
#[utoipa::path(post, path = "/v1/drafts/{draft}/versions", tag = "versions", params(VersionQuery),
    request_body(content((NewVersion = "application/json"), (String = "text/plain"), (String = "text/markdown"),
        (File = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"))),
    responses((status = 201, description = "The version.", body = Version),
        (status = 200, description = "What a dry run found.", body = Version)))]
async fn create_version(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(mut options): Write,
    Asked(asked): Asked<VersionQuery>,
    request: Request,
) -> Answered<Version> {
    let draft = ids.draft()?;
    let Document { preamble, sections } = document(request).await?;
    let command = command::CreateVersion { draft: draft.clone(), preamble, sections };
    options.dry_run = asked.dry_run;
    let written = state.store.write(&scope, command, options).await?;
    let answer = Answer::written(written, Version::from);
    if asked.dry_run {
        return Ok(answer);
    }
    Ok(answer.created(|made| format!("/v1/drafts/{draft}/sections?version={}", made.version)))
}

/// The document of the body, in whichever form it came.
async fn document(request: Request) -> Result<Document, Refused> {
    let media_type = content_type(request.headers());
    if media_type == FileFormat::Docx.media_type() {
        return Ok(import::version(file(request).await?).await?);
    }
    if matches!(media_type.as_str(), "text/plain" | "text/markdown") {
        let text = String::from_utf8(bytes(request).await?.into())
            .map_err(|_| Error::field("body", "must be UTF-8 text"))?;
        return Ok(document::read("body", text).await?);
    }
    expect_json(&media_type)?;
    let new: NewVersion = json(&bytes(request).await?)?;
    match (new.sections.is_empty(), new.text.is_empty()) {
        (false, true) => {
            let sections = new.sections.into_iter().map(Into::into).collect();
            Ok(Document { preamble: new.preamble, sections })
        }
        (true, false) if new.preamble.is_empty() => Ok(document::read("text", new.text).await?),
        (true, false) => Err(Error::field("preamble", "must be empty with text, where it is found").into()),
        _ => Err(Error::field("sections", "either sections or text is required, not both").into()),
    }
}
