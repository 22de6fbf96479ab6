//! Opening the configured database, and the commands about it.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use ykien_domain::time::{SharedClock, SystemClock};
use ykien_store::{Store, StoreOptions};

use crate::cli::{DatabaseArgs, VerifyArgs};
use crate::config::Database;
use crate::{audit, out};

/// Connects; the embedded database's directory is made.
///
/// # Errors
/// The directory or the database can't be opened.
pub async fn connect(database: &Database, clock: SharedClock) -> anyhow::Result<Store> {
    if let Some(directory) = &database.directory {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("can't make the directory {}", directory.display()))?;
    }
    let options =
        StoreOptions { url: database.url.clone(), max_connections: database.max_connections, clock };
    Store::connect(options).await.context("can't open the database")
}

/// Connects to a database whose schema this release knows: the embedded one is brought up, another must be up.
///
/// # Errors
/// As [`connect`]; a schema that this release does not know.
pub async fn open(database: &Database, clock: SharedClock) -> anyhow::Result<Store> {
    let store = connect(database, clock).await?;
    if database.is_embedded() {
        store.migrate().await.context("can't bring the embedded database's schema up")?;
    } else {
        store
            .check_schema()
            .await
            .context("the database's schema is not this release's: run `ykien migrate` first")?;
    }
    Ok(store)
}

/// The machine's clock, shared.
#[must_use]
pub fn system_clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// `ykien migrate`.
///
/// # Errors
/// The database can't be opened or brought up.
pub async fn migrate(args: &DatabaseArgs) -> anyhow::Result<ExitCode> {
    let store = connect(&Database::check(args)?, system_clock()).await?;
    store.migrate().await.context("can't bring the schema up")?;
    store.check_schema().await?;
    out::line(format_args!("the {} database has this release's schema", store.engine()));
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// `ykien verify`: exit code 1 when anything differs.
///
/// # Errors
/// The database can't be opened or read.
pub async fn verify(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let heads = args.heads.as_deref().map(audit::heads).transpose()?.unwrap_or_default();
    let store = connect(&Database::check(&args.database)?, system_clock()).await?;
    store
        .check_schema()
        .await
        .context("the database's schema is not this release's: run `ykien migrate` first")?;
    let found = store.verify_against(&heads).await?;
    store.close().await;
    out::line(format_args!(
        "{} drafts, {} comments, {} events checked",
        found.drafts, found.comments, found.events
    ));
    for difference in &found.differences {
        out::line(format_args!("difference: {difference}"));
    }
    if found.differences.is_empty() {
        out::line(
            "no differences: the aggregates, the events, their seals and the tables agree, and the numbers are gapless",
        );
        return Ok(ExitCode::SUCCESS);
    }
    out::error(format_args!("ykien: {} differences", found.differences.len()));
    Ok(ExitCode::FAILURE)
}
