//! The SQL text on PostgreSQL: opening, locking, and the words that differ.

use std::str::FromStr;
use std::time::Duration;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgBindIterExt as _, PgConnectOptions, PgHasArrayType, PgPoolOptions,
    PgTypeInfo,
};
use sqlx::{Arguments as _, Encode, Type};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Result};

use crate::error::{OrDomain, corrupt};
use crate::given::{Columns, Given, Kind, Values};

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
        .max_connections(max_connections.saturating_sub(submissions).max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.clone())
        .await
        .or_domain()?;
    // A plan a statement, whatever the number of rows: planning a group anew costs more than writing it.
    let options = options.options([("plan_cache_mode", "force_generic_plan")]);
    let submitting = PgPoolOptions::new()
        .max_connections(submissions)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options);
    let pool = Resting::of(pool);
    Ok(Engine::new(pool.clone(), pool, Resting::of(submitting), clock))
}

/// The most connections that write submissions: the writer's own two, and those that wait for a held draft.
const SUBMITTING: u32 = 6;

/// Whether one statement may write several tables: a group of submissions is then one round trip.
const WRITES_TOGETHER: bool = true;

/// Given rows travel together, however many.
const BATCHES: &[usize] = &[usize::MAX];

/// Given rows in a statement: an array a column.
///
/// Its parameters begin at `first`. As arrays among the columns of a SELECT are, they are read row by row; as one function
/// after FROM, each would first be copied to the end, and all of them put together then: a tenth of a large group's cost.
///
/// A column that says the same in every row travels once, as element 0 of its array ([`Same`]), an element that no other
/// array has: of 29 columns of a group of submissions, some 20 do, and each costs the database a tenth of a microsecond a row less.
fn relation(columns: Columns, _rows: usize, first: usize) -> String {
    let (values, arrays): (Vec<String>, Vec<String>) = columns
        .iter()
        .zip(first..)
        .map(|((name, kind), place)| {
            let array = match kind {
                Kind::Text => format!("${place}::TEXT[]"),
                Kind::Number => format!("${place}::BIGINT[]"),
                Kind::Truth => format!("${place}::BOOLEAN[]"),
            };
            (format!("COALESCE({name}, ({array})[0]) AS {name}"), format!("UNNEST({array}) AS {name}"))
        })
        .unzip();
    format!("(SELECT {} FROM (SELECT {}) AS arrays) AS given", values.join(", "), arrays.join(", "))
}

/// A text that is known to be one: what was a `str`, or JSON as it was written.
struct Utf8<'t>(&'t [u8]);

impl Type<Db> for Utf8<'_> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Db>>::type_info()
    }
}

impl PgHasArrayType for Utf8<'_> {
    fn array_type_info() -> PgTypeInfo {
        <&str as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Db> for Utf8<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        Encode::<Db>::encode_by_ref(&self.0, buffer)
    }
}

/// An array of what every row has: its one element is number 0, where an array's first is number 1.
struct Same<A>(A);

impl<A: Type<Db>> Type<Db> for Same<A> {
    fn type_info() -> PgTypeInfo {
        A::type_info()
    }
}

impl<'q, A: Encode<'q, Db>> Encode<'q, Db> for Same<A> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        // How many dimensions, flags, the elements' type, how many there are: four bytes each; then the first one's number.
        let number = buffer.len() + 16;
        let is_null = self.0.encode_by_ref(buffer)?;
        buffer.get_mut(number..number + 4).ok_or("an array without its head")?.fill(0);
        Ok(is_null)
    }
}

/// Given rows as the parameters of that statement.
fn push(arguments: &mut Arguments, given: &Given) -> Result<()> {
    for (column, values) in given.values.iter().enumerate() {
        // The first says how many rows there are.
        let same = column > 0 && values.are_same();
        let added = match values {
            Values::Text(values) => add(arguments, same, values.iter().map(|text| text.map(Utf8))),
            Values::Number(values) => add(arguments, same, values.iter().copied()),
            Values::Truth(values) => add(arguments, same, values.iter().copied()),
        };
        added.map_err(|_| corrupt("a value that can't be sent"))?;
    }
    Ok(())
}

/// Adds an array; of values that are all the same, the first alone.
fn add<'q, T>(
    arguments: &mut Arguments,
    same: bool,
    values: impl Iterator<Item = T>,
) -> std::result::Result<(), BoxDynError>
where
    T: Encode<'q, Db> + Type<Db> + PgHasArrayType,
{
    if same { arguments.add(Same(values.take(1).bind_iter())) } else { arguments.add(values.bind_iter()) }
}
