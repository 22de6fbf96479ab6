//! Every reading that can be asked for, as data.

use crate::actor::{Access, Operation};
use crate::chain::{Entry, Seal};
use crate::command::Place;
use crate::cube::{Cell, Move, Structure};
use crate::disclosure::Disclosure;
use crate::event::Event;
use crate::filter::Filter;
use crate::ids::{AgencyCode, ClientId, CommentNumber, DraftId, Revision, RoundNumber, VersionNumber};
use crate::model::{
    Agency, ApiClient, Comment, Directive, Draft, Invitation, Reply, Response, Round, Section,
};
use crate::person::Person;
use crate::section::{Placement, SectionComparison};
use crate::words::PlacementState;

/// The most items on a page.
pub const MAX_PAGE: i64 = 1_000;
/// The items on a page when nothing is said.
pub const DEFAULT_PAGE: i64 = 100;

/// A reading that can be asked for.
pub trait Query: Clone + Send + Sync + 'static {
    /// What it gives.
    type Answer: Send + 'static;
    /// What it is, for permissions.
    const OPERATION: Operation;
    /// Where it reads.
    fn place(&self) -> Place;
}

/// What a reading gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<A> {
    /// The answer.
    pub answer: A,
    /// The revision of the draft (or registry) for which it holds.
    pub revision: Revision,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<C>,
}

/// A part of a change log, as it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The events, oldest first; none after the last.
    pub entries: Vec<Entry>,
    /// The seals that end at one of them, oldest first.
    pub seals: Vec<Seal>,
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident -> $answer:ty, $place:ident $(as $operation:ident)? { $($body:tt)* })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $($body)* }

        impl Query for $name {
            type Answer = $answer;
            const OPERATION: Operation = queries!(@operation $name $($operation)?);
            fn place(&self) -> Place { queries!(@place self $place) }
        }
    )+ };
    (@operation $name:ident) => { Operation::$name };
    (@operation $name:ident $operation:ident) => { Operation::$operation };
    (@place $self:ident registry) => { Place::Registry };
    (@place $self:ident draft) => { Place::Draft($self.draft.clone()) };
}

