//! A draft's versions: given as a tree of sections, or as a text whose tree is found by its numbering.

use axum::extract::{Request, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::actor::Scope;
use ykien_domain::event::Change;
use ykien_domain::ids::{DraftId, ROOT, Revision, SectionId, VersionNumber};
use ykien_domain::outline::{self, Depth};
use ykien_domain::{Error, Reason, Result, command, query};

use crate::AdminState;
use crate::answer::{Answer, Answered, View};
use crate::problem::Refused;
use crate::request::{Caller, Ids, Write, bytes, content_type, is_json, json};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(create_version))
}

/// A new version: a tree of sections, or the document's text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVersion {
    /// The tree in reading order, at most 20,000 sections and 16 deep.
    #[serde(default)]
    sections: Vec<NewSection>,
    /// The document as plain text or Markdown instead: its tree is found by its numbering.
    #[serde(default)]
    text: String,
}

/// A section of a new version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSection {
    /// The id of the section of the version before that it is; absent to have it matched by its path of labels and its
    /// heading.
    id: Option<SectionId>,
    /// The index of its parent in the list, which stands above it; absent for the top.
    parent: Option<usize>,
    /// What sort of heading it is, at most 100 characters: `chapter`, `article`, `roman`, `h2` …
    #[serde(default)]
    level: String,
    /// Its label, at most 100 characters: `IV`, `Điều 5a`.
    #[serde(default)]
    label: String,
    /// Its heading without the label, at most 2,000 characters; required where there is no label.
    #[serde(default)]
    heading: String,
    /// Its own text, without its subsections, at most 1,000,000 characters.
    #[serde(default)]
    body: String,
}

impl From<NewSection> for command::NewSection {
    fn from(section: NewSection) -> Self {
        let NewSection { id, parent, level, label, heading, body } = section;
        Self { id, parent, level, label, heading, body }
    }
}

/// The version that was added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Its number: from 1, without gaps.
    version: i64,
    /// How many sections it has, the whole document not counted.
    section_count: usize,
}

impl View for Version {}

/// Add a version with its tree of sections
///
/// A section that is the same as before keeps its id. The document may also be sent as it is, as `text/plain` or
/// `text/markdown`.
#[utoipa::path(post, path = "/v1/drafts/{draft}/versions", tag = "versions",
    request_body(content((NewVersion = "application/json"), (String = "text/plain"), (String = "text/markdown"))),
    responses((status = 201, description = "The version.", body = Version)))]
async fn create_version(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    request: Request,
) -> Answered<Version> {
    let draft = ids.draft()?;
    let sections = sections(request).await?;
    let written =
        state.store.write(&scope, command::CreateVersion { draft: draft.clone(), sections }, options).await?;
    let version = made_by(&state, &scope, draft.clone(), written.revision).await?;
    Ok(Answer::written(written, |sections| Version {
        version,
        section_count: sections.iter().filter(|section| section.id != ROOT && !section.removed).count(),
    })
    .created(|made| format!("/v1/drafts/{draft}/sections?version={}", made.version)))
}

/// The version that this revision of the draft made, from the change log: also a retry learns the number of its own
/// version, whatever came after it.
async fn made_by(
    state: &AdminState,
    scope: &Scope,
    draft: DraftId,
    revision: Revision,
) -> Result<VersionNumber> {
    let log = query::ListEvents { draft, after: revision - 1, limit: 1 };
    match state.store.read(scope, log).await?.answer.items.first().map(|event| &event.change) {
        Some(Change::VersionCreated { version, .. }) => Ok(*version),
        _ => Err(Error::new(Reason::Internal, "the version's event is missing")),
    }
}

/// The sections of the body, in whichever form it came.
async fn sections(request: Request) -> Result<Vec<command::NewSection>, Refused> {
    let media_type = content_type(request.headers());
    if matches!(media_type.as_str(), "text/plain" | "text/markdown") {
        let text = String::from_utf8(bytes(request).await?.into())
            .map_err(|_| Error::field("body", "must be UTF-8 text"))?;
        return Ok(outlined("body", text).await?);
    }
    if !is_json(&media_type) {
        let message = "must be application/json, text/plain or text/markdown";
        return Err(Refused::with_status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::field("Content-Type", message),
        ));
    }
    let new: NewVersion = json(&bytes(request).await?)?;
    match (new.sections.is_empty(), new.text.is_empty()) {
        (false, true) => Ok(new.sections.into_iter().map(Into::into).collect()),
        (true, false) => Ok(outlined("text", new.text).await?),
        _ => Err(Error::field("sections", "either sections or text is required, not both").into()),
    }
}

/// The tree of a text, found off the async threads: 2 MiB take a good part of a second.
async fn outlined(field: &'static str, text: String) -> Result<Vec<command::NewSection>> {
    let outline = tokio::task::spawn_blocking(move || outline::parse(&text, Depth::Clause))
        .await
        .map_err(|_| Error::new(Reason::Internal, "the text could not be read"))?;
    if outline.nodes.is_empty() {
        return Err(Error::field(field, "must have at least one numbered or marked heading"));
    }
    Ok(outline
        .nodes
        .into_iter()
        .map(|node| command::NewSection {
            id: None,
            parent: node.parent,
            level: node.level.as_str().to_owned(),
            label: node.label,
            heading: node.heading,
            body: node.body,
        })
        .collect())
}
