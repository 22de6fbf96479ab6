//! A segment: the terms of a batch of comments, cut into blocks by their highest bits.

use super::block::{Reader, Writer};
use super::{Said, Term};
use crate::ids::CommentNumber;
use crate::model::Content;
use crate::{Error, Reason, Result};

/// The postings of a block on average: some 8 KiB.
const POSTINGS_PER_BLOCK: u64 = 4_096;
/// The most bits by which a segment is cut: 65,536 blocks.
pub const MAX_BITS: u32 = 16;

/// In which block of a segment that is cut by so many bits a term stands.
#[must_use]
pub fn block_of(term: Term, bits: u32) -> u32 {
    ((u64::from(term) << bits) >> 32) as u32
}

/// How many bits cut so many postings into blocks of a fair size.
#[must_use]
pub fn bits_for(postings: u64) -> u32 {
    postings.div_ceil(POSTINGS_PER_BLOCK).max(1).next_power_of_two().ilog2().min(MAX_BITS)
}

/// A block and its place in its segment.
pub type Block = (u32, Vec<u8>);

/// A segment as it is written, term by term.
#[derive(Debug)]
pub struct SegmentWriter {
    bits: u32,
    base: u32,
    postings: u64,
    open: Option<(u32, Writer)>,
    done: Vec<Block>,
}

impl SegmentWriter {
    /// A segment cut by `bits` whose comments have numbers from `base` on.
    #[must_use]
    pub fn new(bits: u32, base: u32) -> Self {
        Self { bits, base, postings: 0, open: None, done: Vec::new() }
    }

    /// Adds a term greater than those before, with its comments in order.
    pub fn push(&mut self, term: Term, numbers: &[u32]) {
        let place = block_of(term, self.bits);
        if self.open.as_ref().is_some_and(|(open, _)| *open != place) {
            self.close();
        }
        let (_, writer) = self.open.get_or_insert_with(|| (place, Writer::default()));
        writer.push(term, numbers, self.base);
        self.postings += numbers.len() as u64;
    }

    /// Ends the block under way: the next term belongs to another.
    pub fn close(&mut self) {
        self.done.extend(self.open.take().map(|(place, writer)| (place, writer.finish())));
    }

    /// The blocks that are complete, each once.
    pub fn take(&mut self) -> Vec<Block> {
        std::mem::take(&mut self.done)
    }

    /// How many postings were added.
    #[must_use]
    pub fn postings(&self) -> u64 {
        self.postings
    }
}

/// A segment made from comments.
#[derive(Debug)]
pub struct Built {
    /// By how many bits it is cut.
    pub bits: u32,
    /// The lowest number in it.
    pub base: u32,
    /// How many comments it covers.
    pub comments: u64,
    /// How many postings it has.
    pub postings: u64,
    /// Its blocks that hold something, in order.
    pub blocks: Vec<Block>,
}

/// Gathers comments for a segment: 8 bytes for each term of each.
#[derive(Debug, Default)]
pub struct Builder {
    /// The term above, the comment's number below.
    entries: Vec<u64>,
    comments: u64,
    terms: Vec<Term>,
}

impl Builder {
    /// Adds a comment; again is no harm.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` for a number past 4,294,967,295.
    pub fn add(&mut self, number: CommentNumber, content: &Content) -> Result<()> {
        let number = u32::try_from(number)
            .map_err(|_| Error::new(Reason::LimitExceeded, "the search index takes no such number"))?;
        self.terms.clear();
        Said::by(content).write_terms(&mut self.terms);
        self.terms.sort_unstable();
        self.terms.dedup();
        self.entries.extend(self.terms.iter().map(|term| u64::from(*term) << 32 | u64::from(number)));
        self.comments += 1;
        Ok(())
    }

    /// How many terms it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The segment.
    #[must_use]
    pub fn build(mut self) -> Built {
        self.entries.sort_unstable();
        self.entries.dedup();
        let number = |entry: &u64| *entry as u32;
        let term = |entry: &u64| (*entry >> 32) as Term;
        let bits = bits_for(self.entries.len() as u64);
        let base = self.entries.iter().map(number).min().unwrap_or(0);
        let mut writer = SegmentWriter::new(bits, base);
        let mut numbers = Vec::new();
        for held in self.entries.chunk_by(|a, b| term(a) == term(b)) {
            numbers.clear();
            numbers.extend(held.iter().map(number));
            if let Some(first) = held.first() {
                writer.push(term(first), &numbers);
            }
        }
        writer.close();
        let (postings, blocks) = (writer.postings(), writer.take());
        Built { bits, base, comments: self.comments, postings, blocks }
    }
}

/// A block to be merged.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its bytes; none when its segment has nothing there.
    pub block: &'a [u8],
    /// Its segment's base.
    pub base: u32,
}

