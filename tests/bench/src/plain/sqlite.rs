//! The statements on SQLite.

/// The engine.
type Db = sqlx::Sqlite;
/// The write lock at once: a read that turns into a write fails instead of waiting.
const BEGIN: &str = "BEGIN IMMEDIATE";

#[path = "statements.rs"]
mod statements;
pub(super) use statements::submit;
