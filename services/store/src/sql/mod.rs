//! The one SQL text, mounted once per engine.
//!
//! This file is the frame that every command and query passes: transactions, the draft's lock, permissions, request
//! ids, the change log. The files beside it hold the use cases, by feature.

mod additions;
mod ahead;
mod arrangement;
mod asked;
mod chosen;
mod collect;
mod comments;
mod counts;
mod decisions;
mod directives;
mod disclosures;
mod drafts;
mod events;
mod filling;
mod filter;
mod identity;
mod imports;
mod locks;
mod persons;
mod placements;
mod progress;
mod proof;
mod reading;
mod registry;
mod responses;
mod resting;
mod rounds;
mod seals;
mod search;
mod snapshot;
mod statement;
mod submissions;
mod verify;
mod work;

use std::future::Future;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Arguments as _, Connection as _, Pool};
use ykien_domain::actor::Scope;
use ykien_domain::command::{Command, Place, SubmitComment, WriteOptions, Written};
use ykien_domain::disclosure::Shown;
use ykien_domain::ids::{RequestId, Revision};
use ykien_domain::query::{Collect, Cursor, Query, Read};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Reason, Result};

use super::{
    Arguments, BATCHES, BEGIN_READ, BEGIN_WRITE, Db, LOCK, LOCK_FREE, PURGE, UNHURRIED, WRITABLE,
    WRITES_TOGETHER, push, push_among, relation,
};
use crate::error::{OrDomain, corrupt};
use crate::given::Kind;
use crate::receipt::Receipt;
use crate::sink::Sink;
use disclosures::Disclosures;
use locks::dismiss_writer;
pub use persons::Named;
pub(crate) use resting::Resting;
use submissions::Submissions;
use work::{Look, Work};

/// A connection of this engine.
type Connection = <Db as sqlx::Database>::Connection;

/// A command as this engine carries it out, inside the write transaction.
pub trait Apply: Command {
    /// Whether the event of the one comment that it submits has its answer; else the answer is kept for a retry.
    const IS_KEPT_BY_EVENT: bool = false;

    /// Locks are taken and permissions weighed: call the rule, write, emit the events.
    fn apply(self, work: &mut Work<'_>) -> impl Future<Output = Result<Self::Answer>> + Send;

    /// In a transaction of its own, unless the command says otherwise.
    fn write(
        self,
        engine: &Engine,
        scope: &Scope,
        options: WriteOptions,
    ) -> impl Future<Output = Result<Written<Self::Answer>>> + Send {
        engine.write_alone(scope, self, options)
    }

    /// The places of an answer in which persons are named: what is kept and logged has only what stands for them, the
    /// caller is given the names.
    fn persons(_answer: &mut Self::Answer) -> Vec<Named<'_>> {
        Vec::new()
    }

    /// The first answer to a request that was carried out at this revision.
    fn first_answer(
        work: &mut Work<'_>,
        _revision: Revision,
    ) -> impl Future<Output = Result<Self::Answer>> + Send {
        async move {
            let kept = work.kept_answer().await?;
            serde_json::from_str(&kept).map_err(|_| corrupt("an unreadable answer"))
        }
    }
}

/// A query as this engine answers it, inside one snapshot.
pub trait Fetch: Query {
    /// Permissions are weighed: read.
    fn fetch(self, look: &mut Look<'_>) -> impl Future<Output = Result<Self::Answer>> + Send;

    /// The comments whose words an answer shows: reading those of others may be a disclosure.
    fn shows(_answer: &Self::Answer) -> Vec<Shown> {
        Vec::new()
    }
}

/// One database.
#[derive(Clone)]
pub struct Engine {
    writer: Resting,
    reader: Resting,
    /// For the looks at what moved since, which are many and short.
    follower: Resting,
    clock: SharedClock,
    submissions: Arc<Submissions>,
    disclosures: Disclosures,
}

/// The schema, one sequence for both engines.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

impl Engine {
    pub(in super::super) fn new(
        writer: Resting,
        reader: Resting,
        follower: Resting,
        submitting: Resting,
        clock: SharedClock,
    ) -> Self {
        let submissions = Arc::new(Submissions::new(submitting, clock.clone()));
        let disclosures = Disclosures::new(writer.clone());
        Self { writer, reader, follower, clock, submissions, disclosures }
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.clock
    }

    pub(crate) async fn close(&self) {
        self.submissions.close().await;
        self.follower.close().await;
        self.reader.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        let mut connection = self.unhurried(self.writer.pool()).await?;
        MIGRATIONS.run_direct(None, &mut *connection, false).await.map_err(|error| {
            tracing::error!(%error, "the migration failed");
            Error::new(Reason::Internal, format!("the migration failed: {error}"))
        })
    }

    /// A connection without the time limit of requests; it does not go back to the pool.
    async fn unhurried(&self, pool: &Pool<Db>) -> Result<PoolConnection<Db>> {
        let mut connection = pool.acquire().await.or_domain()?;
        connection.close_on_drop();
        sqlx::query(UNHURRIED).execute(&mut *connection).await.or_domain()?;
        Ok(connection)
    }

