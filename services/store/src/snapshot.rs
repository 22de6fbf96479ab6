//! Reading a snapshot's comments from outside the runtime: a document is written on a thread that may block.

use tokio::sync::mpsc;
use ykien_domain::model::Comment;
use ykien_domain::query::Group;
use ykien_domain::snapshot::Comments;
use ykien_domain::{Error, Reason, Result};

/// Pages that wait until the writing has come to them.
const PAGES_AHEAD: usize = 2;

/// A page of comments, or why there are no more.
pub(crate) type PageResult = Result<Vec<Comment>>;

/// An order in which the comments are wanted, and where to put them.
pub(crate) struct Wanted {
    pub(crate) group: Group,
    pub(crate) pages: mpsc::Sender<PageResult>,
}

/// The comments of a snapshot. The snapshot is held as long as this is.
pub struct SnapshotComments {
    pub(crate) wanted: mpsc::Sender<Wanted>,
}

impl Comments for SnapshotComments {
    /// Blocks its thread: not to be called on one that runs tasks.
    fn collect(&mut self, group: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
        let (pages, received) = mpsc::channel(PAGES_AHEAD);
        self.wanted.blocking_send(Wanted { group, pages }).map_err(|_| ended())?;
        Ok(Box::new(Whole { pages: received, page: Vec::new().into_iter(), ended: false }))
    }
}

/// Pages as one sequence.
struct Whole {
    pages: mpsc::Receiver<PageResult>,
    page: std::vec::IntoIter<Comment>,
    ended: bool,
}

impl Iterator for Whole {
    type Item = Result<Comment>;

    fn next(&mut self) -> Option<Result<Comment>> {
        if self.ended {
            return None;
        }
        if let Some(comment) = self.page.next() {
            return Some(Ok(comment));
        }
        // A page with nothing is the last: when they end without it, somebody stopped reading.
        match self.pages.blocking_recv().unwrap_or_else(|| Err(ended())) {
            Ok(page) => {
                self.page = page.into_iter();
                let first = self.page.next();
                self.ended = first.is_none();
                first.map(Ok)
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

/// Whoever reads the snapshot has stopped.
pub(crate) fn ended() -> Error {
    Error::new(Reason::Unavailable, "the snapshot was given up before it was read to its end: ask again")
}
