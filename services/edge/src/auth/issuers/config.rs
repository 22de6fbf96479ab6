//! The file that names the issuers (`YKIEN_OIDC_ISSUERS`): JSON, checked at the start; what is unknown in it is an error.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Uri;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use ykien_domain::ids::AgencyCode;
use ykien_domain::words::Role;

use super::fetch::{self, Tls};
use super::keys::{self, Source};
use crate::auth::AuthConfig;

/// The most issuers.
const MAX_ISSUERS: usize = 16;
/// The largest file of issuers or of keys, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// How long a token of another issuer may live at most, in seconds, when its entry does not say; and whatever it says.
const TOKEN_SECONDS: i64 = 900;
const MAX_TOKEN_SECONDS: i64 = 3_600;

/// What is wrong with the file of issuers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadIssuers(String);

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// Its word in the ids of those that it vouches for.
    pub(super) name: String,
    /// `iss`, exactly.
    pub(super) issuer: String,
    /// What `aud` is or has.
    pub(super) audience: String,
    pub(super) algorithms: Vec<Algorithm>,
    /// Of `typ`, in lower case without `application/`.
    pub(super) types: Vec<String>,
    pub(super) max_token_seconds: i64,
    pub(super) source: Source,
    pub(super) agency: AgencyMapping,
    pub(super) role: RoleMapping,
}

/// Which claim says the agency. A value that is not mapped is nobody's.
#[derive(Debug, Clone)]
pub(super) struct AgencyMapping {
    pub(super) claim: Claim,
    pub(super) codes: Codes,
}

/// How its value becomes a code.
#[derive(Debug, Clone)]
pub(super) enum Codes {
    /// By this table.
    Of(BTreeMap<String, AgencyCode>),
    /// It is the code, if it begins with this.
    From(String),
}

/// Which claim says the role: of a list, those that are in the table.
#[derive(Debug, Clone)]
pub(super) struct RoleMapping {
    pub(super) claim: Claim,
    pub(super) roles: BTreeMap<String, Role>,
}

/// Where a claim stands: its name, or a JSON pointer such as `/realm_access/roles`.
#[derive(Debug, Clone)]
pub(super) struct Claim(pub(super) String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    issuers: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    issuer: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    #[serde(default = "at_jwt")]
    types: Vec<String>,
    #[serde(default = "token_seconds")]
    max_token_seconds: i64,
    jwks_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    agency: AgencyEntry,
    role: RoleEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgencyEntry {
    claim: String,
    values: Option<BTreeMap<String, String>>,
    prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    claim: String,
    values: BTreeMap<String, Role>,
}

fn at_jwt() -> Vec<String> {
    vec!["at+jwt".to_owned()]
}

fn token_seconds() -> i64 {
    TOKEN_SECONDS
}

/// The issuers of a file, for an installation whose own tokens are these.
///
/// # Errors
/// The file can't be read, or what it says can't be: with the entry's field.
pub fn read(file: &Path, own: &AuthConfig) -> Result<Vec<Trusted>, BadIssuers> {
    let text = bounded(file)?;
    let entries: File = serde_json::from_slice(&text).map_err(|error| BadIssuers(error.to_string()))?;
    let entries = entries.issuers;
    if entries.len() > MAX_ISSUERS {
        return Err(BadIssuers(format!("issuers: must be at most {MAX_ISSUERS}")));
    }
    let mut all: Vec<Trusted> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let at = |error: BadIssuers| BadIssuers(format!("issuers[{index}].{}", error.0));
        let trusted = check(entry).map_err(at)?;
        if trusted.issuer == own.issuer || all.iter().any(|other| other.issuer == trusted.issuer) {
            return Err(at(bad("issuer", "must be another for each, and not this installation's own")));
        }
        if all.iter().any(|other| other.name == trusted.name) {
            return Err(at(bad("name", "must be another for each")));
        }
        all.push(trusted);
    }
    Ok(all)
}

fn bad(field: &str, must: &str) -> BadIssuers {
    BadIssuers(format!("{field}: {must}"))
}

