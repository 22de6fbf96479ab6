//! The draft, the sections and the round that rows go to: looked up, and made when asked.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use tonic::Code;
use ykien_domain::section::MAX_HEADING;
use ykien_domain::text::{MAX_LABEL, clean};
use ykien_domain::time::{Clock, Timestamp};
use ykien_proto::v1;

use crate::client::{self, Comments};

/// The deadline of a round that is made for an import, from now: nothing of a log of the past is late.
const ROUND_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The draft of these rows: as it is, or made.
///
/// # Errors
/// It is missing and not to be made, or the server refuses.
pub(super) async fn draft(
    comments: &mut Comments,
    id: &str,
    make: Option<(&str, &str)>,
) -> anyhow::Result<v1::Draft> {
    let name = format!("drafts/{id}");
    match comments.get_draft(v1::GetDraftRequest { name }).await {
        Ok(found) => return Ok(found.into_inner()),
        Err(status) if status.code() == Code::NotFound => {}
        Err(status) => bail!("can't read the draft {id}: {}", client::explain(&status)),
    }
    let Some((title, agency)) = make else {
        bail!("there is no draft {id}: make it with `ykien draft import`, or with --create");
    };
    let draft = v1::Draft {
        title: title.to_owned(),
        drafting_agency: format!("agencies/{agency}"),
        ..v1::Draft::default()
    };
    let request =
        v1::CreateDraftRequest { draft: Some(draft), draft_id: id.to_owned(), request_id: String::new() };
    client::answer(comments.create_draft(request).await).with_context(|| format!("can't make the draft {id}"))
}

/// The tree of a draft's newest version, in reading order.
///
/// # Errors
/// The server refuses, also where there is no version.
pub(crate) async fn tree(comments: &mut Comments, draft: &str) -> anyhow::Result<Vec<v1::Section>> {
    let mut sections = Vec::new();
    let mut page_token = String::new();
    loop {
        let draft = draft.to_owned();
        let request = v1::ListSectionsRequest { draft, version: 0, page_size: 1_000, page_token };
        let page =
            client::answer(comments.list_sections(request).await).context("can't list the sections")?;
        sections.extend(page.sections);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(sections);
        }
    }
}

/// The sections of a draft as rows may cite them.
#[derive(Debug, Default)]
pub(crate) struct Sections(HashMap<String, String>);

impl Sections {
    /// The newest version's sections; none of a draft without a version.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn load(comments: &mut Comments, draft: &v1::Draft) -> anyhow::Result<Self> {
        if draft.version == 0 {
            return Ok(Self::default());
        }
        Ok(Self::of(&tree(comments, &draft.name).await?))
    }

    /// The sections by path of labels, by label and by heading: what several sections share means none of them.
    pub(crate) fn of(all: &[v1::Section]) -> Self {
        let mut paths: HashMap<&str, String> = HashMap::new();
        let mut cited: HashMap<String, Option<&str>> = HashMap::new();
        for section in all.iter().filter(|section| section.position > 0 && !section.removed) {
            let own = if section.label.is_empty() { &section.heading } else { &section.label };
            let path = match paths.get(section.parent_section.as_str()) {
                Some(above) => format!("{above}/{own}"),
                None => own.clone(),
            };
            paths.insert(&section.name, path.clone());
            let mut names = vec![path, section.label.clone(), section.heading.clone()];
            names.sort();
            names.dedup();
            for name in names {
                cited.entry(name).and_modify(|found| *found = None).or_insert(Some(&section.name));
            }
        }
        // A path is exact: it wins over labels that are the same text.
        for (name, path) in &paths {
            cited.insert(path.clone(), Some(name));
        }
        cited.remove("");
        Self(cited.into_iter().filter_map(|(name, section)| Some((name, section?.to_owned()))).collect())
    }

    /// The resource name of a section as cited; empty for the whole document.
    pub(crate) fn get(&self, cited: &str) -> Option<String> {
        if cited.is_empty() {
            return Some(String::new());
        }
        self.0.get(cited).or_else(|| self.0.get(&clean("section", cited, MAX_HEADING).ok()?)).cloned()
    }
}

