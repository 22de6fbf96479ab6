//! The settings of TLS and of the ports' limits, checked.

use std::path::Path;

use ykien_edge::admission::Rates;
use ykien_edge::peer::Proxies;

use super::Bad;
use crate::cli::{ClientAuthArg, ClientTlsArgs, LimitArgs, TlsArgs};
use crate::client::ClientTls;
use crate::serve::{Terms, TlsOptions};

/// The largest file of certificates that a client reads, in bytes.
const MAX_PEM: u64 = 1024 * 1024;

/// The server's TLS; none when the settings name no certificate.
///
/// # Errors
/// A setting without the other that it needs.
pub fn server_tls(args: &TlsArgs) -> Result<Option<TlsOptions>, Bad> {
    let required = args.tls_client_auth == ClientAuthArg::Required;
    if required && args.tls_client_ca.is_none() {
        return Err(Bad::new("YKIEN_TLS_CLIENT_AUTH", "required needs YKIEN_TLS_CLIENT_CA"));
    }
    let (Some(certificate), Some(key)) = (&args.tls_certificate, &args.tls_key) else { return Ok(None) };
    Ok(Some(TlsOptions {
        certificate: certificate.clone(),
        key: key.clone(),
        client_ca: args.tls_client_ca.clone(),
        client_certificate_required: required,
    }))
}

/// How often somebody may call.
///
/// # Errors
/// Not a number up to 1,000,000.
pub fn rates(args: &LimitArgs) -> Result<Rates, Bad> {
    let rate = |setting, text| number(setting, text, 0, 1_000_000);
    Ok(Rates {
        client: rate("YKIEN_CLIENT_RATE", &args.client_rate)?,
        agency: rate("YKIEN_AGENCY_RATE", &args.agency_rate)?,
        token: rate("YKIEN_TOKEN_RATE", &args.token_rate)?,
    })
}

/// What holds for connections.
///
/// # Errors
/// Not a number from 1 to 1,000,000, or a network that is none.
pub fn terms(args: &LimitArgs) -> Result<Terms, Bad> {
    let connections = |setting, text| number(setting, text, 1, 1_000_000).map(|number| number as usize);
    let proxies = Proxies::parse(&args.trusted_proxies).map_err(|word| {
        let problem = format!("must be addresses, networks such as 10.0.0.0/8, or private; is {word:?}");
        Bad::new("YKIEN_TRUSTED_PROXIES", problem)
    })?;
    Ok(Terms {
        connections: connections("YKIEN_PORT_CONNECTIONS", &args.port_connections)?,
        connections_of_address: connections("YKIEN_ADDRESS_CONNECTIONS", &args.address_connections)?,
        proxies,
    })
}

fn number(setting: &str, text: &str, least: u32, most: u32) -> Result<u32, Bad> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Bad::new(setting, format!("must be a number from {least} to {most}")))
}

/// How a server is reached by TLS.
///
/// # Errors
/// A file that can't be read.
pub fn client_tls(args: &ClientTlsArgs) -> Result<ClientTls, Bad> {
    let read =
        |setting: &'static str, path: &Option<_>| path.as_deref().map(|path| pem(setting, path)).transpose();
    let certificate = read("YKIEN_TLS_CLIENT_CERTIFICATE", &args.tls_client_certificate)?;
    let key = read("YKIEN_TLS_CLIENT_KEY", &args.tls_client_key)?;
    Ok(ClientTls {
        ca: read("YKIEN_TLS_CA", &args.tls_ca)?,
        server_name: args.tls_server_name.clone(),
        identity: certificate.zip(key),
    })
}

/// The bytes of a file of certificates or of a key.
///
/// # Errors
/// The file can't be read, or is longer than 1 MiB.
pub fn pem(setting: &str, path: &Path) -> Result<Vec<u8>, Bad> {
    let bad = |why: String| Bad::new(setting, format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| bad(error.to_string()))?.len();
    if size > MAX_PEM {
        return Err(bad(format!("must be at most {MAX_PEM} bytes")));
    }
    std::fs::read(path).map_err(|error| bad(error.to_string()))
}
