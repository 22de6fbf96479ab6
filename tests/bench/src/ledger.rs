//! What was acknowledged, and whether the database has it: every submission once, under the number that was told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::texts::mixed;

/// A submission that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Receipt {
    /// The request's id.
    pub id: u128,
    /// The comment's number.
    pub number: i64,
    /// The draft's revision.
    pub revision: i64,
}

/// How many numbers went into request ids: of all ledgers together, because several may serve one database.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// Where request ids come from, and what became of them.
#[derive(Debug, Default)]
pub struct Ledger {
    receipts: Mutex<Vec<Receipt>>,
}

/// Version and variant of a random UUID (RFC 9562 §5.4).
const VERSION: u128 = 0x4 << 76;
const VERSION_MASK: u128 = 0xf << 76;
const VARIANT: u128 = 0b10 << 62;
const VARIANT_MASK: u128 = 0b11 << 62;

/// A UUID as text.
pub fn uuid(id: u128) -> String {
    let hex = |shift: u32, bits: u32| (id >> shift) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        hex(96, 32),
        hex(80, 16),
        hex(64, 16),
        hex(48, 16),
        hex(0, 48)
    )
}

/// What to compare: the requests with the changes that they made, and the comments with theirs. They are brought together
/// here: a database has no index for that, and takes the square of them.
const REQUESTS: &str = "SELECT draft_id, request_id, revision FROM requests WHERE draft_id <> 'sample'";
const NUMBERED: &str = "SELECT draft_id, changed, number FROM comments WHERE draft_id <> 'sample'";

/// Both engines: the types of sqlx have no name in common that would take fewer words than this.
macro_rules! compare {
    ($connection:ty, $url:expr, $receipts:expr) => {{
        let mut connection = <$connection>::connect($url).await?;
        let mut missing: HashMap<String, (i64, i64)> =
            $receipts.iter().map(|receipt| (uuid(receipt.id), (receipt.number, receipt.revision))).collect();
        ensure!(missing.len() == $receipts.len(), "a request id was acknowledged twice");
        let (mut found, mut unknown) = (0_i64, 0_i64);
        let mut numbers: HashMap<(String, i64), i64> = HashMap::new();
        let mut rows = sqlx::query_as::<_, (String, i64, i64)>(NUMBERED).fetch(&mut connection);
        while let Some((draft, changed, number)) = rows.try_next().await? {
            numbers.insert((draft, changed), number);
        }
        drop(rows);
        let comments = i64::try_from(numbers.len())?;
        let mut rows = sqlx::query_as::<_, (String, String, i64)>(REQUESTS).fetch(&mut connection);
        while let Some((draft, id, revision)) = rows.try_next().await? {
            let number =
                numbers.remove(&(draft, revision)).context("a request whose comment is not there")?;
            found += 1;
            match missing.remove(&id) {
                Some(told) => ensure!(
                    told == (number, revision),
                    "{id} was acknowledged as {told:?} and is {:?}",
                    (number, revision)
                ),
                None => unknown += 1,
            }
        }
        drop(rows);
        connection.close().await?;
        ensure!(missing.is_empty(), "{} acknowledged submissions are not there", missing.len());
        ensure!(found == comments, "{comments} comments of {found} requests");
        (found, unknown)
    }};
}

impl Ledger {
    /// A request id that was not used before, as random as those of version 4.
    pub fn new_id(&self) -> u128 {
        let counter = NUMBERS.fetch_add(2, Ordering::Relaxed);
        let random = u128::from(mixed(counter)) << 64 | u128::from(mixed(counter + 1));
        random & !VERSION_MASK & !VARIANT_MASK | VERSION | VARIANT
    }

    /// Takes what was acknowledged.
    pub fn take(&self, receipts: &[Receipt]) {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(receipts);
    }

    /// Compares with the database: every submission that was acknowledged is there once, and no comment is there
    /// twice. Gives what was found, in words.
    ///
    /// # Errors
    /// It is not so.
    pub async fn check(&self, url: &str) -> anyhow::Result<String> {
        let receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (found, unknown) = if url.starts_with("sqlite:") {
            compare!(SqliteConnection, url, receipts)
        } else {
            compare!(PgConnection, url, receipts)
        };
        // A call that failed may have been carried out; it was not acknowledged.
        let more = if unknown > 0 { format!(", {unknown} more were not") } else { String::new() };
        let told = receipts.len();
        Ok(format!("{told} acknowledged, each there once ({found} comments{more})"))
    }
}

/// Runs `ykien verify`, and gives its last line.
///
/// # Errors
/// It found a difference.
pub async fn verify(build: &crate::build::Build, url: &str) -> anyhow::Result<String> {
    let said = build.run(url, &["verify"]).await?;
    said.lines().next().map(str::to_owned).context("verify said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids_of_version_4_and_differ() {
        let ledger = Ledger::default();
        let ids: std::collections::BTreeSet<String> = (0..1_000).map(|_| uuid(ledger.new_id())).collect();
        assert_eq!(ids.len(), 1_000);
        for id in &ids {
            assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
        assert_eq!(uuid(1), "00000000-0000-0000-0000-000000000001");
    }
}
