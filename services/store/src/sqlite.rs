//! The SQL text on SQLite: opening, locking, and the words that differ.

use std::time::Duration;

use sqlx::Arguments as _;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use ykien_domain::Result;
use ykien_domain::time::SharedClock;

use crate::error::{OrDomain, corrupt};
use crate::given::{Columns, Given, Values};

/// The engine.
pub type Db = sqlx::Sqlite;
/// The parameters of a statement.
type Arguments = SqliteArguments;

/// The write lock at once: a read that turns into a write fails instead of waiting.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
/// One snapshot for all statements of a reading.
const BEGIN_READ: &str = "BEGIN";
/// What follows a SELECT of a row to lock it: nothing, the transaction has the one write lock.
const LOCK: &str = "";
/// As [`LOCK`]: nobody else can hold a row.
const LOCK_FREE: &str = "";
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

/// Given rows in a statement: one JSON text, an array of arrays.
fn relation(columns: Columns) -> String {
    let values: Vec<String> =
        columns.iter().zip(0..).map(|((name, _), place)| format!("value ->> {place} AS {name}")).collect();
    format!("(SELECT {} FROM json_each($1)) AS given", values.join(", "))
}

/// Given rows as the parameter of that statement.
fn arguments(given: Given) -> Result<Arguments> {
    let mut json = Vec::new();
    for row in 0..given.rows() {
        json.push(if row == 0 { b'[' } else { b',' });
        for (place, values) in given.values.iter().enumerate() {
            json.push(if place == 0 { b'[' } else { b',' });
            let written = match values {
                Values::Text(values) => serde_json::to_writer(&mut json, &values.get(row)),
                Values::Number(values) => serde_json::to_writer(&mut json, &values.get(row)),
                Values::Truth(values) => serde_json::to_writer(&mut json, &values.get(row)),
            };
            written.map_err(|_| corrupt("a value without a JSON form"))?;
        }
        json.push(b']');
    }
    json.extend_from_slice(if given.is_empty() { b"[]" } else { b"]" });
    let json = String::from_utf8(json).map_err(|_| corrupt("a JSON text that is not UTF-8"))?;
    let mut arguments = SqliteArguments::default();
    arguments.add(json).map_err(|_| corrupt("a value that can't be sent"))?;
    Ok(arguments)
}
