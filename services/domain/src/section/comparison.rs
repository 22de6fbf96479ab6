//! Two versions, section by section.

use std::collections::{HashMap, HashSet};

use crate::ids::{ROOT, SectionId};
use crate::model::Section;
use crate::words::SectionChange;

/// A section in two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionComparison {
    /// Its place in the comparison, from 0.
    pub position: i64,
    /// Its id.
    pub section: SectionId,
    /// As it is in the version compared; none where it is not there.
    pub before: Option<Section>,
    /// As it is in the version that it is compared with; none where it is not there.
    pub after: Option<Section>,
    /// What became of it, in the words' standing order; one at least.
    pub changes: Vec<SectionChange>,
}

/// Every section of either version, in the reading order of the second; what it does not have stands behind the section
/// that it stood behind, as far as that stayed where it was, else first in what it stood in. Both are given in reading
/// order, the root first.
#[must_use]
pub fn compare(before: &[Section], after: &[Section]) -> Vec<SectionComparison> {
    let old = live(before);
    let new = live(after);
    let moved = moved(before, after);
    let mut gone = Gone::of(before, &new, &moved);
    let mut compared: Vec<SectionComparison> = Vec::with_capacity(new.len());
    let mut push = |before: Option<&Section>, after: Option<&Section>| {
        let Some(section) = after.or(before) else { return };
        compared.push(SectionComparison {
            position: compared.len() as i64,
            section: section.id,
            before: before.cloned(),
            after: after.cloned(),
            changes: changes(before, after, moved.contains(&section.id)),
        });
    };
    // The open branch of the reading: what stood behind a section stands behind all that is below it.
    let mut open: Vec<SectionId> = Vec::new();
    for section in after.iter().filter(|section| !section.removed) {
        while open.last().is_some_and(|last| Some(*last) != section.parent) {
            let closed = open.pop().unwrap_or(ROOT);
            gone.take(Spot::Behind(closed)).for_each(|lost| push(Some(lost), None));
        }
        open.push(section.id);
        push(old.get(&section.id).copied(), Some(section));
        gone.take(Spot::First(section.id)).for_each(|lost| push(Some(lost), None));
    }
    for closed in open.into_iter().rev() {
        gone.take(Spot::Behind(closed)).for_each(|lost| push(Some(lost), None));
    }
    compared
}

fn live(version: &[Section]) -> HashMap<SectionId, &Section> {
    version.iter().filter(|section| !section.removed).map(|section| (section.id, section)).collect()
}

fn changes(before: Option<&Section>, after: Option<&Section>, moved: bool) -> Vec<SectionChange> {
    let (Some(before), Some(after)) = (before, after) else {
        return vec![if after.is_some() { SectionChange::Added } else { SectionChange::Removed }];
    };
    let found = [
        (moved, SectionChange::Moved),
        (before.label != after.label, SectionChange::Renumbered),
        (before.heading != after.heading, SectionChange::Renamed),
        (before.body != after.body, SectionChange::TextChanged),
    ];
    let changes: Vec<SectionChange> =
        found.into_iter().filter(|(holds, _)| *holds).map(|(_, change)| change).collect();
    if changes.is_empty() { vec![SectionChange::Unchanged] } else { changes }
}

/// Where a section that is gone is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spot {
    /// Directly below this section.
    First(SectionId),
    /// Behind this section and all that is below it.
    Behind(SectionId),
}

/// The sections that the later version does not have, where they are shown.
struct Gone<'a>(HashMap<Spot, Vec<&'a Section>>);

