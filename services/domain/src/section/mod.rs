//! The tree of a version: checked when it comes in, matched with the version before, and who answers for what.

mod comparison;
mod matching;
mod placement;

use std::collections::{HashMap, HashSet};

use crate::chain::{push_field, sha256};
use crate::command::{
    MAX_LISTED, MAX_LISTED_BYTES, MAX_SECTION_DEPTH, MAX_SECTIONS, NewSection, VersionCreated,
};
use crate::cube::Place;
use crate::ids::{AgencyCode, ROOT, SectionId, VersionNumber};
use crate::model::{Section, SectionHeading};
use crate::text::{MAX_LABEL, MAX_SECTION_TEXT, MAX_SHORT_TEXT, clean};
use crate::{Error, Result, Violations};

pub use comparison::{SectionComparison, compare, longest_ascending};
pub use placement::{Placement, placements};

/// The longest heading, in code points: an Điều without a title has its whole first sentence there.
pub const MAX_HEADING: usize = 4 * MAX_SHORT_TEXT;

/// The sections in their stored form.
///
/// # Errors
/// `INVALID_FIELD` with paths `sections[3].label`: a text out of bounds, a parent that does not stand before its child,
/// a tree too deep, an id given twice.
pub fn checked(sections: Vec<NewSection>) -> Result<Vec<NewSection>> {
    if sections.len() > MAX_SECTIONS {
        return Err(Error::field(
            "sections",
            format!("must be at most {MAX_SECTIONS}, are {}", sections.len()),
        ));
    }
    let mut bad = Violations::default();
    let mut depths: Vec<usize> = Vec::with_capacity(sections.len());
    let mut ids = HashSet::new();
    let mut checked = Vec::with_capacity(sections.len());
    // The open branch: a parent must be on it, or the list is not in reading order.
    let mut branch: Vec<usize> = Vec::new();
    for (index, section) in sections.into_iter().enumerate() {
        let path = |field: &str| format!("sections[{index}].{field}");
        let depth = match section.parent {
            None => {
                branch.clear();
                1
            }
            Some(parent) => match branch.iter().rposition(|open| *open == parent) {
                Some(place) => {
                    branch.truncate(place + 1);
                    depths.get(parent).copied().unwrap_or(0) + 1
                }
                None => {
                    bad.add(
                        path("parent"),
                        "must be the index of a section above this one, in reading order",
                    );
                    1
                }
            },
        };
        if depth > MAX_SECTION_DEPTH {
            bad.add(path("parent"), format!("the tree must be at most {MAX_SECTION_DEPTH} deep"));
        }
        branch.push(index);
        depths.push(depth);
        if let Some(id) = section.id
            && (id <= ROOT || !ids.insert(id))
        {
            bad.add(path("id"), "must be an id of the version before, each once");
        }
        let new = NewSection {
            id: section.id,
            parent: section.parent,
            level: bad.take(clean(&path("level"), &section.level, MAX_LABEL)),
            label: bad.take(clean(&path("label"), &section.label, MAX_LABEL)),
            heading: bad.take(clean(&path("heading"), &section.heading, MAX_HEADING)),
            body: bad.take(clean(&path("body"), &section.body, MAX_SECTION_TEXT)),
        };
        if section.label.trim().is_empty() && section.heading.trim().is_empty() {
            bad.add(path("heading"), "is required where there is no label");
        }
        checked.push(new);
    }
    bad.check()?;
    Ok(checked)
}

/// The next version's tree: the root, the new sections with ids kept where a section of the version before is the
/// same, then those it no longer has, marked removed so that what stands on them keeps a place.
///
/// A section is the same when its id is given, or when what it says and where it stands prove it ([`matching`]). Nothing
/// is guessed.
///
/// # Errors
/// `INVALID_FIELD` for an id that the version before does not have.
pub fn next_version(
    title: &str,
    preamble: String,
    before: &[Section],
    new: Vec<NewSection>,
    next_id: SectionId,
) -> Result<Vec<Section>> {
    let by_id: HashMap<SectionId, &Section> = before.iter().map(|section| (section.id, section)).collect();
    let ids = matching::matched(before, &new);
    let root_assigned = by_id.get(&ROOT).and_then(|root| root.assigned.clone());
    let mut next = vec![Section {
        heading: title.to_owned(),
        level: "document".to_owned(),
        body: preamble,
        assigned: root_assigned,
        ..Section::default()
    }];
    let mut fresh = next_id;
    let mut own_ids: Vec<(SectionId, i64)> = Vec::with_capacity(new.len());
    for (index, section) in new.into_iter().enumerate() {
        let id = match ids.get(index).copied().flatten() {
            Some(id) if by_id.contains_key(&id) => id,
            Some(_) => {
                return Err(Error::field(
                    format!("sections[{index}].id"),
                    "is not a section of the version before",
                ));
            }
            None => {
                fresh += 1;
                fresh - 1
            }
        };
        let (parent, parent_depth) =
            section.parent.and_then(|parent| own_ids.get(parent).copied()).unwrap_or((ROOT, 0));
        own_ids.push((id, parent_depth + 1));
        next.push(Section {
            id,
            parent: Some(parent),
            position: next.len() as i64,
            depth: parent_depth + 1,
            level: section.level,
            label: section.label,
            heading: section.heading,
            body: section.body,
            assigned: by_id.get(&id).and_then(|old| old.assigned.clone()),
            responsible: None,
            removed: false,
        });
    }
    let kept: HashSet<SectionId> = next.iter().map(|section| section.id).collect();
    for old in before.iter().filter(|old| !kept.contains(&old.id)) {
        next.push(Section {
            parent: Some(ROOT),
            position: next.len() as i64,
            depth: 1,
            removed: true,
            ..old.clone()
        });
    }
    answer_for(&mut next);
    Ok(next)
}

