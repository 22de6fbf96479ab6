//! Every change that can be asked for, as data: what a transport parses a request into, what the store carries out in
//! one transaction, and what a request id's hash is taken over.

mod answers;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::actor::Operation;
use crate::ids::{
    AgencyCode, ClientId, CommentNumber, DirectiveNumber, DraftId, RequestId, Revision, RoundNumber,
    SectionId, VersionNumber,
};
use crate::model::{
    Agency, ApiClient, ClientKey, Comment, Content, Directive, Draft, Invitation, Letter, Round, Section,
    Source,
};
use crate::text::{MAX_LABEL, MAX_SHORT_TEXT, clean};
use crate::time::{Date, Timestamp};
use crate::words::{Admission, AgencyKind, LateRule, Outcome, Role, SilenceRule, Stance, Visibility};
use crate::{Result, Violations};

pub use answers::*;

/// The most comments in one response, items in one batch, agencies in one invitation.
pub const MAX_BATCH: usize = 1_000;
/// The most sections in a version.
pub const MAX_SECTIONS: usize = 20_000;
/// The most public keys that a client authenticates with: the one in use, the next one, and room for two machines.
pub const MAX_CLIENT_KEYS: usize = 4;
/// The deepest tree of sections.
pub const MAX_SECTION_DEPTH: usize = 16;

/// Which change log a command or a query is about: the lock that it takes, the revision that it moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The installation's own: agencies, clients, the making of drafts.
    Registry,
    /// A draft's.
    Draft(DraftId),
}

/// A change that can be asked for.
pub trait Command: Serialize + Clone + Send + Sync + 'static {
    /// What it gives back; stored with the request id, so that a retry gets the first answer.
    type Answer: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What it is, for permissions and the audit trail.
    const OPERATION: Operation;
    /// Where it happens.
    fn place(&self) -> Place;
}

/// How a write is to be carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The client's own id of the request; without one a retry is a new request.
    pub request_id: Option<RequestId>,
    /// Do everything but keep nothing.
    pub dry_run: bool,
}

/// What a write gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<A> {
    /// The answer.
    pub answer: A,
    /// The revision that the write made: what a read can ask to be at least at.
    pub revision: Revision,
    /// Whether it is the stored answer of an earlier request with the same id.
    pub replayed: bool,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident -> $answer:ty, $place:ident $body:tt)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name $body

        impl Command for $name {
            type Answer = $answer;
            const OPERATION: Operation = Operation::$name;
            fn place(&self) -> Place { commands!(@place self $place) }
        }
    )+ };
    (@place $self:ident registry) => { Place::Registry };
    (@place $self:ident draft) => { Place::Draft($self.draft.clone()) };
}

