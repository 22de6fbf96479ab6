//! Searching what comments say: words, phrases, and the index that finds them.
//!
//! A text is a sequence of words; what parts them does not count. A [`Phrase`] occurs where its words follow one another
//! within one field of a comment. Case never counts; diacritics count or not, as is asked.

mod phrase;
mod words;

pub use phrase::{Phrase, Said};
pub use words::Form;