/// What an added version says of itself beside the version before.
#[must_use]
pub fn created(version: VersionNumber, before: &[Section], after: &[Section]) -> VersionCreated {
    let known: HashSet<SectionId> = before.iter().map(|section| section.id).collect();
    let gone: HashSet<SectionId> =
        after.iter().filter(|section| section.removed).map(|section| section.id).collect();
    let live = |section: &&Section| !section.removed && section.id != ROOT;
    let (kept, added): (Vec<&Section>, Vec<&Section>) =
        after.iter().filter(live).partition(|section| known.contains(&section.id));
    let removed: Vec<&Section> =
        before.iter().filter(live).filter(|section| gone.contains(&section.id)).collect();
    let count = |sections: &[&Section]| sections.len() as i64;
    let listed = |sections: &[&Section]| -> Vec<SectionHeading> {
        let mut left = MAX_LISTED_BYTES;
        let fits = |section: &&&Section| {
            let rest = left.checked_sub(section.label.len() + section.heading.len());
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        let first = sections.iter().take(MAX_LISTED).take_while(fits);
        first.map(|section| SectionHeading::from(*section)).collect()
    };
    VersionCreated {
        version,
        sections: count(&kept) + count(&added),
        kept: count(&kept),
        added: count(&added),
        removed: count(&removed),
        added_sections: listed(&added),
        removed_sections: listed(&removed),
    }
}

/// What tells whether a version's tree is the one that was added: SHA-256, in hexadecimal, over each section in reading
/// order, its fields as in [`crate::chain`]. Who answers for a section changes later and is left out.
#[must_use]
pub fn digest(sections: &[Section]) -> String {
    let mut bytes = Vec::new();
    for section in sections {
        let Section { id, parent, position, depth, level, label, heading, body, removed, .. } = section;
        let numbers = [Some(*id), *parent, Some(*position), Some(*depth), Some(i64::from(*removed))];
        for number in numbers {
            push_field(&mut bytes, number.map(|number| number.to_string()).as_deref());
        }
        for text in [level, label, heading, body] {
            push_field(&mut bytes, Some(text));
        }
    }
    sha256(&bytes)
}

/// Sets who answers for each section: what it was given itself, else what its nearest ancestor was given.
pub fn answer_for(sections: &mut [Section]) {
    let mut in_force: HashMap<SectionId, Option<AgencyCode>> = HashMap::with_capacity(sections.len());
    for section in sections {
        let inherited = section.parent.and_then(|parent| in_force.get(&parent).cloned().flatten());
        section.responsible = section.assigned.clone().or(inherited);
        in_force.insert(section.id, section.responsible.clone());
    }
}

/// The tree as counting needs it.
#[must_use]
pub fn places(sections: &[Section]) -> Vec<Place> {
    sections
        .iter()
        .map(|section| Place {
            id: section.id,
            parent: section.parent,
            responsible: section.responsible.clone(),
        })
        .collect()
}

/// Which sections of a version lie in which.
#[derive(Debug, Clone, Default)]
pub struct Subtrees {
    /// The first and last place of each section with everything below it, in reading order.
    spans: HashMap<SectionId, (usize, usize)>,
}

impl Subtrees {
    /// Of sections in reading order, each with the one that it stands in.
    #[must_use]
    pub fn of(sections: impl IntoIterator<Item = (SectionId, Option<SectionId>)>) -> Self {
        let mut spans: HashMap<SectionId, (usize, usize)> = HashMap::new();
        let mut above: Vec<SectionId> = Vec::new();
        for (position, (section, parent)) in sections.into_iter().enumerate() {
            while above.last().is_some_and(|open| Some(*open) != parent) {
                above.pop();
            }
            above.push(section);
            spans.insert(section, (position, position));
            for open in &above {
                if let Some((_, last)) = spans.get_mut(open) {
                    *last = position;
                }
            }
        }
        Self { spans }
    }

    /// Whether `section` is `top` or lies below it; not when the version has no such section.
    #[must_use]
    pub fn within(&self, section: SectionId, top: SectionId) -> bool {
        match (self.spans.get(&section), self.spans.get(&top)) {
            (Some((place, _)), Some((first, last))) => (first..=last).contains(&place),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(parent: Option<usize>, label: &str, heading: &str) -> NewSection {
        NewSection { parent, label: label.into(), heading: heading.into(), ..NewSection::default() }
    }

    fn first() -> Vec<Section> {
        let tree = vec![
            new(None, "I", "Chung"),
            new(Some(0), "1", "Mục đích"),
            new(Some(0), "2", "Yêu cầu"),
            new(None, "II", "Riêng"),
        ];
        next_version("Báo cáo", String::new(), &[], checked(tree).unwrap(), 1).unwrap()
    }

    #[test]
    fn the_root_is_the_whole_document_and_ids_begin_at_one() {
        let sections = first();
        assert_eq!(sections.iter().map(|section| section.id).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(sections.iter().map(|section| section.depth).collect::<Vec<_>>(), [0, 1, 2, 2, 1]);
        assert_eq!(sections[2].parent, Some(1));
    }

    #[test]
    fn a_section_that_is_the_same_or_only_renamed_keeps_its_id_and_a_lost_one_keeps_a_place() {
        let tree =
            vec![new(None, "I", "Chung"), new(Some(0), "1", "Mục đích, yêu cầu"), new(None, "III", "Thêm")];
        let next = next_version("Báo cáo", "Kính gửi".into(), &first(), checked(tree).unwrap(), 5).unwrap();
        let shown: Vec<_> =
            next.iter().map(|section| (section.id, section.label.as_str(), section.removed)).collect();
        assert_eq!(
            shown,
            [
                (0, "", false),
                (1, "I", false),
                (2, "1", false),
                (5, "III", false),
                (3, "2", true),
                (4, "II", true)
            ]
        );
    }

    #[test]
    fn two_sections_of_one_path_are_not_guessed_apart() {
        let tree = vec![new(None, "I", "A"), new(None, "I", "B")];
        let next = next_version("", String::new(), &first(), checked(tree).unwrap(), 5).unwrap();
        assert_eq!(next.iter().map(|section| section.id).collect::<Vec<_>>(), [0, 5, 6, 1, 2, 3, 4]);
    }

    #[test]
    fn who_answers_is_inherited_from_the_nearest_ancestor() {
        let mut sections = first();
        let code = |text: &str| Some(AgencyCode::stored(text.into()));
        sections[1].assigned = code("A");
        sections[3].assigned = code("B");
        answer_for(&mut sections);
        let found: Vec<_> = sections.iter().map(|section| section.responsible.clone()).collect();
        assert_eq!(found, [None, code("A"), code("A"), code("B"), None]);
    }

    #[test]
    fn a_bad_tree_names_its_section() {
        let deep = (0..=MAX_SECTION_DEPTH).map(|index| new(index.checked_sub(1), "x", "")).collect();
        let table = [
            (vec![new(Some(0), "I", "")], "sections[0].parent"),
            (vec![new(None, "I", ""), new(None, "II", ""), new(Some(0), "1", "")], "sections[2].parent"),
            (vec![new(None, "", "")], "sections[0].heading"),
            (vec![new(None, &"I".repeat(MAX_LABEL + 1), "")], "sections[0].label"),
            (deep, "sections[16].parent"),
        ];
        for (tree, field) in table {
            assert_eq!(checked(tree).unwrap_err().violations[0].field, field);
        }
        let many = vec![new(None, "I", ""); MAX_SECTIONS + 1];
        assert_eq!(checked(many).unwrap_err().violations[0].field, "sections");
    }

    #[test]
    fn a_section_lies_in_itself_and_in_all_above_it() {
        // 0 ⊃ (1 ⊃ (2, 3), 4)
        let tree = Subtrees::of([(0, None), (1, Some(0)), (2, Some(1)), (3, Some(1)), (4, Some(0))]);
        let inside = [(2, 1), (3, 1)];
        for section in 0..=4 {
            for top in 0..=4 {
                let expected = section == top || top == 0 || inside.contains(&(section, top));
                assert_eq!(tree.within(section, top), expected, "{section} in {top}");
            }
            assert!(!tree.within(section, 5) && !tree.within(5, section));
        }
    }
}
