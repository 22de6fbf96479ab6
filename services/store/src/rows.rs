//! Rows as the statements give them, and what they mean. One copy for both engines.

use ykien_domain::cube::Cell;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, RequestId};
use ykien_domain::model::{
    Agency, ApiClient, ClientKey, Completion, Decision, Directive, Draft, Invitation, Letter, Response,
    Round, Section,
};
use ykien_domain::time::{Date, Timestamp};
use ykien_domain::words::{
    Admission, AgencyKind, Channel, Kind, LateRule, Outcome, Role, RoundState, SilenceRule, Stance, Status,
    Visibility,
};
use ykien_domain::{Error, Result};

use crate::error::corrupt;

/// A word that the store wrote itself.
macro_rules! word {
    ($set:ident, $text:expr) => {
        $set::from_word(&$text).ok_or_else(|| corrupt(concat!("an unknown ", stringify!($set))))
    };
}

mod comment;

pub(crate) use comment::{CommentRow, PlacedRow};

fn code(text: Option<String>) -> Option<AgencyCode> {
    text.map(AgencyCode::stored)
}

pub(crate) fn address(text: Option<String>) -> Result<Option<std::net::IpAddr>> {
    text.map(|text| text.parse().map_err(|_| corrupt("an unreadable address"))).transpose()
}

fn date(text: Option<String>) -> Result<Option<Date>> {
    text.map(|text| Date::parse("date", &text).map_err(|_| corrupt("an unreadable date"))).transpose()
}

#[derive(sqlx::FromRow)]
pub(crate) struct AgencyRow {
    code: String,
    name: String,
    short_name: String,
    name_en: String,
    kind: String,
    active: bool,
    succeeded_by: Option<String>,
    changed: i64,
}

impl TryFrom<AgencyRow> for Agency {
    type Error = Error;

