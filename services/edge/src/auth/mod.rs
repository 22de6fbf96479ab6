//! Who calls: access tokens (JWT, EdDSA), the keys that sign them, the clients that hold them.
//!
//! A token proves which client calls; what that client may be comes from the store, and both must agree. So a client that
//! is switched off, or whose agency is, stops within [`CLIENT_FRESH`] on every replica, though its token lives on.

mod assertion;
mod fresh;
mod identity;
mod issue;
pub mod issuers;
mod jwk;
mod keys;
mod layer;
mod lease;
mod secret;
#[cfg(test)]
mod tests;
mod token;

use std::time::Duration;

pub use assertion::client_keys;
pub use identity::{Identity, rotate_signing_keys};
pub use keys::verifies_until;
pub use layer::{AuthLayer, AuthService, Caller, bearer};
pub use lease::{LeaseLayer, LeaseService};
pub use secret::{NewSecret, new_secret};

/// How long what was read about a client holds: so long may a client that was switched off still call.
pub const CLIENT_FRESH: Duration = Duration::from_secs(1);

/// How long at most a key that was replaced may still sign, and one that was revoked still verify. A token by a key
/// unknown so far has them read again at once.
pub const KEYS_FRESH: Duration = Duration::from_secs(KEYS_FRESH_SECONDS.unsigned_abs());
const KEYS_FRESH_SECONDS: i64 = 5;

/// From what age on the signing keys are read again: a second earlier, for the reading and what was under way take their
/// time.
const KEYS_REREAD: Duration = KEYS_FRESH.saturating_sub(Duration::from_secs(1));

/// How often at most unknown keys have the keys read again: a flood of bad tokens must not become a flood of readings.
pub const KEYS_RELOAD: Duration = Duration::from_secs(1);

/// The longest life of a token, in seconds.
pub const MAX_TOKEN_SECONDS: i64 = 900;

/// The longest that a client's assertion may be from its end, in seconds.
pub const MAX_ASSERTION_SECONDS: i64 = 300;

/// What stands between issuer and subject in the id of a client that another issuer vouches for: no id of this
/// installation has it, so that neither can be taken for the other.
pub const ISSUER_MARK: char = ':';

/// How far the clocks of two replicas may differ, in seconds.
pub const LEEWAY_SECONDS: i64 = 5;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// How tokens are made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    /// Who issues them (`iss`): a URL of the installation.
    pub issuer: String,
    /// For whom they are (`aud`).
    pub audience: String,
    /// How long they live, in seconds: 1 to [`MAX_TOKEN_SECONDS`].
    pub token_lifetime_seconds: i64,
}

impl AuthConfig {
    /// Where tokens are issued: an audience of clients' assertions.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/token", self.issuer.trim_end_matches('/'))
    }
}

/// A token that was issued.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token, for `authorization: Bearer …`.
    pub token: String,
    /// How long it lives, in seconds.
    pub expires_in: i64,
}

impl std::fmt::Debug for AccessToken {
    /// Never the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