commands! {
    /// Make an agency known.
    CreateAgency -> Agency, registry {
        /// Its key.
        pub code: AgencyCode,
        /// Its official name.
        pub name: String,
        /// Its short name; the name when empty.
        pub short_name: String,
        /// Its English name; may be empty.
        pub name_en: String,
        /// What sort of body it is.
        pub kind: AgencyKind,
    }

    /// Change an agency's names, kind or state; what is none stays.
    UpdateAgency -> Agency, registry {
        /// Its key.
        pub code: AgencyCode,
        /// Its official name.
        pub name: Option<String>,
        /// Its short name.
        pub short_name: Option<String>,
        /// Its English name.
        pub name_en: Option<String>,
        /// What sort of body it is.
        pub kind: Option<AgencyKind>,
        /// Whether it may take part.
        pub active: Option<bool>,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Say that an agency was succeeded by another: it becomes inactive, and its history stays its own.
    SucceedAgency -> Agency, registry {
        /// The agency that ends.
        pub code: AgencyCode,
        /// The agency that takes over.
        pub successor: AgencyCode,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Make a client. Its secret is made, shown and hashed outside.
    CreateClient -> ApiClient, registry {
        /// Its key.
        pub client_id: ClientId,
        /// The agency that it speaks for.
        pub agency: AgencyCode,
        /// What it may be.
        pub role: Role,
        /// What it is, for people.
        pub name: String,
        /// The hash of its secret (argon2id, PHC string): no part of what makes two requests the same.
        #[serde(skip)]
        pub secret_hash: String,
    }

    /// Give a client a new secret. The one before it lives on beside it, an older one ends.
    RotateClient -> ApiClient, registry {
        /// Its key.
        pub client_id: ClientId,
        /// The hash of its new secret.
        #[serde(skip)]
        pub secret_hash: String,
    }

    /// End the older of a client's two secrets, or all of them where it has keys.
    EndClientSecret -> ApiClient, registry {
        /// Its key.
        pub client_id: ClientId,
        /// Also the newer one: the client authenticates by its keys alone.
        pub all: bool,
    }

    /// Give a client these public keys in place of those that it has.
    SetClientKeys -> ApiClient, registry {
        /// Its key.
        pub client_id: ClientId,
        /// At most [`MAX_CLIENT_KEYS`], each with an id of its own.
        pub keys: Vec<ClientKey>,
    }

    /// Switch a client off, or on again.
    DisableClient -> ApiClient, registry {
        /// Its key.
        pub client_id: ClientId,
        /// Off.
        pub disabled: bool,
    }

    /// Sign tokens with a new key from now on. The key itself is made and handed over outside.
    RotateSigningKeys -> SigningKeysRotated, registry {
        /// The new key's id.
        pub kid: String,
        /// PKCS #8, PEM: no part of what makes two requests the same.
        #[serde(skip)]
        pub private_pem: String,
        /// SubjectPublicKeyInfo, PEM.
        pub public_pem: String,
        /// Whether the keys before it verify no more: tokens that they signed end at once.
        pub revoke: bool,
        /// How long the keys before it go on verifying, in seconds: as long as their last token may live.
        pub verifying_seconds: i64,
    }

    /// Make a draft.
    CreateDraft -> Draft, registry {
        /// Its key; a new UUID when none.
        pub id: Option<DraftId>,
        /// Its title.
        pub title: String,
        /// What it is for.
        pub summary: String,
        /// Who drafts it.
        pub drafting_agency: AgencyCode,
    }

    /// Add a version with its tree.
    CreateVersion -> VersionCreated, draft {
        /// The draft.
        pub draft: DraftId,
        /// The text before the first section: the whole document's own.
        pub preamble: String,
        /// The tree in reading order, without the root.
        pub sections: Vec<NewSection>,
    }

    /// Make a round, in preparation.
    CreateRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// What it is called.
        pub title: String,
        /// Until when submissions are in time.
        pub deadline: Timestamp,
        /// What silence means.
        pub silence_rule: SilenceRule,
        /// Its legal basis.
        pub silence_basis: String,
        /// What happens to late submissions.
        pub late_rule: LateRule,
        /// Who sees what others wrote.
        pub visibility: Visibility,
        /// Who may submit.
        pub admission: Admission,
    }

    /// Put agencies on a round's roster, in this order, after those already there (which stay where they are).
    InviteAgencies -> Vec<Invitation>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// The agencies.
        pub agencies: Vec<AgencyCode>,
    }

    /// Take an agency off the roster of a round in preparation.
    UninviteAgency -> Vec<Invitation>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// The agency.
        pub agency: AgencyCode,
    }

    /// Open a round on the newest version.
    OpenRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Give a round another deadline.
    ExtendRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// The new deadline.
        pub deadline: Timestamp,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Close a round.
    CloseRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// Also before the deadline.
        pub allow_early: bool,
        /// Also with pending comments.
        pub allow_pending: bool,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Conclude a round.
    ConcludeRound -> Round, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round.
        pub round: RoundNumber,
        /// Also with pending comments.
        pub allow_pending: bool,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Submit a comment.
    SubmitComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round; the open one when none.
        pub round: Option<RoundNumber>,
        /// Whose it is; the caller's own when none.
        pub agency: Option<AgencyCode>,
        /// What it says.
        pub content: Content,
        /// Where it came from.
        pub source: Source,
    }

    /// Take the rows of a sheet as comments of one agency, each by itself: those that are refused change nothing. A row that was
    /// taken before is known by its key: as it was it stays, with other words its comment is revised.
    ImportComments -> Vec<Imported>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round; the open one when none.
        pub round: Option<RoundNumber>,
        /// Whose they are; the caller's own when none.
        pub agency: Option<AgencyCode>,
        /// The rows, at most [`MAX_BATCH`].
        pub rows: Vec<ImportRow>,
    }

    /// Change a comment of one's own.
    ReviseComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// What it says now.
        pub content: Content,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Take a comment of one's own back.
    WithdrawComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Submit an agency's signed reply with its comments, all or nothing.
    SubmitResponse -> ResponseWithComments, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round; the open one when none.
        pub round: Option<RoundNumber>,
        /// Whose it is; the caller's own when none.
        pub agency: Option<AgencyCode>,
        /// What it says.
        pub stance: Stance,
        /// The letter.
        pub letter: Letter,
        /// The comments that come with it.
        pub comments: Vec<Content>,
    }

    /// Record what an agency said at a meeting.
    RecordOralOpinion -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The round; the open one when none, else the newest.
        pub round: Option<RoundNumber>,
        /// Whose opinion it is.
        pub agency: AgencyCode,
        /// Who said it.
        pub speaker: String,
        /// What was said.
        pub content: Content,
    }

    /// Decide a comment.
    DecideComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// What is decided.
        pub outcome: Outcome,
        /// Why.
        pub explanation: String,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Decide many comments: each item by itself, those that fail change nothing.
    BatchDecideComments -> Vec<Decided>, draft {
        /// The draft.
        pub draft: DraftId,
        /// The decisions.
        pub items: Vec<DecideItem>,
    }

    /// Take a decision back.
    UndoDecision -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Publish the decisions on these comments, or on all of a round, or on all of the draft.
    PublishDecisions -> Published, draft {
        /// The draft.
        pub draft: DraftId,
        /// Only of this round.
        pub round: Option<RoundNumber>,
        /// Only on these comments; on all when empty.
        pub numbers: Vec<CommentNumber>,
    }

    /// Say in which version a decision was carried out.
    MarkImplemented -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// The version.
        pub version: VersionNumber,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Give a section a responsible agency, or none.
    AssignSection -> Section, draft {
        /// The draft.
        pub draft: DraftId,
        /// The section.
        pub section: SectionId,
        /// The agency.
        pub agency: Option<AgencyCode>,
    }

    /// Give a comment a responsible agency, or none.
    AssignComment -> Comment, draft {
        /// The draft.
        pub draft: DraftId,
        /// The comment.
        pub number: CommentNumber,
        /// The agency.
        pub agency: Option<AgencyCode>,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }

    /// Erase the names of persons: what they said and signed stays.
    ErasePersons -> ErasedPersons, draft {
        /// The draft.
        pub draft: DraftId,
        /// What names each, as `comments/12`, `responses/3` or `directives/1`: 1 to [`MAX_BATCH`].
        pub subjects: Vec<String>,
    }

    /// Issue a directive.
    IssueDirective -> Directive, draft {
        /// The draft.
        pub draft: DraftId,
        /// The instruction.
        pub text: String,
        /// Where it applies.
        pub section: SectionId,
        /// Who has to carry it out; the drafting agency when none.
        pub responsible: Option<AgencyCode>,
        /// By when.
        pub due: Option<Date>,
        /// Who gave it.
        pub issued_by: String,
        /// When it was given.
        pub issued_on: Option<Date>,
    }

    /// Complete a directive.
    CompleteDirective -> Directive, draft {
        /// The draft.
        pub draft: DraftId,
        /// The directive.
        pub number: DirectiveNumber,
        /// What was done.
        pub note: String,
        /// In which version.
        pub version: Option<VersionNumber>,
        /// The etag that it must have.
        pub etag: Option<Revision>,
    }
}

