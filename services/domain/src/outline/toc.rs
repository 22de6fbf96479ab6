//! Tables of contents: lines that repeat the headings, with or without page numbers.

use super::label::{self, Kind, Mark};
use super::shadow::Light;
use super::source::Source;
use super::text::strip_any;

/// The most lines that a table of contents has.
const LONGEST: usize = 2_000;

/// The most tables of contents that are looked for.
const MOST: usize = 10;

/// Whether a line ends with a dotted leader and a page number.
pub fn has_leader(text: &str) -> bool {
    let text = text.trim_end_matches(['*', '_', ' ']);
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.len() == text.len() || text.len() - before.len() > 4 {
        return false;
    }
    if before.ends_with('\t') || before.ends_with("   ") {
        return true;
    }
    let leader = before.trim_end();
    let rest = leader.trim_end_matches(['.', '…', '_', '·', ' ']);
    let dots = leader.get(rest.len()..).unwrap_or_default();
    dots.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '…' { 3 } else { 1 }).take(8).sum::<usize>()
        >= 4
}

/// Hides the entries after a line "Mục lục", if the text repeats the first of them later: from there on they are real.
pub fn hide(source: &Source<'_>, lights: &mut [Light]) {
    const TITLES: [&str; 3] = ["muc luc", "table of contents", "contents"];
    let (mut from, mut tables) = (0, 0);
    while let Some(at) = (from..source.lines.len()).find(|line| {
        let short = source.lines.get(*line).is_some_and(|l| l.text.len() < 40);
        let title = if short { source.clean(*line) } else { return false };
        strip_any(&title, &TITLES).is_some_and(|(_, rest)| rest.trim_matches([':', '.', ' ']).is_empty())
    }) {
        from = at + 1;
        tables += 1;
        if tables > MOST {
            return;
        }
        let end = source.lines.len().min(at + LONGEST);
        let mut marks = (at + 1..end).filter_map(|line| entry(source, line).map(|mark| (line, mark)));
        let Some((first, head)) = marks.next() else { continue };
        let again = marks.find(|(_, mark)| same(mark, &head)).map(|(line, _)| line);
        let Some(again) = again else { continue };
        let entries = (first..again).filter(|line| entry(source, *line).is_some()).count();
        if first > at + 6 || entries * 2 < again - first {
            continue;
        }
        for light in lights.get_mut(first..again).unwrap_or_default() {
            *light = Light::Hidden;
        }
        from = again;
    }
}

/// A line that could be an entry, a list mark removed.
fn entry(source: &Source<'_>, line: usize) -> Option<Mark> {
    let clean = source.clean(line);
    let text = clean.trim_start_matches(['-', '*', '+', ' ']);
    let listed = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', ')', ' ']);
    let word = label::read(listed, true, line).filter(|mark| !is_item(mark.kind));
    word.or_else(|| label::read(text, true, line).filter(|mark| mark.kind != Kind::Dash))
}

fn is_item(kind: Kind) -> bool {
    matches!(kind, Kind::Capital | Kind::Roman | Kind::Number | Kind::Letter | Kind::Dash)
}

fn same(a: &Mark, b: &Mark) -> bool {
    a.kind == b.kind && a.label == b.label && (!is_item(a.kind) || a.title == b.title)
}
