//! Fixtures of the tests that cross crates: databases that exist for one test, and clients with a role.

#![expect(clippy::expect_used, reason = "a fixture that can't be made fails its test")]

use std::sync::Arc;

use sqlx::{Connection, Executor, PgConnection};
use ykien_domain::actor::{Actor, Scope};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::{ManualClock, Timestamp};
use ykien_domain::words::Role;
use ykien_store::{Store, StoreOptions};

/// The engine on which a behaviour is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own in the cluster of `YKIEN_TEST_POSTGRES_URL`.
    Postgres,
}

/// A migrated store of its own, gone with the value.
pub struct Base {
    /// The store.
    pub store: Store,
    /// Its URL, for another process or another connection.
    pub url: String,
    /// Its clock: stands still until it is moved.
    pub clock: Arc<ManualClock>,
    _home: Home,
}

/// What goes with a store: the folder of its file, or its database.
enum Home {
    Folder(#[expect(dead_code, reason = "held until it is dropped")] tempfile::TempDir),
    Database(#[expect(dead_code, reason = "held until it is dropped")] Database),
}

/// The instant at which every test begins: 10/7/2020, 8:00 in Hà Nội.
pub const START: Timestamp = Timestamp(1_594_342_800_000_000);

impl Base {
    /// A new store on this engine.
    ///
    /// # Panics
    /// Without PostgreSQL: a missing engine fails the run, it never skips.
    pub async fn new(engine: Engine) -> Self {
        let (url, home) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                (format!("sqlite:{}", folder.path().join("ykien.db").display()), Home::Folder(folder))
            }
            Engine::Postgres => {
                let database = Database::new().await;
                (database.url().to_owned(), Home::Database(database))
            }
        };
        let clock = Arc::new(ManualClock::at(START));
        let options = StoreOptions { url: url.clone(), max_connections: 8, clock: clock.clone() };
        let store = Store::connect(options).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        store.check_schema().await.expect("the schema is known");
        Self { store, url, clock, _home: home }
    }
}

/// A PostgreSQL database that one test has for itself. It is the next one's after that, emptied: to make one and drop it
/// takes longer than most tests.
pub struct Database {
    url: String,
    /// Its lock is this connection's: gone when the test is, however that ends.
    _lock: PgConnection,
}

impl Database {
    /// The first that nobody has, without a table.
    ///
    /// # Panics
    /// When `YKIEN_TEST_POSTGRES_URL` is not set or does not answer: `tests/run` sets it.
    pub async fn new() -> Self {
        let cluster = std::env::var("YKIEN_TEST_POSTGRES_URL")
            .expect("YKIEN_TEST_POSTGRES_URL is not set: run the tests by tests/run, or see CONTRIBUTING.md");
        let (server, _) = cluster.rsplit_once('/').expect("the URL ends in a database");
        Self::taken(&cluster, server).await.expect("a database is emptied, or made")
    }

    async fn taken(cluster: &str, server: &str) -> sqlx::Result<Self> {
        let mut lock = PgConnection::connect(cluster).await?;
        let mut number = 0_i64;
        while !sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(number).fetch_one(&mut lock).await?
        {
            number += 1;
        }
        let name = format!("ykien_test_{number}");
        let url = format!("{server}/{name}");
        // Connections of a pool that was dropped close in the background, or not at all.
        let connected = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(connected).bind(&name).execute(&mut lock).await?;
        let exists = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)";
        if sqlx::query_scalar(exists).bind(&name).fetch_one(&mut lock).await? {
            let mut database = PgConnection::connect(&url).await?;
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await?;
            database.close().await?;
        } else {
            let create = format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            );
            lock.execute(sqlx::AssertSqlSafe(create)).await?;
        }
        Ok(Self { url, _lock: lock })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The scope of a client of this agency with this role.
#[must_use]
pub fn scope(agency: &str, role: Role) -> Scope {
    Scope::of(Actor {
        client: ClientId::stored(format!("{}-{}", agency.to_lowercase().replace('.', "-"), role.as_str())),
        agency: AgencyCode::stored(agency.to_owned()),
        role,
    })
}
