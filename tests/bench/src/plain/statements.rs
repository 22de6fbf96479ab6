//! The statements of one submission, one text for both engines.

use sqlx::Pool;

use super::super::New;
use super::{BEGIN, Db};

/// Writes a comment, its event and its request id; the event holds the answer, as in ykien. Gives its number and the draft's revision.
pub async fn submit(pool: &Pool<Db>, new: &New) -> sqlx::Result<(i64, i64)> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let (draft, number, revision): (i64, i64, i64) = sqlx::query_as(
        "UPDATE drafts SET last_revision = last_revision + 1, last_number = last_number + 1 WHERE draft_id = $1 \
         RETURNING draft, last_number, last_revision",
    )
    .bind(&new.draft)
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO comments (draft, number, round, agency, section, anchor_kind, quote, kind, title, text, \
         proposed_change, channel, speaker, status, late, source_id, source_status, version, created_at, \
         updated_at, changed, written_at, written, published) \
         VALUES ($1, $2, 1, $3, $4, 'section', '', 'substantive', '', $5, $6, 'written', '', 'pending', FALSE, '', '', \
         1, $7, $7, $8, $7, $8, FALSE)",
    )
    .bind(draft)
    .bind(number)
    .bind(new.agency)
    .bind(new.section)
    .bind(&new.text)
    .bind(&new.proposed_change)
    .bind(new.now)
    .bind(revision)
    .execute(&mut *transaction)
    .await?;
    let json = new.json(number, revision);
    let (key_high, key_low) = new.key();
    sqlx::query(
        "INSERT INTO events (draft, revision, at, operation, kind, agency, client, role, request_id, structural, \
         moves, change) VALUES ($1, $2, $3, 'SubmitComment', 'comment_submitted', $4, 'client-1', 'contributor', $5, \
         FALSE, $6, $7)",
    )
    .bind(draft)
    .bind(revision)
    .bind(new.now)
    .bind(new.agency)
    .bind(&new.request_id)
    .bind(new.moves())
    .bind(&json)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO requests (draft, key_high, key_low, body_hash, answer, revision) \
         VALUES ($1, $2, $3, $4, '', $5)",
    )
    .bind(draft)
    .bind(key_high)
    .bind(key_low)
    .bind(new.body_hash())
    .bind(revision)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok((number, revision))
}
