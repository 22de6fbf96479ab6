//! `ykien draft import`: the section tree of a text, as the draft's next version.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateDraft, CreateVersion, NewSection, WriteOptions};
use ykien_domain::ids::{AgencyCode, DraftId};
use ykien_domain::outline::{self, Depth, Outline};
use ykien_domain::query::GetDraft;
use ykien_edge::document::Document;
use ykien_edge::limits::MAX_DOCUMENT_BYTES;
use ykien_proto::v1;

use crate::cli::{DepthArg, DraftImportArgs};
use crate::config::{Bad, Database, Remote};
use crate::session::Session;
use crate::{client, credential, database, out};

/// The longest heading that the printed tree shows, in characters.
const SHOWN: usize = 90;

/// `ykien draft import`.
///
/// # Errors
/// A setting that is not valid, a file that can't be read, a server that refuses.
pub async fn command(args: DraftImportArgs) -> anyhow::Result<ExitCode> {
    let remote = Remote::check(&args.remote)?;
    let database = Database::check(&args.database)?;
    let id = DraftId::parse("draft", &args.draft)
        .map_err(|error| Bad::new("--draft", error.message.trim_start_matches("draft: ")))?;
    let text = read(&args.file)?;
    let outline = outline::parse(&text, depth(args.depth));
    print(&outline);
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if outline.nodes.is_empty() {
        bail!(
            "{}: no headings were found, so there is nothing to comment on by section",
            args.file.display()
        );
    }
    let title = args.title.clone().or_else(|| Some(args.file.file_stem()?.to_string_lossy().into_owned()));
    let new = New {
        id,
        title: title.unwrap_or_else(|| args.draft.clone()),
        agency: args.agency,
        document: outline.into(),
    };
    let version = match remote {
        Some(remote) => {
            let session = Session::remote(remote).await?;
            let version = through_grpc(&session, new).await;
            session.close().await?;
            version?
        }
        None => directly(&database, new).await?,
    };
    out::line(format_args!("drafts/{} has version {version}", args.draft));
    Ok(ExitCode::SUCCESS)
}

/// A version to be added, and what the draft needs if it is missing.
struct New {
    id: DraftId,
    title: String,
    agency: Option<String>,
    document: Document,
}

impl New {
    fn drafting_agency(&self) -> anyhow::Result<AgencyCode> {
        let missing =
            || Bad::new("--agency", format!("is required: there is no draft {}, and it needs one", self.id));
        Ok(AgencyCode::parse("--agency", self.agency.as_deref().ok_or_else(missing)?)?)
    }
}

async fn through_grpc(session: &Session, new: New) -> anyhow::Result<i64> {
    let mut comments = session.comments().await?;
    let name = format!("drafts/{}", new.id);
    match comments.get_draft(v1::GetDraftRequest { name: name.clone() }).await {
        Ok(_) => {}
        Err(status) if status.code() == tonic::Code::NotFound => {
            let draft = v1::Draft {
                title: new.title.clone(),
                drafting_agency: format!("agencies/{}", new.drafting_agency()?),
                ..v1::Draft::default()
            };
            let draft_id = new.id.as_str().to_owned();
            let request = v1::CreateDraftRequest { draft: Some(draft), draft_id, request_id: String::new() };
            client::answer(comments.create_draft(request).await).context("can't make the draft")?;
        }
        Err(status) => bail!("can't read the draft: {}", client::explain(&status)),
    }
    let Document { preamble, sections } = new.document;
    let sections = sections.into_iter().map(message).collect();
    let request =
        v1::CreateVersionRequest { draft: name, preamble, sections, ..v1::CreateVersionRequest::default() };
    Ok(client::answer(comments.create_version(request).await).context("can't add the version")?.version)
}

async fn directly(database: &Database, new: New) -> anyhow::Result<i64> {
    let store = database::open(database, database::system_clock()).await?;
    let scope = Scope::installation();
    let known = store.read(&scope, GetDraft { draft: new.id.clone() }).await;
    if credential::is_missing(&known)? {
        let command = CreateDraft {
            id: Some(new.id.clone()),
            title: new.title.clone(),
            summary: String::new(),
            drafting_agency: new.drafting_agency()?,
        };
        store.write(&scope, command, WriteOptions::default()).await.context("can't make the draft")?;
    }
    let Document { preamble, sections } = new.document;
    let command = CreateVersion { draft: new.id, preamble, sections };
    let written =
        store.write(&scope, command, WriteOptions::default()).await.context("can't add the version")?;
    store.close().await;
    Ok(written.answer.version)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let size = std::fs::metadata(file).with_context(|| format!("can't open {}", file.display()))?.len();
    if size > MAX_DOCUMENT_BYTES as u64 {
        bail!("{}: must be at most 2 MiB, is {size} bytes", file.display());
    }
    let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    String::from_utf8(bytes).with_context(|| format!("{}: must be UTF-8", file.display()))
}

fn depth(depth: DepthArg) -> Depth {
    match depth {
        DepthArg::Article => Depth::Article,
        DepthArg::Clause => Depth::Clause,
        DepthArg::Point => Depth::Point,
    }
}

/// A section as the contract writes it.
pub(crate) fn message(section: NewSection) -> v1::NewSection {
    v1::NewSection {
        section: String::new(),
        parent: section.parent.and_then(|parent| i32::try_from(parent).ok()),
        level: section.level,
        label: section.label,
        heading: section.heading,
        body: section.body,
    }
}

/// Prints the tree, and how many sections there are of each level.
fn print(outline: &Outline) {
    let mut depths: Vec<usize> = Vec::with_capacity(outline.nodes.len());
    let mut levels: BTreeMap<&'static str, usize> = BTreeMap::new();
    for node in &outline.nodes {
        let depth = node.parent.and_then(|parent| depths.get(parent)).map_or(0, |above| above + 1);
        depths.push(depth);
        *levels.entry(node.level.as_str()).or_default() += 1;
        let mut heading: String = node.heading.chars().take(SHOWN).collect();
        if heading.len() < node.heading.len() {
            heading.push('…');
        }
        let gap = if node.label.is_empty() || heading.is_empty() { "" } else { "  " };
        out::line(format_args!("{:6}  {}{}{gap}{heading}", node.line, "  ".repeat(depth), node.label));
    }
    let counts: Vec<_> = levels.iter().map(|(level, count)| format!("{level} {count}")).collect();
    out::line(format_args!("{} sections: {}", outline.nodes.len(), counts.join(", ")));
}
