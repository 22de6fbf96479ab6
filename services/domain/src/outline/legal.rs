//! Vietnamese documents: articles under chapters, or a report's I., 1., a), with what is attached to them.

use super::label::{self, Kind, Mark};
use super::region::{self, Part, Region};
use super::sequence::{Chains, GAP, LETTER_GAP};
use super::shadow::{self, Light};
use super::source::Source;
use super::text::{is_quote, strip_any};
use super::title;
use super::tree::{Entries, Entry};
use super::{Depth, Level, MAX_NODES, language, rank, sequence, styled};

/// The headings of a Vietnamese document, or `None` if `source` isn't one.
pub fn entries(source: &Source<'_>, depth: Depth) -> Option<Vec<Entry>> {
    let lights = shadow::lights(source);
    let marks = marks(source, &lights, depth);
    let vietnamese = language::is_vietnamese(source.text);
    if !vietnamese && marks.iter().filter(|mark| mark.kind == Kind::Article).take(2).count() < 2 {
        return None;
    }
    if is_standard(&marks) {
        return None;
    }
    let regions = region::regions(source, &lights, &marks);
    let mut reader = Reader {
        source,
        lights: &lights,
        depth,
        entries: Entries::default(),
        closing: closing(source),
        ranks: styled::ranks(source, &marks),
        title: None,
        legal: false,
    };
    let mut rest = marks.as_slice();
    for region in &regions {
        let before = rest.partition_point(|mark| mark.line <= region.last && region.part != Part::Main);
        rest = rest.get(before..).unwrap_or_default();
        let inside = rest.partition_point(|mark| mark.line < region.end);
        let own = rest.get(..inside).unwrap_or_default();
        rest = rest.get(inside..).unwrap_or_default();
        reader.region(region, own);
        if reader.entries.list.len() >= MAX_NODES {
            break;
        }
    }
    let found = reader.entries.list;
    (!found.is_empty()).then_some(found)
}

/// Whether the Markdown headings are numbered as a technical standard's: `1`, `1.1`, without articles or `I.`.
fn is_standard(marks: &[Mark]) -> bool {
    let dotted = marks.iter().filter(|mark| mark.marked && mark.number.depth() > 1).count();
    let other =
        marks.iter().any(|mark| mark.kind == Kind::Article || (mark.kind == Kind::Roman && mark.strong));
    dotted >= 3 && !other
}

/// Every label of the text.
fn marks(source: &Source<'_>, lights: &[Light], depth: Depth) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (index, line) in source.lines.iter().enumerate() {
        if lights.get(index) == Some(&Light::Hidden) {
            continue;
        }
        let clean = source.clean(index);
        let words = clean.trim_start_matches(|c| is_quote(c) || matches!(c, ':' | '.' | '·' | '~' | ' '));
        let read = label::read(words, line.hashes > 0, index);
        let Some(mut mark) = read.or_else(|| styled::unnumbered(source, index)) else { continue };
        if mark.kind == Kind::Dash && depth != Depth::Point {
            continue;
        }
        let doubtful = !mark.strong && region::continues(source, index);
        let paragraph = matches!(mark.kind, Kind::Number | Kind::Letter | Kind::Dash);
        let quoted = lights.get(index) == Some(&Light::Doubtful) && !mark.marked;
        if mark.kind == Kind::Article && (doubtful || quoted) {
            mark.number.noisy = true;
        } else if doubtful && (!paragraph || region::hangs(source, index)) {
            continue;
        }
        marks.push(mark);
    }
    marks
}

/// The lines "Nơi nhận", under which lists are addressees.
fn closing(source: &Source<'_>) -> Vec<usize> {
    let starts = |line: usize| {
        let words = source.clean(line);
        strip_any(&words, &["noi nhan"]).is_some()
    };
    (0..source.lines.len()).filter(|line| starts(*line)).collect()
}

/// Reads the regions of one document.
pub struct Reader<'s, 't> {
    pub source: &'s Source<'t>,
    pub lights: &'s [Light],
    pub depth: Depth,
    pub entries: Entries,
    closing: Vec<usize>,
    pub ranks: styled::Ranks,
    /// The last line of the document's own title, where that is styled as headings are.
    pub title: Option<usize>,
    /// Whether the document has shown articles.
    pub legal: bool,
}

impl Reader<'_, '_> {
    /// Reads one region.
    fn region(&mut self, region: &Region, marks: &[Mark]) {
        self.title = self.title.or_else(|| styled::own_title(region, marks));
        let (level, rank) = match region.part {
            Part::Main => (None, rank::REGION),
            Part::Document => (Some(Level::Document), rank::REGION),
            Part::Appendix => (Some(Level::Appendix), rank::REGION),
            Part::Form => (Some(Level::Form), rank::FORM),
        };
        if let Some(level) = level {
            let entry = Entry {
                level,
                label: region.label.clone(),
                heading: region.heading.clone(),
                parent: None,
                line: region.line,
                last: region.last,
            };
            self.entries.add(rank, entry);
        }
        if region.part == Part::Form {
            return;
        }
        let articles = sequence::articles(marks);
        let template = region.part == Part::Appendix && region::is_template(self.source, region, marks);
        if !articles.is_empty() && !template {
            self.legal = true;
            self.articles(marks, &articles);
        } else if region.part != Part::Appendix || ((self.depth > Depth::Article || !self.legal) && !template)
        {
            self.report(region, marks);
        }
    }

