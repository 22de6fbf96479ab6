//! The things of the house, as they are stored and shown. The words are those of the field.

use serde::{Deserialize, Serialize};

use crate::ids::{
    AgencyCode, ClientId, CommentNumber, DirectiveNumber, DraftId, ResponseNumber, Revision, RoundNumber,
    SectionId, VersionNumber,
};
use crate::time::{Date, Timestamp};
use crate::words::{
    Admission, AgencyKind, AnchorKind, Channel, Kind, LateRule, Outcome, ReplyState, Role, RoundState,
    SilenceRule, Stance, Status, Visibility,
};

/// A body that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Its key.
    pub code: AgencyCode,
    /// Its official name.
    pub name: String,
    /// The short name that tables show; the name when none was given.
    pub short_name: String,
    /// Its name in English; may be empty.
    pub name_en: String,
    /// What sort of body it is.
    pub kind: AgencyKind,
    /// Whether it may still take part.
    pub active: bool,
    /// The agency that took over from it.
    pub succeeded_by: Option<AgencyCode>,
    /// The registry's revision of its last change.
    pub changed: Revision,
}

/// An integration's credential, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiClient {
    /// Its key.
    pub client_id: ClientId,
    /// The agency that it speaks for.
    pub agency: AgencyCode,
    /// What it may be.
    pub role: Role,
    /// What it is, for people.
    pub name: String,
    /// Whether it was switched off.
    pub disabled: bool,
    /// How many secrets of it are live: 2 while it is being rotated, 0 when it has only keys.
    #[serde(default)]
    pub secrets: i64,
    /// The public keys that it authenticates with, if any.
    #[serde(default)]
    pub keys: Vec<ClientKey>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The registry's revision of its last change.
    pub changed: Revision,
}

/// A public key of a client: what checks its assertions (`private_key_jwt`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// Its id, unique in the client.
    pub kid: String,
    /// The public JSON Web Key, with the one algorithm that it is for.
    pub jwk: serde_json::Value,
}

/// The document under consultation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its key.
    pub id: DraftId,
    /// Its title.
    pub title: String,
    /// What it is for; may be empty.
    pub summary: String,
    /// The agency that drafts it and answers for what nobody else was given.
    pub drafting_agency: AgencyCode,
    /// Its newest version; 0 before the first.
    pub version: VersionNumber,
    /// Its change counter.
    pub revision: Revision,
    /// How many comments it ever received: the highest comment number.
    pub comment_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The revision of the last change of the draft's own data.
    pub changed: Revision,
}

/// A node of a version's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its id, kept from version to version; [`crate::ids::ROOT`] is the whole document.
    pub id: SectionId,
    /// The section that it stands in; none for the root.
    pub parent: Option<SectionId>,
    /// Its place in reading order, from 0 (the root).
    pub position: i64,
    /// How deep it stands: the root is 0.
    pub depth: i64,
    /// What sort of heading it is: `article`, `roman`, `h2` …
    pub level: String,
    /// `IV`, `Điều 5a`.
    pub label: String,
    /// The heading without its label.
    pub heading: String,
    /// The text of the section itself, without its subsections.
    pub body: String,
    /// The responsible agency given to this section itself.
    pub assigned: Option<AgencyCode>,
    /// The responsible agency in force: its own, its nearest ancestor's, or none (then the drafting agency).
    pub responsible: Option<AgencyCode>,
    /// Whether this version no longer has it, though comments stand on it.
    pub removed: bool,
}

/// A section by what stands over it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionHeading {
    /// Its id.
    pub section: SectionId,
    /// Its label.
    pub label: String,
    /// Its heading.
    pub heading: String,
}

impl From<&Section> for SectionHeading {
    fn from(section: &Section) -> Self {
        Self { section: section.id, label: section.label.clone(), heading: section.heading.clone() }
    }
}

/// A round of consultation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Its number in the draft.
    pub number: RoundNumber,
    /// What it is called; may be empty.
    pub title: String,
    /// The version that it asks about.
    pub version: VersionNumber,
    /// Where it stands.
    pub state: RoundState,
    /// Until when submissions are in time.
    pub deadline: Timestamp,
    /// What silence means.
    pub silence_rule: SilenceRule,
    /// The legal basis of that, such as "điểm 3 Công văn số …"; required when silence is assent.
    pub silence_basis: String,
    /// What happens to late submissions.
    pub late_rule: LateRule,
    /// Who sees what others wrote.
    pub visibility: Visibility,
    /// Who may submit.
    pub admission: Admission,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The draft's revision of its last change.
    pub changed: Revision,
}

