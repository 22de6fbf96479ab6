//! Sealing the logs: the hash chain of each, made beside the writes and never in them.
//!
//! A log only grows, and each event's hash follows from the events before it, so there is nothing to take turns at: two
//! sealers make the same chain, and of two seals that would follow the same one the table takes the first.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use ykien_domain::Result;
use ykien_domain::chain::{Chain, Entry, Seal};

use super::{BEGIN_WRITE, Connection, Engine, spawned};
use crate::SigningKey;
use crate::error::{OrDomain, corrupt};
use crate::rows::{DraftKey, LogName};
use crate::seal::{SealKeys, is_signed, sealing, sign};

/// How often it is looked whether there is something to seal: so old may a change be that is not.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The events read at a time: bounds the memory.
const READ_AT_ONCE: i64 = 500;
/// The most events that one seal adds to the chain: a failure throws no more work away than that.
const SEALED_AT_ONCE: i64 = 10_000;
/// While there is more to do, it rests so many times as long as it worked: the writes come first.
const REST: u32 = 19;

/// Every log.
macro_rules! logs {
    () => {
        "(SELECT draft, draft_id FROM drafts UNION ALL SELECT 0 AS draft, '' AS draft_id) l"
    };
}

/// The columns of a [`SealRow`], and where they are from.
macro_rules! seal_columns {
    () => {
        concat!(
            "l.draft_id, s.revision, s.previous, s.hash, s.sealed_at, s.kid, s.signature FROM seals s JOIN ",
            logs!(),
            " ON l.draft = s.draft"
        )
    };
}

