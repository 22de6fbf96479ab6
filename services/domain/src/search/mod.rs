//! Searching what comments say: words, phrases, and the index that finds them.
//!
//! A text is a sequence of words; what parts them does not count. A [`Phrase`] occurs where its words follow one another
//! within one field of a comment. Case never counts; diacritics count or not, as is asked.

//!
//! The index says for each [`Term`], a hash of a word or of two adjacent words, which comments hold it. It is cut twice: into
//! segments, each of a batch of comments, and each segment by the terms' highest bits into blocks small enough to read
//! one for a question ([`block`], [`segment`]). What it finds may be more than what there is (hashes meet, comments are
//! revised), never less; so every comment found is weighed by [`Phrase::occurs_in`].

pub mod block;
mod phrase;
pub mod segment;
mod terms;
mod words;

pub use phrase::{Phrase, Said};
pub use terms::{Term, Terms};
pub use words::Form;
pub(crate) use words::write_words;
