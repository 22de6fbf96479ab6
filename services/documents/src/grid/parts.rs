//! The parts of a workbook, checked before they are read.
//!
//! calamine opens the same bytes afterwards, with the same zip reader, so it reads these entries and no others: the package
//! refuses two entries of one name, and part names are looked up here as calamine looks them up. What is checked
//! beyond the package's own bounds is what calamine 0.38 takes on trust: `uniqueCount` (it reserves that many strings), the
//! styles (it copies a font's name and a number format into each), and positions (its arithmetic on them overflows).

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::events::{BytesStart, Event};
use ykien_domain::{Error, Result};

use super::{MAX_SHARED_STRINGS, MAX_SHEETS, MAX_TEXT_BYTES};
use crate::package::Package;

/// The most bytes that the styles may take: their number times the longest text in them.
const MAX_STYLE_BYTES: usize = 16 * 1024 * 1024;
/// The most opening brackets in one attribute of the styles: a number format with more is counted in one byte.
const MAX_BRACKETS: usize = 255;
/// The longest name of a sheet, in bytes; spreadsheets allow 31 characters.
const MAX_SHEET_NAME: usize = 255;
/// The errors that a cell can show.
const ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Checks every part of a workbook that its reader opens.
///
/// # Errors
/// `INVALID_FIELD` naming `field`, and the part or the cell.
pub(super) fn check(field: &str, bytes: &[u8]) -> Result<()> {
    let package = Package::open(field, bytes)?;
    let names = package
        .names()
        .map(|name| (name.replace('\\', "/").to_ascii_lowercase(), name.into_owned()))
        .collect();
    Parts { field, package, names }.check()
}

struct Parts<'a> {
    field: &'a str,
    package: Package<'a>,
    /// The entries by their names in lower case with forward slashes.
    names: BTreeMap<String, String>,
}

/// A relationship: what sort it is, and which part it points to.
struct Relationship {
    kind: String,
    target: String,
}

