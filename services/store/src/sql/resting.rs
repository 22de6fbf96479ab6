//! Connections that rest between two uses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Pool};
use ykien_domain::Result;

use super::Db;
use crate::error::OrDomain;

/// After so long without use a connection is asked whether it still stands: a database that was started anew closes what
/// was open, and nobody's request should be the one to find out.
const DOUBTED_AFTER: Duration = Duration::from_secs(1);

/// Connections, and since when they rest.
type Rested = Vec<(PoolConnection<Db>, Instant)>;

/// A pool's connections, some of them kept at hand: the pool asks each twice between two uses whether it still stands,
/// a round trip each time.
#[derive(Clone)]
pub(crate) struct Resting {
    pool: Pool<Db>,
    /// The one used last is at the end.
    connections: Arc<Mutex<Rested>>,
}

impl Resting {
    /// None at hand yet.
    pub(crate) fn of(pool: Pool<Db>) -> Self {
        Self { pool, connections: Arc::default() }
    }

    /// A connection with nothing under way. Given back by [`Resting::rest`], or dropped after something went wrong: then
    /// the pool looks whether it still stands.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(super) async fn take(&self) -> Result<PoolConnection<Db>> {
        let rested = self.connections().pop();
        if let Some((mut connection, since)) = rested
            && (since.elapsed() < DOUBTED_AFTER || connection.ping().await.is_ok())
        {
            return Ok(connection);
        }
        self.pool.acquire().await.or_domain()
    }

    /// Takes a connection back. Half of the pool's rest at most: others take theirs from the pool itself.
    pub(super) fn rest(&self, connection: PoolConnection<Db>) {
        let most = self.pool.options().get_max_connections() / 2;
        let mut connections = self.connections();
        if connections.len() < most as usize && !self.pool.is_closed() {
            connections.push((connection, Instant::now()));
        }
    }

    /// The pool itself, for uses that are rare or long.
    pub(super) fn pool(&self) -> &Pool<Db> {
        &self.pool
    }

    /// Closes all, after what is under way.
    pub(super) async fn close(&self) {
        // Those that rest would be waited for; those that come back later do not rest.
        let closing = self.pool.close();
        self.connections().clear();
        closing.await;
    }

    fn connections(&self) -> MutexGuard<'_, Rested> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