queries! {
    /// One agency.
    GetAgency -> Agency, registry {
        /// Its code.
        pub code: AgencyCode,
    }

    /// The agencies, by code.
    ListAgencies -> Page<Agency, AgencyCode>, registry {
        /// After this one.
        pub after: Option<AgencyCode>,
        /// At most so many.
        pub limit: i64,
    }

    /// One client.
    GetClient -> ApiClient, registry {
        /// Its id.
        pub client_id: ClientId,
    }

    /// The clients, by id.
    ListClients -> Page<ApiClient, ClientId>, registry {
        /// After this one.
        pub after: Option<ClientId>,
        /// At most so many.
        pub limit: i64,
    }

    /// The installation's own change log, oldest first.
    ListRegistryEvents -> Page<Event, Revision>, registry {
        /// After this revision.
        pub after: Revision,
        /// At most so many.
        pub limit: i64,
    }

    /// The installation's own change log with its seals, word for word.
    ExportRegistryAudit -> AuditPage, registry {
        /// After this revision.
        pub after: Revision,
        /// At most so many events.
        pub limit: i64,
    }

    /// The drafts that the caller may see, by id.
    ListDrafts -> Page<Draft, DraftId>, registry {
        /// After this one.
        pub after: Option<DraftId>,
        /// At most so many.
        pub limit: i64,
    }

    /// Who was shown comments that are not for everybody, oldest first.
    ListDisclosures -> Page<Disclosure, String>, draft {
        /// The draft.
        pub draft: DraftId,
        /// After the one with this id.
        pub after: Option<String>,
        /// At most so many.
        pub limit: i64,
    }

    /// The persons whose names a draft has, or had.
    ListPersons -> Page<Person, String>, draft {
        /// The draft.
        pub draft: DraftId,
        /// Only those of exactly this name; all when empty.
        pub name: String,
        /// After the one for whom this stands.
        pub after: Option<String>,
        /// At most so many.
        pub limit: i64,
    }

    /// A draft's change log with its seals, word for word.
    ExportAudit -> AuditPage, draft {
        /// The draft.
        pub draft: DraftId,
        /// After this revision.
        pub after: Revision,
        /// At most so many events.
        pub limit: i64,
    }

    /// One draft.
    GetDraft -> Draft, draft {
        /// The draft.
        pub draft: DraftId,
    }

    /// A version's tree in reading order, the root first.
    ListSections -> Page<Section, i64>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The version; the newest when none.
        pub version: Option<VersionNumber>,
        /// After this position.
        pub after: Option<i64>,
        /// At most so many.
        pub limit: i64,
    }

    /// Two versions section by section: in the later one's reading order, what it no longer has where it stood.
    CompareVersions -> Page<SectionComparison, i64>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The version compared.
        pub from: VersionNumber,
        /// The version that it is compared with; the newest when none.
        pub to: Option<VersionNumber>,
        /// After this place of the comparison.
        pub after: Option<i64>,
        /// At most so many.
        pub limit: i64,
    }

    /// One round.
    GetRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
    }

    /// The rounds that the caller may see, by number: one in preparation is its drafter's alone.
    ListRounds -> Page<Round, RoundNumber>, draft {
        /// The draft.
        pub draft: DraftId,
        /// After this one.
        pub after: RoundNumber,
        /// At most so many.
        pub limit: i64,
    }

    /// A round's roster, in its order.
    ListInvitations -> Page<Invitation, i64>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// After this position.
        pub after: i64,
        /// At most so many.
        pub limit: i64,
    }

    /// One comment, as the caller may see it.
    GetComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// Its number.
        pub number: CommentNumber,
    }

    /// Comments by number, as the caller may see them.
    ListComments -> Page<Comment, Cursor>, draft {
        /// The draft.
        pub draft: DraftId,
        /// Which.
        pub filter: Filter,
        /// After this place.
        pub after: Option<Cursor>,
        /// At most so many.
        pub limit: i64,
    }

    /// Where the comments that the caller may see stand in a version, by number.
    ListPlacements -> Page<Placement, CommentNumber>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The version; the newest when none.
        pub version: Option<VersionNumber>,
        /// Only those in this state.
        pub state: Option<PlacementState>,
        /// After this comment.
        pub after: CommentNumber,
        /// At most so many.
        pub limit: i64,
    }

    /// Comments grouped and in the draft's own reading order, or by number, as the caller may see them.
    Collect -> Page<Comment, Cursor>, draft {
        /// The draft.
        pub draft: DraftId,
        /// What they are grouped by; by number, as they came, when none.
        pub group: Option<Group>,
        /// Which.
        pub filter: Filter,
        /// After this place.
        pub after: Option<Cursor>,
        /// At most so many.
        pub limit: i64,
    }

    /// Responses by number, as the caller may see them.
    ListResponses -> Page<Response, i64>, draft {
        /// The draft.
        pub draft: DraftId,
        /// Only of this round.
        pub round: Option<RoundNumber>,
        /// After this one.
        pub after: i64,
        /// At most so many.
        pub limit: i64,
    }

    /// Directives by number.
    ListDirectives -> Page<Directive, i64>, draft {
        /// The draft.
        pub draft: DraftId,
        /// After this one.
        pub after: i64,
        /// At most so many.
        pub limit: i64,
    }

    /// A draft's change log, oldest first: every event with its detail.
    ListEvents -> Page<Event, Revision>, draft {
        /// The draft.
        pub draft: DraftId,
        /// After this revision.
        pub after: Revision,
        /// At most so many.
        pub limit: i64,
    }

    /// A draft's change log as the caller may see it, for following it.
    WatchDraft -> Page<Event, Revision>, draft {
        /// The draft.
        pub draft: DraftId,
        /// After this revision.
        pub after: Revision,
        /// At most so many.
        pub limit: i64,
    }

    /// What the caller is on a draft, for answers that are kept beside its cube.
    GetAccess -> Access, draft as Aggregate {
        /// The draft.
        pub draft: DraftId,
    }

    /// What changed in a draft's counts, for a cube that stands at a revision.
    Counts -> CountsSince, draft as Aggregate {
        /// The draft.
        pub draft: DraftId,
        /// Where the cube stands; none for a cube that has nothing.
        pub after: Option<Revision>,
    }

    /// Where each agency stands in a round.
    GetProgress -> Progress, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round; the newest that the caller may see when none.
        pub round: Option<RoundNumber>,
    }

    /// Every agency and every comment traced to its end.
    Reconcile -> Reconciliation, draft {
        /// The draft.
        pub draft: DraftId,
    }
}

