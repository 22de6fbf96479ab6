//! What a paragraph's style says: the heading's level, its list, whether tables have lines.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::text::fold;

use super::MAX_DEFINITIONS;
use super::table;
use super::xml::{Tag, Xml};

/// The longest chain of styles that are based on one another: more is a circle.
const MAX_CHAIN: usize = 64;

/// The longest id of a style, in bytes: each style that is based on it keeps it. Word's ids are as long as its names, 253
/// characters.
const MAX_ID: usize = 1_000;

/// A style as the file has it.
#[derive(Debug, Default)]
struct Style {
    based_on: Option<String>,
    made: Made,
}

/// What a style makes of its paragraphs, by itself or by those that it is based on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Made {
    /// The level of the heading, from 1 to 9; 0 for text.
    heading: Option<u8>,
    /// Whether they are entries of a table of contents.
    pub contents: bool,
    /// The list that they stand in.
    pub list: Option<u32>,
    /// Their level in it, from 0.
    pub list_level: Option<u32>,
    /// The id of the style that names the list.
    pub list_style: String,
    /// Whether tables have lines.
    pub lines: bool,
}

/// The styles of a document, by id.
#[derive(Debug, Default)]
pub struct Styles {
    made: BTreeMap<String, Made>,
}

/// The paragraph properties that a style has, too.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Properties {
    pub style: Option<String>,
    pub outline: Option<u32>,
    pub list: Option<u32>,
    pub list_level: Option<u32>,
    /// Whether the end of the paragraph is deleted in a tracked change, so that the next goes on with it.
    pub joined: bool,
}

impl Properties {
    /// Reads `w:pPr`.
    pub fn read(xml: &mut Xml<'_>) -> Result<Self> {
        let mut properties = Self::default();
        while let Some(tag) = xml.child()? {
            match tag.word() {
                "pStyle" => properties.style = xml.value(&tag)?,
                "outlineLvl" => properties.outline = xml.number(&tag, "val")?,
                "numPr" => {
                    while let Some(tag) = xml.child()? {
                        match tag.word() {
                            "numId" => properties.list = xml.number(&tag, "val")?,
                            "ilvl" => properties.list_level = xml.number(&tag, "val")?,
                            _ => {}
                        }
                        xml.skip()?;
                    }
                    continue;
                }
                "rPr" => {
                    while let Some(tag) = xml.child()? {
                        properties.joined |= matches!(tag.word(), "del" | "moveFrom");
                        xml.skip()?;
                    }
                    continue;
                }
                _ => {}
            }
            xml.skip()?;
        }
        Ok(properties)
    }
}

impl Styles {
    /// Reads `styles.xml`.
    ///
    /// # Errors
    /// `INVALID_FIELD` past [`MAX_DEFINITIONS`] or [`MAX_ID`].
    pub fn read(field: &str, text: Option<&str>) -> Result<Self> {
        let mut styles = BTreeMap::new();
        let Some(text) = text else { return Ok(Self::default()) };
        let mut xml = Xml::new(field, text);
        if xml.child()?.is_none() {
            return Ok(Self::default());
        }
        while let Some(tag) = xml.child()? {
            if tag.word() != "style" {
                xml.skip()?;
                continue;
            }
            let id = xml.attribute(&tag, "styleId")?;
            if id.as_ref().is_some_and(|id| id.len() > MAX_ID) {
                return Err(xml.error(format!("must have styles whose ids have at most {MAX_ID} bytes")));
            }
            let style = style(&mut xml, &tag, id.as_deref().unwrap_or_default())?;
            if let Some(id) = id {
                styles.insert(id, style);
            }
            if styles.len() > MAX_DEFINITIONS {
                return Err(xml.error(format!("must have at most {MAX_DEFINITIONS} styles")));
            }
        }
        let made = styles.keys().map(|id| (id.clone(), inherited(&styles, id))).collect();
        Ok(Self { made })
    }

    /// What a style makes of its paragraphs; nothing when there is no such style.
    pub fn of(&self, id: Option<&str>) -> Option<&Made> {
        self.made.get(id?)
    }

