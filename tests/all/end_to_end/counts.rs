//! The aggregation service's counts against a count of the comments themselves.

use std::collections::{BTreeMap, HashMap};

use ykien::client::{self, Aggregation, Comments};
use ykien_proto::v1;
use ykien_proto::v1::Dimension;

use super::consultation::DRAFT;

/// What is grouped by, to be counted both ways.
const GROUPINGS: [&[Dimension]; 6] = [
    &[],
    &[Dimension::Status],
    &[Dimension::Agency, Dimension::Status],
    &[Dimension::ResponsibleAgency, Dimension::Kind],
    &[Dimension::Channel, Dimension::Round],
    &[Dimension::Section, Dimension::Status],
];

/// All comments, by `StreamCollect`, of at least this revision.
pub async fn collect(aggregation: &mut Aggregation, min_revision: i64) -> anyhow::Result<Vec<v1::Comment>> {
    let request = v1::StreamCollectRequest { draft: DRAFT.to_owned(), min_revision, ..Default::default() };
    let mut stream = client::answer(aggregation.stream_collect(request).await)?;
    let mut all = Vec::new();
    while let Some(part) = stream.message().await? {
        all.extend(part.comments);
    }
    Ok(all)
}

/// Each section's parent, both by name.
pub async fn parents(comments: &mut Comments) -> anyhow::Result<HashMap<String, String>> {
    let request = v1::ListSectionsRequest { draft: DRAFT.to_owned(), page_size: 1_000, ..Default::default() };
    let listed = client::answer(comments.list_sections(request).await)?;
    Ok(listed.sections.into_iter().map(|section| (section.name, section.parent_section)).collect())
}

/// Asks one replica for its counts, and compares each with a count of its comments. Gives the comments.
pub async fn check(
    aggregation: &mut Aggregation,
    parents: &HashMap<String, String>,
    min_revision: i64,
) -> anyhow::Result<Vec<v1::Comment>> {
    let comments = collect(aggregation, min_revision).await?;
    for group_by in GROUPINGS {
        let request = v1::AggregateRequest {
            draft: DRAFT.to_owned(),
            group_by: group_by.iter().map(|dimension| (*dimension).into()).collect(),
            min_revision,
            ..Default::default()
        };
        let answer = client::answer(aggregation.aggregate(request).await)?;
        assert!(answer.revision >= min_revision);
        assert_eq!(usize::try_from(answer.total)?, comments.len());
        let mut own: BTreeMap<String, i64> = BTreeMap::new();
        let mut below: BTreeMap<String, i64> = BTreeMap::new();
        for comment in &comments {
            let mut key = key(comment, group_by);
            *own.entry(format!("{key:?}")).or_default() += 1;
            *below.entry(format!("{key:?}")).or_default() += 1;
            while let Some(parent) = parents.get(&key.section).filter(|parent| !parent.is_empty()) {
                key.section.clone_from(parent);
                *below.entry(format!("{key:?}")).or_default() += 1;
            }
        }
        let rows = |count: fn(&v1::AggregateRow) -> i64| -> BTreeMap<String, i64> {
            let counted = answer
                .rows
                .iter()
                .map(|row| (format!("{:?}", row.key.clone().unwrap_or_default()), count(row)));
            counted.filter(|(_, count)| *count > 0).collect()
        };
        assert_eq!(rows(|row| row.count), own, "{group_by:?}");
        assert_eq!(rows(|row| row.subtree_count), below, "{group_by:?}, with what is below");
    }
    Ok(comments)
}

fn key(comment: &v1::Comment, group_by: &[Dimension]) -> v1::AggregateKey {
    let mut key = v1::AggregateKey::default();
    for dimension in group_by {
        match dimension {
            Dimension::Section => key.section = section(comment),
            Dimension::Status => key.status = comment.status,
            Dimension::Agency => key.agency.clone_from(&comment.agency),
            Dimension::ResponsibleAgency => key.responsible_agency.clone_from(&comment.responsible_agency),
            Dimension::Kind => key.kind = comment.kind,
            Dimension::Channel => key.channel = comment.channel,
            Dimension::Round => key.round.clone_from(&comment.round),
            Dimension::Unspecified => {}
        }
    }
    key
}

/// The section of a comment; of one on the whole document, the root.
fn section(comment: &v1::Comment) -> String {
    let named = comment.anchor.as_ref().map(|anchor| anchor.section.clone()).unwrap_or_default();
    if named.is_empty() { format!("{DRAFT}/sections/0") } else { named }
}
