//! Merging segments, so that a question reads few blocks however many comments came.

use std::collections::HashMap;

use ykien_domain::Result;
use ykien_domain::search::segment::{Block, Built, SegmentWriter, Source, bits_for, merge};

use super::super::{Engine, spawned};
use super::indexing::{Pace, blocking};
use super::turn::{Held, Turn};
use super::{Segment, blocks, place};
use crate::error::OrDomain;

/// So many segments of a level become one of the next.
const MERGED_AT_ONCE: usize = 8;
/// A segment of this level (524,288 comments and more) is merged no further: it bounds what a merge holds in memory.
const TOP_LEVEL: i64 = 3;
/// How many places of the most finely cut segment are merged at a time.
const PLACES_AT_ONCE: u32 = 16;

/// The oldest segments of the lowest level that is full; empty when none is.
pub(super) fn due(segments: &[Segment]) -> Vec<Segment> {
    (0..TOP_LEVEL)
        .map(|level| {
            let of_level = segments.iter().filter(|segment| segment.level == level);
            of_level.take(MERGED_AT_ONCE).copied().collect::<Vec<_>>()
        })
        .find(|oldest| oldest.len() == MERGED_AT_ONCE)
        .unwrap_or_default()
}

impl Engine {
    /// Makes one segment of several, some places at a time, and publishes it in their stead.
    pub(super) async fn merge(&self, turn: &Turn, merged: Vec<Segment>, pace: &mut Pace) -> Result<Held> {
        let finest = merged.iter().map(Segment::bits).max().unwrap_or(0);
        let postings: u64 = merged.iter().map(|segment| segment.postings.unsigned_abs()).sum();
        let bits = bits_for(postings).max(finest);
        let base = merged.iter().map(Segment::base).min().unwrap_or(0);
        let mut writer = SegmentWriter::new(bits, base);
        let mut waiting: Vec<Block> = Vec::new();
        for first in (0..1 << finest).step_by(PLACES_AT_ONCE as usize) {
            let places = first..(first + PLACES_AT_ONCE).min(1 << finest);
            let found = self.blocks_at(turn, &merged, places.clone(), finest).await?;
            let segments = merged.clone();
            writer = blocking(move || {
                for place in places {
                    let sources: Vec<Source<'_>> = segments
                        .iter()
                        .filter_map(|segment| {
                            let block = found.get(&own_place(segment, place, finest))?;
                            Some(Source { block, base: segment.base() })
                        })
                        .collect();
                    merge(&sources, place, finest, &mut writer)?;
                }
                Ok(writer)
            })
            .await?;
            waiting.extend(writer.take());
            pace.rest(self).await?;
            while !waiting.is_empty() {
                if self.write_blocks(turn, &mut waiting).await? == Held::Lost {
                    return Ok(Held::Lost);
                }
                pace.rest(self).await?;
            }
        }
        let comments = merged.iter().map(|segment| segment.comments.unsigned_abs()).sum();
        let built = Built { bits, base, comments, postings: writer.postings(), blocks: Vec::new() };
        let held = self.publish(turn, built, turn.reached, merged).await?;
        // What was merged is nobody's now.
        while held == Held::Yes && self.sweep(turn).await? {
            pace.rest(self).await?;
        }
        Ok(held)
    }

    /// The blocks of these segments that have the terms of these places of the most finely cut one.
    async fn blocks_at(
        &self,
        turn: &Turn,
        segments: &[Segment],
        of: std::ops::Range<u32>,
        finest: u32,
    ) -> Result<HashMap<i64, Vec<u8>>> {
        let mut places: Vec<i64> = segments
            .iter()
            .flat_map(|segment| of.clone().map(|place| own_place(segment, place, finest)))
            .collect();
        places.dedup();
        let (engine, draft) = (self.clone(), turn.draft);
        spawned(async move {
            let mut connection = engine.reader.pool().acquire().await.or_domain()?;
            blocks(&mut connection, draft, &places).await
        })
        .await
    }
}

/// Where a segment has the terms of a place of one that is cut by `finest` bits.
fn own_place(segment: &Segment, of: u32, finest: u32) -> i64 {
    place(segment.segment, of >> (finest - segment.bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(number: i64, level: i64) -> Segment {
        Segment { segment: number, level, bits: 0, base: 1, comments: 1, postings: 1 }
    }

    #[test]
    fn eight_segments_of_a_level_are_merged_the_oldest_of_the_lowest_first() {
        let of = |levels: &[i64]| -> Vec<i64> {
            let segments: Vec<Segment> =
                levels.iter().zip(1..).map(|(level, number)| segment(number, *level)).collect();
            due(&segments).iter().map(|segment| segment.segment).collect()
        };
        assert!(of(&[0; 7]).is_empty());
        assert_eq!(of(&[0; 9]), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(of(&[1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), [1, 2, 3, 4, 5, 6, 7, 8]);
        let mixed = [2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(of(&mixed), [10, 11, 12, 13, 14, 15, 16, 17]);
        assert!(of(&[TOP_LEVEL; 20]).is_empty());
    }
}
