//! Locking what is to be changed. From here to the commit nobody else changes it.
//!
//! A draft may name a writer, which adds comments without the draft's lock as long as its row is in `writers`: whoever
//! locks the draft deletes that, and so waits for what it has under way.

use std::sync::LazyLock;

use ykien_domain::Result;
use ykien_domain::ids::{DraftId, Revision};

use super::statement::Statement;
use super::work::draft_columns;
use super::{Connection, LOCK, LOCK_FREE};
use crate::error::OrDomain;
use crate::given::Kind::{Number, Text};
use crate::given::{Columns, Given};
use crate::rows::{DraftRow, WriterNumber};

/// Drafts, by id.
const DRAFTS: Columns = &[("draft_id", Text)];

/// Who may write on drafts without their locks.
const WRITERS: Columns = &[("writer", Number)];

static LOCK_REGISTRY: LazyLock<String> =
    LazyLock::new(|| format!("SELECT revision FROM registry WHERE id = 1{LOCK}"));
static LOCK_DRAFT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT draft_id, writer FROM drafts WHERE draft_id = $1{LOCK}"));
/// In the order of their keys, so that no two transactions wait for each other.
static LOCK_DRAFTS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(DRAFTS, |given| {
        format!(
            "SELECT draft_id, writer FROM drafts WHERE draft_id IN (SELECT given.draft_id FROM {given}) \
             ORDER BY draft{LOCK_FREE}"
        )
    })
});
static READ_DRAFTS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(DRAFTS, |given| {
        format!(
            "SELECT {} FROM drafts d WHERE d.draft_id IN (SELECT given.draft_id FROM {given})",
            draft_columns!()
        )
    })
});
/// In their order, for the same reason.
static DISMISS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(WRITERS, |given| {
        format!(
            "DELETE FROM writers WHERE writer IN (SELECT w.writer FROM writers w \
             WHERE w.writer IN (SELECT given.writer FROM {given}) ORDER BY w.writer{LOCK})"
        )
    })
});
static FIND_DRAFTS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(DRAFTS, |given| {
        format!("SELECT draft_id FROM drafts WHERE draft_id IN (SELECT given.draft_id FROM {given})")
    })
});

/// Locks the registry's row and gives its revision.
pub(super) async fn lock_registry(connection: &mut Connection) -> Result<Revision> {
    sqlx::query_scalar(LOCK_REGISTRY.as_str()).fetch_one(&mut *connection).await.or_domain()
}

/// Locks the draft's row, after whoever holds it; none for a draft that does not exist.
pub(super) async fn lock_draft(connection: &mut Connection, id: &DraftId) -> Result<Option<DraftRow>> {
    let locked: Option<Locked> = sqlx::query_as(LOCK_DRAFT.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .or_domain()?;
    Ok(read(connection, locked.into_iter().collect(), None).await?.pop())
}

/// Locks those of the drafts that nobody holds. `writer` has nothing under way.
pub(super) async fn lock_free<'a>(
    connection: &mut Connection,
    ids: impl IntoIterator<Item = &'a DraftId>,
    writer: Option<WriterNumber>,
) -> Result<Vec<DraftRow>> {
    let locked = LOCK_DRAFTS.fetch(connection, given(ids)).await?;
    read(connection, locked, writer).await
}

/// Lets the writer of a draft end what it has under way, and write no more: in a transaction of its own, before the draft is
/// locked. What locks it would else hold back whoever wants another of that writer's drafts.
pub(super) async fn dismiss_writer(connection: &mut Connection, id: &DraftId) -> Result<()> {
    sqlx::query("DELETE FROM writers WHERE writer = (SELECT writer FROM drafts WHERE draft_id = $1)")
        .bind(id.as_str())
        .execute(&mut *connection)
        .await
        .or_domain()?;
    Ok(())
}

/// A draft whose row is locked: its id, its writer.
type Locked = (String, Option<WriterNumber>);

/// Drafts that are locked, once no other writer has anything under way on them. By a statement of its own: an earlier one
/// sees the database as it was before it waited, but for the rows that it locks, and would miss what was added to the log
/// meanwhile.
async fn read(
    connection: &mut Connection,
    locked: Vec<Locked>,
    writer: Option<WriterNumber>,
) -> Result<Vec<DraftRow>> {
    let mut others = Given::new(WRITERS);
    for other in locked.iter().filter_map(|(_, other)| *other).filter(|other| Some(*other) != writer) {
        others.push(other);
    }
    DISMISS.execute(connection, others).await?;
    let locked: Vec<DraftId> = locked.into_iter().map(|(id, _)| DraftId::stored(id)).collect();
    READ_DRAFTS.fetch(connection, given(&locked)).await
}

/// Those of the drafts that exist, locked or not.
pub(super) async fn existing<'a>(
    connection: &mut Connection,
    ids: impl IntoIterator<Item = &'a DraftId>,
) -> Result<Vec<String>> {
    let found: Vec<(String,)> = FIND_DRAFTS.fetch(connection, given(ids)).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

fn given<'a>(ids: impl IntoIterator<Item = &'a DraftId>) -> Given {
    let mut given = Given::new(DRAFTS);
    for id in ids {
        given.push(id.as_str());
    }
    given
}
