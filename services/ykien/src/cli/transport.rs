//! TLS and the limits of the ports, in the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// TLS on every port of a server.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "TLS (in the clear when absent: behind a proxy that has it)")]
pub struct TlsArgs {
    /// The server's certificate and those between it and a root (PEM). Read anew when the file changes
    #[arg(
        long,
        env = "YKIEN_TLS_CERTIFICATE",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_key"
    )]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(
        long,
        env = "YKIEN_TLS_KEY",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_certificate"
    )]
    pub tls_key: Option<PathBuf>,
    /// The authorities that sign agencies' certificates (PEM). A client that presents one must hold a token of the agency that
    /// its URI urn:ykien:agency:CODE names
    #[arg(
        long,
        env = "YKIEN_TLS_CLIENT_CA",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_certificate"
    )]
    pub tls_client_ca: Option<PathBuf>,
    /// Whether the gRPC ports take clients that present no certificate
    #[arg(
        long,
        env = "YKIEN_TLS_CLIENT_AUTH",
        hide_env_values = true,
        value_name = "RULE",
        default_value = "optional"
    )]
    pub tls_client_auth: ClientAuthArg,
}

/// Whether a client has to present a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ClientAuthArg {
    /// It may.
    #[default]
    Optional,
    /// On a gRPC port it must; HTTP is also for browsers and Prometheus.
    Required,
}

/// What a caller may use of one process.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits (of one process)")]
pub struct LimitArgs {
    /// The most calls a second of one client, and ten times as many at once after a pause; 0: no limit
    #[arg(long, env = "YKIEN_CLIENT_RATE", hide_env_values = true, default_value = "2000", value_name = "N")]
    pub client_rate: String,
    /// The same for all clients of an agency together
    #[arg(long, env = "YKIEN_AGENCY_RATE", hide_env_values = true, default_value = "4000", value_name = "N")]
    pub agency_rate: String,
    /// The most requests for tokens a second from one address, and fifty times as many at once; 0: no limit
    #[arg(long, env = "YKIEN_TOKEN_RATE", hide_env_values = true, default_value = "2", value_name = "N")]
    pub token_rate: String,
    /// The most connections to each port
    #[arg(
        long,
        env = "YKIEN_PORT_CONNECTIONS",
        hide_env_values = true,
        default_value = "2048",
        value_name = "N"
    )]
    pub port_connections: String,
    /// The most of them from one address, trusted proxies aside
    #[arg(
        long,
        env = "YKIEN_ADDRESS_CONNECTIONS",
        hide_env_values = true,
        default_value = "256",
        value_name = "N"
    )]
    pub address_connections: String,
    /// Whose X-Forwarded-For is believed: addresses and networks, separated by commas, or private; nobody's when absent
    #[arg(
        long,
        env = "YKIEN_TRUSTED_PROXIES",
        hide_env_values = true,
        default_value = "",
        value_name = "NETWORKS"
    )]
    pub trusted_proxies: String,
}

/// How a server is reached whose URL begins with https.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "TLS to a server")]
pub struct ClientTlsArgs {
    /// The authorities that the server's certificate is checked with (PEM); those of the system when absent
    #[arg(long, env = "YKIEN_TLS_CA", hide_env_values = true, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,
    /// The name in the server's certificate; the URL's host when absent
    #[arg(long, env = "YKIEN_TLS_SERVER_NAME", hide_env_values = true, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// The client's own certificate (PEM), where the server asks for one
    #[arg(
        long,
        env = "YKIEN_TLS_CLIENT_CERTIFICATE",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_client_key"
    )]
    pub tls_client_certificate: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(
        long,
        env = "YKIEN_TLS_CLIENT_KEY",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_client_certificate"
    )]
    pub tls_client_key: Option<PathBuf>,
}
