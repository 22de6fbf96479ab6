//! Files in and out, as all transports do it: read and written away from the threads that serve requests, a few at a time.

pub mod export;
pub mod import;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use ykien_domain::{Error, Reason, Result};

/// The largest file that is taken, in bytes.
pub const MAX_FILE_BYTES: usize = ykien_documents::package::MAX_FILE_BYTES;
/// The most files that one process reads at a time: each may take some 300 MiB while it is taken apart.
const MAX_READ_AT_ONCE: usize = 2;
/// The most files that one process writes at a time; each holds a connection to the database.
const MAX_WRITTEN_AT_ONCE: usize = 4;
/// The most files that one process receives at a time: each is held in memory.
const MAX_RECEIVED_AT_ONCE: usize = 16;
/// How long a file may wait for its turn.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// How long a file may take to be taken apart.
const MAX_READING: Duration = Duration::from_secs(20);

static RECEIVING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MAX_RECEIVED_AT_ONCE)));
static READING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MAX_READ_AT_ONCE));
static WRITING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MAX_WRITTEN_AT_ONCE));

/// A place for a file while it is received.
///
/// # Errors
/// `LIMIT_EXCEEDED` when all are taken.
pub fn place() -> Result<OwnedSemaphorePermit> {
    let message = "too many files are being sent: try again";
    RECEIVING.clone().try_acquire_owned().map_err(|_| Error::new(Reason::LimitExceeded, message))
}

/// A turn, or the news that too many wait.
async fn turn(turns: &'static Semaphore) -> Result<tokio::sync::SemaphorePermit<'static>> {
    match tokio::time::timeout(MAX_WAIT, turns.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Error::new(Reason::LimitExceeded, "too many files are being read or written: try again")),
    }
}

/// Takes a file apart on a thread of its own. Its readers are bounded; should one fail or take too long all the same, that
/// is the file's fault, and nobody else's.
async fn apart<T: Send + 'static>(
    field: &'static str,
    read: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = turn(&READING).await?;
    let reading = tokio::task::spawn_blocking(move || {
        // The turn ends with the reading, not with whoever waits for it.
        let _turn = turn;
        read()
    });
    match tokio::time::timeout(MAX_READING, reading).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::field(field, "could not be read: it is damaged, or not what it seems")),
        Err(_) => {
            Err(Error::field(field, format!("takes more than {} seconds to read", MAX_READING.as_secs())))
        }
    }
}
