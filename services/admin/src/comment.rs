//! One comment as JSON: what an agency writes, and what everybody reads.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use ykien_domain::ids::{ROOT, etag};
use ykien_domain::model::{self, KindOrGeneral};
use ykien_domain::{Result, words};

use crate::answer::View;

/// Where a comment stands in the document (vị trí).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anchor {
    /// What exactly. When sending, absent is taken from what is given: a section with a quote, a section, or the whole
    /// document.
    #[schema(value_type = Option<crate::words::AnchorKind>)]
    kind: Option<words::AnchorKind>,
    /// The section's id; absent or 0 for the whole document.
    section: Option<i64>,
    /// The words quoted, or what is missing; at most 5,000 characters.
    #[serde(default)]
    #[schema(max_length = 5000)]
    quote: String,
}

impl From<Anchor> for model::Anchor {
    fn from(anchor: Anchor) -> Self {
        let section = anchor.section.unwrap_or(ROOT);
        let given = match (section, anchor.quote.is_empty()) {
            (ROOT, true) => words::AnchorKind::Document,
            (_, true) => words::AnchorKind::Section,
            (_, false) => words::AnchorKind::Quote,
        };
        Self { kind: anchor.kind.unwrap_or(given), section, quote: anchor.quote }
    }
}

impl From<model::Anchor> for Anchor {
    fn from(anchor: model::Anchor) -> Self {
        Self { kind: Some(anchor.kind), section: Some(anchor.section), quote: anchor.quote }
    }
}

/// What an agency writes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// Where it stands; the whole document when absent.
    #[serde(default)]
    pub(crate) anchor: Anchor,
    /// What it is about; `general` when absent.
    #[schema(value_type = Option<crate::words::Kind>)]
    pub(crate) kind: Option<words::Kind>,
    /// A title, at most 500 characters; one of title, text and proposed change is required.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub(crate) title: String,
    /// The opinion, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    pub(crate) text: String,
    /// The wording proposed instead, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    pub(crate) proposed_change: String,
}

impl Content {
    /// The content in its stored form; paths begin at the content itself.
    pub(crate) fn checked(self) -> Result<model::Content> {
        model::Content {
            anchor: self.anchor.into(),
            kind: KindOrGeneral(self.kind.unwrap_or(words::Kind::General)),
            title: self.title,
            text: self.text,
            proposed_change: self.proposed_change,
        }
        .checked()
    }
}

/// What to change of what an agency wrote; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentChange {
    /// Where it stands, as a whole.
    anchor: Option<Anchor>,
    /// What it is about.
    #[schema(value_type = Option<crate::words::Kind>)]
    kind: Option<words::Kind>,
    /// A title, at most 500 characters.
    #[schema(max_length = 500)]
    title: Option<String>,
    /// The opinion, at most 50,000 characters.
    #[schema(max_length = 50_000)]
    text: Option<String>,
    /// The wording proposed instead, at most 50,000 characters.
    #[schema(max_length = 50_000)]
    proposed_change: Option<String>,
}

impl ContentChange {
    /// The content with the changes made.
    pub(crate) fn applied_to(self, before: model::Content) -> Result<model::Content> {
        model::Content {
            anchor: self.anchor.map_or(before.anchor, Into::into),
            kind: self.kind.map_or(before.kind, KindOrGeneral),
            title: self.title.unwrap_or(before.title),
            text: self.text.unwrap_or(before.text),
            proposed_change: self.proposed_change.unwrap_or(before.proposed_change),
        }
        .checked()
    }
}

/// Where a comment came from, when it came out of another system.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Its id there, at most 100 characters.
    #[serde(default)]
    #[schema(max_length = 100)]
    id: String,
    /// Its status there, word for word, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    status: String,
}

impl From<Source> for model::Source {
    fn from(source: Source) -> Self {
        Self { id: source.id, status: source.status }
    }
}

/// What was decided on a comment (tiếp thu, giải trình).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decision {
    /// What it says.
    #[schema(value_type = crate::words::Outcome)]
    outcome: words::Outcome,
    /// Why; may be empty only when accepted.
    explanation: String,
    /// The code of the agency that decided.
    agency: String,
    /// When, RFC 3339.
    #[schema(format = DateTime)]
    decide_time: String,
    /// Whether it was published to those who take part.
    published: bool,
    /// The version that carries it out; null until then.
    implemented_in_version: Option<i64>,
}

impl From<model::Decision> for Decision {
    fn from(decision: model::Decision) -> Self {
        Self {
            outcome: decision.outcome,
            explanation: decision.explanation,
            agency: decision.agency.to_string(),
            decide_time: decision.decided_at.to_string(),
            published: decision.published,
            implemented_in_version: decision.implemented_in,
        }
    }
}

/// One atomic opinion (ý kiến góp ý), as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Comment {
    /// Its number in the draft, from 1 without gaps.
    pub(crate) number: i64,
    /// The round in which it came.
    round: i64,
    /// The code of the agency whose opinion it is.
    agency: String,
    /// Where it stands in the document.
    anchor: Anchor,
    /// What it is about.
    #[schema(value_type = crate::words::Kind)]
    kind: words::Kind,
    /// A title; may be empty.
    title: String,
    /// The opinion.
    text: String,
    /// The wording proposed instead; may be empty.
    proposed_change: String,
    /// Where it came from, when it came out of another system.
    source: Source,
    /// How it came.
    #[schema(value_type = crate::words::Channel)]
    channel: words::Channel,
    /// Who said it, at a meeting.
    speaker: String,
    /// Where it stands.
    #[schema(value_type = crate::words::Status)]
    status: words::Status,
    /// Whether it came after the deadline.
    late: bool,
    /// The decision in force, as far as the caller may see it.
    decision: Option<Decision>,
    /// The code of the responsible agency given to this comment itself.
    assigned_agency: Option<String>,
    /// The code of the responsible agency in force: the comment's own, its section's, or the drafting agency.
    responsible_agency: String,
    /// The number of the response that it came with.
    response: Option<i64>,
    /// The version that it was written on.
    version: i64,
    /// When it came, RFC 3339.
    #[schema(format = DateTime)]
    create_time: String,
    /// When it last changed, as far as the caller may see it, RFC 3339.
    #[schema(format = DateTime)]
    update_time: String,
    /// The state that was read.
    pub(crate) etag: String,
}

impl From<model::Comment> for Comment {
    fn from(comment: model::Comment) -> Self {
        Self {
            number: comment.number,
            round: comment.round,
            agency: comment.agency.to_string(),
            anchor: comment.content.anchor.into(),
            kind: comment.content.kind.0,
            title: comment.content.title,
            text: comment.content.text,
            proposed_change: comment.content.proposed_change,
            source: Source { id: comment.source.id, status: comment.source.status },
            channel: comment.channel,
            speaker: comment.speaker,
            status: comment.status,
            late: comment.late,
            decision: comment.decision.map(Decision::from),
            assigned_agency: comment.assigned.map(|code| code.to_string()),
            responsible_agency: comment.responsible.to_string(),
            response: comment.response,
            version: comment.version,
            create_time: comment.created_at.to_string(),
            update_time: comment.updated_at.to_string(),
            etag: etag(comment.changed),
        }
    }
}

impl View for Comment {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}