impl Parts<'_> {
    fn check(mut self) -> Result<()> {
        let package = self.relationships("_rels/.rels")?;
        let mut books = package
            .values()
            .filter(|relationship| relationship.kind.ends_with("/relationships/officeDocument"));
        let (Some(book), None) = (books.next(), books.next()) else {
            return Err(self.refuse("is not an .xlsx workbook"));
        };
        let book = book.target.strip_prefix('/').unwrap_or(&book.target).to_owned();
        if book.to_ascii_lowercase().ends_with(".bin") {
            return Err(self.refuse("is a binary workbook (.xlsb): save it as .xlsx"));
        }
        let (folder, name) = book.rfind('/').map_or(("", book.as_str()), |slash| book.split_at(slash + 1));
        self.part(&format!("{folder}theme/theme1.xml"))?;
        let strings = self.shared_strings(&format!("{folder}sharedStrings.xml"))?;
        self.styles(&format!("{folder}styles.xml"))?;
        let relationships = self.relationships(&format!("{folder}_rels/{name}.rels"))?;
        for target in self.sheets(&book, &relationships)? {
            let path = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
            self.sheet(&path, strings)?;
        }
        Ok(())
    }

    fn refuse(&self, why: impl Into<String>) -> Error {
        Error::field(self.field, why)
    }

    /// A part as the reader will look it up.
    fn part(&mut self, path: &str) -> Result<Option<String>> {
        let name = self.names.get(&path.to_ascii_lowercase()).map_or(path, String::as_str);
        self.package.xml(name)
    }

    fn required(&mut self, path: &str) -> Result<String> {
        self.part(path)?
            .ok_or_else(|| self.refuse(format!("is not an .xlsx workbook: it has no part {path:?}")))
    }

    fn relationships(&mut self, path: &str) -> Result<BTreeMap<String, Relationship>> {
        let text = self.required(path)?;
        let mut relationships = BTreeMap::new();
        walk(&text, |event| {
            let Event::Start(element) = event else { return Ok(()) };
            if element.local_name().as_ref() != "Relationship" {
                return Ok(());
            }
            let (mut id, mut kind, mut target) = (String::new(), String::new(), String::new());
            let mut external = false;
            attributes(&element, |key, value| match key {
                "Id" => value.clone_into(&mut id),
                "Type" => value.clone_into(&mut kind),
                "Target" => value.clone_into(&mut target),
                "TargetMode" => external = value == "External",
                _ => {}
            })?;
            // Links out of the file are common (a web address in a cell), and nobody follows them.
            let leads = kind.ends_with("/officeDocument") || kind.ends_with("/worksheet");
            if leads && (external || target.is_empty() || target.split(['/', '\\']).any(|step| step == ".."))
            {
                return Err("refers to something outside of the file".to_owned());
            }
            match relationships.insert(id, Relationship { kind, target }) {
                Some(_) => Err("has two relationships of one id".to_owned()),
                None => Ok(()),
            }
        })
        .map_err(|why| self.refuse(format!("has a part {path:?} that {why}")))?;
        Ok(relationships)
    }

    /// How many shared strings there are.
    fn shared_strings(&mut self, path: &str) -> Result<usize> {
        let Some(text) = self.part(path)? else { return Ok(0) };
        let (mut strings, mut bytes) = (0, 0);
        walk(&text, |event| {
            match event {
                Event::Start(element) if element.local_name().as_ref() == "si" => strings += 1,
                Event::Start(element) => {
                    let mut declared = None;
                    attributes(&element, |key, value| {
                        if key == "uniqueCount" {
                            declared = Some(value.parse().unwrap_or(usize::MAX));
                        }
                    })?;
                    strings = strings.max(declared.filter(|count| *count > MAX_SHARED_STRINGS).unwrap_or(0));
                }
                Event::Text(text) => bytes += text.len(),
                Event::CData(text) => bytes += text.len(),
                _ => {}
            }
            if strings > MAX_SHARED_STRINGS {
                return Err(format!("has more than {MAX_SHARED_STRINGS} shared strings"));
            }
            if bytes > MAX_TEXT_BYTES {
                return Err(format!("has more than {MAX_TEXT_BYTES} bytes of text"));
            }
            Ok(())
        })
        .map_err(|why| self.refuse(format!("has a part {path:?} that {why}")))?;
        Ok(strings)
    }

    fn styles(&mut self, path: &str) -> Result<()> {
        let Some(text) = self.part(path)? else { return Ok(()) };
        let (mut styles, mut longest) = (0_usize, 64);
        walk(&text, |event| {
            let Event::Start(element) = event else { return Ok(()) };
            let mut brackets = 0;
            attributes(&element, |_, value| {
                longest = longest.max(value.len());
                brackets = brackets.max(value.matches('[').count());
            })?;
            if brackets > MAX_BRACKETS {
                return Err(format!("has a number format with more than {MAX_BRACKETS} brackets"));
            }
            styles += usize::from(element.local_name().as_ref() == "xf");
            if styles.saturating_mul(longest) > MAX_STYLE_BYTES {
                return Err(format!("has styles of more than {MAX_STYLE_BYTES} bytes"));
            }
            Ok(())
        })
        .map_err(|why| self.refuse(format!("has a part {path:?} that {why}")))
    }

    /// The targets of the worksheets.
    fn sheets(&mut self, path: &str, relationships: &BTreeMap<String, Relationship>) -> Result<Vec<String>> {
        let text = self.required(path)?;
        let mut names = BTreeSet::new();
        let mut targets = Vec::new();
        walk(&text, |event| {
            let Event::Start(element) = event else { return Ok(()) };
            if element.local_name().as_ref() != "sheet" {
                return Ok(());
            }
            let (mut name, mut ids) = (String::new(), Vec::new());
            attributes(&element, |key, value| match key {
                "name" => value.clone_into(&mut name),
                "id" => ids.push(value.to_owned()),
                key if key.ends_with(":id") => ids.push(value.to_owned()),
                _ => {}
            })?;
            let name = quick_xml::escape::unescape(&name)
                .map_err(|_| "has a sheet whose name can't be read".to_owned())?;
            if name.len() > MAX_SHEET_NAME {
                return Err(format!("has a sheet whose name is longer than {MAX_SHEET_NAME} bytes"));
            }
            let [id] = ids.as_slice() else {
                return Err(format!("does not say where its sheet {name:?} is"));
            };
            let Some(relationship) = relationships.get(id) else {
                return Err(format!("does not say where its sheet {name:?} is"));
            };
            if relationship.kind.ends_with("/worksheet") {
                targets.push(relationship.target.clone());
            }
            if !names.insert(name.to_lowercase()) {
                return Err(format!("has two sheets of the name {name:?}"));
            }
            if names.len() > MAX_SHEETS {
                return Err(format!("has more than {MAX_SHEETS} sheets"));
            }
            Ok(())
        })
        .map_err(|why| self.refuse(format!("has a part {path:?} that {why}")))?;
        if names.is_empty() {
            return Err(self.refuse("is not an .xlsx workbook: it has no sheets"));
        }
        Ok(targets)
    }

    /// A sheet: every position in it is one, and its cells point to strings that are there.
    fn sheet(&mut self, path: &str, strings: usize) -> Result<()> {
        let text = self.required(path)?;
        let mut at = String::new();
        let mut kind = String::new();
        let mut value = false;
        walk(&text, |event| {
            match event {
                Event::Start(element) => {
                    let name = element.local_name();
                    value = name.as_ref() == "v";
                    let mut wrong = None;
                    match name.as_ref() {
                        "c" => {
                            at.clear();
                            kind.clear();
                            attributes(&element, |key, value| match key {
                                "r" => value.clone_into(&mut at),
                                "t" => value.clone_into(&mut kind),
                                _ => {}
                            })?;
                            wrong = Some(at.clone()).filter(|at| !at.is_empty() && position(at).is_none());
                        }
                        "row" => attributes(&element, |key, value| {
                            if key == "r" && row(value).is_none() {
                                wrong = Some(value.to_owned());
                            }
                        })?,
                        "dimension" => attributes(&element, |key, value| {
                            if key == "ref" && !is_range(value) {
                                wrong = Some(value.to_owned());
                            }
                        })?,
                        _ => return Ok(()),
                    }
                    if let Some(wrong) = wrong {
                        let shown: String = wrong.chars().take(20).collect();
                        return Err(format!("has the position {shown:?}, which no sheet has"));
                    }
                }
                Event::Text(text)
                    if value && kind == "s" && !text.parse().is_ok_and(|index: usize| index < strings) =>
                {
                    return Err(format!("points from its cell {at} to a text that is not there"));
                }
                Event::Text(text) if value && kind == "e" && !ERRORS.contains(&text.as_ref()) => {
                    return Err(format!("has an error in its cell {at} that is not known"));
                }
                Event::End(_) => value = false,
                _ => {}
            }
            Ok(())
        })
        .map_err(|why| self.refuse(format!("has a part {path:?} that {why}")))
    }
}

