//! Which numbers of a document run on, and which are quoted or misread.

use std::collections::HashMap;

use super::chain::Chain;
use super::label::{Kind, Mark};
use super::number::Number;

/// How many numbers may be missing in a row: scanned text loses some.
pub const GAP: u32 = 3;

/// The same for letters, of which lists leave some out.
pub const LETTER_GAP: u32 = 8;

/// The numbering of every level at one point of the text.
#[derive(Default)]
pub struct Chains {
    pub part: Chain,
    pub chapter: Chain,
    pub section: Chain,
    pub subsection: Chain,
    pub capital: Chain,
    pub roman: Chain,
    pub number: Chain,
    pub letter: Chain,
    /// The parts of the last number, dotted or not.
    pub dotted: Vec<u32>,
    /// The last number of one part, whatever heading it stood under.
    pub counted: u32,
    /// The last Roman number, whatever part it stood under.
    pub counted_roman: u32,
}

impl Chains {
    /// Whether a dotted number goes on: `2.1` under `2`, `2.2` after `2.1`; under a Roman number it starts at `1.1`.
    pub fn takes_dotted(&mut self, number: &Number) -> bool {
        let parts = number.parts();
        let prefix = number.prefix();
        if parts.len() < 2 {
            return false;
        }
        let under = self.dotted.get(..prefix.len()) == Some(prefix);
        let last = if under { self.dotted.get(prefix.len()).copied().unwrap_or_default() } else { 0 };
        let starts = number.last() == 1
            && (self.dotted.is_empty() || prefix.last() == self.dotted.first().map(|n| n + 1).as_ref());
        let fits = if under { number.last() > last && number.last() - last <= GAP + 1 } else { starts };
        if fits {
            self.dotted = parts.to_vec();
        }
        fits
    }

    /// Whether a Roman number goes on, under this part or from the one before: some reports count through.
    pub fn takes_roman(&mut self, number: &Number) -> bool {
        let through =
            self.roman.is_fresh() && self.counted_roman > 0 && number.last() == self.counted_roman + 1;
        if through {
            self.roman.take(number);
        } else if !self.roman.accept(number, GAP) {
            return false;
        }
        self.counted_roman = number.last();
        true
    }

    /// Whether a number of one part goes on, under this heading or from the one before: some reports count through.
    pub fn takes_single(&mut self, number: &Number) -> bool {
        let through = self.number.is_fresh() && self.counted > 0 && number.last() == self.counted + 1;
        if through {
            self.number.take(number);
        } else if !self.number.accept(number, GAP) {
            return false;
        }
        self.counted = number.last();
        self.letter.reset();
        self.dotted = number.parts().to_vec();
        true
    }
}

/// The lines of the chapters among `marks` that run on.
pub fn chapters(marks: &[Mark]) -> Vec<usize> {
    let all: Vec<usize> =
        (0..marks.len()).filter(|i| marks.get(*i).is_some_and(|m| m.kind == Kind::Chapter)).collect();
    run(marks, &all).into_iter().filter_map(|index| marks.get(index)).map(|mark| mark.line).collect()
}

/// The articles among `marks` that run on: quoted and misread ones don't. Their indexes.
pub fn articles(marks: &[Mark]) -> Vec<usize> {
    let all: Vec<usize> =
        (0..marks.len()).filter(|i| marks.get(*i).is_some_and(|m| m.kind == Kind::Article)).collect();
    let marked: Vec<usize> =
        all.iter().copied().filter(|i| marks.get(*i).is_some_and(|m| m.marked)).collect();
    let whole = run(marks, &all);
    let trusted = run(marks, &marked);
    let ends =
        |indexes: &[usize]| indexes.last().and_then(|i| marks.get(*i)).map_or(0, |mark| mark.number.last());
    let starts = trusted.first().and_then(|i| marks.get(*i)).map_or(0, |mark| mark.number.last());
    let last = ends(&trusted);
    let unbroken =
        trusted.len() > 1 && starts == 1 && usize::try_from(last).is_ok_and(|last| trusted.len() >= last);
    if unbroken && last >= ends(&whole) { trusted } else { whole }
}

/// The longest run that greedy reading finds: each number follows the one before, and none is passed over that
/// comes later.
fn run(marks: &[Mark], indexes: &[usize]) -> Vec<usize> {
    let number = |i: &usize| marks.get(*i).map(|mark| mark.number).unwrap_or_default();
    let mut all: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut sure: HashMap<u32, Vec<usize>> = HashMap::new();
    for index in indexes.iter().filter(|i| number(i).suffix == 0) {
        all.entry(number(index).last()).or_default().push(*index);
        if !number(index).noisy {
            sure.entry(number(index).last()).or_default().push(*index);
        }
    }
    let next = |places: &HashMap<u32, Vec<usize>>, value: u32, index: usize| {
        let at = places.get(&value)?;
        at.get(at.partition_point(|place| *place <= index)).copied()
    };
    let comes_later = |value: u32, index: usize| next(&sure, value, index).is_some();
    let comes_better = |value: u32, index: usize| {
        let after = next(&all, value + 1, index);
        next(&sure, value, index).is_some_and(|again| after.is_none_or(|after| again < after))
    };
    let mut chain = Chain::default();
    let mut accepted = Vec::new();
    for index in indexes {
        let current = number(index);
        let value = current.last();
        let fits = if chain.is_fresh() {
            value == 1 || !sure.contains_key(&1)
        } else if current.suffix > 0 && value > chain.last() {
            value == chain.last() + 1 && !comes_later(value, *index)
        } else if value > chain.last() + 1 {
            !current.noisy && value - chain.last() <= 10 && !comes_later(chain.last() + 1, *index)
        } else {
            chain.is_next(&current)
        };
        if fits && !(current.noisy && comes_better(value, *index)) {
            chain.take(&current);
            accepted.push(*index);
        }
    }
    accepted
}
