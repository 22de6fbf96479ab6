//! Text as it enters: trimmed, NFC, without NUL and other control characters, bounded in code points.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

use crate::{Error, Result};

/// The longest comment, proposed change or explanation, in code points.
pub const MAX_LONG_TEXT: usize = 50_000;
/// The longest title, name or heading, in code points.
pub const MAX_SHORT_TEXT: usize = 500;
/// The longest label, letter number or code, in code points.
pub const MAX_LABEL: usize = 100;
/// The longest text of one section, in code points.
pub const MAX_SECTION_TEXT: usize = 1_000_000;

/// The text in its stored form, or why it can't be stored.
///
/// # Errors
/// `INVALID_FIELD` when it holds a control character other than tab and line feed, or is longer than `max` code points.
pub fn clean(field: &str, text: &str, max: usize) -> Result<String> {
    // NFC of hostile text can be long: look at the bytes first (4 a code point, and NFC shrinks at most threefold).
    if text.len() > max.saturating_mul(12).saturating_add(4096) {
        return Err(Error::field(field, format!("must be at most {max} characters")));
    }
    let text = text.trim();
    if is_plain(text) {
        let length = text.chars().count();
        return if length > max { Err(too_long(field, length, max)) } else { Ok(text.to_owned()) };
    }
    let text: String = if is_nfc(text) { text.to_owned() } else { text.nfc().collect() };
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    let mut length = 0;
    let mut control = None;
    for c in text.chars() {
        length += 1;
        if c.is_control() && c != '\n' && c != '\t' {
            control = control.or(Some(c));
        }
    }
    if length > max {
        return Err(too_long(field, length, max));
    }
    if let Some(bad) = control {
        return Err(Error::field(
            field,
            format!("must not contain the control character U+{:04X}", u32::from(bad)),
        ));
    }
    Ok(text)
}

fn too_long(field: &str, length: usize, max: usize) -> Error {
    Error::field(field, format!("must be at most {max} characters, is {length}"))
}

/// Whether the text is stored as it is: no control character but tab and line feed, and each character stands for itself in
/// NFC whatever is beside it. So do all of Latin, Vietnamese letters among them: almost every text is spared the look
/// into Unicode's tables. False for some that are.
///
/// Each byte is weighed with the two behind it, and none decides which is next: so many are weighed at once.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let whole = bytes.windows(3).fold(true, |plain, window| match window {
        [byte, next, after] => plain & begins_plain(*byte, *next, *after),
        _ => plain,
    });
    whole
        & match bytes {
            [.., before, last] => begins_plain(*before, *last, 0) & begins_plain(*last, 0, 0),
            [only] => begins_plain(*only, 0, 0),
            [] => true,
        }
}

/// Whether this byte, with those that follow it, can stand in a plain text.
fn begins_plain(byte: u8, next: u8, after: u8) -> bool {
    let ascii = (b' '..=b'~').contains(&byte) | (byte == b'\t') | (byte == b'\n');
    let continues = (0x80..=0xBF).contains(&byte);
    // U+00A0 to U+00BF, to U+02FF; U+1E00 to U+1EFF; U+2010 to U+2027.
    let latin = (byte == 0xC2) & (next >= 0xA0) | (0xC3..=0xCB).contains(&byte);
    let vietnamese = (byte == 0xE1) & (0xB8..=0xBB).contains(&next);
    let quotes = (byte == 0xE2) & (next == 0x80) & (0x90..=0xA7).contains(&after);
    ascii | continues | latin | vietnamese | quotes
}

/// As [`clean`], and not empty.
///
/// # Errors
/// As [`clean`], and `INVALID_FIELD` when nothing is left after trimming.
pub fn required(field: &str, text: &str, max: usize) -> Result<String> {
    let text = clean(field, text, max)?;
    if text.is_empty() {
        return Err(Error::field(field, format!("is required: 1 to {max} characters")));
    }
    Ok(text)
}

/// The form that search compares: blind to case and to diacritics, đ as d, white space as one space.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_whitespace() {
            space = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            folded.push(' ');
        }
        folded.push(if c == 'đ' { 'd' } else { c });
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nfd_and_nfc_become_the_same_text() {
        let decomposed: String = "Tiếp thu một phần".nfd().collect();
        assert_eq!(clean("text", &decomposed, 100).unwrap(), "Tiếp thu một phần");
    }

    #[test]
    fn what_is_taken_for_plain_is_stored_as_it_is() {
        let plain = (0..0x11_0000).filter_map(char::from_u32).filter(|c| is_plain(&format!("a{c}a{c}")));
        let mut seen = 0;
        for c in plain {
            seen += 1;
            let text = format!("a{c}a{c}");
            assert!(is_plain(&c.to_string()) && is_plain(&format!("{c}a")), "U+{:04X}", u32::from(c));
            assert!(is_nfc(&text) && !is_combining_mark(c), "U+{:04X}", u32::from(c));
            assert!(!c.is_control() || c == '\n' || c == '\t', "U+{:04X}", u32::from(c));
        }
        assert_eq!(seen, 2 + 0x5F + (0x300 - 0xA0) + 0x100 + 0x18);
    }

    #[test]
    fn a_nul_is_refused_by_name() {
        let error = clean("comment.text", "a\0b", 100).unwrap_err();
        assert_eq!(error.violations[0].field, "comment.text");
        assert!(error.message.contains("U+0000"));
    }

    #[test]
    fn the_bound_is_in_code_points_and_stands_in_the_error() {
        assert!(clean("t", &"ế".repeat(10), 10).is_ok());
        let error = clean("t", &"ế".repeat(11), 10).unwrap_err();
        assert_eq!(error.message, "t: must be at most 10 characters, is 11");
        assert!(clean("t", &"a".repeat(10_000), 10).is_err());
    }

    #[test]
    fn line_ends_are_line_feeds_and_the_edges_are_trimmed() {
        assert_eq!(clean("t", "  a\r\nb\r ", 10).unwrap(), "a\nb");
    }

    #[test]
    fn folding_is_blind_to_case_marks_and_d() {
        assert_eq!(fold("Đề nghị  RÀ SOÁT\nsố liệu"), "de nghi ra soat so lieu");
    }
}
