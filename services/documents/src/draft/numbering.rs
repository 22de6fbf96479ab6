//! The numbers that Word counts: they stand nowhere in the text.

use std::collections::{BTreeMap, BTreeSet};

use ykien_domain::Result;

use super::MAX_DEFINITIONS;
use super::styles::{Properties, Styles};
use super::xml::{Tag, Xml};

/// The levels of a list.
const LEVELS: usize = 9;
/// The longest pattern of a number, in bytes: Word allows 255 characters.
const MAX_PATTERN: usize = 1_000;
/// The most lists that stand for one another by a style: more is a circle.
const MAX_LINKS: usize = 8;

/// One level of a list.
#[derive(Debug, Clone, Default)]
struct Level {
    start: u32,
    /// Its `numFmt`.
    format: String,
    /// Its `lvlText`: `Điều %1.`, `%1.%2`.
    pattern: String,
    /// The level, from 1, whose numbers start this one again; 0 for none. Any higher one when it is not said.
    restart: Option<u32>,
    /// The paragraph style that stands for this level.
    style: Option<String>,
    /// Whether all numbers in it are shown as decimals.
    decimal: bool,
}

/// An abstract list: nine levels that are counted together.
#[derive(Debug, Clone, Default)]
struct List {
    levels: BTreeMap<usize, Level>,
    /// The style of lists that stands for the levels.
    link: Option<String>,
}

/// A list as paragraphs name it.
#[derive(Debug, Clone, Default)]
struct Instance {
    list: u32,
    starts: BTreeMap<usize, u32>,
    levels: BTreeMap<usize, Level>,
}

/// The lists of a document, and how far each has been counted.
#[derive(Debug, Default)]
pub struct Numbering {
    lists: BTreeMap<u32, List>,
    instances: BTreeMap<u32, Instance>,
    counted: BTreeMap<u32, [Option<u32>; LEVELS]>,
    /// The instances and levels whose own start was taken.
    started: BTreeSet<(u32, usize)>,
}

/// A paragraph's number.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Number {
    /// As it is shown: `Điều 5.`, `2.1`, `a)`.
    pub text: String,
    /// The level of a heading that its pattern makes of the paragraph: it names a unit (`Chương %1`); 0 for others.
    pub heading: u8,
}

impl Numbering {
    /// Reads `numbering.xml`.
    ///
    /// # Errors
    /// `INVALID_FIELD` past [`MAX_DEFINITIONS`] or [`MAX_PATTERN`].
    pub fn read(field: &str, text: Option<&str>, styles: &Styles) -> Result<Self> {
        let mut numbering = Self::default();
        let Some(text) = text else { return Ok(numbering) };
        let mut xml = Xml::new(field, text);
        if xml.child()?.is_none() {
            return Ok(numbering);
        }
        while let Some(tag) = xml.child()? {
            match tag.word() {
                "abstractNum" => {
                    let id = xml.number(&tag, "abstractNumId")?;
                    let list = list(&mut xml)?;
                    numbering.lists.extend(id.map(|id| (id, list)));
                }
                "num" => {
                    let id = xml.number(&tag, "numId")?;
                    let instance = instance(&mut xml)?;
                    numbering.instances.extend(id.map(|id| (id, instance)));
                }
                _ => xml.skip()?,
            }
            if numbering.lists.len() > MAX_DEFINITIONS || numbering.instances.len() > MAX_DEFINITIONS {
                return Err(xml.error(format!("must have at most {MAX_DEFINITIONS} lists")));
            }
        }
        numbering.resolve(styles);
        Ok(numbering)
    }

    /// Leads each instance of a list that only names a style of lists to the list behind it.
    fn resolve(&mut self, styles: &Styles) {
        let behind = |mut id: u32| {
            for _ in 0..MAX_LINKS {
                let list = self.lists.get(&id).filter(|list| list.levels.is_empty())?;
                let style = styles.of(list.link.as_deref())?;
                id = self.instances.get(&style.list?)?.list;
                if self.lists.get(&id).is_some_and(|list| !list.levels.is_empty()) {
                    return Some(id);
                }
            }
            None
        };
        let found: Vec<_> =
            self.instances.iter().filter_map(|(id, instance)| Some((*id, behind(instance.list)?))).collect();
        for (id, list) in found {
            if let Some(instance) = self.instances.get_mut(&id) {
                instance.list = list;
            }
        }
    }

