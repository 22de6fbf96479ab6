//! One part of a document, element by element.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use ykien_domain::{Error, Result};

/// Whose element it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Of WordprocessingML, transitional or strict.
    Word,
    /// Of markup compatibility: what newer and older programs read instead of one another.
    Compatibility,
    /// Of Office's formulas.
    Math,
    /// Of package relationships.
    Relationships,
    /// Any other.
    Other,
}

/// An element's start.
pub struct Tag<'x> {
    pub space: Space,
    start: BytesStart<'x>,
}

/// What comes next.
pub enum Piece<'x> {
    /// An element starts; its end follows, also of an empty one.
    Start(Tag<'x>),
    /// The innermost element ends, or the part does.
    End,
    /// Characters of the innermost element.
    Text(String),
}

/// Reads a part that [`Package::xml`](crate::package::Package::xml) has let through: well-formed, of bounded depth.
pub struct Xml<'x> {
    reader: NsReader<&'x [u8]>,
    field: &'x str,
}

impl<'x> Xml<'x> {
    pub fn new(field: &'x str, text: &'x str) -> Self {
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, field }
    }

    /// The next piece. Comments, processing instructions and the declaration are passed over.
    ///
    /// # Errors
    /// `INVALID_FIELD` for an entity that XML itself does not define: none is ever expanded.
    pub fn next(&mut self) -> Result<Piece<'x>> {
        loop {
            let Ok((space, event)) = self.reader.read_resolved_event() else { return Err(self.malformed()) };
            return Ok(match event {
                Event::Start(start) => Piece::Start(Tag { space: space_of(&space), start }),
                Event::End(_) | Event::Eof => Piece::End,
                Event::Text(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(entity) => {
                    let character = entity.resolve_char_ref().map_err(|_| self.malformed())?;
                    match (character, resolve_xml_entity(&entity)) {
                        (Some(character), _) => Piece::Text(character.to_string()),
                        (None, Some(text)) => Piece::Text(text.to_owned()),
                        (None, None) => return Err(self.malformed()),
                    }
                }
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {
                    continue;
                }
            });
        }
    }

    /// Passes over the rest of the element that started last.
    pub fn skip(&mut self) -> Result<()> {
        let mut depth = 1_usize;
        while depth > 0 {
            let Ok(event) = self.reader.read_event() else { return Err(self.malformed()) };
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The next element inside the one that started last, text passed over; none at its end.
    pub fn child(&mut self) -> Result<Option<Tag<'x>>> {
        loop {
            match self.next()? {
                Piece::Start(tag) => return Ok(Some(tag)),
                Piece::End => return Ok(None),
                Piece::Text(_) => {}
            }
        }
    }

    /// An attribute's value, whatever its prefix.
    pub fn attribute(&self, tag: &Tag<'x>, name: &str) -> Result<Option<String>> {
        for attribute in tag.start.attributes() {
            let attribute = attribute.map_err(|_| self.malformed())?;
            if attribute.key.local_name().into_inner() == name {
                let value =
                    attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| self.malformed())?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }

    /// The attribute `val`, which most properties have.
    pub fn value(&self, tag: &Tag<'x>) -> Result<Option<String>> {
        self.attribute(tag, "val")
    }

    /// The number in an attribute; none when it is missing or is no whole number from 0.
    pub fn number(&self, tag: &Tag<'x>, name: &str) -> Result<Option<u32>> {
        Ok(self.attribute(tag, name)?.and_then(|value| value.trim().parse().ok()))
    }

    /// Whether a property that is on or off is on: it is when it stands alone.
    pub fn is_on(&self, tag: &Tag<'x>) -> Result<bool> {
        Ok(!matches!(self.value(tag)?.as_deref(), Some("0" | "false" | "off" | "none")))
    }

    /// An error that names the field.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::field(self.field, message.into())
    }

    fn malformed(&self) -> Error {
        self.error("has a part that is not well-formed XML")
    }
}

impl Tag<'_> {
    /// The name without its prefix.
    pub fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The name of an element of WordprocessingML; empty for others.
    pub fn word(&self) -> &str {
        if self.space == Space::Word { self.name() } else { "" }
    }
}

fn space_of(namespace: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(Namespace(uri)) = namespace else { return Space::Other };
    match *uri {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Space::Word,
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => Space::Compatibility,
        "http://schemas.openxmlformats.org/officeDocument/2006/math"
        | "http://purl.oclc.org/ooxml/officeDocument/math" => Space::Math,
        "http://schemas.openxmlformats.org/package/2006/relationships" => Space::Relationships,
        _ => Space::Other,
    }
}
