//! Issues and checks tokens.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use ykien_domain::actor::{Actor, Scope};
use ykien_domain::ids::ClientId;
use ykien_domain::{Error, Reason, Result};
use ykien_store::Store;

use super::clients::Clients;
use super::keys::{self, Keys};
use super::token::{self, Claims, Refusal};
use super::{AccessToken, AuthConfig, MAX_TOKEN_SECONDS, secret};

/// The most checked tokens that are held.
const MAX_TOKENS: usize = 10_000;

/// How many secrets are compared at once: each takes a core for tens of milliseconds, and 19 MiB.
const COMPARING: usize = 2;

/// How many sign-ins wait for that before others are refused.
const WAITING: usize = 64;

/// What a checked token said: it is not checked again while it lives.
#[derive(Clone)]
struct Checked {
    actor: Actor,
    kid: String,
    exp: i64,
}

/// A token as it is held: its hash, so that the process's memory has no tokens.
type TokenHash = [u8; 32];

/// Issues and checks tokens. A clone shares the caches.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    store: Store,
    config: AuthConfig,
    keys: Keys,
    clients: Clients,
    tokens: RwLock<HashMap<TokenHash, Checked>>,
    comparing: Semaphore,
    waiting: Semaphore,
    /// The age of what is held is measured by it, never by the store's clock, which may stand still.
    elapsed: fn() -> Instant,
}

impl Identity {
    /// On this store. A lifetime out of bounds becomes the nearest that is in them.
    #[must_use]
    pub fn new(store: Store, config: AuthConfig) -> Self {
        Self::measured_by(store, config, Instant::now)
    }

