//! Turns accepted headings into nodes: who is under whom, and which text belongs to each.

use super::source::Source;
use super::{Level, MAX_NODES, Node, Outline};

/// An accepted heading.
pub struct Entry {
    pub level: Level,
    pub label: String,
    pub heading: String,
    pub parent: Option<usize>,
    /// The index of the label's line.
    pub line: usize,
    /// The index of the heading's last line.
    pub last: usize,
}

/// Accepted headings in reading order, and those that are still open.
#[derive(Default)]
pub struct Entries {
    pub list: Vec<Entry>,
    /// The rank and the index of each open entry; ranks grow.
    open: Vec<(u8, usize)>,
}

impl Entries {
    /// Adds a heading under the nearest open one of a smaller rank. Nothing is added past [`MAX_NODES`].
    pub fn add(&mut self, rank: u8, mut entry: Entry) {
        if self.list.len() >= MAX_NODES {
            return;
        }
        while self.open.pop_if(|(open, _)| *open >= rank).is_some() {}
        entry.parent = self.open.last().map(|(_, index)| *index);
        self.open.push((rank, self.list.len()));
        self.list.push(entry);
    }

    /// Adds a heading under the open one of which `is_parent` holds, if there is one; else as [`Self::add`].
    pub fn add_under(&mut self, rank: u8, entry: Entry, is_parent: impl Fn(&Entry) -> bool) {
        let found = self.open.iter().rposition(|(_, index)| self.list.get(*index).is_some_and(&is_parent));
        match found {
            Some(at) => {
                self.open.truncate(at + 1);
                let above = self.open.last().map_or(0, |(rank, _)| *rank);
                self.add(rank.max(above.saturating_add(1)), entry);
            }
            None => self.add(rank, entry),
        }
    }
}

/// Cuts the text at the headings.
pub fn build(source: &Source<'_>, entries: Vec<Entry>) -> Outline {
    let between = |from: usize, to: usize| source.text.get(from..to).unwrap_or_default().trim().to_owned();
    let first = entries.first().map_or(source.text.len(), |entry| source.start_of(entry.line));
    let preamble = between(0, first);
    let ends: Vec<usize> = entries.iter().skip(1).map(|entry| source.start_of(entry.line)).collect();
    let nodes = entries
        .into_iter()
        .zip(ends.into_iter().chain(std::iter::once(source.text.len())))
        .map(|(entry, end)| {
            let start = body_start(source, entry.last).min(end);
            Node {
                level: entry.level,
                label: entry.label,
                heading: entry.heading,
                parent: entry.parent,
                line: source.lines.get(entry.line).map_or(1, |line| line.number),
                body: between(start, end),
            }
        })
        .collect();
    Outline { preamble, nodes }
}

/// Where the text after `line` starts.
fn body_start(source: &Source<'_>, line: usize) -> usize {
    let start = source.start_of(line);
    let rest = source.text.get(start..).unwrap_or_default();
    rest.find('\n').map_or(source.text.len(), |end| start + end + 1)
}
