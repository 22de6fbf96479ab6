//! Resource names (AIP-122). Put together, not formatted: a comment has seven, and a stream a million comments.

use ykien_domain::ids::{AgencyCode, DraftId};

/// `agencies/{code}`.
#[must_use]
pub fn agency(code: &AgencyCode) -> String {
    ["agencies/", code.as_str()].concat()
}

/// `agencies/{code}`, or empty.
#[must_use]
pub fn agency_or_empty(code: Option<&AgencyCode>) -> String {
    code.map(agency).unwrap_or_default()
}

/// `drafts/{draft}`.
#[must_use]
pub fn draft(id: &DraftId) -> String {
    ["drafts/", id.as_str()].concat()
}

/// `drafts/{draft}/{collection}/{number}`.
#[must_use]
pub fn numbered(id: &DraftId, collection: &str, number: i64) -> String {
    ["drafts/", id.as_str(), "/", collection, "/", itoa::Buffer::new().format(number)].concat()
}

/// `drafts/{draft}/{collection}/{number}`, or empty.
#[must_use]
pub fn numbered_or_empty(id: &DraftId, collection: &str, number: Option<i64>) -> String {
    number.map(|number| numbered(id, collection, number)).unwrap_or_default()
}