/// Gives a draft without a version one whose sections are those that the rows cite, in the order of first citation.
///
/// # Errors
/// The server refuses.
pub(super) async fn create_sections(
    comments: &mut Comments,
    draft: &str,
    cited: &[&str],
) -> anyhow::Result<i64> {
    let mut seen = std::collections::HashSet::new();
    let sections: Vec<_> = cited
        .iter()
        .filter_map(|text| clean("section", text, MAX_HEADING).ok())
        .filter(|text| !text.is_empty() && seen.insert(text.clone()))
        .map(|text| {
            // What is too long for a label is a heading.
            let is_label = text.chars().count() <= MAX_LABEL;
            let (label, heading) = if is_label { (text, String::new()) } else { (String::new(), text) };
            v1::NewSection { level: "cited".to_owned(), label, heading, ..v1::NewSection::default() }
        })
        .collect();
    // The whole document is there before the first version: all that such a log needs.
    if sections.is_empty() {
        return Ok(0);
    }
    let request =
        v1::CreateVersionRequest { draft: draft.to_owned(), sections, ..v1::CreateVersionRequest::default() };
    let made =
        client::answer(comments.create_version(request).await).context("can't make the draft's sections")?;
    Ok(made.section_count)
}

/// An open round: the one there is, or one that is made and admits anyone.
///
/// # Errors
/// There is none and none is to be made, or the server refuses.
pub(super) async fn round(
    comments: &mut Comments,
    draft: &str,
    make: bool,
    clock: &dyn Clock,
) -> anyhow::Result<String> {
    let mut rounds = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListRoundsRequest { draft: draft.to_owned(), page_size: 1_000, page_token };
        let page = client::answer(comments.list_rounds(request).await).context("can't list the rounds")?;
        rounds.extend(page.rounds);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if let Some(open) = rounds.iter().rev().find(|round| round.state() == v1::RoundState::Open) {
        return Ok(open.name.clone());
    }
    if !make {
        bail!("{draft} has no open round: open one, or import with --create");
    }
    // One that an earlier run could not open any more.
    let left =
        rounds.into_iter().find(|round| round.title == IMPORT && round.state() == v1::RoundState::Preparing);
    let name = match left {
        Some(round) => round.name,
        None => {
            let round = v1::Round {
                title: IMPORT.to_owned(),
                deadline: Some(timestamp(clock.now().plus_seconds(ROUND_SECONDS))),
                admission: v1::Admission::Anyone.into(),
                ..v1::Round::default()
            };
            let request = v1::CreateRoundRequest {
                draft: draft.to_owned(),
                round: Some(round),
                request_id: String::new(),
            };
            client::answer(comments.create_round(request).await).context("can't make a round")?.name
        }
    };
    let request = v1::OpenRoundRequest { name, ..v1::OpenRoundRequest::default() };
    Ok(client::answer(comments.open_round(request).await).context("can't open the round")?.name)
}

/// The title of a round that an import made.
const IMPORT: &str = "Nhập từ tệp / Import";

/// An instant as the contract writes it.
pub(crate) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.0.div_euclid(1_000_000),
        nanos: i32::try_from(at.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: i64, parent: i64, label: &str, heading: &str) -> v1::Section {
        v1::Section {
            name: format!("s{id}"),
            parent_section: format!("s{parent}"),
            position: id,
            label: label.into(),
            heading: heading.into(),
            ..v1::Section::default()
        }
    }

    #[test]
    fn a_citation_is_a_path_a_unique_label_or_a_unique_heading() {
        let root = v1::Section { name: "s0".into(), heading: "Báo cáo".into(), ..v1::Section::default() };
        let tree = [
            root,
            section(1, 0, "IV", "Đánh giá"),
            section(2, 1, "1", "Kết quả"),
            section(3, 0, "V", "Phương hướng"),
            section(4, 3, "1", "Mục tiêu"),
            section(5, 0, "", "Phụ lục"),
        ];
        let sections = Sections::of(&tree);
        let table = [
            ("", Some("")),
            ("IV", Some("s1")),
            ("IV/1", Some("s2")),
            ("V/1", Some("s4")),
            ("1", None),
            (" Mục tiêu ", Some("s4")),
            ("Phụ lục", Some("s5")),
            ("Báo cáo", None),
        ];
        for (cited, expected) in table {
            assert_eq!(sections.get(cited).as_deref(), expected, "{cited:?}");
        }
    }
}