/// Adds to `writer` what these blocks together hold of the terms in a block place of a segment that is cut by `bits`.
/// Each block holds at least these terms of its own segment; the writer is cut by at least as many bits.
///
/// # Errors
/// `INTERNAL` for bytes that are no block.
pub fn merge(sources: &[Source<'_>], place: u32, bits: u32, writer: &mut SegmentWriter) -> Result<()> {
    let mut heads = Vec::with_capacity(sources.len());
    for source in sources {
        let mut reader = Reader::new(source.block);
        let mut head = reader.next()?;
        while head.is_some_and(|entry| block_of(entry.term, bits) < place) {
            head = reader.next()?;
        }
        heads.push((reader, head, source.base));
    }
    let mut numbers = Vec::new();
    loop {
        let least = heads.iter().filter_map(|(_, head, _)| head.map(|entry| entry.term)).min();
        let Some(term) = least.filter(|term| block_of(*term, bits) == place) else { break };
        numbers.clear();
        for (reader, head, base) in &mut heads {
            if let Some(entry) = head.filter(|entry| entry.term == term) {
                entry.read(*base, &mut numbers)?;
                *head = reader.next()?;
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        writer.push(term, &numbers);
    }
    writer.close();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    type Naive = BTreeMap<Term, BTreeSet<u32>>;

    /// Numbers that look random and are the same each time.
    fn draws(mut seed: u64) -> impl FnMut(u64) -> u64 {
        move |below| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        }
    }

    /// Comments made of a few words, the lower the more frequent.
    fn comments(seed: u64, numbers: std::ops::Range<i64>) -> Vec<(i64, Content)> {
        let mut draw = draws(seed);
        let mut word = move || {
            let below = draw(60) + 1;
            format!("w{}", draw(below))
        };
        numbers
            .map(|number| {
                let words: Vec<String> = (0..12).map(|_| word()).collect();
                (number, Content { text: words.join(" "), ..Content::default() })
            })
            .collect()
    }

    fn build(comments: &[(i64, Content)], naive: &mut Naive) -> Built {
        let mut builder = Builder::default();
        for (number, content) in comments {
            builder.add(*number, content).unwrap();
            let mut terms = Vec::new();
            Said::by(content).write_terms(&mut terms);
            for term in terms {
                naive.entry(term).or_default().insert(*number as u32);
            }
        }
        builder.build()
    }

    fn read(blocks: &[Block], bits: u32, base: u32) -> Naive {
        let mut found = Naive::new();
        for (place, block) in blocks {
            let mut reader = Reader::new(block);
            while let Some(entry) = reader.next().unwrap() {
                assert_eq!(block_of(entry.term, bits), *place);
                let mut numbers = Vec::new();
                entry.read(base, &mut numbers).unwrap();
                assert_eq!(numbers.len(), entry.count as usize);
                found.insert(entry.term, numbers.into_iter().collect());
            }
        }
        found
    }

    #[test]
    fn a_segment_holds_what_its_comments_hold() {
        let mut naive = Naive::new();
        let built = build(&comments(1, 5_000..7_000), &mut naive);
        assert!(built.bits > 2 && built.base == 5_000 && built.comments == 2_000);
        assert_eq!(read(&built.blocks, built.bits, built.base), naive);
        assert_eq!(built.postings, naive.values().map(|held| held.len() as u64).sum::<u64>());
    }

    #[test]
    fn segments_merge_into_one_that_holds_what_they_held() {
        let mut naive = Naive::new();
        // Of several sizes and so cut by different bits, with comments that are in two.
        let segments: Vec<Built> = [(1, 1..2_000), (2, 1_990..2_100), (3, 2_100..2_101), (4, 2_101..4_000)]
            .into_iter()
            .map(|(seed, numbers)| build(&comments(seed, numbers), &mut naive))
            .collect();
        let finest = segments.iter().map(|segment| segment.bits).max().unwrap();
        assert!(segments.iter().any(|segment| segment.bits < finest));
        let bits = bits_for(segments.iter().map(|segment| segment.postings).sum()).max(finest);
        let mut writer = SegmentWriter::new(bits, 1);
        for place in 0..1 << finest {
            let sources: Vec<Source<'_>> = segments
                .iter()
                .map(|segment| {
                    let own = place >> (finest - segment.bits);
                    let block = segment.blocks.iter().find(|(place, _)| *place == own);
                    Source { block: block.map_or(&[], |(_, block)| block), base: segment.base }
                })
                .collect();
            merge(&sources, place, finest, &mut writer).unwrap();
        }
        let postings = writer.postings();
        assert_eq!(read(&writer.take(), bits, 1), naive);
        assert_eq!(postings, naive.values().map(|held| held.len() as u64).sum::<u64>());
    }

    #[test]
    fn a_comment_can_be_found_by_every_phrase_in_it() {
        use super::super::{Form, Phrase};
        let comments = comments(9, 1..400);
        let built = build(&comments, &mut Naive::new());
        let find = |term| {
            let place = block_of(term, built.bits);
            let mut numbers = Vec::new();
            if let Some((_, block)) = built.blocks.iter().find(|(at, _)| *at == place)
                && let Some(entry) = Reader::new(block).find(term).unwrap()
            {
                entry.read(built.base, &mut numbers).unwrap();
            }
            numbers.into_iter().collect::<BTreeSet<u32>>()
        };
        for phrase in ["w0", "w1 w0", "w0 w0 w1", "w30 w2", "w59", "w60"] {
            let phrase = Phrase::parse("text", phrase, Form::Accented).unwrap();
            let terms = phrase.terms(8);
            let found =
                terms.first.iter().chain(&terms.then).map(|term| find(*term)).reduce(|a, b| &a & &b).unwrap();
            for (number, content) in &comments {
                let there = found.contains(&(*number as u32));
                assert!(there || !phrase.occurs_in(content), "{phrase:?} is missed in {number}");
            }
        }
    }

    #[test]
    fn a_number_past_the_index_is_refused() {
        let refused = Builder::default().add(1 << 32, &Content::default()).unwrap_err();
        assert_eq!(refused.reason, Reason::LimitExceeded);
    }

    #[test]
    fn blocks_are_of_a_fair_size() {
        for (postings, bits) in [(0, 0), (4_096, 0), (4_097, 1), (1 << 20, 8), (u64::MAX, MAX_BITS)] {
            assert_eq!(bits_for(postings), bits, "{postings}");
        }
        assert_eq!((block_of(u32::MAX, 0), block_of(u32::MAX, 16), block_of(1 << 31, 1)), (0, 65_535, 1));
    }
}
