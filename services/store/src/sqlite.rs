//! The SQL text on SQLite: opening, locking, and the words that differ.

use std::time::Duration;

use sqlx::QueryBuilder;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use ykien_domain::Result;
use ykien_domain::time::SharedClock;

use crate::error::OrDomain;
use crate::given::{Columns, Values};

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
/// Lets one connection take its time, which has no limit to lift, and room: on the disk, not in memory.
const UNHURRIED: &str = "PRAGMA temp_store = FILE";
/// Said after something was erased for good: the file is written anew, for a page that was split has stale copies of what it
/// held; and its log is emptied.
const PURGE: &[&str] = &["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"];
/// Whether this connection takes writes.
const WRITABLE: &str = "SELECT 1";

#[path = "sql/mod.rs"]
mod sql;
use sql::Resting;
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
        // In pages of 4 KiB: at the default of 1,000 a flood spends a sixth of its time on moving pages out of the log.
        .pragma("wal_autocheckpoint", "20000")
        .busy_timeout(Duration::from_secs(10));
    // A statement of many rows keeps what it changes until it has ended, in case it fails: at the default in a file
    // beside the system's other temporary ones, which took more than half of a flood's system calls.
    let writing = options.clone().pragma("temp_store", "MEMORY");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(writing)
        .await
        .or_domain()?;
    let reader = SqlitePoolOptions::new()
        .max_connections(max_connections.max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .or_domain()?;
    let (writer, reader) = (Resting::of(writer), Resting::of(reader));
    Ok(Engine::new(writer.clone(), reader.clone(), reader, writer, clock))
}

/// Adds that what stands before is one of these numbers, which travel together: one statement, however many.
fn push_among(query: &mut QueryBuilder<Db>, numbers: &[i64]) {
    query
        .push(" IN (SELECT value FROM json_each(")
        .push_bind(serde_json::Value::from(numbers).to_string())
        .push("))");
}

/// Whether one statement may write several tables.
const WRITES_TOGETHER: bool = false;

/// How many given rows travel together: few sizes, so that each statement is prepared once. A JSON text in their place,
/// read by `json_each`, took half as long again for so many columns.
const BATCHES: &[usize] = &[1, 2, 4, 8, 16, 32, 64, 128];

/// Given rows in a statement, with those of the columns that it uses: a parameter a value. There may be fewer rows than that:
/// what is not given is null, and no row's first value is.
fn relation(columns: Columns, uses: impl Fn(&str) -> bool, rows: usize, _first: usize) -> String {
    let names: Vec<String> = columns
        .iter()
        .zip(1..)
        .filter(|((name, _), _)| uses(name))
        .map(|((name, _), place)| format!("column{place} AS {name}"))
        .collect();
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let (names, rows) = (names.join(", "), vec![row; rows].join(", "));
    format!("(SELECT {names} FROM (VALUES {rows}) WHERE column1 IS NOT NULL) AS given")
}

/// Given rows as the parameters of that statement.
fn push(arguments: &mut Arguments, columns: Columns, values: &[Values]) -> Result<()> {
    let rows = values.first().map_or(0, Values::count);
    let mut columns: Vec<_> =
        columns.iter().zip(values).map(|((_, kind), values)| (*kind, values.iter())).collect();
    for _ in 0..rows {
        for (kind, values) in &mut columns {
            sql::add(arguments, *kind, values.next().flatten())?;
        }
    }
    Ok(())
}