impl<'a> Gone<'a> {
    fn of(before: &'a [Section], new: &HashMap<SectionId, &Section>, moved: &HashSet<SectionId>) -> Self {
        let mut gone: HashMap<Spot, Vec<&Section>> = HashMap::new();
        // The spot of what comes next in each section.
        let mut next: HashMap<SectionId, Spot> = HashMap::new();
        for section in before.iter().filter(|section| !section.removed) {
            let parent = section.parent.unwrap_or(ROOT);
            if new.contains_key(&section.id) {
                next.insert(section.id, Spot::First(section.id));
                if section.id != ROOT && !moved.contains(&section.id) {
                    next.insert(parent, Spot::Behind(section.id));
                }
                continue;
            }
            let spot = next.get(&parent).copied().unwrap_or(Spot::First(ROOT));
            next.insert(section.id, spot);
            gone.entry(spot).or_default().push(section);
        }
        Self(gone)
    }

    fn take(&mut self, spot: Spot) -> impl Iterator<Item = &'a Section> {
        self.0.remove(&spot).into_iter().flatten()
    }
}

/// The sections of both versions that stand in another section, or in another order among those that stayed in theirs:
/// as few as tell the new order.
pub(super) fn moved(before: &[Section], after: &[Section]) -> HashSet<SectionId> {
    let old = live(before);
    let mut moved = HashSet::new();
    // For each section, where the subsections that it kept stood before, in their order now.
    let mut stayed: HashMap<SectionId, Vec<(SectionId, i64)>> = HashMap::new();
    for section in after.iter().filter(|section| !section.removed) {
        let (Some(parent), Some(was)) = (section.parent, old.get(&section.id)) else { continue };
        if was.parent == Some(parent) {
            stayed.entry(parent).or_default().push((section.id, was.position));
        } else {
            moved.insert(section.id);
        }
    }
    for children in stayed.into_values() {
        let places: Vec<i64> = children.iter().map(|(_, place)| *place).collect();
        let mut still = longest_ascending(&places).into_iter().peekable();
        for (index, (section, _)) in children.into_iter().enumerate() {
            if still.next_if_eq(&index).is_none() {
                moved.insert(section);
            }
        }
    }
    moved
}

