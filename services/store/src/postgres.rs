//! The SQL text on PostgreSQL: opening, locking, and the words that differ.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Arguments as _;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Result};

use crate::error::{OrDomain, corrupt};
use crate::given::{Columns, Given, Kind, Values, names};

/// The engine.
pub type Db = sqlx::Postgres;
/// The parameters of a statement.
type Arguments = PgArguments;

/// Writers of one draft queue at its row: read committed sees what the one before committed.
const BEGIN_WRITE: &str = "BEGIN";
/// One snapshot for all statements of a reading.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// What follows a SELECT of a row to lock it: until the commit nobody else changes it.
const LOCK: &str = " FOR UPDATE";
/// As [`LOCK`], leaving out the rows that somebody else holds locked.
const LOCK_FREE: &str = " FOR UPDATE SKIP LOCKED";
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

/// Given rows travel together, however many.
const BATCHES: &[usize] = &[usize::MAX];

/// Given rows in a statement: an array a column.
fn relation(columns: Columns, _rows: usize) -> String {
    let arrays: Vec<String> = columns
        .iter()
        .zip(1..)
        .map(|((_, kind), place)| match kind {
            Kind::Text => format!("${place}::TEXT[]"),
            Kind::Number => format!("${place}::BIGINT[]"),
            Kind::Truth => format!("${place}::BOOLEAN[]"),
        })
        .collect();
    format!("UNNEST({}) AS given ({})", arrays.join(", "), names(columns))
}

/// Given rows as the parameters of that statement.
fn arguments(given: Given) -> Result<Arguments> {
    let mut arguments = PgArguments::default();
    for values in given.values {
        let added = match values {
            Values::Text(values) => arguments.add(values),
            Values::Number(values) => arguments.add(values),
            Values::Truth(values) => arguments.add(values),
        };
        added.map_err(|_| corrupt("a value that can't be sent"))?;
    }
    Ok(arguments)
}
