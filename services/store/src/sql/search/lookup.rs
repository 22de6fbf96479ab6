//! Which comments a filter's phrases leave: the index asked, and what it does not cover yet.

use std::collections::HashMap;

use ykien_domain::Result;
use ykien_domain::filter::{Filter, Value};
use ykien_domain::ids::CommentNumber;
use ykien_domain::search::block::{Entry, Reader};
use ykien_domain::search::{Phrase, Term};

use super::super::Connection;
use super::super::work::Look;
use super::{Segment, blocks, reached, revised, segments};
use crate::rows::DraftKey;

/// The most terms that one filter asks the index for; more would only find fewer of what is weighed anyway.
const MAX_TERMS: usize = 64;
/// The most terms of one list of a phrase.
const MAX_TERMS_OF_PHRASE: usize = 8;
/// Past so many comments, a phrase's words are asked for too, and not its pairs alone.
const MANY: usize = 4_096;
/// When more than one comment in so many is left, looking at all is as good.
const WORTH: usize = 4;
/// A word that more than one comment in so many of those left could say narrows little.
const NARROWS: usize = 2;

/// The comments that the filter can take, in order, as far as its phrases tell; none when every comment must be looked
/// at. Each is still to be weighed: it may be one that the filter does not take, or that the caller may not see.
pub(in super::super) async fn candidates(
    look: &mut Look<'_>,
    filter: &Filter,
) -> Result<Option<Vec<CommentNumber>>> {
    let mut phrases = Vec::new();
    let Some(wanted) = Wanted::of(filter, &mut phrases) else { return Ok(None) };
    let draft = look.draft.key;
    let Some(reached) = reached(look.connection, draft).await? else { return Ok(None) };
    let segments = segments(look.connection, draft).await?;
    let all = usize::try_from(look.draft.comment_count).unwrap_or(0);
    let found = find(look.connection, draft, &segments, &phrases).await?;

    let mut numbers: Vec<CommentNumber> = wanted.among(&found).into_iter().map(CommentNumber::from).collect();
    // What the index does not cover.
    let later = revised(look.connection, draft, reached.revision, i64::MAX).await?;
    numbers.extend(later.into_iter().map(|(_, number)| number).filter(|number| *number <= reached.numbered));
    numbers.sort_unstable();
    numbers.dedup();
    let new = reached.numbered + 1..=look.draft.comment_count;
    if numbers.len() + new.clone().count() > all / WORTH {
        return Ok(None);
    }
    numbers.extend(new);
    Ok(Some(numbers))
}

/// What of a filter the index can tell: its phrases that must or may be there.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Phrase(usize),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
}

impl Wanted {
    /// None for a filter that can take a comment without any of its phrases. Phrases are named by their place.
    fn of<'a>(filter: &'a Filter, phrases: &mut Vec<&'a Phrase>) -> Option<Self> {
        match filter {
            Filter::All(filters) => {
                let wanted: Vec<Self> =
                    filters.iter().filter_map(|filter| Self::of(filter, phrases)).collect();
                (!wanted.is_empty()).then_some(Self::All(wanted))
            }
            Filter::Any(filters) => {
                let before = phrases.len();
                let wanted: Option<Vec<Self>> =
                    filters.iter().map(|filter| Self::of(filter, phrases)).collect();
                if wanted.is_none() {
                    phrases.truncate(before);
                }
                wanted.map(Self::Any)
            }
            Filter::Not(_) => None,
            Filter::Compare { value: Value::Phrase(phrase), .. } => {
                phrases.push(phrase);
                Some(Self::Phrase(phrases.len() - 1))
            }
            Filter::Compare { .. } => None,
        }
    }

    /// The comments that have what is wanted, in order, by those of each phrase.
    fn among(&self, found: &[Vec<u32>]) -> Vec<u32> {
        match self {
            Self::Phrase(place) => found.get(*place).cloned().unwrap_or_default(),
            Self::All(wanted) => {
                let lists = wanted.iter().map(|wanted| wanted.among(found));
                lists.reduce(|a, b| common(&a, &b)).unwrap_or_default()
            }
            Self::Any(wanted) => {
                let mut numbers: Vec<u32> = wanted.iter().flat_map(|wanted| wanted.among(found)).collect();
                numbers.sort_unstable();
                numbers.dedup();
                numbers
            }
        }
    }
}

