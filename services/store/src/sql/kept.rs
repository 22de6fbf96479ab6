//! The connection that a writer keeps.

use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Pool};
use ykien_domain::Result;

use super::{Connection, Db};
use crate::error::OrDomain;

/// After so long without use it is asked whether it still stands: a database that was started anew closes what was
/// open, and nobody's submission should be the one to find out.
const DOUBTED_AFTER: Duration = Duration::from_secs(1);

/// A connection kept from one transaction to the next: a pool asks it twice in between whether it still stands, each
/// time a round trip. A pool's only connection is not kept, for others need it.
pub(super) struct Kept {
    pool: Pool<Db>,
    connection: Option<(PoolConnection<Db>, Instant)>,
}

impl Kept {
    /// None yet.
    pub(super) fn of(pool: &Pool<Db>) -> Self {
        Self { pool: pool.clone(), connection: None }
    }

    /// A connection with nothing under way.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(super) async fn ready(&mut self) -> Result<&mut Connection> {
        let standing = match self.connection.take() {
            Some((connection, used)) if used.elapsed() < DOUBTED_AFTER => Some(connection),
            Some((mut connection, _)) => connection.ping().await.is_ok().then_some(connection),
            None => None,
        };
        let connection = match standing {
            Some(connection) => connection,
            None => self.pool.acquire().await.or_domain()?,
        };
        Ok(&mut *self.connection.insert((connection, Instant::now())).0)
    }

    /// After a transaction: keeps the connection, unless others need it.
    pub(super) fn rest(&mut self) {
        if self.pool.options().get_max_connections() == 1 {
            self.connection = None;
        }
    }

    /// After something went wrong on it: the pool looks whether it still stands.
    pub(super) fn doubt(&mut self) {
        self.connection = None;
    }
}
