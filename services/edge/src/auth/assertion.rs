//! A client's own signed word for who it is (`private_key_jwt`: RFC 7523 §3, OpenID Connect Core §9).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use ykien_domain::model::ClientKey;
use ykien_domain::{Error, Result};

use super::jwk::{self, PublicKey};
use super::token::{self, Refusal};
use super::{AuthConfig, MAX_ASSERTION_SECONDS};

/// What a client may sign with: each of its keys is for one of these.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
];

/// The longest `jti`, in bytes.
const MAX_JTI: usize = 256;

/// An assertion that a client's key has verified. That it is used for the first time is for the store to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assertion {
    /// SHA-256 of its `jti`, in base64url.
    pub(super) jti_hash: String,
    /// When it ends, in seconds since 1970.
    pub(super) exp: i64,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    jti: String,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
}

/// One audience, alone or as a list of one: an assertion that is for others too could be used by them here.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List([String; 1]),
}

/// The client that an assertion claims to be of: nothing yet proves it.
pub(super) fn claimed_client(assertion: &str) -> Result<String, Refusal> {
    token::head(assertion)?;
    token::claimed_issuer(assertion)
}

/// The assertion, once one of the client's keys has verified it.
pub(super) fn read(
    assertion: &str,
    client: &str,
    keys: &[ClientKey],
    config: &AuthConfig,
    now: i64,
) -> Result<Assertion, Refusal> {
    let head = token::head(assertion)?;
    // Without a type it may be one; an access token never is.
    let typed = |typ: &String| {
        ["JWT", "client-authentication+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known))
    };
    if !head.typ.as_ref().is_none_or(typed) {
        return Err(Refusal::Type);
    }
    let kid = head.kid.ok_or(Refusal::UnknownKey)?;
    let known = keys.iter().find(|key| key.kid == kid).ok_or(Refusal::UnknownKey)?;
    let (key, _) = jwk::read(&known.jwk, ALGORITHMS).map_err(|_| Refusal::UnknownKey)?;
    if !key.algorithms.contains(&head.alg) {
        return Err(Refusal::Algorithm);
    }
    let claims: Claims = token::open(assertion, &key.key, head.alg)?;
    let begun = claims.iat.unwrap_or(now);
    token::check_times(begun.min(now), claims.nbf.max(claims.iat), claims.exp, i64::MAX, now)?;
    if claims.exp.saturating_sub(now) > MAX_ASSERTION_SECONDS {
        return Err(Refusal::TooLongLived);
    }
    let bad = |what: &str| Err(Refusal::Claims(what.to_owned()));
    let (Audience::One(aud) | Audience::List([aud])) = claims.aud;
    if aud != config.issuer && aud != config.token_endpoint() {
        return bad("aud is another");
    }
    if claims.iss != client || claims.sub != client {
        return bad("iss or sub is not the client");
    }
    if !(1..=MAX_JTI).contains(&claims.jti.len()) {
        return bad("jti must be 1 to 256 bytes");
    }
    let jti_hash = URL_SAFE_NO_PAD.encode(Sha256::digest(claims.jti));
    Ok(Assertion { jti_hash, exp: claims.exp })
}

/// The public keys of a JSON Web Key Set for a client: each with an id of its own and the one algorithm that it is for.
///
/// # Errors
/// `INVALID_FIELD` naming the member, as `keys[0].alg`.
pub fn client_keys(keys: &[Value]) -> Result<Vec<ClientKey>> {
    let mut found: Vec<ClientKey> = Vec::new();
    for (index, value) in keys.iter().enumerate() {
        let at = |member: &str| {
            if member.is_empty() { format!("keys[{index}]") } else { format!("keys[{index}].{member}") }
        };
        let (key, jwk) =
            jwk::read(value, ALGORITHMS).map_err(|(member, must)| Error::field(at(member), must))?;
        let PublicKey { kid, algorithms, .. } = key;
        if algorithms.len() != 1 {
            return Err(Error::field(at("alg"), "is required: the one algorithm that the key is for"));
        }
        if found.iter().any(|other| other.kid == kid) {
            return Err(Error::field(at("kid"), "must be another for each key"));
        }
        found.push(ClientKey { kid, jwk });
    }
    Ok(found)
}
