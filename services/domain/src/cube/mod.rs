//! The counts of a draft, kept as the fold of its events.
//!
//! Each event says which cells its comments left and entered ([`Move`]), so the fold needs no memory of comments, and
//! a count from the tables must give the same cube at the same revision. What a caller may see is applied when the
//! cube is asked, by the same rule as in the store's statements.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::actor::Sight;
use crate::filter::{Field, Filter, Value};
use crate::ids::{AgencyCode, ROOT, Revision, RoundNumber, SectionId};
use crate::words::{Channel, Kind, Status};
use crate::{Error, Reason, Result};

/// Where a comment is counted: all the dimensions that a count can be asked by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The section of its anchor.
    #[serde(rename = "s")]
    pub section: SectionId,
    /// Its status.
    #[serde(rename = "t")]
    pub status: Status,
    /// Whether its decision is published.
    #[serde(rename = "p", default, skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
    /// Its agency.
    #[serde(rename = "a")]
    pub agency: AgencyCode,
    /// The responsible agency given to the comment itself.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<AgencyCode>,
    /// What it is about.
    #[serde(rename = "k")]
    pub kind: Kind,
    /// How it came.
    #[serde(rename = "c")]
    pub channel: Channel,
    /// Its round.
    #[serde(rename = "n")]
    pub round: RoundNumber,
}

/// Comments that went from one cell to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The cell left; none for a new comment.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Cell>,
    /// The cell entered.
    #[serde(rename = "t")]
    pub to: Cell,
    /// How many comments.
    #[serde(rename = "n")]
    pub count: i64,
}

/// What the cells' ids mean now: the tree, who answers for what, what each round shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structure {
    /// Who answers for what nobody else was given.
    pub drafting_agency: AgencyCode,
    /// The tree in reading order; index = position, the root first.
    pub sections: Vec<Place>,
    /// Whether each round shows others' comments before publication.
    pub rounds: BTreeMap<RoundNumber, bool>,
}

/// A section as counting needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: SectionId,
    /// The section that it stands in.
    pub parent: Option<SectionId>,
    /// The responsible agency in force, if any was given.
    pub responsible: Option<AgencyCode>,
}

/// The counts of one draft at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cube {
    /// The revision for which the counts hold.
    pub revision: Revision,
    cells: HashMap<Cell, i64>,
}

impl Cube {
    /// The cube of counted cells.
    #[must_use]
    pub fn counted(revision: Revision, cells: impl IntoIterator<Item = (Cell, i64)>) -> Self {
        let mut cube = Self { revision, cells: HashMap::new() };
        for (cell, count) in cells {
            cube.add(cell, count);
        }
        cube
    }

    /// Goes on to `revision` by the moves of the events up to it.
    ///
    /// # Errors
    /// `INTERNAL` when a cell would fall below zero: then the log and the tables disagree, and the cube must be counted
    /// anew.
    pub fn advance(&mut self, revision: Revision, moves: impl IntoIterator<Item = Move>) -> Result<()> {
        for Move { from, to, count } in moves {
            if let Some(from) = from
                && self.add(from, -count) < 0
            {
                return Err(Error::new(Reason::Internal, "the event log does not fit the counts"));
            }
            self.add(to, count);
        }
        self.revision = revision;
        Ok(())
    }

    /// Every cell with its count, sorted: for comparing and for proof.
    #[must_use]
    pub fn cells(&self) -> Vec<(Cell, i64)> {
        let mut cells: Vec<_> = self.cells.iter().map(|(cell, count)| (cell.clone(), *count)).collect();
        cells.sort();
        cells
    }

    fn add(&mut self, cell: Cell, count: i64) -> i64 {
        use std::collections::hash_map::Entry;
        match self.cells.entry(cell) {
            Entry::Occupied(mut entry) => {
                *entry.get_mut() += count;
                let left = *entry.get();
                if left == 0 {
                    entry.remove();
                }
                left
            }
            Entry::Vacant(entry) => {
                if count != 0 {
                    entry.insert(count);
                }
                count
            }
        }
    }
}

/// What a count can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The section of the anchor; each row also has the total of the section with everything below it.
    Section,
    /// The status.
    Status,
    /// The agency whose opinion it is.
    Agency,
    /// The agency that answers for it.
    Responsible,
    /// What it is about.
    Kind,
    /// How it came.
    Channel,
    /// The round.
    Round,
}

