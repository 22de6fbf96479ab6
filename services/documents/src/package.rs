//! A zip of XML parts (`.docx`, `.xlsx`), opened with bounds: nothing is unpacked to disk, nothing is believed that the
//! archive says about itself, and no part is read past its share.

use std::io::{Cursor, Read};

use quick_xml::events::Event;
use ykien_domain::{Error, Result};
use zip::ZipArchive;

/// The largest file that is taken, in bytes.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;
/// The most entries of an archive.
pub const MAX_ENTRIES: usize = 2_000;
/// The most bytes of all parts that are read, unpacked.
pub const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;
/// The most elements of all XML parts that are read: more would be read long before they were refused for what they say.
pub const MAX_ELEMENTS: usize = 5_000_000;
/// The deepest XML.
pub const MAX_XML_DEPTH: usize = 128;
/// The most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 256;

/// An archive under bounds.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    field: String,
    /// What may still be unpacked, in bytes.
    left: u64,
    /// How many elements may still be read.
    elements: usize,
}

impl<'a> Package<'a> {
    /// Opens an archive.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field`: too large, no archive, too many entries, encrypted, or two entries of one name.
    pub fn open(field: &str, bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(Error::field(
                field,
                format!("must be at most {MAX_FILE_BYTES} bytes, is {}", bytes.len()),
            ));
        }
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            let message = "is an old binary Office file (.doc, .xls) or one with a password: save it as .docx or .xlsx without one";
            return Err(Error::field(field, message));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| Error::field(field, "is not a .docx or .xlsx file, or is damaged"))?;
        if archive.len() > MAX_ENTRIES {
            return Err(Error::field(
                field,
                format!("must have at most {MAX_ENTRIES} entries, has {}", archive.len()),
            ));
        }
        if archive.has_overlapping_files().unwrap_or(true) {
            return Err(Error::field(field, "has entries that lie over one another"));
        }
        for index in 0..archive.len() {
            let entry = archive
                .by_index_raw(index)
                .map_err(|_| Error::field(field, "has an entry that is damaged"))?;
            if entry.encrypted() {
                return Err(Error::field(field, "has a password: save it without one"));
            }
        }
        if !one_entry_a_name(&archive, bytes) {
            return Err(Error::field(field, "has two entries of one name"));
        }
        Ok(Self { archive, field: field.to_owned(), left: MAX_UNPACKED_BYTES, elements: MAX_ELEMENTS })
    }

    /// The names of the entries.
    pub fn names(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        self.archive.file_names().filter_map(Result::ok)
    }

    /// A part, unpacked; none when there is no such part.
    ///
    /// # Errors
    /// `INVALID_FIELD` when it is damaged, or when more was unpacked than [`MAX_UNPACKED_BYTES`].
    pub fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let damaged = || Error::field(&self.field, format!("has a damaged part {name:?}"));
        let entry = match self.archive.by_name(name) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(_) => return Err(damaged()),
        };
        let mut bytes = Vec::new();
        entry.take(self.left + 1).read_to_end(&mut bytes).map_err(|_| damaged())?;
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(Error::field(
                &self.field,
                format!("must be at most {MAX_UNPACKED_BYTES} bytes when unpacked"),
            ));
        };
        self.left = left;
        Ok(Some(bytes))
    }

    /// An XML part: UTF-8, without a DOCTYPE, well-formed, at most [`MAX_XML_DEPTH`] deep, and with the parts before it of at
    /// most [`MAX_ELEMENTS`] elements.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming the part.
    pub fn xml(&mut self, name: &str) -> Result<Option<String>> {
        let Some(bytes) = self.part(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::field(&self.field, format!("has a part {name:?} that is not UTF-8")))?;
        self.elements = check_xml(&text, self.elements)
            .map_err(|why| Error::field(&self.field, format!("has a part {name:?} that {why}")))?;
        Ok(Some(text))
    }
}

/// Whether each name stands once in the central directory, as readers compare names (blind to case and to the slash's way):
/// of two entries a reader may take either, and so another one than was checked.
fn one_entry_a_name(archive: &ZipArchive<Cursor<&[u8]>>, bytes: &[u8]) -> bool {
    let mut names = std::collections::BTreeSet::new();
    for name in archive.file_names() {
        let Ok(name) = name else { return false };
        if !names.insert(name.replace('\\', "/").to_ascii_lowercase()) {
            return false;
        }
    }
    // The archive keeps the last of several entries with the very same name: count the headers themselves.
    let mut rest = usize::try_from(archive.central_directory_start())
        .ok()
        .and_then(|start| bytes.get(start..))
        .unwrap_or_default();
    let mut entries = 0;
    while rest.starts_with(b"PK\x01\x02") {
        entries += 1;
        // Lengths of name, extra field and comment (APPNOTE 4.3.12).
        let length = |at: usize| match rest.get(at..at + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => 0,
        };
        let header = 46 + length(28) + length(30) + length(32);
        rest = rest.get(header..).unwrap_or_default();
    }
    entries == archive.len()
}

/// Whether the XML may be read: whoever parses it after this meets no DOCTYPE, and no more depth than is said here. How many
/// elements are left of those that may be read.
fn check_xml(text: &str, mut left: usize) -> Result<usize, String> {
    // A parser that sees bytes would take them for UTF-16, and read something else than what is checked here.
    if text.contains('\0') {
        return Err("has NUL characters".to_owned());
    }
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event();
        if matches!(event, Ok(Event::Start(_) | Event::Empty(_))) {
            left = left
                .checked_sub(1)
                .ok_or_else(|| format!("is past the {MAX_ELEMENTS} elements that a file may have"))?;
        }
        match event {
            Ok(Event::Decl(declaration)) => {
                if let Some(encoding) = declaration.encoding()
                    && !encoding.is_ok_and(|name| name.eq_ignore_ascii_case("utf-8"))
                {
                    return Err("must be UTF-8, and says something else".to_owned());
                }
            }
            Ok(Event::DocType(_)) => return Err("has a DOCTYPE, which is not allowed".to_owned()),
            Ok(Event::Start(element)) => {
                depth += 1;
                if depth > MAX_XML_DEPTH {
                    return Err(format!("is more than {MAX_XML_DEPTH} elements deep"));
                }
                if has_many_attributes(&element) {
                    return Err(format!("has an element with more than {MAX_ATTRIBUTES} attributes"));
                }
            }
            Ok(Event::Empty(element)) if has_many_attributes(&element) => {
                return Err(format!("has an element with more than {MAX_ATTRIBUTES} attributes"));
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) if depth == 0 => return Ok(left),
            Ok(Event::Eof) => return Err("ends before its elements do".to_owned()),
            Ok(_) => {}
            Err(_) => return Err("is not well-formed XML".to_owned()),
        }
    }
}

/// Whether an element has more than [`MAX_ATTRIBUTES`]. Counting stops there: each is compared with those before it.
fn has_many_attributes(element: &quick_xml::events::BytesStart<'_>) -> bool {
    element.attributes().take(MAX_ATTRIBUTES + 1).count() > MAX_ATTRIBUTES
}
