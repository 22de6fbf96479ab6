//! The document as blocks: paragraphs with their numbers, and tables.

use ykien_domain::outline::Paragraph;
use ykien_domain::{Error, Result};

use super::numbering::Numbering;
use super::styles::Styles;
use super::table::Table;
use super::xml::{Space, Tag, Xml};
use super::{MAX_PARAGRAPHS, MAX_TEXT_BYTES, parts};

/// What a document is made of.
#[derive(Debug)]
pub enum Block {
    Paragraph(Paragraph),
    Table(Table),
}

/// Reads a document's main part, and counts what it reads.
pub struct Body<'x> {
    pub xml: Xml<'x>,
    pub styles: Styles,
    pub numbering: Numbering,
    /// The text of a paragraph whose end is deleted in a tracked change: the next one goes on with it.
    pub carried: String,
    pub rows: usize,
    pub cells: usize,
    paragraphs: usize,
    text: usize,
}

/// Reads a document.
///
/// # Errors
/// `INVALID_FIELD` naming `field`: no Word document, damaged, or past a bound.
pub fn read(field: &str, bytes: &[u8]) -> Result<Vec<Block>> {
    let parts = parts::read(field, bytes)?;
    let styles = Styles::read(field, parts.styles.as_deref())?;
    let numbering = Numbering::read(field, parts.numbering.as_deref(), &styles)?;
    let xml = Xml::new(field, &parts.document);
    let mut body =
        Body { xml, styles, numbering, carried: String::new(), rows: 0, cells: 0, paragraphs: 0, text: 0 };
    let root = body.xml.child()?;
    if root.is_none_or(|root| root.word() != "document") {
        return Err(Error::field(field, "is not a Word document (.docx)"));
    }
    let mut blocks = Vec::new();
    while let Some(tag) = body.xml.child()? {
        if tag.word() == "body" {
            body.blocks(0, &mut blocks)?;
        } else {
            body.xml.skip()?;
        }
    }
    if !body.carried.trim().is_empty() {
        let text = body.carried.trim().to_owned();
        blocks.push(Block::Paragraph(Paragraph { text, ..Paragraph::default() }));
    }
    Ok(blocks)
}

impl Body<'_> {
    /// Reads the blocks of the element that started last. `nesting` counts the tables around it.
    pub fn blocks(&mut self, nesting: usize, blocks: &mut Vec<Block>) -> Result<()> {
        while let Some(tag) = self.xml.child()? {
            self.block(&tag, nesting, blocks)?;
        }
        Ok(())
    }

    /// Reads one block, or what lies in a wrapper around blocks.
    pub fn block(&mut self, tag: &Tag<'_>, nesting: usize, blocks: &mut Vec<Block>) -> Result<()> {
        match (tag.space, tag.name()) {
            (Space::Word, "p") => {
                self.paragraphs += 1;
                if self.paragraphs > MAX_PARAGRAPHS {
                    return Err(self.xml.error(format!("must have at most {MAX_PARAGRAPHS} paragraphs")));
                }
                self.paragraph(nesting, blocks)
            }
            (Space::Word, "tbl") => self.table(nesting, blocks),
            (Space::Word, name) if is_wrapper(name) => self.blocks(nesting, blocks),
            (Space::Compatibility, "AlternateContent") => {
                let mut taken = false;
                while self.xml.child()?.is_some() {
                    if std::mem::replace(&mut taken, true) {
                        self.xml.skip()?;
                    } else {
                        self.blocks(nesting, blocks)?;
                    }
                }
                Ok(())
            }
            _ => self.xml.skip(),
        }
    }

    /// Counts text before it is kept.
    ///
    /// # Errors
    /// `INVALID_FIELD` past [`MAX_TEXT_BYTES`].
    pub fn account(&mut self, bytes: usize) -> Result<()> {
        self.text += bytes;
        if self.text > MAX_TEXT_BYTES {
            return Err(self.xml.error(format!("must have at most {MAX_TEXT_BYTES} bytes of text")));
        }
        Ok(())
    }
}

/// Whether an element only wraps blocks, rows or cells: content controls, custom XML, what a tracked change inserted.
pub fn is_wrapper(name: &str) -> bool {
    matches!(name, "sdt" | "sdtContent" | "customXml" | "smartTag" | "ins" | "moveTo")
}
