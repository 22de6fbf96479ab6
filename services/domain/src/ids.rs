//! The names of things. A code or an id that exists has been checked; nothing else builds one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A comment's number: gapless per draft, from 1.
pub type CommentNumber = i64;
/// A section's id: per draft, kept from version to version; [`ROOT`] is the whole document.
pub type SectionId = i64;
/// A round's number: gapless per draft, from 1.
pub type RoundNumber = i64;
/// A version's number: gapless per draft, from 1.
pub type VersionNumber = i64;
/// A response's number: gapless per draft, from 1.
pub type ResponseNumber = i64;
/// A directive's number: gapless per draft, from 1.
pub type DirectiveNumber = i64;
/// A draft's change counter: it orders the changes and names a state of the draft.
pub type Revision = i64;

/// The section that stands for the whole document: the root of every draft's tree.
pub const ROOT: SectionId = 0;

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// `INVALID_FIELD` naming `field` and the bound.
            pub fn parse(field: &str, text: &str) -> Result<Self> {
                let ok: fn(&str) -> bool = $ok;
                if (1..=$max).contains(&text.len()) && ok(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(Error::field(field, $what))
            }

            /// What the store read back: it was checked when it went in.
            #[must_use]
            pub fn stored(text: String) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// An agency's code, such as `H37.05`: its key and its resource id.
    AgencyCode,
    40,
    "must be an agency code: 1 to 40 letters, digits, '.', '-' or '_', beginning with a letter or digit",
    |text| text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
);

checked_text!(
    /// A draft's id: chosen by its creator, or a new UUID.
    DraftId,
    63,
    "must be a draft id: 1 to 63 lower-case letters, digits or '-', beginning with a letter or digit",
    |text| text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

checked_text!(
    /// An API client's id, such as `h37-05-docs`.
    ClientId,
    63,
    "must be a client id: 1 to 63 lower-case letters, digits or '-', beginning with a letter or digit",
    |text| text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

checked_text!(
    /// The client's own id of a request: a UUID, so that a retry is known as one.
    RequestId,
    36,
    "must be a UUID such as 018f6e5e-7b6c-7cc4-9d2a-3f3c5b1a2d4e",
    |text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
);

/// An etag: the revision of the thing's last change, in quotes in HTTP.
#[must_use]
pub fn etag(revision: Revision) -> String {
    format!("r{revision}")
}

/// The revision that an etag stands for.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn parse_etag(field: &str, text: &str) -> Result<Option<Revision>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.strip_prefix('r')
        .and_then(|digits| digits.parse().ok())
        .filter(|revision| *revision > 0)
        .map(Some)
        .ok_or_else(|| Error::field(field, "must be an etag that the server gave, such as r42"))
}

/// A resource name: `drafts/{draft}`, `drafts/{draft}/comments/{number}`, `agencies/{code}`.
pub mod name {
    use super::{AgencyCode, DraftId};
    use crate::{Error, Result};

    /// The code in `agencies/{code}`.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field`.
    pub fn agency(field: &str, name: &str) -> Result<AgencyCode> {
        let code = name
            .strip_prefix("agencies/")
            .ok_or_else(|| Error::field(field, "must be a resource name agencies/{code}"))?;
        AgencyCode::parse(field, code)
    }

    /// The code in `agencies/{code}`, or none when empty.
    ///
    /// # Errors
    /// As [`agency`].
    pub fn agency_or_none(field: &str, name: &str) -> Result<Option<AgencyCode>> {
        if name.is_empty() { Ok(None) } else { agency(field, name).map(Some) }
    }

    /// The id in `drafts/{draft}`.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field`.
    pub fn draft(field: &str, name: &str) -> Result<DraftId> {
        let id = name
            .strip_prefix("drafts/")
            .ok_or_else(|| Error::field(field, "must be a resource name drafts/{draft}"))?;
        DraftId::parse(field, id)
    }

    /// The draft and the number in `drafts/{draft}/{collection}/{number}`.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field` and the form.
    pub fn numbered(field: &str, collection: &str, name: &str) -> Result<(DraftId, i64)> {
        let bad = || {
            Error::field(field, format!("must be a resource name drafts/{{draft}}/{collection}/{{number}}"))
        };
        let mut parts = name.split('/');
        let (Some("drafts"), Some(draft), Some(kind), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let number = number
            .parse()
            .ok()
            .filter(|value: &i64| *value >= 0 && value.to_string() == number)
            .ok_or_else(bad)?;
        if kind != collection {
            return Err(bad());
        }
        Ok((DraftId::parse(field, draft)?, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_one_form_and_say_which() {
        assert_eq!(name::numbered("name", "comments", "drafts/nq20/comments/12").unwrap().1, 12);
        for bad in
            ["drafts/nq20/comments/012", "drafts/nq20/comments/-1", "drafts/nq20/rounds/1", "comments/1", ""]
        {
            let error = name::numbered("name", "comments", bad).unwrap_err();
            assert_eq!(error.violations[0].field, "name", "{bad}");
        }
    }

    #[test]
    fn codes_and_ids_are_bounded() {
        assert!(AgencyCode::parse("a", "H37.05").is_ok());
        assert!(AgencyCode::parse("a", "H37/05").is_err());
        assert!(AgencyCode::parse("a", &"H".repeat(41)).is_err());
        assert!(DraftId::parse("d", "Nq20").is_err());
        assert!(RequestId::parse("request_id", "not-a-uuid").is_err());
    }

    #[test]
    fn an_etag_reads_back() {
        assert_eq!(parse_etag("etag", &etag(42)).unwrap(), Some(42));
        assert_eq!(parse_etag("etag", "").unwrap(), None);
        assert!(parse_etag("etag", "W/42").is_err());
    }
}