    pub(super) fn measured_by(store: Store, mut config: AuthConfig, elapsed: fn() -> Instant) -> Self {
        config.token_lifetime_seconds = config.token_lifetime_seconds.clamp(1, MAX_TOKEN_SECONDS);
        Self(Arc::new(Inner {
            store,
            config,
            keys: Keys::default(),
            clients: Clients::default(),
            tokens: RwLock::default(),
            comparing: Semaphore::new(COMPARING),
            waiting: Semaphore::new(COMPARING + WAITING),
            elapsed,
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

    /// Who calls with this token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with a sentence that tells no more than whether the token has expired; `UNAVAILABLE` while
    /// that can't be found out.
    pub async fn verify(&self, bearer_token: &str) -> Result<Scope> {
        if bearer_token.len() > super::MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong.into());
        }
        let inner = &*self.0;
        let elapsed = (inner.elapsed)();
        let instant = inner.store.clock().now();
        let now = seconds(instant.0);
        let hash: TokenHash = Sha256::digest(bearer_token).into();
        let checked = match self.held(&hash) {
            Some(checked) if token::has_expired(checked.exp, now) => return Err(Refusal::Expired.into()),
            Some(checked) => {
                // A key may have been retired since.
                let ring = inner.keys.ring(&inner.store, Some(&checked.kid), elapsed).await?;
                ring.checking(&checked.kid, instant).ok_or(Refusal::UnknownKey)?;
                checked
            }
            None => {
                let kid = token::key_id(bearer_token)?;
                let ring = inner.keys.ring(&inner.store, Some(&kid), elapsed).await?;
                let key = ring.checking(&kid, instant).ok_or(Refusal::UnknownKey)?;
                let claims = token::read(bearer_token, key, &inner.config, now)?;
                let checked = Checked { actor: actor(&claims)?, kid, exp: claims.exp };
                self.hold(hash, checked.clone(), now);
                checked
            }
        };
        let current = inner.clients.actor(&inner.store, &checked.actor.client, elapsed).await?;
        match current {
            Some(actor) if actor == checked.actor => Ok(Scope::of(actor)),
            _ => Err(Refusal::Client.into()),
        }
    }

    /// A token for a client that knows its secret.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same for an unknown client, a wrong secret and a client that is switched off;
    /// `LIMIT_EXCEEDED` when too many sign in at once.
    pub async fn issue(&self, client_id: &str, client_secret: &str) -> Result<AccessToken> {
        let refused = || Error::new(Reason::Unauthenticated, "the client or its secret is not valid");
        if client_secret.len() > secret::MAX_SECRET_BYTES {
            return Err(refused());
        }
        let inner = &*self.0;
        let _place = inner
            .waiting
            .try_acquire()
            .map_err(|_| Error::new(Reason::LimitExceeded, "too many clients sign in at once"))?;
        let credential = match ClientId::parse("client_id", client_id) {
            Ok(client) => inner.store.credential(&client).await?,
            Err(_) => None,
        };
        let hashes =
            credential.as_ref().map(|credential| credential.secret_hashes.clone()).unwrap_or_default();
        let matches = self.compare(client_secret.to_owned(), hashes).await?;
        match credential {
            Some(credential) if matches && !credential.disabled => self.sign(&credential.actor).await,
            _ => Err(refused()),
        }
    }

    /// The public keys, as a JSON Web Key Set.
    ///
    /// # Errors
    /// The store's own.
    pub async fn jwks(&self) -> Result<serde_json::Value> {
        let Inner { store, keys, elapsed, .. } = &*self.0;
        keys.ring(store, None, elapsed()).await?.public(store.clock().now())
    }

    async fn compare(&self, secret: String, hashes: Vec<String>) -> Result<bool> {
        let failed = |_| Error::new(Reason::Internal, "a secret could not be checked");
        let _turn = self
            .0
            .comparing
            .acquire()
            .await
            .map_err(|_| Error::new(Reason::Unavailable, "the server stops"))?;
        tokio::task::spawn_blocking(move || secret::matches(&secret, &hashes)).await.map_err(failed)
    }

    async fn sign(&self, actor: &Actor) -> Result<AccessToken> {
        let Inner { store, config, keys, elapsed, .. } = &*self.0;
        let ring = keys.ring(store, None, elapsed()).await?;
        let Some((kid, key)) = ring.signing() else {
            return Err(Error::new(Reason::Unavailable, "there is no signing key yet"));
        };
        let now = seconds(store.clock().now().0);
        let claims = Claims {
            iss: config.issuer.clone(),
            aud: config.audience.clone(),
            sub: actor.client.to_string(),
            client_id: actor.client.to_string(),
            agency: actor.agency.to_string(),
            role: actor.role.as_str().to_owned(),
            jti: store.clock().new_id().to_string(),
            iat: now,
            exp: now.saturating_add(config.token_lifetime_seconds),
            nbf: None,
        };
        let token = token::sign(&claims, kid, key)?;
        Ok(AccessToken { token, expires_in: config.token_lifetime_seconds })
    }

    fn held(&self, hash: &TokenHash) -> Option<Checked> {
        self.0.tokens.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn hold(&self, hash: TokenHash, checked: Checked, now: i64) {
        let mut tokens = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MAX_TOKENS {
            tokens.retain(|_, checked| !token::has_expired(checked.exp, now));
            if tokens.len() >= MAX_TOKENS {
                // Checking them all again costs less than keeping an order.
                tokens.clear();
            }
        }
        tokens.insert(hash, checked);
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// Whole seconds of microseconds.
fn seconds(microseconds: i64) -> i64 {
    microseconds.div_euclid(1_000_000)
}

/// Who the claims say that it is.
fn actor(claims: &Claims) -> Result<Actor, Refusal> {
    use ykien_domain::ids::AgencyCode;
    use ykien_domain::words::Role;
    let bad = |claim: &str| Refusal::Claims(format!("{claim} can't be"));
    Ok(Actor {
        client: ClientId::parse("client_id", &claims.client_id).map_err(|_| bad("client_id"))?,
        agency: AgencyCode::parse("agency", &claims.agency).map_err(|_| bad("agency"))?,
        role: Role::from_word(&claims.role).ok_or_else(|| bad("role"))?,
    })
}
