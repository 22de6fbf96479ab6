//! Clients' secrets: made here, shown once, kept as argon2id hashes.

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ykien_domain::{Error, Reason, Result};

/// The longest secret that is looked at, in bytes.
pub(super) const MAX_SECRET_BYTES: usize = 256;

/// How many hashes are compared with a wrong secret, whoever it is said to belong to: the most that a client has while
/// its secret is being changed.
const COMPARISONS: usize = 2;

/// A hash of the same cost as [`new_secret`]'s that no secret has: what an unknown client's secret is compared with.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$eWtpZW4tbm8tY2xpZW50$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A new secret: shown once, kept only as its hash.
#[derive(Clone)]
pub struct NewSecret {
    /// 32 random bytes, in base64url.
    pub secret: String,
    /// Its argon2id hash (PHC string).
    pub hash: String,
}

impl std::fmt::Debug for NewSecret {
    /// Never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret").finish_non_exhaustive()
    }
}

/// Makes a secret and hashes it: tens of milliseconds of work, 19 MiB of memory.
///
/// # Errors
/// `INTERNAL` when the system has no randomness.
pub fn new_secret() -> Result<NewSecret> {
    let failed = || Error::new(Reason::Internal, "a secret could not be made");
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| failed())?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let hash: PasswordHash = Argon2::default().hash_password(secret.as_bytes()).map_err(|_| failed())?;
    Ok(NewSecret { hash: hash.to_string(), secret })
}

/// Whether the secret is one of these. A wrong one costs the same however many there are. Blocks for tens of
/// milliseconds.
pub(super) fn matches(secret: &str, hashes: &[String]) -> bool {
    let known = hashes.iter().map(String::as_str);
    known
        .chain(std::iter::repeat(NOBODY))
        .take(COMPARISONS)
        .any(|hash| Argon2::default().verify_password(secret.as_bytes(), hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_its_own_hash_and_no_other() {
        let (one, two) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one.secret, two.secret);
        assert_eq!(one.secret.len(), 43);
        assert!(matches(&one.secret, &[two.hash.clone(), one.hash.clone()]));
        assert!(!matches(&one.secret, &[two.hash]));
        assert!(!matches(&one.secret, &[]));
        assert!(!matches("", &[one.hash]));
    }

    #[test]
    fn what_an_unknown_client_is_compared_with_costs_the_same_as_a_real_hash() {
        let cost = |hash: &str| hash.split('$').skip(1).take(3).collect::<Vec<_>>().join("$");
        assert_eq!(cost(NOBODY), cost(&new_secret().unwrap().hash));
        let parsed = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.hash.unwrap().len(), 32);
    }
}
