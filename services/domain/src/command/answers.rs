//! What commands give back that is no thing of the model by itself.

use serde::{Deserialize, Serialize};

use crate::ids::{CommentNumber, VersionNumber};
use crate::model::{Comment, Response, SectionHeading};
use crate::{Error, Result};

/// The most sections that an added version names as added, and as removed.
pub const MAX_LISTED: usize = 1_000;
/// The most bytes of their labels and headings, each time: a client's own default for what it receives is 4 MiB.
pub const MAX_LISTED_BYTES: usize = 1024 * 1024;

/// Which key signs tokens now, and what became of those before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SigningKeysRotated {
    /// The key that signs.
    pub kid: String,
    /// Those that signed until now, and verify on.
    pub retired: Vec<String>,
    /// Those that verify no more.
    pub ended: Vec<String>,
}

/// A version that was added, and what was found of the version before in it. The whole document counts nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VersionCreated {
    /// Its number.
    pub version: VersionNumber,
    /// How many sections it has, removed ones not counted: those kept, and those added.
    pub sections: i64,
    /// How many of them an earlier version had.
    pub kept: i64,
    /// How many of them no earlier version had.
    pub added: i64,
    /// How many sections of the version before it no longer has.
    pub removed: i64,
    /// The first of those added, in reading order: at most [`MAX_LISTED`] and [`MAX_LISTED_BYTES`].
    pub added_sections: Vec<SectionHeading>,
    /// The first of those removed, in the reading order of the version before, under the same bounds.
    pub removed_sections: Vec<SectionHeading>,
}

/// A response and the comments that came with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseWithComments {
    /// The response.
    pub response: Response,
    /// Its comments, in the order given.
    pub comments: Vec<Comment>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// What, or why it was refused.
    pub result: Result<Taken, Error>,
}

/// What a row that was taken is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// A new comment.
    Submitted(CommentNumber),
    /// The comment of an earlier upload, with these words now.
    Revised(CommentNumber),
    /// The comment of an earlier upload, as it was.
    Unchanged(CommentNumber),
}

/// What became of one decision of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The comment.
    pub number: CommentNumber,
    /// The comment as decided, or why it was not.
    pub result: Result<Comment, Error>,
    /// Whether it was so decided already, and nothing changed.
    #[serde(default)]
    pub unchanged: bool,
}

/// Whose names were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedPersons {
    /// What named each whose name was there until now.
    pub subjects: Vec<String>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The comments whose decisions are now public and were not before.
    pub numbers: Vec<CommentNumber>,
}
