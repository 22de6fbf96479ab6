//! Page tokens: opaque, and bound to the method and parameters that made them.
//!
//! A token is no secret and grants nothing: it says only where in a list that the caller may read anyway the next page
//! begins. What it is bound to is there so that a token of another list is refused rather than misread.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use ykien_domain::actor::Scope;
use ykien_domain::ids::Revision;
use ykien_domain::query::{DEFAULT_PAGE, MAX_PAGE, Page, Query};
use ykien_domain::{Error, Reason, Result, Violation};
use ykien_store::{Readable, Store};

use crate::limits::MAX_PAGE_BYTES;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 4096;

/// How many bytes of the hash of method and parameters a token begins with.
const BINDING: usize = 8;

/// The token of a place in the list that this method makes of these parameters.
#[must_use]
pub fn encode<C: Serialize>(method: &str, parameters: &[&str], cursor: &C) -> String {
    let mut bytes = binding(method, parameters).to_vec();
    // A cursor is numbers and texts: JSON takes it always.
    bytes.extend(serde_json::to_vec(cursor).unwrap_or_default());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a token stands for; none when it is empty.
///
/// # Errors
/// `INVALID_PAGE_TOKEN` for a token that this method did not make of these parameters.
pub fn decode<C: DeserializeOwned>(method: &str, parameters: &[&str], token: &str) -> Result<Option<C>> {
    if token.is_empty() {
        return Ok(None);
    }
    read(method, parameters, token).map(Some).ok_or_else(|| {
        let description = "is not a token that this method gave for these parameters";
        Error {
            reason: Reason::InvalidPageToken,
            message: format!("page_token: {description}"),
            violations: vec![Violation {
                field: "page_token".to_owned(),
                description: description.to_owned(),
            }],
        }
    })
}

/// How many items a page holds: 100 when 0, else 1 to 1,000.
///
/// # Errors
/// `INVALID_FIELD` naming `page_size`.
pub fn size(page_size: i32) -> Result<i64> {
    match i64::from(page_size) {
        0 => Ok(DEFAULT_PAGE),
        size @ 1..=MAX_PAGE => Ok(size),
        size => Err(Error::field("page_size", format!("must be 1 to {MAX_PAGE}, is {size}"))),
    }
}

/// A page as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<M, C> {
    /// The items.
    pub items: Vec<M>,
    /// Where the next page begins; none on the last.
    pub next: Option<C>,
    /// The revision for which it holds.
    pub revision: Revision,
}

impl<M, C: Serialize> Listed<M, C> {
    /// The next page's token; empty on the last.
    #[must_use]
    pub fn token(&self, method: &str, parameters: &[&str]) -> String {
        self.next.as_ref().map(|cursor| encode(method, parameters, cursor)).unwrap_or_default()
    }
}

/// Reads a page of at most `limit` items, and of no more bytes than a client takes: when the items are larger than that,
/// the page ends before (but has one at least).
///
/// # Errors
/// The query's own.
pub async fn list<Q, T, C, M>(
    store: &Store,
    scope: &Scope,
    mut limit: i64,
    query: impl Fn(i64) -> Q + Send,
    render: impl Fn(T) -> M + Send,
) -> Result<Listed<M, C>>
where
    Q: Readable + Query<Answer = Page<T, C>>,
    T: Send + 'static,
    C: Send + 'static,
    M: Message,
{
    loop {
        let read = store.read(scope, query(limit)).await?;
        let items: Vec<M> = read.answer.items.into_iter().map(&render).collect();
        match fitting(&items) {
            // Only the store can say where a shorter page ends.
            Some(fewer) => limit = fewer,
            None => return Ok(Listed { items, next: read.answer.next, revision: read.revision }),
        }
    }
}

/// How many of the items fit into a page, one at least; none when all do.
fn fitting<M: Message>(items: &[M]) -> Option<i64> {
    let mut left = MAX_PAGE_BYTES;
    let first_left_out = items.iter().position(|item| {
        // A few bytes of framing for each.
        let fits = left.checked_sub(item.encoded_len() + 8);
        left = fits.unwrap_or_default();
        fits.is_none()
    })?;
    (items.len() > 1).then_some(i64::try_from(first_left_out.max(1)).unwrap_or(1))
}

fn read<C: DeserializeOwned>(method: &str, parameters: &[&str], token: &str) -> Option<C> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (bound, cursor) = bytes.split_at_checked(BINDING)?;
    if bound != binding(method, parameters) {
        return None;
    }
    serde_json::from_slice(cursor).ok()
}

fn binding(method: &str, parameters: &[&str]) -> [u8; BINDING] {
    let mut hash = Sha256::new();
    for part in std::iter::once(&method).chain(parameters) {
        // The length first, so that ("ab", "c") is not ("a", "bc").
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut binding = [0; BINDING];
    for (to, from) in binding.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    binding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_only_where_it_was_made() {
        let token = encode("ListComments", &["drafts/nq20", "status = pending"], &(7_i64, "II"));
        let read = |method, parameters: &[&str]| decode::<(i64, String)>(method, parameters, &token);
        assert_eq!(
            read("ListComments", &["drafts/nq20", "status = pending"]).unwrap(),
            Some((7, "II".to_owned()))
        );
        for (method, parameters) in [
            ("Collect", &["drafts/nq20", "status = pending"][..]),
            ("ListComments", &["drafts/nq21", "status = pending"]),
            ("ListComments", &["drafts/nq20", "status = rejected"]),
            ("ListComments", &["drafts/nq20status = pending", ""]),
            ("ListComments", &["drafts/nq20"]),
        ] {
            let error = read(method, parameters).unwrap_err();
            assert_eq!(error.reason, Reason::InvalidPageToken, "{method} {parameters:?}");
            assert_eq!(error.violations[0].field, "page_token");
        }
    }

    #[test]
    fn garbage_is_refused_and_empty_is_the_beginning() {
        assert_eq!(decode::<i64>("M", &[], "").unwrap(), None);
        let another_type = encode("M", &[], &"text");
        for token in ["x", "AAAA", "not base64!", another_type.as_str(), &"A".repeat(MAX_TOKEN + 1)] {
            assert_eq!(
                decode::<i64>("M", &[], token).unwrap_err().reason,
                Reason::InvalidPageToken,
                "{token}"
            );
        }
    }

    #[test]
    fn a_page_ends_before_it_is_larger_than_a_client_takes() {
        let item = |bytes: usize| ykien_proto::v1::Comment { text: "x".repeat(bytes), ..Default::default() };
        assert_eq!(fitting(&[item(1), item(2)]), None);
        assert_eq!(fitting(&vec![item(MAX_PAGE_BYTES / 4); 10]), Some(3));
        assert_eq!(fitting(&[item(MAX_PAGE_BYTES), item(1)]), Some(1));
        assert_eq!(fitting(&[item(MAX_PAGE_BYTES)]), None);
    }

    #[test]
    fn a_page_has_1_to_1000_items() {
        assert_eq!((size(0).unwrap(), size(1).unwrap(), size(1000).unwrap()), (100, 1, 1000));
        for bad in [-1, 1001, i32::MAX] {
            assert_eq!(size(bad).unwrap_err().violations[0].field, "page_size");
        }
    }
}
