//! Headings that only a word processor's style tells: `Lời nói đầu` between chapters, a report without numbers.

use super::label::{Kind, Mark};
use super::legal::Reader;
use super::region::{Part, Region};
use super::sequence::Chains;
use super::shadow::Light;
use super::source::Source;
use super::text::{is_caps, length, strip_any};
use super::title;
use super::{Depth, Level, number::Number, rank};

/// The longest heading without a number, in characters: more is a paragraph in a wrong style.
const LONGEST: usize = 300;

/// The names of documents, alone on a line above their subject.
const TITLES: [&str; 22] = [
    "nghi quyet",
    "nghi dinh",
    "quyet dinh",
    "thong tu",
    "thong bao",
    "phap lenh",
    "chi thi",
    "bo luat",
    "luat",
    "to trinh",
    "bao cao",
    "ke hoach",
    "chuong trinh hanh dong",
    "chuong trinh",
    "de an",
    "du an",
    "du thao",
    "quy che",
    "quy dinh",
    "huong dan",
    "phuong an",
    "dieu le",
];

/// The names of documents that a first heading in capitals may go on after.
const OPEN_TITLES: [&str; 9] = [
    "nghi quyet",
    "nghi dinh",
    "quyet dinh",
    "thong tu",
    "to trinh",
    "bao cao",
    "ke hoach",
    "de an",
    "du thao",
];

/// The rank of each level of style, from what the document numbers at that level; [`LEVELS`] of them.
pub type Ranks = [u8; LEVELS];

/// Levels of style, and 0 for none.
const LEVELS: usize = 10;

/// The heading on a line that has a style and no number.
pub fn unnumbered(source: &Source<'_>, index: usize) -> Option<Mark> {
    let line = source.lines.get(index).filter(|line| source.styled && line.hashes > 0)?;
    let words = line.text;
    let heads = words.chars().any(char::is_alphabetic)
        && length(words, LONGEST + 1) <= LONGEST
        && !title::is_letterhead(words);
    heads.then(|| Mark {
        line: index,
        kind: Kind::Heading,
        number: Number::default(),
        label: String::new(),
        title: words.to_owned(),
        strong: true,
        marked: true,
    })
}

/// The rank that most numbered headings of each level have. A level without numbers stands as many ranks above the
/// next deeper one that has them, or below the next higher one.
pub fn ranks(source: &Source<'_>, marks: &[Mark]) -> Ranks {
    let mut seen: [Vec<u8>; LEVELS] = Default::default();
    for mark in marks.iter().filter(|mark| source.styled && mark.marked) {
        let level = level(source, mark);
        if let (Some(rank), Some(ranks)) = (own_rank(mark), seen.get_mut(level)) {
            ranks.push(rank);
        }
    }
    let usual: Vec<Option<u8>> = seen
        .iter()
        .map(|ranks| {
            let count = |rank: u8| ranks.iter().filter(|other| **other == rank).count();
            let mut kinds = ranks.clone();
            kinds.sort_unstable();
            kinds.dedup();
            kinds.into_iter().rev().max_by_key(|rank| count(*rank))
        })
        .collect();
    let known = |level: usize| usual.get(level).copied().flatten();
    std::array::from_fn(|level| {
        let steps = |other: usize| u8::try_from(level.abs_diff(other)).unwrap_or_default();
        let deeper = (level + 1..LEVELS).find_map(|other| Some(known(other)?.saturating_sub(steps(other))));
        let higher = (0..level).rev().find_map(|other| Some(known(other)?.saturating_add(steps(other))));
        known(level).or(deeper).or(higher).unwrap_or_else(|| rank::CHAPTER + steps(0))
    })
}

/// The level of a mark's style.
fn level(source: &Source<'_>, mark: &Mark) -> usize {
    source.lines.get(mark.line).map_or(0, |line| usize::from(line.hashes)).min(LEVELS - 1)
}