impl Engine {
    /// Seals what is not, for ever.
    pub(crate) async fn keep_sealed(&self) {
        loop {
            let began = Instant::now();
            match self.seal_each(SEALED_AT_ONCE).await {
                Ok(0) => tokio::time::sleep(LOOK_EVERY).await,
                Ok(_) => tokio::time::sleep(began.elapsed() * REST).await,
                Err(error) => {
                    tracing::warn!(%error, "the logs can't be sealed now");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// Seals every log to its end, and gives the newest seal of each.
    pub(crate) async fn seal(&self) -> Result<Vec<Seal>> {
        while self.seal_each(SEALED_AT_ONCE).await? > 0 {}
        let mut connection = self.reader.pool().acquire().await.or_domain()?;
        let mut newest = BTreeMap::new();
        let mut after = None;
        loop {
            let page = heads(&mut connection, after.as_deref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.draft.clone());
            newest.extend(page.into_iter().map(|seal| (seal.draft.clone(), seal)));
        }
        Ok(newest.into_values().collect())
    }

    /// Adds a seal, over at most so many events, to each log that has grown; tells how many it added. A log that can't be
    /// sealed is told of and does not stop the others.
    async fn seal_each(&self, most: i64) -> Result<usize> {
        let keys = self.signing_keys().await?;
        sealing(&keys)?;
        let known = self.seal_keys().await?;
        let grown: Vec<LogName> = sqlx::query_as(concat!(
            "SELECT l.draft, l.draft_id FROM ",
            logs!(),
            " WHERE (SELECT MAX(e.revision) FROM events e WHERE e.draft = l.draft) \
             > COALESCE((SELECT MAX(s.revision) FROM seals s WHERE s.draft = l.draft), 0) ORDER BY l.draft"
        ))
        .fetch_all(self.reader.pool())
        .await
        .or_domain()?;
        let mut sealed = 0;
        for log in grown {
            match self.seal_log(&log, most, &keys, &known).await {
                Ok(true) => sealed += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(draft = log.draft_id, %error, "the log can't be sealed: run `ykien verify`")
                }
            }
        }
        Ok(sealed)
    }

    async fn seal_log(
        &self,
        log: &LogName,
        most: i64,
        keys: &[SigningKey],
        known: &SealKeys,
    ) -> Result<bool> {
        let mut connection = self.reader.pool().acquire().await.or_domain()?;
        let last = last_seal(&mut connection, log.key).await?;
        let previous = last.as_ref().map_or(0, |seal| seal.revision);
        let mut chain = match &last {
            None => Chain::default(),
            // What somebody else wrote there is not carried on.
            Some(seal) if is_signed(seal, known) => {
                Chain::at(seal).ok_or_else(|| corrupt("an unreadable seal"))?
            }
            Some(_) => return Err(corrupt("a seal that no key of this installation signed")),
        };
        while chain.revision < previous + most {
            let entries = entries(&mut connection, log, chain.revision, READ_AT_ONCE).await?;
            let full = entries.len() as i64 == READ_AT_ONCE;
            for entry in &entries {
                if !chain.add(entry) {
                    return Err(corrupt("a gap in a change log"));
                }
            }
            if !full {
                break;
            }
        }
        drop(connection);
        if chain.revision == previous {
            return Ok(false);
        }
        let seal = sign(&log.draft_id, previous, &chain, self.clock.now(), keys)?;
        self.keep_seal(log.key, seal, sealing(keys)?.public_pem.clone()).await
    }

    /// The keys that sealed.
    pub(crate) async fn seal_keys(&self) -> Result<SealKeys> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT kid, public_pem FROM seal_keys")
            .fetch_all(self.reader.pool())
            .await
            .or_domain()?;
        Ok(rows.into_iter().collect())
    }

    /// In a task of its own, as every write. False when another sealer was first.
    async fn keep_seal(&self, log: DraftKey, seal: Seal, public_pem: String) -> Result<bool> {
        let engine = self.clone();
        spawned(async move {
            let mut connection = engine.writer.pool().begin_with(BEGIN_WRITE).await.or_domain()?;
            sqlx::query("INSERT INTO seal_keys (kid, public_pem) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(&seal.kid)
                .bind(public_pem)
                .execute(&mut *connection)
                .await
                .or_domain()?;
            let written = sqlx::query(
                "INSERT INTO seals (draft, revision, previous, hash, sealed_at, kid, signature) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(log)
            .bind(seal.revision)
            .bind(seal.previous)
            .bind(&seal.hash)
            .bind(seal.sealed_at)
            .bind(&seal.kid)
            .bind(&seal.signature)
            .execute(&mut *connection)
            .await
            .or_domain()?;
            let is_first = written.rows_affected() > 0;
            if is_first {
                sqlx::query(
                    "INSERT INTO sealed (draft, revision) VALUES ($1, $2) \
                     ON CONFLICT (draft) DO UPDATE SET revision = excluded.revision",
                )
                .bind(log)
                .bind(seal.revision)
                .execute(&mut *connection)
                .await
                .or_domain()?;
            }
            connection.commit().await.or_domain()?;
            Ok(is_first)
        })
        .await
    }
}

/// The seals of a log after a revision, oldest first, at most so many.
pub(super) async fn seals(
    connection: &mut Connection,
    log: DraftKey,
    after: i64,
    limit: i64,
) -> Result<Vec<Seal>> {
    let rows: Vec<SealRow> = sqlx::query_as(concat!(
        "SELECT ",
        seal_columns!(),
        " WHERE s.draft = $1 AND s.revision > $2 ORDER BY s.revision LIMIT $3"
    ))
    .bind(log)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(Seal::from).collect())
}

async fn last_seal(connection: &mut Connection, log: DraftKey) -> Result<Option<Seal>> {
    let row: Option<SealRow> = sqlx::query_as(concat!(
        "SELECT ",
        seal_columns!(),
        " WHERE s.draft = $1 ORDER BY s.revision DESC LIMIT 1"
    ))
    .bind(log)
    .fetch_optional(&mut *connection)
    .await
    .or_domain()?;
    Ok(row.map(Seal::from))
}

/// The newest seal of each log after this one, by draft.
async fn heads(connection: &mut Connection, after: Option<&str>) -> Result<Vec<Seal>> {
    let rows: Vec<SealRow> = sqlx::query_as(concat!(
        "SELECT ",
        seal_columns!(),
        " WHERE ($1 OR l.draft_id > $2) \
         AND s.revision = (SELECT MAX(n.revision) FROM seals n WHERE n.draft = s.draft) \
         ORDER BY l.draft_id LIMIT $3"
    ))
    .bind(after.is_none())
    .bind(after.unwrap_or_default())
    .bind(READ_AT_ONCE)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(Seal::from).collect())
}

/// How far a log is said to be sealed.
pub(super) async fn sealed_to(connection: &mut Connection, log: DraftKey) -> Result<i64> {
    let sealed: Option<i64> = sqlx::query_scalar("SELECT revision FROM sealed WHERE draft = $1")
        .bind(log)
        .fetch_optional(&mut *connection)
        .await
        .or_domain()?;
    Ok(sealed.unwrap_or(0))
}

/// The events of a log after a revision, word for word.
pub(super) async fn entries(
    connection: &mut Connection,
    log: &LogName,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "SELECT revision, at, operation, kind, agency, client, role, request_id, address, structural, \
         moves, change FROM events WHERE draft = $1 AND revision > $2 ORDER BY revision LIMIT $3",
    )
    .bind(log.key)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(|row| row.entry(log)).collect())
}

#[derive(sqlx::FromRow)]
struct SealRow {
    draft_id: String,
    revision: i64,
    previous: i64,
    hash: String,
    sealed_at: i64,
    kid: String,
    signature: String,
}

impl From<SealRow> for Seal {
    fn from(row: SealRow) -> Self {
        Self {
            draft: row.draft_id,
            previous: row.previous,
            revision: row.revision,
            hash: row.hash,
            sealed_at: row.sealed_at,
            kid: row.kid,
            signature: row.signature,
        }
    }
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    revision: i64,
    at: i64,
    operation: String,
    kind: String,
    agency: String,
    client: String,
    role: String,
    request_id: Option<String>,
    address: Option<String>,
    structural: bool,
    moves: String,
    change: String,
}

impl EntryRow {
    fn entry(self, log: &LogName) -> Entry {
        Entry {
            draft: log.draft_id.clone(),
            revision: self.revision,
            at: self.at,
            operation: self.operation,
            kind: self.kind,
            agency: self.agency,
            client: self.client,
            role: self.role,
            request_id: self.request_id,
            address: self.address,
            structural: self.structural,
            moves: self.moves,
            change: self.change,
        }
    }
}
