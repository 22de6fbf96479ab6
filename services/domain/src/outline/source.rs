//! The draft as non-blank lines, with what Markdown says about each.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::MAX_LINES;
use super::markdown;
use super::text::length;

/// One non-blank line.
pub struct Line<'t> {
    /// The line without white space around it.
    pub text: &'t str,
    /// Where the line starts in the text, in bytes.
    pub start: usize,
    /// The line's number, from 1.
    pub number: usize,
    /// Whether a blank line stands before it.
    pub gap: bool,
    /// White space characters before the text.
    pub indent: u16,
    /// Markdown heading marks (1 to 6), or 0.
    pub hashes: u8,
}

/// A draft's text and its lines.
pub struct Source<'t> {
    /// The whole text, normalised.
    pub text: &'t str,
    /// The first [`MAX_LINES`] non-blank lines.
    pub lines: Vec<Line<'t>>,
    /// The usual length in characters of a full line where the text was wrapped by hand, or 0.
    pub wrap: usize,
}

/// NFC, without byte order marks; `\r\n` is left for the line splitter.
pub fn normalise(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{feff}');
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// White space, and the invisible characters that word processors leave behind.
const fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}')
}

impl<'t> Source<'t> {
    /// Splits `text` into lines.
    pub fn new(text: &'t str) -> Self {
        let mut lines = Vec::new();
        let (mut start, mut gap) = (0, true);
        for (index, raw) in text.split('\n').enumerate() {
            let begins = start;
            start += raw.len() + 1;
            let body = raw.trim_start_matches(is_space);
            let trimmed = body.trim_end_matches(is_space);
            if trimmed.is_empty() {
                gap = true;
                continue;
            }
            if lines.len() == MAX_LINES {
                break;
            }
            let before = raw.get(..raw.len() - body.len()).unwrap_or_default();
            let indent = u16::try_from(length(before, 1000)).unwrap_or_default();
            let hashes = heading_marks(trimmed);
            lines.push(Line { text: trimmed, start: begins, number: index + 1, gap, indent, hashes });
            gap = false;
        }
        let wrap = wrap_width(&lines);
        Self { text, lines, wrap }
    }

    /// The line's words without Markdown marks; empty for a line that doesn't exist.
    pub fn clean(&self, line: usize) -> Cow<'t, str> {
        self.lines.get(line).map_or(Cow::Borrowed(""), |l| markdown::clean(l.text))
    }

    /// Where the text of `line` starts, or the end of the text.
    pub fn start_of(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.text.len(), |l| l.start)
    }
}

/// The number of `#` marks that make `text` a Markdown heading.
fn heading_marks(text: &str) -> u8 {
    let rest = text.trim_start_matches('#');
    let count = text.len() - rest.len();
    let heads = (1..=6).contains(&count) && rest.starts_with([' ', '\t']);
    if heads { u8::try_from(count).unwrap_or_default() } else { 0 }
}

/// The length that nine lines in ten don't pass, if the text looks wrapped at some width; else 0.
fn wrap_width(lines: &[Line<'_>]) -> usize {
    const WIDEST: usize = 140;
    let mut counts = [0_usize; WIDEST + 1];
    let (mut total, mut over) = (0_usize, 0_usize);
    for line in lines {
        let long = length(line.text, WIDEST + 1);
        if long <= 20 {
            continue;
        }
        total += 1;
        match counts.get_mut(long) {
            Some(count) => *count += 1,
            None => over += 1,
        }
    }
    if total < 20 || over * 20 > total {
        return 0;
    }
    let mut seen = 0;
    for (long, count) in counts.iter().enumerate() {
        seen += count;
        if seen * 10 >= total * 9 {
            return long;
        }
    }
    0
}
