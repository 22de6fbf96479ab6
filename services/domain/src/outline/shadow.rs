//! The lines where nothing is a heading: code, tables, quotations, tables of contents, lists of references.

use super::label;
use super::source::Source;
use super::text::{is_quote, strip_any};
use super::toc;

/// How a line may be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Light {
    /// As any line.
    #[default]
    Open,
    /// Inside a quotation that is never closed: only the very next number of the main text is believed.
    Doubtful,
    /// Never a heading.
    Hidden,
}

/// The most lines of a quotation that is believed to be one.
const LONGEST_QUOTATION: usize = 300;

/// How each line of `source` may be read.
pub fn lights(source: &Source<'_>) -> Vec<Light> {
    let mut lights = vec![Light::Open; source.lines.len()];
    if !source.styled {
        hide_code(source, &mut lights);
    }
    for (line, light) in source.lines.iter().zip(&mut lights) {
        if line.quiet || (line.hashes == 0 && is_table_row(line.text)) || toc::has_leader(line.text) {
            *light = Light::Hidden;
        }
    }
    hide_quotations(source, &mut lights);
    hide_references(source, &mut lights);
    toc::hide(source, &mut lights);
    lights
}

/// Whether a line is a row of a table. One stroke far from the start is a stain on a scanned page.
fn is_table_row(text: &str) -> bool {
    const SHORT_CELL: usize = 16;
    const LONG_CELL: usize = 100;
    let mut strokes = text.match_indices('|').map(|(at, _)| at);
    let first = strokes.next();
    first.is_some_and(|first| first <= SHORT_CELL || (first <= LONG_CELL && strokes.next().is_some()))
}

/// Fenced code. A fence that is never closed is not a fence: a draft's text is worth more than its layout.
fn hide_code(source: &Source<'_>, lights: &mut [Light]) {
    let mut open: Option<(usize, char, usize)> = None;
    for (index, line) in source.lines.iter().enumerate() {
        let Some(mark) = line.text.chars().next().filter(|c| matches!(c, '`' | '~')) else { continue };
        let rest = line.text.trim_start_matches(mark);
        let count = line.text.len() - rest.len();
        match open {
            None if count >= 3 && !rest.contains(mark) => open = Some((index, mark, count)),
            Some((start, fence, length)) if fence == mark && count >= length && rest.trim().is_empty() => {
                if let Some(code) = lights.get_mut(start..=index) {
                    code.fill(Light::Hidden);
                }
                open = None;
            }
            _ => {}
        }
    }
}

/// Quoted articles of an amending text: from a line that opens with a quotation mark to the line where the marks
/// balance. The search for the end stops where the next quotation opens, at a Markdown heading, or at the end of the
/// text; for a quotation that doesn't start with a label, at the end of its paragraph.
fn hide_quotations(source: &Source<'_>, lights: &mut [Light]) {
    let mut open: Option<(usize, i64)> = None;
    for (index, line) in source.lines.iter().enumerate() {
        if lights.get(index) == Some(&Light::Hidden) {
            continue;
        }
        let opens = opens_quotation(line.text);
        let ends_short = |(start, _): &(usize, i64)| line.gap && !quotes_label(source, *start);
        if line.hashes > 0 && !opens {
            if let Some((start, _)) = open.take() {
                doubt(lights, start, index);
            }
            continue;
        }
        if open.as_ref().is_some_and(ends_short) {
            open = None;
        }
        let Some((start, depth)) = open else {
            if opens {
                let depth = balance(line.text);
                open = (depth > 0 && !closes(line.text)).then_some((index, depth));
                set(lights, index, index, Light::Hidden);
            }
            continue;
        };
        if opens && depth <= 1 && !quoted_inside(line.text) {
            doubt(lights, start, index.saturating_sub(1));
            set(lights, index, index, Light::Hidden);
            let depth = balance(line.text);
            open = (depth > 0 && !closes(line.text)).then_some((index, depth));
            continue;
        }
        let depth = depth + balance(line.text);
        if depth <= 0 || (depth == 1 && closes(line.text)) {
            let sure = index - start <= LONGEST_QUOTATION;
            set(lights, start, index, if sure { Light::Hidden } else { Light::Doubtful });
            open = None;
        } else {
            open = Some((start, depth));
        }
    }
    if let Some((start, _)) = open {
        doubt(lights, start, lights.len().saturating_sub(1));
    }
}

