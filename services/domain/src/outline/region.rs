//! Where attached documents, appendices and forms begin: each starts its own numbering.

use std::collections::{HashMap, HashSet};

use super::chain::Chain;
use super::label::{self, Kind, Mark};
use super::shadow::Light;
use super::source::Source;
use super::text::{ends_sentence, is_caps, length, strip_any, strip_words};
use super::title;

/// What a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Main,
    Document,
    Appendix,
    Form,
}

/// A stretch of lines with its own numbering.
#[derive(Debug)]
pub struct Region {
    pub part: Part,
    /// Its first line; its heading's last line; the line after it.
    pub line: usize,
    pub last: usize,
    pub end: usize,
    pub label: String,
    pub heading: String,
}

/// The kinds of documents that another one issues, longest first, as they are folded and as they are written.
const KINDS: [(&str, &str); 30] = [
    ("chuong trinh hanh dong", "CHƯƠNG TRÌNH HÀNH ĐỘNG"),
    ("chuong trinh muc tieu quoc gia", "CHƯƠNG TRÌNH MỤC TIÊU QUỐC GIA"),
    ("chuong trinh", "CHƯƠNG TRÌNH"),
    ("ke hoach", "KẾ HOẠCH"),
    ("dieu le", "ĐIỀU LỆ"),
    ("quy che", "QUY CHẾ"),
    ("quy dinh", "QUY ĐỊNH"),
    ("quy trinh", "QUY TRÌNH"),
    ("quy tac", "QUY TẮC"),
    ("quy chuan ky thuat quoc gia", "QUY CHUẨN KỸ THUẬT QUỐC GIA"),
    ("quy chuan", "QUY CHUẨN"),
    ("quy hoach", "QUY HOẠCH"),
    ("noi quy", "NỘI QUY"),
    ("huong dan", "HƯỚNG DẪN"),
    ("de an", "ĐỀ ÁN"),
    ("du an", "DỰ ÁN"),
    ("phuong an", "PHƯƠNG ÁN"),
    ("chien luoc", "CHIẾN LƯỢC"),
    ("the le", "THỂ LỆ"),
    ("dinh muc kinh te - ky thuat", "ĐỊNH MỨC KINH TẾ - KỸ THUẬT"),
    ("dinh muc", "ĐỊNH MỨC"),
    ("bo tieu chi", "BỘ TIÊU CHÍ"),
    ("bo chi so", "BỘ CHỈ SỐ"),
    ("tieu chi", "TIÊU CHÍ"),
    ("tieu chuan", "TIÊU CHUẨN"),
    ("danh muc", "DANH MỤC"),
    ("lo trinh", "LỘ TRÌNH"),
    ("bao cao", "BÁO CÁO"),
    ("he thong", "HỆ THỐNG"),
    ("khung", "KHUNG"),
];

/// How many lines a title has at most above the note "(Ban hành kèm theo …)".
const TITLE_LINES: usize = 8;

/// Splits the text into regions. The first is the main one; it may be empty.
pub fn regions(source: &Source<'_>, lights: &[Light], marks: &[Mark]) -> Vec<Region> {
    let mut starts = documents(source, lights, marks);
    starts.extend(annexes(source, lights, marks));
    starts.sort_by_key(|region| region.line);
    let mut regions = vec![Region {
        part: Part::Main,
        line: 0,
        last: 0,
        end: source.lines.len(),
        label: String::new(),
        heading: String::new(),
    }];
    for region in starts {
        let Some(before) = regions.last_mut() else { break };
        if before.part != Part::Main && region.line <= before.last {
            continue;
        }
        let again =
            before.part == region.part && before.label == region.label && region.line <= before.last + 2;
        if again && before.heading.is_empty() {
            before.heading = region.heading;
            before.last = region.last;
            continue;
        }
        before.end = region.line;
        regions.push(region);
    }
    regions
}

