//! The proof: every draft recounted from its tables and from its change log, and the two compared.

use std::collections::BTreeMap;

use sqlx::Connection as _;
use ykien_domain::Result;
use ykien_domain::chain::Seal;
use ykien_domain::cube::Cube;

use super::counts::{count, moves};
use super::proof::{Against, verify_log, verify_registry_log};
use super::search::verify_index;
use super::work::draft_columns;
use super::{BEGIN_READ, Connection, Engine};
use crate::Verification;
use crate::error::OrDomain;
use crate::rows::{DraftKey, DraftRow, REGISTRY};

/// Events folded at a time: bounds the memory.
const FOLD_PAGE: i64 = 5_000;

impl Engine {
    pub(crate) async fn verify(&self, heads: &[Seal]) -> Result<Verification> {
        let mut found = Verification::default();
        let mut after = String::new();
        let mut connection = self.unhurried(self.reader.pool()).await?;
        loop {
            // One snapshot a draft: a writer may go on meanwhile.
            let mut transaction = connection.begin_with(BEGIN_READ).await.or_domain()?;
            let draft: Option<DraftRow> = sqlx::query_as(concat!(
                "SELECT ",
                draft_columns!(),
                " FROM drafts d WHERE d.draft_id > $1 ORDER BY d.draft_id LIMIT 1"
            ))
            .bind(&after)
            .fetch_optional(&mut *transaction)
            .await
            .or_domain()?;
            let Some(draft) = draft else {
                transaction.rollback().await.or_domain()?;
                break;
            };
            // Read after the snapshot began: every seal in it has its key among them.
            let keys = self.seal_keys().await?;
            let against = Against { keys: &keys, heads };
            verify_draft(&mut transaction, &draft, &mut found).await?;
            let differences = verify_log(&mut transaction, &draft, &against).await?;
            let id = &draft.draft_id;
            found.differences.extend(differences.into_iter().map(|what| format!("drafts/{id}: {what}")));
            verify_index(&mut transaction, &draft, &mut found).await?;
            transaction.rollback().await.or_domain()?;
            found.drafts += 1;
            after = draft.draft_id;
        }
        let mut transaction = connection.begin_with(BEGIN_READ).await.or_domain()?;
        verify_registry(&mut transaction, &mut found).await?;
        let keys = self.seal_keys().await?;
        let against = Against { keys: &keys, heads };
        let differences = verify_registry_log(&mut transaction, &self.clock, &against).await?;
        found.differences.extend(differences.into_iter().map(|what| format!("registry: {what}")));
        transaction.rollback().await.or_domain()?;
        Ok(found)
    }
}

async fn verify_registry(connection: &mut Connection, found: &mut Verification) -> Result<()> {
    let (revision,): (i64,) = sqlx::query_as("SELECT revision FROM registry WHERE id = 1")
        .fetch_one(&mut *connection)
        .await
        .or_domain()?;
    let (events, last) =
        span(connection, "SELECT COUNT(*), MAX(revision) FROM events WHERE draft = $1", REGISTRY).await?;
    if events != revision || last != revision {
        found.differences.push(format!("registry: revision {revision}, but {events} events up to {last}"));
    }
    Ok(())
}