    pub(crate) async fn check_schema(&self) -> Result<()> {
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        let found: std::result::Result<Option<i64>, _> =
            sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
                .fetch_one(self.reader.pool())
                .await;
        let found = match found {
            Ok(found) => found.unwrap_or(0),
            // No such table: the database is new.
            Err(sqlx::Error::Database(_)) => 0,
            Err(error) => return Err(crate::error::from_driver(&error)),
        };
        if found == known {
            return Ok(());
        }
        let advice = if found < known { "run `ykien migrate`" } else { "run a newer ykien" };
        let message =
            format!("the schema is at version {found}, this program knows version {known}: {advice}");
        Err(Error::new(Reason::Unavailable, message))
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        let writable: Answer = sqlx::query_as(WRITABLE).fetch_one(self.reader.pool()).await.or_domain()?;
        if writable.0 {
            Ok(())
        } else {
            Err(Error::new(Reason::Unavailable, "the database takes no writes now"))
        }
    }

    pub(crate) async fn write<C: Apply>(
        &self,
        scope: &Scope,
        command: C,
        options: WriteOptions,
    ) -> Result<Written<C::Answer>> {
        command.write(self, scope, options).await
    }

    /// Puts a submission into the queue, waiting for a place there.
    pub(crate) async fn submit(
        &self,
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
    ) -> Result<Receipt> {
        self.submissions.submit_patiently(scope, command.checked()?, request_id).await
    }

    /// In a task of its own: a caller that goes away must not leave a transaction open in the pool.
    async fn write_alone<C: Apply>(
        &self,
        scope: &Scope,
        command: C,
        options: WriteOptions,
    ) -> Result<Written<C::Answer>> {
        let (engine, scope) = (self.clone(), scope.clone());
        spawned(async move {
            let mut connection = engine.writer.take().await?;
            if WRITES_TOGETHER && let Place::Draft(id) = command.place() {
                dismiss_writer(&mut connection, &id).await?;
            }
            let mut transaction = connection.begin_with(BEGIN_WRITE).await.or_domain()?;
            let dry_run = options.dry_run;
            let written = Work::run(&mut transaction, &scope, &engine.clock, command, options).await;
            match &written {
                Ok(written) if !written.replayed && !dry_run => transaction.commit().await.or_domain()?,
                _ => transaction.rollback().await.or_domain()?,
            }
            engine.writer.rest(connection);
            written
        })
        .await
    }

    /// In a task of its own, for the same reason.
    pub(crate) async fn read<Q: Fetch>(&self, scope: &Scope, query: Q) -> Result<Read<Q::Answer>> {
        let (engine, scope) = (self.clone(), scope.clone());
        spawned(async move { engine.look(&scope, query, None).await }).await
    }

    /// As [`Engine::read`], and hands on the comments.
    pub(crate) async fn collect<S: Sink>(
        &self,
        scope: &Scope,
        query: Collect,
        mut sink: S,
    ) -> Result<(S, Read<Option<Cursor>>)> {
        let (engine, scope) = (self.clone(), scope.clone());
        spawned(async move {
            let Read { answer, revision } = engine.look(&scope, query, Some(&mut sink)).await?;
            // Those that had to wait until it was written down that they are shown.
            answer.items.into_iter().for_each(|comment| sink.take(comment, revision));
            Ok((sink, Read { answer: answer.next, revision }))
        })
        .await
    }

    async fn look<Q: Fetch>(
        &self,
        scope: &Scope,
        query: Q,
        sink: Option<&mut dyn Sink>,
    ) -> Result<Read<Q::Answer>> {
        let mut connection = self.reader.take().await?;
        let mut transaction = connection.begin_with(BEGIN_READ).await.or_domain()?;
        let read = Look::run(&mut transaction, scope, &self.clock, query, sink).await;
        transaction.rollback().await.or_domain()?;
        self.reader.rest(connection);
        let (read, disclosure) = read?;
        if let Some((draft, disclosure)) = disclosure {
            self.disclosures.keep(draft, disclosure).await?;
        }
        Ok(read)
    }
}

/// A value as a parameter, or null.
pub(super) fn add(arguments: &mut Arguments, kind: Kind, value: Option<&[u8]>) -> Result<()> {
    let text = |text: &[u8]| String::from_utf8(text.to_vec()).map_err(|_| corrupt("a text that is none"));
    let number = |number: &[u8]| {
        number.try_into().map(i64::from_be_bytes).map_err(|_| corrupt("a number that is none"))
    };
    let added = match kind {
        Kind::Text => arguments.add(value.map(text).transpose()?),
        Kind::Number => arguments.add(value.map(number).transpose()?),
        Kind::Truth => arguments.add(value.map(|truth| truth != [0])),
    };
    added.map_err(|_| corrupt("a value that can't be sent"))
}

/// The one column of a yes-or-no statement.
#[derive(sqlx::FromRow)]
struct Answer(bool);

/// Begins at once, and runs to the end whatever becomes of the caller. What waits for it is small, and has not the task itself: a future is
/// moved each time that it is handed on.
fn spawned<T: Send + 'static>(
    task: impl Future<Output = Result<T>> + Send + 'static,
) -> impl Future<Output = Result<T>> + Send {
    let task = tokio::spawn(task);
    async move {
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a task of the store ended badly");
            Err(Error::new(Reason::Internal, "a fault of the server; its log says more"))
        })
    }
}