/// The comments of each phrase, in order.
async fn find(
    connection: &mut Connection,
    draft: DraftKey,
    segments: &[Segment],
    phrases: &[&Phrase],
) -> Result<Vec<Vec<u32>>> {
    let limit = (MAX_TERMS / phrases.len().max(1)).clamp(1, MAX_TERMS_OF_PHRASE);
    let terms: Vec<_> = phrases.iter().map(|phrase| phrase.terms(limit)).collect();
    let first: Vec<&[Term]> = terms.iter().map(|terms| terms.first.as_slice()).collect();
    let index = Asked::of(connection, draft, segments, &first).await?;
    let mut found = first.iter().map(|terms| index.with_all(terms)).collect::<Result<Vec<_>>>()?;

    // Many say the pairs without their diacritics: those who say the words with them may be few.
    let many = |numbers: &[u32]| numbers.len() > MANY;
    let then: Vec<&[Term]> = terms
        .iter()
        .zip(&found)
        .map(|(terms, numbers)| if many(numbers) { terms.then.as_slice() } else { &[] })
        .collect();
    if then.iter().any(|terms| !terms.is_empty()) {
        let index = Asked::of(connection, draft, segments, &then).await?;
        for (numbers, terms) in found.iter_mut().zip(then) {
            let narrow: Vec<Term> = terms
                .iter()
                .filter_map(|term| match index.count(*term) {
                    Ok(count) => (count <= numbers.len() / NARROWS).then_some(Ok(*term)),
                    Err(error) => Some(Err(error)),
                })
                .collect::<Result<_>>()?;
            if !narrow.is_empty() {
                *numbers = common(numbers, &index.with_all(&narrow)?);
            }
        }
    }
    Ok(found)
}

/// The blocks of all segments that have some terms.
struct Asked<'a> {
    segments: &'a [Segment],
    blocks: HashMap<i64, Vec<u8>>,
}

impl<'a> Asked<'a> {
    async fn of(
        connection: &mut Connection,
        draft: DraftKey,
        segments: &'a [Segment],
        lists: &[&[Term]],
    ) -> Result<Self> {
        let terms = lists.iter().flat_map(|terms| terms.iter());
        let mut places: Vec<i64> =
            terms.flat_map(|term| segments.iter().map(|segment| segment.place_of(*term))).collect();
        places.sort_unstable();
        places.dedup();
        Ok(Self { segments, blocks: blocks(connection, draft, &places).await? })
    }

    fn entry(&self, segment: &Segment, term: Term) -> Result<Option<Entry<'_>>> {
        match self.blocks.get(&segment.place_of(term)) {
            Some(block) => Reader::new(block).find(term),
            None => Ok(None),
        }
    }

    /// How many comments hold a term; one that was revised counts for each segment that it is in.
    fn count(&self, term: Term) -> Result<usize> {
        let mut count = 0;
        for segment in self.segments {
            count += self.entry(segment, term)?.map_or(0, |entry| entry.count as usize);
        }
        Ok(count)
    }

    /// The comments that have all of these terms, in order.
    fn with_all(&self, terms: &[Term]) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for segment in self.segments {
            numbers.extend(self.in_segment(segment, terms)?);
        }
        // Sorted stretches, which this sort makes use of. A revised comment is in several segments.
        numbers.sort();
        numbers.dedup();
        Ok(numbers)
    }

    fn in_segment(&self, segment: &Segment, terms: &[Term]) -> Result<Vec<u32>> {
        let mut entries: Vec<Entry<'_>> = Vec::with_capacity(terms.len());
        for term in terms {
            let Some(entry) = self.entry(segment, *term)? else { return Ok(Vec::new()) };
            entries.push(entry);
        }
        // The rarest first: what it leaves is soon little.
        entries.sort_unstable_by_key(|entry| entry.count);
        let mut left: Option<Vec<u32>> = None;
        for entry in entries {
            let mut numbers = Vec::new();
            entry.read(segment.base(), &mut numbers)?;
            left = Some(match left {
                None => numbers,
                Some(left) => common(&left, &numbers),
            });
            if left.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        Ok(left.unwrap_or_default())
    }
}

