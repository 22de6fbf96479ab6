//! A block: terms in order, each with the comments that hold it in order.
//!
//! ```text
//! block = { gap to the term before, count, [ length in bytes, when count > 1 ], { gap to the comment before } }
//! ```
//!
//! Every number is a varint: seven bits a byte, the lowest first, the eighth says that more follow. The first gap of
//! comments is to the segment's base.

use super::Term;
use crate::{Error, Reason, Result};

/// A block while it is written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    last: Term,
}

impl Writer {
    /// Adds a term greater than those before, with its comments in order, at least one and none below `base`.
    pub(super) fn push(&mut self, term: Term, numbers: &[u32], base: u32) {
        put(&mut self.bytes, term.wrapping_sub(self.last));
        self.last = term;
        put(&mut self.bytes, numbers.len() as u32);
        let mut before = base;
        let gaps = numbers.iter().map(|number| {
            let gap = number.wrapping_sub(before);
            before = *number;
            gap
        });
        if numbers.len() > 1 {
            let gaps: Vec<u32> = gaps.collect();
            let length: usize = gaps.iter().map(|gap| size(*gap)).sum();
            put(&mut self.bytes, length as u32);
            gaps.iter().for_each(|gap| put(&mut self.bytes, *gap));
        } else {
            gaps.for_each(|gap| put(&mut self.bytes, gap));
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The terms of a block, in order.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    last: Term,
}

/// A term of a block with its comments, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The term.
    pub term: Term,
    /// How many comments hold it.
    pub count: u32,
    gaps: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads a block as it was stored.
    #[must_use]
    pub fn new(block: &'a [u8]) -> Self {
        Self { rest: block, last: 0 }
    }

    /// The next term; none at the end.
    ///
    /// # Errors
    /// `INTERNAL` for bytes that are no block.
    #[allow(clippy::should_implement_trait, reason = "each step can fail, and a failed one is the last")]
    pub fn next(&mut self) -> Result<Option<Entry<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let term = self.last.checked_add(take(&mut self.rest)?).ok_or_else(malformed)?;
        let count = take(&mut self.rest)?;
        let length = match count {
            0 => return Err(malformed()),
            1 => self.rest.iter().position(|byte| byte & 0x80 == 0).ok_or_else(malformed)? + 1,
            _ => take(&mut self.rest)? as usize,
        };
        let (gaps, rest) = self.rest.split_at_checked(length).ok_or_else(malformed)?;
        (self.rest, self.last) = (rest, term);
        Ok(Some(Entry { term, count, gaps }))
    }

    /// The comments that hold this term; none when it is not there.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn find(mut self, term: Term) -> Result<Option<Entry<'a>>> {
        while let Some(entry) = self.next()? {
            if entry.term >= term {
                return Ok((entry.term == term).then_some(entry));
            }
        }
        Ok(None)
    }
}

impl Entry<'_> {
    /// Adds the numbers of its comments, in order.
    ///
    /// # Errors
    /// `INTERNAL` for bytes that are no block, or whose numbers are not in order.
    pub fn read(&self, base: u32, numbers: &mut Vec<u32>) -> Result<()> {
        // The gaps take a byte each at least: a count that lies reserves no more than what is there.
        numbers.reserve(self.gaps.len().min(self.count as usize));
        let (mut rest, mut number) = (self.gaps, base);
        for index in 0..self.count {
            let gap = take(&mut rest)?;
            if gap == 0 && index > 0 {
                return Err(malformed());
            }
            number = number.checked_add(gap).ok_or_else(malformed)?;
            numbers.push(number);
        }
        if rest.is_empty() { Ok(()) } else { Err(malformed()) }
    }
}

fn malformed() -> Error {
    Error::new(Reason::Internal, "a block of the search index can't be read")
}

fn put(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn size(value: u32) -> usize {
    (32 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

fn take(rest: &mut &[u8]) -> Result<u32> {
    let mut value = 0;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, after) = rest.split_first().ok_or_else(malformed)?;
        *rest = after;
        let bits = u32::from(byte & 0x7f);
        if shift == 28 && bits > 0x0f {
            return Err(malformed());
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(entries: &[(Term, Vec<u32>)], base: u32) -> Vec<u8> {
        let mut writer = Writer::default();
        entries.iter().for_each(|(term, numbers)| writer.push(*term, numbers, base));
        writer.finish()
    }

    fn read(block: &[u8], base: u32) -> Result<Vec<(Term, Vec<u32>)>> {
        let (mut reader, mut entries) = (Reader::new(block), Vec::new());
        while let Some(entry) = reader.next()? {
            let mut numbers = Vec::new();
            entry.read(base, &mut numbers)?;
            entries.push((entry.term, numbers));
        }
        Ok(entries)
    }

    #[test]
    fn a_block_reads_back_as_it_was_written() {
        let entries = [
            (0, vec![7]),
            (1, vec![7, 8, 1_000_000, u32::MAX]),
            (127, vec![135]),
            (128, (7..1_000).collect()),
            (u32::MAX, vec![u32::MAX]),
        ];
        let block = written(&entries, 7);
        assert_eq!(read(&block, 7).unwrap(), entries);
        for (term, numbers) in &entries {
            let found = Reader::new(&block).find(*term).unwrap().unwrap();
            let mut list = Vec::new();
            found.read(7, &mut list).unwrap();
            assert_eq!(&list, numbers);
        }
        assert!(Reader::new(&block).find(126).unwrap().is_none());
    }

    #[test]
    fn cut_or_changed_bytes_are_refused_or_read_and_never_worse() {
        let block = written(&[(5, vec![1]), (900, (1..300).collect()), (70_000, vec![3, 9])], 0);
        for length in 0..block.len() {
            let _ = read(&block[..length], 0);
        }
        for at in 0..block.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = block.clone();
                changed[at] = value;
                let _ = read(&changed, 0);
            }
        }
        assert!(read(&block[..block.len() - 1], 0).is_err());
        assert!(read(&[0xff; 12], 0).is_err());
    }

    #[test]
    fn a_numbers_size_is_what_it_takes() {
        for value in
            [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, u32::MAX]
        {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            assert_eq!(bytes.len(), size(value), "{value}");
        }
    }
}