/// Calls `see` with each event of XML that was checked to be well-formed; an empty element is a start.
fn walk(text: &str, mut see: impl FnMut(Event<'_>) -> Result<(), String>) -> Result<(), String> {
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    loop {
        match reader.read_event().map_err(|_| "is not well-formed XML".to_owned())? {
            Event::Eof => return Ok(()),
            Event::Empty(element) => {
                let end = element.to_end().into_owned();
                see(Event::Start(element))?;
                see(Event::End(end))?;
            }
            event => see(event)?,
        }
    }
}

/// Calls `see` with the name and the value, as written, of each attribute.
fn attributes(element: &BytesStart<'_>, mut see: impl FnMut(&str, &str)) -> Result<(), String> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| "has an attribute that is not well-formed".to_owned())?;
        see(attribute.key.as_ref(), &attribute.value);
    }
    Ok(())
}

/// A row's number, from 1; seven digits at most, as spreadsheets have.
fn row(text: &str) -> Option<u32> {
    let digits = (1..=7).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|row| digits && *row > 0)
}

/// A cell's column and row, from 1; three letters at most, as spreadsheets have.
fn position(text: &str) -> Option<(u32, u32)> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, digits) =
        text.split_at_checked(letters).filter(|(letters, _)| (1..=3).contains(&letters.len()))?;
    let column =
        letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'@'));
    Some((column, row(digits)?))
}

/// Whether the text is `A1` or `A1:C7`.
fn is_range(text: &str) -> bool {
    match text.split_once(':') {
        None => position(text).is_some(),
        Some((first, last)) => match (position(first), position(last)) {
            (Some(first), Some(last)) => first.0 <= last.0 && first.1 <= last.1,
            _ => false,
        },
    }
}