    pub fn add(&mut self, mark: &Mark, level: Level, rank: u8) {
        let (heading, last) = title::read(self.source, self.lights, mark);
        let entry = Entry { level, label: mark.label.clone(), heading, parent: None, line: mark.line, last };
        self.entries.add(rank, entry);
    }

    /// Whether a line "Nơi nhận" stands between two lines.
    pub fn closes(&self, from: usize, to: usize) -> bool {
        let at = self.closing.partition_point(|line| *line < from);
        self.closing.get(at).is_some_and(|line| *line < to)
    }

    /// Phần to Tiểu mục, in either style. Whether the mark was such a heading. `chapters` are the lines of the
    /// chapters that run on.
    pub fn above_article(&mut self, mark: &Mark, chains: &mut Chains, chapters: &[usize]) -> bool {
        let number = &mark.number;
        let doubtful = self.lights.get(mark.line) == Some(&Light::Doubtful);
        let (chain, level, rank) = match mark.kind {
            Kind::Part => (&mut chains.part, Level::Part, rank::PART),
            Kind::Chapter => (&mut chains.chapter, Level::Chapter, rank::CHAPTER),
            Kind::Section => (&mut chains.section, Level::Section, rank::SECTION),
            Kind::Subsection => (&mut chains.subsection, Level::Subsection, rank::SUBSECTION),
            _ => return false,
        };
        let fits = if doubtful {
            chain.is_next(number)
        } else {
            chain.may_follow(number, GAP) || (number.noisy && mark.strong)
        };
        let fits = if mark.kind == Kind::Chapter && chains.part.is_fresh() {
            chapters.binary_search(&mark.line).is_ok()
        } else {
            fits
        };
        let again = number.last() == 1 && mark.kind == Kind::Chapter && chains.part.last() > 0 && !doubtful;
        if !fits && !again {
            return true;
        }
        match mark.kind {
            Kind::Part => chains.part.take(number),
            Kind::Chapter => chains.chapter.take(number),
            Kind::Section => chains.section.take(number),
            _ => chains.subsection.take(number),
        }
        if mark.kind != Kind::Subsection {
            chains.subsection.reset();
        }
        if !matches!(mark.kind, Kind::Section | Kind::Subsection) {
            chains.section.reset();
        }
        for below in [&mut chains.capital, &mut chains.roman, &mut chains.number, &mut chains.letter] {
            below.reset();
        }
        chains.dotted.clear();
        self.add(mark, level, rank);
        true
    }

    /// A region with articles. `accepted` are the indexes in `marks` of its articles.
    fn articles(&mut self, marks: &[Mark], accepted: &[usize]) {
        let mut chains = Chains::default();
        let chapters = sequence::chapters(marks);
        let mut wanted = accepted.iter().copied().peekable();
        let mut foreign = true;
        let mut opened = 0;
        for (index, mark) in marks.iter().enumerate() {
            let count = self.entries.list.len();
            if mark.kind == Kind::Article {
                foreign = wanted.next_if_eq(&index).is_none();
                if !foreign {
                    chains.number.reset();
                    chains.letter.reset();
                    chains.dotted.clear();
                    opened = mark.line;
                    self.add(mark, Level::Article, rank::ARTICLE);
                }
            } else if self.above_article(mark, &mut chains, &chapters) {
                foreign = true;
            } else if !foreign && self.depth >= Depth::Clause && !self.closes(opened, mark.line) {
                self.paragraph(mark, &mut chains);
            }
            if self.entries.list.len() == count && self.styled(mark, &mut chains) {
                foreign = match mark.kind {
                    Kind::Article => false,
                    _ => chains.number.is_fresh() || foreign,
                };
                opened = mark.line;
            }
        }
    }

    /// A khoản or a điểm.
    fn paragraph(&mut self, mark: &Mark, chains: &mut Chains) {
        let doubtful = self.lights.get(mark.line) == Some(&Light::Doubtful);
        match mark.kind {
            Kind::Number
                if mark.number.depth() == 1 && !doubtful && chains.number.accept(&mark.number, GAP) =>
            {
                chains.letter.reset();
                chains.dotted = mark.number.parts().to_vec();
                self.add(mark, Level::Clause, rank::NUMBER);
            }
            Kind::Number if self.depth == Depth::Point && !doubtful && chains.takes_dotted(&mark.number) => {
                chains.letter.reset();
                self.add(mark, Level::Number, rank::NUMBER + rank::deeper(mark.number.depth()));
            }
            Kind::Letter
                if self.depth == Depth::Point
                    && !doubtful
                    && chains.letter.accept(&mark.number, LETTER_GAP) =>
            {
                self.add(mark, Level::Point, rank::LETTER);
            }
            _ => {}
        }
    }
}
