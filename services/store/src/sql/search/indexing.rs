//! Bringing a draft's index forward by a segment of the comments that it does not cover.

use std::time::Duration;

use sqlx::QueryBuilder;
use tokio::time::{Instant, sleep};
use ykien_domain::ids::CommentNumber;
use ykien_domain::model::{Anchor, Content};
use ykien_domain::search::segment::{Builder, Built};
use ykien_domain::{Error, Reason, Result};

use super::super::work::draft_columns;
use super::super::{BEGIN_READ, Db, Engine, push_among, spawned};
use super::turn::{Held, Turn};
use super::{Reached, Segment, merging, revised, segments};
use crate::error::OrDomain;
use crate::rows::{DraftKey, DraftRow};

/// A draft gets an index when it has so many comments: until then they are looked at one by one.
const FIRST: i64 = 1_024;
/// An index goes forward when so many are missing in it: each costs a search some 20 µs.
const LEAST: i64 = 256;
/// How many missing comments a revised one counts for: finding out which they are costs more.
const REVISED_COUNTS: i64 = 4;
/// The most comments of a segment made at once.
const MOST: i64 = 8_192;
/// The most terms of a segment made at once: 16 MiB of them.
const MOST_TERMS: usize = 2 << 20;
/// The most revised comments that a segment takes up.
const MOST_REVISED: i64 = 2_048;
/// Comments read at a time.
const READ_AT_ONCE: usize = 256;
/// How often drafts are looked at, and how often where there are so many that looking takes long.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(10);
/// How many times as long as it worked it rests at most, and for how many writes a second it rests once as long more.
const MOST_REST: u32 = 49;
const WRITES_FOR_REST: f64 = 50.0;
/// How long it rests at most, and how long a turn is held before it is renewed.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// How long to wait after an error.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How the projector shares the machine: for each stretch of work it rests, the longer the more is being written, so that
/// writes lose little.
#[derive(Debug)]
pub(super) struct Pace {
    rests: bool,
    since: Instant,
    /// When all drafts' revisions were last looked at, and what they were together.
    looked: Option<(Instant, i64)>,
}

impl Pace {
    fn new(rests: bool) -> Self {
        Self { rests, since: Instant::now(), looked: None }
    }

    /// Rests for the work done since the last rest.
    pub(super) async fn rest(&mut self, engine: &Engine) -> Result<()> {
        if !self.rests {
            return Ok(());
        }
        // With many drafts that is work too.
        let revisions = engine.revisions().await?;
        let now = Instant::now();
        let written = self.looked.replace((now, revisions)).map_or(0.0, |(looked, before)| {
            revisions.saturating_sub(before) as f64 / (now - looked).as_secs_f64().max(f64::EPSILON)
        });
        sleep(((now - self.since) * resting(written)).min(LONGEST_REST)).await;
        self.since = Instant::now();
        Ok(())
    }

    /// What was done until now was no work.
    fn begin(&mut self) {
        self.since = Instant::now();
    }
}

/// How many times as long as it worked it rests, at so many writes a second.
fn resting(written: f64) -> u32 {
    1 + ((written / WRITES_FOR_REST) as u32).min(MOST_REST - 1)
}

