//! Reading words without minding case, accents and the slips of optical character recognition.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// How far into a line its case is judged, in characters.
const CASE_WINDOW: usize = 400;

/// The most combining marks that are read over between two letters.
const MAX_ACCENTS: usize = 4;

/// The base letter in lower case, without its accents; `None` for a combining mark.
pub fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c.to_ascii_lowercase());
    }
    if matches!(c, 'Đ' | 'đ' | 'Ð' | 'ð' | 'Ɖ') {
        return Some('d');
    }
    if is_combining_mark(c) {
        return None;
    }
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    base.map(|b| b.to_ascii_lowercase())
}

/// What follows `words` at the start of `text`. `words` is in folded form; a space stands for any white space.
/// The words must end where a word ends.
pub fn strip_words<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let mut rest = text;
    for wanted in words.chars() {
        if wanted == ' ' {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
            continue;
        }
        let (mut found, mut accents) = (None, 0);
        while found.is_none() && accents < MAX_ACCENTS {
            let next = rest.chars().next()?;
            rest = rest.get(next.len_utf8()..)?;
            found = fold(next);
            accents += 1;
        }
        if found != Some(wanted) {
            return None;
        }
    }
    let rest = rest.trim_start_matches(is_combining_mark);
    (!rest.starts_with(char::is_alphabetic)).then_some(rest)
}

/// What follows the first of `choices` that starts `text`, and which one it was.
pub fn strip_any<'t>(text: &'t str, choices: &[&'static str]) -> Option<(&'static str, &'t str)> {
    choices.iter().find_map(|words| strip_words(text, words).map(|rest| (*words, rest)))
}

/// Whether `text` starts with one of `choices`, as [`strip_words`] reads them.
pub fn starts_any(text: &str, choices: &[&'static str]) -> bool {
    strip_any(text, choices).is_some()
}

/// Whether `text` is set in capitals: at least two letters, four fifths of them upper case.
pub fn is_caps(text: &str) -> bool {
    let (mut upper, mut lower) = (0_usize, 0_usize);
    for c in text.chars().take(CASE_WINDOW) {
        if c.is_uppercase() {
            upper += 1;
        } else if c.is_lowercase() {
            lower += 1;
        }
    }
    upper >= 2 && upper >= lower * 4
}

/// Whether the first letter or digit of `text` is a lower-case letter.
pub fn starts_lower(text: &str) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase)
}

/// Whether the first character of `text` is an upper-case letter.
pub fn starts_upper(text: &str) -> bool {
    text.starts_with(char::is_uppercase)
}

/// Whether a sentence or a list item ends with `text`, so that the next line starts something new.
pub fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(is_quote).ends_with(['.', ':', ';', '!', '?', '…', '/'])
}

/// Whether `c` opens or closes a quotation.
pub const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»')
}

/// Whether `text` has no words to read: empty, or only the dots of a blank to fill in.
pub fn is_blank_to_fill(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// The number of characters, counted no further than `most`.
pub fn length(text: &str, most: usize) -> usize {
    text.chars().take(most).count()
}
