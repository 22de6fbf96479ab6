//! Checks tokens: those of this installation, and those of the issuers that it trusts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use ykien_domain::actor::{Actor, Scope};
use ykien_domain::command::{RotateSigningKeys, SigningKeysRotated, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::query::GetAgency;
use ykien_domain::time::Timestamp;
use ykien_domain::{Reason, Result};
use ykien_store::Store;

use super::fresh::Fresh;
use super::issuers::{Issuers, Trusted};
use super::keys::{self, Keys};
use super::token::{self, Claims, Refusal};
use super::{AuthConfig, CLIENT_FRESH, MAX_TOKEN_SECONDS};

/// The most checked tokens that are held.
const MAX_TOKENS: usize = 10_000;

/// How many secrets are compared at once: each takes a core for tens of milliseconds, and 19 MiB.
const COMPARING: usize = 2;

/// How many sign-ins wait for that before others are refused.
const WAITING: usize = 64;

/// Which key verified a token.
#[derive(Clone)]
enum Signer {
    /// One of this installation.
    Own { kid: String },
    /// One of another issuer, by its place in the configuration.
    Other { issuer: usize, kid: String },
}

/// What a checked token said: its signature is not checked again while it lives.
#[derive(Clone)]
struct Checked {
    actor: Arc<Actor>,
    signer: Signer,
    exp: i64,
}

/// What is held of a token.
struct Held {
    checked: Checked,
    /// Until when neither its key nor its client would be read again, in microseconds since [`Inner::begun`]: until then
    /// nothing needs to be looked up but this.
    settled_until: AtomicU64,
}

/// A token as it is held: its hash, so that the process's memory has no tokens.
type TokenHash = [u8; 32];

/// Issues and checks tokens. A clone shares the caches.
#[derive(Clone)]
pub struct Identity(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) config: AuthConfig,
    pub(super) keys: Keys,
    issuers: Issuers,
    /// What each client may be; none when it is unknown, or switched off.
    clients: Fresh<ClientId, Option<Actor>>,
    /// Whether each agency may take part.
    agencies: Fresh<AgencyCode, bool>,
    tokens: RwLock<HashMap<TokenHash, Held>>,
    pub(super) comparing: Semaphore,
    pub(super) waiting: Semaphore,
    /// The age of what is held is measured by it, never by the store's clock, which may stand still.
    pub(super) elapsed: fn() -> Instant,
    begun: Instant,
}

impl Identity {
    /// On this store. A lifetime out of bounds becomes the nearest that is in them.
    #[must_use]
    pub fn new(store: Store, config: AuthConfig) -> Self {
        Self::trusting(store, config, Vec::new())
    }

    /// One that takes the tokens of these issuers too.
    #[must_use]
    pub fn trusting(store: Store, config: AuthConfig, trusted: Vec<Trusted>) -> Self {
        Self::measured_by(store, config, trusted, Instant::now)
    }

    pub(super) fn measured_by(
        store: Store,
        mut config: AuthConfig,
        trusted: Vec<Trusted>,
        elapsed: fn() -> Instant,
    ) -> Self {
        config.token_lifetime_seconds = config.token_lifetime_seconds.clamp(1, MAX_TOKEN_SECONDS);
        Self(Arc::new(Inner {
            store,
            config,
            keys: Keys::default(),
            issuers: Issuers::new(trusted),
            clients: Fresh::default(),
            agencies: Fresh::default(),
            tokens: RwLock::default(),
            comparing: Semaphore::new(COMPARING),
            waiting: Semaphore::new(COMPARING + WAITING),
            elapsed,
            begun: elapsed(),
        }))
    }

    /// Makes and keeps the first signing key, if there is none. Two replicas that start at once may make two: both
    /// check, and the newer signs.
    ///
    /// # Errors
    /// The store's own.
    pub async fn ensure_signing_key(&self) -> Result<()> {
        let Inner { store, keys, elapsed, .. } = &*self.0;
        if keys.read(store, elapsed()).await?.signing().is_none() {
            store.add_signing_key(&keys::new_key(store.clock().now())?).await?;
            keys.read(store, elapsed()).await?;
        }
        Ok(())
    }

