//! Decisions: one, many, taken back, published, carried out.

use std::collections::{BTreeMap, HashSet};

use ykien_domain::actor::may_answer_for;
use ykien_domain::command::{
    BatchDecideComments, DecideComment, DecideItem, Decided, MAX_BATCH, MarkImplemented, PublishDecisions,
    Published, UndoDecision,
};
use ykien_domain::comment::Verdict;
use ykien_domain::cube::{Cell, Move};
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, CommentNumber};
use ykien_domain::model::{Comment, Decision};
use ykien_domain::{Error, Reason, Result};

use super::work::Work;
use super::{Apply, Named};
use crate::error::OrDomain;
use crate::rows::{CellRow, DecisionRow};

impl Work<'_> {
    /// The comment, if the caller answers for it; another's looks missing to whoever may not see it.
    async fn answerable(&mut self, number: CommentNumber) -> Result<Comment> {
        let comment = self.comment(number).await?;
        match may_answer_for(self.scope, &self.access, &comment.responsible) {
            Err(_) if comment.agency != *self.scope.agency() => Err(Error::not_found()),
            allowed => allowed.map(|()| comment),
        }
    }

    /// Decides one comment, with its event; tells whether it was so decided already. A sheet of decisions that is sent
    /// again has etags from before it was sent first: what it asks for stands, so nothing is in conflict.
    async fn decide(&mut self, item: DecideItem) -> Result<(Comment, bool)> {
        let verdict = Verdict::checked(item.outcome, &item.explanation)?;
        let before = self.answerable(item.number).await?;
        let actor = self.scope.actor();
        let (agency, client) = (actor.agency.clone(), actor.client.clone());
        // Who runs the consultation decides in the drafting agency's name.
        let agency =
            if self.access.runs { AgencyCode::stored(self.draft.drafting_agency.clone()) } else { agency };
        if let Err(stale) = before.expect_etag(item.etag, &self.access.sight) {
            return if before.stands_decided(&verdict, &agency) { Ok((before, true)) } else { Err(stale) };
        }
        self.round_for(Some(before.round)).await?.expect_deciding()?;
        let comment = before.clone().decide(verdict, agency, client, self.now)?;
        let comment = self.save_comment(comment, false).await?;
        self.keep_decision(&comment).await?;
        let change = Change::CommentDecided { before: Box::new(before), comment: Box::new(comment.clone()) };
        self.emit(&change)?;
        Ok((comment, false))
    }

    async fn keep_decision(&mut self, comment: &Comment) -> Result<()> {
        let Some(decision) = &comment.decision else { return Ok(()) };
        sqlx::query(
            "INSERT INTO decisions (draft, number, revision, outcome, explanation, agency, client, decided_at, fallen) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE)",
        )
        .bind(self.draft.key)
        .bind(comment.number)
        .bind(comment.changed)
        .bind(decision.outcome.as_str())
        .bind(&decision.explanation)
        .bind(decision.agency.as_str())
        .bind(decision.client.as_str())
        .bind(decision.decided_at.0)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }

    /// The comment's words changed, or it is gone: no decision on it stands any more.
    pub(super) async fn drop_decisions(&mut self, number: CommentNumber) -> Result<()> {
        sqlx::query("UPDATE decisions SET fallen = TRUE WHERE draft = $1 AND number = $2")
            .bind(self.draft.key)
            .bind(number)
            .execute(&mut *self.connection)
            .await
            .or_domain()?;
        Ok(())
    }

    /// Drops the decision in force and gives the one before it.
    async fn decision_before(&mut self, number: CommentNumber) -> Result<Option<Decision>> {
        sqlx::query(
            "UPDATE decisions SET fallen = TRUE WHERE draft = $1 AND number = $2 AND revision = \
             (SELECT MAX(revision) FROM decisions WHERE draft = $1 AND number = $2 AND NOT fallen)",
        )
        .bind(self.draft.key)
        .bind(number)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        let row: Option<DecisionRow> = sqlx::query_as(
            "SELECT outcome, explanation, agency, client, decided_at FROM decisions \
             WHERE draft = $1 AND number = $2 AND NOT fallen ORDER BY revision DESC LIMIT 1",
        )
        .bind(self.draft.key)
        .bind(number)
        .fetch_optional(&mut *self.connection)
        .await
        .or_domain()?;
        row.map(Decision::try_from).transpose()
    }
}

impl Apply for DecideComment {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let Self { number, outcome, explanation, etag, .. } = self;
        let (comment, unchanged) = work.decide(DecideItem { number, outcome, explanation, etag }).await?;
        if unchanged {
            // Whoever decides one comment has just read it: to it a stale etag is one.
            comment.expect_etag(etag, &work.access.sight)?;
        }
        Ok(comment)
    }
}

