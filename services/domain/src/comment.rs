//! The rules of a comment: what it must hold, and every change of its status.

use crate::actor::Sight;
use crate::cube::Cell;
use crate::ids::{AgencyCode, ClientId, CommentNumber, ROOT, Revision, VersionNumber};
use crate::model::{Anchor, Comment, Content, Decision};
use crate::text::{MAX_LONG_TEXT, MAX_SHORT_TEXT, clean};
use crate::time::Timestamp;
use crate::words::{AnchorKind, Outcome, Status};
use crate::{Error, Reason, Result};

/// The longest quote, in code points.
pub const MAX_QUOTE: usize = 5_000;

impl Content {
    /// The bytes of what may be long in it.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let Self { anchor, title, text, proposed_change, .. } = self;
        anchor.quote.len() + title.len() + text.len() + proposed_change.len()
    }

    /// The content in its stored form, every field checked; paths begin at the content itself (`text`, `anchor.quote`).
    ///
    /// # Errors
    /// `INVALID_FIELD` with every field at fault.
    pub fn checked(self) -> Result<Self> {
        let mut bad = crate::Violations::default();
        // As given: one that is too long is not also missing.
        let quoted = !self.anchor.quote.trim().is_empty();
        let content = Self {
            title: bad.take(clean("title", &self.title, MAX_SHORT_TEXT)),
            text: bad.take(clean("text", &self.text, MAX_LONG_TEXT)),
            proposed_change: bad.take(clean("proposed_change", &self.proposed_change, MAX_LONG_TEXT)),
            anchor: Anchor {
                quote: bad.take(clean("anchor.quote", &self.anchor.quote, MAX_QUOTE)),
                ..self.anchor
            },
            kind: self.kind,
        };
        let anchor = &content.anchor;
        match anchor.kind {
            AnchorKind::Document if anchor.section != ROOT => {
                bad.add("anchor.section", "must be empty for an anchor on the whole document");
            }
            AnchorKind::Section | AnchorKind::Quote if anchor.section == ROOT => {
                bad.add("anchor.section", "is required for this kind of anchor");
            }
            _ => {}
        }
        let quotes = matches!(anchor.kind, AnchorKind::Quote | AnchorKind::Missing);
        if quotes && !quoted {
            bad.add(
                "anchor.quote",
                format!("is required for this kind of anchor: 1 to {MAX_QUOTE} characters"),
            );
        }
        if !quotes && quoted {
            bad.add("anchor.quote", "must be empty for this kind of anchor");
        }
        bad.check()?;
        if content.title.is_empty() && content.text.is_empty() && content.proposed_change.is_empty() {
            let bound = format!(
                "is required, unless a title or a proposed change is given: 1 to {MAX_LONG_TEXT} characters"
            );
            return Err(Error::field("text", bound));
        }
        Ok(content)
    }
}

/// A decision as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it says.
    pub outcome: Outcome,
    /// Why; required unless accepted.
    pub explanation: String,
}

impl Verdict {
    /// The verdict in its stored form.
    ///
    /// # Errors
    /// `INVALID_FIELD` for an explanation that is missing or too long.
    pub fn checked(outcome: Outcome, explanation: &str) -> Result<Self> {
        let explanation = clean("explanation", explanation, MAX_LONG_TEXT)?;
        if explanation.is_empty() && outcome != Outcome::Accepted {
            let bound =
                format!("is required unless the outcome is accepted: 1 to {MAX_LONG_TEXT} characters");
            return Err(Error::field("explanation", bound));
        }
        Ok(Self { outcome, explanation })
    }
}

impl Comment {
    /// The cell of the cube in which the comment is counted.
    #[must_use]
    pub fn cell(&self) -> Cell {
        Cell {
            section: self.content.anchor.section,
            status: self.status,
            published: self.is_published(),
            agency: self.agency.clone(),
            assigned: self.assigned.clone(),
            kind: self.content.kind.0,
            channel: self.channel,
            round: self.round,
        }
    }

