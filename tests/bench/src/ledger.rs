//! What was acknowledged, and whether the database has it: every submission once, under the number that was told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
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

/// What changed when: a comment is put beside the request that made it by their revision. Not by a join: there is no
/// index for it, and SQLite would look at every comment for every request.
const COMMENTS: &str = "SELECT draft, changed, number FROM comments \
    WHERE draft <> (SELECT draft FROM drafts WHERE draft_id = 'sample')";
const REQUESTS: &str = "SELECT draft, revision, request_id FROM events \
    WHERE request_id IS NOT NULL AND draft <> (SELECT draft FROM drafts WHERE draft_id = 'sample')";

/// What a database has: the number of each comment by draft and revision, and each request with these.
type Found = (HashMap<(i64, i64), i64>, Vec<(i64, i64, String)>);

/// Both engines: the types of sqlx have no name in common that would take fewer words than this.
macro_rules! read {
    ($connection:ty, $url:expr) => {{
        let mut connection = <$connection>::connect($url).await?;
        let comments: Vec<(i64, i64, i64)> = sqlx::query_as(COMMENTS).fetch_all(&mut connection).await?;
        let requests = sqlx::query_as(REQUESTS).fetch_all(&mut connection).await?;
        connection.close().await?;
        let count = comments.len();
        let numbers: HashMap<(i64, i64), i64> =
            comments.into_iter().map(|(draft, revision, number)| ((draft, revision), number)).collect();
        ensure!(numbers.len() == count, "two comments of one revision");
        (numbers, requests)
    }};
}

async fn read(url: &str) -> anyhow::Result<Found> {
    Ok(if url.starts_with("sqlite:") { read!(SqliteConnection, url) } else { read!(PgConnection, url) })
}

/// Compares. Gives how many comments there are, and how many of them were not acknowledged.
fn compare(receipts: &[Receipt], (mut numbers, requests): Found) -> anyhow::Result<(usize, usize)> {
    let mut missing: HashMap<String, (i64, i64)> =
        receipts.iter().map(|receipt| (uuid(receipt.id), (receipt.number, receipt.revision))).collect();
    ensure!(missing.len() == receipts.len(), "a request id was acknowledged twice");
    let (mut found, mut unknown) = (0, 0);
    for (draft, revision, id) in requests {
        // A request that made something else than a comment.
        let Some(number) = numbers.remove(&(draft, revision)) else { continue };
        found += 1;
        match missing.remove(&id) {
            Some(told) => {
                let is = (number, revision);
                ensure!(told == is, "{id} was acknowledged as {told:?} and is {is:?}");
            }
            None => unknown += 1,
        }
    }
    ensure!(missing.is_empty(), "{} acknowledged submissions are not there", missing.len());
    ensure!(numbers.is_empty(), "{} comments that no request asked for", numbers.len());
    Ok((found, unknown))
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
        let (found, unknown) = compare(&receipts, read(url).await?)?;
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
    fn what_was_acknowledged_must_be_there_once_as_it_was_told() {
        let receipt = |id, number, revision| Receipt { id, number, revision };
        let found = |requests: &[(i64, u128)], comments: &[(i64, i64)]| {
            let comments = comments.iter().map(|(revision, number)| ((2, *revision), *number)).collect();
            (comments, requests.iter().map(|(revision, id)| (2, *revision, uuid(*id))).collect())
        };
        let receipts = [receipt(7, 1, 10), receipt(8, 2, 11)];
        let (requests, comments) = ([(10, 7), (11, 8)], [(10, 1), (11, 2)]);
        assert_eq!(compare(&receipts, found(&requests, &comments)).unwrap(), (2, 0));
        // One that was carried out and not acknowledged; and a request that made no comment.
        let more = [(10, 7), (11, 8), (12, 9), (13, 10)];
        assert_eq!(compare(&receipts, found(&more, &[(10, 1), (11, 2), (12, 3)])).unwrap(), (3, 1));
        assert!(compare(&receipts, found(&requests, &[(10, 1)])).is_err(), "lost");
        assert!(compare(&receipts, found(&requests, &[(10, 2), (11, 1)])).is_err(), "another number");
        assert!(compare(&receipts, found(&requests, &[(10, 1), (11, 2), (12, 3)])).is_err(), "twice");
        assert!(compare(&[receipt(7, 1, 10), receipt(7, 1, 10)], found(&requests, &comments)).is_err());
    }

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