impl Apply for BatchDecideComments {
    fn persons(answer: &mut Vec<Decided>) -> Vec<Named<'_>> {
        let decided = answer.iter_mut().filter_map(|decided| decided.result.as_mut().ok());
        decided.map(|comment| Named::name(&mut comment.speaker)).collect()
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Vec<Decided>> {
        if self.items.is_empty() || self.items.len() > MAX_BATCH {
            return Err(Error::field(
                "decisions",
                format!("must be 1 to {MAX_BATCH}, are {}", self.items.len()),
            ));
        }
        let mut results = Vec::with_capacity(self.items.len());
        for (index, item) in self.items.into_iter().enumerate() {
            let number = item.number;
            // A refusal comes from a rule, before anything of the item is written; the database's own fault ends all.
            let (result, unchanged) = match work.decide(item).await {
                Ok((comment, unchanged)) => (Ok(comment), unchanged),
                Err(error) if error.reason.http_status() >= 500 => return Err(error),
                Err(error) => (Err(error.within(&format!("decisions[{index}]"))), false),
            };
            results.push(Decided { number, result, unchanged });
        }
        Ok(results)
    }
}

impl Apply for UndoDecision {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        let before = work.answerable(self.number).await?;
        before.expect_etag(self.etag, &work.access.sight)?;
        if before.is_published() && !work.access.runs {
            // What is public is taken back only by who made it public.
            return Err(Error::denied());
        }
        work.round_for(Some(before.round)).await?.expect_deciding()?;
        let earlier = work.decision_before(self.number).await?;
        let comment = before.clone().undo(earlier, work.now)?;
        let comment = work.save_comment(comment, before.is_published()).await?;
        let change = Change::DecisionUndone { before: Box::new(before), comment: Box::new(comment.clone()) };
        work.emit(&change)?;
        Ok(comment)
    }
}

impl Apply for MarkImplemented {
    fn persons(answer: &mut Comment) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.speaker)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Comment> {
        if !(1..=work.draft.version).contains(&self.version) {
            return Err(Error::field(
                "version",
                format!("must be a version of the draft, 1 to {}", work.draft.version),
            ));
        }
        let before = work.comment(self.number).await?;
        before.expect_etag(self.etag, &work.access.sight)?;
        let comment = before.clone().implement(self.version, work.now)?;
        let comment = work.save_comment(comment, before.is_published()).await?;
        let change =
            Change::CommentImplemented { before: Box::new(before), comment: Box::new(comment.clone()) };
        work.emit(&change)?;
        Ok(comment)
    }
}

/// What publication needs of a comment.
#[derive(sqlx::FromRow)]
struct Publishable {
    number: i64,
    #[sqlx(flatten)]
    cell: CellRow,
}

impl Apply for PublishDecisions {
    async fn apply(self, work: &mut Work<'_>) -> Result<Published> {
        if self.numbers.len() > MAX_BATCH {
            return Err(Error::field(
                "numbers",
                format!("must be at most {MAX_BATCH}, are {}", self.numbers.len()),
            ));
        }
        if let Some(round) = self.round {
            work.round_for(Some(round)).await?;
        }
        for (index, number) in self.numbers.iter().enumerate() {
            let comment = work.comment(*number).await.map_err(|error| match error.reason {
                Reason::NotFound => {
                    Error::field(format!("numbers[{index}]"), format!("comment {number} is not in the draft"))
                }
                _ => error,
            })?;
            comment.publish(work.now)?;
        }
        let rows: Vec<Publishable> = sqlx::query_as(
            "SELECT number, section, status, published, agency, assigned, kind, channel, round FROM comments \
             WHERE draft = $1 AND outcome IS NOT NULL AND NOT published AND ($2 = 0 OR round = $2) ORDER BY number",
        )
        .bind(work.draft.key)
        .bind(self.round.unwrap_or(0))
        .fetch_all(&mut *work.connection)
        .await
        .or_domain()?;
        let asked: HashSet<CommentNumber> = self.numbers.iter().copied().collect();
        let rows: Vec<Publishable> =
            rows.into_iter().filter(|row| asked.is_empty() || asked.contains(&row.number)).collect();
        let mut moves: BTreeMap<Cell, i64> = BTreeMap::new();
        let mut numbers: Vec<CommentNumber> = Vec::with_capacity(rows.len());
        let revision = work.next_revision();
        for row in rows {
            *moves.entry(row.cell.try_into()?).or_default() += 1;
            numbers.push(row.number);
            sqlx::query(
                "UPDATE comments SET published = TRUE, updated_at = $3, written_at = $3, changed = $4, written = $4 \
                 WHERE draft = $1 AND number = $2",
            )
            .bind(work.draft.key)
            .bind(row.number)
            .bind(work.now.0)
            .bind(revision)
            .execute(&mut *work.connection)
            .await
            .or_domain()?;
        }
        if !numbers.is_empty() {
            let moves: Vec<Move> = moves
                .into_iter()
                .map(|(from, count)| Move {
                    to: Cell { published: true, ..from.clone() },
                    from: Some(from),
                    count,
                })
                .collect();
            work.emit_with(&Change::DecisionsPublished { numbers: numbers.clone() }, &moves)?;
        }
        Ok(Published { numbers })
    }
}
