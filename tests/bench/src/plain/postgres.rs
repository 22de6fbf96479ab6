//! The statements on PostgreSQL.

/// The engine.
type Db = sqlx::Postgres;
const BEGIN: &str = "BEGIN";

#[path = "statements.rs"]
mod statements;
pub(super) use statements::submit;