/// Attached documents: a title over "(Ban hành kèm theo …)", or one over numbering that starts again.
fn documents(source: &Source<'_>, lights: &[Light], marks: &[Mark]) -> Vec<Region> {
    let mut found: Vec<Region> = Vec::new();
    for (index, line) in source.lines.iter().enumerate() {
        let bracket = line.text.trim_start_matches(['*', '_', ' ']).starts_with('(');
        let blank = line.text.contains("...") || line.text.contains('…');
        if bracket
            && !blank
            && lights.get(index) == Some(&Light::Open)
            && title::is_attachment_note(line.text)
        {
            found.extend(
                titled(source, lights, index, true).filter(|r| found.last().is_none_or(|f| f.last < r.line)),
            );
        }
    }
    let mut article = false;
    for mark in marks {
        let starts = mark.number.last() == 1 && matches!(mark.kind, Kind::Article | Kind::Chapter);
        if starts && article && source.lines.get(mark.line).is_some_and(|l| l.gap || l.hashes > 0) {
            found.extend(titled(source, lights, mark.line, false));
        }
        match mark.kind {
            Kind::Article => article = true,
            Kind::Appendix | Kind::Form => article = false,
            _ => {}
        }
    }
    found.sort_by_key(|region| region.line);
    found.dedup_by(|b, a| b.line <= a.last);
    found
}

/// The title that ends above `below`, if it names a kind of document. With `noted` (a note of attachment stands
/// below) other words in capitals are a title too.
fn titled(source: &Source<'_>, lights: &[Light], below: usize, noted: bool) -> Option<Region> {
    let mut top = None;
    let mut named = None;
    for line in (below.saturating_sub(TITLE_LINES)..below).rev() {
        let current = source.lines.get(line)?;
        let words = source.clean(line);
        let bold = current.text.starts_with("**") || current.hashes > 0;
        match label::read(&words, current.hashes > 0, line).map(|mark| mark.kind) {
            Some(Kind::Roman | Kind::Number | Kind::Letter | Kind::Capital | Kind::Dash) | None => {}
            Some(Kind::Article) => break,
            Some(_) => return None,
        }
        let loose = noted && line + 3 > below && length(&words, 201) < 200 && !ends_sentence(&words);
        let fits = is_caps(&words) || bold || (loose && kind_of(&words).is_some());
        if !fits || title::is_letterhead(&words) || lights.get(line) == Some(&Light::Hidden) {
            break;
        }
        top = Some(line);
        if kind_of(&words).is_some() && (is_caps(&words) || noted) {
            named = Some(line);
        } else if named.is_some() {
            break;
        }
    }
    let restarts = (below..below + 6).any(|line| {
        let words = source.clean(line);
        let mark = label::read(&words, false, line).filter(|mark| mark.number.last() == 1);
        mark.is_some_and(|mark| matches!(mark.kind, Kind::Article | Kind::Chapter | Kind::Part))
    });
    let line = named.or(if noted && restarts { top } else { None })?;
    let (label, heading) = split_title(source, line, below);
    // The note of attachment says what the document is part of: it stays in the text.
    let last = below.checked_sub(1)?;
    Some(Region { part: Part::Document, line, last, end: source.lines.len(), label, heading })
}

/// The kind of document that `words` start with.
fn kind_of(words: &str) -> Option<(&'static str, &str)> {
    KINDS.iter().find_map(|(folded, kind)| strip_words(words, folded).map(|rest| (*kind, rest)))
}

/// The kind of document as the label, and the rest of its title.
fn split_title(source: &Source<'_>, first: usize, below: usize) -> (String, String) {
    let words = source.clean(first);
    let (label, mut heading) = match kind_of(&words) {
        Some((kind, rest)) => (kind.to_owned(), rest.trim_start_matches([':', ' ', '-']).to_owned()),
        None => (words.into_owned(), String::new()),
    };
    for line in first + 1..below {
        if !heading.is_empty() {
            heading.push(' ');
        }
        heading.push_str(&source.clean(line));
    }
    (label, heading)
}

