//! "At least this revision": what a caller that has just written asks of its next read.

use ykien_domain::ids::Revision;
use ykien_domain::{Error, Reason, Result};

/// A revision as a request gives it; 0 asks for nothing.
///
/// # Errors
/// `INVALID_FIELD` naming `field` when negative.
pub fn revision(field: &str, value: i64) -> Result<Revision> {
    if value < 0 {
        Err(Error::field(field, "must be 0 or a revision that the server gave"))
    } else {
        Ok(value)
    }
}

/// Whether an answer for `revision` is as fresh as was asked for.
///
/// # Errors
/// `REVISION_NOT_REACHED`.
pub fn expect_reached(min_revision: Revision, revision: Revision) -> Result<()> {
    if revision >= min_revision {
        return Ok(());
    }
    let message = format!("the draft is at revision {revision}, not yet at {min_revision}");
    Err(Error::new(Reason::RevisionNotReached, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_that_the_draft_has_not_reached_is_out_of_range() {
        assert!(expect_reached(0, 7).is_ok());
        assert!(expect_reached(7, 7).is_ok());
        let error = expect_reached(8, 7).unwrap_err();
        assert_eq!(error.reason, Reason::RevisionNotReached);
        assert_eq!(error.message, "the draft is at revision 7, not yet at 8");
    }

    #[test]
    fn a_negative_revision_names_its_field() {
        assert_eq!(revision("min_revision", -1).unwrap_err().violations[0].field, "min_revision");
        assert_eq!(revision("min_revision", 0).unwrap(), 0);
    }
}
