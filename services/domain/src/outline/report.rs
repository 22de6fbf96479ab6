//! Reports, programmes and notices: I., 1., 1.1., a), – without articles.

use super::Level;
use super::label::{Kind, Mark};
use super::legal::Reader;
use super::number;
use super::rank;
use super::region::Region;
use super::sequence::{self, Chains, GAP, LETTER_GAP};
use super::shadow::Light;

impl Reader<'_, '_> {
    /// A region without articles: a report, a programme, a notice.
    pub fn report(&mut self, region: &Region, marks: &[Mark]) {
        let mut chains = Chains::default();
        let chapters = sequence::chapters(marks);
        for mark in marks {
            let count = self.entries.list.len();
            self.heading(region, mark, &mut chains, &chapters);
            if self.entries.list.len() == count {
                self.styled(mark, &mut chains);
            }
        }
    }

    /// Adds what goes on with the numbering.
    fn heading(&mut self, region: &Region, mark: &Mark, chains: &mut Chains, chapters: &[usize]) {
        if self.above_article(mark, chains, chapters) || self.closes(region.line, mark.line) {
            return;
        }
        if self.lights.get(mark.line) == Some(&Light::Doubtful) && mark.kind != Kind::Roman {
            return;
        }
        match mark.kind {
            Kind::Capital | Kind::Roman => self.roman_or_capital(mark, chains),
            Kind::Number if mark.number.depth() == 1 && chains.takes_single(&mark.number) => {
                self.add(mark, Level::Number, rank::NUMBER);
            }
            Kind::Number => {
                let open = chains.dotted.first().copied();
                if chains.takes_dotted(&mark.number) {
                    let lost = open.is_some() && mark.number.parts().first().copied() != open;
                    let depth = if lost { 1 } else { mark.number.depth() };
                    chains.letter.reset();
                    self.add(mark, Level::Number, rank::NUMBER + rank::deeper(depth));
                }
            }
            Kind::Letter if chains.letter.accept(&mark.number, LETTER_GAP) => {
                self.add(mark, Level::Letter, rank::LETTER);
            }
            Kind::Dash if !self.entries.list.is_empty() => self.add(mark, Level::Dash, rank::DASH),
            _ => {}
        }
    }

    /// `I.` or `A.`; a single letter that could be both continues the list that it fits.
    fn roman_or_capital(&mut self, mark: &Mark, chains: &mut Chains) {
        let single = number::capital(&mark.label).map(|(_, number, _)| number);
        let capital = single.filter(|number| {
            let opens = chains.capital.is_fresh() && mark.label == "A" && mark.strong;
            let fits = !chains.capital.is_fresh() && chains.capital.may_follow(number, GAP);
            opens || (fits && !(mark.kind == Kind::Roman && chains.roman.is_next(&mark.number)))
        });
        if let Some(number) = capital {
            chains.capital.take(&number);
            chains.roman.reset();
            self.add(mark, Level::Part, rank::CAPITAL);
        } else if mark.kind == Kind::Roman && chains.takes_roman(&mark.number) {
            self.add(mark, Level::Roman, rank::ROMAN);
        } else {
            return;
        }
        chains.number.reset();
        chains.letter.reset();
        chains.dotted.clear();
    }
}
