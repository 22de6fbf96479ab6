//! The only crate that knows SQL.
//!
//! [`Store::write`] carries out a [`Command`] in one transaction: it locks the draft, weighs what the caller may do,
//! answers a repeated request id with its first answer, calls the domain's rule, writes the tables and the events, and
//! commits. [`Store::read`] answers a [`Query`] from one snapshot. There is nothing else to call, so nothing can forget
//! permissions, idempotency, the change log or the caller's scope.
//!
//! There is one SQL text for both engines: `sql/`, mounted once by [`mod@postgres`] and once by [`mod@sqlite`], which
//! hold only opening, locking and the few words that really differ.

#![allow(clippy::duplicate_mod, reason = "the one SQL text is mounted once per engine")]

mod error;
mod given;
mod page;
mod postgres;
mod queue;
mod receipt;
mod replay;
mod rows;
mod seal;
mod sink;
mod snapshot;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt;

use ykien_domain::actor::{Actor, Scope};
use ykien_domain::chain::Seal;
use ykien_domain::command::{Command, SubmitComment, WriteOptions, Written};
use ykien_domain::ids::{ClientId, DraftId, RequestId, Revision};
use ykien_domain::model::ClientKey;
use ykien_domain::query::{Collect, Cursor, MovesSince, Query, Read};
use ykien_domain::snapshot::{Snapshot, SnapshotQuery};
use ykien_domain::time::{SharedClock, Timestamp};
use ykien_domain::{Error, Result};

pub use receipt::Receipt;
pub use sink::Sink;
pub use snapshot::SnapshotComments;

/// A command that both engines can carry out: every command of the domain.
pub trait Writable: Command + postgres::Apply + sqlite::Apply {}
impl<C: Command + postgres::Apply + sqlite::Apply> Writable for C {}

/// A query that both engines can answer: every query of the domain.
pub trait Readable: Query + postgres::Fetch + sqlite::Fetch {}
impl<Q: Query + postgres::Fetch + sqlite::Fetch> Readable for Q {}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `postgres://…`, or `sqlite:` and a file's path.
    pub url: String,
    /// The most connections to the database (SQLite: the most readers; it has one writer).
    pub max_connections: u32,
    /// Where time and ids come from.
    pub clock: SharedClock,
}

/// The store: cheap to clone, one per process.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Postgres(postgres::Engine),
    Sqlite(sqlite::Engine),
}

/// The same call on whichever engine it is.
macro_rules! on {
    ($store:expr, $engine:ident => $call:expr) => {
        match &$store.engine {
            Engine::Postgres($engine) => $call,
            Engine::Sqlite($engine) => $call,
        }
    };
}

/// The most assertions of one client that are remembered at a time.
pub const MAX_USED_ASSERTIONS: i64 = 1_000;

/// A client's secret and what it stands for, before there is an actor.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Who the client is.
    pub actor: Actor,
    /// The hashes of its secrets (argon2id, PHC strings): at most two.
    pub secret_hashes: Vec<String>,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// Whether it may not be used: switched off, or its agency is not active.
    pub disabled: bool,
}

