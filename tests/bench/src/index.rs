//! The index of words, which follows the submissions: whoever is measured next is not to share the machine with it.

use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::installation::Installation;

/// How long the index may take.
const INDEXING: Duration = Duration::from_secs(600);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How many drafts it still has to do with: it lets the last few comments wait.
const BEHIND: &str = "SELECT COUNT(*) FROM drafts d LEFT JOIN search_indexes i ON i.draft = d.draft \
    WHERE COALESCE((SELECT MAX(c.number) FROM comments c WHERE c.draft = d.draft), 0) - COALESCE(i.numbered, 0) \
    >= CASE WHEN i.numbered > 0 THEN 256 ELSE 1024 END";

/// Both engines: the types of sqlx have no name in common that would take fewer words than this.
macro_rules! behind {
    ($connection:ty, $url:expr) => {{
        let mut connection = <$connection>::connect($url).await?;
        let behind: sqlx::Result<i64> = sqlx::query_scalar(BEHIND).fetch_one(&mut connection).await;
        connection.close().await?;
        behind
    }};
}

/// Waits until the index has what was submitted; how long that took, or none for a build without one, or one that keeps
/// none.
pub async fn settled(installation: &Installation) -> anyhow::Result<Option<Duration>> {
    if !installation.build.indexes() {
        return Ok(None);
    }
    let url = &installation.url;
    let begun = Instant::now();
    let mut looking = tokio::time::interval(LOOK);
    loop {
        looking.tick().await;
        let behind = if url.starts_with("sqlite:") {
            behind!(SqliteConnection, url)
        } else {
            behind!(PgConnection, url)
        };
        match behind {
            Ok(0) => return Ok(Some(begun.elapsed())),
            Ok(_) => {}
            // No such table: a build without an index.
            Err(sqlx::Error::Database(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        ensure!(begun.elapsed() < INDEXING, "the index is not done after {INDEXING:?}");
    }
}
