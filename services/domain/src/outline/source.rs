//! The draft as non-blank lines, with what Markdown or a word processor says about each.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::markdown;
use super::text::{is_caps, length};
use super::{MAX_LINES, Paragraph};

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
    /// Markdown heading marks (1 to 6) or the level of the paragraph's style (1 to 9); 0 for neither.
    pub hashes: u8,
    /// Whether a word processor says that this is no heading.
    pub quiet: bool,
}

/// A draft's text and its lines.
pub struct Source<'t> {
    /// The whole text, normalised.
    pub text: &'t str,
    /// The first [`MAX_LINES`] non-blank lines.
    pub lines: Vec<Line<'t>>,
    /// The usual length in characters of a full line where the text was wrapped by hand, or 0.
    pub wrap: usize,
    /// Whether a word processor says what is a heading: then nothing in the text is a Markdown mark.
    pub styled: bool,
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
            let Some(mut line) = line(raw, begins, index + 1) else {
                gap = true;
                continue;
            };
            if lines.len() == MAX_LINES {
                break;
            }
            line.gap = std::mem::take(&mut gap);
            line.hashes = heading_marks(line.text);
            lines.push(line);
        }
        let wrap = wrap_width(&lines);
        Self { text, lines, wrap, styled: false }
    }

    /// The lines of paragraphs that [`join`] made into `text`.
    pub fn of_paragraphs(text: &'t str, paragraphs: &[Paragraph]) -> Self {
        let mut lines: Vec<Line<'t>> = Vec::new();
        let (mut starts, mut gap, mut number) = (Vec::new(), true, 1);
        let mut pieces = split(text, paragraphs);
        for paragraph in paragraphs {
            let Some((begins, piece)) = (if is_empty(paragraph) { None } else { pieces.next() }) else {
                gap = true;
                continue;
            };
            let mut start = begins;
            for (inner, raw) in piece.split('\n').enumerate() {
                if let Some(mut line) = line(raw, start, number + inner)
                    && lines.len() < MAX_LINES
                {
                    if inner == 0 {
                        starts.push(lines.len());
                    }
                    line.gap = std::mem::take(&mut gap);
                    line.hashes = if inner == 0 { paragraph.heading.min(9) } else { 0 };
                    line.quiet = paragraph.quiet;
                    lines.push(line);
                }
                start += raw.len() + 1;
            }
            number += piece.matches('\n').count() + BETWEEN.len();
        }
        let wrap = wrap_width(&lines);
        // A paragraph stands apart from the next, unless the right margin made it one or both are the title of one heading.
        for at in starts.into_iter().filter(|_| wrap == 0) {
            let caps = |line: Option<usize>| line.and_then(|i| lines.get(i)).is_some_and(|l| is_caps(l.text));
            let title = caps(Some(at)) && caps(at.checked_sub(1));
            if let Some(line) = lines.get_mut(at) {
                line.gap |= !title;
            }
        }
        Self { text, lines, wrap, styled: true }
    }

    /// The line's words without Markdown marks; empty for a line that doesn't exist.
    pub fn clean(&self, line: usize) -> Cow<'t, str> {
        let line = self.lines.get(line).map_or("", |line| line.text);
        if self.styled { Cow::Borrowed(line) } else { markdown::clean(line) }
    }

    /// Where the text of `line` starts, or the end of the text.
    pub fn start_of(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.text.len(), |l| l.start)
    }
}

/// What stands between two paragraphs of [`join`].
const BETWEEN: &str = "\n\n";

/// The paragraphs as one text, with a blank line between two; empty ones are left out.
pub fn join(paragraphs: &[Paragraph]) -> String {
    let mut text = String::new();
    for paragraph in paragraphs.iter().filter(|paragraph| !is_empty(paragraph)) {
        if !text.is_empty() {
            text.push_str(BETWEEN);
        }
        text.push_str(&normalise(&paragraph.text));
    }
    text
}

/// The paragraphs of a text that [`join`] made, and where each starts.
fn split<'t>(text: &'t str, paragraphs: &[Paragraph]) -> impl Iterator<Item = (usize, &'t str)> {
    let mut start = 0;
    paragraphs.iter().filter(|paragraph| !is_empty(paragraph)).map_while(move |paragraph| {
        let begins = start;
        let end = begins + normalise(&paragraph.text).len();
        start = end + BETWEEN.len();
        text.get(begins..end).map(|piece| (begins, piece))
    })
}

fn is_empty(paragraph: &Paragraph) -> bool {
    paragraph.text.chars().all(is_space)
}

/// A line without what stands beside it; none for a blank one.
fn line(raw: &str, start: usize, number: usize) -> Option<Line<'_>> {
    let body = raw.trim_start_matches(is_space);
    let text = body.trim_end_matches(is_space);
    let before = raw.get(..raw.len() - body.len()).unwrap_or_default();
    let indent = u16::try_from(length(before, 1000)).unwrap_or_default();
    (!text.is_empty()).then_some(Line { text, start, number, gap: false, indent, hashes: 0, quiet: false })
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
    for line in lines.iter().filter(|line| !line.quiet) {
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
