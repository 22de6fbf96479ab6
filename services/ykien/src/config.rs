//! Settings, checked: what is wrong is said with the setting's own name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use crate::cli::{DatabaseArgs, ListenArgs, LoginArgs, RemoteArgs};
use crate::client::ClientTls;

pub mod transport;

/// A setting that is not valid. The process ends with [`crate::EXIT_USAGE`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct Bad {
    setting: String,
    problem: String,
}

impl Bad {
    /// What is wrong with which setting (`YKIEN_DATABASE_URL`, `--map`).
    pub fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into() }
    }
}

/// A role of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Agencies submit, drafters decide: gRPC.
    Comments,
    /// Counting and collecting: gRPC.
    Aggregation,
    /// The same use cases over HTTP, tokens, administration.
    Admin,
}

/// The roles of `YKIEN_ROLE`, each once.
///
/// # Errors
/// An unknown word, or none.
pub fn roles(text: &str) -> Result<Vec<Role>, Bad> {
    let mut roles = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let role = match word {
            "comments" => Role::Comments,
            "aggregation" => Role::Aggregation,
            "admin" => Role::Admin,
            _ => {
                return Err(Bad::new(
                    "YKIEN_ROLE",
                    format!("must be of comments, aggregation, admin; is {word:?}"),
                ));
            }
        };
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if roles.is_empty() {
        return Err(Bad::new("YKIEN_ROLE", "must name at least one of comments, aggregation, admin"));
    }
    Ok(roles)
}

/// The address of a setting; a host name is looked up.
///
/// # Errors
/// Not an address with a port.
pub fn address(setting: &str, text: &str) -> Result<SocketAddr, Bad> {
    let bad = |why: String| {
        Bad::new(setting, format!("must be an address with a port such as 127.0.0.1:50051{why}"))
    };
    match text.trim().to_socket_addrs() {
        Ok(mut found) => found.next().ok_or_else(|| bad(String::new())),
        Err(error) => Err(bad(format!(": {error}"))),
    }
}

/// Where each role listens.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    /// The comments role.
    pub comments: SocketAddr,
    /// The aggregation role.
    pub aggregation: SocketAddr,
    /// The admin role.
    pub admin: SocketAddr,
}

impl Listen {
    /// The addresses of the settings.
    ///
    /// # Errors
    /// As [`address`].
    pub fn check(args: &ListenArgs) -> Result<Self, Bad> {
        Ok(Self {
            comments: address("YKIEN_COMMENTS_LISTEN", &args.comments_listen)?,
            aggregation: address("YKIEN_AGGREGATION_LISTEN", &args.aggregation_listen)?,
            admin: address("YKIEN_ADMIN_LISTEN", &args.admin_listen)?,
        })
    }

    /// Where a role is reached from this machine: `0.0.0.0` is not an address to call.
    #[must_use]
    pub fn loopback(&self, role: Role) -> SocketAddr {
        let mut address = match role {
            Role::Comments => self.comments,
            Role::Aggregation => self.aggregation,
            Role::Admin => self.admin,
        };
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        address
    }
}

/// The database of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Where it is, with the password.
    pub url: String,
    /// The directory of the embedded database's file; none for PostgreSQL.
    pub directory: Option<PathBuf>,
    /// The most connections.
    pub max_connections: u32,
}

impl Database {
    /// Whether the database is this installation's own file: it is migrated without being asked.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.directory.is_some()
    }

    /// The embedded database in this directory.
    #[must_use]
    pub fn embedded(directory: &Path, max_connections: u32) -> Self {
        let file = directory.join("ykien.db");
        Self {
            url: format!("sqlite:{}", file.display()),
            directory: Some(directory.to_owned()),
            max_connections,
        }
    }

    /// The database of the settings.
    ///
    /// # Errors
    /// A URL of another scheme, a password file that can't be read or has no user to belong to, a bound passed.
    pub fn check(args: &DatabaseArgs) -> Result<Self, Bad> {
        let max_connections = args.max_connections.parse().ok().filter(|n| (2..=1_000).contains(n));
        let max_connections = max_connections
            .ok_or_else(|| Bad::new("YKIEN_MAX_CONNECTIONS", "must be a number from 2 to 1,000"))?;
        let url = args.database_url.as_deref().map(str::trim).unwrap_or_default();
        if let Some(path) = url.strip_prefix("sqlite:") {
            refuse_password_file(args)?;
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            if path.file_name().is_none() {
                return Err(Bad::new("YKIEN_DATABASE_URL", "must name a file: sqlite:/path/file.db"));
            }
            let directory =
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let url = format!("sqlite:{}", path.display());
            return Ok(Self { url, directory: Some(directory.to_owned()), max_connections });
        }
        if let Some(rest) = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) {
            let url = match &args.database_password_file {
                Some(file) => with_password(rest, &secret("YKIEN_DATABASE_PASSWORD_FILE", file)?)?,
                None => format!("postgres://{rest}"),
            };
            return Ok(Self { url, directory: None, max_connections });
        }
        if url.is_empty() {
            refuse_password_file(args)?;
            return Ok(Self::embedded(&args.data, max_connections));
        }
        Err(Bad::new("YKIEN_DATABASE_URL", "must begin with postgres:// or sqlite:"))
    }
}

