//! The keys that sign tokens (Ed25519), kept in the store, so that every replica signs and checks with the same.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{SigningKey as PrivateKey, VerifyingKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::json;
use sha2::{Digest, Sha256};
use ykien_domain::time::Timestamp;
use ykien_domain::{Error, Reason, Result};
use ykien_store::{SigningKey, Store};

use super::{KEYS_FRESH_SECONDS, KEYS_RELOAD, KEYS_REREAD, LEEWAY_SECONDS, MAX_TOKEN_SECONDS};

/// The keys as they were read.
#[derive(Default)]
pub(super) struct Ring {
    read_at: Option<Instant>,
    keys: Vec<SigningKey>,
    checking: HashMap<String, DecodingKey>,
    signing: Option<(String, EncodingKey)>,
}

impl Ring {
    pub(super) fn of(keys: Vec<SigningKey>, read_at: Instant) -> Result<Self> {
        let mut checking = HashMap::new();
        for key in &keys {
            let decoding =
                DecodingKey::from_ed_pem(key.public_pem.as_bytes()).map_err(|_| broken(&key.kid))?;
            checking.insert(key.kid.clone(), decoding);
        }
        let newest = keys
            .iter()
            .filter(|key| key.retired_at.is_none())
            .max_by_key(|key| (key.created_at, key.kid.as_str()));
        let signing = match newest {
            Some(key) => {
                let encoding =
                    EncodingKey::from_ed_pem(key.private_pem.as_bytes()).map_err(|_| broken(&key.kid))?;
                Some((key.kid.clone(), encoding))
            }
            None => None,
        };
        Ok(Self { read_at: Some(read_at), keys, checking, signing })
    }

    /// When it is read again; none before it was read.
    pub(super) fn due_at(&self) -> Option<Instant> {
        self.read_at.map(|at| at + KEYS_REREAD)
    }

    /// The key that checks a token of this key id: also a retired one, as long as tokens of it may live.
    pub(super) fn checking(&self, kid: &str, now: Timestamp) -> Option<&DecodingKey> {
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        if is_spent(key, now) { None } else { self.checking.get(kid) }
    }

    /// The key that signs: the newest that is not retired.
    pub(super) fn signing(&self) -> Option<(&str, &EncodingKey)> {
        self.signing.as_ref().map(|(kid, key)| (kid.as_str(), key))
    }

    /// The public keys as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(super) fn public(&self, now: Timestamp) -> Result<serde_json::Value> {
        let mut keys = Vec::new();
        for key in self.keys.iter().filter(|key| !is_spent(key, now)) {
            let public = VerifyingKey::from_public_key_pem(&key.public_pem).map_err(|_| broken(&key.kid))?;
            let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
            keys.push(
                json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x}),
            );
        }
        Ok(json!({ "keys": keys }))
    }
}

/// How long a key that was retired verifies on, in seconds: a replica signs with it until it reads the keys again, the
/// token lives, and clocks differ.
pub(super) const VERIFYING_SECONDS: i64 = KEYS_FRESH_SECONDS + MAX_TOKEN_SECONDS + 2 * LEEWAY_SECONDS;

/// Until when the key verifies; none while it signs.
#[must_use]
pub fn verifies_until(key: &SigningKey) -> Option<Timestamp> {
    key.retired_at.map(|at| at.plus_seconds(VERIFYING_SECONDS))
}

/// Whether no token of the key can be alive any more.
fn is_spent(key: &SigningKey, now: Timestamp) -> bool {
    verifies_until(key).is_some_and(|until| until < now)
}

fn broken(kid: &str) -> Error {
    tracing::error!(kid, "a signing key in the store can't be read");
    Error::new(Reason::Internal, "a signing key can't be read")
}

/// The ring of the store, read again when it is old or lacks a key.
#[derive(Default)]
pub(super) struct Keys {
    ring: RwLock<Arc<Ring>>,
    /// Held while reading, so that those who need the same reading share one; when the last one began.
    reading: tokio::sync::Mutex<Option<Instant>>,
}

impl Keys {
    fn held(&self) -> Arc<Ring> {
        self.ring.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |ring| ring.clone())
    }

    /// The ring; when it must hold a key and does not, one that was read at most [`KEYS_RELOAD`] ago.
    pub(super) async fn ring(&self, store: &Store, needed: Option<&str>, now: Instant) -> Result<Arc<Ring>> {
        let ring = self.held();
        if !Self::is_due(&ring, needed, now) {
            return Ok(ring);
        }
        let mut tried_at = self.reading.lock().await;
        let ring = self.held();
        if !Self::is_due(&ring, needed, now) {
            return Ok(ring);
        }
        // A reading that failed just now is not tried again for each token that comes.
        let too_soon = tried_at.is_some_and(|at| now.saturating_duration_since(at) < KEYS_RELOAD);
        let result = if too_soon {
            Err(Error::new(Reason::Unavailable, "the signing keys can't be read"))
        } else {
            *tried_at = Some(now);
            self.read(store, now).await
        };
        match result {
            // What was read before still checks tokens while the database is away.
            Err(error)
                if ring.read_at.is_some() && needed.is_none_or(|kid| ring.checking.contains_key(kid)) =>
            {
                tracing::warn!(%error, "the signing keys could not be read again");
                Ok(ring)
            }
            result => result,
        }
    }

    fn is_due(ring: &Ring, needed: Option<&str>, now: Instant) -> bool {
        let Some(read_at) = ring.read_at else { return true };
        let age = now.saturating_duration_since(read_at);
        let lacking = needed.is_some_and(|kid| !ring.checking.contains_key(kid));
        age >= if lacking { KEYS_RELOAD } else { KEYS_REREAD }
    }

    /// Reads the ring anew, whatever is held.
    pub(super) async fn read(&self, store: &Store, now: Instant) -> Result<Arc<Ring>> {
        let ring = Arc::new(Ring::of(store.signing_keys().await?, now)?);
        match self.ring.write() {
            Ok(mut held) => *held = ring.clone(),
            Err(poisoned) => *poisoned.into_inner() = ring.clone(),
        }
        Ok(ring)
    }
}

/// A new key.
///
/// # Errors
/// `INTERNAL` when the system has no randomness.
pub(super) fn new_key(now: Timestamp) -> Result<SigningKey> {
    let failed = || Error::new(Reason::Internal, "a signing key could not be made");
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| failed())?;
    let private = PrivateKey::from_bytes(&seed);
    let public = private.verifying_key();
    Ok(SigningKey {
        kid: thumbprint(&public),
        private_pem: private.to_pkcs8_pem(LineEnding::LF).map_err(|_| failed())?.to_string(),
        public_pem: public.to_public_key_pem(LineEnding::LF).map_err(|_| failed())?,
        created_at: now,
        retired_at: None,
    })
}

/// The key's thumbprint (RFC 7638): its id.
fn thumbprint(key: &VerifyingKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}
