//! Paragraphs and tables as WordprocessingML (ECMA-376 part 1). The schema fixes the order of the properties: Word refuses a
//! file that has them in another.

use super::measure;
use crate::layout::{Align, Cell, Paragraph, Rule, Run, Table};

/// Twentieths of a point in a millimetre.
const TWIPS: f32 = 1440.0 / 25.4;
/// The type size of the style Normal, points: what runs leave unsaid.
pub(super) const NORMAL: f32 = 13.0;
/// The share of the words that a short rule is as wide as: between a third and a half.
const SHORT: f32 = 0.4;
/// The space between a cell's border and its words, twips.
const CELL_MARGIN: i32 = 85;

/// Twips of so many millimetres.
pub(super) fn twips(millimetres: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates; lengths of a page are small")]
    let twips = (millimetres * TWIPS).round() as i32;
    twips
}

/// Points in so many parts.
fn parts(points: f32, parts: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates; sizes of type are small")]
    let parts = (points * parts).round() as i32;
    parts
}

/// Text as XML, for elements and attributes. What XML 1.0 can't hold is left out.
pub(super) fn escape(xml: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => xml.push(c),
        }
    }
}

/// A paragraph in a column of so many millimetres; `section` is the `w:sectPr` of the pages that it ends, or empty.
pub(super) fn paragraph(xml: &mut String, paragraph: &Paragraph, column: f32, section: &str) {
    let ruled = paragraph.rule != Rule::None;
    xml.push_str("<w:p><w:pPr>");
    if (1..=9).contains(&paragraph.outline) {
        xml.push_str(&format!("<w:pStyle w:val=\"Heading{}\"/>", paragraph.outline));
    }
    if paragraph.keep_with_next || ruled {
        xml.push_str("<w:keepNext/>");
    }
    let after = if ruled { 0.0 } else { paragraph.after };
    spacing(xml, paragraph.before, after, paragraph.line);
    indents(xml, twips(paragraph.indent), 0, twips(paragraph.first_line));
    xml.push_str(match paragraph.align {
        Align::Left => "",
        Align::Centre => "<w:jc w:val=\"center\"/>",
        Align::Right => "<w:jc w:val=\"right\"/>",
        Align::Justify => "<w:jc w:val=\"both\"/>",
    });
    // The paragraph's mark: it is what an empty paragraph is as high as.
    run_properties(xml, false, false, paragraph.size);
    if !ruled {
        xml.push_str(section);
    }
    xml.push_str("</w:pPr>");
    for run in &paragraph.runs {
        self::run(xml, run, paragraph.size);
    }
    xml.push_str("</w:p>");
    if ruled {
        rule(xml, paragraph, column, section);
    }
}

/// The line under a paragraph: a border over one that is empty and as low as can be, between indents that leave the line's width.
fn rule(xml: &mut String, paragraph: &Paragraph, column: f32, section: &str) {
    let words = measure::width(paragraph).min(column);
    let width = if paragraph.rule == Rule::Full { words } else { words * SHORT };
    let side = twips((column - width) / 2.0);
    xml.push_str("<w:p><w:pPr>");
    if paragraph.keep_with_next {
        xml.push_str("<w:keepNext/>");
    }
    xml.push_str("<w:pBdr><w:top w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"000000\"/></w:pBdr>");
    let after = parts(paragraph.after, 20.0);
    xml.push_str(&format!(
        "<w:spacing w:before=\"40\" w:after=\"{after}\" w:line=\"40\" w:lineRule=\"exact\"/>"
    ));
    indents(xml, side, side, 0);
    run_properties(xml, false, false, 2.0);
    xml.push_str(section);
    xml.push_str("</w:pPr></w:p>");
}

/// An empty paragraph that takes no place: between two tables, and where pages end after one.
pub(super) fn spacer(xml: &mut String, section: &str) {
    xml.push_str("<w:p><w:pPr><w:spacing w:before=\"0\" w:after=\"0\" w:line=\"20\" w:lineRule=\"exact\"/>");
    run_properties(xml, false, false, 1.0);
    xml.push_str(section);
    xml.push_str("</w:pPr></w:p>");
}

fn spacing(xml: &mut String, before: f32, after: f32, line: f32) {
    let (before, after, line) = (parts(before, 20.0), parts(after, 20.0), parts(line, 240.0));
    if (before, after, line) == (0, 0, 240) {
        return;
    }
    xml.push_str(&format!(
        "<w:spacing w:before=\"{before}\" w:after=\"{after}\" w:line=\"{line}\" w:lineRule=\"auto\"/>"
    ));
}