/// The value of one dimension in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs, reason = "each is the value of the dimension of its name")]
pub enum Key {
    Section(SectionId),
    Status(Status),
    Agency(AgencyCode),
    Responsible(AgencyCode),
    Kind(Kind),
    Channel(Channel),
    Round(RoundNumber),
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The values, in the order of the dimensions asked for.
    pub keys: Vec<Key>,
    /// The comments with exactly these values.
    pub count: i64,
    /// With those of the sections below, where grouped by section; else the same as `count`.
    pub subtree_count: i64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The revision for which it holds.
    pub revision: Revision,
    /// The rows: sections in reading order, words in their standing order, agencies by code.
    pub rows: Vec<Row>,
    /// All comments that the filter takes.
    pub total: i64,
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Question {
    /// The dimensions, in the order of the rows' keys; none for the total alone.
    pub group_by: Vec<Dimension>,
    /// Which comments count.
    pub filter: Filter,
}

/// The most rows that an answer may have.
pub const MAX_ROWS: usize = 30_000;

impl Structure {
    /// Each section's place in reading order.
    fn positions(&self) -> HashMap<SectionId, usize> {
        self.sections.iter().enumerate().map(|(position, place)| (place.id, position)).collect()
    }
}

/// A cell as one caller sees it.
struct Seen<'a> {
    cell: &'a Cell,
    status: Status,
    responsible: &'a AgencyCode,
    position: usize,
}

impl Cube {
    /// The answer to a question, as this caller may see it.
    ///
    /// # Errors
    /// `INVALID_FILTER` for a field that counts don't have; `LIMIT_EXCEEDED` past [`MAX_ROWS`] rows.
    pub fn ask(&self, structure: &Structure, sight: &Sight, question: &Question) -> Result<Table> {
        let positions = structure.positions();
        let ends = subtree_ends(&structure.sections, &positions);
        question.filter.check(Field::counted)?;
        let by_section = question.group_by.iter().position(|dimension| *dimension == Dimension::Section);
        let mut codes = Codes::default();
        let mut exact: HashMap<Packed, i64> = HashMap::new();
        let mut total = 0;
        for (cell, count) in &self.cells {
            let Some(seen) = see(cell, structure, sight, &positions) else { continue };
            let takes =
                question.filter.matches(&|field, value| seen.compare(field, value, &positions, &ends));
            if !takes {
                continue;
            }
            total += count;
            let mut key = Packed::default();
            for (part, dimension) in key.iter_mut().zip(&question.group_by) {
                *part = seen.pack(*dimension, &mut codes);
            }
            *exact.entry(key).or_default() += count;
            within_limit(exact.len())?;
        }
        let mut rows: HashMap<Packed, (i64, i64)> =
            exact.iter().map(|(key, count)| (*key, (*count, *count))).collect();
        if let Some(place) = by_section {
            // Roll up into every ancestor: rows, which are fewer than cells.
            for (key, count) in &exact {
                let section = |key: &Packed| {
                    let position = key.get(place).and_then(|position| usize::try_from(*position).ok());
                    structure.sections.get(position.unwrap_or(0))
                };
                let mut key = *key;
                while let Some(parent) = section(&key).and_then(|place| place.parent) {
                    if let Some(part) = key.get_mut(place) {
                        *part = i64::try_from(positions.get(&parent).copied().unwrap_or(0)).unwrap_or(0);
                    }
                    rows.entry(key).or_default().1 += count;
                }
                within_limit(rows.len())?;
            }
        }
        let mut rows: Vec<(Vec<SortKey<'_>>, (i64, i64))> = rows
            .into_iter()
            .map(|(key, counts)| {
                let keys = key
                    .iter()
                    .zip(&question.group_by)
                    .map(|(part, dimension)| codes.unpack(*part, *dimension));
                (keys.collect(), counts)
            })
            .collect();
        rows.sort_unstable();
        let rows = rows
            .into_iter()
            .map(|(keys, (count, subtree_count))| Row {
                keys: keys
                    .into_iter()
                    .zip(&question.group_by)
                    .map(|(key, dimension)| key.into_key(*dimension, structure))
                    .collect(),
                count,
                subtree_count,
            })
            .collect();
        Ok(Table { revision: self.revision, rows, total })
    }
}

fn within_limit(rows: usize) -> Result<()> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    let message = format!("the answer has more than {MAX_ROWS} rows: group by less, or filter");
    Err(Error::new(Reason::LimitExceeded, message))
}

/// The values of a row's dimensions as numbers, which group fast; what is asked for comes first, the rest is 0.
type Packed = [i64; 7];

/// The agencies met while grouping, each with a number.
#[derive(Default)]
struct Codes<'a> {
    numbers: HashMap<&'a AgencyCode, i64>,
    codes: Vec<&'a AgencyCode>,
}

impl<'a> Codes<'a> {
    fn number(&mut self, code: &'a AgencyCode) -> i64 {
        *self.numbers.entry(code).or_insert_with(|| {
            self.codes.push(code);
            i64::try_from(self.codes.len()).unwrap_or(1) - 1
        })
    }

    fn unpack(&self, part: i64, dimension: Dimension) -> SortKey<'a> {
        let index = usize::try_from(part).unwrap_or(0);
        match dimension {
            Dimension::Section => SortKey::Position(index),
            Dimension::Status | Dimension::Kind | Dimension::Channel => {
                SortKey::Word(u8::try_from(part).unwrap_or(0))
            }
            Dimension::Round => SortKey::Number(part),
            // A number was given with its code; a row without one can't be.
            Dimension::Agency | Dimension::Responsible => {
                self.codes.get(index).map_or(SortKey::Number(part), |code| SortKey::Code(code))
            }
        }
    }
}

