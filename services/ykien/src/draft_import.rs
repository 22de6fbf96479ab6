//! `ykien draft import`: the section tree of a text, as the draft's next version.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ykien_documents::read;
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateDraft, CreateVersion, NewSection, WriteOptions};
use ykien_domain::ids::{AgencyCode, DraftId};
use ykien_domain::outline::{Depth, Outline};
use ykien_domain::query::GetDraft;
use ykien_edge::document::Document;
use ykien_edge::wire;
use ykien_proto::v1;

use crate::cli::{DepthArg, DraftImportArgs};
use crate::config::{Bad, Database, Remote};
use crate::session::Session;
use crate::{client, credential, database, export, out};

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
    let outline = read::outline("file", &export::read(&args.file)?, depth(args.depth))
        .with_context(|| args.file.display().to_string())?;
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
    let created = match remote {
        Some(remote) => {
            let session = Session::remote(remote).await?;
            let created = through_grpc(&session, new).await;
            session.close().await?;
            created?
        }
        None => directly(&database, new).await?,
    };
    found(&args.draft, &created).into_iter().for_each(out::line);
    Ok(ExitCode::SUCCESS)
}

/// What was found of the version before; of the first version nothing can be.
fn found(draft: &str, created: &v1::CreateVersionResponse) -> Vec<String> {
    let mut lines = vec![format!("drafts/{draft} has version {}", created.version)];
    if created.version <= 1 {
        return lines;
    }
    let v1::CreateVersionResponse { kept_count, added_count, removed_count, .. } = created;
    lines.push(format!(
        "of its sections {kept_count} were kept and {added_count} added; {removed_count} were removed"
    ));
    let all = [('+', added_count, &created.added_sections), ('-', removed_count, &created.removed_sections)];
    for (mark, count, listed) in all {
        lines.extend(
            listed.iter().map(|section| format!("  {mark} {}", title(&section.label, &section.heading))),
        );
        let rest = count - i64::try_from(listed.len()).unwrap_or(i64::MAX);
        if rest > 0 {
            lines.push(format!("  {mark} and {rest} more"));
        }
    }
    lines
}

/// A section's label and heading, as people read them.
pub(crate) fn title(label: &str, heading: &str) -> String {
    let gap = if label.is_empty() || heading.is_empty() { "" } else { "  " };
    format!("{label}{gap}{heading}")
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

async fn through_grpc(session: &Session, new: New) -> anyhow::Result<v1::CreateVersionResponse> {
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
    client::answer(comments.create_version(request).await).context("can't add the version")
}

async fn directly(database: &Database, new: New) -> anyhow::Result<v1::CreateVersionResponse> {
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
    let command = CreateVersion { draft: new.id.clone(), preamble, sections };
    let written =
        store.write(&scope, command, WriteOptions::default()).await.context("can't add the version")?;
    store.close().await;
    Ok(wire::version_created(&new.id, written))
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
        out::line(format_args!("{:6}  {}{}", node.line, "  ".repeat(depth), title(&node.label, &heading)));
    }
    let counts: Vec<_> = levels.iter().map(|(level, count)| format!("{level} {count}")).collect();
    out::line(format_args!("{} sections: {}", outline.nodes.len(), counts.join(", ")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_new_version_kept_added_and_lost_is_listed() {
        let heading = |label: &str, heading: &str| v1::SectionHeading {
            label: label.to_owned(),
            heading: heading.to_owned(),
            ..v1::SectionHeading::default()
        };
        let created = v1::CreateVersionResponse {
            version: 2,
            section_count: 1_005,
            kept_count: 3,
            added_count: 1_002,
            removed_count: 1,
            added_sections: vec![heading("Điều 5", "Mức hỗ trợ"), heading("", "Phụ lục")],
            removed_sections: vec![heading("Điều 9", "")],
            ..v1::CreateVersionResponse::default()
        };
        let expected = [
            "drafts/nq has version 2",
            "of its sections 3 were kept and 1002 added; 1 were removed",
            "  + Điều 5  Mức hỗ trợ",
            "  + Phụ lục",
            "  + and 1000 more",
            "  - Điều 9",
        ];
        assert_eq!(found("nq", &created), expected);
        let first = v1::CreateVersionResponse { version: 1, ..created };
        assert_eq!(found("nq", &first), ["drafts/nq has version 1"]);
    }
}