fn indents(xml: &mut String, left: i32, right: i32, first_line: i32) {
    if (left, right, first_line) == (0, 0, 0) {
        return;
    }
    xml.push_str(&format!("<w:ind w:left=\"{left}\" w:right=\"{right}\""));
    match first_line {
        0 => {}
        hanging @ ..0 => xml.push_str(&format!(" w:hanging=\"{}\"", hanging.saturating_neg())),
        first => xml.push_str(&format!(" w:firstLine=\"{first}\"")),
    }
    xml.push_str("/>");
}

fn run_properties(xml: &mut String, bold: bool, italic: bool, size: f32) {
    // Twice the points, as the schema counts.
    let half = parts(size, 2.0);
    if !bold && !italic && half == parts(NORMAL, 2.0) {
        return;
    }
    xml.push_str("<w:rPr>");
    if bold {
        xml.push_str("<w:b/><w:bCs/>");
    }
    if italic {
        xml.push_str("<w:i/><w:iCs/>");
    }
    if half != parts(NORMAL, 2.0) {
        xml.push_str(&format!("<w:sz w:val=\"{half}\"/><w:szCs w:val=\"{half}\"/>"));
    }
    xml.push_str("</w:rPr>");
}

fn run(xml: &mut String, run: &Run, size: f32) {
    if run.text.is_empty() {
        return;
    }
    xml.push_str("<w:r>");
    run_properties(xml, run.bold, run.italic, size);
    for (index, line) in run.text.split('\n').enumerate() {
        if index > 0 {
            xml.push_str("<w:br/>");
        }
        for (index, words) in line.split('\t').enumerate() {
            if index > 0 {
                xml.push_str("<w:tab/>");
            }
            if !words.is_empty() {
                xml.push_str("<w:t xml:space=\"preserve\">");
                escape(xml, words);
                xml.push_str("</w:t>");
            }
        }
    }
    xml.push_str("</w:r>");
}

/// A table that was begun: how wide its columns are.
pub(super) struct Grid {
    /// Millimetres.
    columns: Vec<f32>,
    borders: bool,
}

impl Grid {
    /// Begins a table in a text of so many millimetres, with its header rows.
    pub(super) fn begin(xml: &mut String, table: &Table, text: f32) -> Self {
        let whole: f32 = table.columns.iter().sum();
        let columns = if whole > 0.0 {
            table.columns.iter().map(|share| share / whole * text).collect()
        } else {
            vec![text]
        };
        let grid = Self { columns, borders: table.borders };
        xml.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblInd w:w=\"0\" w:type=\"dxa\"/>",
            twips(text)
        ));
        if grid.borders {
            xml.push_str("<w:tblBorders>");
            for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
                xml.push_str(&format!(
                    "<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>"
                ));
            }
            xml.push_str("</w:tblBorders>");
        }
        let margin = grid.margin();
        xml.push_str(&format!(
            "<w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"{margin}\" w:type=\"dxa\"/>\
             <w:right w:w=\"{margin}\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>"
        ));
        for column in &grid.columns {
            xml.push_str(&format!("<w:gridCol w:w=\"{}\"/>", twips(*column)));
        }
        xml.push_str("</w:tblGrid>");
        for cells in &table.header {
            grid.row(xml, cells, true);
        }
        grid
    }

    fn margin(&self) -> i32 {
        if self.borders { CELL_MARGIN } else { 0 }
    }

    /// A row; one of a header stands again on each page.
    pub(super) fn row(&self, xml: &mut String, cells: &[Cell], header: bool) {
        xml.push_str("<w:tr>");
        if header {
            xml.push_str("<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        } else if !self.borders {
            // Things placed side by side (motto, signature) belong together.
            xml.push_str("<w:trPr><w:cantSplit/></w:trPr>");
        }
        let mut at = 0;
        for cell in cells {
            let span = usize::from(cell.span.max(1));
            let width = self.columns.iter().skip(at).take(span).sum();
            at += span;
            self.cell(xml, cell, span, width, header);
        }
        // A row has a cell for each column.
        for column in self.columns.iter().skip(at) {
            self.cell(xml, &Cell::default(), 1, *column, header);
        }
        xml.push_str("</w:tr>");
    }

    fn cell(&self, xml: &mut String, cell: &Cell, span: usize, width: f32, header: bool) {
        xml.push_str(&format!("<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>", twips(width)));
        if span > 1 {
            xml.push_str(&format!("<w:gridSpan w:val=\"{span}\"/>"));
        }
        if cell.shaded {
            xml.push_str("<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"EDEDED\"/>");
        }
        if header {
            xml.push_str("<w:vAlign w:val=\"center\"/>");
        }
        xml.push_str("</w:tcPr>");
        #[expect(clippy::cast_precision_loss, reason = "a cell's margin is a small number")]
        let column = width - 2.0 * self.margin() as f32 / TWIPS;
        for paragraph in &cell.paragraphs {
            self::paragraph(xml, paragraph, column, "");
        }
        if cell.paragraphs.is_empty() {
            xml.push_str("<w:p/>");
        }
        xml.push_str("</w:tc>");
    }
}
