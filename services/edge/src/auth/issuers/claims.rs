//! What a token of another issuer says, and who that is here.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use ykien_domain::actor::Actor;
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::words::Role;

use super::config::{AgencyMapping, Claim, Codes, RoleMapping, Trusted};
use crate::auth::ISSUER_MARK;
use crate::auth::token::{Refusal, check_times};

/// The longest subject that is shown as it is, in bytes; of others a hash is shown.
const MAX_SHOWN: usize = 64;
/// The longest subject, in bytes (OpenID Connect Core §2).
const MAX_SUBJECT: usize = 255;

/// The claims, each once.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of claims, each once")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = from.next_entry::<String, Value>()? {
                    // Two readers could take one each.
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

fn bad(what: &str) -> Refusal {
    Refusal::Claims(what.to_owned())
}

impl Claims {
    /// Who this is, and when the token ends.
    pub(super) fn actor(&self, trusted: &Trusted, now: i64) -> Result<(Actor, i64), Refusal> {
        if self.text("iss")? != trusted.issuer {
            return Err(bad("iss is another"));
        }
        let for_us = match self.0.get("aud") {
            Some(Value::String(aud)) => *aud == trusted.audience,
            Some(Value::Array(all)) => all.iter().any(|aud| aud.as_str() == Some(&trusted.audience)),
            _ => false,
        };
        if !for_us {
            return Err(bad("aud is another"));
        }
        let exp = self.seconds("exp")?;
        let nbf = if self.0.contains_key("nbf") { Some(self.seconds("nbf")?) } else { None };
        check_times(self.seconds("iat")?, nbf, exp, trusted.max_token_seconds, now)?;
        let subject = self.text("sub")?;
        if !(1..=MAX_SUBJECT).contains(&subject.len()) {
            return Err(bad("sub must be 1 to 255 bytes"));
        }
        let actor = Actor {
            client: client(&trusted.name, subject),
            agency: self.agency(&trusted.agency)?,
            role: self.role(&trusted.role)?,
        };
        Ok((actor, exp))
    }

    fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.0.get(name).and_then(Value::as_str).ok_or_else(|| bad(name))
    }

    fn seconds(&self, name: &str) -> Result<i64, Refusal> {
        self.0.get(name).and_then(Value::as_i64).ok_or_else(|| bad(name))
    }

    /// What a claim says: a text, or the texts of a list.
    fn words(&self, claim: &Claim) -> Vec<&str> {
        let mut parts = claim.0.split('/');
        let value = match (parts.next(), claim.0.starts_with('/')) {
            (Some(_), true) => {
                let first = parts.next().and_then(|name| self.0.get(name));
                parts.fold(first, |value, name| value.and_then(|value| value.get(name)))
            }
            _ => self.0.get(&claim.0),
        };
        match value {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// One agency: who speaks for several has to say for which, and there is no word for that.
    fn agency(&self, mapping: &AgencyMapping) -> Result<AgencyCode, Refusal> {
        let code = |word: &&str| match &mapping.codes {
            Codes::Of(values) => values.get(*word).cloned(),
            Codes::From(prefix) if word.starts_with(prefix.as_str()) => {
                AgencyCode::parse("agency", word).ok()
            }
            Codes::From(_) => None,
        };
        one(self.words(&mapping.claim).iter().filter_map(code)).ok_or_else(|| bad("not one agency is mapped"))
    }

    /// One role: several would be more than any of them.
    fn role(&self, mapping: &RoleMapping) -> Result<Role, Refusal> {
        let roles =
            self.words(&mapping.claim).into_iter().filter_map(|word| mapping.roles.get(word).copied());
        one(roles).ok_or_else(|| bad("not one role is mapped"))
    }
}

/// The only value there is, however often.
fn one<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// The id of whom an issuer vouches for, as `sso:nguyen.van.a`. No two subjects have one, and no client of this
/// installation has it.
fn client(issuer: &str, subject: &str) -> ClientId {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-');
    let shown = if subject.len() <= MAX_SHOWN && subject.chars().all(plain) {
        subject.to_owned()
    } else {
        format!("~{}", URL_SAFE_NO_PAD.encode(Sha256::digest(subject)))
    };
    ClientId::stored(format!("{issuer}{ISSUER_MARK}{shown}"))
}