impl Engine {
    /// Keeps the index of every draft, for ever. May be dropped at any time: the next process takes over in 20 s.
    pub(crate) async fn keep_search(&self) {
        let mut pace = Pace::new(true);
        loop {
            let began = Instant::now();
            pace.begin();
            let wait = match self.forward_all(FIRST, LEAST, &mut pace).await {
                Ok(0) => (began.elapsed() * MOST_REST).clamp(LOOK_EVERY, LOOK_AT_LEAST_EVERY),
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "the search index can't be brought forward");
                    AFTER_ERROR
                }
            };
            sleep(wait).await;
        }
    }

    /// Brings the index forward by one segment in each draft where at least so many comments are missing. Tells in how
    /// many it did.
    pub(crate) async fn index_search(&self, least: i64) -> Result<usize> {
        self.forward_all(least, least, &mut Pace::new(false)).await
    }

    async fn forward_all(&self, first: i64, least: i64, pace: &mut Pace) -> Result<usize> {
        let mut done = 0;
        for draft in self.behind(first, least).await? {
            let Some(turn) = self.take_turn(draft).await? else { continue };
            let forward = self.forward(&turn, pace).await;
            self.end_turn(&turn).await?;
            done += usize::from(forward? == Held::Yes);
        }
        Ok(done)
    }

    /// Drafts without an index that have at least `first` comments, and those whose index misses at least `least`.
    async fn behind(&self, first: i64, least: i64) -> Result<Vec<DraftKey>> {
        let drafts: Vec<(DraftKey,)> = sqlx::query_as(
            "SELECT d.draft FROM (SELECT draft, (SELECT COALESCE(MAX(c.number), 0) FROM comments c WHERE c.draft = drafts.draft) \
             AS comment_count FROM drafts) d LEFT JOIN search_indexes i ON i.draft = d.draft \
             WHERE d.comment_count - COALESCE(i.numbered, 0) >= CASE WHEN i.numbered > 0 THEN $1 ELSE $3 END OR (i.numbered > 0 \
             AND d.comment_count - i.numbered + $2 * (SELECT COUNT(*) FROM events e WHERE e.draft = d.draft \
             AND e.kind = 'comment_revised' AND e.revision > i.revision) >= $1) ORDER BY d.draft",
        )
        .bind(least)
        .bind(REVISED_COUNTS)
        .bind(first)
        .fetch_all(self.reader.pool())
        .await
        .or_domain()?;
        Ok(drafts.into_iter().map(|(draft,)| draft).collect())
    }

    async fn revisions(&self) -> Result<i64> {
        let (revisions,): (Option<i64>,) = sqlx::query_as(
            "SELECT CAST(SUM((SELECT MAX(e.revision) FROM events e WHERE e.draft = d.draft)) AS BIGINT) FROM drafts d",
        )
        .fetch_one(self.reader.pool())
        .await
        .or_domain()?;
        Ok(revisions.unwrap_or(0))
    }

    async fn forward(&self, turn: &Turn, pace: &mut Pace) -> Result<Held> {
        while self.sweep(turn).await? {
            pace.rest(self).await?;
        }
        // The segment that this turn may make is a merged one if one is due; the missing comments wait for the next.
        let due = merging::due(&self.segments_of(turn).await?);
        if !due.is_empty() {
            return self.merge(turn, due, pace).await;
        }
        let Some((reached, mut built)) = self.gather(turn, pace).await? else { return Ok(Held::Lost) };
        while !built.blocks.is_empty() {
            if self.write_blocks(turn, &mut built.blocks).await? == Held::Lost {
                return Ok(Held::Lost);
            }
            pace.rest(self).await?;
        }
        self.publish(turn, built, reached, Vec::new()).await
    }

    pub(super) async fn segments_of(&self, turn: &Turn) -> Result<Vec<Segment>> {
        let (engine, draft) = (self.clone(), turn.draft);
        spawned(async move {
            let mut connection = engine.reader.pool().acquire().await.or_domain()?;
            segments(&mut connection, draft).await
        })
        .await
    }

    /// The segment of the comments revised since the index's revision, and of the first that are new; none when the turn was
    /// lost meanwhile.
    ///
    /// The revision that the index then has is read first: a comment read after it may say what it said later, and is in
    /// the index once more when that change's turn comes.
    async fn gather(&self, turn: &Turn, pace: &mut Pace) -> Result<Option<(Reached, Built)>> {
        let (target, revised) = self.missing(turn).await?;
        let (mut builder, mut held) = (Builder::default(), Instant::now());
        for numbers in revised.chunks(READ_AT_ONCE) {
            builder = self.add(turn, builder, Batch::These(numbers.to_vec())).await?;
            if self.rest_holding(turn, pace, &mut held).await? == Held::Lost {
                return Ok(None);
            }
        }
        let mut numbered = turn.reached.numbered;
        let last = target.numbered.min(numbered + MOST);
        while numbered < last && builder.len() < MOST_TERMS {
            let upto = last.min(numbered + READ_AT_ONCE as i64);
            builder = self.add(turn, builder, Batch::Between(numbered, upto)).await?;
            numbered = upto;
            if self.rest_holding(turn, pace, &mut held).await? == Held::Lost {
                return Ok(None);
            }
        }
        let built = blocking(move || Ok(builder.build())).await?;
        pace.rest(self).await?;
        Ok(Some((Reached { numbered, ..target }, built)))
    }

    /// Rests, and keeps a turn that has not been renewed for long.
    async fn rest_holding(&self, turn: &Turn, pace: &mut Pace, held: &mut Instant) -> Result<Held> {
        pace.rest(self).await?;
        if held.elapsed() < LONGEST_REST {
            return Ok(Held::Yes);
        }
        *held = Instant::now();
        self.renew_turn(turn).await
    }

    /// How far the index can be brought now, and which of the comments in it were revised on the way.
    async fn missing(&self, turn: &Turn) -> Result<(Reached, Vec<CommentNumber>)> {
        let (engine, turn) = (self.clone(), turn.clone());
        spawned(async move {
            let mut transaction = engine.reader.pool().begin_with(BEGIN_READ).await.or_domain()?;
            let draft: DraftRow =
                sqlx::query_as(concat!("SELECT ", draft_columns!(), " FROM drafts d WHERE d.draft = $1"))
                    .bind(turn.draft)
                    .fetch_one(&mut *transaction)
                    .await
                    .or_domain()?;
            let (revision, numbered) = (draft.revision, draft.comment_count);
            let events = revised(&mut transaction, turn.draft, turn.reached.revision, MOST_REVISED).await?;
            transaction.rollback().await.or_domain()?;
            // When there are more, the index comes as far as these.
            let all = (events.len() as i64) < MOST_REVISED;
            let revision = events.last().map_or(revision, |(last, _)| if all { revision } else { *last });
            let mut numbers: Vec<CommentNumber> = events
                .into_iter()
                .map(|(_, number)| number)
                .filter(|number| *number <= turn.reached.numbered)
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            Ok((Reached { revision, numbered }, numbers))
        })
        .await
    }

    /// Reads comments and adds them.
    async fn add(&self, turn: &Turn, mut builder: Builder, batch: Batch) -> Result<Builder> {
        let (engine, draft) = (self.clone(), turn.draft);
        let comments = spawned(async move {
            let mut connection = engine.reader.pool().acquire().await.or_domain()?;
            let mut query: QueryBuilder<Db> = QueryBuilder::new(
                "SELECT number, title, text, proposed_change, quote FROM comments WHERE draft = ",
            );
            query.push_bind(draft);
            match batch {
                Batch::These(numbers) => {
                    query.push(" AND number");
                    push_among(&mut query, &numbers);
                }
                Batch::Between(after, upto) => {
                    query.push(" AND number > ").push_bind(after);
                    query.push(" AND number <= ").push_bind(upto);
                }
            }
            let comments: Vec<CommentText> =
                query.build_query_as().fetch_all(&mut *connection).await.or_domain()?;
            Ok(comments)
        })
        .await?;
        blocking(move || {
            for comment in comments {
                builder.add(comment.number, &comment.into())?;
            }
            Ok(builder)
        })
        .await
    }
}

/// Which comments are read at a time.
enum Batch {
    These(Vec<CommentNumber>),
    /// After the first number, up to the second.
    Between(CommentNumber, CommentNumber),
}

/// What a comment says.
#[derive(sqlx::FromRow)]
pub(super) struct CommentText {
    pub(super) number: i64,
    title: String,
    text: String,
    proposed_change: String,
    quote: String,
}

impl From<CommentText> for Content {
    fn from(row: CommentText) -> Self {
        Self {
            title: row.title,
            text: row.text,
            proposed_change: row.proposed_change,
            anchor: Anchor { quote: row.quote, ..Anchor::default() },
            ..Self::default()
        }
    }
}

/// Work that takes the processor for a while, away from the threads that serve.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a task of the search index ended badly");
        Err(Error::new(Reason::Internal, "a fault of the server; its log says more"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_is_written_the_longer_it_rests_up_to_a_bound() {
        let table = [(0.0, 1), (4.0, 1), (50.0, 2), (500.0, 11), (2_400.0, 49), (10_000.0, 49), (1e300, 49)];
        for (written, rest) in table {
            assert_eq!(resting(written), rest, "{written} a second");
        }
    }
}
