//! Who has answered, and whether everything has come to its end.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::actor::Sight;
use ykien_domain::ids::{AgencyCode, RoundNumber};
use ykien_domain::model::{Reply, Response, Round};
use ykien_domain::query::{GetProgress, Progress, Reconcile, Reconciliation};
use ykien_domain::round::replies;
use ykien_domain::words::{ReplyState, RoundState, Status};

use super::Fetch;
use super::persons::name_of;
use super::responses::named_response_columns;
use super::rounds::{roster, round_columns};
use super::work::Look;
use crate::error::{OrDomain, corrupt};
use crate::rows::{ResponseRow, RoundRow};

impl Look<'_> {
    /// Where every agency stands in a round, whoever asks.
    async fn replies(&mut self, round: &Round) -> Result<Vec<Reply>> {
        let roster = roster(self.connection, self.draft.key, round.number).await?;
        let rows: Vec<ResponseRow> = sqlx::query_as(concat!(
            "SELECT ",
            named_response_columns!(),
            " FROM responses p WHERE p.draft = $1 AND p.round = $2 AND p.superseded_by IS NULL ORDER BY p.response"
        ))
        .bind(self.draft.key)
        .bind(round.number)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let responses = rows.into_iter().map(Response::try_from).collect::<Result<Vec<_>>>()?;
        let counts: Vec<(String, i64)> = sqlx::query_as(
            "SELECT agency, COUNT(*) FROM comments WHERE draft = $1 AND round = $2 AND status <> 'withdrawn' \
             GROUP BY agency",
        )
        .bind(self.draft.key)
        .bind(round.number)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let counts: BTreeMap<AgencyCode, i64> =
            counts.into_iter().map(|(agency, count)| (AgencyCode::stored(agency), count)).collect();
        Ok(replies(round, &roster, &responses, &counts, self.now))
    }

    /// The draft's rounds that are past preparing, by number.
    async fn held_rounds(&mut self) -> Result<Vec<Round>> {
        let rows: Vec<RoundRow> = sqlx::query_as(concat!(
            "SELECT ",
            round_columns!(),
            " FROM rounds WHERE draft = $1 AND state <> 'preparing' ORDER BY round"
        ))
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        rows.into_iter().map(Round::try_from).collect()
    }

    async fn numbers(&mut self, statement: &'static str) -> Result<Vec<i64>> {
        let rows: Vec<(i64,)> = sqlx::query_as(statement)
            .bind(self.draft.key)
            .fetch_all(&mut *self.connection)
            .await
            .or_domain()?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }
}

impl Fetch for GetProgress {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Progress> {
        let round = match self.round {
            Some(number) => look.visible_round(number).await?,
            None => match look.held_rounds().await?.pop() {
                Some(round) => round,
                // Before the first round is open, who runs the consultation sees the one in preparation.
                None => {
                    let newest: RoundNumber = look.draft.round_count;
                    look.visible_round(newest).await?
                }
            },
        };
        let mut replies = look.replies(&round).await?;
        if let Sight::Own { agency, .. } = &look.access.sight
            && !round.shows_others()
        {
            replies.retain(|reply| reply.agency == *agency);
        }
        Ok(Progress { round, replies })
    }
}

impl Fetch for Reconcile {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Reconciliation> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, COUNT(*) FROM comments WHERE draft = $1 GROUP BY status")
                .bind(look.draft.key)
                .fetch_all(&mut *look.connection)
                .await
                .or_domain()?;
        let found = counts.iter().map(|(_, count)| count).sum();
        let mut by_status: Vec<(Status, i64)> = Status::ALL.iter().map(|status| (*status, 0)).collect();
        for (word, count) in counts {
            let status = Status::from_word(&word).ok_or_else(|| corrupt("an unknown status"))?;
            for slot in by_status.iter_mut().filter(|(known, _)| *known == status) {
                slot.1 = count;
            }
        }
        let pending = look
            .numbers("SELECT number FROM comments WHERE draft = $1 AND status = 'pending' ORDER BY number")
            .await?;
        let unpublished = look
            .numbers(
                "SELECT number FROM comments WHERE draft = $1 AND outcome IS NOT NULL AND NOT published ORDER BY number",
            )
            .await?;
        let open_directives = look
            .numbers(
                "SELECT directive FROM directives WHERE draft = $1 AND completion_note IS NULL ORDER BY directive",
            )
            .await?;
        let mut unanswered = Vec::new();
        for round in look.held_rounds().await? {
            // Concluding a round says that whoever did not answer is not waited for any more.
            if round.state == RoundState::Concluded {
                continue;
            }
            let replies = look.replies(&round).await?;
            let waiting = |reply: &&Reply| matches!(reply.state, ReplyState::Silent | ReplyState::InProgress);
            unanswered
                .extend(replies.iter().filter(waiting).map(|reply| (round.number, reply.agency.clone())));
        }
        let received = look.draft.comment_count;
        Ok(Reconciliation { received, found, by_status, pending, unpublished, unanswered, open_directives })
    }
}
