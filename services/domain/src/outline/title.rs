//! Headings that run over several lines.

use super::label::{self, Kind, Mark};
use super::shadow::Light;
use super::source::Source;
use super::text::{ends_sentence, is_blank_to_fill, is_caps, length, starts_any, starts_lower};

/// The most lines that a heading takes.
const MAX_LINES: usize = 8;

/// How a document of the state starts: what is under these words is not a title.
const LETTERHEAD: [&str; 21] = [
    "cong hoa xa hoi",
    "doc lap",
    "ten co quan",
    "ten to chuc",
    "ten don vi",
    "ten doanh nghiep",
    "co quan",
    "uy ban",
    "ubnd",
    "ubnd tinh",
    "hdnd",
    "hoi dong nhan dan",
    "tong cuc",
    "don vi",
    "doanh nghiep",
    "noi nhan",
    "kinh gui",
    "dang cong san",
    "socialist republic",
    "independence",
    "chinh phu",
];

/// How the names of issuing bodies start, at the top of a form.
const ISSUERS: [&str; 6] = ["bo", "so", "cuc", "cong ty", "tong cong ty", "truong"];

/// Whether `text` belongs to the head of a document: the motto, the issuing body, a blank to fill in, a ruler.
pub fn is_letterhead(text: &str) -> bool {
    starts_any(text, &LETTERHEAD)
        || text.contains("CỘNG HÒA XÃ HỘI")
        || text.contains("....")
        || text.contains("……")
        || is_blank_to_fill(text)
}

/// Whether a line only holds a page number.
pub fn is_page_number(text: &str) -> bool {
    text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a line says to which document this one is attached: `(Ban hành kèm theo Quyết định số …`.
pub fn is_attachment_note(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '[', '*', '_', ' ']);
    starts_any(
        text,
        &[
            "ban hanh kem theo",
            "kem theo",
            "ban hanh theo",
            "duoc ban hanh",
            "dinh kem",
            "phe duyet kem theo",
        ],
    )
}

/// Reads the heading of `mark` on from its first line: the whole heading, and its last line.
pub fn read(source: &Source<'_>, lights: &[Light], mark: &Mark) -> (String, usize) {
    match mark.kind {
        Kind::Part | Kind::Chapter | Kind::Section | Kind::Subsection | Kind::Roman | Kind::Capital => {
            capitals(source, lights, mark, mark.title.is_empty())
        }
        Kind::Appendix => capitals(source, lights, mark, true),
        Kind::Form => capitals(source, lights, mark, mark.title.is_empty()),
        Kind::Article if mark.title.is_empty() => untitled(source, lights, mark),
        Kind::Article => broken(source, lights, mark),
        _ => wrapped(source, lights, mark.line, mark.title.clone()),
    }
}

/// A title in capitals that goes on, or starts, on the next lines. Over a blank line only if `over_gap`.
fn capitals(source: &Source<'_>, lights: &[Light], mark: &Mark, over_gap: bool) -> (String, usize) {
    if is_attachment_note(&mark.title) {
        return (String::new(), mark.line);
    }
    let mut title = mark.title.clone();
    let mut last = mark.line;
    if !title.is_empty() && !is_caps(&title) {
        return wrapped(source, lights, last, title);
    }
    for line in mark.line + 1..=mark.line + MAX_LINES {
        let Some(next) = source.lines.get(line) else { break };
        let words = source.clean(line);
        if is_page_number(&words) && title.is_empty() {
            continue;
        }
        if words == title && !title.is_empty() {
            last = line;
            continue;
        }
        let starts = title.is_empty();
        let own = source.lines.get(mark.line).map_or(0, |l| l.hashes);
        let alike = is_caps(&words) || (source.styled && next.hashes == own);
        let head = next.hashes > 0 && !(starts && mark.marked && alike);
        let stop = head
            || lights.get(line) == Some(&Light::Hidden)
            || (next.gap && !(over_gap && (starts || mark.kind == Kind::Appendix)))
            || is_attachment_note(&words)
            || (matches!(mark.kind, Kind::Form | Kind::Appendix) && is_letterhead(&words))
            || (mark.kind == Kind::Form && starts_any(&words, &ISSUERS))
            || is_blank_to_fill(&words)
            || label::read(&words, false, line).is_some();
        if stop {
            break;
        }
        if is_caps(&words) {
            if !title.is_empty() {
                title.push(' ');
            }
            title.push_str(&words);
            last = line;
        } else if starts && mark.kind != Kind::Form && !ends_sentence(&words) && length(&words, 201) <= 200 {
            return wrapped(source, lights, line, words.into_owned());
        } else {
            break;
        }
    }
    (title, last)
}

/// An article whose number stands alone: its title is the next line, if that is no paragraph.
fn untitled(source: &Source<'_>, lights: &[Light], mark: &Mark) -> (String, usize) {
    let line = mark.line + 1;
    let words = source.clean(line);
    let next = source.lines.get(line);
    let titled = next.is_some_and(|l| l.hashes == 0)
        && lights.get(line) != Some(&Light::Hidden)
        && !ends_sentence(&words)
        && !starts_lower(&words)
        && length(&words, 161) <= 160
        && label::read(&words, false, line).is_none();
    if titled { wrapped(source, lights, line, words.into_owned()) } else { (String::new(), mark.line) }
}

/// An article's title: a next line that starts in lower case belongs to it, whatever stands between.
fn broken(source: &Source<'_>, lights: &[Light], mark: &Mark) -> (String, usize) {
    let line = mark.line + 1;
    let words = source.clean(line);
    let next = source.lines.get(line);
    let goes_on = words.starts_with(char::is_lowercase)
        && !ends_sentence(&mark.title)
        && next.is_some_and(|l| l.hashes == 0 && length(l.text, 201) <= 200)
        && lights.get(line) != Some(&Light::Hidden)
        && label::read(&words, false, line).is_none();
    if goes_on {
        wrapped(source, lights, line, format!("{} {words}", mark.title))
    } else {
        wrapped(source, lights, mark.line, mark.title.clone())
    }
}

/// A heading that the right margin broke: the line is full and the next one goes on.
fn wrapped(source: &Source<'_>, lights: &[Light], first: usize, title: String) -> (String, usize) {
    let (mut title, mut last) = (title, first);
    if source.wrap == 0 {
        return (title, last);
    }
    for line in first + 1..first + MAX_LINES {
        let (Some(before), Some(next)) = (source.lines.get(last), source.lines.get(line)) else { break };
        let words = source.clean(line);
        let word = words.split_whitespace().next().unwrap_or_default();
        let filled = length(before.text, 1000) + 1 + length(word, 100);
        let enough = if starts_lower(&words) { source.wrap * 3 / 4 } else { source.wrap * 9 / 10 };
        let stop = next.gap
            || next.hashes > 0
            || title.ends_with('.')
            || (ends_sentence(&title) && !starts_lower(&words))
            || filled < enough
            || lights.get(line) == Some(&Light::Hidden)
            || label::read(&words, false, line).is_some();
        if stop {
            break;
        }
        title.push(' ');
        title.push_str(&words);
        last = line;
    }
    (title, last)
}
