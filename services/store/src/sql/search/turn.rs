//! A turn at a draft's index: one process writes it at a time, and one that lost its turn publishes nothing.

use sqlx::QueryBuilder;
use ykien_domain::Result;
use ykien_domain::search::segment::{Block, Built};

use super::super::{BEGIN_WRITE, Connection, Db, Engine, spawned};
use super::{Reached, Segment, place, segments};
use crate::error::OrDomain;
use crate::rows::DraftKey;

/// A turn not renewed for so long is anybody's, in microseconds: its process is gone.
const LEASE: i64 = 20_000_000;
/// The most bytes of blocks that one transaction writes: SQLite's submissions wait for it.
const WRITTEN_AT_ONCE: usize = 256 << 10;
/// The most blocks that one transaction writes or takes away.
const BLOCKS_AT_ONCE: usize = 64;

/// A turn that was taken. Each later turn makes it worthless, whatever its process still believes.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) draft: DraftKey,
    turn: i64,
    /// The segment that this turn may make.
    pub(super) segment: i64,
    pub(super) reached: Reached,
}

/// Whether a turn still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    /// Another process took the next one.
    Lost,
}

/// How many comments make a segment of each level: eight times those of the level below.
pub(super) fn level(comments: i64) -> i64 {
    i64::from((comments / 1_024).max(1).ilog(8))
}

impl Engine {
    /// Takes the turn at a draft's index; none while another process has it.
    pub(super) async fn take_turn(&self, draft: DraftKey) -> Result<Option<Turn>> {
        let (engine, now) = (self.clone(), self.clock.now().0);
        spawned(async move {
            let mut transaction = engine.writer.pool().begin_with(BEGIN_WRITE).await.or_domain()?;
            sqlx::query(
                "INSERT INTO search_indexes (draft, revision, numbered, next_segment, turn, turned_at) \
                 VALUES ($1, 0, 0, 1, 0, 0) ON CONFLICT (draft) DO NOTHING",
            )
            .bind(draft)
            .execute(&mut *transaction)
            .await
            .or_domain()?;
            let taken: Option<(i64, i64, i64, i64)> = sqlx::query_as(
                "UPDATE search_indexes SET turn = turn + 1, next_segment = next_segment + 1, turned_at = $2 \
                 WHERE draft = $1 AND turned_at <= $3 RETURNING turn, next_segment - 1, revision, numbered",
            )
            .bind(draft)
            .bind(now)
            .bind((now - LEASE).max(0))
            .fetch_optional(&mut *transaction)
            .await
            .or_domain()?;
            transaction.commit().await.or_domain()?;
            Ok(taken.map(|(turn, segment, revision, numbered)| Turn {
                draft,
                turn,
                segment,
                reached: Reached { revision, numbered },
            }))
        })
        .await
    }

    /// Gives the turn back.
    pub(super) async fn end_turn(&self, turn: &Turn) -> Result<()> {
        self.hold_turn(turn, 0).await.map(|_| ())
    }

    /// Keeps the turn for another [`LEASE`].
    pub(super) async fn renew_turn(&self, turn: &Turn) -> Result<Held> {
        self.hold_turn(turn, self.clock.now().0).await
    }

    async fn hold_turn(&self, turn: &Turn, from: i64) -> Result<Held> {
        let (engine, turn) = (self.clone(), turn.clone());
        spawned(async move {
            let mut connection = engine.writer.pool().acquire().await.or_domain()?;
            renew(&mut connection, &turn, from).await
        })
        .await
    }

    /// Writes blocks of the turn's segment, as many as a short transaction takes, and leaves the rest.
    pub(super) async fn write_blocks(&self, turn: &Turn, blocks: &mut Vec<Block>) -> Result<Held> {
        let mut bytes = 0;
        let fitting = blocks.iter().take(BLOCKS_AT_ONCE).take_while(|(_, block)| {
            bytes += block.len();
            bytes <= WRITTEN_AT_ONCE
        });
        let count = fitting.count().max(1).min(blocks.len());
        let written: Vec<Block> = blocks.drain(..count).collect();
        let (engine, turn, now) = (self.clone(), turn.clone(), self.clock.now().0);
        spawned(async move {
            let mut transaction = engine.writer.pool().begin_with(BEGIN_WRITE).await.or_domain()?;
            let held = renew(&mut transaction, &turn, now).await?;
            if held == Held::Yes && !written.is_empty() {
                let mut query: QueryBuilder<Db> =
                    QueryBuilder::new("INSERT INTO search_blocks (draft, place, postings) ");
                query.push_values(written, |mut row, (block, postings)| {
                    row.push_bind(turn.draft).push_bind(place(turn.segment, block)).push_bind(postings);
                });
                query.build().persistent(false).execute(&mut *transaction).await.or_domain()?;
            }
            transaction.commit().await.or_domain()?;
            Ok(held)
        })
        .await
    }

