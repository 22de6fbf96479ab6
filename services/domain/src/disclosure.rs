//! Reads of what is not for everybody: comments of others that the round does not show and that are not published, read by
//! somebody who may, and is not the draft's own drafter: an observer, an administrator, a responsible agency.

use std::net::IpAddr;

use crate::actor::{Actor, Operation, Scope, Sight};
use crate::ids::{AgencyCode, CommentNumber, Revision, RoundNumber};
use crate::model::Comment;
use crate::time::Timestamp;
use crate::words::Role;

/// Comments that somebody was shown, as the log of such reads has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Its id, in the order of time.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Through which operation.
    pub operation: Operation,
    /// To whom.
    pub actor: Actor,
    /// Where the call came from; none for the installation's own commands.
    pub address: Option<IpAddr>,
    /// The draft's revision that was read.
    pub revision: Revision,
    /// Which of its comments.
    pub shown: Range,
}

/// How many comments, and between which numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// How many.
    pub comments: i64,
    /// The lowest number.
    pub lowest: CommentNumber,
    /// The highest number.
    pub highest: CommentNumber,
}

impl Range {
    /// Of these numbers; none when there are none.
    pub fn of(numbers: impl IntoIterator<Item = CommentNumber>) -> Option<Self> {
        numbers.into_iter().fold(None, |range: Option<Self>, number| {
            let Self { comments, lowest, highest } =
                range.unwrap_or(Self { comments: 0, lowest: number, highest: number });
            Some(Self { comments: comments + 1, lowest: lowest.min(number), highest: highest.max(number) })
        })
    }
}

/// What tells of a comment whether reading it is a disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub number: CommentNumber,
    /// Its round, which may show it to everybody who takes part.
    pub round: RoundNumber,
    /// Whose it is.
    pub agency: AgencyCode,
    /// Whether everybody who takes part may read it anyway.
    pub published: bool,
}

impl From<&Comment> for Shown {
    fn from(comment: &Comment) -> Self {
        let Comment { number, round, agency, .. } = comment;
        Self { number: *number, round: *round, agency: agency.clone(), published: comment.is_published() }
    }
}

/// Whether what this caller reads of others may be a disclosure: it sees more than its own and what everybody sees, and does
/// not draft.
#[must_use]
pub fn is_witnessed(scope: &Scope, sight: &Sight) -> bool {
    let sees_more = match sight {
        Sight::Everything => true,
        Sight::Own { answers, .. } => *answers,
    };
    sees_more && scope.actor().role != Role::Drafter
}