/// Appendices and forms. A list of them (`Phụ lục I. Danh mục …;`) is not one.
fn annexes(source: &Source<'_>, lights: &[Light], marks: &[Mark]) -> Vec<Region> {
    let is_annex = |mark: &&Mark| matches!(mark.kind, Kind::Appendix | Kind::Form);
    let mut strong_later: HashMap<String, usize> = HashMap::new();
    for mark in marks.iter().filter(is_annex).filter(|mark| mark.strong) {
        strong_later.insert(mark.label.to_lowercase(), mark.line);
    }
    let interrupts = interruptions(marks);
    let lines: Vec<usize> = marks.iter().filter(is_annex).map(|mark| mark.line).collect();
    let mut found = Vec::new();
    for (at, mark) in marks.iter().filter(is_annex).enumerate() {
        if !mark.strong {
            let later = strong_later.get(&mark.label.to_lowercase()).is_some_and(|line| *line > mark.line);
            let after = lines.get(at + 1).is_some_and(|line| *line == mark.line + 1);
            let before =
                at.checked_sub(1).and_then(|i| lines.get(i)).is_some_and(|line| *line + 1 == mark.line);
            if later || after || before || mark.title.ends_with([';', '.']) {
                continue;
            }
        }
        if interrupts.contains(&mark.line) {
            continue;
        }
        if !mark.marked && continues(source, mark.line) && !is_caps(&source.clean(mark.line)) {
            continue;
        }
        let (heading, last) = title::read(source, lights, mark);
        let part = if mark.kind == Kind::Form { Part::Form } else { Part::Appendix };
        found.push(Region {
            part,
            line: mark.line,
            last,
            end: source.lines.len(),
            label: mark.label.clone(),
            heading,
        });
    }
    found
}

/// The lines of appendices and forms after which the articles only go on: they are mentions, not headings.
fn interruptions(marks: &[Mark]) -> HashSet<usize> {
    let mut chain = Chain::default();
    let mut waiting: Vec<usize> = Vec::new();
    let mut found = HashSet::new();
    for mark in marks {
        match mark.kind {
            Kind::Appendix | Kind::Form => waiting.push(mark.line),
            Kind::Article => {
                let goes_on =
                    !chain.is_fresh() && chain.may_follow(&mark.number, 1) && mark.number.suffix == 0;
                if goes_on {
                    found.extend(waiting.iter().copied());
                }
                waiting.clear();
                if goes_on || mark.number.last() == 1 {
                    chain.take(&mark.number);
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether `line` goes on with the sentence of the line before it.
pub fn continues(source: &Source<'_>, line: usize) -> bool {
    hangs(source, line)
        || adjoining(source, line).is_some_and(|before| {
            source.wrap > 0
                && length(before, 1000) * 5 >= source.wrap * 4
                && !ends_sentence(before)
                && !is_caps(before)
                && !title::is_page_number(before)
        })
}

/// Whether the line before `line` breaks off at a word that a label completes: "quy định tại khoản".
pub fn hangs(source: &Source<'_>, line: usize) -> bool {
    const OPEN: [&str; 14] = [
        ",", "khoản", "điểm", "Điều", "điều", "mục", "Mục", "số", "và", "hoặc", "tại", "Chương", "các", "đến",
    ];
    adjoining(source, line)
        .is_some_and(|before| OPEN.iter().any(|word| before.ends_with(word)) && !is_caps(before))
}

/// The line right above `line`, without a blank line between; not a Markdown heading.
fn adjoining<'t>(source: &Source<'t>, line: usize) -> Option<&'t str> {
    let before = source.lines.get(line.checked_sub(1)?)?;
    let current = source.lines.get(line)?;
    (!current.gap && current.hashes == 0 && before.hashes == 0).then_some(before.text)
}

/// Whether the lines hold a form to fill in: the motto of a document, or blanks. Not when two headings of the appendix
/// itself come before them: then the form is an example in its text.
pub fn is_template(source: &Source<'_>, region: &Region, marks: &[Mark]) -> bool {
    let own = |mark: &&Mark| mark.strong && matches!(mark.kind, Kind::Part | Kind::Chapter | Kind::Roman);
    let end = marks.iter().filter(own).nth(1).map_or(region.end, |mark| mark.line);
    let mut blanks = 0;
    for line in source.lines.get(region.last + 1..end).unwrap_or_default() {
        let words = line.text.trim_start_matches(['*', '_', '|', ' ']);
        if strip_any(words, &["cong hoa xa hoi chu nghia", "kinh gui"]).is_some() {
            return true;
        }
        blanks += usize::from(line.text.contains("....") || line.text.contains("……"));
    }
    blanks >= 3
}
