//! Locking what is to be changed. From here to the commit nobody else changes it.

use std::sync::LazyLock;

use ykien_domain::Result;
use ykien_domain::ids::{DraftId, Revision};

use super::statement::Statement;
use super::work::draft_columns;
use super::{Connection, LOCK, LOCK_FREE};
use crate::error::OrDomain;
use crate::given::Kind::Text;
use crate::given::{Columns, Given};
use crate::rows::DraftRow;

/// Drafts, by id.
const DRAFTS: Columns = &[("draft_id", Text)];

static LOCK_REGISTRY: LazyLock<String> =
    LazyLock::new(|| format!("SELECT revision FROM registry WHERE id = 1{LOCK}"));
static LOCK_DRAFT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT draft_id FROM drafts WHERE draft_id = $1{LOCK}"));
/// In the order of their keys, so that no two transactions wait for each other.
static LOCK_DRAFTS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(DRAFTS, |given| {
        format!(
            "SELECT draft_id FROM drafts WHERE draft_id IN (SELECT given.draft_id FROM {given}) \
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
    let locked = sqlx::query_scalar(LOCK_DRAFT.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .or_domain()?;
    Ok(read(connection, locked).await?.pop())
}

/// Locks those of the drafts that nobody holds.
pub(super) async fn lock_free<'a>(
    connection: &mut Connection,
    ids: impl IntoIterator<Item = &'a DraftId>,
) -> Result<Vec<DraftRow>> {
    let locked: Vec<(String,)> = LOCK_DRAFTS.fetch(connection, given(ids)).await?;
    read(connection, locked.into_iter().map(|(id,)| id)).await
}

/// Drafts that are locked. By a statement after the one that locked them: that one sees the database as it was before it
/// waited, but for the rows that it locks, and would miss what was added to the log meanwhile.
async fn read(
    connection: &mut Connection,
    locked: impl IntoIterator<Item = String>,
) -> Result<Vec<DraftRow>> {
    let locked: Vec<DraftId> = locked.into_iter().map(DraftId::stored).collect();
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
