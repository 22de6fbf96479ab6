//! The keys of another issuer, from a file or by discovery: read seldom, kept for a while when they can't be read.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::Uri;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;
use ykien_domain::{Error, Reason, Result};

use super::config;
use super::fetch::{self, MAX_DISCOVERY, MAX_KEYS_BYTES, Tls};
use crate::auth::jwk::{self, PublicKey};

/// How long keys hold: so long may one that its issuer withdrew still verify.
const FRESH: Duration = Duration::from_secs(300);
/// How often at most they are read: however many tokens name a key that is not there, and however often it fails.
const RELOAD: Duration = Duration::from_secs(30);
/// How long keys hold when they can't be read anew.
const STALE: Duration = Duration::from_secs(3_600);
/// The most keys of a set.
const MAX_KEYS: usize = 64;

/// Where the keys come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A JSON Web Key Set in a file, read again like the others.
    File(PathBuf),
    /// `jwks_uri` of the issuer's discovery document (OpenID Connect Discovery §4).
    Discovery {
        /// As the document must say it.
        issuer: String,
        /// The same, as an address.
        url: Uri,
        /// Whom the connection trusts.
        tls: Tls,
    },
}

/// The keys as they were read.
#[derive(Debug)]
pub(super) struct KeySet {
    read_at: Instant,
    keys: Vec<PublicKey>,
}

impl KeySet {
    pub(super) fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    source: Source,
    algorithms: Vec<Algorithm>,
    held: RwLock<Option<Arc<KeySet>>>,
    /// Held while reading, so that those who need it share one; when the last one began.
    tried_at: tokio::sync::Mutex<Option<Instant>>,
}

impl IssuerKeys {
    pub(super) fn new(source: Source, algorithms: Vec<Algorithm>) -> Self {
        let tried_at = tokio::sync::Mutex::new(None);
        Self { source, algorithms, held: RwLock::default(), tried_at }
    }

    /// The keys; read anew when they are old or lack this one, but never sooner than [`RELOAD`] after the last reading.
    ///
    /// # Errors
    /// `UNAVAILABLE` when there are none, or none that are young enough.
    pub(super) async fn holding(&self, kid: &str, now: Instant) -> Result<Arc<KeySet>> {
        let age = |set: &KeySet| now.saturating_duration_since(set.read_at);
        let good = |set: &Arc<KeySet>| age(set) < FRESH && set.find(kid).is_some();
        if let Some(set) = self.held().filter(good) {
            return Ok(set);
        }
        let mut tried_at = match self.tried_at.try_lock() {
            Ok(tried_at) => tried_at,
            // Somebody reads them: only who has no key to go on with waits.
            Err(_) => {
                let usable = |set: &Arc<KeySet>| age(set) < STALE && set.find(kid).is_some();
                match self.held().filter(usable) {
                    Some(set) => return Ok(set),
                    None => self.tried_at.lock().await,
                }
            }
        };
        if let Some(set) = self.held().filter(good) {
            return Ok(set);
        }
        if tried_at.is_none_or(|at| now.saturating_duration_since(at) >= RELOAD) {
            *tried_at = Some(now);
            // A task of its own: a caller that goes away must not end the reading of which others have need.
            let (source, algorithms) = (self.source.clone(), self.algorithms.clone());
            let reading = tokio::spawn(async move { load(&source, &algorithms).await });
            match reading.await.map_err(|error| error.to_string()).flatten() {
                Ok(keys) => {
                    let set = Arc::new(KeySet { read_at: now, keys });
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(set);
                }
                Err(why) => tracing::warn!(source = ?self.source, why, "an issuer's keys could not be read"),
            }
        }
        self.held().filter(|set| age(set) < STALE).ok_or_else(|| {
            Error::new(Reason::Unavailable, "the keys of the token's issuer can't be read at the moment")
        })
    }

    fn held(&self) -> Option<Arc<KeySet>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn load(source: &Source, algorithms: &[Algorithm]) -> Result<Vec<PublicKey>, String> {
    match source {
        Source::File(file) => {
            let file = file.clone();
            let read = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
            let bytes = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            parse(&bytes, algorithms)
        }
        Source::Discovery { issuer, url, tls } => {
            let document = fetch::get(&discovery(url)?, tls, MAX_DISCOVERY).await?;
            let found: Document = serde_json::from_slice(&document).map_err(|error| error.to_string())?;
            if found.issuer != *issuer {
                return Err(format!("the discovery document is of another issuer, {:?}", found.issuer));
            }
            let keys = config::url(&found.jwks_uri).map_err(|must| format!("jwks_uri {must}"))?;
            parse(&fetch::get(&keys, tls, MAX_KEYS_BYTES).await?, algorithms)
        }
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// Where an issuer's discovery document is.
fn discovery(issuer: &Uri) -> Result<Uri, String> {
    let path = issuer.path().trim_end_matches('/');
    let mut parts = issuer.clone().into_parts();
    parts.path_and_query =
        Some(format!("{path}/.well-known/openid-configuration").parse().map_err(|_| "no path".to_owned())?);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

/// The keys of a set that can be used; the others, for encryption or of other kinds, are none of our business.
pub(super) fn parse(set: &[u8], algorithms: &[Algorithm]) -> Result<Vec<PublicKey>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(set).map_err(|error| error.to_string())?;
    if set.keys.len() > MAX_KEYS {
        return Err(format!("must have at most {MAX_KEYS} keys"));
    }
    let keys: Vec<PublicKey> =
        set.keys.iter().filter_map(|key| jwk::read(key, algorithms).ok()).map(|(key, _)| key).collect();
    let twice =
        keys.iter().enumerate().any(|(at, key)| keys.iter().skip(at + 1).any(|other| other.kid == key.kid));
    if twice {
        return Err("has two keys with one kid".to_owned());
    }
    if keys.is_empty() { Err("has no key for the allowed algorithms".to_owned()) } else { Ok(keys) }
}
