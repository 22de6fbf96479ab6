//! The SQL text on PostgreSQL: opening, locking, and the words that differ.

use std::str::FromStr;
use std::time::Duration;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgHasArrayType, PgPoolOptions, PgTypeInfo,
};
use sqlx::{Arguments as _, Encode, QueryBuilder, Type};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Result};

use crate::error::{OrDomain, corrupt};
use crate::given::{Columns, Kind, Values};

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
/// Said after something was erased for good: the table is written anew, without the rows as they were.
const PURGE: &[&str] = &["VACUUM (FULL) persons"];
/// Whether this connection takes writes: not a standby, not set to read only.
const WRITABLE: &str = "SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery()";

#[path = "sql/mod.rs"]
mod sql;
use sql::Resting;
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
    let submissions = max_connections.div_ceil(4).clamp(3, SUBMITTING);
    let pool = PgPoolOptions::new()
        .max_connections(max_connections.saturating_sub(submissions + FOLLOWING).max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.clone())
        .await
        .or_domain()?;
    // One plan a statement, whatever its values: to plan a group anew costs more than to write it, and to plan a look at what
    // moved since costs more than to look.
    let options = options.options([("plan_cache_mode", "force_generic_plan")]);
    let planned_once = |connections| {
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(10));
        Resting::of(pool.connect_lazy_with(options.clone()))
    };
    let pool = Resting::of(pool);
    Ok(Engine::new(pool.clone(), pool, planned_once(FOLLOWING), planned_once(submissions), clock))
}

/// The most connections that write submissions: the writer's own two, and those that wait for a held draft.
const SUBMITTING: u32 = 6;
/// The connections that follow the logs of drafts: one is enough for those who ask of one draft.
const FOLLOWING: u32 = 2;

/// Adds that what stands before is one of these numbers, which travel together: one statement, however many.
fn push_among(query: &mut QueryBuilder<Db>, numbers: &[i64]) {
    query.push(" = ANY(").push_bind(numbers.to_vec()).push(")");
}

/// Whether one statement may write several tables: a group of submissions is then one round trip.
const WRITES_TOGETHER: bool = true;

/// Given rows travel together, however many.
const BATCHES: &[usize] = &[usize::MAX];

/// Given rows in a statement, with those of the columns that it uses: an array a column.
///
/// Its parameters begin at `first`. As arrays among the columns of a SELECT are, they are read row by row; as one function
/// after FROM, each would first be copied to the end, and all of them put together then: a tenth of a large group's cost.
fn relation(columns: Columns, uses: impl Fn(&str) -> bool, _rows: usize, first: usize) -> String {
    let arrays: Vec<String> = columns
        .iter()
        .zip(first..)
        .filter(|((name, _), _)| uses(name))
        .map(|((name, kind), place)| format!("UNNEST(${place}::{}[]) AS {name}", kind.sql()))
        .collect();
    format!("(SELECT {}) AS given", arrays.join(", "))
}

/// A column as an array.
struct Column<'g> {
    kind: Kind,
    values: &'g Values,
}

impl Column<'_> {
    /// The types of an element and of the array.
    fn types(&self) -> (PgTypeInfo, PgTypeInfo) {
        fn of<T: Type<Db> + PgHasArrayType>() -> (PgTypeInfo, PgTypeInfo) {
            (T::type_info(), T::array_type_info())
        }
        match self.kind {
            Kind::Text => of::<&str>(),
            Kind::Number => of::<i64>(),
            Kind::Truth => of::<bool>(),
        }
    }
}

impl Type<Db> for Column<'_> {
    fn type_info() -> PgTypeInfo {
        <&str as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Db> for Column<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.types().1)
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        let element = self.types().0.oid().ok_or("a type without a number")?;
        let count = self.values.count();
        // One dimension, no flags; the elements' type, how many there are, the first one's number.
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        buffer.extend_from_slice(&0_i32.to_be_bytes());
        buffer.extend_from_slice(&element.0.to_be_bytes());
        buffer.extend_from_slice(&i32::try_from(count)?.to_be_bytes());
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        for _ in 0..if self.values.are_same() { count } else { 1 } {
            buffer.extend_from_slice(self.values.bytes());
        }
        Ok(IsNull::No)
    }
}

/// Given rows as the parameters of that statement.
fn push(arguments: &mut Arguments, columns: Columns, values: &[Values]) -> Result<()> {
    for ((_, kind), values) in columns.iter().zip(values) {
        arguments.add(Column { kind: *kind, values }).map_err(|_| corrupt("a value that can't be sent"))?;
    }
    Ok(())
}