    /// Publishes the turn's segment, whose blocks are written, in place of those that it was merged from.
    pub(super) async fn publish(
        &self,
        turn: &Turn,
        built: Built,
        reached: Reached,
        merged: Vec<Segment>,
    ) -> Result<Held> {
        let (engine, turn, now) = (self.clone(), turn.clone(), self.clock.now().0);
        spawned(async move {
            let mut transaction = engine.writer.pool().begin_with(BEGIN_WRITE).await.or_domain()?;
            let held = renew(&mut transaction, &turn, now).await?;
            if held == Held::Lost {
                transaction.rollback().await.or_domain()?;
                return Ok(held);
            }
            for segment in merged {
                sqlx::query("DELETE FROM search_segments WHERE draft = $1 AND segment = $2")
                    .bind(turn.draft)
                    .bind(segment.segment)
                    .execute(&mut *transaction)
                    .await
                    .or_domain()?;
            }
            sqlx::query(
                "INSERT INTO search_segments (draft, segment, level, bits, base, comments, postings) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(turn.draft)
            .bind(turn.segment)
            .bind(level(built.comments as i64))
            .bind(i64::from(built.bits))
            .bind(i64::from(built.base))
            .bind(built.comments as i64)
            .bind(built.postings as i64)
            .execute(&mut *transaction)
            .await
            .or_domain()?;
            sqlx::query("UPDATE search_indexes SET revision = $2, numbered = $3 WHERE draft = $1")
                .bind(turn.draft)
                .bind(reached.revision)
                .bind(reached.numbered)
                .execute(&mut *transaction)
                .await
                .or_domain()?;
            transaction.commit().await.or_domain()?;
            Ok(held)
        })
        .await
    }

    /// Takes away some blocks of segments that nobody can ask: merged into another, or left behind by a turn that was
    /// lost. Tells whether there may be more.
    pub(super) async fn sweep(&self, turn: &Turn) -> Result<bool> {
        let (engine, turn, now) = (self.clone(), turn.clone(), self.clock.now().0);
        spawned(async move {
            let mut connection = engine.reader.pool().acquire().await.or_domain()?;
            let published = segments(&mut connection, turn.draft).await?;
            let Some((from, to)) = orphans(&mut connection, &turn, &published).await? else {
                return Ok(false);
            };
            drop(connection);
            let mut transaction = engine.writer.pool().begin_with(BEGIN_WRITE).await.or_domain()?;
            let held = renew(&mut transaction, &turn, now).await?;
            if held == Held::Yes {
                sqlx::query(
                    "DELETE FROM search_blocks WHERE draft = $1 AND place IN (SELECT b.place FROM search_blocks b \
                     WHERE b.draft = $1 AND b.place >= $2 AND b.place < $3 ORDER BY b.place LIMIT $4)",
                )
                .bind(turn.draft)
                .bind(from)
                .bind(to)
                .bind(BLOCKS_AT_ONCE as i64)
                .execute(&mut *transaction)
                .await
                .or_domain()?;
            }
            transaction.commit().await.or_domain()?;
            Ok(held == Held::Yes)
        })
        .await
    }
}

/// A stretch of places below the turn's segment that belongs to no published segment and has a block.
async fn orphans(
    connection: &mut Connection,
    turn: &Turn,
    published: &[Segment],
) -> Result<Option<(i64, i64)>> {
    let mut from = 0;
    let published = published.iter().map(|segment| segment.segment).filter(|segment| *segment < turn.segment);
    for segment in published.chain([turn.segment]) {
        if from < segment {
            let (found,): (bool,) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM search_blocks WHERE draft = $1 AND place >= $2 AND place < $3)",
            )
            .bind(turn.draft)
            .bind(place(from, 0))
            .bind(place(segment, 0))
            .fetch_one(&mut *connection)
            .await
            .or_domain()?;
            if found {
                return Ok(Some((place(from, 0), place(segment, 0))));
            }
        }
        from = segment + 1;
    }
    Ok(None)
}

/// Holds the turn from `now` on, if it still counts; 0 gives it back.
async fn renew(connection: &mut Connection, turn: &Turn, now: i64) -> Result<Held> {
    let renewed = sqlx::query("UPDATE search_indexes SET turned_at = $3 WHERE draft = $1 AND turn = $2")
        .bind(turn.draft)
        .bind(turn.turn)
        .bind(now)
        .execute(&mut *connection)
        .await
        .or_domain()?;
    Ok(if renewed.rows_affected() == 1 { Held::Yes } else { Held::Lost })
}
