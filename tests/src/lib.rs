//! Fixtures of the tests that cross crates: databases that exist for one test, and clients with a role.

#![expect(clippy::expect_used, reason = "a fixture that can't be made fails its test")]

use std::sync::Arc;

use sqlx::{Connection, Executor};
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

/// A PostgreSQL database of its own, gone with the value: hundreds of tests would fill a small disk.
pub struct Database {
    url: String,
}

impl Database {
    /// A new one, named by a new UUID.
    ///
    /// # Panics
    /// When `YKIEN_TEST_POSTGRES_URL` is not set or does not answer: `tests/run` sets it.
    pub async fn new() -> Self {
        let name =
            format!("ykien_{}", ykien_domain::time::Clock::new_id(&ykien_domain::time::SystemClock).simple());
        administer(format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ))
        .await
        .expect("a database is made");
        let cluster = cluster();
        let (server, _) = cluster.rsplit_once('/').expect("the URL ends in a database");
        Self { url: format!("{server}/{name}") }
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    /// On a thread of its own: the one that drops it may be in the midst of a runtime.
    fn drop(&mut self) {
        let name = self.url.rsplit('/').next().unwrap_or_default();
        // Connections of a pool that was dropped close in the background, or not at all.
        let statement = format!("DROP DATABASE {name} WITH (FORCE)");
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(administer(statement))
        })
        .join();
        // A test that fails tells of its own failure.
        if !std::thread::panicking() {
            dropped.expect("the thread ends").expect("the database is dropped");
        }
    }
}

fn cluster() -> String {
    std::env::var("YKIEN_TEST_POSTGRES_URL")
        .expect("YKIEN_TEST_POSTGRES_URL is not set: run the tests by tests/run, or see CONTRIBUTING.md")
}

/// Carries out one statement on the cluster.
async fn administer(statement: String) -> sqlx::Result<()> {
    let mut connection = sqlx::PgConnection::connect(&cluster()).await?;
    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
    connection.close().await
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