/// A key that sorts as people read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey<'a> {
    Position(usize),
    Word(u8),
    Number(i64),
    Code(&'a AgencyCode),
}

impl SortKey<'_> {
    fn into_key(self, dimension: Dimension, structure: &Structure) -> Key {
        let word =
            |index: &SortKey<'_>| if let SortKey::Word(index) = index { usize::from(*index) } else { 0 };
        match (dimension, &self) {
            (Dimension::Section, SortKey::Position(position)) => {
                Key::Section(structure.sections.get(*position).map_or(ROOT, |place| place.id))
            }
            (Dimension::Agency, SortKey::Code(code)) => Key::Agency((*code).clone()),
            (Dimension::Responsible, SortKey::Code(code)) => Key::Responsible((*code).clone()),
            (Dimension::Round, SortKey::Number(number)) => Key::Round(*number),
            (Dimension::Status, key) => {
                Key::Status(Status::ALL.get(word(key)).copied().unwrap_or(Status::Pending))
            }
            (Dimension::Kind, key) => Key::Kind(Kind::ALL.get(word(key)).copied().unwrap_or(Kind::General)),
            (Dimension::Channel, key) => {
                Key::Channel(Channel::ALL.get(word(key)).copied().unwrap_or(Channel::Written))
            }
            // A key is made by `Seen::key` for its own dimension, so no other pair exists.
            _ => Key::Section(ROOT),
        }
    }
}

/// The cell as this caller sees it; none when it sees nothing of it.
///
/// The twin of this rule in SQL is `SIGHT` and `SEEN_STATUS` in the store; a conformance test holds them together.
fn see<'a>(
    cell: &'a Cell,
    structure: &'a Structure,
    sight: &Sight,
    positions: &HashMap<SectionId, usize>,
) -> Option<Seen<'a>> {
    let position = positions.get(&cell.section).copied().unwrap_or(0);
    let responsible = cell
        .assigned
        .as_ref()
        .or_else(|| structure.sections.get(position).and_then(|place| place.responsible.as_ref()))
        .unwrap_or(&structure.drafting_agency);
    let status = match sight {
        Sight::Everything => cell.status,
        Sight::Own { agency, answers } if *answers && responsible == agency => cell.status,
        Sight::Own { agency, .. } => {
            let shown = structure.rounds.get(&cell.round).copied().unwrap_or(false);
            if cell.agency != *agency && !cell.published && !shown {
                return None;
            }
            if cell.published || cell.status == Status::Withdrawn { cell.status } else { Status::Pending }
        }
    };
    Some(Seen { cell, status, responsible, position })
}

impl<'a> Seen<'a> {
    fn pack(&self, dimension: Dimension, codes: &mut Codes<'a>) -> i64 {
        match dimension {
            Dimension::Section => i64::try_from(self.position).unwrap_or(0),
            Dimension::Status => i64::from(self.status as u8),
            Dimension::Agency => codes.number(&self.cell.agency),
            Dimension::Responsible => codes.number(self.responsible),
            Dimension::Kind => i64::from(self.cell.kind as u8),
            Dimension::Channel => i64::from(self.cell.channel as u8),
            Dimension::Round => self.cell.round,
        }
    }

    fn compare(
        &self,
        field: Field,
        value: &Value,
        positions: &HashMap<SectionId, usize>,
        ends: &[usize],
    ) -> std::cmp::Ordering {
        let text = |own: &str| own.cmp(value.text());
        match field {
            Field::Section => self.cell.section.cmp(&value.number()),
            Field::Subtree => {
                let inside = positions.get(&value.number()).is_some_and(|start| {
                    (*start..=ends.get(*start).copied().unwrap_or(*start)).contains(&self.position)
                });
                if inside { std::cmp::Ordering::Equal } else { std::cmp::Ordering::Less }
            }
            Field::Status => text(self.status.as_str()),
            Field::Agency => text(self.cell.agency.as_str()),
            Field::Responsible => text(self.responsible.as_str()),
            Field::Kind => text(self.cell.kind.as_str()),
            Field::Channel => text(self.cell.channel.as_str()),
            Field::Round => self.cell.round.cmp(&value.number()),
            Field::Published => self.cell.published.cmp(&value.boolean()),
            // `Field::counted` keeps these out.
            Field::Number | Field::Late | Field::Text | Field::Unaccented => std::cmp::Ordering::Less,
        }
    }
}

/// For each place in reading order, the last place of its subtree.
#[must_use]
pub fn subtree_ends(sections: &[Place], positions: &HashMap<SectionId, usize>) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..sections.len()).collect();
    for position in (0..sections.len()).rev() {
        let parent =
            sections.get(position).and_then(|place| place.parent).and_then(|parent| positions.get(&parent));
        let end = ends.get(position).copied().unwrap_or(position);
        if let Some(slot) = parent.and_then(|parent| ends.get_mut(*parent)) {
            *slot = (*slot).max(end);
        }
    }
    ends
}

#[cfg(test)]
mod tests;
