//! Rounds and their rosters.

use ykien_domain::command::{
    CloseRound, ConcludeRound, CreateRound, ExtendRound, InviteAgencies, MAX_BATCH, OpenRound, UninviteAgency,
};
use ykien_domain::comment::expect_etag;
use ykien_domain::event::Change;
use ykien_domain::ids::{Revision, RoundNumber};
use ykien_domain::model::{Invitation, Round};
use ykien_domain::query::{GetRound, ListInvitations, ListRounds, Page};
use ykien_domain::text::{MAX_SHORT_TEXT, clean};
use ykien_domain::words::{RoundState, SilenceRule};
use ykien_domain::{Error, Result, Violations};

use super::work::{Look, Work};
use super::{Apply, Connection, Fetch};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::{DraftKey, InvitationRow, RoundRow};

macro_rules! round_columns {
    () => {
        "round, title, version, state, deadline, silence_rule, silence_basis, late_rule, visibility, admission, \
         opened_at, closed_at, changed"
    };
}
pub(super) use round_columns;

/// One round, whatever its state.
pub(super) async fn round(
    connection: &mut Connection,
    draft: DraftKey,
    number: RoundNumber,
) -> Result<Round> {
    let row: RoundRow =
        sqlx::query_as(concat!("SELECT ", round_columns!(), " FROM rounds WHERE draft = $1 AND round = $2"))
            .bind(draft)
            .bind(number)
            .fetch_optional(&mut *connection)
            .await
            .or_domain()?
            .ok_or_else(Error::not_found)?;
    row.try_into()
}