/// A key that signs or verifies tokens.
#[derive(Clone)]
pub struct SigningKey {
    /// Its id in a token's header.
    pub kid: String,
    /// PKCS #8, PEM; empty once it signs no more.
    pub private_pem: String,
    /// SubjectPublicKeyInfo, PEM.
    pub public_pem: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs no more.
    pub retired_at: Option<Timestamp>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What [`Store::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// The drafts looked at.
    pub drafts: usize,
    /// The comments counted.
    pub comments: i64,
    /// The events folded.
    pub events: i64,
    /// Every difference, as a sentence; none when all is well.
    pub differences: Vec<String>,
}

impl Store {
    /// Opens the database; a SQLite file is made when it does not exist. Does not touch the schema.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `database_url`; `UNAVAILABLE` when the database can't be reached.
    pub async fn connect(options: StoreOptions) -> Result<Self> {
        let StoreOptions { url, max_connections, clock } = options;
        let engine = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(postgres::connect(&url, max_connections, clock).await?)
        } else if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(sqlite::connect(path.trim_start_matches("//"), max_connections, clock).await?)
        } else {
            return Err(Error::field("database_url", "must begin with postgres:// or sqlite:"));
        };
        Ok(Self { engine })
    }

    /// Brings the schema to the one that this program knows.
    ///
    /// # Errors
    /// `UNAVAILABLE` or `INTERNAL`; a migration that fails changes nothing.
    pub async fn migrate(&self) -> Result<()> {
        on!(self, engine => engine.migrate().await)
    }

    /// Whether the schema is the one that this program knows.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a sentence that says which it is.
    pub async fn check_schema(&self) -> Result<()> {
        on!(self, engine => engine.check_schema().await)
    }

    /// Whether the database answers and takes writes.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ping(&self) -> Result<()> {
        on!(self, engine => engine.ping().await)
    }

    /// Where time and ids come from.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        on!(self, engine => engine.clock())
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self.engine {
            Engine::Postgres(_) => "postgres",
            Engine::Sqlite(_) => "sqlite",
        }
    }

    /// Closes every connection, after what is under way.
    pub async fn close(&self) {
        on!(self, engine => engine.close().await);
    }

    /// Carries out a command for this caller, in one durable transaction. A caller that goes away does not stop it.
    ///
    /// # Errors
    /// What the command's rule says; `NOT_FOUND` for a draft that the caller may not know; `PERMISSION_DENIED`;
    /// `REQUEST_ID_REUSED`; `UNAVAILABLE`, after which the same request id tells whether it was carried out.
    pub async fn write<C: Writable>(
        &self,
        scope: &Scope,
        command: C,
        options: WriteOptions,
    ) -> Result<Written<C::Answer>> {
        on!(self, engine => engine.write(scope, command, options).await)
    }

    /// Puts a submission into the writer's queue, and waits for a place there instead of being refused one: for streams,
    /// which wait anyway. The receipt has the answer of [`Store::write`]; submissions of one agency are carried out in
    /// the order of these calls.
    ///
    /// # Errors
    /// `INVALID_FIELD`; `UNAVAILABLE` when the process ends.
    pub async fn submit(
        &self,
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
    ) -> Result<Receipt> {
        on!(self, engine => engine.submit(scope, command, request_id).await)
    }

    /// Answers a query as this caller may see it, from one snapshot.
    ///
    /// # Errors
    /// `NOT_FOUND` for what is missing or may not be known; `PERMISSION_DENIED`; `UNAVAILABLE`.
    pub async fn read<Q: Readable>(&self, scope: &Scope, query: Q) -> Result<Read<Q::Answer>> {
        on!(self, engine => engine.read(scope, query).await)
    }

    /// As [`Store::read`], but that the sink is handed the comments while the database gives them. Gives it back, and where
    /// the next page begins. On an error it may have taken some.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn collect<S: Sink>(
        &self,
        scope: &Scope,
        query: Collect,
        sink: S,
    ) -> Result<(S, Read<Option<Cursor>>)> {
        on!(self, engine => engine.collect(scope, query, sink).await)
    }

    /// A draft at one revision, and its comments, which are read from that same revision as long as they are held: for
    /// documents. At most ten minutes.
    ///
    /// # Errors
    /// `NOT_FOUND`, `PERMISSION_DENIED`, `REVISION_NOT_REACHED`; `INVALID_FIELD` naming `agency`; `UNAVAILABLE`.
    pub async fn snapshot(
        &self,
        scope: &Scope,
        query: SnapshotQuery,
    ) -> Result<(Snapshot, SnapshotComments)> {
        on!(self, engine => engine.snapshot(scope, query).await)
    }

    /// The moves of a draft's comments since a revision, for whoever sees every draft; cheaper than asking
    /// [`Counts`](ykien_domain::query::Counts), which is to be asked when there is no answer: something happened that
    /// needs more than moves, or the draft is unknown.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`; `UNAVAILABLE`.
    pub async fn moves_since(
        &self,
        scope: &Scope,
        draft: &DraftId,
        after: Revision,
    ) -> Result<Option<MovesSince>> {
        on!(self, engine => engine.moves_since(scope, draft, after).await)
    }

    /// Recounts every draft from its tables and from its change log, and compares: with one another, with the counters,
    /// and each numbering with a gapless one. Plays each log again, and compares it with its seals and the tables with it.
    ///
    /// # Errors
    /// `UNAVAILABLE`; differences are no error but the answer.
    pub async fn verify(&self) -> Result<Verification> {
        self.verify_against(&[]).await
    }

    /// As [`Store::verify`], and compares with the heads of logs that were kept elsewhere: so it is found out, too, when
    /// somebody wrote a log and its seals anew.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn verify_against(&self, heads: &[Seal]) -> Result<Verification> {
        on!(self, engine => engine.verify(heads).await)
    }

    /// Seals the change logs in their hash chains, for ever: every minute what was added, and while there is much of it at
    /// most a twentieth of the time. Several processes may. Dropping it stops it.
    pub async fn keep_sealed(&self) {
        on!(self, engine => engine.keep_sealed().await);
    }

    /// Seals every change log to its end, at once, and gives the newest seal of each: who keeps them elsewhere finds out
    /// whoever rewrites the database later.
    ///
    /// # Errors
    /// `UNAVAILABLE`, also while there is no signing key yet.
    pub async fn seal(&self) -> Result<Vec<Seal>> {
        on!(self, engine => engine.seal().await)
    }

    /// The public keys (PEM) that seals may be signed by, by their ids: also of keys that were deleted since.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn seal_keys(&self) -> Result<BTreeMap<String, String>> {
        on!(self, engine => engine.seal_keys().await)
    }

    /// Keeps the search index of every draft, for ever: for the role that serves searches. Several processes may; one
    /// at a time works on a draft. While something is written it takes at most a twentieth of the time. Dropping it stops it.
    pub async fn keep_search(&self) {
        on!(self, engine => engine.keep_search().await);
    }

    /// Brings the search index forward by one segment, at once, in each draft where at least `least` comments are missing
    /// in it. Answers in how many drafts it did: 0 when nothing is left to do.
    ///
    /// # Errors
    /// `UNAVAILABLE`; searches are exact all the same.
    pub async fn index_search(&self, least: i64) -> Result<usize> {
        on!(self, engine => engine.index_search(least).await)
    }

    /// A client's credential; none when there is no such client.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn credential(&self, client: &ClientId) -> Result<Option<Credential>> {
        on!(self, engine => engine.credential(client).await)
    }

    /// The signing keys, newest first.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        on!(self, engine => engine.signing_keys().await)
    }

    /// Notes that a client used an assertion which ends at `expires_at`. False when it was used before: on every replica
    /// one call of many has true.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` for a client with [`MAX_USED_ASSERTIONS`] that have not ended; `UNAVAILABLE`.
    pub async fn use_assertion(
        &self,
        client: &ClientId,
        jti_hash: &str,
        expires_at: Timestamp,
    ) -> Result<bool> {
        on!(self, engine => engine.use_assertion(client, jti_hash, expires_at).await)
    }

    /// Keeps a new signing key.
    ///
    /// # Errors
    /// `ALREADY_EXISTS`, `UNAVAILABLE`.
    pub async fn add_signing_key(&self, key: &SigningKey) -> Result<()> {
        on!(self, engine => engine.add_signing_key(key).await)
    }
}