fn bounded(file: &Path) -> Result<Vec<u8>, BadIssuers> {
    let said = |what: String| BadIssuers(format!("{}: {what}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| said(error.to_string()))?.len();
    if size > MAX_FILE {
        return Err(said(format!("must be at most {MAX_FILE} bytes")));
    }
    std::fs::read(file).map_err(|error| said(error.to_string()))
}

fn check(entry: Entry) -> Result<Trusted, BadIssuers> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=32).contains(&entry.name.len()) || !entry.name.chars().all(plain) {
        return Err(bad("name", "must be 1 to 32 lower-case letters, digits or '-'"));
    }
    if entry.audience.trim().is_empty() {
        return Err(bad("audience", "must not be empty"));
    }
    let symmetric = |alg: &Algorithm| matches!(alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
    if entry.algorithms.is_empty() || entry.algorithms.iter().any(symmetric) {
        return Err(bad("algorithms", "must be at least one, and none of HMAC"));
    }
    if entry.types.is_empty() || entry.types.iter().any(String::is_empty) {
        return Err(bad("types", "must be at least one, such as at+jwt"));
    }
    if !(1..=MAX_TOKEN_SECONDS).contains(&entry.max_token_seconds) {
        return Err(bad("max_token_seconds", "must be 1 to 3600"));
    }
    let url = url(&entry.issuer).map_err(|must| bad("issuer", &must))?;
    let source = match entry.jwks_file {
        Some(file) => {
            let source = Source::File(file.clone());
            let set = bounded(&file).map_err(|error| bad("jwks_file", &error.0))?;
            keys::parse(&set, &entry.algorithms).map_err(|why| bad("jwks_file", &why))?;
            source
        }
        None => {
            let roots = entry.ca_file.as_deref().map(bounded).transpose();
            let roots = roots.map_err(|error| bad("ca_file", &error.0))?;
            let tls = fetch::tls(roots.as_deref()).map_err(|why| bad("ca_file", &why))?;
            Source::Discovery { issuer: entry.issuer.clone(), url, tls: Tls(Arc::new(tls)) }
        }
    };
    Ok(Trusted {
        name: entry.name,
        issuer: entry.issuer,
        audience: entry.audience,
        algorithms: entry.algorithms,
        types: entry.types.iter().map(|typ| typ.to_ascii_lowercase()).collect(),
        max_token_seconds: entry.max_token_seconds,
        source,
        agency: agency(entry.agency)?,
        role: role(entry.role)?,
    })
}

fn agency(entry: AgencyEntry) -> Result<AgencyMapping, BadIssuers> {
    let codes = match (entry.values, entry.prefix) {
        (Some(values), None) => {
            let code = |(value, code): (String, String)| {
                let code = AgencyCode::parse("agency", &code);
                code.map(|code| (value, code)).map_err(|error| bad("agency.values", &error.to_string()))
            };
            Codes::Of(values.into_iter().map(code).collect::<Result<_, _>>()?)
        }
        (None, Some(prefix)) if AgencyCode::parse("prefix", &prefix).is_ok() => Codes::From(prefix),
        _ => {
            let must = "must have values, a table from the claim to agency codes, or else prefix, with which the codes \
                        in the claim have to begin";
            return Err(bad("agency", must));
        }
    };
    Ok(AgencyMapping { claim: claim("agency.claim", entry.claim)?, codes })
}

fn role(entry: RoleEntry) -> Result<RoleMapping, BadIssuers> {
    if entry.values.is_empty() {
        return Err(bad("role.values", "must have at least one: what is not there is refused"));
    }
    Ok(RoleMapping { claim: claim("role.claim", entry.claim)?, roles: entry.values })
}

fn claim(field: &str, text: String) -> Result<Claim, BadIssuers> {
    if text.is_empty() { Err(bad(field, "must not be empty")) } else { Ok(Claim(text)) }
}

/// A URL that keys may be fetched from: https, or plain http to this machine.
pub(super) fn url(text: &str) -> Result<Uri, String> {
    let must = || "must be an https URL (http only to this machine)".to_owned();
    let url: Uri = text.parse().map_err(|_| must())?;
    let host = url.host().ok_or_else(must)?;
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    match url.scheme_str() {
        Some("https") => Ok(url),
        Some("http") if here => Ok(url),
        _ => Err(must()),
    }
}
