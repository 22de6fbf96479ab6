//! The hash chain over a change log: what anyone can check who has the log and a sealed head of it.
//!
//! Each event's hash is taken over the hash before it and the event's [canonical form](Entry::canonical), so the hash of
//! an event stands for all of the log up to it. A [`Seal`] is that hash at some revision, signed by the installation.
//! `docs/security.md` says the same for whoever writes a checker, and `tests/python/check_audit.py` is one.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::Revision;

/// One event as the log has it, word for word. The order of the fields is that of the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the columns of the log, described with its table")]
pub struct Entry {
    /// The draft; empty for the registry.
    pub draft: String,
    pub revision: Revision,
    /// Microseconds since 1970.
    pub at: i64,
    pub operation: String,
    pub kind: String,
    pub agency: String,
    pub client: String,
    pub role: String,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub structural: bool,
    /// JSON, as it was written.
    pub moves: String,
    /// JSON, as it was written.
    pub change: String,
}

impl Entry {
    /// The bytes that are hashed: the fields in their order, each as `<bytes>:<text>,` (a netstring), numbers in decimal,
    /// truths as `true` and `false`, and `-` for null. So no two events have the same bytes.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let Self {
            draft,
            revision,
            at,
            operation,
            kind,
            agency,
            client,
            role,
            request_id,
            address,
            structural,
            moves,
            change,
        } = self;
        let (revision, at, structural) = (revision.to_string(), at.to_string(), structural.to_string());
        let fields = [
            Some(draft),
            Some(&revision),
            Some(&at),
            Some(operation),
            Some(kind),
            Some(agency),
            Some(client),
            Some(role),
            request_id.as_ref(),
            address.as_ref(),
            Some(&structural),
            Some(moves),
            Some(change),
        ];
        let mut bytes = Vec::with_capacity(256 + moves.len() + change.len());
        for field in fields {
            push_field(&mut bytes, field.map(String::as_str));
        }
        bytes
    }
}

/// Adds a field in the canonical form.
pub fn push_field(bytes: &mut Vec<u8>, field: Option<&str>) {
    let Some(text) = field else {
        bytes.push(b'-');
        return;
    };
    bytes.extend_from_slice(text.len().to_string().as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b',');
}

/// SHA-256, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A log's chain, up to an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The event's revision; 0 before the first.
    pub revision: Revision,
    hash: [u8; 32],
}

impl Chain {
    /// The chain that a seal stands for; none when its hash is no hash.
    #[must_use]
    pub fn at(seal: &Seal) -> Option<Self> {
        Some(Self { revision: seal.revision, hash: unhex(&seal.hash)?.try_into().ok()? })
    }

    /// Goes on to the next event; false, and nothing is done, when it does not follow.
    pub fn add(&mut self, entry: &Entry) -> bool {
        if entry.revision != self.revision + 1 {
            return false;
        }
        self.hash = Sha256::new().chain_update(self.hash).chain_update(entry.canonical()).finalize().into();
        self.revision = entry.revision;
        true
    }

    /// Its head, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&self.hash)
    }
}

/// The head of a log's chain, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The draft; empty for the registry.
    pub draft: String,
    /// The revision of the seal before it; 0 for the first.
    pub previous: Revision,
    /// The last event that it covers.
    pub revision: Revision,
    /// The chain's head there: SHA-256, in hexadecimal.
    pub hash: String,
    /// When it was made, in microseconds since 1970.
    pub sealed_at: i64,
    /// The key that signed.
    pub kid: String,
    /// Ed25519 over [`Seal::message`], in hexadecimal.
    pub signature: String,
}

impl Seal {
    /// What is signed: never a token, for no token has a space or a line feed.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { draft, previous, revision, hash, sealed_at, .. } = self;
        format!("ykien seal 1\n{draft}\n{previous}\n{revision}\n{hash}\n{sealed_at}\n")
    }
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of lower-case hexadecimal.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            draft: "nq20".into(),
            revision: 1,
            at: 7,
            operation: "CreateDraft".into(),
            kind: "draft_created".into(),
            agency: "H37.05".into(),
            client: "c".into(),
            role: "admin".into(),
            request_id: None,
            address: Some("10.0.0.1".into()),
            structural: true,
            moves: String::new(),
            change: "{\"đ\":1}".into(),
        }
    }

    #[test]
    fn the_canonical_form_is_the_documented_one() {
        let expected = "4:nq20,1:1,1:7,11:CreateDraft,13:draft_created,6:H37.05,1:c,5:admin,-8:10.0.0.1,4:true,0:,8:{\"đ\":1},";
        assert_eq!(String::from_utf8(entry().canonical()).unwrap(), expected);
    }

    #[test]
    fn every_field_counts_and_nothing_can_move_from_one_to_the_next() {
        let whole = serde_json::to_value(entry()).unwrap();
        let mut seen = std::collections::HashSet::from([entry().canonical()]);
        for (name, value) in whole.as_object().unwrap() {
            let mut other = whole.clone();
            other[name] = match value {
                serde_json::Value::Bool(value) => (!value).into(),
                serde_json::Value::Number(value) => (value.as_i64().unwrap() + 1).into(),
                serde_json::Value::Null => "".into(),
                _ => "x".into(),
            };
            let other: Entry = serde_json::from_value(other).unwrap();
            assert!(seen.insert(other.canonical()), "{name}");
        }
        let moved = Entry { agency: "H37.05c".into(), client: String::new(), ..entry() };
        assert!(seen.insert(moved.canonical()));
    }

    #[test]
    fn a_chain_takes_its_events_in_order_and_each_changes_its_head() {
        let mut chain = Chain::default();
        assert!(!chain.add(&Entry { revision: 2, ..entry() }));
        assert!(chain.add(&entry()) && !chain.add(&entry()));
        let first = chain.hash();
        assert!(chain.add(&Entry { revision: 2, ..entry() }));
        assert_ne!(chain.hash(), first);
        assert_eq!(unhex(&first).map(|bytes| hex(&bytes)), Some(first));
        assert_eq!((unhex("0"), unhex("g0")), (None, None));
    }
}
