//! Comments: submitted, revised, withdrawn, recorded, assigned; and how one is read and written.

use ykien_domain::actor::Scope;
use ykien_domain::actor::may_speak_for;
use ykien_domain::command::{
    AssignComment, RecordOralOpinion, ReviseComment, SubmitComment, WithdrawComment, WriteOptions, Written,
};
use ykien_domain::disclosure::Shown;
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, CommentNumber, ResponseNumber, Revision};
use ykien_domain::model::{Comment, Content, Round, Source};
use ykien_domain::query::GetComment;
use ykien_domain::text::{MAX_SHORT_TEXT, required};
use ykien_domain::words::{Channel, Status};
use ykien_domain::{Error, Result};

use super::work::{Look, Work};
use super::{Apply, Engine, Fetch, Named};
use crate::error::{OrDomain, corrupt};
use crate::rows::PlacedRow;

/// The comments of a draft with all that a caller may ask of them: their place, who answers for them, what is shown.
///
/// A removed section keeps a row in every later version, so the join loses no comment.
macro_rules! comments_joined {
    () => {
        "FROM comments c \
         JOIN drafts d ON d.draft = c.draft \
         JOIN rounds r ON r.draft = c.draft AND r.round = c.round \
         JOIN sections s ON s.draft = c.draft AND s.version = d.version AND s.section = c.section "
    };
}

/// The columns of a [`PlacedRow`] but `group_key`.
macro_rules! comment_columns {
    () => {
        "c.number, c.round, c.agency, c.section, c.anchor_kind, c.quote, c.kind, c.title, c.text, \
         c.proposed_change, c.channel, c.speaker, c.status, c.late, c.assigned, c.response, c.source_id, \
         c.source_status, c.version, c.created_at, c.updated_at, c.changed, c.written_at, c.written, c.published, \
         c.outcome, c.explanation, c.decided_agency, c.decided_client, c.decided_at, c.implemented_in, \
         COALESCE(c.assigned, s.responsible, d.drafting_agency) AS responsible, s.position"
    };
}

pub(super) use {comment_columns, comments_joined};

/// A new comment, before it has a number.
pub(super) struct NewComment {
    pub(super) agency: AgencyCode,
    pub(super) content: Content,
    pub(super) channel: Channel,
    /// What stands for who said it; empty in writing.
    pub(super) speaker: String,
    pub(super) response: Option<ResponseNumber>,
    pub(super) source: Source,
    pub(super) late: bool,
}

