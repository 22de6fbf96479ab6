//! Public keys that others hold the private part of, as JSON Web Keys (RFC 7517): of clients, of other issuers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest key id, in bytes.
const MAX_KEY_ID: usize = 200;
/// RSA moduli, in bytes: 2,048 bits are what RFC 7518 asks for; above 4,096 each check costs too much.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A key that verifies, and the algorithms that it verifies by: a token's header chooses among these and no others.
#[derive(Debug)]
pub(super) struct PublicKey {
    pub(super) kid: String,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
}

/// The members of a public key, in one order, without what is not needed to verify.
#[derive(Debug, Deserialize, Serialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<Algorithm>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

/// The key of a JWK, for those of the algorithms that fit it; and the JWK without what does not belong there.
///
/// # Errors
/// The member at fault, and what it must be.
pub(super) fn read(
    value: &Value,
    allowed: &[Algorithm],
) -> Result<(PublicKey, Value), (&'static str, &'static str)> {
    if value.get("d").is_some() || value.get("k").is_some() {
        return Err(("d", "must not be there: only the public key is needed"));
    }
    let jwk: Jwk = serde_json::from_value(value.clone())
        .map_err(|_| ("", "must be a public JSON Web Key with a known alg"))?;
    let kid = jwk.kid.clone().unwrap_or_default();
    if !(1..=MAX_KEY_ID).contains(&kid.len()) || !kid.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(("kid", "must be 1 to 200 printable ASCII characters without spaces"));
    }
    if jwk.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return Err(("use", "must be sig"));
    }
    let (fitting, key) = material(&jwk)?;
    let algorithms: Vec<Algorithm> = fitting
        .iter()
        .copied()
        .filter(|fits| allowed.contains(fits) && jwk.alg.is_none_or(|alg| alg == *fits))
        .collect();
    if algorithms.is_empty() {
        return Err(("alg", "must be an allowed algorithm that fits the key"));
    }
    let clean = serde_json::to_value(&jwk).map_err(|_| ("", "can't be written"))?;
    Ok((PublicKey { kid, algorithms, key }, clean))
}

/// What verifies, and by which algorithms it can.
fn material(jwk: &Jwk) -> Result<(&'static [Algorithm], DecodingKey), (&'static str, &'static str)> {
    let bytes = |name: &'static str, member: &Option<String>, what: &'static str| {
        let decoded = member.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        decoded.ok_or((name, what))
    };
    let coordinate = |name: &'static str, member: &Option<String>, length: usize| {
        let what = "must be a coordinate of the curve in base64url";
        bytes(name, member, what)
            .and_then(|bytes| if bytes.len() == length { Ok(bytes) } else { Err((name, what)) })
    };
    let broken = |_| ("", "must be a key that can verify");
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => {
            let x = coordinate("x", &jwk.x, 32)?;
            let point = <[u8; 32]>::try_from(x.as_slice()).ok();
            // A point of small order verifies signatures that nobody made.
            let sound = point.and_then(|point| VerifyingKey::from_bytes(&point).ok());
            if sound.is_none_or(|key| key.is_weak()) {
                return Err(("x", "must be a sound Ed25519 key"));
            }
            Ok((&[Algorithm::EdDSA], DecodingKey::from_ed_der(&x)))
        }
        ("EC", Some("P-256" | "P-384")) => {
            let small = jwk.crv.as_deref() == Some("P-256");
            let length = if small { 32 } else { 48 };
            coordinate("x", &jwk.x, length)?;
            coordinate("y", &jwk.y, length)?;
            let (x, y) = (jwk.x.as_deref().unwrap_or_default(), jwk.y.as_deref().unwrap_or_default());
            let key = DecodingKey::from_ec_components(x, y).map_err(broken)?;
            Ok((if small { &[Algorithm::ES256] } else { &[Algorithm::ES384] }, key))
        }
        ("RSA", None) => {
            let n = bytes("n", &jwk.n, "must be a modulus in base64url")?;
            let e = bytes("e", &jwk.e, "must be an exponent in base64url")?;
            if !RSA_BYTES.contains(&n.len()) || n.first().is_none_or(|first| *first == 0) {
                return Err(("n", "must be of 2,048 to 4,096 bits"));
            }
            // 3 to 2^32, odd.
            if !(1..=4).contains(&e.len()) || e.last().is_none_or(|last| last % 2 == 0) || e == [1] {
                return Err(("e", "must be an odd number from 3 to 4,294,967,295"));
            }
            Ok((&RSA, DecodingKey::from_rsa_raw_components(&n, &e)))
        }
        _ => Err(("kty", "must be OKP with Ed25519, EC with P-256 or P-384, or RSA")),
    }
}
