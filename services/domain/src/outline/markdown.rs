//! A line's words without the marks of Markdown and HTML.

use std::borrow::Cow;

/// The longest HTML tag that is taken for one, in bytes.
const LONGEST_TAG: usize = 200;

/// The longest link text and the longest link target, in bytes.
const LONGEST_LINK: usize = 1000;

/// Removes heading marks, emphasis, HTML tags, link targets and escapes.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('#').trim();
    if !text.contains(['*', '_', '\\', '<', '[', '`', '#', '{']) {
        return Cow::Borrowed(text);
    }
    let mut cleaner = Cleaner::new(strip_trailing_attributes(text));
    while cleaner.step().is_some() {}
    Cow::Owned(cleaner.out.trim().to_owned())
}

/// `## Title ##` and `## Title {#anchor}`.
fn strip_trailing_attributes(text: &str) -> &str {
    let text = match text.rfind(" {") {
        Some(at) if text.ends_with('}') => text.get(..at).unwrap_or(text),
        _ => text,
    };
    text.strip_suffix('#').map_or(text, |t| t.trim_end_matches('#').trim_end())
}

/// Finds the next of one byte; asked with growing positions, it reads the text once.
struct Finder {
    byte: u8,
    /// The last answer: nothing earlier is left.
    at: Option<usize>,
}

impl Finder {
    const fn new(byte: u8) -> Self {
        Self { byte, at: Some(0) }
    }

    fn next(&mut self, text: &str, from: usize) -> Option<usize> {
        let known = self.at.filter(|at| *at >= from && text.as_bytes().get(*at) == Some(&self.byte));
        if known.is_none() && self.at.is_some() {
            let rest = text.as_bytes().get(from..).unwrap_or_default();
            self.at = rest.iter().position(|b| *b == self.byte).map(|found| from + found);
        }
        self.at
    }
}

/// Copies a line, leaving its marks out.
struct Cleaner<'t> {
    text: &'t str,
    at: usize,
    out: String,
    tag_end: Finder,
    words_end: Finder,
    target_end: Finder,
}

impl<'t> Cleaner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            out: String::with_capacity(text.len()),
            tag_end: Finder::new(b'>'),
            words_end: Finder::new(b']'),
            target_end: Finder::new(b')'),
        }
    }

    /// Reads on by one character or mark; `None` at the end.
    fn step(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let c = rest.chars().next()?;
        let after = rest.get(c.len_utf8()..)?;
        self.at += c.len_utf8();
        match c {
            '*' if self.out.is_empty() && after.starts_with(' ') => self.out.push(c),
            '*' | '`' => {}
            '_' if after.starts_with('_') || self.out.is_empty() || after.is_empty() => {}
            '_' if self.out.ends_with(' ') || after.starts_with([' ', '.', ',', ')']) => {}
            '\\' if after.starts_with(|n: char| n.is_ascii_punctuation()) => {
                self.out.extend(after.chars().next());
                self.at += 1;
            }
            '<' if self.tag(after).is_some() => {}
            '[' if self.link().is_some() => {}
            _ => self.out.push(c),
        }
        Some(())
    }

    /// Skips an HTML tag whose `<` was just read.
    fn tag(&mut self, after: &str) -> Option<()> {
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            return None;
        }
        let end = self.tag_end.next(self.text, self.at)?;
        if end - self.at > LONGEST_TAG {
            return None;
        }
        self.at = end + 1;
        Some(())
    }

    /// Keeps the words of `[words](target)` whose `[` was just read.
    fn link(&mut self) -> Option<()> {
        let close = self.words_end.next(self.text, self.at)?;
        let target = close + 2;
        if close - self.at > LONGEST_LINK || self.text.as_bytes().get(close + 1) != Some(&b'(') {
            return None;
        }
        let end = self.target_end.next(self.text, target)?;
        if end - target > LONGEST_LINK {
            return None;
        }
        let words = self.text.get(self.at..close)?;
        self.out.push_str(words);
        self.at = end + 1;
        Some(())
    }
}
