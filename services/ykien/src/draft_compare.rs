//! `ykien draft compare`: what became of each section from one version to another.

mod lines;

use std::process::ExitCode;

use anyhow::Context as _;
use ykien_domain::actor::Scope;
use ykien_domain::ids::DraftId;
use ykien_domain::query::{CompareVersions, MAX_PAGE};
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_proto::v1::SectionChange;

use crate::cli::DraftCompareArgs;
use crate::config::{Bad, Database, Remote};
use crate::draft_import::title;
use crate::session::Session;
use crate::{client, database, out};

/// `ykien draft compare`.
///
/// # Errors
/// A setting that is not valid, a version that the draft does not have, a server that refuses.
pub async fn command(args: DraftCompareArgs) -> anyhow::Result<ExitCode> {
    let remote = Remote::check(&args.remote)?;
    let database = Database::check(&args.database)?;
    let draft = DraftId::parse("draft", &args.draft)
        .map_err(|error| Bad::new("--draft", error.message.trim_start_matches("draft: ")))?;
    let sections = match remote {
        Some(remote) => {
            let session = Session::remote(remote).await?;
            let sections = through_grpc(&session, &draft, args.from, args.to).await;
            session.close().await?;
            sections
        }
        None => directly(&database, draft, args.from, args.to).await,
    };
    render(&sections.context("can't compare the versions")?).into_iter().for_each(out::line);
    Ok(ExitCode::SUCCESS)
}

async fn through_grpc(
    session: &Session,
    draft: &DraftId,
    from: i64,
    to: Option<i64>,
) -> anyhow::Result<Vec<v1::SectionComparison>> {
    let mut comments = session.comments().await?;
    let (mut sections, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::CompareVersionsRequest {
            draft: wire::names::draft(draft),
            from_version: from,
            to_version: to.unwrap_or_default(),
            page_size: i32::try_from(MAX_PAGE)?,
            page_token,
        };
        let page = client::answer(comments.compare_versions(request).await)?;
        sections.extend(page.sections);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(sections);
        }
    }
}

async fn directly(
    database: &Database,
    draft: DraftId,
    from: i64,
    to: Option<i64>,
) -> anyhow::Result<Vec<v1::SectionComparison>> {
    let store = database::open(database, database::system_clock()).await?;
    // Whatever a version has, in one reading: nothing can change meanwhile.
    let limit = i64::from(u32::MAX);
    let query = CompareVersions { draft: draft.clone(), from, to, after: None, limit };
    let read = store.read(&Scope::installation(), query).await;
    store.close().await;
    let render = |section| wire::section_comparison(&draft, section);
    Ok(read?.answer.items.into_iter().map(render).collect())
}

/// A line for each section that changed, the lines of its text that did, and how many there are of each.
fn render(sections: &[v1::SectionComparison]) -> Vec<String> {
    let mut printed = Vec::new();
    let mut counts = [0_usize; KINDS.len()];
    for section in sections {
        let changes: Vec<SectionChange> = section.changes().collect();
        for (count, (change, _)) in counts.iter_mut().zip(KINDS) {
            *count += usize::from(changes.contains(change));
        }
        let marks: String = MARKS
            .iter()
            .filter(|(_, kinds)| kinds.iter().any(|kind| changes.contains(kind)))
            .map(|(mark, _)| *mark)
            .collect();
        let empty = v1::Section::default();
        let (before, after) = (section.before.as_ref(), section.after.as_ref());
        let Some(shown) = after.or(before).filter(|_| !marks.is_empty()) else { continue };
        let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
        let indent = "  ".repeat(usize::try_from(shown.depth - 1).unwrap_or(0));
        let called = if marks.contains('#') {
            title(&both(&before.label, &after.label), &both(&before.heading, &after.heading))
        } else {
            title(&shown.label, &shown.heading)
        };
        printed.push(format!("{marks:<3} {indent}{called}"));
        if marks.contains('~') {
            let differing = lines::differing(&before.body, &after.body);
            printed.extend(differing.into_iter().map(|(mark, line)| format!("      {indent}{mark} {line}")));
        }
    }
    let counts = counts.iter().zip(KINDS).filter(|(count, _)| **count > 0);
    let counts: Vec<String> = counts.map(|(count, (_, word))| format!("{word} {count}")).collect();
    printed.push(format!("{} sections: {}", sections.len(), counts.join(", ")));
    printed
}

/// A word that is the same in both, or the two.
fn both(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before} → {after}") }
}

/// What a line begins with, and for what.
const MARKS: &[(char, &[SectionChange])] = &[
    ('+', &[SectionChange::Added]),
    ('-', &[SectionChange::Removed]),
    ('>', &[SectionChange::Moved]),
    ('#', &[SectionChange::Renumbered, SectionChange::Renamed]),
    ('~', &[SectionChange::TextChanged]),
];

/// What is counted, and how it is called.
const KINDS: &[(SectionChange, &str)] = &[
    (SectionChange::Unchanged, "unchanged"),
    (SectionChange::Added, "added"),
    (SectionChange::Removed, "removed"),
    (SectionChange::Moved, "moved"),
    (SectionChange::Renumbered, "renumbered"),
    (SectionChange::Renamed, "renamed"),
    (SectionChange::TextChanged, "with another text"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn section(depth: i64, label: &str, heading: &str, body: &str) -> Option<v1::Section> {
        let (label, heading, body) = (label.to_owned(), heading.to_owned(), body.to_owned());
        Some(v1::Section { depth, label, heading, body, ..v1::Section::default() })
    }

    #[test]
    fn a_line_tells_what_became_of_a_section() {
        use SectionChange::{Added, Moved, Removed, Renumbered, TextChanged, Unchanged};
        let one = |before, after, changes: &[SectionChange]| v1::SectionComparison {
            before,
            after,
            changes: changes.iter().map(|change| i32::from(*change)).collect(),
            ..v1::SectionComparison::default()
        };
        let chapter = section(1, "I", "Chung", "");
        let sections = [
            one(chapter.clone(), chapter, &[Unchanged]),
            one(None, section(2, "1", "Mới", "Lời"), &[Added]),
            one(
                section(2, "1", "Mục tiêu", "Một\nHai\nBa"),
                section(2, "2", "Mục tiêu", "Một\nHai, sửa\nBa"),
                &[Moved, Renumbered, TextChanged],
            ),
            one(section(1, "", "Phụ lục", ""), None, &[Removed]),
        ];
        let expected = [
            "+     1  Mới",
            ">#~   1 → 2  Mục tiêu",
            "        - Hai",
            "        + Hai, sửa",
            "-   Phụ lục",
            "4 sections: unchanged 1, added 1, removed 1, moved 1, renumbered 1, with another text 1",
        ];
        assert_eq!(render(&sections), expected);
    }
}