    /// The level of a heading, from 1 to 9, that a paragraph's own outline level or else its style gives; 0 for text.
    pub fn heading(&self, properties: &Properties) -> u8 {
        let id = properties.style.as_deref();
        let by_style = || match self.of(id) {
            Some(made) => made.heading,
            // A style that the file only names.
            None => named(id?),
        };
        properties.outline.map(level).or_else(by_style).unwrap_or_default()
    }
}

/// What a style says, and what it leaves to those that it is based on, as far as [`MAX_CHAIN`].
fn inherited(styles: &BTreeMap<String, Style>, id: &str) -> Made {
    let mut made = Made::default();
    let mut next = styles.get(id);
    for _ in 0..MAX_CHAIN {
        let Some(style) = next else { break };
        let own = &style.made;
        made.heading = made.heading.or(own.heading);
        made.contents |= own.contents;
        made.lines |= own.lines;
        made.list_level = made.list_level.or(own.list_level);
        if made.list.is_none() && own.list.is_some() {
            made.list = own.list;
            made.list_style.clone_from(&own.list_style);
        }
        next = style.based_on.as_deref().and_then(|id| styles.get(id));
    }
    made
}

/// The level of a heading for an outline level as written: 0 to 8, and 9 for text.
fn level(outline: u32) -> u8 {
    if outline < 9 { u8::try_from(outline + 1).unwrap_or_default() } else { 0 }
}

/// Reads `w:style`.
fn style(xml: &mut Xml<'_>, tag: &Tag<'_>, id: &str) -> Result<Style> {
    let mut style = Style::default();
    let made = &mut style.made;
    let kind = xml.attribute(tag, "type")?;
    // A character style `Heading 1 Char` makes no headings.
    let blocks = kind.as_deref() != Some("character");
    let mut by_name = if blocks { named(id) } else { None };
    while let Some(tag) = xml.child()? {
        match tag.word() {
            "name" if blocks => {
                let name = xml.value(&tag)?.unwrap_or_default();
                by_name = named(&name).or(by_name);
                made.contents = is_contents(&name);
            }
            "basedOn" => style.based_on = xml.value(&tag)?,
            "pPr" if blocks => {
                let properties = Properties::read(xml)?;
                made.heading = properties.outline.map(level);
                made.list = properties.list;
                made.list_level = properties.list_level;
                id.clone_into(&mut made.list_style);
                continue;
            }
            "tblPr" => {
                made.lines = table::Properties::read(xml)?.lines.unwrap_or_default();
                continue;
            }
            _ => {}
        }
        xml.skip()?;
    }
    made.heading = made.heading.or(by_name);
    Ok(style)
}

/// Whether the name is that of a table of contents' entries: `toc 1`, `Contents 2`.
fn is_contents(name: &str) -> bool {
    let name = fold(name);
    let level = name.strip_prefix("toc ").or_else(|| name.strip_prefix("contents "));
    level.is_some_and(|level| level.bytes().all(|b| b.is_ascii_digit()))
}

/// The level in the name of a heading style: `heading 1`, `Heading1`, `Tiêu đề 2`, `Đề mục 3`.
fn named(name: &str) -> Option<u8> {
    let name = fold(name);
    let rest = ["heading", "tieu de", "tieude", "de muc"].iter().find_map(|word| name.strip_prefix(word))?;
    let level = rest.trim().parse::<u8>().ok()?;
    (1..=9).contains(&level).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_with_a_long_id_is_refused_before_others_copy_it() {
        let styles = |length: usize| {
            let main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
            let id = "x".repeat(length);
            let text = format!("<w:styles xmlns:w='{main}'><w:style w:styleId='{id}'/></w:styles>");
            Styles::read("file", Some(&text)).map(|styles| styles.of(Some(&id)).is_some())
        };
        assert_eq!(styles(MAX_ID), Ok(true));
        assert!(styles(MAX_ID + 1).unwrap_err().message.contains("at most 1000 bytes"));
    }
}