/// Of numbers that are in order section by section, those that are among the candidates.
pub(in super::super) fn among(numbers: &[CommentNumber], candidates: &[CommentNumber]) -> Vec<CommentNumber> {
    numbers.chunk_by(|number, next| number < next).flat_map(|section| common(section, candidates)).collect()
}

/// What two lists in order have in common.
fn common<N: Copy + Ord>(a: &[N], b: &[N]) -> Vec<N> {
    let passed = a.first().map_or(0, |first| b.partition_point(|other| other < first));
    let (mut rest, mut numbers) = (b.get(passed..).unwrap_or(&[]), Vec::with_capacity(a.len().min(b.len())));
    for number in a {
        let skip = rest.iter().position(|other| other >= number).unwrap_or(rest.len());
        rest = rest.get(skip..).unwrap_or(&[]);
        if rest.first() == Some(number) {
            numbers.push(*number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use ykien_domain::ids::DraftId;

    use super::*;

    /// The comments left, when "a" is in 1 to 4, "b" in 3 to 6, "c" in 6 and 7; none for all.
    fn left(filter: &str) -> Option<Vec<u32>> {
        let filter = Filter::parse(&DraftId::stored("nq20".into()), "filter", filter).unwrap();
        let mut phrases = Vec::new();
        let wanted = Wanted::of(&filter, &mut phrases)?;
        let has = |text: &str| match text {
            "a" => vec![1, 2, 3, 4],
            "b" => vec![3, 4, 5, 6],
            _ => vec![6, 7],
        };
        let found: Vec<Vec<u32>> = phrases
            .iter()
            .map(|phrase| {
                let is =
                    |text: &&str| phrase.terms(8) == Phrase::parse("", text, phrase.form()).unwrap().terms(8);
                has(["a", "b", "c"].iter().find(|text| is(text)).unwrap())
            })
            .collect();
        Some(wanted.among(&found))
    }

    #[test]
    fn a_filter_leaves_what_its_phrases_allow() {
        let table: [(&str, Option<&[u32]>); 12] = [
            ("text:a", Some(&[1, 2, 3, 4])),
            ("text:a text:b", Some(&[3, 4])),
            ("text:a AND text:b AND text:c", Some(&[])),
            ("text:b OR text:c", Some(&[3, 4, 5, 6, 7])),
            ("(text:a OR text:c) AND text:b", Some(&[3, 4, 6])),
            ("text:a AND status = pending", Some(&[1, 2, 3, 4])),
            ("text:a OR status = pending", None),
            ("(text:a OR status = pending) AND text:c", Some(&[6, 7])),
            ("NOT text:a", None),
            ("text:b AND NOT text:a", Some(&[3, 4, 5, 6])),
            ("text:b AND (NOT text:a OR late = true)", Some(&[3, 4, 5, 6])),
            ("number = 1", None),
        ];
        for (filter, expected) in table {
            assert_eq!(left(filter).as_deref(), expected, "{filter}");
        }
    }

    #[test]
    fn lists_in_order_have_in_common_what_both_hold() {
        let lists: [&[u32]; 5] = [&[], &[1], &[1, 2, 3, 9], &[2, 3, 4, 8, 9], &[0, 10]];
        for a in lists {
            for b in lists {
                let expected: Vec<u32> = a.iter().copied().filter(|number| b.contains(number)).collect();
                assert_eq!(common(a, b), expected, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn numbers_section_by_section_keep_those_that_are_candidates() {
        let candidates: Vec<i64> = (0..200).map(|n| n * n).collect();
        let sections = [
            (1..1_000).collect::<Vec<i64>>(),
            vec![],
            vec![4],
            vec![3, 4, 5, 9],
            (0..30_000).step_by(3).collect(),
        ];
        for one in &sections {
            for other in &sections {
                let numbers = [one.as_slice(), other].concat();
                let expected: Vec<i64> =
                    numbers.iter().copied().filter(|number| candidates.contains(number)).collect();
                assert_eq!(among(&numbers, &candidates), expected);
                assert!(among(&numbers, &[]).is_empty());
            }
        }
    }
}
