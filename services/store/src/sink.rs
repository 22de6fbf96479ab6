//! Comments that are handed on one by one, while the database gives them.

use ykien_domain::ids::Revision;
use ykien_domain::model::Comment;

/// Takes comments as they are read. It may not block: a transaction is open meanwhile.
pub trait Sink: Send + Sync + 'static {
    /// The next comment, and the revision for which it holds.
    fn take(&mut self, comment: Comment, revision: Revision);
}
