//! The numbers of headings: `5a`, `IV`, `2.1`, `đ`, `thứ nhất`.

use super::text::strip_words;

/// The most dotted parts of a number.
const MAX_PARTS: usize = 6;

/// The order of the letters of points, with those that Vietnamese lists leave out.
const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// A heading's number, comparable with its neighbours'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number {
    /// `[2, 1]` for `2.1`; the unused parts are 0.
    parts: [u32; MAX_PARTS],
    /// How many parts there are.
    len: usize,
    /// The rank of a letter after the number: 0 for none, so that `5 < 5a < 5b`.
    pub suffix: u32,
    /// Whether it was read from letters that look like digits.
    pub noisy: bool,
}

impl Number {
    /// A number of one part.
    pub fn single(value: u32) -> Self {
        let mut number = Self::default();
        number.push(value);
        number
    }

    fn push(&mut self, value: u32) -> bool {
        match self.parts.get_mut(self.len) {
            Some(part) => {
                *part = value;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// How many dotted parts it has.
    pub const fn depth(&self) -> usize {
        self.len
    }

    /// The last part.
    pub fn last(&self) -> u32 {
        self.len.checked_sub(1).and_then(|i| self.parts.get(i)).copied().unwrap_or_default()
    }

    /// The parts before the last.
    pub fn prefix(&self) -> &[u32] {
        self.parts.get(..self.len.saturating_sub(1)).unwrap_or_default()
    }

    /// All parts.
    pub fn parts(&self) -> &[u32] {
        self.parts.get(..self.len).unwrap_or_default()
    }
}

/// Splits a run of the characters that `keep` accepts from the start of `text`, at most `most` bytes.
fn run(text: &str, most: usize, keep: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|c| !keep(c)).unwrap_or(text.len());
    if end == 0 || end > most { None } else { Some((text.get(..end)?, text.get(end..)?)) }
}

/// `5`, `5a`, `41b1`, and with look-alike letters `l5` or `2O`. The token, the number and the rest.
pub fn plain(text: &str) -> Option<(&str, Number, &str)> {
    let (token, _) = run(text, 8, char::is_alphanumeric)?;
    let (mut value, mut noisy, mut digits) = (0_u32, false, 0);
    let mut chars = token.chars();
    let mut suffix = 0;
    while let Some(c) = chars.clone().next() {
        let rest_has_digits = chars.clone().any(|d| d.is_ascii_digit());
        let digit = match c {
            '0'..='9' => c.to_digit(10),
            'l' | 'I' | 'i' if digits == 0 || rest_has_digits => Some(1),
            'O' | 'o' if digits > 0 => Some(0),
            'S' | 's' if digits == 0 || rest_has_digits => Some(5),
            _ => None,
        };
        let Some(digit) = digit else { break };
        noisy |= !c.is_ascii_digit();
        value = value * 10 + digit;
        digits += 1;
        chars.next();
    }
    if digits == 0 || digits > 4 || value == 0 {
        return None;
    }
    let tail = chars.as_str();
    if let Some(c) = tail.chars().next() {
        let after = tail.get(c.len_utf8()..)?;
        if !after.is_empty() && !after.chars().all(|d| d.is_ascii_digit()) {
            return None;
        }
        suffix = letter_rank(c)? * 100 + after.parse::<u32>().unwrap_or_default().min(99);
    }
    let mut number = Number::single(value);
    number.suffix = suffix;
    number.noisy = noisy;
    Some((token, number, text.get(token.len()..)?))
}

/// `1`, `01`, `2.1`, `6.1.27.2`, `1a`; at most three digits a part. The token, the number and the rest.
pub fn dotted(text: &str) -> Option<(&str, Number, &str)> {
    let mut number = Number::default();
    let mut rest = text;
    loop {
        let (digits, after) = run(rest, 3, |c| c.is_ascii_digit())?;
        if number.len > 0 && digits.starts_with('0') {
            return None;
        }
        if !number.push(digits.parse().ok()?) {
            return None;
        }
        rest = after;
        match rest.strip_prefix('.') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    if let Some(c) = rest.chars().next().filter(|c| c.is_lowercase()) {
        let after = rest.get(c.len_utf8()..)?;
        if number.len != 1 || !after.starts_with(['.', ')']) {
            return None;
        }
        number.suffix = letter_rank(c)? * 100;
        rest = after;
    }
    let token = text.get(..text.len() - rest.len())?;
    Some((token, number, rest))
}

/// `IV` and, from scanned text, `1V`, `Il` or `H` (for `II`); at most 89. The token, the number and the rest.
pub fn roman(text: &str) -> Option<(String, Number, &str)> {
    let (token, rest) = run(text, 8, char::is_alphanumeric)?;
    let (numerals, tail) = match token.strip_suffix(|c: char| c.is_lowercase() && c != 'l') {
        Some(head) if !head.is_empty() => (head, token.get(head.len()..)?),
        _ => (token, ""),
    };
    let noisy = numerals.contains(|c| !"IVXLC".contains(c));
    let mended: String = numerals
        .chars()
        .flat_map(|c| match c {
            '1' | 'l' | 'Ι' | 'І' => [Some('I'), None],
            'H' => [Some('I'), Some('I')],
            _ => [Some(c), None],
        })
        .flatten()
        .collect();
    let value = roman_value(&mended)?;
    let mut number = Number::single(value);
    number.noisy = noisy;
    if let Some(c) = tail.chars().next() {
        number.suffix = letter_rank(c)? * 100;
    }
    Some((mended + tail, number, rest))
}

/// The value of a Roman number in its usual form.
fn roman_value(token: &str) -> Option<u32> {
    const UNITS: [(&str, u32); 9] =
        [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    let (mut value, mut rest) = (0, token);
    for (unit, worth) in UNITS {
        let mut times = 0;
        while let Some(after) = rest.strip_prefix(unit) {
            times += 1;
            if times > 3 || (times > 1 && !matches!(worth, 1 | 10)) {
                return None;
            }
            value += worth;
            rest = after;
        }
    }
    (value > 0 && value < 90 && rest.is_empty()).then_some(value)
}

/// `thứ nhất`, `thứ hai`, … `thứ mười`. The words, the number and the rest.
pub fn ordinal(text: &str) -> Option<(&'static str, Number, &str)> {
    const WORDS: [(&str, &str, u32); 13] = [
        ("thu nhat", "thứ nhất", 1),
        ("thu hai", "thứ hai", 2),
        ("thu ba", "thứ ba", 3),
        ("thu tu", "thứ tư", 4),
        ("thu nam", "thứ năm", 5),
        ("thu sau", "thứ sáu", 6),
        ("thu bay", "thứ bảy", 7),
        ("thu tam", "thứ tám", 8),
        ("thu chin", "thứ chín", 9),
        ("thu muoi mot", "thứ mười một", 11),
        ("thu muoi hai", "thứ mười hai", 12),
        ("thu muoi", "thứ mười", 10),
        ("mot", "một", 1),
    ];
    WORDS.iter().find_map(|(folded, words, value)| {
        strip_words(text, folded).map(|rest| (*words, Number::single(*value), rest))
    })
}

/// `a`, `đ`, `a1`: one lower-case letter and perhaps a digit. The token, the number and the rest.
pub fn letter(text: &str) -> Option<(&str, Number, &str)> {
    let (token, rest) = run(text, 4, char::is_alphanumeric)?;
    let first = token.chars().next().filter(|c| c.is_lowercase())?;
    let digits = token.get(first.len_utf8()..)?;
    if digits.len() > 1 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let mut number = Number::single(letter_rank(first)?);
    number.suffix = digits.parse().unwrap_or_default();
    Some((token, number, rest))
}

/// `A`, `B`, `Đ`: one upper-case letter. The token, the number and the rest.
pub fn capital(text: &str) -> Option<(&str, Number, &str)> {
    let (token, rest) = run(text, 2, char::is_alphanumeric)?;
    let mut chars = token.chars();
    let first = chars.next().filter(|c| c.is_uppercase())?;
    if chars.next().is_some() {
        return None;
    }
    let lower = first.to_lowercase().next()?;
    Some((token, Number::single(letter_rank(lower)?), rest))
}

/// The place of a letter in lists, from 1.
fn letter_rank(letter: char) -> Option<u32> {
    let at = LETTERS.chars().position(|c| c == letter)?;
    u32::try_from(at + 1).ok()
}
