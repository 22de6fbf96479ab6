//! Tokens for clients that prove who they are: by a secret, or by a key of their own.

use ykien_domain::actor::Actor;
use ykien_domain::ids::ClientId;
use ykien_domain::time::Timestamp;
use ykien_domain::{Error, Reason, Result};
use ykien_store::Credential;

use super::identity::seconds;
use super::token::{self, Claims};
use super::{AccessToken, Identity, LEEWAY_SECONDS, MAX_TOKEN_BYTES, assertion, secret};

impl Identity {
    /// A token for a client that knows its secret.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same for an unknown client, a wrong secret and a client that is switched off;
    /// `LIMIT_EXCEEDED` when too many sign in at once.
    pub async fn issue(&self, client_id: &str, client_secret: &str) -> Result<AccessToken> {
        if client_secret.len() > secret::MAX_SECRET_BYTES {
            return Err(refused());
        }
        let inner = &*self.0;
        let _place = inner
            .waiting
            .try_acquire()
            .map_err(|_| Error::new(Reason::LimitExceeded, "too many clients sign in at once"))?;
        let credential = self.credential(client_id).await?;
        let hashes =
            credential.as_ref().map(|credential| credential.secret_hashes.clone()).unwrap_or_default();
        let matches = self.compare(client_secret.to_owned(), hashes).await?;
        match credential {
            Some(credential) if matches && !credential.disabled => self.sign(&credential.actor).await,
            _ => Err(refused()),
        }
    }

    /// A token for a client that signed this assertion with one of its keys. `client_id` is what the request says beside
    /// it, if anything.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same whatever is wrong with it, and when it was used before; `LIMIT_EXCEEDED` when the
    /// client has too many that have not ended.
    pub async fn issue_for_assertion(
        &self,
        client_id: Option<&str>,
        client_assertion: &str,
    ) -> Result<AccessToken> {
        if client_assertion.len() > MAX_TOKEN_BYTES {
            return Err(refused());
        }
        let inner = &*self.0;
        let client = assertion::claimed_client(client_assertion)?;
        if client_id.is_some_and(|id| id != client) {
            return Err(refused());
        }
        let credential = self.credential(&client).await?.filter(|credential| !credential.disabled);
        let Some(Credential { actor, keys, .. }) = credential else { return Err(refused()) };
        let now = seconds(inner.store.clock().now().0);
        let read = assertion::read(client_assertion, &client, &keys, &inner.config, now)?;
        // Remembered for as long as a replica whose clock is behind would take it.
        let until = Timestamp(0).plus_seconds(read.exp.saturating_add(2 * LEEWAY_SECONDS));
        if !inner.store.use_assertion(&actor.client, &read.jti_hash, until).await? {
            return Err(token::Refusal::Used.into());
        }
        self.sign(&actor).await
    }

    async fn credential(&self, client_id: &str) -> Result<Option<Credential>> {
        match ClientId::parse("client_id", client_id) {
            Ok(client) => self.0.store.credential(&client).await,
            Err(_) => Ok(None),
        }
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
        let inner = &*self.0;
        let ring = inner.keys.ring(&inner.store, None, (inner.elapsed)()).await?;
        let Some((kid, key)) = ring.signing() else {
            return Err(Error::new(Reason::Unavailable, "there is no signing key yet"));
        };
        let now = seconds(inner.store.clock().now().0);
        let lifetime = inner.config.token_lifetime_seconds;
        let claims = Claims {
            iss: inner.config.issuer.clone(),
            aud: inner.config.audience.clone(),
            sub: actor.client.to_string(),
            client_id: actor.client.to_string(),
            agency: actor.agency.to_string(),
            role: actor.role.as_str().to_owned(),
            jti: inner.store.clock().new_id().to_string(),
            iat: now,
            exp: now.saturating_add(lifetime),
            nbf: None,
        };
        Ok(AccessToken { token: token::sign(&claims, kid, key)?, expires_in: lifetime })
    }
}

fn refused() -> Error {
    Error::new(Reason::Unauthenticated, "the client or its secret is not valid")
}
