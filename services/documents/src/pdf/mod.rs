//! A PDF as a canvas: real text in embedded Liberation Serif, bookmarks, tags, and nothing in it that differs between two runs.
//!
//! `lines` breaks words into lines, `table` parts rows, `flow` fills pages, `sheet` draws a full one, `structure` is what
//! bookmarks and tags are made of. A page is drawn and compressed as soon as it is full.

mod flow;
mod fonts;
mod lines;
mod sheet;
mod structure;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use krilla::Document;
use krilla::metadata::Metadata;
use ykien_domain::{Error, Reason, Result};

use crate::layout::{Canvas, Cell, Pages, Paragraph, Properties, Table};
use flow::Flow;

/// Points in so many millimetres.
fn millimetres(length: f32) -> f32 {
    length * 72.0 / 25.4
}

/// A PDF while it is drawn.
///
/// Characters that Liberation Serif lacks show as boxes and stay themselves in the text; marks that only steer a line (soft
/// hyphens, zero-width spaces) are heeded and left out.
pub struct Writer {
    document: Document,
    flow: Flow,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// An empty document that says this about itself. It has no dates, and its identifiers come from what it says.
    ///
    /// # Errors
    /// `INTERNAL` when the built-in fonts can't be read.
    pub fn new(properties: &Properties) -> Result<Self> {
        let mut metadata = Metadata::new()
            .title(properties.title.clone())
            .description(properties.subject.clone())
            .producer("ykien".to_owned());
        if !properties.author.is_empty() {
            metadata = metadata.authors(vec![properties.author.clone()]);
        }
        if !properties.language.is_empty() {
            metadata = metadata.language(properties.language.to_owned());
        }
        let mut document = Document::new();
        document.set_metadata(metadata);
        Ok(Self { document, flow: Flow::new()? })
    }

    /// Ends the last page and writes the file.
    ///
    /// # Errors
    /// `INTERNAL` when a table is still open, or the file can't be made or written.
    pub fn finish(mut self, out: &mut impl Write) -> Result<()> {
        self.flow.finish()?;
        self.draw()?;
        let Self { mut document, flow } = self;
        let (outline, tags) = flow.structure.finish();
        document.set_outline(outline);
        document.set_tag_tree(tags);
        let bytes =
            document.finish().map_err(|_| Error::new(Reason::Internal, "the PDF file can't be made"))?;
        out.write_all(&bytes).map_err(|_| Error::new(Reason::Internal, "the PDF file can't be written"))
    }

    /// Draws the pages that are full.
    fn draw(&mut self) -> Result<()> {
        for sheet in self.flow.full() {
            sheet.draw(&mut self.document, &self.flow.fonts, &mut self.flow.structure)?;
        }
        Ok(())
    }
}

impl Canvas for Writer {
    fn pages(&mut self, pages: &Pages) -> Result<()> {
        self.flow.pages(pages)?;
        self.draw()
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()> {
        self.flow.paragraph(paragraph)?;
        self.draw()
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        self.flow.table(table)?;
        self.draw()
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        self.flow.row(cells)?;
        self.draw()
    }

    fn end_table(&mut self) -> Result<()> {
        self.flow.end_table()?;
        self.draw()
    }
}