/// A section of a new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSection {
    /// The section that it is, if it was in the version before; a new one when none and nothing matches.
    pub id: Option<SectionId>,
    /// The index of its parent in the list; the root when none.
    pub parent: Option<usize>,
    /// What sort of heading it is.
    pub level: String,
    /// Its label.
    pub label: String,
    /// Its heading.
    pub heading: String,
    /// Its text.
    pub body: String,
}

/// One decision of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideItem {
    /// The comment.
    pub number: CommentNumber,
    /// What is decided.
    pub outcome: Outcome,
    /// Why.
    pub explanation: String,
    /// The etag that it must have.
    pub etag: Option<Revision>,
}

/// A row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// What makes it known again, at most 100 characters: kept as the comment's source id.
    pub key: String,
    /// What it says.
    pub content: Content,
}

impl SubmitComment {
    /// With content and source in their stored form.
    ///
    /// # Errors
    /// `INVALID_FIELD` with every field at fault.
    pub fn checked(self) -> Result<Self> {
        let mut bad = Violations::default();
        let source = Source {
            id: bad.take(clean("source.id", &self.source.id, MAX_LABEL)),
            status: bad.take(clean("source.status", &self.source.status, MAX_SHORT_TEXT)),
        };
        let content = bad.take(self.content.checked());
        bad.check()?;
        Ok(Self { content, source, ..self })
    }
}
