//! Tables for a terminal, aligned by the width that a text has there, not by its bytes or code points.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table with a heading of two lines: Vietnamese above English.
#[derive(Debug)]
pub(super) struct Table {
    title: String,
    columns: Vec<(&'static str, &'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these columns: their Vietnamese and English headings.
    pub(super) fn new(title: impl Into<String>, columns: &[(&'static str, &'static str, Align)]) -> Self {
        Self { title: title.into(), columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row of a name and its numbers; zero is shown as a dot, so that what is there stands out.
    pub(super) fn counts(&mut self, names: &[&str], counts: &[i64]) {
        let names = names.iter().map(|name| (*name).to_owned());
        let counts = counts.iter().map(|count| if *count == 0 { "·".to_owned() } else { count.to_string() });
        self.row(names.chain(counts).collect::<Vec<_>>());
    }

    /// The table as text, with a line's end behind each line.
    pub(super) fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let heading = self.columns.get(index).map_or(0, |(vi, en, _)| vi.width().max(en.width()));
                let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
                cells.fold(heading, usize::max)
            })
            .collect();
        let mut text = format!("\n{}\n", self.title);
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut built = String::new();
            for ((cell, width), (_, _, align)) in cells.zip(&widths).zip(&self.columns) {
                let space = " ".repeat(width.saturating_sub(cell.width()));
                let _ = match align {
                    Align::Left => write!(built, "{cell}{space}  "),
                    Align::Right => write!(built, "{space}{cell}  "),
                };
            }
            let _ = writeln!(text, "  {}", built.trim_end());
        };
        line(&mut self.columns.iter().map(|(vi, _, _)| *vi));
        line(&mut self.columns.iter().map(|(_, en, _)| *en));
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        line(&mut rules.iter().map(String::as_str));
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str));
        }
        text
    }
}

/// At most so many columns of a text, with … where something is left out.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        let next = format!("{kept}{c}");
        if next.width() >= width {
            break;
        }
        kept = next;
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_whatever_the_marks() {
        let mut table = Table::new("T", &[("Cơ quan", "Agency", Align::Left), ("Tổng", "All", Align::Right)]);
        table.counts(&["Sở NN&PTNT"], &[12]);
        // The same name, decomposed: more code points, the same width.
        table.counts(&["So\u{31b}\u{309} NN"], &[0]);
        let expected = "\nT\n  Cơ quan     Tổng\n  Agency       All\n  ──────────  ────\n  Sở NN&PTNT    12\n  \
                        So\u{31b}\u{309} NN          ·\n";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn a_long_text_is_cut_by_its_width() {
        assert_eq!(cut("Đánh giá chung", 20), "Đánh giá chung");
        assert_eq!(cut("Đánh giá chung những kết quả", 10), "Đánh giá…");
    }
}
