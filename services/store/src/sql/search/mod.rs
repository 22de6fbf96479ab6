//! The search index of a draft: a projection of its comments, made beside the writes and never in them.
//!
//! It has a revision of its own and covers the comments up to a number. What came after, new or revised, is looked at
//! comment by comment, so a search holds for the draft's present revision however far behind the index is.
//! [`lookup`] asks it, [`indexing`] and [`merging`] keep it, [`proof`] checks it.

mod indexing;
mod lookup;
mod merging;
mod proof;
mod turn;

use std::collections::HashMap;

use sqlx::QueryBuilder;
use ykien_domain::Result;
use ykien_domain::event::Change;
use ykien_domain::ids::{CommentNumber, Revision};
use ykien_domain::search::Term;
use ykien_domain::search::segment::{MAX_BITS, block_of};

use super::{Connection, Db, push_among};
use crate::error::{OrDomain, corrupt};
use crate::rows::DraftKey;

pub(super) use lookup::{among, candidates};
pub(super) use proof::verify_index;

/// How far an index has come.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Reached {
    /// Comments revised up to this revision are in it as they were then or later.
    revision: Revision,
    /// Comments up to this number are in it.
    numbered: CommentNumber,
}

/// A segment that can be asked.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Segment {
    segment: i64,
    level: i64,
    bits: i64,
    base: i64,
    comments: i64,
    postings: i64,
}

impl Segment {
    fn bits(&self) -> u32 {
        u32::try_from(self.bits).unwrap_or(0).min(MAX_BITS)
    }

    fn base(&self) -> u32 {
        u32::try_from(self.base).unwrap_or(0)
    }

    /// The place of the block that has this term.
    fn place_of(&self, term: Term) -> i64 {
        place(self.segment, block_of(term, self.bits()))
    }
}

/// The key of a block: its segment's number above, its own below.
fn place(segment: i64, block: u32) -> i64 {
    (segment << MAX_BITS) | i64::from(block)
}

async fn reached(connection: &mut Connection, draft: DraftKey) -> Result<Option<Reached>> {
    sqlx::query_as("SELECT revision, numbered FROM search_indexes WHERE draft = $1")
        .bind(draft)
        .fetch_optional(&mut *connection)
        .await
        .or_domain()
}

/// The segments of a draft, oldest first.
async fn segments(connection: &mut Connection, draft: DraftKey) -> Result<Vec<Segment>> {
    sqlx::query_as(
        "SELECT segment, level, bits, base, comments, postings FROM search_segments WHERE draft = $1 ORDER BY segment",
    )
    .bind(draft)
    .fetch_all(&mut *connection)
    .await
    .or_domain()
}

/// The blocks at these places; a place without a block is left out.
async fn blocks(
    connection: &mut Connection,
    draft: DraftKey,
    places: &[i64],
) -> Result<HashMap<i64, Vec<u8>>> {
    let mut query: QueryBuilder<Db> =
        QueryBuilder::new("SELECT place, postings FROM search_blocks WHERE draft = ");
    query.push_bind(draft).push(" AND place");
    push_among(&mut query, places);
    let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(&mut *connection).await.or_domain()?;
    Ok(rows.into_iter().collect())
}

/// The comments revised after a revision, each with the revision that did it, oldest first.
async fn revised(
    connection: &mut Connection,
    draft: DraftKey,
    after: Revision,
    limit: i64,
) -> Result<Vec<(Revision, CommentNumber)>> {
    let events: Vec<(i64, String)> = sqlx::query_as(
        "SELECT revision, change FROM events WHERE draft = $1 AND kind = 'comment_revised' AND revision > $2 \
         ORDER BY revision LIMIT $3",
    )
    .bind(draft)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    let number = |change: &str| match serde_json::from_str(change) {
        Ok(Change::CommentRevised { comment, .. }) => Ok(comment.number),
        _ => Err(corrupt("an unreadable event")),
    };
    events.into_iter().map(|(revision, change)| Ok((revision, number(&change)?))).collect()
}