/// The indexes of a longest strictly ascending subsequence, ascending; in n·log n.
#[must_use]
pub fn longest_ascending<T: Ord>(values: &[T]) -> Vec<usize> {
    // For each length, the index of the least value that ends a subsequence of that length; and each index's predecessor.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values.get(*end).is_some_and(|least| least < value));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut found = Vec::with_capacity(ends.len());
    let mut last = ends.last().copied();
    while let Some(index) = last {
        found.push(index);
        last = before.get(index).copied().flatten();
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use SectionChange::{Added, Moved, Removed, Renamed, Renumbered, TextChanged, Unchanged};

    /// A version: id, parent, label and text of each section in reading order. The root comes first, by itself.
    fn version(rows: &[(SectionId, SectionId, &str, &str)]) -> Vec<Section> {
        let root = Section { heading: "Báo cáo".into(), ..Section::default() };
        let section =
            |(position, (id, parent, label, body)): (i64, &(SectionId, SectionId, &str, &str))| Section {
                id: *id,
                parent: Some(*parent),
                position,
                label: (*label).into(),
                body: (*body).into(),
                ..Section::default()
            };
        std::iter::once(root).chain((1..).zip(rows).map(section)).collect()
    }

    /// Id and changes, without the root.
    fn compared(
        before: &[(SectionId, SectionId, &str, &str)],
        after: &[(SectionId, SectionId, &str, &str)],
    ) -> Vec<(SectionId, Vec<SectionChange>)> {
        let compared = compare(&version(before), &version(after));
        for (position, section) in compared.iter().enumerate() {
            assert_eq!(section.position, position as i64);
        }
        compared.into_iter().skip(1).map(|section| (section.section, section.changes)).collect()
    }

    #[test]
    fn a_section_has_every_change_that_applies_and_else_none() {
        let before = [(1, 0, "I", "a"), (2, 1, "1", "b"), (3, 1, "2", "c"), (4, 0, "II", "")];
        let mut after =
            [(1, 0, "I", "a"), (5, 1, "1", ""), (2, 1, "2", "b, sửa"), (3, 4, "1", "c"), (4, 0, "II", "")];
        after.swap(3, 4);
        let expected = [
            (1, vec![Unchanged]),
            (5, vec![Added]),
            (2, vec![Renumbered, TextChanged]),
            (4, vec![Unchanged]),
            (3, vec![Moved, Renumbered]),
        ];
        assert_eq!(compared(&before, &after), expected);
        let mut renamed = version(&before);
        renamed[1].heading = "Chung".into();
        renamed[0].body = "Kính gửi".into();
        let changes: Vec<_> =
            compare(&version(&before), &renamed).into_iter().map(|section| section.changes).collect();
        assert_eq!(changes[..2], [vec![TextChanged], vec![Renamed]]);
    }

    #[test]
    fn what_is_gone_stands_where_it_stood() {
        let before = [
            (1, 0, "I", ""),
            (2, 1, "1", ""),
            (3, 1, "2", ""),
            (4, 3, "a", ""),
            (5, 0, "II", ""),
            (6, 5, "1", ""),
            (7, 0, "III", ""),
        ];
        // II is gone with what stood in it, and so is I.2; I got a new subsection, and III came first.
        let after = [(7, 0, "III", ""), (1, 0, "I", ""), (2, 1, "1", ""), (8, 2, "a", ""), (9, 1, "2", "")];
        let order: Vec<_> = compared(&before, &after).into_iter().map(|(section, _)| section).collect();
        assert_eq!(order, [7, 1, 2, 8, 3, 4, 9, 5, 6]);
        // The first of a section stands first in it; all of a section that moved went with it.
        let before = [(1, 0, "", ""), (2, 1, "", ""), (3, 1, "", ""), (4, 0, "", ""), (5, 0, "", "")];
        let after = [(4, 0, "", ""), (5, 0, "", ""), (1, 0, "", ""), (3, 1, "", "")];
        let order: Vec<_> = compared(&before, &after).into_iter().map(|(section, _)| section).collect();
        assert_eq!(order, [4, 5, 1, 2, 3]);
    }

    #[test]
    fn as_few_sections_are_moved_as_tell_the_new_order() {
        let rows = |ids: &[SectionId]| -> Vec<_> { ids.iter().map(|id| (*id, 0, "", "")).collect() };
        let moved = |before: &[SectionId], after: &[SectionId]| -> Vec<SectionId> {
            let found = compared(&rows(before), &rows(after));
            found.into_iter().filter(|(_, changes)| changes.contains(&Moved)).map(|(id, _)| id).collect()
        };
        assert_eq!(moved(&[1, 2, 3, 4, 5], &[5, 1, 2, 3, 4]), [5]);
        assert_eq!(moved(&[1, 2, 3, 4, 5], &[2, 3, 1, 4, 5]), [1]);
        assert!(moved(&[1, 2, 3], &[9, 1, 8, 3]).is_empty());
        assert_eq!(moved(&[1, 2], &[2, 1]).len(), 1);
    }

    #[test]
    fn what_either_version_had_lost_already_is_not_there() {
        let lost = |mut version: Vec<Section>| {
            version[1].removed = true;
            version
        };
        let rows = [(1, 0, "I", "")];
        let changes = |before: Vec<Section>, after: Vec<Section>| -> Vec<Vec<SectionChange>> {
            compare(&before, &after).into_iter().skip(1).map(|section| section.changes).collect()
        };
        assert_eq!(changes(version(&rows), lost(version(&rows))), [[Removed]]);
        assert_eq!(changes(lost(version(&rows)), version(&rows)), [[Added]]);
        assert!(changes(lost(version(&rows)), lost(version(&rows))).is_empty());
    }

    #[test]
    fn a_longest_ascending_subsequence() {
        assert_eq!(longest_ascending(&[3, 1, 2, 5, 4]).len(), 3);
        assert_eq!(longest_ascending(&[1, 1, 1]), [2]);
        assert!(longest_ascending::<i64>(&[]).is_empty());
        assert_eq!(longest_ascending(&[5, 6, 1, 7, 2]), [0, 1, 3]);
    }
}