async fn verify_draft(connection: &mut Connection, draft: &DraftRow, found: &mut Verification) -> Result<()> {
    let (key, id) = (draft.key, draft.draft_id.as_str());
    let mut differ = |what: String| found.differences.push(format!("drafts/{id}: {what}"));

    // Each numbering is gapless and ends where its counter stands; that of the comments and of the log has none.
    let numberings = [
        ("comment_count", draft.comment_count, "SELECT COUNT(*), MAX(number) FROM comments WHERE draft = $1"),
        ("round_count", draft.round_count, "SELECT COUNT(*), MAX(round) FROM rounds WHERE draft = $1"),
        (
            "response_count",
            draft.response_count,
            "SELECT COUNT(*), MAX(response) FROM responses WHERE draft = $1",
        ),
        (
            "directive_count",
            draft.directive_count,
            "SELECT COUNT(*), MAX(directive) FROM directives WHERE draft = $1",
        ),
        ("revision", draft.revision, "SELECT COUNT(*), MAX(revision) FROM events WHERE draft = $1"),
    ];
    for (name, counter, statement) in numberings {
        let (rows, last) = span(connection, statement, key).await?;
        if rows != counter || last != counter {
            differ(format!("{name} is {counter}, but there are {rows} rows up to number {last}"));
        }
    }

    // The decision in force is the newest that has not fallen, and says what the status says.
    let numbers: Vec<(i64,)> = sqlx::query_as(
        "SELECT c.number FROM comments c WHERE c.draft = $1 AND ( \
         (c.outcome IS NULL AND c.status NOT IN ('pending', 'withdrawn')) OR (c.outcome IS NOT NULL AND c.status <> c.outcome) \
         OR (c.published AND c.outcome IS NULL) OR COALESCE(c.outcome, '') <> COALESCE((SELECT x.outcome FROM decisions x \
         WHERE x.draft = c.draft AND x.number = c.number AND NOT x.fallen ORDER BY x.revision DESC LIMIT 1), '')) \
         ORDER BY c.number",
    )
    .bind(key)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    for (number,) in numbers {
        differ(format!("comment {number}: its status, its decision and its decisions' history disagree"));
    }

    // Every comment refers to what is there: no foreign key watches over it.
    let numbers: Vec<(i64,)> = sqlx::query_as(
        "SELECT c.number FROM comments c \
         LEFT JOIN rounds r ON r.draft = c.draft AND r.round = c.round \
         LEFT JOIN sections s ON s.draft = c.draft AND s.version = $2 AND s.section = c.section \
         LEFT JOIN agencies a ON a.code = c.agency LEFT JOIN agencies b ON b.code = c.assigned \
         WHERE c.draft = $1 AND (r.round IS NULL OR s.section IS NULL OR a.code IS NULL \
         OR (c.assigned IS NOT NULL AND b.code IS NULL)) ORDER BY c.number",
    )
    .bind(key)
    .bind(draft.version)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    for (number,) in numbers {
        differ(format!("comment {number}: its round, its section or its agency is missing"));
    }

    // Every comment was last changed by an event that the log has.
    let numbers: Vec<(i64,)> = sqlx::query_as(
        "SELECT c.number FROM comments c LEFT JOIN events e ON e.draft = c.draft AND e.revision = c.changed \
         WHERE c.draft = $1 AND e.revision IS NULL ORDER BY c.number",
    )
    .bind(key)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    for (number,) in numbers {
        differ(format!("comment {number}: the log has no event of its last change"));
    }

    // The fold of the log equals the count of the tables.
    let counted = Cube::counted(draft.revision, count(connection, key).await?);
    let mut folded = Cube::default();
    let mut revision = 0;
    loop {
        let page: Vec<(i64, String)> = sqlx::query_as(
            "SELECT revision, moves FROM events WHERE draft = $1 AND revision > $2 ORDER BY revision LIMIT $3",
        )
        .bind(key)
        .bind(revision)
        .bind(FOLD_PAGE)
        .fetch_all(&mut *connection)
        .await
        .or_domain()?;
        let Some((last, _)) = page.last() else { break };
        revision = *last;
        found.events += page.len() as i64;
        for (at, text) in &page {
            if folded.advance(*at, moves(text)?).is_err() {
                found
                    .differences
                    .push(format!("drafts/{id}: event {at} takes a comment from a cell that has none"));
                return Ok(());
            }
        }
    }
    let by_tables: BTreeMap<_, _> = counted.cells().into_iter().collect();
    let by_log: BTreeMap<_, _> = folded.cells().into_iter().collect();
    found.comments += by_tables.values().sum::<i64>();
    for cell in by_tables.keys().chain(by_log.keys().filter(|cell| !by_tables.contains_key(cell))) {
        let count = |cells: &BTreeMap<_, i64>| cells.get(cell).copied().unwrap_or(0);
        let (tables, log) = (count(&by_tables), count(&by_log));
        if tables != log {
            found
                .differences
                .push(format!("drafts/{id}: {tables} comments by the tables, {log} by the log: {cell:?}"));
        }
    }
    Ok(())
}

/// How many rows, and the highest number (0 without rows).
async fn span(connection: &mut Connection, statement: &'static str, draft: DraftKey) -> Result<(i64, i64)> {
    let (rows, last): (i64, Option<i64>) =
        sqlx::query_as(statement).bind(draft).fetch_one(&mut *connection).await.or_domain()?;
    Ok((rows, last.unwrap_or(0)))
}
