//! Standards and other texts with numbered English headings, and Markdown without any numbering.

use super::level::Level;
use super::number;
use super::shadow::{self, Light};
use super::source::Source;
use super::text::{ends_sentence, length, starts_any, strip_words};
use super::tree::{Entries, Entry};

/// The longest heading of a plain text, in characters.
const LONGEST: usize = 120;

/// The longest heading whose single number has no full stop, in characters: more is a sentence.
const SHORT: usize = 70;

/// The units that a standard numbers, as they are folded and as they are written: first the [`ENGLISH`] ones, then those of
/// Vietnamese standards, which are believed only where the heading is marked as one.
const UNITS: [(&str, &str); 10] = [
    ("appendix", "Appendix"),
    ("annex", "Annex"),
    ("attachment", "Attachment"),
    ("chapter", "Chapter"),
    ("part", "Part"),
    ("article", "Article"),
    ("section", "Section"),
    ("phu luc", "Phụ lục"),
    ("chuong", "Chương"),
    ("phan", "Phần"),
];
const ENGLISH: usize = 7;

/// A heading's label, what its children's labels start with, its title and how deep its number is.
struct Head {
    label: String,
    key: String,
    title: String,
    depth: u8,
    appendix: bool,
}

/// The headings of a text that isn't a Vietnamese document.
pub fn entries(source: &Source<'_>) -> Vec<Entry> {
    let lights = shadow::lights(source);
    let marked = marked(source, &lights);
    let numbered = marked.iter().filter(|(_, head)| !head.label.is_empty()).count();
    let bare = marked.len() - numbered;
    // An author who styles a heading means it; a `#` in a converted file may be a slip.
    if numbered >= 3 && numbered * 2 >= bare && !source.styled {
        return nest_marked(source, marked.into_iter().filter(|(_, head)| !head.label.is_empty()));
    }
    let plain = plain(source, &lights);
    if plain.len() >= 3 && plain.len() > marked.len() {
        return plain;
    }
    nest_marked(source, marked.into_iter())
}

/// The Markdown headings, with their lines.
fn marked(source: &Source<'_>, lights: &[Light]) -> Vec<(usize, Head)> {
    let mut heads = Vec::new();
    for (index, line) in source.lines.iter().enumerate() {
        if line.hashes == 0 || lights.get(index) == Some(&Light::Hidden) {
            continue;
        }
        let clean = source.clean(index);
        let head = numbered(&clean, true).filter(|head| !is_date(head));
        let head = head.unwrap_or_else(|| Head {
            label: String::new(),
            key: String::new(),
            title: clean.into_owned(),
            depth: line.hashes,
            appendix: false,
        });
        if !head.title.is_empty() || !head.label.is_empty() {
            heads.push((index, head));
        }
    }
    heads
}

/// Gives each Markdown heading its parent: the one whose number it continues, else by the number of marks.
fn nest_marked(source: &Source<'_>, heads: impl Iterator<Item = (usize, Head)>) -> Vec<Entry> {
    let mut entries = Entries::default();
    for (line, head) in heads {
        let marks = source.lines.get(line).map_or(1, |l| l.hashes);
        push(&mut entries, line, head, Level::Heading(marks), marks);
    }
    entries.list
}

fn push(entries: &mut Entries, line: usize, head: Head, level: Level, rank: u8) {
    let entry = Entry { level, label: head.label, heading: head.title, parent: None, line, last: line };
    let parent = head.key.rsplit_once('.').map(|(above, _)| above.to_owned());
    match parent {
        Some(above) => entries.add_under(rank, entry, |open| {
            let key = open.label.rsplit(' ').next().unwrap_or_default();
            key == above
        }),
        None => entries.add(rank, entry),
    }
}

/// `1 Introduction`, `1.1. Scope`, `C.1 File size`, `Appendix A. …`, `Chapter 2: …`. With `marked`, a single number
/// needs no full stop.
fn numbered(text: &str, marked: bool) -> Option<Head> {
    let units = if marked { UNITS.as_slice() } else { UNITS.get(..ENGLISH).unwrap_or_default() };
    let unit = units.iter().find_map(|(folded, word)| Some((*word, strip_words(text, folded)?)));
    if let Some((word, rest)) = unit {
        let rest = rest.trim_start();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '.')).unwrap_or(rest.len());
        let token = rest.get(..end)?.trim_end_matches('.');
        let digits = token.chars().all(|c| c.is_ascii_digit() || c == '.');
        let letter = token.len() == 1 && token.starts_with(char::is_uppercase);
        let roman = number::roman(token).is_some_and(|(_, number, rest)| rest.is_empty() && !number.noisy);
        if token.is_empty() || !(digits || letter || roman) {
            return None;
        }
        let title = title_of(rest.get(token.len()..)?);
        let appendix = matches!(word, "Appendix" | "Annex" | "Attachment" | "Phụ lục");
        return Some(Head {
            label: format!("{word} {token}"),
            key: token.to_owned(),
            title,
            depth: 1,
            appendix,
        });
    }
    let (token, depth, rest) = match number::dotted(text) {
        Some((token, number, rest)) if number.suffix == 0 => (token.to_owned(), number.depth(), rest),
        Some(_) => return None,
        None => lettered(text)?,
    };
    let separate = rest.starts_with(['.', ':', ')']) || rest.starts_with(char::is_whitespace);
    let spaced = rest.trim_start_matches(['.', ':', ')']);
    let bare = depth == 1 && !marked && !rest.starts_with('.');
    if bare && (length(rest, SHORT + 1) > SHORT || token.len() > 2) {
        return None;
    }
    if !separate || !(spaced.is_empty() || spaced.starts_with(char::is_whitespace)) {
        return None;
    }
    let title = title_of(rest);
    let depth = u8::try_from(depth).unwrap_or(6);
    (!title.is_empty()).then_some(Head { label: token.clone(), key: token, title, depth, appendix: false })
}

