//! A page of comments as it fills.

use ykien_domain::ids::Revision;
use ykien_domain::model::Comment;
use ykien_domain::query::{Cursor, Page};

use super::work::Look;
use crate::sink::Sink;

/// The most bytes of text on a page, unless its first comment has more: of those that are asked for all may be long.
const MAX_PAGE_TEXT: usize = 8 * 1024 * 1024;

/// What is on the page so far, and whether there is more.
pub(super) struct Filling<'s> {
    limit: i64,
    count: i64,
    bytes: usize,
    /// Those that were not handed on.
    comments: Vec<Comment>,
    sink: Option<&'s mut dyn Sink>,
    revision: Revision,
    /// The place of the last one.
    last: Option<Cursor>,
    is_full: bool,
    /// How many were looked at for it.
    pub(super) looked_at: i64,
}

impl<'s> Filling<'s> {
    /// A page of at most so many comments. They go where the look hands comments on to, if it does.
    pub(super) fn new(look: &mut Look<'s>, limit: i64) -> Self {
        let (sink, revision) = (look.sink.take(), look.draft.revision);
        Self {
            limit,
            count: 0,
            bytes: 0,
            comments: Vec::new(),
            sink,
            revision,
            last: None,
            is_full: false,
            looked_at: 0,
        }
    }

    /// Takes the next comment, which is at this place; false, and it is not on the page, if the page is full.
    pub(super) fn take(&mut self, comment: Comment, place: Cursor) -> bool {
        let bytes = comment.text_bytes();
        self.is_full |= self.count == self.limit || (self.count > 0 && self.bytes + bytes > MAX_PAGE_TEXT);
        if self.is_full {
            return false;
        }
        self.count += 1;
        self.bytes += bytes;
        self.last = Some(place);
        match &mut self.sink {
            Some(sink) => sink.take(comment, self.revision),
            None => self.comments.push(comment),
        }
        true
    }

    /// Takes the next comments, each at its place, until the page is full.
    pub(super) fn take_all(&mut self, comments: impl IntoIterator<Item = (Comment, Cursor)>) {
        for (comment, place) in comments {
            if !self.take(comment, place) {
                return;
            }
        }
    }

    /// Whether a comment came that did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many comments are missing: one more than fits tells that there are more.
    pub(super) fn missing(&self) -> i64 {
        self.limit + 1 - self.count
    }

    /// The page. If it is not full, the next one begins at the place given, if there is any.
    pub(super) fn page(self, otherwise: Option<Cursor>) -> Page<Comment, Cursor> {
        Page { items: self.comments, next: if self.is_full { self.last } else { otherwise } }
    }
}
