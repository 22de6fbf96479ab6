//! A paragraph's text as people see it.

use ykien_domain::Result;
use ykien_domain::outline::Paragraph;

use super::body::{Block, Body};
use super::styles::Properties;
use super::symbol::symbol;
use super::table::flat;
use super::xml::{Piece, Space, Tag};

/// The most fields that are open in a paragraph: each character asks all of them whether it is seen.
const MAX_FIELDS: usize = 128;

/// A paragraph while it is read.
#[derive(Default)]
struct Open {
    text: String,
    properties: Properties,
    /// The paragraphs and tables of its text boxes.
    boxes: Vec<Block>,
    /// For each open field, whether its instruction is being read; its result is text.
    fields: Vec<bool>,
    /// Whether the run is hidden text.
    hidden: bool,
    /// How many tables are around it.
    nesting: usize,
}

impl Body<'_> {
    /// Reads `w:p`: the paragraph, then what its text boxes hold.
    pub fn paragraph(&mut self, nesting: usize, blocks: &mut Vec<Block>) -> Result<()> {
        let carried = std::mem::take(&mut self.carried);
        let mut open = Open { text: carried, nesting, ..Open::default() };
        self.inline(&mut open)?;
        let boxes = std::mem::take(&mut open.boxes);
        if open.properties.joined {
            self.carried = open.text;
        } else {
            let paragraph = self.finished(&open)?;
            blocks.push(Block::Paragraph(paragraph));
        }
        for block in boxes {
            match block {
                // A drawing's words are no headings.
                Block::Paragraph(paragraph) => {
                    blocks.push(Block::Paragraph(Paragraph { quiet: true, ..paragraph }));
                }
                Block::Table(_) => blocks.push(block),
            }
        }
        Ok(())
    }

    /// The paragraph with its number.
    fn finished(&mut self, open: &Open) -> Result<Paragraph> {
        let text = open.text.trim();
        let properties = &open.properties;
        // In a table a number alone is what people see: the rows' own numbers are often made so.
        let shown = !text.is_empty() || open.nesting > 0;
        let number = self.numbering.count(properties, &self.styles, shown);
        if text.is_empty() {
            let text = number.map(|number| number.text).filter(|text| text != "•").unwrap_or_default();
            self.account(text.len())?;
            return Ok(Paragraph { text, ..Paragraph::default() });
        }
        let mut heading = self.styles.heading(properties);
        let mut shown = String::new();
        if let Some(number) = number {
            self.account(number.text.len() + 1)?;
            if heading == 0 && properties.outline.is_none() {
                heading = number.heading;
            }
            shown = number.text + " ";
        }
        if heading > 0 {
            // A line break in a heading only lays it out.
            let words: Vec<&str> = text.split_whitespace().collect();
            shown.push_str(&words.join(" "));
        } else {
            shown.push_str(text);
        }
        let style = self.styles.of(properties.style.as_deref());
        Ok(Paragraph { text: shown, heading, quiet: style.is_some_and(|style| style.contents) })
    }

    /// Reads what is in the element that started last: a paragraph, a run, or whatever wraps runs.
    fn inline(&mut self, open: &mut Open) -> Result<()> {
        while let Some(tag) = self.xml.child()? {
            match tag.space {
                Space::Word => self.word(&tag, open)?,
                Space::Math => self.math(&tag, open)?,
                Space::Compatibility if tag.name() == "AlternateContent" => {
                    let mut taken = false;
                    while self.xml.child()?.is_some() {
                        if std::mem::replace(&mut taken, true) {
                            self.xml.skip()?;
                        } else {
                            self.inline(open)?;
                        }
                    }
                }
                // Drawings may hold text boxes.
                _ => self.inline(open)?,
            }
        }
        Ok(())
    }

    fn word(&mut self, tag: &Tag<'_>, open: &mut Open) -> Result<()> {
        let name = tag.name();
        match name {
            "pPr" => {
                open.properties = Properties::read(&mut self.xml)?;
                Ok(())
            }
            "r" => {
                let hidden = open.hidden;
                self.inline(open)?;
                open.hidden = hidden;
                Ok(())
            }
            "rPr" => {
                while let Some(tag) = self.xml.child()? {
                    open.hidden |= tag.word() == "vanish" && self.xml.is_on(&tag)?;
                    self.xml.skip()?;
                }
                Ok(())
            }
            "t" => self.characters(open),
            "tab" | "ptab" => self.leaf(open, "\t"),
            "br" | "cr" => self.leaf(open, "\n"),
            "noBreakHyphen" => self.leaf(open, "-"),
            "sym" => {
                let font = self.xml.attribute(tag, "font")?.unwrap_or_default();
                let code = self.xml.attribute(tag, "char")?.unwrap_or_default();
                let code = u32::from_str_radix(&code, 16).unwrap_or_default();
                self.leaf(open, symbol(&font, code).encode_utf8(&mut [0; 4]))
            }
            "fldChar" => {
                match self.xml.attribute(tag, "fldCharType")?.as_deref() {
                    Some("begin") if open.fields.len() == MAX_FIELDS => {
                        let message = format!("must have fields at most {MAX_FIELDS} deep in one another");
                        return Err(self.xml.error(message));
                    }
                    Some("begin") => open.fields.push(true),
                    Some("separate") => {
                        if let Some(instruction) = open.fields.last_mut() {
                            *instruction = false;
                        }
                    }
                    _ => {
                        open.fields.pop();
                    }
                }
                self.xml.skip()
            }
            "txbxContent" => {
                let carried = std::mem::take(&mut self.carried);
                self.blocks(open.nesting, &mut open.boxes)?;
                self.carried = carried;
                Ok(())
            }
            "p" | "tbl" => self.block(tag, open.nesting, &mut open.boxes),
            _ if is_unseen(name) => self.xml.skip(),
            _ => self.inline(open),
        }
    }

    /// A formula, in one line: `a/b`, `x^2`.
    fn math(&mut self, tag: &Tag<'_>, open: &mut Open) -> Result<()> {
        let mark = match tag.name() {
            "t" => return self.characters(open),
            "den" => '/',
            "sup" => '^',
            "sub" => '_',
            _ => return self.inline(open),
        };
        let before = open.text.len();
        open.text.push(mark);
        self.inline(open)?;
        if open.text.len() == before + 1 {
            open.text.truncate(before);
        }
        self.account(1)
    }

    /// The characters of `w:t`, without those that are not seen.
    fn characters(&mut self, open: &mut Open) -> Result<()> {
        let shown = !open.hidden && !open.fields.contains(&true);
        loop {
            match self.xml.next()? {
                Piece::Text(text) if shown => {
                    self.account(text.len())?;
                    open.text.extend(text.chars().filter_map(seen));
                }
                Piece::Text(_) => {}
                Piece::Start(_) => self.xml.skip()?,
                Piece::End => return Ok(()),
            }
        }
    }

    /// An element that stands for some characters.
    fn leaf(&mut self, open: &mut Open, text: &str) -> Result<()> {
        if !open.hidden && !open.fields.contains(&true) {
            self.account(text.len())?;
            open.text.push_str(text);
        }
        self.xml.skip()
    }
}

