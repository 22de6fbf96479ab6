//! Other issuers whose tokens are accepted: a ministry's or a province's own single sign-on (OpenID Connect).
//!
//! Which issuers, whose agencies they may speak for, and which of their words is which role, the administrator says in a
//! file ([`config`]); whatever it does not say is refused.

mod claims;
mod config;
mod fetch;
mod keys;
#[cfg(test)]
mod tests;

use std::time::Instant;

use ykien_domain::Result;
use ykien_domain::actor::Actor;

use super::token::{self, Refusal};
use claims::Claims;
pub use config::{BadIssuers, Trusted, read};
use keys::IssuerKeys;

/// The issuers of the configuration, with their keys as they were read.
#[derive(Default)]
pub(super) struct Issuers(Vec<(Trusted, IssuerKeys)>);

impl Issuers {
    pub(super) fn new(trusted: Vec<Trusted>) -> Self {
        let with_keys = |trusted: Trusted| {
            let keys = IssuerKeys::new(trusted.source.clone(), trusted.algorithms.clone());
            (trusted, keys)
        };
        Self(trusted.into_iter().map(with_keys).collect())
    }

    /// The place of the issuer that a token claims to be of; none when it is not one of these.
    pub(super) fn of(&self, bearer_token: &str) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let claimed = token::claimed_issuer(bearer_token).ok()?;
        self.0.iter().position(|(trusted, _)| trusted.issuer == claimed)
    }

    /// Who calls with a token of this issuer, which of its keys verified it, and when it ends.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`; `UNAVAILABLE` while its keys can't be read.
    pub(super) async fn check(
        &self,
        issuer: usize,
        bearer_token: &str,
        now: i64,
        elapsed: Instant,
    ) -> Result<(Actor, String, i64)> {
        let (trusted, keys) = self.0.get(issuer).ok_or(Refusal::UnknownKey)?;
        let head = token::head(bearer_token)?;
        let typ = head.typ.unwrap_or_default().to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        if !trusted.types.iter().any(|known| known == typ) {
            return Err(Refusal::Type.into());
        }
        if !trusted.algorithms.contains(&head.alg) {
            return Err(Refusal::Algorithm.into());
        }
        let kid = head.kid.ok_or(Refusal::UnknownKey)?;
        let set = keys.holding(&kid, elapsed).await?;
        let key = set.find(&kid).ok_or(Refusal::UnknownKey)?;
        if !key.algorithms.contains(&head.alg) {
            return Err(Refusal::Algorithm.into());
        }
        let claims: Claims = token::open(bearer_token, &key.key, head.alg)?;
        let (actor, exp) = claims.actor(trusted, now)?;
        Ok((actor, kid, exp))
    }

    /// Whether the issuer still has the key that verified a token.
    ///
    /// # Errors
    /// As [`Issuers::check`].
    pub(super) async fn expect_key(&self, issuer: usize, kid: &str, elapsed: Instant) -> Result<()> {
        let (_, keys) = self.0.get(issuer).ok_or(Refusal::UnknownKey)?;
        let set = keys.holding(kid, elapsed).await?;
        set.find(kid).map(|_| ()).ok_or_else(|| Refusal::UnknownKey.into())
    }
}
