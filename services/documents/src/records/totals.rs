//! The counts of a snapshot, added up.

use std::collections::BTreeMap;

use ykien_domain::ids::{AgencyCode, SectionId};
use ykien_domain::words::Status;

use crate::snapshot::Snapshot;

/// How many comments stand in each status; a status without any may be missing.
pub(crate) type Split = BTreeMap<Status, i64>;

/// The counts, by each of what they are asked for. Only what has comments is there.
#[derive(Debug, Default)]
pub(crate) struct Totals<'a> {
    /// All comments.
    pub(crate) all: i64,
    /// Each status, also those without comments, in their standing order.
    pub(crate) statuses: Split,
    /// Whose opinion it is, by code.
    pub(crate) agencies: BTreeMap<&'a AgencyCode, Split>,
    /// The responsible agencies, by code.
    pub(crate) responsible: BTreeMap<&'a AgencyCode, Split>,
    /// The sections in reading order; those that the snapshot does not know, last.
    pub(crate) sections: Vec<(SectionId, Split)>,
}

impl<'a> Totals<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let mut totals =
            Self { statuses: Status::ALL.iter().map(|status| (*status, 0)).collect(), ..Self::default() };
        let mut sections: BTreeMap<SectionId, Split> = BTreeMap::new();
        for cell in &snapshot.counts {
            totals.all += cell.count;
            let splits = [
                &mut totals.statuses,
                totals.agencies.entry(&cell.agency).or_default(),
                totals.responsible.entry(&cell.responsible).or_default(),
                sections.entry(cell.section).or_default(),
            ];
            for split in splits {
                *split.entry(cell.status).or_default() += cell.count;
            }
        }
        for section in &snapshot.sections {
            totals.sections.extend(sections.remove_entry(&section.id));
        }
        totals.sections.extend(sections);
        totals
    }
}