    /// Counts a paragraph. Its number when it has one; the text is made only if it is `shown`.
    pub fn count(&mut self, properties: &Properties, styles: &Styles, shown: bool) -> Option<Number> {
        let made = styles.of(properties.style.as_deref());
        let own = properties.list;
        let id = own.or_else(|| made.and_then(|made| made.list)).filter(|id| *id > 0)?;
        let instance = self.instances.get(&id)?;
        let list = self.lists.get(&instance.list)?;
        let linked = || {
            let style = made.map(|made| made.list_style.as_str()).filter(|style| !style.is_empty())?;
            let found = list.levels.iter().find(|(_, level)| level.style.as_deref() == Some(style));
            found.map(|(index, _)| *index)
        };
        let said = |level: Option<u32>| level.and_then(|level| usize::try_from(level).ok());
        let by_style = || linked().or_else(|| said(made.and_then(|made| made.list_level)));
        let index = match (said(properties.list_level), own) {
            (Some(index), _) => index,
            (None, Some(_)) => 0,
            (None, None) => by_style().unwrap_or_default(),
        }
        .min(LEVELS - 1);
        let level = |index: usize| instance.levels.get(&index).or_else(|| list.levels.get(&index));
        let current = level(index)?;

        let counted = self.counted.entry(instance.list).or_default();
        let restart = instance.starts.get(&index).filter(|_| self.started.insert((id, index)));
        let next = match (restart, counted.get(index).copied().flatten()) {
            (Some(start), _) => *start,
            (None, Some(last)) => last.saturating_add(1),
            (None, None) => current.start,
        };
        for (below, value) in counted.iter_mut().enumerate().skip(index + 1) {
            let again = match level(below).and_then(|level| level.restart) {
                Some(after) => usize::try_from(after).is_ok_and(|after| index < after),
                None => true,
            };
            if again {
                *value = None;
            }
        }
        if let Some(value) = counted.get_mut(index) {
            *value = Some(next);
        }
        if !shown {
            return None;
        }
        let value = |of: usize| {
            let at = level(of)?;
            let value = counted.get(of).copied().flatten().unwrap_or(at.start);
            let format = if current.decimal { "decimal" } else { &at.format };
            Some(spelled(format, value))
        };
        let text = shown_number(current, value);
        let letters = current.pattern.split('%').flat_map(|part| part.split_whitespace());
        let unit = letters.clone().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 3);
        let unit = unit && current.format != "bullet" && current.pattern.contains('%');
        let heading = if unit { u8::try_from(index + 1).unwrap_or_default() } else { 0 };
        (!text.is_empty()).then_some(Number { text, heading })
    }
}