fn refuse_password_file(args: &DatabaseArgs) -> Result<(), Bad> {
    if args.database_password_file.is_some() {
        let problem = "belongs to a PostgreSQL database; the database is SQLite (see YKIEN_DATABASE_URL)";
        return Err(Bad::new("YKIEN_DATABASE_PASSWORD_FILE", problem));
    }
    Ok(())
}

/// The URL with this password; `rest` is what stands behind the scheme.
fn with_password(rest: &str, password: &str) -> Result<String, Bad> {
    let authority = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest.get(..authority).and_then(|authority| authority.rfind('@')) else {
        return Err(Bad::new(
            "YKIEN_DATABASE_URL",
            "must name a user when YKIEN_DATABASE_PASSWORD_FILE is given",
        ));
    };
    let (user, host) = rest.split_at(at);
    if user.contains(':') {
        return Err(Bad::new("YKIEN_DATABASE_PASSWORD_FILE", "YKIEN_DATABASE_URL has a password already"));
    }
    Ok(format!("postgres://{user}:{}{host}", percent_encoded(password)))
}

/// The longest secret that a file may hold, in bytes.
const MAX_SECRET: u64 = 4_096;

/// The secret in a file, without the line's end.
///
/// # Errors
/// The file can't be read, or is empty or longer than a secret.
pub fn secret(setting: &str, file: &Path) -> Result<String, Bad> {
    let bad = |why: String| Bad::new(setting, format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| bad(error.to_string()))?.len();
    if size > MAX_SECRET {
        return Err(bad(format!("must be at most {MAX_SECRET} bytes")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err(bad("is empty".to_owned())) } else { Ok(text) }
}

/// The text as it stands in a URL or a form (RFC 3986 unreserved characters kept).
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A server elsewhere and the client that calls it.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The comments role.
    pub server: http::Uri,
    /// The token endpoint.
    pub token_url: http::Uri,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// How both are reached by TLS.
    pub tls: ClientTls,
}

impl Remote {
    /// The server of the settings; none when they name none.
    ///
    /// # Errors
    /// A setting that is missing beside `YKIEN_SERVER`, or not valid.
    pub fn check(args: &RemoteArgs) -> Result<Option<Self>, Bad> {
        Self::of("YKIEN_SERVER", args.server.as_deref(), &args.login)
    }

    /// The server of one setting; none when it names none.
    ///
    /// # Errors
    /// As [`Remote::check`].
    pub fn of(setting: &str, server: Option<&str>, login: &LoginArgs) -> Result<Option<Self>, Bad> {
        let Some(server) = server else { return Ok(None) };
        let needed = |needed: &str, value: &Option<String>| {
            value.clone().ok_or_else(|| Bad::new(needed, format!("is required with {setting}")))
        };
        let client_secret = match &login.client_secret_file {
            Some(file) => secret("YKIEN_CLIENT_SECRET_FILE", file)?,
            None => needed("YKIEN_CLIENT_SECRET", &login.client_secret)?,
        };
        Ok(Some(Self {
            server: url(setting, server)?,
            token_url: url("YKIEN_TOKEN_URL", &needed("YKIEN_TOKEN_URL", &login.token_url)?)?,
            client_id: needed("YKIEN_CLIENT_ID", &login.client_id)?,
            client_secret,
            tls: transport::client_tls(&login.tls)?,
        }))
    }
}

/// An http or https URL with a host.
///
/// # Errors
/// Anything else.
pub fn url(setting: &str, text: &str) -> Result<http::Uri, Bad> {
    text.parse::<http::Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        .ok_or_else(|| Bad::new(setting, "must be a URL such as http://127.0.0.1:8080"))
}

#[cfg(test)]
mod tests;
