//! Where comments stand in another version than the one that they were written on.

use std::collections::HashMap;

use super::comparison::moved;
use crate::ids::{CommentNumber, ROOT, SectionId, VersionNumber};
use crate::model::{Comment, Section, SectionHeading};
use crate::search::{Form, write_words};
use crate::words::{AnchorKind, PlacementReason, PlacementState};

/// A quote is looked for outside its section from so many words on: fewer stand somewhere by chance.
const TELLING: usize = 4;

/// Where a comment stands in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The comment.
    pub comment: CommentNumber,
    /// The version that it was written on.
    pub version: VersionNumber,
    /// What became of its anchor.
    pub state: PlacementState,
    /// Why it is not placed.
    pub reason: Option<PlacementReason>,
    /// Its section as it was in the version that it was written on.
    pub then: SectionHeading,
    /// The section that it stands on now; none when the version does not have its section.
    pub now: Option<SectionHeading>,
}

/// Where comments that were all written on the version `then` stand in the version `now`. Both are given in reading order,
/// `now` with its texts.
#[must_use]
pub fn placements(comments: &[Comment], then: &[Section], now: &[Section]) -> Vec<Placement> {
    let (there, here) = (Version::of(then), Version::of(now));
    let moved = moved(then, now);
    let quotes = Quotes::of(comments, &here);
    comments
        .iter()
        .enumerate()
        .map(|(index, comment)| {
            let section = comment.content.anchor.section;
            let was = there.section(section);
            let is = here.section(section);
            let other = quotes.found(index).and_then(|place| now.get(place));
            let (state, reason, at) = match (is, quotes.stands(index), other) {
                (Some(is), true, _) => {
                    let differs = moved.contains(&section)
                        || was.is_some_and(|was| (&was.label, &was.heading) != (&is.label, &is.heading));
                    if differs && section != ROOT {
                        (PlacementState::Moved, Some(PlacementReason::SectionMoved), Some(is))
                    } else {
                        (PlacementState::Placed, None, Some(is))
                    }
                }
                (_, _, Some(other)) => {
                    (PlacementState::Moved, Some(PlacementReason::QuoteMoved), Some(other))
                }
                (Some(is), false, None) => {
                    (PlacementState::Orphaned, Some(PlacementReason::QuoteGone), Some(is))
                }
                (None, _, None) => (PlacementState::Orphaned, Some(PlacementReason::SectionRemoved), None),
            };
            let unknown = || SectionHeading { section, ..SectionHeading::default() };
            Placement {
                comment: comment.number,
                version: comment.version,
                state,
                reason,
                then: was.map_or_else(unknown, SectionHeading::from),
                now: at.map(SectionHeading::from),
            }
        })
        .collect()
}

/// The sections that a version has.
struct Version<'a> {
    sections: &'a [Section],
    places: HashMap<SectionId, usize>,
}

impl<'a> Version<'a> {
    fn of(sections: &'a [Section]) -> Self {
        let live = sections.iter().enumerate().filter(|(_, section)| !section.removed);
        Self { sections, places: live.map(|(place, section)| (section.id, place)).collect() }
    }

    fn section(&self, id: SectionId) -> Option<&'a Section> {
        self.places.get(&id).and_then(|place| self.sections.get(*place))
    }
}

/// What is quoted, where it is looked for and where it was found.
#[derive(Default)]
struct Quote {
    words: Vec<u32>,
    /// The places of its section and of all below; an empty range where the section is gone.
    own: std::ops::Range<usize>,
    stands: bool,
    /// The place of a section outside in which it stands.
    outside: Option<usize>,
    /// Whether it stands in a second one.
    twice: bool,
}

/// The quotes of many comments, looked for in one reading of the version.
struct Quotes {
    quotes: Vec<Option<Quote>>,
}

/// A word that no quote has.
const OTHER: u32 = 0;

impl Quotes {
    fn of(comments: &[Comment], version: &Version<'_>) -> Self {
        let mut vocabulary: HashMap<String, u32> = HashMap::new();
        let mut line = String::new();
        let mut quotes: Vec<Option<Quote>> = Vec::with_capacity(comments.len());
        let ends = ends(version.sections);
        // The quotes by their first words, up to four.
        let mut starts: HashMap<[u32; TELLING], Vec<usize>> = HashMap::new();
        for comment in comments {
            let anchor = &comment.content.anchor;
            if anchor.kind != AnchorKind::Quote {
                quotes.push(None);
                continue;
            }
            line.clear();
            write_words(&mut line, &anchor.quote, Form::Accented);
            let mut words = Vec::new();
            for word in line.split_ascii_whitespace() {
                let next = u32::try_from(vocabulary.len()).unwrap_or(u32::MAX).saturating_add(1);
                words.push(*vocabulary.entry(word.to_owned()).or_insert(next));
            }
            let own = version
                .places
                .get(&anchor.section)
                .map_or(0..0, |place| *place..ends.get(*place).copied().unwrap_or(place + 1));
            // A quote of nothing but punctuation is as good as none: it stands where its section does.
            let stands = words.is_empty() && !own.is_empty();
            if !words.is_empty() {
                starts.entry(start(&words)).or_default().push(quotes.len());
            }
            quotes.push(Some(Quote { words, own, stands, ..Quote::default() }));
        }
        let mut found = Self { quotes };
        if !starts.is_empty() {
            found.read(version, &vocabulary, &starts);
        }
        found
    }

