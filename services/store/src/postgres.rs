//! The SQL text on PostgreSQL: opening, locking, and the words that differ.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Result};

use crate::error::OrDomain;

/// The engine.
pub type Db = sqlx::Postgres;

/// Writers of one draft queue at its row: read committed sees what the one before committed.
const BEGIN_WRITE: &str = "BEGIN";
/// One snapshot for all statements of a reading.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Lets one connection take its time: for migrations and for proof, which may last longer than any request.
const UNHURRIED: &str = "SET statement_timeout = 0";
/// Whether this connection takes writes: not a standby, not set to read only.
const WRITABLE: &str = "SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery()";

#[path = "sql/mod.rs"]
mod sql;
pub use sql::{Apply, Engine, Fetch};

/// Opens the database.
pub(crate) async fn connect(url: &str, max_connections: u32, clock: SharedClock) -> Result<Engine> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| {
            Error::field("database_url", "is not a PostgreSQL URL such as postgres://user@host:5432/ykien")
        })?
        .application_name("ykien")
        // A deadline drops the handler, not the statement; a lost client must not hold a draft's lock.
        .options([
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("tcp_keepalives_idle", "30"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(max_connections.max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .or_domain()?;
    Ok(Engine::new(pool.clone(), pool, clock))
}