/// The rank that a numbered heading has by its label.
fn own_rank(mark: &Mark) -> Option<u8> {
    match mark.kind {
        Kind::Part => Some(rank::PART),
        Kind::Chapter => Some(rank::CHAPTER),
        Kind::Section => Some(rank::SECTION),
        Kind::Subsection => Some(rank::SUBSECTION),
        Kind::Article => Some(rank::ARTICLE),
        Kind::Capital => Some(rank::CAPITAL),
        Kind::Roman => Some(rank::ROMAN),
        Kind::Number => Some(rank::NUMBER + rank::deeper(mark.number.depth())),
        Kind::Letter => Some(rank::LETTER),
        Kind::Appendix | Kind::Form | Kind::Dash | Kind::Heading => None,
    }
}

/// Where the document's own title ends: the last line of it, if its first headings are its title.
pub fn own_title(region: &Region, marks: &[Mark]) -> Option<usize> {
    let first = marks.first().filter(|mark| mark.kind == Kind::Heading && region.part == Part::Main)?;
    let bare = |words: &str| {
        strip_any(words, &TITLES).is_some_and(|(_, rest)| !rest.chars().any(char::is_alphanumeric))
    };
    let open = is_caps(&first.title) && strip_any(&first.title, &OPEN_TITLES).is_some();
    if !bare(&first.title) && !open {
        return None;
    }
    let mut last = first.line;
    for mark in marks.iter().skip(1).take_while(|mark| mark.kind == Kind::Heading) {
        let subject = last == first.line && bare(&first.title);
        if mark.line != last + 1 || !(subject || is_caps(&mark.title)) {
            break;
        }
        last = mark.line;
    }
    Some(last)
}

impl Reader<'_, '_> {
    /// Adds a heading that has a style, whatever its number says: nothing that an author styled is lost. Whether it was
    /// added.
    pub fn styled(&mut self, mark: &Mark, chains: &mut Chains) -> bool {
        let taken = self.entries.list.last().is_some_and(|entry| mark.line <= entry.last);
        let level = level(self.source, mark);
        if !self.source.styled
            || !mark.marked
            || level == 0
            || taken
            || self.title.is_some_and(|last| mark.line <= last)
            || self.lights.get(mark.line) != Some(&Light::Open)
        {
            return false;
        }
        let rank = match mark.kind {
            Kind::Part | Kind::Chapter | Kind::Section | Kind::Subsection | Kind::Article => own_rank(mark),
            _ => self.ranks.get(level).copied(),
        };
        let rank = rank.unwrap_or(rank::CHAPTER);
        let item = matches!(mark.kind, Kind::Number | Kind::Letter);
        if item && self.legal && self.depth < Depth::Clause && rank > rank::ARTICLE {
            return false;
        }
        if rank <= rank::CAPITAL {
            chains.capital.reset();
        }
        if rank <= rank::ROMAN {
            chains.roman.reset();
        }
        if rank <= rank::NUMBER {
            chains.number.reset();
            chains.dotted.clear();
        }
        chains.letter.reset();
        let heading = Level::Heading(u8::try_from(level).unwrap_or_default());
        let level = match mark.kind {
            Kind::Part => Level::Part,
            Kind::Chapter => Level::Chapter,
            Kind::Section => Level::Section,
            Kind::Subsection => Level::Subsection,
            Kind::Article => Level::Article,
            Kind::Roman => {
                chains.roman.take(&mark.number);
                Level::Roman
            }
            Kind::Number => {
                chains.dotted = mark.number.parts().to_vec();
                if mark.number.depth() == 1 {
                    chains.number.take(&mark.number);
                }
                Level::Number
            }
            Kind::Letter => {
                chains.letter.take(&mark.number);
                Level::Letter
            }
            Kind::Capital | Kind::Appendix | Kind::Form | Kind::Dash | Kind::Heading => heading,
        };
        self.add(mark, level, rank);
        true
    }
}