    fn read(
        &mut self,
        version: &Version<'_>,
        vocabulary: &HashMap<String, u32>,
        starts: &HashMap<[u32; TELLING], Vec<usize>>,
    ) {
        // The version as one row of words, each with the place of its section.
        let (mut words, mut places) = (Vec::new(), Vec::new());
        let mut line = String::new();
        for (place, section) in version.sections.iter().enumerate().filter(|(_, section)| !section.removed) {
            line.clear();
            for text in [&section.label, &section.heading, &section.body] {
                write_words(&mut line, text, Form::Accented);
            }
            for word in line.split_ascii_whitespace() {
                words.push(vocabulary.get(word).copied().unwrap_or(OTHER));
                places.push(place);
            }
        }
        for (at, place) in places.iter().enumerate() {
            let rest = words.get(at..).unwrap_or_default();
            for length in 1..=TELLING.min(rest.len()) {
                let Some(first) = rest.get(..length) else { break };
                if first.last() == Some(&OTHER) {
                    break;
                }
                for quote in starts.get(&start_of(first, length)).into_iter().flatten() {
                    if let Some(Some(quote)) = self.quotes.get_mut(*quote) {
                        quote.meet(rest, *place);
                    }
                }
            }
        }
    }

    /// Whether nothing is quoted, or it stands in its section.
    fn stands(&self, index: usize) -> bool {
        self.quotes.get(index).is_none_or(|quote| quote.as_ref().is_none_or(|quote| quote.stands))
    }

    /// The place of the one other section in which what is quoted stands.
    fn found(&self, index: usize) -> Option<usize> {
        let quote = self.quotes.get(index)?.as_ref()?;
        let telling = quote.words.len() >= TELLING && !quote.stands && !quote.twice;
        quote.outside.filter(|_| telling)
    }
}

impl Quote {
    /// Notes whether it stands where these words begin.
    fn meet(&mut self, rest: &[u32], place: usize) {
        if self.stands || (self.twice && self.own.is_empty()) || !rest.starts_with(&self.words) {
            return;
        }
        if self.own.contains(&place) {
            self.stands = true;
        } else if self.outside.is_none_or(|outside| outside == place) {
            self.outside = Some(place);
        } else {
            self.twice = true;
        }
    }
}

/// A quote's first words, up to four.
fn start(words: &[u32]) -> [u32; TELLING] {
    start_of(words, words.len().min(TELLING))
}

fn start_of(words: &[u32], length: usize) -> [u32; TELLING] {
    let mut start = [OTHER; TELLING];
    for (to, from) in start.iter_mut().zip(words).take(length) {
        *to = *from;
    }
    start
}