/// A character as it is kept; none for soft hyphens, marks of no width and controls.
fn seen(c: char) -> Option<char> {
    match c {
        '\t' => Some(c),
        '\n' | '\r' => Some(' '),
        '\u{ad}' | '\u{200b}' | '\u{feff}' => None,
        _ if c.is_control() => None,
        _ => Some(c),
    }
}

/// Whether an element of WordprocessingML holds nothing that people see: what a tracked change deleted or how things were
/// before it, a field's instruction, a content control's settings, the sound of a character.
fn is_unseen(name: &str) -> bool {
    matches!(
        name,
        "del"
            | "moveFrom"
            | "delText"
            | "instrText"
            | "delInstrText"
            | "sdtPr"
            | "sdtEndPr"
            | "rt"
            | "softHyphen"
    ) || name.ends_with("Change")
}

/// The paragraphs of a cell, those of tables inside it among them.
pub fn of_cell(blocks: Vec<Block>) -> Vec<Paragraph> {
    let mut paragraphs = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => paragraphs.push(paragraph),
            Block::Table(table) => paragraphs.extend(flat(table)),
        }
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;
    use crate::draft::body;

    fn read(run: &str) -> Result<Vec<Block>> {
        let main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
        let text =
            format!("<w:document xmlns:w='{main}'><w:body><w:p><w:r>{run}</w:r></w:p></w:body></w:document>");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        body::read("file", &zip.finish().unwrap().into_inner())
    }

    #[test]
    fn fields_in_one_another_are_bounded_and_those_behind_one_another_are_not() {
        let [begin, separate, end] =
            ["begin", "separate", "end"].map(|kind| format!("<w:fldChar w:fldCharType='{kind}'/>"));
        let open = format!("{begin}{separate}");
        let deep = |depth: usize| read(&format!("{}<w:t>x</w:t>{}", open.repeat(depth), end.repeat(depth)));
        assert!(deep(MAX_FIELDS).is_ok());
        assert!(deep(MAX_FIELDS + 1).unwrap_err().message.contains("at most 128 deep"));
        assert!(read(&format!("{open}<w:t>x</w:t>{end}").repeat(MAX_FIELDS * 2)).is_ok());
    }
}