    /// Who calls with this token, when it was looked up a moment ago: then nothing needs to be asked for. None says nothing
    /// of the token.
    #[must_use]
    pub fn known(&self, bearer_token: &str) -> Option<Scope> {
        if bearer_token.len() > super::MAX_TOKEN_BYTES {
            return None;
        }
        let inner = &*self.0;
        let (now, elapsed) = (seconds(inner.store.clock().now().0), (inner.elapsed)());
        let hash: TokenHash = Sha256::digest(bearer_token).into();
        let tokens = inner.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let Held { checked, settled_until } = tokens.get(&hash)?;
        let holds = self.since_begun(elapsed) < settled_until.load(Ordering::Relaxed);
        (holds && !token::has_expired(checked.exp, now)).then(|| Scope::of(checked.actor.clone()))
    }

    /// Who calls with this token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with a sentence that tells no more than whether the token has expired; `UNAVAILABLE` while
    /// that can't be found out.
    pub async fn verify(&self, bearer_token: &str) -> Result<Scope> {
        if bearer_token.len() > super::MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong.into());
        }
        if let Some(scope) = self.known(bearer_token) {
            return Ok(scope);
        }
        let inner = &*self.0;
        let (instant, elapsed) = (inner.store.clock().now(), (inner.elapsed)());
        let now = seconds(instant.0);
        let hash: TokenHash = Sha256::digest(bearer_token).into();
        let (checked, signed_until) = match self.held(&hash) {
            Some(checked) if token::has_expired(checked.exp, now) => return Err(Refusal::Expired.into()),
            Some(checked) => {
                let until = self.expect_signer(&checked.signer, instant, elapsed).await?;
                (checked, until)
            }
            None => {
                let checked = self.check(bearer_token, instant, elapsed).await?;
                self.hold(hash, checked.clone(), now);
                (checked, None)
            }
        };
        let foreign = matches!(checked.signer, Signer::Other { .. });
        let live_until = self.expect_active(&checked.actor, foreign).await?;
        if let Some(signed_until) = signed_until {
            self.settle(&hash, signed_until.min(live_until));
        }
        Ok(Scope::of(checked.actor))
    }

    /// Whether who called with a token a while ago may still: for streams, which outlive the check of their token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when its client or its agency was switched off; `UNAVAILABLE` while that can't be found out.
    pub async fn still(&self, scope: &Scope) -> Result<()> {
        let foreign = scope.actor().client.as_str().contains(super::ISSUER_MARK);
        self.expect_active(scope.actor(), foreign).await.map(drop)
    }

    async fn check(&self, bearer_token: &str, instant: Timestamp, elapsed: Instant) -> Result<Checked> {
        let inner = &*self.0;
        let now = seconds(instant.0);
        // Who issued it decides whose keys are asked: no key of one issuer ever verifies a token of another.
        if let Some(issuer) = inner.issuers.of(bearer_token) {
            let (actor, kid, exp) = inner.issuers.check(issuer, bearer_token, now, elapsed).await?;
            return Ok(Checked { actor: actor.into(), signer: Signer::Other { issuer, kid }, exp });
        }
        let kid = token::key_id(bearer_token)?;
        let ring = inner.keys.ring(&inner.store, Some(&kid), elapsed).await?;
        let key = ring.checking(&kid, instant).ok_or(Refusal::UnknownKey)?;
        let claims = token::read(bearer_token, key, &inner.config, now)?;
        Ok(Checked { actor: actor(&claims)?.into(), signer: Signer::Own { kid }, exp: claims.exp })
    }

    /// A key may have been retired, or withdrawn, since it verified. Tells until when that would not be read again, of a
    /// key of this installation.
    async fn expect_signer(
        &self,
        signer: &Signer,
        instant: Timestamp,
        elapsed: Instant,
    ) -> Result<Option<Instant>> {
        let inner = &*self.0;
        match signer {
            Signer::Own { kid } => {
                let ring = inner.keys.ring(&inner.store, Some(kid), elapsed).await?;
                ring.checking(kid, instant).ok_or(Refusal::UnknownKey)?;
                Ok(ring.due_at())
            }
            Signer::Other { issuer, kid } => {
                inner.issuers.expect_key(*issuer, kid, elapsed).await?;
                Ok(None)
            }
        }
    }

    /// Whether the actor may call now. What a client of this installation is, the store says; a client of another issuer is
    /// not known here, but its agency is. Tells until when that would not be read again.
    async fn expect_active(&self, actor: &Actor, foreign: bool) -> Result<Instant> {
        let Inner { store, clients, agencies, elapsed, .. } = &*self.0;
        let (read_at, holds) = if foreign {
            let reading = async {
                let code = actor.agency.clone();
                match store.read(&Scope::installation(), GetAgency { code }).await {
                    Ok(read) => Ok(read.answer.active),
                    Err(error) if error.reason == Reason::NotFound => Ok(false),
                    Err(error) => Err(error),
                }
            };
            agencies.get(&actor.agency, elapsed(), reading).await?
        } else {
            let reading = async {
                let credential = store.credential(&actor.client).await?;
                Ok(credential.filter(|credential| !credential.disabled).map(|credential| credential.actor))
            };
            let (read_at, known) = clients.get(&actor.client, elapsed(), reading).await?;
            (read_at, known.as_ref() == Some(actor))
        };
        if holds { Ok(read_at + CLIENT_FRESH) } else { Err(Refusal::Client.into()) }
    }

    /// The public keys, as a JSON Web Key Set.
    ///
    /// # Errors
    /// The store's own.
    pub async fn jwks(&self) -> Result<serde_json::Value> {
        let Inner { store, keys, elapsed, .. } = &*self.0;
        keys.ring(store, None, elapsed()).await?.public(store.clock().now())
    }

    fn settle(&self, hash: &TokenHash, until: Instant) {
        let tokens = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = tokens.get(hash) {
            held.settled_until.store(self.since_begun(until), Ordering::Relaxed);
        }
    }

    fn since_begun(&self, instant: Instant) -> u64 {
        instant.saturating_duration_since(self.0.begun).as_micros() as u64
    }

    fn held(&self, hash: &TokenHash) -> Option<Checked> {
        let tokens = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.get(hash).map(|held| held.checked.clone())
    }

    fn hold(&self, hash: TokenHash, checked: Checked, now: i64) {
        let mut tokens = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MAX_TOKENS {
            tokens.retain(|_, held| !token::has_expired(held.checked.exp, now));
            if tokens.len() >= MAX_TOKENS {
                // Checking them all again costs less than keeping an order.
                tokens.clear();
            }
        }
        tokens.insert(hash, Held { checked, settled_until: AtomicU64::new(0) });
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// Makes a new key and signs with it from now on, on every replica within [`KEYS_FRESH`](super::KEYS_FRESH). Those before
/// it verify until their last token has ended; with `revoke`, no more.
///
/// # Errors
/// The store's own; `INTERNAL` when the system has no randomness.
pub async fn rotate_signing_keys(store: &Store, revoke: bool) -> Result<SigningKeysRotated> {
    let key = keys::new_key(store.clock().now())?;
    let command = RotateSigningKeys {
        kid: key.kid,
        private_pem: key.private_pem,
        public_pem: key.public_pem,
        revoke,
        verifying_seconds: keys::VERIFYING_SECONDS,
    };
    Ok(store.write(&Scope::installation(), command, WriteOptions::default()).await?.answer)
}

/// Whole seconds of microseconds.
pub(super) fn seconds(microseconds: i64) -> i64 {
    microseconds.div_euclid(1_000_000)
}

/// Who the claims say that it is.
fn actor(claims: &Claims) -> Result<Actor, Refusal> {
    use ykien_domain::words::Role;
    let bad = |claim: &str| Refusal::Claims(format!("{claim} can't be"));
    Ok(Actor {
        client: ClientId::parse("client_id", &claims.client_id).map_err(|_| bad("client_id"))?,
        agency: AgencyCode::parse("agency", &claims.agency).map_err(|_| bad("agency"))?,
        role: Role::from_word(&claims.role).ok_or_else(|| bad("role"))?,
    })
}
