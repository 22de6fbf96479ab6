//! The SQL text on SQLite: opening, locking, and the words that differ.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use ykien_domain::Result;
use ykien_domain::time::SharedClock;

use crate::error::OrDomain;

/// The engine.
pub type Db = sqlx::Sqlite;

/// The write lock at once: a read that turns into a write fails instead of waiting.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
/// One snapshot for all statements of a reading.
const BEGIN_READ: &str = "BEGIN";
/// Lets one connection take its time: it has no limit to lift.
const UNHURRIED: &str = "SELECT 1";
/// Whether this connection takes writes.
const WRITABLE: &str = "SELECT 1";

#[path = "sql/mod.rs"]
mod sql;
pub use sql::{Apply, Engine, Fetch};

/// Opens the file, made when it does not exist.
pub(crate) async fn connect(path: &str, max_connections: u32, clock: SharedClock) -> Result<Engine> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: an acknowledged write survives the power going off.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.clone())
        .await
        .or_domain()?;
    let reader = SqlitePoolOptions::new()
        .max_connections(max_connections.max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .or_domain()?;
    Ok(Engine::new(writer, reader, clock))
}
