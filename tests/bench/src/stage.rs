//! What all scenarios share: the cluster, the builds, the seeds.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::sync::OnceCell;

use crate::build::Build;
use crate::cli::Options;
use crate::cluster::Cluster;
use crate::installation::Installation;
use crate::large::Large;
use crate::seed::Seed;
use crate::texts::Texts;

/// The counters of a draft.
const COUNTERS: &str = "ALTER TABLE drafts ADD COLUMN last_number BIGINT NOT NULL DEFAULT 0; \
    ALTER TABLE drafts ADD COLUMN last_revision BIGINT NOT NULL DEFAULT 0; \
    UPDATE drafts SET last_number = COALESCE((SELECT MAX(c.number) FROM comments c WHERE c.draft = drafts.draft), 0), \
    last_revision = (SELECT MAX(e.revision) FROM events e WHERE e.draft = drafts.draft)";

/// What all scenarios share.
pub struct Stage {
    /// What was asked for.
    pub options: Options,
    /// PostgreSQL.
    pub cluster: Cluster,
    /// The builds of ykien.
    pub builds: Vec<Build>,
    /// Words.
    pub texts: Texts,
    /// Logs and SQLite files.
    folder: tempfile::TempDir,
    /// One for each build.
    postgres: Vec<OnceCell<Seed>>,
    sqlite: Vec<OnceCell<Seed>>,
    large: Vec<OnceCell<Large>>,
    sqlite_large: Vec<OnceCell<Large>>,
    databases: AtomicUsize,
}

impl Stage {
    /// Starts PostgreSQL.
    pub async fn set(options: Options) -> anyhow::Result<Self> {
        let builds = Build::all(&options.ykien, &options.set)?;
        let inside = options.dir.clone().unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new().prefix("ykien-bench.").tempdir_in(&inside)?;
        let cluster = Cluster::start(&inside).await?;
        let seeds = || builds.iter().map(|_| OnceCell::new()).collect();
        let larges = || builds.iter().map(|_| OnceCell::new()).collect();
        let (postgres, sqlite, large, sqlite_large) = (seeds(), seeds(), larges(), larges());
        let texts = Texts::new(options.seed);
        Ok(Self {
            options,
            cluster,
            builds,
            texts,
            folder,
            postgres,
            sqlite,
            large,
            sqlite_large,
            databases: AtomicUsize::new(0),
        })
    }

    /// Where logs and SQLite files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn new_name(&self) -> String {
        format!("bench_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// The seed of a build on PostgreSQL, made when first asked for.
    pub async fn seed(&self, build: usize) -> anyhow::Result<&Seed> {
        let cell = self.postgres.get(build).context("no such build")?;
        cell.get_or_try_init(async || {
            let name = format!("seed_{build}");
            self.cluster.create_database(&name, None).await?;
            let build = self.builds.get(build).context("no such build")?;
            Seed::make(self, build, &name, &self.cluster.url(&name)).await
        })
        .await
    }

    /// The same on SQLite.
    pub async fn sqlite_seed(&self, build: usize) -> anyhow::Result<&Seed> {
        let cell = self.sqlite.get(build).context("no such build")?;
        cell.get_or_try_init(async || {
            let file = self.folder().join(format!("seed_{build}.db"));
            let url = format!("sqlite:{}", file.display());
            let build = self.builds.get(build).context("no such build")?;
            Seed::make(self, build, &url, &url).await
        })
        .await
    }

    /// The name of a new database, a copy of the build's seed.
    pub async fn copy(&self, build: usize) -> anyhow::Result<String> {
        let seed = self.seed(build).await?;
        let name = self.new_name();
        self.cluster.create_database(&name, Some(&seed.database)).await?;
        Ok(name)
    }

    /// The URL of a new SQLite file, a copy of the build's seed.
    pub async fn sqlite_copy(&self, build: usize) -> anyhow::Result<String> {
        let seed = self.sqlite_seed(build).await?;
        let file = self.folder().join(format!("{}.db", self.new_name()));
        tokio::fs::copy(seed.database.trim_start_matches("sqlite:"), &file).await?;
        Ok(format!("sqlite:{}", file.display()))
    }

    /// As [`Stage::copy`], with counters in each draft: who writes by plain statements gives numbers out by them.
    pub async fn counted_copy(&self, build: usize) -> anyhow::Result<String> {
        let name = self.copy(build).await?;
        let mut connection = PgConnection::connect(&self.cluster.url(&name)).await?;
        connection.execute(COUNTERS).await?;
        connection.close().await?;
        Ok(name)
    }

    /// The same on SQLite.
    pub async fn sqlite_counted_copy(&self, build: usize) -> anyhow::Result<String> {
        let url = self.sqlite_copy(build).await?;
        let mut connection = SqliteConnection::connect(&url).await?;
        connection.execute(COUNTERS).await?;
        connection.close().await?;
        Ok(url)
    }

    /// A build's roles on a database of their own on PostgreSQL.
    pub async fn installation(&self, index: usize) -> anyhow::Result<Installation> {
        let build = self.builds.get(index).context("no such build")?;
        self.installation_of(build, index).await
    }

    /// The same for a variant of the build.
    pub async fn installation_of(&self, build: &Build, index: usize) -> anyhow::Result<Installation> {
        let url = self.cluster.url(&self.copy(index).await?);
        let cast = Arc::clone(&self.seed(index).await?.cast);
        Installation::start(self, build, &url, cast).await
    }

    /// The same on SQLite.
    pub async fn sqlite_installation(&self, index: usize) -> anyhow::Result<Installation> {
        let url = self.sqlite_copy(index).await?;
        let cast = Arc::clone(&self.sqlite_seed(index).await?.cast);
        let build = self.builds.get(index).context("no such build")?;
        Installation::start(self, build, &url, cast).await
    }

    /// The large database of a build on PostgreSQL, filled when first asked for.
    pub async fn large(&self, build: usize) -> anyhow::Result<&Large> {
        let cell = self.large.get(build).context("no such build")?;
        cell.get_or_try_init(async || {
            let large = Large::make(self, self.installation(build).await?).await?;
            let database = large.url.rsplit('/').next().unwrap_or_default();
            // As autovacuum would do some time after: not in the middle of a round.
            self.cluster.psql(database, "VACUUM ANALYZE").await?;
            Ok(large)
        })
        .await
    }

    /// The same on SQLite.
    pub async fn sqlite_large(&self, build: usize) -> anyhow::Result<&Large> {
        let cell = self.sqlite_large.get(build).context("no such build")?;
        cell.get_or_try_init(async || Large::make(self, self.sqlite_installation(build).await?).await).await
    }

    /// A build's roles on its large database.
    pub async fn large_installation(&self, index: usize) -> anyhow::Result<Installation> {
        let build = self.builds.get(index).context("no such build")?;
        let large = self.large(index).await?;
        Installation::start(self, build, &large.url, Arc::clone(&large.cast)).await
    }
}