impl Work<'_> {
    /// The comment with this number, whole; missing for a caller that may not change it.
    pub(super) async fn comment(&mut self, number: CommentNumber) -> Result<Comment> {
        let row: PlacedRow = sqlx::query_as(concat!(
            "SELECT ",
            comment_columns!(),
            ", '' AS group_key ",
            comments_joined!(),
            "WHERE c.draft = $1 AND c.number = $2"
        ))
        .bind(self.draft.key)
        .bind(number)
        .fetch_optional(&mut *self.connection)
        .await
        .or_domain()?
        .ok_or_else(Error::not_found)?;
        row.comment(self.draft_id())
    }

    /// The comment, if the caller may change it: its own agency's, or any for who runs the consultation.
    async fn own_comment(&mut self, number: CommentNumber) -> Result<Comment> {
        let comment = self.comment(number).await?;
        if self.access.runs || comment.agency == *self.scope.agency() {
            Ok(comment)
        } else {
            Err(Error::not_found())
        }
    }

    /// Writes a new comment with its event, as the next number.
    pub(super) async fn insert_comment(&mut self, round: &Round, new: NewComment) -> Result<Comment> {
        let NewComment { agency, content, channel, speaker, response, source, late } = new;
        let section = self.section("anchor.section", content.anchor.section).await?;
        self.draft.comment_count += 1;
        let drafting_agency = AgencyCode::stored(self.draft.drafting_agency.clone());
        let comment = Comment {
            draft: self.draft_id(),
            number: self.draft.comment_count,
            round: round.number,
            agency,
            content,
            channel,
            speaker,
            status: Status::Pending,
            late,
            decision: None,
            assigned: None,
            responsible: section.responsible.unwrap_or(drafting_agency),
            response,
            source,
            version: self.draft.version,
            created_at: self.now,
            updated_at: self.now,
            changed: self.next_revision(),
            written_at: self.now,
            written: self.next_revision(),
        };
        self.submit(comment)
    }

    /// Keeps what became of a comment, marked with the next revision. Its content, decision and assignment.
    /// `written` tells whether its agency may see the change: the clock may well give both the same instant.
    pub(super) async fn save_comment(&mut self, mut comment: Comment, written: bool) -> Result<Comment> {
        comment.changed = self.next_revision();
        if written {
            comment.written = comment.changed;
        }
        let Content { anchor, kind, title, text, proposed_change } = &comment.content;
        let decision = comment.decision.as_ref();
        sqlx::query(
            "UPDATE comments SET section = $3, anchor_kind = $4, quote = $5, kind = $6, title = $7, text = $8, \
             proposed_change = $9, status = $10, late = $11, assigned = $12, version = $13, updated_at = $14, \
             changed = $15, written_at = $16, written = $17, published = $18, outcome = $19, explanation = $20, \
             decided_agency = $21, decided_client = $22, decided_at = $23, implemented_in = $24 \
             WHERE draft = $1 AND number = $2",
        )
        .bind(self.draft.key)
        .bind(comment.number)
        .bind(anchor.section)
        .bind(anchor.kind.as_str())
        .bind(&anchor.quote)
        .bind(kind.0.as_str())
        .bind(title)
        .bind(text)
        .bind(proposed_change)
        .bind(comment.status.as_str())
        .bind(comment.late)
        .bind(comment.assigned.as_ref().map(AgencyCode::as_str))
        .bind(comment.version)
        .bind(comment.updated_at.0)
        .bind(comment.changed)
        .bind(comment.written_at.0)
        .bind(comment.written)
        .bind(comment.is_published())
        .bind(decision.map(|decision| decision.outcome.as_str()))
        .bind(decision.map(|decision| decision.explanation.as_str()))
        .bind(decision.map(|decision| decision.agency.as_str()))
        .bind(decision.map(|decision| decision.client.as_str()))
        .bind(decision.map(|decision| decision.decided_at.0))
        .bind(decision.and_then(|decision| decision.implemented_in))
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(comment)
    }
}

impl Apply for SubmitComment {
    const IS_KEPT_BY_EVENT: bool = true;

    /// Its content was checked before it waited: the writer's time is everybody's.
    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let agency = may_speak_for(work.scope, &work.access, self.agency.as_ref())?;
        let round = work.round_for(self.round).await?;
        work.expect_admitted(&round, &agency).await?;
        let late = round.admit(work.now)?;
        let (channel, speaker) = (Channel::Written, String::new());
        let Self { content, source, .. } = self;
        work.insert_comment(
            &round,
            NewComment { agency, content, channel, speaker, response: None, source, late },
        )
        .await
    }

    /// With the others that wait; a dry run, of which nothing is kept, alone.
    async fn write(self, engine: &Engine, scope: &Scope, options: WriteOptions) -> Result<Written<Comment>> {
        let command = self.checked()?;
        if options.dry_run {
            return engine.write_alone(scope, command, options).await;
        }
        engine.submissions.submit(scope, command, options.request_id)?.answer().await
    }

    async fn first_answer(work: &mut Work<'_>, revision: Revision) -> Result<Comment> {
        work.submitted_at(revision).await
    }
}

