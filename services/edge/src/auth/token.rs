//! One access token: what it says, and every way in which it can be wrong.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use ykien_domain::{Error, Reason, Result};

use super::{AuthConfig, LEEWAY_SECONDS, MAX_TOKEN_BYTES, MAX_TOKEN_SECONDS};

/// The type of an access token (RFC 9068).
pub(super) const TYPE: &str = "at+jwt";

/// What a token says. Times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// The client, as `client_id`.
    pub(super) sub: String,
    pub(super) client_id: String,
    pub(super) agency: String,
    pub(super) role: String,
    pub(super) jti: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
}

/// Why a token is refused: for the log and the tests. The caller learns only whether a new one would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    TooLong,
    Header,
    Algorithm,
    Type,
    Critical,
    UnknownKey,
    Signature,
    Claims(String),
    NotYet,
    Expired,
    TooLongLived,
    Used,
    Client,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        tracing::debug!(?refusal, "token refused");
        let message = match refusal {
            Refusal::Expired => "the access token has expired",
            _ => "the access token is not valid",
        };
        Error::new(Reason::Unauthenticated, message)
    }
}

/// What matters of a token's header, whoever made it. Of what else may stand there (`jku`, `jwk`, `x5u` …) nothing is
/// ever followed.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    /// One that verifies by a public key: `none` and HMAC are no algorithms here.
    pub(super) alg: Algorithm,
    pub(super) typ: Option<String>,
    pub(super) kid: Option<String>,
    /// Whether the token says that an extension must be understood, even if it names none.
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

/// The header of a token of this installation: exactly this, each once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to see that nothing else is there")]
struct OwnHead {
    alg: String,
    typ: String,
    kid: String,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// The header of a token of three parts.
pub(super) fn head(token: &str) -> Result<Head, Refusal> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::TooLong);
    }
    let head: Head = part(token, 0)?;
    if matches!(head.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err(Refusal::Algorithm);
    }
    // No extension is understood here, so none can be critical.
    if head.crit { Err(Refusal::Critical) } else { Ok(head) }
}

/// The issuer that a token claims to be of: nothing yet proves it.
pub(super) fn claimed_issuer(token: &str) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    part::<Claimed>(token, 1).map(|claimed| claimed.iss)
}

/// The header (0) or the claims (1) of a token, unverified.
fn part<T: DeserializeOwned>(token: &str, index: usize) -> Result<T, Refusal> {
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [header, claims, _signature] = parts.as_slice() else { return Err(Refusal::Header) };
    let encoded = if index == 0 { header } else { claims };
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Refusal::Header)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Header)
}

/// The key id of a token whose header is as this installation writes it.
pub(super) fn key_id(token: &str) -> Result<String, Refusal> {
    let head = head(token)?;
    if head.alg != Algorithm::EdDSA {
        return Err(Refusal::Algorithm);
    }
    if head.typ.as_deref() != Some(TYPE) {
        return Err(Refusal::Type);
    }
    let kid = head.kid.ok_or(Refusal::UnknownKey)?;
    part::<OwnHead>(token, 0)?;
    Ok(kid)
}

/// The claims of a token, once this key has verified it by this algorithm. What they say is for the caller to check.
pub(super) fn open<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<T, Refusal> {
    let mut validation = Validation::new(algorithm);
    // The library asks the machine's clock, takes lists for texts, and lets pass what is missing.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let opened = jsonwebtoken::decode::<T>(token, key, &validation);
    opened.map(|opened| opened.claims).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::InvalidSignature => Refusal::Signature,
        kind => Refusal::Claims(format!("{kind:?}")),
    })
}

/// The claims of a token that this key signed, for this installation, at this instant (seconds since 1970).
pub(super) fn read(token: &str, key: &DecodingKey, config: &AuthConfig, now: i64) -> Result<Claims, Refusal> {
    let claims: Claims = open(token, key, Algorithm::EdDSA)?;
    check_times(claims.iat, claims.nbf, claims.exp, MAX_TOKEN_SECONDS, now)?;
    let bad = |what: &str| Err(Refusal::Claims(what.to_owned()));
    if claims.iss != config.issuer {
        return bad("iss is another");
    }
    if claims.aud != config.audience {
        return bad("aud is another");
    }
    if claims.sub != claims.client_id {
        return bad("sub is not client_id");
    }
    if claims.jti.is_empty() {
        return bad("jti is empty");
    }
    Ok(claims)
}

/// Whether a token made at `iat` may be used now: it has begun, has not ended, and lives no longer than this.
pub(super) fn check_times(
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
    longest: i64,
    now: i64,
) -> Result<(), Refusal> {
    let latest = now.saturating_add(LEEWAY_SECONDS);
    if has_expired(exp, now) {
        return Err(Refusal::Expired);
    }
    if iat > latest || nbf.is_some_and(|nbf| nbf > latest) {
        return Err(Refusal::NotYet);
    }
    if !(1..=longest).contains(&exp.saturating_sub(iat)) {
        return Err(Refusal::TooLongLived);
    }
    Ok(())
}

/// Whether a token that ends at `exp` has ended.
pub(super) fn has_expired(exp: i64, now: i64) -> bool {
    now.saturating_sub(LEEWAY_SECONDS) >= exp
}

/// Signs.
pub(super) fn sign(claims: &Claims, kid: &str, key: &EncodingKey) -> Result<String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key).map_err(|error| {
        tracing::error!(%error, "an access token could not be signed");
        Error::new(Reason::Internal, "an access token could not be made")
    })
}