    fn try_from(row: AgencyRow) -> Result<Self> {
        Ok(Self {
            code: AgencyCode::stored(row.code),
            name: row.name,
            short_name: row.short_name,
            name_en: row.name_en,
            kind: word!(AgencyKind, row.kind)?,
            active: row.active,
            succeeded_by: code(row.succeeded_by),
            changed: row.changed,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct ClientRow {
    client_id: String,
    agency: String,
    role: String,
    name: String,
    secrets: i64,
    public_keys: String,
    disabled: bool,
    created_at: i64,
    changed: i64,
}

impl TryFrom<ClientRow> for ApiClient {
    type Error = Error;

    fn try_from(row: ClientRow) -> Result<Self> {
        Ok(Self {
            client_id: ClientId::stored(row.client_id),
            agency: AgencyCode::stored(row.agency),
            role: word!(Role, row.role)?,
            name: row.name,
            disabled: row.disabled,
            secrets: row.secrets,
            keys: client_keys(&row.public_keys)?,
            created_at: Timestamp(row.created_at),
            changed: row.changed,
        })
    }
}

/// The public keys of a client as they are stored.
pub(crate) fn client_keys(json: &str) -> Result<Vec<ClientKey>> {
    serde_json::from_str(json).map_err(|_| corrupt("a client's keys that can't be read"))
}

/// What the tables below a draft say in the place of its id.
pub(crate) type DraftKey = i64;

/// A process that adds comments, while nobody else changes the drafts that name it.
pub(crate) type WriterNumber = i64;

/// The key of the registry's own events, requests and seals.
pub(crate) const REGISTRY: DraftKey = 0;

/// A draft with the highest number given out of each kind, and its revision: of the row, of its log and of its comments.
/// The default stands for the registry.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub(crate) struct DraftRow {
    #[sqlx(rename = "draft")]
    pub(crate) key: DraftKey,
    pub(crate) draft_id: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) drafting_agency: String,
    pub(crate) revision: i64,
    /// Who may add comments without the row's lock.
    pub(crate) writer: Option<WriterNumber>,
    pub(crate) arranged: i64,
    pub(crate) version: i64,
    pub(crate) section_count: i64,
    pub(crate) round_count: i64,
    pub(crate) comment_count: i64,
    pub(crate) response_count: i64,
    pub(crate) directive_count: i64,
    pub(crate) created_at: i64,
    pub(crate) changed: i64,
}

/// A change log: a draft's, or the registry's, which has no id.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LogName {
    #[sqlx(rename = "draft")]
    pub(crate) key: DraftKey,
    pub(crate) draft_id: String,
}

impl DraftRow {
    /// Its log.
    pub(crate) fn log(&self) -> LogName {
        LogName { key: self.key, draft_id: self.draft_id.clone() }
    }
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        Self {
            id: DraftId::stored(row.draft_id),
            title: row.title,
            summary: row.summary,
            drafting_agency: AgencyCode::stored(row.drafting_agency),
            version: row.version,
            revision: row.revision,
            comment_count: row.comment_count,
            created_at: Timestamp(row.created_at),
            changed: row.changed,
        }
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct SectionRow {
    section: i64,
    parent: Option<i64>,
    position: i64,
    depth: i64,
    level: String,
    label: String,
    heading: String,
    body: String,
    assigned: Option<String>,
    responsible: Option<String>,
    removed: bool,
}

impl From<SectionRow> for Section {
    fn from(row: SectionRow) -> Self {
        Self {
            id: row.section,
            parent: row.parent,
            position: row.position,
            depth: row.depth,
            level: row.level,
            label: row.label,
            heading: row.heading,
            body: row.body,
            assigned: code(row.assigned),
            responsible: code(row.responsible),
            removed: row.removed,
        }
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct RoundRow {
    round: i64,
    title: String,
    version: i64,
    state: String,
    deadline: i64,
    silence_rule: String,
    silence_basis: String,
    late_rule: String,
    visibility: String,
    admission: String,
    opened_at: Option<i64>,
    closed_at: Option<i64>,
    changed: i64,
}

impl TryFrom<RoundRow> for Round {
    type Error = Error;

    fn try_from(row: RoundRow) -> Result<Self> {
        Ok(Self {
            number: row.round,
            title: row.title,
            version: row.version,
            state: word!(RoundState, row.state)?,
            deadline: Timestamp(row.deadline),
            silence_rule: word!(SilenceRule, row.silence_rule)?,
            silence_basis: row.silence_basis,
            late_rule: word!(LateRule, row.late_rule)?,
            visibility: word!(Visibility, row.visibility)?,
            admission: word!(Admission, row.admission)?,
            opened_at: row.opened_at.map(Timestamp),
            closed_at: row.closed_at.map(Timestamp),
            changed: row.changed,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct InvitationRow {
    round: i64,
    agency: String,
    position: i64,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self { round: row.round, agency: AgencyCode::stored(row.agency), position: row.position }
    }
}

/// A decision as it was made, whatever became of it.
#[derive(sqlx::FromRow)]
pub(crate) struct DecisionRow {
    outcome: String,
    explanation: String,
    agency: String,
    client: String,
    decided_at: i64,
}

impl TryFrom<DecisionRow> for Decision {
    type Error = Error;

    fn try_from(row: DecisionRow) -> Result<Self> {
        Ok(Self {
            outcome: word!(Outcome, row.outcome)?,
            explanation: row.explanation,
            agency: AgencyCode::stored(row.agency),
            client: ClientId::stored(row.client),
            decided_at: Timestamp(row.decided_at),
            published: false,
            implemented_in: None,
        })
    }
}

/// The cell of the cube in which a comment is counted.
#[derive(sqlx::FromRow)]
pub(crate) struct CellRow {
    section: i64,
    status: String,
    published: bool,
    agency: String,
    assigned: Option<String>,
    kind: String,
    channel: String,
    round: i64,
}

impl TryFrom<CellRow> for Cell {
    type Error = Error;

    fn try_from(row: CellRow) -> Result<Self> {
        Ok(Self {
            section: row.section,
            status: word!(Status, row.status)?,
            published: row.published,
            agency: AgencyCode::stored(row.agency),
            assigned: code(row.assigned),
            kind: word!(Kind, row.kind)?,
            channel: word!(Channel, row.channel)?,
            round: row.round,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct ResponseRow {
    response: i64,
    round: i64,
    agency: String,
    stance: String,
    letter_number: String,
    letter_date: Option<String>,
    signer: String,
    capacity: String,
    late: bool,
    superseded_by: Option<i64>,
    created_at: i64,
    changed: i64,
}

impl TryFrom<ResponseRow> for Response {
    type Error = Error;

    fn try_from(row: ResponseRow) -> Result<Self> {
        Ok(Self {
            number: row.response,
            round: row.round,
            agency: AgencyCode::stored(row.agency),
            stance: word!(Stance, row.stance)?,
            letter: Letter {
                number: row.letter_number,
                date: date(row.letter_date)?,
                signer: row.signer,
                capacity: row.capacity,
            },
            late: row.late,
            superseded_by: row.superseded_by,
            created_at: Timestamp(row.created_at),
            changed: row.changed,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct DirectiveRow {
    directive: i64,
    text: String,
    section: i64,
    responsible: String,
    due: Option<String>,
    issued_by: String,
    issued_on: Option<String>,
    completion_note: Option<String>,
    completed_in: Option<i64>,
    completed_at: Option<i64>,
    completed_agency: Option<String>,
    changed: i64,
}

impl TryFrom<DirectiveRow> for Directive {
    type Error = Error;

    fn try_from(row: DirectiveRow) -> Result<Self> {
        let completion = row.completion_note.map(|note| Completion {
            note,
            version: row.completed_in,
            at: Timestamp(row.completed_at.unwrap_or_default()),
            agency: AgencyCode::stored(row.completed_agency.unwrap_or_default()),
        });
        Ok(Self {
            number: row.directive,
            text: row.text,
            section: row.section,
            responsible: AgencyCode::stored(row.responsible),
            due: date(row.due)?,
            issued_by: row.issued_by,
            issued_on: date(row.issued_on)?,
            completion,
            changed: row.changed,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    revision: i64,
    at: i64,
    operation: String,
    agency: String,
    client: String,
    role: String,
    request_id: Option<String>,
    address: Option<String>,
    change: String,
}

impl TryFrom<EventRow> for ykien_domain::event::Event {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        use ykien_domain::actor::{Actor, Operation};
        let operation = Operation::ALL.iter().find(|operation| operation.as_str() == row.operation);
        Ok(Self {
            revision: row.revision,
            at: Timestamp(row.at),
            operation: *operation.ok_or_else(|| corrupt("an unknown operation"))?,
            actor: Actor {
                client: ClientId::stored(row.client),
                agency: AgencyCode::stored(row.agency),
                role: word!(Role, row.role)?,
            },
            request_id: row.request_id.map(RequestId::stored),
            address: address(row.address)?,
            change: serde_json::from_str(&row.change).map_err(|_| corrupt("an unreadable change"))?,
        })
    }
}