impl Apply for RecordOralOpinion {
    const IS_KEPT_BY_EVENT: bool = true;

    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let content = self.content.checked()?;
        let speaker = required("speaker", &self.speaker, MAX_SHORT_TEXT)?;
        work.expect_agency("agency", &self.agency).await?;
        // A meeting may be held while nobody submits any more: without an open round the newest will do.
        let named = match self.round {
            None => work.open_round().await?.or(Some(work.draft.round_count).filter(|newest| *newest > 0)),
            named => named,
        };
        let round = work.round_for(named).await?;
        round.expect_deciding()?;
        let subject = format!("comments/{}", work.draft.comment_count + 1);
        let speaker = work.keep_apart(subject, &speaker, "").await?;
        let new = NewComment {
            agency: self.agency,
            content,
            channel: Channel::Meeting,
            speaker,
            response: None,
            source: Source::default(),
            late: work.now > round.deadline,
        };
        work.insert_comment(&round, new).await
    }

    async fn first_answer(work: &mut Work<'_>, revision: Revision) -> Result<Comment> {
        work.submitted_at(revision).await
    }
}

impl Apply for ReviseComment {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let content = self.content.checked()?;
        let before = work.own_comment(self.number).await?;
        before.expect_etag(self.etag, &work.access.sight)?;
        let round = work.round_for(Some(before.round)).await?;
        let late = round.admit(work.now)?;
        let section = work.section("anchor.section", content.anchor.section).await?;
        let mut comment = before.clone().revise(content, late, work.draft.version, work.now)?;
        if comment.assigned.is_none() {
            let drafting_agency = AgencyCode::stored(work.draft.drafting_agency.clone());
            comment.responsible = section.responsible.unwrap_or(drafting_agency);
        }
        let comment = work.save_comment(comment, true).await?;
        work.drop_decisions(self.number).await?;
        let change = Change::CommentRevised { before: Box::new(before), comment: Box::new(comment.clone()) };
        work.emit(&change)?;
        Ok(comment)
    }
}

impl Apply for WithdrawComment {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let before = work.own_comment(self.number).await?;
        before.expect_etag(self.etag, &work.access.sight)?;
        work.round_for(Some(before.round)).await?.expect_deciding()?;
        let comment = work.save_comment(before.clone().withdraw(work.now)?, true).await?;
        work.drop_decisions(self.number).await?;
        let change =
            Change::CommentWithdrawn { before: Box::new(before), comment: Box::new(comment.clone()) };
        work.emit(&change)?;
        Ok(comment)
    }
}

impl Apply for AssignComment {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        if let Some(agency) = &self.agency {
            work.expect_agency("agency", agency).await?;
        }
        let before = work.comment(self.number).await?;
        before.expect_etag(self.etag, &work.access.sight)?;
        if before.assigned == self.agency {
            return Ok(before);
        }
        let section = before.content.anchor.section;
        let mut comment = Comment { assigned: self.agency, updated_at: work.now, ..before.clone() };
        comment.responsible = match &comment.assigned {
            Some(agency) => agency.clone(),
            None => work.answers_for_section(section).await?,
        };
        let comment = work.save_comment(comment, false).await?;
        let change = Change::CommentAssigned { before: Box::new(before), comment: Box::new(comment.clone()) };
        work.emit(&change)?;
        Ok(comment)
    }
}

impl Work<'_> {
    /// The comment that was submitted with this change, as it was then.
    async fn submitted_at(&mut self, revision: Revision) -> Result<Comment> {
        match self.change_at(revision).await? {
            Change::CommentSubmitted { comment } => Ok(*comment),
            _ => Err(corrupt("a submission's answer that is not a submission")),
        }
    }

    /// Who answers for a section of the newest version, removed or not.
    async fn answers_for_section(&mut self, section: i64) -> Result<AgencyCode> {
        let (responsible,): (Option<String>,) = sqlx::query_as(
            "SELECT responsible FROM sections WHERE draft = $1 AND version = $2 AND section = $3",
        )
        .bind(self.draft.key)
        .bind(self.draft.version)
        .bind(section)
        .fetch_one(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(AgencyCode::stored(responsible.unwrap_or_else(|| self.draft.drafting_agency.clone())))
    }
}

impl Fetch for GetComment {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Comment> {
        look.comment(self.number).await?.ok_or_else(Error::not_found)
    }

    fn shows(answer: &Comment) -> Vec<Shown> {
        vec![answer.into()]
    }
}