/// A round's roster, in its order.
pub(super) async fn roster(
    connection: &mut Connection,
    draft: DraftKey,
    round: RoundNumber,
) -> Result<Vec<Invitation>> {
    let rows: Vec<InvitationRow> = sqlx::query_as(
        "SELECT round, agency, position FROM invitations WHERE draft = $1 AND round = $2 ORDER BY position",
    )
    .bind(draft)
    .bind(round)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

impl Work<'_> {
    /// The round to change, if it has the etag asked for.
    async fn round_at(&mut self, number: RoundNumber, etag: Option<Revision>) -> Result<Round> {
        let round = round(self.connection, self.draft.key, number).await?;
        expect_etag(etag, round.changed, "round", number)?;
        Ok(round)
    }

    /// How many comments of the round are pending.
    async fn pending(&mut self, round: RoundNumber) -> Result<i64> {
        let (pending,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM comments WHERE draft = $1 AND round = $2 AND status = 'pending'",
        )
        .bind(self.draft.key)
        .bind(round)
        .fetch_one(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(pending)
    }

    /// Keeps a round's new state.
    async fn save_round(&mut self, round: Round) -> Result<Round> {
        let round = Round { changed: self.next_revision(), ..round };
        sqlx::query(
            "UPDATE rounds SET version = $3, state = $4, deadline = $5, opened_at = $6, closed_at = $7, changed = $8 \
             WHERE draft = $1 AND round = $2",
        )
        .bind(self.draft.key)
        .bind(round.number)
        .bind(round.version)
        .bind(round.state.as_str())
        .bind(round.deadline.0)
        .bind(round.opened_at.map(|at| at.0))
        .bind(round.closed_at.map(|at| at.0))
        .bind(round.changed)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(round)
    }
}

impl Apply for CreateRound {
    async fn apply(self, work: &mut Work<'_>) -> Result<Round> {
        let mut bad = Violations::default();
        let title = bad.take(clean("title", &self.title, MAX_SHORT_TEXT));
        let silence_basis = bad.take(clean("silence_basis", &self.silence_basis, MAX_SHORT_TEXT));
        if self.silence_rule == SilenceRule::Assent && self.silence_basis.trim().is_empty() {
            bad.add(
                "silence_basis",
                format!("is required when silence is assent: 1 to {MAX_SHORT_TEXT} characters"),
            );
        }
        bad.check()?;
        work.draft.round_count += 1;
        let round = Round {
            number: work.draft.round_count,
            title,
            version: work.draft.version,
            state: RoundState::Preparing,
            deadline: self.deadline,
            silence_rule: self.silence_rule,
            silence_basis,
            late_rule: self.late_rule,
            visibility: self.visibility,
            admission: self.admission,
            opened_at: None,
            closed_at: None,
            changed: work.next_revision(),
        };
        sqlx::query(
            "INSERT INTO rounds (draft, round, title, version, state, deadline, silence_rule, silence_basis, \
             late_rule, visibility, admission, opened_at, closed_at, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL, $12)",
        )
        .bind(work.draft.key)
        .bind(round.number)
        .bind(&round.title)
        .bind(round.version)
        .bind(round.state.as_str())
        .bind(round.deadline.0)
        .bind(round.silence_rule.as_str())
        .bind(&round.silence_basis)
        .bind(round.late_rule.as_str())
        .bind(round.visibility.as_str())
        .bind(round.admission.as_str())
        .bind(round.changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        work.emit(&Change::RoundCreated { round: round.clone() })?;
        Ok(round)
    }
}

impl Apply for OpenRound {
    async fn apply(self, work: &mut Work<'_>) -> Result<Round> {
        let before = work.round_at(self.round, self.etag).await?;
        let mut round = before.clone().open(work.now)?;
        round.version = work.draft.version;
        let round = work.save_round(round).await?;
        work.emit(&Change::RoundOpened { before: Some(before), round: round.clone() })?;
        Ok(round)
    }
}

impl Apply for ExtendRound {
    async fn apply(self, work: &mut Work<'_>) -> Result<Round> {
        let before = work.round_at(self.round, self.etag).await?;
        let round = before.clone().extend(self.deadline, work.now)?;
        let round = work.save_round(round).await?;
        work.emit(&Change::RoundExtended { before, round: round.clone() })?;
        Ok(round)
    }
}

impl Apply for CloseRound {
    async fn apply(self, work: &mut Work<'_>) -> Result<Round> {
        let before = work.round_at(self.round, self.etag).await?;
        let pending = work.pending(self.round).await?;
        let early = work.now < before.deadline;
        let round = before.clone().close(work.now, pending, self.allow_early, self.allow_pending)?;
        let round = work.save_round(round).await?;
        let change = Change::RoundClosed { before: Some(before), round: round.clone(), early, pending };
        work.emit(&change)?;
        Ok(round)
    }
}

impl Apply for ConcludeRound {
    async fn apply(self, work: &mut Work<'_>) -> Result<Round> {
        let before = work.round_at(self.round, self.etag).await?;
        let pending = work.pending(self.round).await?;
        let round = before.clone().conclude(pending, self.allow_pending)?;
        let round = work.save_round(round).await?;
        work.emit(&Change::RoundConcluded { before: Some(before), round: round.clone(), pending })?;
        Ok(round)
    }
}

impl Apply for InviteAgencies {
    async fn apply(self, work: &mut Work<'_>) -> Result<Vec<Invitation>> {
        if self.agencies.is_empty() || self.agencies.len() > MAX_BATCH {
            return Err(Error::field(
                "agencies",
                format!("must be 1 to {MAX_BATCH}, are {}", self.agencies.len()),
            ));
        }
        let round = work.round_at(self.round, None).await?;
        round.expect_inviting()?;
        let mut roster = roster(work.connection, work.draft.key, self.round).await?;
        let mut last = roster.iter().map(|invitation| invitation.position).max().unwrap_or(0);
        let mut new = Vec::new();
        for (index, agency) in self.agencies.into_iter().enumerate() {
            if roster.iter().any(|invitation| invitation.agency == agency) {
                continue;
            }
            work.expect_agency(&format!("agencies[{index}]"), &agency).await?;
            last += 1;
            let invitation = Invitation { round: self.round, agency, position: last };
            sqlx::query("INSERT INTO invitations (draft, round, agency, position) VALUES ($1, $2, $3, $4)")
                .bind(work.draft.key)
                .bind(invitation.round)
                .bind(invitation.agency.as_str())
                .bind(invitation.position)
                .execute(&mut *work.connection)
                .await
                .or_domain()?;
            roster.push(invitation.clone());
            new.push(invitation);
        }
        if !new.is_empty() {
            work.emit(&Change::AgenciesInvited { round: self.round, invitations: new })?;
        }
        Ok(roster)
    }
}

impl Apply for UninviteAgency {
    async fn apply(self, work: &mut Work<'_>) -> Result<Vec<Invitation>> {
        work.round_at(self.round, None).await?.expect_preparing()?;
        let mut roster = roster(work.connection, work.draft.key, self.round).await?;
        let place = roster
            .iter()
            .position(|invitation| invitation.agency == self.agency)
            .ok_or_else(Error::not_found)?;
        let before = Some(roster.remove(place));
        sqlx::query("DELETE FROM invitations WHERE draft = $1 AND round = $2 AND agency = $3")
            .bind(work.draft.key)
            .bind(self.round)
            .bind(self.agency.as_str())
            .execute(&mut *work.connection)
            .await
            .or_domain()?;
        work.emit(&Change::AgencyUninvited { round: self.round, before, agency: self.agency })?;
        Ok(roster)
    }
}

impl Look<'_> {
    /// The round, unless it is in preparation and the caller does not run the consultation.
    pub(super) async fn visible_round(&mut self, number: RoundNumber) -> Result<Round> {
        let round = round(self.connection, self.draft.key, number).await?;
        let visible = round.state != RoundState::Preparing || self.access.sight.is_everything();
        if visible { Ok(round) } else { Err(Error::not_found()) }
    }
}

impl Fetch for GetRound {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Round> {
        look.visible_round(self.round).await
    }
}

impl Fetch for ListRounds {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Round, RoundNumber>> {
        let rows: Vec<RoundRow> = sqlx::query_as(concat!(
            "SELECT ",
            round_columns!(),
            " FROM rounds WHERE draft = $1 AND round > $2 AND ($4 OR state <> 'preparing') ORDER BY round LIMIT $3"
        ))
        .bind(look.draft.key)
        .bind(self.after)
        .bind(self.limit + 1)
        .bind(look.access.sight.is_everything())
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let rounds = rows.into_iter().map(Round::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(rounds, self.limit, |round| round.number))
    }
}

impl Fetch for ListInvitations {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Invitation, i64>> {
        look.visible_round(self.round).await?;
        let rows: Vec<InvitationRow> = sqlx::query_as(
            "SELECT round, agency, position FROM invitations \
             WHERE draft = $1 AND round = $2 AND position > $3 ORDER BY position LIMIT $4",
        )
        .bind(look.draft.key)
        .bind(self.round)
        .bind(self.after)
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let invitations = rows.into_iter().map(Invitation::from).collect();
        Ok(page(invitations, self.limit, |invitation: &Invitation| invitation.position))
    }
}