/// For each section the place behind all that stands below it.
fn ends(sections: &[Section]) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=sections.len()).collect();
    let mut open: Vec<(SectionId, usize)> = Vec::new();
    for (place, section) in sections.iter().enumerate() {
        while open.last().is_some_and(|(last, _)| Some(*last) != section.parent) {
            open.pop();
        }
        open.push((section.id, place));
        for (_, above) in &open {
            if let Some(end) = ends.get_mut(*above) {
                *end = place + 1;
            }
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comment::tests::comment;
    use crate::model::{Anchor, Content};

    fn section(position: i64, parent: SectionId, label: &str, body: &str) -> Section {
        Section {
            id: position,
            parent: Some(parent).filter(|_| position > 0),
            position,
            label: label.into(),
            body: body.into(),
            ..Section::default()
        }
    }

    fn written() -> Vec<Section> {
        vec![
            section(0, 0, "", ""),
            section(1, 0, "I", "Toàn tỉnh có 111 xã đạt chuẩn."),
            section(2, 1, "1", "Thu nhập bình quân: 45 triệu đồng một năm"),
            section(3, 0, "II", "Một số nơi còn thiếu nước sạch."),
        ]
    }

    fn on(kind: AnchorKind, section: SectionId, quote: &str) -> Comment {
        let anchor = Anchor { kind, section, quote: quote.into() };
        Comment { content: Content { anchor, ..Content::default() }, ..comment() }
    }

    /// State, reason and where it stands now.
    fn placed(
        comment: Comment,
        now: &[Section],
    ) -> (PlacementState, Option<PlacementReason>, Option<SectionId>) {
        let found = placements(&[comment], &written(), now).remove(0);
        (found.state, found.reason, found.now.map(|now| now.section))
    }

    use AnchorKind::{Document, Missing, Quote as Quoted};
    use PlacementReason::{QuoteGone, QuoteMoved, SectionMoved, SectionRemoved};
    use PlacementState::{Moved, Orphaned, Placed};

    #[test]
    fn a_comment_on_a_section_goes_where_the_section_goes() {
        let mut now = written();
        now[2].label = "2".into();
        now[3].removed = true;
        let table = [
            (on(Document, ROOT, ""), (Placed, None, Some(0))),
            (on(AnchorKind::Section, 1, ""), (Placed, None, Some(1))),
            (on(AnchorKind::Section, 2, ""), (Moved, Some(SectionMoved), Some(2))),
            (on(AnchorKind::Section, 3, ""), (Orphaned, Some(SectionRemoved), None)),
            (on(Missing, 1, "bảng số liệu"), (Placed, None, Some(1))),
        ];
        for (comment, expected) in table {
            let shown = format!("{:?}", comment.content.anchor);
            assert_eq!(placed(comment, &now), expected, "{shown}");
        }
        let found = placements(&[on(AnchorKind::Section, 2, "")], &written(), &now);
        let label = |heading: &SectionHeading| heading.label.clone();
        assert_eq!((label(&found[0].then), found[0].now.as_ref().map(label)), ("1".into(), Some("2".into())));
        let mut elsewhere = written();
        elsewhere[2].parent = Some(3);
        elsewhere.swap(2, 3);
        assert_eq!(placed(on(AnchorKind::Section, 2, ""), &elsewhere), (Moved, Some(SectionMoved), Some(2)));
    }

    #[test]
    fn a_quote_follows_its_words() {
        let mut now = written();
        now[1].body = "Toàn tỉnh có 117 xã đạt chuẩn.".into();
        now[3].body = "Toàn tỉnh có 111 xã, đạt chuẩn; một số nơi còn thiếu nước.".into();
        let table = [
            // Punctuation, case and white space count nowhere, and what stands below is the section's, too.
            (on(Quoted, 1, "XÃ  đạt chuẩn"), (Placed, None, Some(1))),
            (on(Quoted, 1, "thu nhập bình quân 45 triệu"), (Placed, None, Some(1))),
            (on(Quoted, 1, "đạt chuẩn. 1. Thu nhập"), (Placed, None, Some(1))),
            // Half a word is no word.
            (on(Quoted, 1, "Toàn tỉnh có 11"), (Orphaned, Some(QuoteGone), Some(1))),
            (on(Quoted, 1, "111 xã đạt chuẩn"), (Moved, Some(QuoteMoved), Some(3))),
            // Three words stand elsewhere by chance.
            (on(Quoted, 1, "tỉnh có 111"), (Orphaned, Some(QuoteGone), Some(1))),
            (on(Quoted, 3, "còn thiếu nước sạch"), (Orphaned, Some(QuoteGone), Some(3))),
            (on(Quoted, 3, "…"), (Placed, None, Some(3))),
        ];
        for (comment, expected) in table {
            let shown = comment.content.anchor.quote.clone();
            assert_eq!(placed(comment, &now), expected, "{shown}");
        }
        // In two others: it is not guessed in which.
        now[2].body = now[3].body.clone();
        let twice = on(Quoted, 1, "Toàn tỉnh có 111 xã");
        now[2].parent = Some(ROOT);
        assert_eq!(placed(twice, &now), (Orphaned, Some(QuoteGone), Some(1)));
        // The section is gone, its words are not.
        let mut gone = written();
        gone[1].body = gone[3].body.clone();
        gone[3].removed = true;
        assert_eq!(placed(on(Quoted, 3, "còn thiếu nước sạch"), &gone), (Moved, Some(QuoteMoved), Some(1)));
        assert_eq!(
            placed(on(Quoted, 3, "nước ngọt ở vùng cao"), &gone),
            (Orphaned, Some(SectionRemoved), None)
        );
    }

    #[test]
    fn a_section_that_the_version_never_had_is_not_there() {
        let now = written()[..2].to_vec();
        assert_eq!(placed(on(AnchorKind::Section, 3, ""), &now), (Orphaned, Some(SectionRemoved), None));
    }
}