/// Whether the quotation that opens on `line` starts with a label, as a quoted article or paragraph does.
fn quotes_label(source: &Source<'_>, line: usize) -> bool {
    let clean = source.clean(line);
    label::read(clean.trim_start_matches(|c: char| is_quote(c) || matches!(c, '\'' | '‘' | ' ')), false, line)
        .is_some()
}

/// Marks the lines of a quotation that isn't closed.
fn doubt(lights: &mut [Light], first: usize, last: usize) {
    let hidden = lights.get_mut(first).filter(|light| **light == Light::Hidden);
    if let Some(light) = hidden {
        *light = Light::Doubtful;
    }
    set(lights, first, last.min(first + LONGEST_QUOTATION), Light::Doubtful);
}

fn set(lights: &mut [Light], first: usize, last: usize, value: Light) {
    let lines = if first <= last { lights.get_mut(first..=last) } else { None };
    for light in lines.unwrap_or_default() {
        if *light == Light::Open {
            *light = value;
        }
    }
}

/// Whether a line starts with a quotation mark, after emphasis.
fn opens_quotation(text: &str) -> bool {
    let text = text.trim_start_matches(['*', '_', '#', ' ', '>']);
    text.starts_with(|c: char| is_quote(c) && c != '”' && c != '»')
        || text.starts_with("''")
        || text.starts_with("‘‘")
}

/// Whether the quotation that a line starts with also ends on it, with words after it: a quoted term.
fn quoted_inside(text: &str) -> bool {
    balance(text) <= 0 && !closes(text)
}

/// Whether a line ends with a closing mark, before full stops and emphasis.
fn closes(text: &str) -> bool {
    let text = text.trim_end_matches(['.', ',', ';', '*', '_', ' ', ')', '/']);
    text.ends_with(|c: char| is_quote(c) && c != '„' && c != '«')
        || text.ends_with("''")
        || text.ends_with("’’")
}

/// Opening minus closing marks. A straight mark opens after a space or a bracket and closes elsewhere; so does a
/// curly one that stands the wrong way round.
fn balance(text: &str) -> i64 {
    let mut depth = 0;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let word_before = !(before.is_whitespace() || matches!(before, '(' | '[' | '*' | '_' | '>' | '/'));
        let word_after = after.is_alphanumeric() || after == '…';
        match c {
            '“' | '„' | '«' if word_before && !word_after => depth -= 1,
            '”' | '»' if !word_before && word_after => depth += 1,
            '”' | '»' => depth -= 1,
            '"' | '‟' if word_before => depth -= 1,
            '“' | '„' | '«' | '"' | '‟' => depth += 1,
            '\'' | '‘' | '’' if after == c => {
                chars.next();
                depth += if word_before { -1 } else { 1 };
            }
            _ => {}
        }
        before = c;
    }
    depth
}

/// The numbered entries under a heading "References", up to the next heading.
fn hide_references(source: &Source<'_>, lights: &mut [Light]) {
    const TITLES: [&str; 4] =
        ["tai lieu tham khao", "danh muc tai lieu tham khao", "references", "bibliography"];
    let mut inside = false;
    for (index, line) in source.lines.iter().enumerate() {
        let digit = line.text.starts_with(|c: char| c.is_ascii_digit() || c == '[');
        if line.hashes > 0 || (!digit && line.text.len() < 200) {
            let clean = source.clean(index);
            let title = clean.trim_start_matches(|c: char| !c.is_alphabetic());
            let heads = strip_any(title, &TITLES)
                .is_some_and(|(_, rest)| rest.trim_matches([':', '.', ' ']).is_empty());
            inside = heads || (inside && line.hashes == 0 && !super::text::is_caps(title));
        }
        if inside && digit && line.hashes == 0 {
            set(lights, index, index, Light::Hidden);
        }
    }
}
