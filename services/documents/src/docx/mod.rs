//! A document as `.docx`: blocks become WordprocessingML as they come, and go into the archive at once, so that a document of
//! any length takes a page of memory. The same blocks give the same bytes: the archive's times stand still.

mod block;
mod measure;
mod parts;

use std::io::Write;

use ykien_domain::{Error, Reason, Result};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use self::block::{Grid, twips};
use crate::layout::{Canvas, Cell, Orientation, Pages, Paragraph, Properties, Table};

/// How much XML is gathered before it goes into the archive, in bytes.
const GATHERED: usize = 32 * 1024;

/// A `.docx` under way. The bytes go out in order: what takes them need not seek.
pub struct Writer<W: Write> {
    archive: ZipWriter<StreamWriter<W>>,
    /// XML of `word/document.xml` that is not in the archive yet.
    xml: String,
    /// The pages that blocks stand on.
    pages: Pages,
    /// The last paragraph, when it is not written yet: where pages end, it says so.
    waiting: Option<Paragraph>,
    /// The table that was begun.
    grid: Option<Grid>,
    /// What the last block was, for what must stand between two.
    last: Last,
    /// The footers so far.
    footers: Vec<String>,
    /// How many stretches of pages were ended.
    ended: usize,
}

/// What the last block was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Paragraph,
    Table,
}

impl<W: Write> Writer<W> {
    /// Begins a document.
    ///
    /// # Errors
    /// `INTERNAL` when `out` fails.
    pub fn new(out: W, properties: &Properties) -> Result<Self> {
        let mut archive = ZipWriter::new_stream(out);
        part(&mut archive, "_rels/.rels", &parts::relations())?;
        part(&mut archive, "docProps/core.xml", &parts::core(properties))?;
        part(&mut archive, "word/styles.xml", &parts::styles(properties.language))?;
        part(&mut archive, "word/settings.xml", &parts::settings())?;
        part(&mut archive, "word/fontTable.xml", &parts::fonts())?;
        part(&mut archive, "word/header1.xml", &parts::page_number())?;
        start(&mut archive, "word/document.xml")?;
        let xml = format!("{}<w:document {}><w:body>", parts::XML, parts::NAMESPACES);
        Ok(Self {
            archive,
            xml,
            pages: Pages::default(),
            waiting: None,
            grid: None,
            last: Last::Nothing,
            footers: Vec::new(),
            ended: 0,
        })
    }

    /// Ends the document, and gives back what took it.
    ///
    /// # Errors
    /// `INTERNAL` when it can't be written.
    pub fn finish(mut self) -> Result<W> {
        self.end_table()?;
        self.write_waiting("");
        if self.last != Last::Paragraph {
            // Word wants a paragraph after a table that ends a document.
            block::spacer(&mut self.xml, "");
        }
        let section = self.section();
        self.xml.push_str(&section);
        self.xml.push_str("</w:body></w:document>");
        self.flush(0)?;
        for (index, text) in self.footers.iter().enumerate() {
            part(&mut self.archive, &format!("word/footer{}.xml", index + 1), &parts::footer(text))?;
        }
        let footers = self.footers.len();
        part(&mut self.archive, "word/_rels/document.xml.rels", &parts::document_relations(footers))?;
        part(&mut self.archive, "[Content_Types].xml", &parts::content_types(footers))?;
        self.archive.finish().map(StreamWriter::into_inner).map_err(|_| cannot_write())
    }

    /// The width of the text, millimetres.
    fn text(&self) -> f32 {
        match self.pages.orientation {
            Orientation::Portrait => 165.0,
            Orientation::Landscape => 257.0,
        }
    }

