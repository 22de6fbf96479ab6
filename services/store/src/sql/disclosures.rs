//! The log of disclosures. A read that is one is answered once its line is durable: a log that may lose lines is none. The
//! lines that wait together are written together, in a transaction of their own and after the read's snapshot has ended;
//! no other read waits for anything.

use sqlx::QueryBuilder;
use tokio::sync::{mpsc, oneshot};
use ykien_domain::actor::{Actor, Operation};
use ykien_domain::disclosure::{Disclosure, Range, Shown, is_witnessed};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::query::{ListDisclosures, Page};
use ykien_domain::snapshot::SnapshotQuery;
use ykien_domain::time::Timestamp;
use ykien_domain::words::{Document, Role};
use ykien_domain::{Error, Reason, Result};

use super::filter::shown;
use super::resting::Resting;
use super::work::Look;
use super::{Db, Fetch};
use crate::error::{OrDomain, corrupt};
use crate::page::page;
use crate::rows::{DraftKey, address};

/// The most lines that wait; the read whose line finds no place waits for one.
const WAITING: usize = 1_024;
/// The most lines of a transaction: bounds a statement's parameters.
const AT_ONCE: usize = 64;

/// A line on its way, with the draft that it is of.
struct Line {
    draft: DraftKey,
    disclosure: Disclosure,
    kept: oneshot::Sender<Result<()>>,
}

/// The writer of the log; it ends when this is dropped.
#[derive(Clone)]
pub(super) struct Disclosures(mpsc::Sender<Line>);

impl Disclosures {
    pub(super) fn new(writer: Resting) -> Self {
        let (lines, mut waiting) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(AT_ONCE);
            while waiting.recv_many(&mut group, AT_ONCE).await > 0 {
                let written = write(&writer, &group).await;
                for line in group.drain(..) {
                    // Whoever went away was not shown anything.
                    let _ = line.kept.send(written.clone());
                }
            }
        });
        Self(lines)
    }

    /// Waits until the line is durable.
    ///
    /// # Errors
    /// `UNAVAILABLE`: then nothing may be shown.
    pub(super) async fn keep(&self, draft: DraftKey, disclosure: Disclosure) -> Result<()> {
        let ended = || Error::new(Reason::Unavailable, "the log of reads can't be written: try again");
        let (kept, durable) = oneshot::channel();
        self.0.send(Line { draft, disclosure, kept }).await.map_err(|_| ended())?;
        durable.await.map_err(|_| ended())?
    }
}

async fn write(writer: &Resting, lines: &[Line]) -> Result<()> {
    let mut query: QueryBuilder<Db> = QueryBuilder::new(
        "INSERT INTO disclosures (draft, disclosure, at, operation, agency, client, role, address, revision, \
         comments, lowest, highest) ",
    );
    query.push_values(lines, |mut row, Line { draft, disclosure, .. }| {
        let Disclosure { id, at, operation, actor, address, revision, shown } = disclosure;
        row.push_bind(draft)
            .push_bind(id)
            .push_bind(at.0)
            .push_bind(operation.as_str())
            .push_bind(actor.agency.as_str())
            .push_bind(actor.client.as_str())
            .push_bind(actor.role.as_str())
            .push_bind(address.map(|address| address.to_string()))
            .push_bind(revision)
            .push_bind(shown.comments)
            .push_bind(shown.lowest)
            .push_bind(shown.highest);
    });
    let mut connection = writer.take().await?;
    query.build().persistent(false).execute(&mut *connection).await.or_domain()?;
    writer.rest(connection);
    Ok(())
}

