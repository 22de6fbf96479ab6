//! Archives, right and spoilt.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The signature of an entry's header in the archive's directory.
const CENTRAL: &[u8; 4] = b"PK\x01\x02";

/// The parts of a file, to be spoilt one by one.
pub struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    /// A draft of one heading and one table.
    pub fn document() -> Self {
        let mut parts = Self(Vec::new());
        parts
            .set("_rels/.rels", relationships(&[("a", "officeDocument", "word/document.xml")]))
            .body("<w:p><w:r><w:t>I. Đánh giá chung</w:t></w:r></w:p>");
        parts
    }

    /// A sheet of one comment.
    pub fn workbook() -> Self {
        let mut parts = Self(Vec::new());
        parts
            .set("_rels/.rels", relationships(&[("a", "officeDocument", "xl/workbook.xml")]))
            .set(
                "xl/_rels/workbook.xml.rels",
                relationships(&[("rId1", "worksheet", "worksheets/sheet1.xml")]),
            )
            .sheets("<sheet name='Góp ý' sheetId='1' r:id='rId1'/>")
            .strings("<si><t>section</t></si><si><t>text</t></si>", "2")
            .cells("");
        parts
    }

    pub fn set(&mut self, name: &str, content: impl Into<Vec<u8>>) -> &mut Self {
        let content = content.into();
        match self.0.iter_mut().find(|(part, _)| part == name) {
            Some(part) => part.1 = content,
            None => self.0.push((name.to_owned(), content)),
        }
        self
    }

    pub fn without(&mut self, name: &str) -> &mut Self {
        self.0.retain(|(part, _)| part != name);
        self
    }

    /// What stands in a document's body.
    pub fn body(&mut self, blocks: &str) -> &mut Self {
        self.set("word/document.xml", word("document", &format!("<w:body>{blocks}</w:body>")))
    }

    pub fn styles(&mut self, styles: &str) -> &mut Self {
        self.set("word/styles.xml", word("styles", styles))
    }

    pub fn numbering(&mut self, lists: &str) -> &mut Self {
        self.set("word/numbering.xml", word("numbering", lists))
    }

    pub fn sheets(&mut self, sheets: &str) -> &mut Self {
        let book =
            format!("<workbook xmlns='{SHEET}' xmlns:r='{OFFICE}'><sheets>{sheets}</sheets></workbook>");
        self.set("xl/workbook.xml", book)
    }

    pub fn strings(&mut self, items: &str, count: &str) -> &mut Self {
        self.set("xl/sharedStrings.xml", format!("<sst xmlns='{SHEET}' uniqueCount='{count}'>{items}</sst>"))
    }

    pub fn formats(&mut self, before: &str, formats: &str) -> &mut Self {
        let styles = format!("<styleSheet xmlns='{SHEET}'>{before}<cellXfs>{formats}</cellXfs></styleSheet>");
        self.set("xl/styles.xml", styles)
    }

    /// The rows of the sheet, under its header.
    pub fn cells(&mut self, rows: &str) -> &mut Self {
        let header = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>";
        let sheet = format!("<worksheet xmlns='{SHEET}'><sheetData>{header}{rows}</sheetData></worksheet>");
        self.set("xl/worksheets/sheet1.xml", sheet)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let parts = self.0.iter().map(|(name, content)| (name.as_str(), content.as_slice()));
        packed(parts, SimpleFileOptions::default())
    }

    /// The archive without compression.
    pub fn stored(&self) -> Vec<u8> {
        let parts = self.0.iter().map(|(name, content)| (name.as_str(), content.as_slice()));
        packed(parts, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored))
    }

    /// The archive with one part more, of so many MiB of one byte: none of them is ever in memory at once.
    pub fn with_much(&self, name: &str, before: &str, byte: u8, mebibytes: usize) -> Vec<u8> {
        let options = SimpleFileOptions::default().compression_level(Some(1));
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (part, content) in self.0.iter().filter(|(part, _)| part != name) {
            zip.start_file(part.as_str(), options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.start_file(name, options).unwrap();
        zip.write_all(before.as_bytes()).unwrap();
        let much = vec![byte; 1 << 20];
        for _ in 0..mebibytes {
            zip.write_all(&much).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

fn packed<'a>(parts: impl Iterator<Item = (&'a str, &'a [u8])>, options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An archive of these entries.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(entries.iter().copied(), SimpleFileOptions::default())
}

/// A document, spoilt.
pub fn document(spoil: impl FnOnce(&mut Parts) -> &mut Parts) -> Vec<u8> {
    spoil(&mut Parts::document()).bytes()
}

/// A workbook, spoilt.
pub fn workbook(spoil: impl FnOnce(&mut Parts) -> &mut Parts) -> Vec<u8> {
    spoil(&mut Parts::workbook()).bytes()
}

/// A part of a document, with the namespace of its elements.
pub fn word(root: &str, content: &str) -> String {
    format!("<w:{root} xmlns:w='{WORD}'>{content}</w:{root}>")
}

/// Relationships: id, sort, target.
pub fn relationships(all: &[(&str, &str, &str)]) -> String {
    let all = all.iter().map(|(id, kind, target)| {
        format!("<Relationship Id='{id}' Type='{OFFICE}/{kind}' Target='{target}'/>")
    });
    format!("<Relationships xmlns='{PACKAGE}'>{}</Relationships>", all.collect::<String>())
}

/// Elements in one another.
pub fn nested(tag: &str, depth: usize) -> String {
    format!("{}{}", format!("<{tag}>").repeat(depth), format!("</{tag}>").repeat(depth))
}

/// Where each entry's header in the archive's directory begins.
fn headers(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(CENTRAL)).collect()
}

/// The archive with other bytes at an offset of the header of the entry that comes last.
pub fn patched(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> Vec<u8> {
    let header = *headers(&bytes).last().unwrap() + offset;
    bytes[header..header + value.len()].copy_from_slice(value);
    bytes
}

/// The archive with other text of the same length, everywhere.
pub fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// The archive with the last entry's header lying over the first entry.
pub fn overlapping(bytes: Vec<u8>) -> Vec<u8> {
    patched(bytes, 42, &[0; 4])
}

/// So much of the file, in thousandths.
pub fn truncated(mut bytes: Vec<u8>, thousandths: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() * thousandths / 1_000);
    bytes
}

/// A directory of many entries, the last of them broken, and many ends that all point to it.
pub fn directories(entries: u32, ends: usize) -> Vec<u8> {
    let mut entry = [0; 46];
    entry[..4].copy_from_slice(CENTRAL);
    let mut bytes = b"PK\x03\x04".to_vec();
    let start = bytes.len() as u32;
    bytes.extend(entry.repeat(entries as usize - 1));
    bytes.extend([0xff; 46]);
    let size = bytes.len() as u32 - start;
    let many = entries.min(0xfffe) as u16;
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &many.to_le_bytes(),
        &many.to_le_bytes(),
        &size.to_le_bytes(),
        &start.to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    bytes.extend(end.repeat(ends));
    bytes
}