/// What collected comments are grouped by; within a group they stand in the draft's own reading order, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The sections themselves.
    Section,
    /// The status.
    Status,
    /// The agency, by code.
    Agency,
    /// The responsible agency, by code.
    Responsible,
}

/// The place of a comment in a collection: its group's key, its section's position, its number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The group's key as it sorts; empty where there is none.
    pub group: String,
    /// The section's position in reading order.
    pub position: i64,
    /// The comment's number.
    pub number: CommentNumber,
}

impl Cursor {
    /// The place of a comment in a list by number.
    #[must_use]
    pub fn numbered(number: CommentNumber) -> Self {
        Self { group: String::new(), position: 0, number }
    }
}

/// The changes that a cube needs, and what it may show of them.
#[derive(Debug, Clone, PartialEq)]
pub struct CountsSince {
    /// The draft's revision; the counts below lead up to it.
    pub revision: Revision,
    /// What the caller is on this draft.
    pub access: Access,
    /// The changes.
    pub change: CountsChange,
    /// What the cells' ids mean at that revision; none when it did not change since.
    pub structure: Option<Structure>,
    /// The last revision that may have changed who knows the draft (`Change::arranges`).
    pub arranged: Revision,
}

/// The moves since a cube stood, where nothing happened that needs more than moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovesSince {
    /// The draft's revision; the moves lead up to it.
    pub revision: Revision,
    /// The moves, in order.
    pub moves: Vec<Move>,
    /// As in [`CountsSince`].
    pub arranged: Revision,
}

/// How a cube comes to the revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountsChange {
    /// By these moves, in order.
    Moves(Vec<Move>),
    /// By being counted anew: it had nothing, or was too far behind.
    Counted(Vec<(Cell, i64)>),
}

/// Where each agency stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The round.
    pub round: Round,
    /// The agencies: the roster in its order, then the uninvited.
    pub replies: Vec<Reply>,
}

/// Every agency and every comment traced to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// How many comments were ever received: the highest number.
    pub received: i64,
    /// How many there are in the tables; the same, or something was lost.
    pub found: i64,
    /// How many stand in each status, by the status's standing order.
    pub by_status: Vec<(crate::words::Status, i64)>,
    /// The comments not yet decided.
    pub pending: Vec<CommentNumber>,
    /// The decided comments whose decision is not published.
    pub unpublished: Vec<CommentNumber>,
    /// The agencies that were asked, did not answer and are not held to agree, with the round.
    pub unanswered: Vec<(RoundNumber, AgencyCode)>,
    /// The directives not yet complete.
    pub open_directives: Vec<i64>,
}

impl Reconciliation {
    /// How much is left to do: zero when every agency, comment and directive has come to its end.
    #[must_use]
    pub fn remainder(&self) -> usize {
        let lost = usize::try_from((self.received - self.found).unsigned_abs()).unwrap_or(usize::MAX);
        [lost, self.pending.len(), self.unpublished.len(), self.unanswered.len(), self.open_directives.len()]
            .iter()
            .fold(0, |sum: usize, part| sum.saturating_add(*part))
    }
}