    /// Whether its decision is published.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.published)
    }

    /// The bytes of what may be long in it.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let explanation = self.decision.as_ref().map_or(0, |decision| decision.explanation.len());
        self.content.text_bytes() + explanation
    }

    /// Whether the decision in force is this one, of this agency.
    #[must_use]
    pub fn stands_decided(&self, verdict: &Verdict, by: &AgencyCode) -> bool {
        self.status != Status::Withdrawn
            && self.decision.as_ref().is_some_and(|decision| {
                decision.outcome == verdict.outcome
                    && decision.explanation == verdict.explanation
                    && decision.agency == *by
            })
    }

    /// The comment as a caller with this sight may see it: an unpublished decision is not there, and did not change
    /// anything.
    #[must_use]
    pub fn seen_by(mut self, sight: &Sight) -> Self {
        if self.proposals_hidden_from(sight) {
            self.decision = None;
            if self.status != Status::Withdrawn {
                self.status = Status::Pending;
            }
            self.updated_at = self.written_at;
            self.changed = self.written;
        }
        self
    }

    /// Whether the etag given (if any) is the one that this caller read.
    ///
    /// # Errors
    /// `STALE_ETAG` with both.
    pub fn expect_etag(&self, given: Option<Revision>, sight: &Sight) -> Result<()> {
        let read = if self.proposals_hidden_from(sight) { self.written } else { self.changed };
        expect_etag(given, read, "comment", self.number)
    }

    fn proposals_hidden_from(&self, sight: &Sight) -> bool {
        match sight {
            Sight::Everything => false,
            Sight::Own { agency, answers } => {
                !(self.is_published() || (*answers && self.responsible == *agency))
            }
        }
    }

    /// The agency writes something else. A proposed decision falls: it was about other words.
    ///
    /// # Errors
    /// `COMMENT_WITHDRAWN`, `DECISION_PUBLISHED`.
    pub fn revise(
        mut self,
        content: Content,
        late: bool,
        version: VersionNumber,
        now: Timestamp,
    ) -> Result<Self> {
        self.expect_changeable()?;
        self.content = content;
        self.late |= late;
        self.version = version;
        self.status = Status::Pending;
        self.decision = None;
        self.updated_at = now;
        self.written_at = now;
        Ok(self)
    }

    /// The agency takes it back. Its number and its text stay.
    ///
    /// # Errors
    /// `COMMENT_WITHDRAWN`, `DECISION_PUBLISHED`.
    pub fn withdraw(mut self, now: Timestamp) -> Result<Self> {
        self.expect_changeable()?;
        self.status = Status::Withdrawn;
        self.decision = None;
        self.updated_at = now;
        self.written_at = now;
        Ok(self)
    }

    /// Decides it, or decides it anew while the decision is only proposed.
    ///
    /// # Errors
    /// `COMMENT_WITHDRAWN`, `DECISION_PUBLISHED`.
    pub fn decide(
        mut self,
        verdict: Verdict,
        agency: AgencyCode,
        client: ClientId,
        now: Timestamp,
    ) -> Result<Self> {
        self.expect_changeable()?;
        self.status = verdict.outcome.status();
        self.decision = Some(Decision {
            outcome: verdict.outcome,
            explanation: verdict.explanation,
            agency,
            client,
            decided_at: now,
            published: false,
            implemented_in: None,
        });
        self.updated_at = now;
        Ok(self)
    }

    /// Takes the decision back: the one before it is in force again, as proposed; without one the comment is pending.
    ///
    /// # Errors
    /// `NOT_DECIDED`.
    pub fn undo(mut self, before: Option<Decision>, now: Timestamp) -> Result<Self> {
        self.expect_decided()?;
        if self.is_published() {
            self.written_at = now;
        }
        self.decision = before.map(|decision| Decision { published: false, ..decision });
        self.status = self.decision.as_ref().map_or(Status::Pending, |decision| decision.outcome.status());
        self.updated_at = now;
        Ok(self)
    }

    /// Publishes the decision.
    ///
    /// # Errors
    /// `NOT_DECIDED`.
    pub fn publish(mut self, now: Timestamp) -> Result<Self> {
        self.expect_decided()?;
        if let Some(decision) = &mut self.decision {
            decision.published = true;
        }
        self.updated_at = now;
        self.written_at = now;
        Ok(self)
    }

    /// Says in which version the decision was carried out.
    ///
    /// # Errors
    /// `NOT_DECIDED`, and `INVALID_FIELD` for a rejected comment.
    pub fn implement(mut self, version: VersionNumber, now: Timestamp) -> Result<Self> {
        self.expect_decided()?;
        if self.status == Status::Rejected {
            return Err(Error::field(
                "version",
                "can't be given for a rejected comment: there is nothing to carry out",
            ));
        }
        if let Some(decision) = &mut self.decision {
            decision.implemented_in = Some(version);
        }
        self.updated_at = now;
        if self.is_published() {
            self.written_at = now;
        }
        Ok(self)
    }

    fn expect_changeable(&self) -> Result<()> {
        if self.status == Status::Withdrawn {
            let message = format!("comment {} is withdrawn", self.number);
            return Err(Error::new(Reason::CommentWithdrawn, message));
        }
        if self.is_published() {
            let message = format!("the decision on comment {} is published", self.number);
            return Err(Error::new(Reason::DecisionPublished, message));
        }
        Ok(())
    }

    fn expect_decided(&self) -> Result<()> {
        if self.decision.is_some() {
            return Ok(());
        }
        Err(Error::new(Reason::NotDecided, format!("comment {} has no decision", self.number)))
    }
}