/// The pattern with its numbers, or a list's mark.
fn shown_number(level: &Level, value: impl Fn(usize) -> Option<String>) -> String {
    if level.format == "bullet" {
        let mark = level.pattern.trim();
        let plain =
            mark.chars().all(|c| matches!(c, '-' | '–' | '—' | '+' | '*' | '•' | '●' | '○' | '▪' | '■'));
        return match mark {
            "" => String::new(),
            _ if plain => mark.to_owned(),
            // Letters of a font of symbols.
            _ => "•".to_owned(),
        };
    }
    let mut text = String::new();
    let mut rest = level.pattern.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let digit = after.chars().next().and_then(|c| c.to_digit(10)).and_then(|d| usize::try_from(d).ok());
        match digit.and_then(|digit| digit.checked_sub(1)) {
            Some(of) => {
                text.push_str(&value(of).unwrap_or_default());
                rest = after.get(1..).unwrap_or_default();
            }
            None => {
                text.push('%');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.trim().to_owned()
}

/// A number as a format spells it; in digits where the format is another, or would make it long.
fn spelled(format: &str, value: u32) -> String {
    match format {
        "none" | "bullet" => String::new(),
        "decimalZero" => format!("{value:02}"),
        "lowerRoman" => roman(value).to_lowercase(),
        "upperRoman" => roman(value),
        "lowerLetter" => letters(value, b'a'),
        "upperLetter" => letters(value, b'A'),
        _ => value.to_string(),
    }
}

fn roman(value: u32) -> String {
    const UNITS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&value) {
        return value.to_string();
    }
    let (mut text, mut rest) = (String::new(), value);
    for (worth, unit) in UNITS {
        while rest >= worth {
            text.push_str(unit);
            rest -= worth;
        }
    }
    text
}

/// `a` to `z`, then `aa`, `bb` …, as Word does.
fn letters(value: u32, first: u8) -> String {
    let Some(index) = value.checked_sub(1).filter(|index| *index < 26 * 30) else { return value.to_string() };
    let letter = char::from(first + u8::try_from(index % 26).unwrap_or_default());
    (0..=index / 26).map(|_| letter).collect()
}

/// Reads `w:abstractNum`.
fn list(xml: &mut Xml<'_>) -> Result<List> {
    let mut list = List::default();
    while let Some(tag) = xml.child()? {
        match tag.word() {
            "lvl" => {
                let (index, level) = level(xml, &tag)?;
                list.levels.insert(index, level);
                continue;
            }
            "numStyleLink" => list.link = xml.value(&tag)?,
            _ => {}
        }
        xml.skip()?;
    }
    Ok(list)
}

/// Reads `w:num`.
fn instance(xml: &mut Xml<'_>) -> Result<Instance> {
    let mut instance = Instance::default();
    while let Some(tag) = xml.child()? {
        match tag.word() {
            "abstractNumId" => instance.list = xml.number(&tag, "val")?.unwrap_or_default(),
            "lvlOverride" => {
                let index = level_index(xml, &tag)?;
                while let Some(tag) = xml.child()? {
                    match tag.word() {
                        "startOverride" => {
                            instance.starts.insert(index, xml.number(&tag, "val")?.unwrap_or_default());
                        }
                        "lvl" => {
                            let (_, level) = level(xml, &tag)?;
                            instance.levels.insert(index, level);
                            continue;
                        }
                        _ => {}
                    }
                    xml.skip()?;
                }
                continue;
            }
            _ => {}
        }
        xml.skip()?;
    }
    Ok(instance)
}

fn level_index(xml: &Xml<'_>, tag: &Tag<'_>) -> Result<usize> {
    let index = xml.number(tag, "ilvl")?.and_then(|index| usize::try_from(index).ok());
    Ok(index.unwrap_or_default().min(LEVELS - 1))
}

/// Reads `w:lvl`.
fn level(xml: &mut Xml<'_>, tag: &Tag<'_>) -> Result<(usize, Level)> {
    let index = level_index(xml, tag)?;
    let mut level = Level::default();
    // Word wraps a format that old programs don't know, with one that they do: the last one counts.
    let mut depth = 0_usize;
    loop {
        let Some(tag) = xml.child()? else {
            match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => break,
            }
            continue;
        };
        match tag.word() {
            "start" => level.start = xml.number(&tag, "val")?.unwrap_or_default(),
            "numFmt" => level.format = xml.value(&tag)?.unwrap_or_default(),
            "lvlText" => level.pattern = xml.value(&tag)?.unwrap_or_default(),
            "lvlRestart" => level.restart = xml.number(&tag, "val")?,
            "pStyle" => level.style = xml.value(&tag)?,
            "isLgl" => level.decimal = xml.is_on(&tag)?,
            "pPr" | "rPr" => {
                xml.skip()?;
                continue;
            }
            _ => {}
        }
        depth += 1;
    }
    if level.pattern.len() > MAX_PATTERN {
        return Err(xml.error(format!("must have numbers whose pattern has at most {MAX_PATTERN} bytes")));
    }
    Ok((index, level))
}
