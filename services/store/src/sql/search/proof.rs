//! The proof of the search index: every block reads, no posting is missing or too many, and comments are found by their
//! own words.

use std::collections::BTreeSet;

use ykien_domain::Result;
use ykien_domain::model::Content;
use ykien_domain::search::segment::block_of;
use ykien_domain::search::{Said, Term, block};

use super::indexing::CommentText;
use super::{Connection, Segment, place, reached, revised, segments};
use crate::Verification;
use crate::error::OrDomain;
use crate::rows::{DraftKey, DraftRow};

/// Every so many comments one is looked for, and the last.
const LOOKED_FOR: i64 = 64;
/// How many of its terms it is looked for by.
const BY_TERMS: usize = 8;
/// Comments or blocks read at a time.
const READ_AT_ONCE: i64 = 256;

/// Checks a draft's index in the snapshot of this connection.
pub(in super::super) async fn verify_index(
    connection: &mut Connection,
    draft: &DraftRow,
    found: &mut Verification,
) -> Result<()> {
    let (key, id) = (draft.key, draft.draft_id.as_str());
    let Some(reached) = reached(connection, key).await? else { return Ok(()) };
    if reached.revision > draft.revision || reached.numbered > draft.comment_count {
        found.differences.push(format!(
            "drafts/{id}: the search index is at revision {} and comment {}, the draft at {} and {}",
            reached.revision, reached.numbered, draft.revision, draft.comment_count
        ));
    }
    // Those revised since are looked at one by one by whoever searches.
    let since = revised(connection, key, reached.revision, i64::MAX).await?;
    let since: BTreeSet<i64> = since.into_iter().map(|(_, number)| number).collect();
    let mut sought = sought(connection, key, reached.numbered, &since).await?;
    for segment in segments(connection, key).await? {
        verify_segment(connection, draft, &segment, &mut sought, found).await?;
    }
    let missed: BTreeSet<u32> = sought.into_iter().map(|(_, number)| number).collect();
    for number in missed {
        found.differences.push(format!(
            "drafts/{id}: comment {number}: the search index does not find it by its own words"
        ));
    }
    Ok(())
}

/// Comments to be found, each with some of its terms.
type Sought = BTreeSet<(Term, u32)>;

async fn sought(
    connection: &mut Connection,
    draft: DraftKey,
    last: i64,
    without: &BTreeSet<i64>,
) -> Result<Sought> {
    let mut sought = Sought::new();
    let mut after = 0;
    loop {
        let comments: Vec<CommentText> = sqlx::query_as(
            "SELECT number, title, text, proposed_change, quote FROM comments \
             WHERE draft = $1 AND number > $2 AND number <= $3 AND (number % $4 = 0 OR number = $3) \
             ORDER BY number LIMIT $5",
        )
        .bind(draft)
        .bind(after)
        .bind(last)
        .bind(LOOKED_FOR)
        .bind(READ_AT_ONCE)
        .fetch_all(&mut *connection)
        .await
        .or_domain()?;
        let Some(end) = comments.last() else { return Ok(sought) };
        after = end.number;
        for comment in comments.into_iter().filter(|comment| !without.contains(&comment.number)) {
            let number = comment.number as u32;
            let mut terms = Vec::new();
            Said::by(&Content::from(comment)).write_terms(&mut terms);
            let step = terms.len().div_ceil(BY_TERMS).max(1);
            sought.extend(terms.into_iter().step_by(step).map(|term| (term, number)));
        }
    }
}

/// Reads a whole segment, and takes what it finds from what is sought.
async fn verify_segment(
    connection: &mut Connection,
    draft: &DraftRow,
    segment: &Segment,
    sought: &mut Sought,
    found: &mut Verification,
) -> Result<()> {
    let (id, mut postings) = (&draft.draft_id, 0);
    let mut after = place(segment.segment, 0) - 1;
    loop {
        let blocks: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT place, postings FROM search_blocks WHERE draft = $1 AND place > $2 AND place < $3 \
             ORDER BY place LIMIT $4",
        )
        .bind(draft.key)
        .bind(after)
        .bind(place(segment.segment + 1, 0))
        .bind(READ_AT_ONCE)
        .fetch_all(&mut *connection)
        .await
        .or_domain()?;
        let Some((last, _)) = blocks.last() else { break };
        after = *last;
        for (at, bytes) in &blocks {
            match verify_block(segment, *at, bytes, sought) {
                Some(count) => postings += count,
                None => found.differences.push(format!(
                    "drafts/{id}: segment {} of the search index: block {} can't be read",
                    segment.segment,
                    at - place(segment.segment, 0)
                )),
            }
        }
    }
    if postings != segment.postings {
        found.differences.push(format!(
            "drafts/{id}: segment {} of the search index has {postings} postings, not {}",
            segment.segment, segment.postings
        ));
    }
    Ok(())
}

/// How many postings a block has; none when it is no block of its place.
fn verify_block(segment: &Segment, at: i64, bytes: &[u8], sought: &mut Sought) -> Option<i64> {
    let (mut reader, mut postings) = (block::Reader::new(bytes), 0);
    let mut numbers = Vec::new();
    while let Some(entry) = reader.next().ok()? {
        if place(segment.segment, block_of(entry.term, segment.bits())) != at {
            return None;
        }
        numbers.clear();
        entry.read(segment.base(), &mut numbers).ok()?;
        let here: Vec<(Term, u32)> =
            sought.range((entry.term, 0)..=(entry.term, u32::MAX)).copied().collect();
        for one in here.into_iter().filter(|(_, number)| numbers.binary_search(number).is_ok()) {
            sought.remove(&one);
        }
        postings += numbers.len() as i64;
    }
    Some(postings)
}