/// Whether the etag given (if any) is the thing's own.
///
/// # Errors
/// `STALE_ETAG` with both.
pub fn expect_etag(given: Option<i64>, changed: i64, what: &str, number: CommentNumber) -> Result<()> {
    match given {
        Some(revision) if revision != changed => {
            let message = format!("{what} {number} is at etag r{changed}, not r{revision}: read it again");
            Err(Error::new(Reason::StaleEtag, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ids::DraftId;
    use crate::model::{KindOrGeneral, Source};
    use crate::words::{Channel, Kind};

    pub(crate) fn comment() -> Comment {
        Comment {
            draft: DraftId::stored("nq20".into()),
            number: 1,
            round: 1,
            agency: AgencyCode::stored("H37.05".into()),
            content: Content { text: "Đề nghị rà soát số liệu".into(), ..Content::default() },
            channel: Channel::Written,
            speaker: String::new(),
            status: Status::Pending,
            late: false,
            decision: None,
            assigned: None,
            responsible: AgencyCode::stored("H37.02".into()),
            response: None,
            source: Source::default(),
            version: 1,
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            changed: 1,
            written_at: Timestamp(1),
            written: 1,
        }
    }

    fn decided(outcome: Outcome, published: bool) -> Comment {
        let verdict = Verdict::checked(outcome, "vì").unwrap();
        let code = AgencyCode::stored("H37.02".into());
        let comment = comment().decide(verdict, code, ClientId::stored("c".into()), Timestamp(2)).unwrap();
        if published { comment.publish(Timestamp(3)).unwrap() } else { comment }
    }

    #[test]
    fn what_each_status_allows() {
        use Reason::{CommentWithdrawn, DecisionPublished, NotDecided};
        let withdrawn = comment().withdraw(Timestamp(2)).unwrap();
        // the comment, (may be revised/withdrawn/decided, may be undone/published)
        let table = [
            (comment(), (None, Some(NotDecided))),
            (decided(Outcome::Accepted, false), (None, None)),
            (decided(Outcome::Rejected, true), (Some(DecisionPublished), None)),
            (withdrawn, (Some(CommentWithdrawn), Some(NotDecided))),
        ];
        for (comment, (change, undo)) in table {
            let reason = |result: Result<Comment>| result.err().map(|error| error.reason);
            let verdict = Verdict::checked(Outcome::Accepted, "").unwrap();
            let (code, client) = (comment.agency.clone(), ClientId::stored("c".into()));
            let at = Timestamp(9);
            assert_eq!(
                reason(comment.clone().revise(Content::default(), false, 1, at)),
                change,
                "{:?}",
                comment.status
            );
            assert_eq!(reason(comment.clone().withdraw(at)), change, "{:?}", comment.status);
            assert_eq!(
                reason(comment.clone().decide(verdict, code, client, at)),
                change,
                "{:?}",
                comment.status
            );
            assert_eq!(reason(comment.clone().undo(None, at)), undo, "{:?}", comment.status);
            assert_eq!(reason(comment.clone().publish(at)), undo, "{:?}", comment.status);
        }
    }

    #[test]
    fn its_agency_sees_no_proposal_and_no_trace_of_one() {
        let sight = Sight::Own { agency: AgencyCode::stored("H37.05".into()), answers: false };
        let proposed = Comment { changed: 9, ..decided(Outcome::Rejected, false) };
        assert_eq!(proposed.clone().seen_by(&sight), comment());
        assert!(proposed.expect_etag(Some(1), &sight).is_ok());
        assert!(proposed.expect_etag(Some(1), &Sight::Everything).is_err());
        let published = decided(Outcome::Rejected, true);
        assert_eq!(published.clone().seen_by(&sight), published);
        let answers = Sight::Own { agency: AgencyCode::stored("H37.02".into()), answers: true };
        assert_eq!(proposed.clone().seen_by(&answers), proposed);
        // The agency that answers in another role, and another agency in that role.
        for (agency, answers) in [("H37.02", false), ("H37.06", true)] {
            let sight = Sight::Own { agency: AgencyCode::stored(agency.into()), answers };
            assert_eq!(proposed.clone().seen_by(&sight), comment(), "{agency}");
        }
        let withdrawn = comment().withdraw(Timestamp(2)).unwrap();
        assert_eq!(withdrawn.seen_by(&sight).status, Status::Withdrawn);
    }

    #[test]
    fn a_revised_comment_is_pending_again() {
        let revised =
            decided(Outcome::Rejected, false).revise(Content::default(), true, 2, Timestamp(5)).unwrap();
        assert_eq!((revised.status, revised.decision, revised.late), (Status::Pending, None, true));
    }

    #[test]
    fn undo_brings_the_decision_before_it_back_as_proposed() {
        let first = decided(Outcome::Accepted, true).decision;
        let second = decided(Outcome::Rejected, true);
        let undone = second.undo(first, Timestamp(7)).unwrap();
        assert_eq!(undone.status, Status::Accepted);
        assert!(!undone.is_published());
        assert_eq!(undone.undo(None, Timestamp(8)).unwrap().status, Status::Pending);
    }

    #[test]
    fn an_explanation_is_required_unless_accepted() {
        for outcome in Outcome::ALL.iter().copied() {
            let bare = Verdict::checked(outcome, "  ");
            assert_eq!(bare.is_ok(), outcome == Outcome::Accepted, "{outcome:?}");
            assert!(Verdict::checked(outcome, "vì").is_ok());
        }
    }

    #[test]
    fn content_must_say_something_and_stand_somewhere() {
        let anchor = |kind, section, quote: &str| Anchor { kind, section, quote: quote.to_owned() };
        let with = |anchor| Content { text: "x".into(), anchor, ..Content::default() };
        let table = [
            (Content::default(), Some("text")),
            (Content { title: "t".into(), ..Content::default() }, None),
            (Content { proposed_change: "t".into(), ..Content::default() }, None),
            (Content { text: "a\0".into(), ..Content::default() }, Some("text")),
            (Content { text: "ế".repeat(MAX_LONG_TEXT + 1), ..Content::default() }, Some("text")),
            (Content { title: "t".repeat(MAX_SHORT_TEXT + 1), ..Content::default() }, Some("title")),
            (with(anchor(AnchorKind::Document, 1, "")), Some("anchor.section")),
            (with(anchor(AnchorKind::Section, 0, "")), Some("anchor.section")),
            (with(anchor(AnchorKind::Section, 1, "")), None),
            (with(anchor(AnchorKind::Section, 1, "q")), Some("anchor.quote")),
            (with(anchor(AnchorKind::Quote, 1, "")), Some("anchor.quote")),
            (with(anchor(AnchorKind::Quote, 1, "q")), None),
            (with(anchor(AnchorKind::Missing, 0, "q")), None),
            (with(anchor(AnchorKind::Quote, 1, &"q".repeat(MAX_QUOTE + 1))), Some("anchor.quote")),
        ];
        for (content, field) in table {
            let shown = format!("{:?} {:?}", content.anchor.kind, content.title);
            let found = content.checked().err().map(|error| error.violations[0].field.clone());
            assert_eq!(found.as_deref(), field, "{shown}");
        }
        let kind = KindOrGeneral::default();
        assert_eq!(kind.0, Kind::General);
    }
}