impl Look<'_> {
    /// The disclosure that it is to show the caller these comments; none when everybody who takes part may read them.
    pub(super) async fn disclosed(
        &mut self,
        operation: Operation,
        mut others: Vec<Shown>,
    ) -> Result<Option<Disclosure>> {
        others.retain(|shown| !shown.published && shown.agency != *self.scope.agency());
        if others.is_empty() {
            return Ok(None);
        }
        let open: Vec<(i64,)> =
            sqlx::query_as(concat!("SELECT r.round FROM rounds r WHERE r.draft = $1 AND ", shown!()))
                .bind(self.draft.key)
                .fetch_all(&mut *self.connection)
                .await
                .or_domain()?;
        others.retain(|shown| !open.contains(&(shown.round,)));
        let range = Range::of(others.iter().map(|shown| shown.number));
        Ok(range.map(|range| self.disclosure(operation, range)))
    }

    /// Whether what the caller reads of others may be a disclosure.
    pub(super) fn is_witnessed(&self) -> bool {
        is_witnessed(self.scope, &self.access.sight)
    }

    /// As [`Look::disclosed`], for a document, which may have all that it is asked about.
    pub(super) async fn disclosed_in(&mut self, query: &SnapshotQuery) -> Result<Option<Disclosure>> {
        if !self.is_witnessed() || query.document == Document::Directives {
            return Ok(None);
        }
        let range: (i64, Option<i64>, Option<i64>) = sqlx::query_as(concat!(
            "SELECT COUNT(*), MIN(c.number), MAX(c.number) FROM comments c \
             JOIN rounds r ON r.draft = c.draft AND r.round = c.round \
             WHERE c.draft = $1 AND c.agency <> $2 AND NOT c.published AND ($3 = 0 OR c.round = $3) \
             AND ($4 = '' OR c.agency = $4) AND NOT ",
            shown!()
        ))
        .bind(self.draft.key)
        .bind(self.scope.agency().as_str())
        .bind(query.round.unwrap_or(0))
        .bind(query.agency.as_ref().map_or("", AgencyCode::as_str))
        .fetch_one(&mut *self.connection)
        .await
        .or_domain()?;
        let (comments, Some(lowest), Some(highest)) = range else { return Ok(None) };
        let range = Range { comments, lowest, highest };
        Ok(Some(self.disclosure(query.document.operation(), range)))
    }

    fn disclosure(&self, operation: Operation, shown: Range) -> Disclosure {
        Disclosure {
            id: self.clock.new_id().to_string(),
            at: self.now,
            operation,
            actor: self.scope.actor().clone(),
            address: self.scope.address(),
            revision: self.draft.revision,
            shown,
        }
    }
}

impl Fetch for ListDisclosures {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Disclosure, String>> {
        let rows: Vec<DisclosureRow> = sqlx::query_as(
            "SELECT disclosure, at, operation, agency, client, role, address, revision, comments, lowest, highest \
             FROM disclosures WHERE draft = $1 AND disclosure > $2 ORDER BY disclosure LIMIT $3",
        )
        .bind(look.draft.key)
        .bind(self.after.unwrap_or_default())
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let disclosures = rows.into_iter().map(Disclosure::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(disclosures, self.limit, |disclosure: &Disclosure| disclosure.id.clone()))
    }
}

#[derive(sqlx::FromRow)]
struct DisclosureRow {
    disclosure: String,
    at: i64,
    operation: String,
    agency: String,
    client: String,
    role: String,
    address: Option<String>,
    revision: i64,
    comments: i64,
    lowest: i64,
    highest: i64,
}

impl TryFrom<DisclosureRow> for Disclosure {
    type Error = Error;

    fn try_from(row: DisclosureRow) -> Result<Self> {
        Ok(Self {
            id: row.disclosure,
            at: Timestamp(row.at),
            operation: Operation::from_word(&row.operation).ok_or_else(|| corrupt("an unknown operation"))?,
            actor: Actor {
                client: ClientId::stored(row.client),
                agency: AgencyCode::stored(row.agency),
                role: Role::from_word(&row.role).ok_or_else(|| corrupt("an unknown role"))?,
            },
            address: address(row.address)?,
            revision: row.revision,
            shown: Range { comments: row.comments, lowest: row.lowest, highest: row.highest },
        })
    }
}
