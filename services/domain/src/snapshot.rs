//! What documents are made of: one draft at one revision.

use std::collections::BTreeMap;

use crate::Result;
use crate::ids::{AgencyCode, DraftId, ROOT, Revision, RoundNumber, SectionId};
use crate::model::{Agency, Comment, Directive, Draft, Section};
use crate::query::{Group, Progress};
use crate::words::{Document, Status};

/// A draft at one revision, without its comments: those are read as they are written, from the same revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The draft.
    pub draft: Draft,
    /// The revision for which everything here holds; printed on each document.
    pub revision: Revision,
    /// The newest version's sections in reading order, the whole document first; removed ones last. Without their texts.
    pub sections: Vec<Section>,
    /// Every agency that is named by anything here or in a comment.
    pub agencies: BTreeMap<AgencyCode, Agency>,
    /// The round that the document is about, and where each agency stands in it; none before the first.
    pub progress: Option<Progress>,
    /// The chair's instructions, by number.
    pub directives: Vec<Directive>,
    /// How many comments the document will list, by what counts are asked for: each cell once.
    pub counts: Vec<Count>,
}

/// Which snapshot, and for which document: that says who may have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotQuery {
    /// The draft.
    pub draft: DraftId,
    /// What it is taken for.
    pub document: Document,
    /// Only comments of this round, and the round that the document is about; else all comments, and the newest round.
    pub round: Option<RoundNumber>,
    /// The agency that a slip or a comment sheet is for; the caller's own when none.
    pub agency: Option<AgencyCode>,
    /// Only a snapshot that includes this revision.
    pub min_revision: Revision,
}

/// How many comments have these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The section of the anchor.
    pub section: SectionId,
    /// The status.
    pub status: Status,
    /// Whose opinion it is.
    pub agency: AgencyCode,
    /// The responsible agency in force.
    pub responsible: AgencyCode,
    /// How many.
    pub count: i64,
}

/// Where the comments of a snapshot are read from, in any of its orders, as often as asked.
pub trait Comments {
    /// The comments, grouped: within a group in the draft's reading order, then by number. Groups follow one another by status's
    /// standing order, or by agency code.
    ///
    /// # Errors
    /// `UNAVAILABLE`; each item may fail so, too.
    fn collect(&mut self, group: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>>;
}

impl Snapshot {
    /// The section of an id.
    #[must_use]
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The sections above one, from the top down to itself; the whole document is left out.
    #[must_use]
    pub fn path(&self, id: SectionId) -> Vec<&Section> {
        let mut path = Vec::new();
        let mut at = self.section(id).filter(|section| section.id != ROOT);
        while let Some(section) = at {
            path.push(section);
            at = section.parent.and_then(|parent| self.section(parent)).filter(|above| above.id != ROOT);
        }
        path.reverse();
        path
    }

    /// What tables call an agency: its short name, or its code where it is not known.
    #[must_use]
    pub fn short_name<'a>(&'a self, code: &'a AgencyCode) -> &'a str {
        self.agencies.get(code).map_or(code.as_str(), |agency| &agency.short_name)
    }

    /// An agency's official name, or its code where it is not known.
    #[must_use]
    pub fn name<'a>(&'a self, code: &'a AgencyCode) -> &'a str {
        self.agencies.get(code).map_or(code.as_str(), |agency| &agency.name)
    }
}