/// `C.1`, `A.2.1`, and `A` before a full stop. The token, its depth and the rest.
fn lettered(text: &str) -> Option<(String, usize, &str)> {
    let (letter, _, rest) = number::capital(text)?;
    if let Some((token, number, after)) = rest.strip_prefix('.').and_then(number::dotted) {
        return (number.suffix == 0).then(|| (format!("{letter}.{token}"), number.depth() + 1, after));
    }
    rest.starts_with(". ").then(|| (letter.to_owned(), 1, rest))
}

/// The words after a label, without the mark between.
fn title_of(rest: &str) -> String {
    rest.trim_start().trim_start_matches(['.', ':', ')', '-', '–', '—']).trim().to_owned()
}

/// `18 November 2022` under a title.
fn is_date(head: &Head) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let year = head
        .title
        .rsplit(' ')
        .next()
        .is_some_and(|last| last.len() == 4 && last.bytes().all(|b| b.is_ascii_digit()));
    year && head.depth == 1 && starts_any(&head.title, &MONTHS)
}

/// The numbered headings of a text without Markdown marks: short lines that continue the numbering and stand apart.
fn plain(source: &Source<'_>, lights: &[Light]) -> Vec<Entry> {
    let mut entries = Entries::default();
    let mut current: Vec<u32> = Vec::new();
    let mut list: Option<(usize, u32)> = None;
    let (mut appendices, mut latest) = (0, None);
    for (index, line) in source.lines.iter().enumerate() {
        if lights.get(index) != Some(&Light::Open)
            || line.indent > 3
            || length(line.text, LONGEST + 1) > LONGEST
        {
            continue;
        }
        let clean = source.clean(index);
        let Some(head) = numbered(&clean, false) else { continue };
        let apart = line.gap || latest == index.checked_sub(1);
        let alone = line.gap && source.lines.get(index + 1).is_none_or(|next| next.gap);
        let titled = apart && is_title(&head.title, alone && head.depth > 1);
        let depth = head.depth;
        if head.appendix {
            if apart && (head.title.is_empty() || titled) {
                appendices += 1;
                current.clear();
                latest = Some(index);
                push(&mut entries, index, head, Level::Appendix, 1);
            }
            continue;
        }
        if head.label.contains(' ') || head.key.starts_with(char::is_alphabetic) {
            if titled && (head.label.contains(' ') || (appendices > 0 && depth > 1)) {
                latest = Some(index);
                push(&mut entries, index, head, Level::Heading(depth), depth);
            }
            continue;
        }
        let parts: Vec<u32> = head.key.split('.').filter_map(|part| part.parse().ok()).collect();
        let value = parts.last().copied().unwrap_or_default();
        let in_list = list.is_some_and(|(at, last)| value == last + 1 && index - at < 12) && parts.len() == 1;
        if titled && !in_list && appendices == 0 && follows(&current, &parts) {
            current = parts;
            list = None;
            latest = Some(index);
            push(&mut entries, index, head, Level::Heading(depth), depth);
        } else if parts.len() == 1 && (value == 1 || in_list) {
            list = Some((index, value));
        }
    }
    entries.list
}

/// Whether `title` could be a heading's: it is no sentence, and starts with a capital letter unless `any_case`.
fn is_title(title: &str, any_case: bool) -> bool {
    let starts = any_case || title.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    starts && !ends_sentence(title) && !title.ends_with(',') && !title.contains(". ")
}

/// Whether a number comes next after `current`: its first child, or the next of itself or of one above it. Of dotted
/// numbers a few may be missing.
fn follows(current: &[u32], next: &[u32]) -> bool {
    let first = current.first().copied().unwrap_or_default();
    match next {
        [] => false,
        [single] => *single == first + 1 || (!current.is_empty() && *single == first + 2),
        [top, second, ..] => {
            let before = if *top == first { current.get(1).copied().unwrap_or_default() } else { 0 };
            let near = (*top == first || *top == first + 1) && *second <= before + 3;
            near && next > current && !next.contains(&0)
        }
    }
}
