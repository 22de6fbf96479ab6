//! A phrase, and whether a comment says it.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::words::{Form, write_words};
use crate::model::Content;
use crate::{Error, Result};

/// Words that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phrase {
    form: Form,
    /// As [`write_words`] writes them: at least one, each between spaces.
    words: String,
}

impl Phrase {
    /// The words of a text, to be compared in this form.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field` for a text without a word.
    pub fn parse(field: &str, text: &str, form: Form) -> Result<Self> {
        let text: String = text.nfc().collect();
        let mut words = String::with_capacity(text.len() + 2);
        write_words(&mut words, &text, form);
        if words.trim().is_empty() {
            return Err(Error::field(field, "expected at least one word: letters or digits"));
        }
        Ok(Self { form, words })
    }

    /// How its words are compared.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Its words in its form.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.split_ascii_whitespace()
    }

    /// Its words without their diacritics, each between spaces.
    pub(super) fn unaccented(&self) -> String {
        let mut words = String::with_capacity(self.words.len());
        write_words(&mut words, &self.words, Form::Unaccented);
        words
    }

    /// Whether its words follow one another in one field of this content.
    #[must_use]
    pub fn occurs_in(&self, content: &Content) -> bool {
        Said::by(content).takes(self)
    }
}

/// What a comment says, read into words once however many phrases are looked for in it.
#[derive(Debug)]
pub struct Said<'a> {
    content: &'a Content,
    accented: OnceCell<String>,
    unaccented: OnceCell<String>,
}

impl<'a> Said<'a> {
    /// The words of a stored content: its title, text, proposed change and quote.
    #[must_use]
    pub fn by(content: &'a Content) -> Self {
        Self { content, accented: OnceCell::new(), unaccented: OnceCell::new() }
    }

    /// Whether the phrase occurs in one of its fields.
    #[must_use]
    pub fn takes(&self, phrase: &Phrase) -> bool {
        self.lines(phrase.form).contains(&phrase.words)
    }

    /// The words of each field on a line of its own, which no phrase crosses.
    pub(super) fn lines(&self, form: Form) -> &str {
        let lines = match form {
            Form::Accented => &self.accented,
            Form::Unaccented => &self.unaccented,
        };
        lines.get_or_init(|| {
            let Content { anchor, title, text, proposed_change, .. } = self.content;
            let fields = [title, text, proposed_change, &anchor.quote];
            let bytes: usize = fields.iter().map(|field| field.len() + 3).sum();
            let mut lines = String::with_capacity(bytes);
            for field in fields.into_iter().filter(|field| !field.is_empty()) {
                write_words(&mut lines, field, form);
                lines.push('\n');
            }
            lines
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Anchor;

    fn phrase(text: &str, form: Form) -> Phrase {
        Phrase::parse("text", text, form).unwrap()
    }

    #[test]
    fn a_phrase_is_whole_words_that_follow_one_another_in_one_field() {
        let content = Content {
            title: "Về số liệu".into(),
            text: "Đề nghị RÀ SOÁT, số liệu (cột 3).".into(),
            proposed_change: "thay bằng".into(),
            anchor: Anchor { quote: "nước sạch".into(), ..Anchor::default() },
            ..Content::default()
        };
        // the phrase, whether it occurs with its diacritics and without
        let table = [
            ("rà soát số liệu", true, true),
            ("Rà soát: SỐ LIỆU", true, true),
            ("ra soat so lieu", false, true),
            ("đề", true, true),
            ("de nghi", false, true),
            ("rá soát", false, true),
            ("soát liệu", false, false),
            ("oát số", false, false),
            ("rà so", false, false),
            ("3", true, true),
            ("nước sạch", true, true),
            // Never over the edge of two fields.
            ("số liệu đề nghị", false, false),
            ("bằng nước", false, false),
        ];
        for (text, accented, unaccented) in table {
            assert_eq!(phrase(text, Form::Accented).occurs_in(&content), accented, "{text}");
            assert_eq!(phrase(text, Form::Unaccented).occurs_in(&content), unaccented, "{text}");
        }
    }

    #[test]
    fn a_phrase_reads_nfd_as_nfc() {
        let decomposed: String = "rà soát".nfd().collect();
        assert_eq!(phrase(&decomposed, Form::Accented), phrase("rà soát", Form::Accented));
    }

    #[test]
    fn a_text_without_a_word_is_no_phrase() {
        for text in ["", "  ", "%", "\u{302}", "…/-"] {
            let error = Phrase::parse("text", text, Form::Accented).unwrap_err();
            assert_eq!(error.message, "text: expected at least one word: letters or digits");
        }
    }
}
