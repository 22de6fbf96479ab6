//! One access token: what it says, and every way in which it can be wrong.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
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

/// The key id of a token whose header is as it must be.
pub(super) fn key_id(token: &str) -> Result<String, Refusal> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::TooLong);
    }
    // `none`, and whatever else the library does not know, fails here.
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Header)?;
    if header.alg != Algorithm::EdDSA {
        return Err(Refusal::Algorithm);
    }
    if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
        return Err(Refusal::Type);
    }
    // No extension is understood here, so none can be critical.
    if header.crit.is_some() {
        return Err(Refusal::Critical);
    }
    header.kid.ok_or(Refusal::UnknownKey)
}

/// The claims of a token that this key signed, for this installation, at this instant (seconds since 1970).
pub(super) fn read(token: &str, key: &DecodingKey, config: &AuthConfig, now: i64) -> Result<Claims, Refusal> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&config.issuer]);
    validation.set_audience(&[&config.audience]);
    // The library asks the machine's clock; the instant is passed in here and compared below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Refusal::Signature,
            kind => Refusal::Claims(format!("{kind:?}")),
        })?
        .claims;
    check_times(&claims, now)?;
    if claims.sub != claims.client_id {
        return Err(Refusal::Claims("sub is not client_id".to_owned()));
    }
    Ok(claims)
}

fn check_times(claims: &Claims, now: i64) -> Result<(), Refusal> {
    let latest = now.saturating_add(LEEWAY_SECONDS);
    if has_expired(claims.exp, now) {
        return Err(Refusal::Expired);
    }
    if claims.iat > latest || claims.nbf.is_some_and(|nbf| nbf > latest) {
        return Err(Refusal::NotYet);
    }
    if !(1..=MAX_TOKEN_SECONDS).contains(&claims.exp.saturating_sub(claims.iat)) {
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
