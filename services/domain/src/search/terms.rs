//! What the index is asked by: hashes of words and of adjacent words.

use super::{Form, Phrase, Said};

/// The hash of a word, or of two adjacent words. Terms that meet in one hash cost a look at a comment, no more.
pub type Term = u32;

/// What was hashed. Part of the hash, so that `so` without diacritics is not `so` with them.
#[derive(Clone, Copy)]
enum Kind {
    Word = 1,
    Pair = 2,
    AccentedWord = 3,
}

/// Two steps in looking a phrase up: each list holds terms that a comment with the phrase has, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Its adjacent words without their diacritics; the word itself when it is alone, in the phrase's form.
    pub first: Vec<Term>,
    /// Its words with their diacritics, for when the first leave too many comments; empty when they say no more.
    pub then: Vec<Term>,
}

impl Phrase {
    /// What a comment that says it has in the index: at most `limit` terms in each list, at least one in the first.
    #[must_use]
    pub fn terms(&self, limit: usize) -> Terms {
        let accented = self.form() == Form::Accented;
        let one = if accented { Kind::AccentedWord } else { Kind::Word };
        let plain = self.unaccented();
        let mut first: Vec<Term> =
            pairs(&plain).map(|pair| term(Kind::Pair, pair)).take(limit.max(1)).collect();
        let mut then = Vec::new();
        if first.is_empty() {
            first.extend(self.words().map(|word| term(one, word)));
        } else if accented {
            then.extend(self.words().map(|word| term(one, word)).take(limit));
        }
        for list in [&mut first, &mut then] {
            list.sort_unstable();
            list.dedup();
        }
        Terms { first, then }
    }
}

impl Said<'_> {
    /// Adds every term of what is said, some more than once.
    pub fn write_terms(&self, terms: &mut Vec<Term>) {
        for line in self.lines(Form::Unaccented).lines() {
            terms.extend(line.split_ascii_whitespace().map(|word| term(Kind::Word, word)));
            terms.extend(pairs(line).map(|pair| term(Kind::Pair, pair)));
        }
        let accented = self.lines(Form::Accented);
        terms.extend(accented.split_ascii_whitespace().map(|word| term(Kind::AccentedWord, word)));
    }
}

/// Each two adjacent words of a line of words, with the space between them.
fn pairs(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let starts = std::iter::once(0).chain(line.match_indices(' ').map(|(at, _)| at + 1));
    let ends = line.match_indices(' ').map(|(at, _)| at).skip(1).chain(std::iter::once(line.len()));
    let several = line.contains(' ');
    starts.zip(ends).filter(move |_| several).filter_map(move |(start, end)| line.get(start..end))
}

/// FNV-1a of 64 bits with its bits mixed once more, the upper half. Stored: a change makes every index useless.
fn term(kind: Kind, text: &str) -> Term {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in std::iter::once(kind as u8).chain(text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 32) as Term
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    fn held(text: &str) -> Vec<Term> {
        let content = Content { text: text.into(), title: "Một tiêu đề".into(), ..Content::default() };
        let mut terms = Vec::new();
        Said::by(&content).write_terms(&mut terms);
        terms
    }

    fn asked(text: &str, form: Form) -> Terms {
        Phrase::parse("text", text, form).unwrap().terms(8)
    }

    #[test]
    fn whoever_says_a_phrase_has_its_terms() {
        let held = held("Đề nghị rà soát, số liệu (cột 3)");
        for phrase in ["đề", "rà soát", "soát số liệu cột", "3", "một tiêu đề"] {
            for form in [Form::Accented, Form::Unaccented] {
                let Terms { first, then } = asked(phrase, form);
                assert!(!first.is_empty());
                assert!(first.iter().chain(&then).all(|term| held.contains(term)), "{phrase}");
            }
        }
        // Words that are there but not adjacent, a pair over the edge of two fields, a word with other marks.
        for phrase in ["soát liệu", "đề đề"] {
            assert!(
                asked(phrase, Form::Unaccented).first.iter().any(|term| !held.contains(term)),
                "{phrase}"
            );
        }
        assert!(!held.contains(&asked("de", Form::Accented).first[0]));
        assert!(held.contains(&asked("de", Form::Unaccented).first[0]));
    }

    #[test]
    fn a_phrase_is_asked_for_by_its_pairs_and_then_by_its_words() {
        let phrase = asked("Rà soát số liệu", Form::Accented);
        assert_eq!((phrase.first.len(), phrase.then.len()), (3, 4));
        assert_eq!(phrase.first, asked("ra soat so lieu", Form::Unaccented).first);
        assert!(asked("ra soat so lieu", Form::Unaccented).then.is_empty());
        assert!(asked("soát", Form::Accented).then.is_empty());
        let long = asked("một hai ba bốn năm sáu bảy tám chín mười mười một", Form::Accented);
        assert_eq!((long.first.len(), long.then.len()), (8, 8));
    }

    #[test]
    fn a_stored_hash_never_changes() {
        let table = [
            (Kind::Word, "so", 0x916f2d01),
            (Kind::Pair, "ra soat", 0x55abba5f),
            (Kind::AccentedWord, "số", 0x519e4087),
        ];
        for (kind, text, expected) in table {
            assert_eq!(term(kind, text), expected, "{text}");
        }
    }

    #[test]
    fn terms_spread_evenly_over_their_highest_bits() {
        let mut counts = [0u32; 16];
        for number in 0..16_000 {
            counts[(term(Kind::Word, &number.to_string()) >> 28) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