    /// The `w:sectPr` that ends the pages under way. Later pages take the header of the first ones, and their footer if it is
    /// the same; page numbers go on.
    fn section(&mut self) -> String {
        let first = self.ended == 0;
        let mut xml = String::from("<w:sectPr>");
        if first {
            xml.push_str(&format!("<w:headerReference w:type=\"default\" r:id=\"{}\"/>", parts::HEADER));
        }
        if first || self.footers.last() != Some(&self.pages.footer) {
            // A first page without a number has a footer of its own, too.
            for kind in ["default", "first"].iter().take(if first { 2 } else { 1 }) {
                let relation = parts::footer_relation(self.footers.len());
                xml.push_str(&format!("<w:footerReference w:type=\"{kind}\" r:id=\"{relation}\"/>"));
                self.footers.push(self.pages.footer.clone());
            }
        }
        // Turned with the page, the edge of the binding is on top.
        let (size, [top, right, bottom, left], header) = match self.pages.orientation {
            Orientation::Portrait => ("w:w=\"11906\" w:h=\"16838\"", [20.0, 15.0, 20.0, 30.0], 10.0),
            Orientation::Landscape => {
                ("w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"", [30.0, 20.0, 15.0, 20.0], 15.0)
            }
        };
        xml.push_str(&format!(
            "<w:type w:val=\"nextPage\"/><w:pgSz {size}/><w:pgMar w:top=\"{}\" w:right=\"{}\" w:bottom=\"{}\" w:left=\"{}\" \
             w:header=\"{}\" w:footer=\"{}\" w:gutter=\"0\"/>",
            twips(top),
            twips(right),
            twips(bottom),
            twips(left),
            twips(header),
            twips(8.0)
        ));
        if first {
            xml.push_str("<w:titlePg/>");
        }
        xml.push_str("</w:sectPr>");
        xml
    }

    fn write_waiting(&mut self, section: &str) -> bool {
        let Some(waiting) = self.waiting.take() else { return false };
        let text = self.text();
        block::paragraph(&mut self.xml, &waiting, text, section);
        true
    }

    /// Puts the XML into the archive once there is more than so much.
    fn flush(&mut self, beyond: usize) -> Result<()> {
        if self.xml.len() > beyond {
            self.archive.write_all(self.xml.as_bytes()).map_err(|_| cannot_write())?;
            self.xml.clear();
        }
        Ok(())
    }
}

impl<W: Write> Canvas for Writer<W> {
    fn pages(&mut self, pages: &Pages) -> Result<()> {
        self.end_table()?;
        if self.last != Last::Nothing {
            let section = self.section();
            if !self.write_waiting(&section) {
                block::spacer(&mut self.xml, &section);
            }
            self.ended += 1;
            self.last = Last::Nothing;
        }
        self.pages = pages.clone();
        self.flush(GATHERED)
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()> {
        self.write_waiting("");
        self.waiting = Some(paragraph.clone());
        self.last = Last::Paragraph;
        self.flush(GATHERED)
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        self.end_table()?;
        self.write_waiting("");
        if self.last == Last::Table {
            // Two tables that touch would be one.
            block::spacer(&mut self.xml, "");
        }
        let text = self.text();
        self.grid = Some(Grid::begin(&mut self.xml, table, text));
        self.last = Last::Table;
        self.flush(GATHERED)
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let grid = self.grid.as_ref().ok_or_else(|| Error::new(Reason::Internal, "a row without a table"))?;
        grid.row(&mut self.xml, cells, false);
        self.flush(GATHERED)
    }

    fn end_table(&mut self) -> Result<()> {
        if self.grid.take().is_some() {
            self.xml.push_str("</w:tbl>");
        }
        Ok(())
    }
}

fn cannot_write() -> Error {
    Error::new(Reason::Internal, "the .docx can't be written")
}

fn start<W: Write>(archive: &mut ZipWriter<StreamWriter<W>>, name: &str) -> Result<()> {
    // The archive's own default is the machine's clock where a feature of `zip` asks for it.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    archive.start_file(name, options).map_err(|_| cannot_write())
}

fn part<W: Write>(archive: &mut ZipWriter<StreamWriter<W>>, name: &str, text: &str) -> Result<()> {
    start(archive, name)?;
    archive.write_all(text.as_bytes()).map_err(|_| cannot_write())
}

#[cfg(test)]
mod tests;
