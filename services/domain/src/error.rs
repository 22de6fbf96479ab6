//! The one error type, and the table that gives each reason its meaning.
//!
//! A reason is a closed set: clients switch on it, so a new one is an API change. What each transport makes of a
//! reason (gRPC code, HTTP status) stands in the same table, so that the two can't drift.

use serde::{Deserialize, Serialize};

/// The domain's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The longest list of violations that one error carries: status details past a few KiB break HTTP/2 headers.
pub const MAX_VIOLATIONS: usize = 16;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal, $code:ident, $status:literal;)+) => {
        /// Why an operation was refused, as the client reads it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Reason { $($(#[$doc])* $name,)+ }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// The `reason` of `google.rpc.ErrorInfo` and of the problem document.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Reason::$name => $text,)+ } }

            /// The canonical code (google.rpc.Code).
            #[must_use]
            pub fn code(self) -> Code { match self { $(Reason::$name => Code::$code,)+ } }

            /// The HTTP status.
            #[must_use]
            pub fn http_status(self) -> u16 { match self { $(Reason::$name => $status,)+ } }
        }
    };
}

/// The canonical codes that ykien uses (a subset of google.rpc.Code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are google.rpc.Code's own")]
pub enum Code {
    InvalidArgument,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    Unauthenticated,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    ResourceExhausted,
    Unavailable,
    DeadlineExceeded,
    Internal,
}

reasons! {
    /// A field is missing, malformed or out of bounds; the violations name it.
    InvalidField => "INVALID_FIELD", InvalidArgument, 400;
    /// The filter can't be read; the violation tells where.
    InvalidFilter => "INVALID_FILTER", InvalidArgument, 400;
    /// The page token was not made by this method with these parameters.
    InvalidPageToken => "INVALID_PAGE_TOKEN", InvalidArgument, 400;
    /// The request id was used before with another body.
    RequestIdReused => "REQUEST_ID_REUSED", AlreadyExists, 409;
    /// Something of that name exists already.
    AlreadyExists => "ALREADY_EXISTS", AlreadyExists, 409;
    /// It does not exist, or the caller may not know that it does.
    NotFound => "NOT_FOUND", NotFound, 404;
    /// The caller may see the thing but not do this with it.
    PermissionDenied => "PERMISSION_DENIED", PermissionDenied, 403;
    /// No token, or one that is not valid.
    Unauthenticated => "UNAUTHENTICATED", Unauthenticated, 401;
    /// The etag is not the current one: read again, then decide again.
    StaleEtag => "STALE_ETAG", Aborted, 412;
    /// The round is not open for comments.
    RoundNotOpen => "ROUND_NOT_OPEN", FailedPrecondition, 409;
    /// The deadline has passed and the round refuses late submissions.
    DeadlinePassed => "DEADLINE_PASSED", FailedPrecondition, 409;
    /// The round's state does not allow the change.
    RoundState => "ROUND_STATE", FailedPrecondition, 409;
    /// The round's deadline has not come: closing early needs the override.
    RoundEarly => "ROUND_EARLY", FailedPrecondition, 409;
    /// Comments are still pending: closing needs the override.
    CommentsPending => "COMMENTS_PENDING", FailedPrecondition, 409;
    /// The comment is withdrawn.
    CommentWithdrawn => "COMMENT_WITHDRAWN", FailedPrecondition, 409;
    /// The decision is published: undo it first.
    DecisionPublished => "DECISION_PUBLISHED", FailedPrecondition, 409;
    /// The comment has no decision.
    NotDecided => "NOT_DECIDED", FailedPrecondition, 409;
    /// The directive is already complete.
    DirectiveComplete => "DIRECTIVE_COMPLETE", FailedPrecondition, 409;
    /// The agency is not active.
    AgencyInactive => "AGENCY_INACTIVE", FailedPrecondition, 409;
    /// A revision was asked for that the draft has not reached.
    RevisionNotReached => "REVISION_NOT_REACHED", OutOfRange, 409;
    /// A named limit was passed.
    LimitExceeded => "LIMIT_EXCEEDED", ResourceExhausted, 429;
    /// Too many submissions wait for their turn: try again in a moment, with the same request id.
    QueueFull => "QUEUE_FULL", ResourceExhausted, 429;
    /// The client, its agency or its address asks too often: try again in a second.
    RateLimited => "RATE_LIMITED", ResourceExhausted, 429;
    /// The server can't take it now; try again.
    Unavailable => "UNAVAILABLE", Unavailable, 503;
    /// The server's own time limit passed.
    Timeout => "TIMEOUT", DeadlineExceeded, 504;
    /// A fault of the server; details are in its log only.
    Internal => "INTERNAL", Internal, 500;
}

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The path as the client wrote it: `comment.anchor.section`, `comments[3].text`.
    pub field: String,
    /// What is wrong, with the bound.
    pub description: String,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Error {
    /// The machine-readable reason.
    pub reason: Reason,
    /// A sentence for people, safe to send.
    pub message: String,
    /// The fields at fault, at most [`MAX_VIOLATIONS`].
    pub violations: Vec<Violation>,
}

impl Error {
    /// An error of this reason with a sentence that is safe to send.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), violations: Vec::new() }
    }

    /// One bad field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::fields(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// Several bad fields; past [`MAX_VIOLATIONS`] the rest is only counted in the message.
    #[must_use]
    pub fn fields(mut violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [one] => format!("{}: {}", one.field, one.description),
            many => format!("{} fields are not valid", many.len()),
        };
        violations.truncate(MAX_VIOLATIONS);
        Self { reason: Reason::InvalidField, message, violations }
    }

    /// The same for what is missing and for what may not be known.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Reason::NotFound, "not found")
    }

    /// The caller sees the thing, but its role does not allow this.
    #[must_use]
    pub fn denied() -> Self {
        Self::new(Reason::PermissionDenied, "this client's role does not allow the operation")
    }

    /// The same error with `prefix.` before each field path (an item of a batch: `comments[3]`).
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        for violation in &mut self.violations {
            violation.field = format!("{prefix}.{}", violation.field);
        }
        if let [one] = self.violations.as_slice() {
            self.message = format!("{}: {}", one.field, one.description);
        }
        self
    }
}

/// Collects the violations of a whole request, so that a client learns them all at once.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Notes one bad field.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation { field: field.into(), description: description.into() });
    }

    /// Takes the value, or notes the violations of the error and gives a default.
    pub fn take<T: Default>(&mut self, result: Result<T>) -> T {
        result.unwrap_or_else(|error| {
            if error.violations.is_empty() {
                self.add("", error.message);
            } else {
                self.0.extend(error.violations);
            }
            T::default()
        })
    }

    /// An error if anything was noted.
    ///
    /// # Errors
    /// `INVALID_FIELD` with every violation noted so far.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::fields(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_text_and_a_4xx_or_5xx_status() {
        let mut texts: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| (400..600).contains(&reason.http_status())));
    }

    #[test]
    fn an_item_of_a_batch_names_its_place() {
        let error = Error::field("text", "is empty").within("comments[3]");
        assert_eq!(error.violations[0].field, "comments[3].text");
        assert_eq!(error.message, "comments[3].text: is empty");
    }
}
