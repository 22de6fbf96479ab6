//! One GET of a small JSON document over HTTP/1.1: bounded in bytes and time, no redirects, no proxy.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The largest discovery document, in bytes.
pub(super) const MAX_DISCOVERY: usize = 64 * 1024;
/// The largest set of keys, in bytes.
pub(super) const MAX_KEYS_BYTES: usize = 256 * 1024;
/// How long one document may take, from the look-up of the name to the last byte.
const TIME: Duration = Duration::from_secs(5);

/// Whom a connection trusts.
#[derive(Clone)]
pub(super) struct Tls(pub(super) Arc<ClientConfig>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// Trusts these certificates (PEM), or else those that the machine trusts.
pub(super) fn tls(roots: Option<&[u8]>) -> Result<ClientConfig, String> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                store.add(certificate).map_err(|error| error.to_string())?;
            }
            if store.is_empty() {
                return Err("must have a certificate (PEM)".to_owned());
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(config)
}

/// The body of a 200.
pub(super) async fn get(url: &Uri, tls: &Tls, max_bytes: usize) -> Result<Bytes, String> {
    let got = tokio::time::timeout(TIME, connect(url, tls, max_bytes)).await;
    got.map_err(|_| format!("{url}: no answer within {} s", TIME.as_secs()))?
        .map_err(|why| format!("{url}: {why}"))
}

async fn connect(url: &Uri, tls: &Tls, max_bytes: usize) -> Result<Bytes, String> {
    let said = |error: &dyn fmt::Display| error.to_string();
    let host = url.host().ok_or("no host")?.trim_matches(['[', ']']);
    let secure = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await.map_err(|error| said(&error))?;
    if !secure {
        return exchange(url, stream, max_bytes).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|error| said(&error))?;
    let stream =
        TlsConnector::from(tls.0.clone()).connect(name, stream).await.map_err(|error| said(&error))?;
    exchange(url, stream, max_bytes).await
}

async fn exchange(
    url: &Uri,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    max_bytes: usize,
) -> Result<Bytes, String> {
    let said = |error: &dyn fmt::Display| error.to_string();
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| said(&error))?;
    // Ends with the sender, which ends with this call.
    tokio::spawn(connection);
    let request = Request::get(url.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, url.authority().map_or("", |authority| authority.as_str()))
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "ykien")
        .body(Empty::<Bytes>::new())
        .map_err(|error| said(&error))?;
    let response = sender.send_request(request).await.map_err(|error| said(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("status {}", response.status()));
    }
    let body = Limited::new(response.into_body(), max_bytes).collect().await.map_err(|error| said(&error))?;
    Ok(body.to_bytes())
}
