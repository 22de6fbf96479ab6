//! What the database says, as the domain says it. Driver text is logged and never sent.

use ykien_domain::{Error, Reason};

/// A driver's error as a domain error.
pub(crate) fn from_driver(error: &sqlx::Error) -> Error {
    use sqlx::Error as Driver;
    match error {
        Driver::RowNotFound => return Error::not_found(),
        Driver::Database(database) => {
            if database.is_unique_violation() {
                return Error::new(Reason::AlreadyExists, "it exists already");
            }
            // PostgreSQL: query_canceled by statement_timeout; cannot connect now; shutting down; too many connections;
            // serialization failure; deadlock; lock_timeout.
            // SQLite: busy, locked.
            match database.code().as_deref() {
                Some("57014") => return Error::new(Reason::Timeout, "the database took too long"),
                Some(
                    "57P01" | "57P02" | "57P03" | "53300" | "40001" | "40P01" | "55P03" | "5" | "6" | "261"
                    | "517",
                ) => {
                    tracing::warn!(%error, "the database can't take it now");
                    return Error::new(Reason::Unavailable, "the database can't take it now: try again");
                }
                _ => {}
            }
        }
        Driver::PoolTimedOut
        | Driver::PoolClosed
        | Driver::Io(_)
        | Driver::Tls(_)
        | Driver::WorkerCrashed => {
            tracing::warn!(%error, "the database can't be reached");
            return Error::new(Reason::Unavailable, "the database can't be reached: try again");
        }
        _ => {}
    }
    tracing::error!(%error, "the database refused a statement");
    Error::new(Reason::Internal, "a fault of the server; its log says more")
}

/// Something in the database that this program did not put there.
pub(crate) fn corrupt(what: &str) -> Error {
    tracing::error!(what, "the database holds what it should not");
    Error::new(Reason::Internal, "a fault of the server; its log says more")
}

/// Turns a driver's result into the domain's.
pub(crate) trait OrDomain<T> {
    /// The value, or the domain's error.
    fn or_domain(self) -> ykien_domain::Result<T>;
}

impl<T> OrDomain<T> for Result<T, sqlx::Error> {
    fn or_domain(self) -> ykien_domain::Result<T> {
        self.map_err(|error| from_driver(&error))
    }
}
