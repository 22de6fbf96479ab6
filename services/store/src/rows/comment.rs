//! A comment's row: what every statement over comments gives of each.

use sqlx::error::BoxDynError;
use sqlx::{ColumnIndex, Database, Decode, FromRow, Row};
use ykien_domain::ids::{AgencyCode, ClientId, DraftId};
use ykien_domain::model::{Anchor, Comment, Content, Decision, KindOrGeneral, Source};
use ykien_domain::time::Timestamp;
use ykien_domain::words::{AnchorKind, Channel, Kind, Outcome, Status};
use ykien_domain::{Error, Result};

use super::code;
use crate::error::corrupt;

/// A comment, but for what it has by its place in its draft. Every statement gives these columns first, in this order and of
/// these types: looking each up by its name costs a stream of comments a tenth of its rate, asking each for its type costs too.
pub(crate) struct CommentRow {
    pub(crate) number: i64,
    round: i64,
    agency: String,
    pub(crate) section: i64,
    anchor_kind: AnchorKind,
    quote: String,
    kind: Kind,
    title: String,
    text: String,
    proposed_change: String,
    channel: Channel,
    speaker: String,
    status: Status,
    late: bool,
    assigned: Option<String>,
    response: Option<i64>,
    source_id: String,
    source_status: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    changed: i64,
    written_at: i64,
    written: i64,
    decided: Option<Decided>,
}

/// What a comment's row has only if it is decided.
struct Decided {
    outcome: String,
    explanation: Option<String>,
    agency: Option<String>,
    client: Option<String>,
    at: Option<i64>,
    published: bool,
    implemented_in: Option<i64>,
}

/// A column's word.
macro_rules! column {
    ($row:ident, $place:literal, $set:ident) => {
        $set::from_word($row.try_get_unchecked::<&str, _>($place)?)
            .ok_or_else(|| sqlx::Error::Decode(concat!("an unknown ", stringify!($set)).into()))?
    };
}

/// A text that may be long. Whether it is one was a seventh of what a stream of comments cost.
struct Long(String);

impl<'r, D: Database> Decode<'r, D> for Long
where
    &'r [u8]: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> std::result::Result<Self, BoxDynError> {
        Ok(Self(simdutf8::basic::from_utf8(Decode::decode(value)?)?.to_owned()))
    }
}

impl<'r, R: Row> FromRow<'r, R> for CommentRow
where
    usize: ColumnIndex<R>,
    &'r [u8]: Decode<'r, R::Database>,
    &'r str: Decode<'r, R::Database>,
    String: Decode<'r, R::Database>,
    Option<String>: Decode<'r, R::Database>,
    i64: Decode<'r, R::Database>,
    Option<i64>: Decode<'r, R::Database>,
    bool: Decode<'r, R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            number: row.try_get_unchecked(0)?,
            round: row.try_get_unchecked(1)?,
            agency: row.try_get_unchecked(2)?,
            section: row.try_get_unchecked(3)?,
            anchor_kind: column!(row, 4, AnchorKind),
            quote: row.try_get_unchecked::<Long, _>(5)?.0,
            kind: column!(row, 6, Kind),
            title: row.try_get_unchecked::<Long, _>(7)?.0,
            text: row.try_get_unchecked::<Long, _>(8)?.0,
            proposed_change: row.try_get_unchecked::<Long, _>(9)?.0,
            channel: column!(row, 10, Channel),
            speaker: row.try_get_unchecked(11)?,
            status: column!(row, 12, Status),
            late: row.try_get_unchecked(13)?,
            assigned: row.try_get_unchecked(14)?,
            response: row.try_get_unchecked(15)?,
            source_id: row.try_get_unchecked(16)?,
            source_status: row.try_get_unchecked(17)?,
            version: row.try_get_unchecked(18)?,
            created_at: row.try_get_unchecked(19)?,
            updated_at: row.try_get_unchecked(20)?,
            changed: row.try_get_unchecked(21)?,
            written_at: row.try_get_unchecked(22)?,
            written: row.try_get_unchecked(23)?,
            decided: match row.try_get_unchecked(25)? {
                None => None,
                Some(outcome) => Some(Decided {
                    outcome,
                    explanation: row.try_get_unchecked(26)?,
                    agency: row.try_get_unchecked(27)?,
                    client: row.try_get_unchecked(28)?,
                    at: row.try_get_unchecked(29)?,
                    published: row.try_get_unchecked(24)?,
                    implemented_in: row.try_get_unchecked(30)?,
                }),
            },
        })
    }
}

/// A comment with its place: who answers for it, where it stands in reading order, and the key of the group that it is read
/// in.
#[derive(sqlx::FromRow)]
pub(crate) struct PlacedRow {
    #[sqlx(flatten)]
    pub(crate) comment: CommentRow,
    pub(crate) responsible: String,
    pub(crate) position: i64,
    pub(crate) group_key: String,
}

impl PlacedRow {
    /// The comment, in this draft.
    pub(crate) fn comment(self, draft: DraftId) -> Result<Comment> {
        self.comment.comment(draft, self.responsible)
    }
}

impl CommentRow {
    /// The comment, in this draft. Who it was given to answers for it; else this agency.
    pub(crate) fn comment(self, draft: DraftId, otherwise: String) -> Result<Comment> {
        let row = self;
        let assigned = code(row.assigned);
        let responsible = assigned.clone().unwrap_or_else(|| AgencyCode::stored(otherwise));
        let decision = row
            .decided
            .map(|decided| {
                Ok::<_, Error>(Decision {
                    outcome: word!(Outcome, decided.outcome)?,
                    explanation: decided.explanation.unwrap_or_default(),
                    agency: AgencyCode::stored(decided.agency.unwrap_or_default()),
                    client: ClientId::stored(decided.client.unwrap_or_default()),
                    decided_at: Timestamp(decided.at.unwrap_or_default()),
                    published: decided.published,
                    implemented_in: decided.implemented_in,
                })
            })
            .transpose()?;
        Ok(Comment {
            draft,
            number: row.number,
            round: row.round,
            agency: AgencyCode::stored(row.agency),
            content: Content {
                anchor: Anchor { kind: row.anchor_kind, section: row.section, quote: row.quote },
                kind: KindOrGeneral(row.kind),
                title: row.title,
                text: row.text,
                proposed_change: row.proposed_change,
            },
            channel: row.channel,
            speaker: row.speaker,
            status: row.status,
            late: row.late,
            decision,
            assigned,
            responsible,
            response: row.response,
            source: Source { id: row.source_id, status: row.source_status },
            version: row.version,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            changed: row.changed,
            written_at: Timestamp(row.written_at),
            written: row.written,
        })
    }
}