/// An agency asked to comment in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The round.
    pub round: RoundNumber,
    /// The agency.
    pub agency: AgencyCode,
    /// Its place on the roster, from 1: the order in which tables list it.
    pub position: i64,
}

/// Where a comment stands in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// What exactly.
    pub kind: AnchorKind,
    /// The section; [`crate::ids::ROOT`] for the whole document.
    pub section: SectionId,
    /// The words quoted (kind `quote`), or what is missing (kind `missing`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
}

impl Default for Anchor {
    fn default() -> Self {
        Self { kind: AnchorKind::Document, section: crate::ids::ROOT, quote: String::new() }
    }
}

/// What an agency wrote: the part of a comment that is its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Where it stands.
    pub anchor: Anchor,
    /// What it is about.
    pub kind: KindOrGeneral,
    /// A title, where the source has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The opinion.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The wording proposed instead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proposed_change: String,
}

/// A kind that is `general` when nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KindOrGeneral(pub Kind);

impl Default for KindOrGeneral {
    fn default() -> Self {
        Self(Kind::General)
    }
}

/// Where a comment came from, when it came out of another system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its id there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its status there, word for word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

impl Source {
    /// Whether it came from nowhere else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was decided on a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What it says.
    pub outcome: Outcome,
    /// Why; required unless accepted.
    pub explanation: String,
    /// Which agency decided.
    pub agency: AgencyCode,
    /// Through which client.
    pub client: ClientId,
    /// When.
    pub decided_at: Timestamp,
    /// Whether it was published to those who take part.
    pub published: bool,
    /// The version that carries it out; none until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implemented_in: Option<VersionNumber>,
}

/// One atomic opinion. What is empty in it is not written: each event of the log has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The draft.
    pub draft: DraftId,
    /// Its number in the draft.
    pub number: CommentNumber,
    /// The round in which it came.
    pub round: RoundNumber,
    /// Whose opinion it is.
    pub agency: AgencyCode,
    /// What the agency wrote.
    pub content: Content,
    /// How it came.
    pub channel: Channel,
    /// Who said it, at a meeting.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub speaker: String,
    /// Where it stands.
    pub status: Status,
    /// Whether it came after the deadline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The decision in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The responsible agency given to this comment itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<AgencyCode>,
    /// The responsible agency in force: the comment's own, its section's, or the drafting agency.
    pub responsible: AgencyCode,
    /// The response that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseNumber>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
    /// The version that it was written on.
    pub version: VersionNumber,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The draft's revision of its last change: its etag.
    pub changed: Revision,
    /// When it last changed in a way that its agency may see: proposals left out.
    pub written_at: Timestamp,
    /// The draft's revision of that change: its etag for who may not see proposals.
    pub written: Revision,
}

/// A signed letter: number, date, signer, capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// `1234/STC-NS`.
    pub number: String,
    /// The date on it.
    pub date: Option<Date>,
    /// Who signed.
    pub signer: String,
    /// In which capacity: `KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC`.
    pub capacity: String,
}

/// An agency's signed reply in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Its number in the draft.
    pub number: ResponseNumber,
    /// The round.
    pub round: RoundNumber,
    /// Whose it is.
    pub agency: AgencyCode,
    /// What it says.
    pub stance: Stance,
    /// The letter.
    pub letter: Letter,
    /// Whether it came after the deadline.
    pub late: bool,
    /// The later response that supersedes it; both stay.
    pub superseded_by: Option<ResponseNumber>,
    /// When it came.
    pub created_at: Timestamp,
    /// The draft's revision that made it.
    pub changed: Revision,
}

/// A chair's binding instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its number in the draft.
    pub number: DirectiveNumber,
    /// The instruction, word for word.
    pub text: String,
    /// Where it applies.
    pub section: SectionId,
    /// Who has to carry it out.
    pub responsible: AgencyCode,
    /// By when.
    pub due: Option<Date>,
    /// Who gave it.
    pub issued_by: String,
    /// When it was given.
    pub issued_on: Option<Date>,
    /// What was done; none while it is open.
    pub completion: Option<Completion>,
    /// The draft's revision of its last change.
    pub changed: Revision,
}

/// How a directive was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What was done.
    pub note: String,
    /// In which version; none when not in the text.
    pub version: Option<VersionNumber>,
    /// When.
    pub at: Timestamp,
    /// Which agency said so.
    pub agency: AgencyCode,
}

/// Where one agency stands in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The agency.
    pub agency: AgencyCode,
    /// Where it stands.
    pub state: ReplyState,
    /// The response in force.
    pub response: Option<Response>,
    /// How many comments it has, withdrawn ones left out.
    pub comments: i64,
}
