//! TLS by rustls, on every port or on none. The certificate is read anew when its files change: new connections get the new
//! one, running ones stay as they are. A file that can't be used is said so in the log, and what was there goes on.

mod agency;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{WebPkiClientVerifier, danger::ClientCertVerifier};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_util::sync::CancellationToken;

pub(super) use agency::agency_of;

use crate::config::Bad;
use crate::config::transport::pem;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// What is spoken inside, the better first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The settings of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// The server's certificate and those between it and a root, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
    /// The authorities that sign agencies' certificates, as PEM; without it clients are asked for none.
    pub client_ca: Option<PathBuf>,
    /// Whether a gRPC port takes only clients that present one.
    pub client_certificate_required: bool,
}

/// Which port a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    /// That of a gRPC role: agencies' systems.
    Grpc,
    /// An HTTP one: people's browsers and scripts, Prometheus. A certificate is never required.
    Http,
}

/// The certificate, as it is now.
#[derive(Debug)]
pub(super) struct Certificates {
    options: TlsOptions,
    current: RwLock<Current>,
}

struct Current {
    grpc: TlsAcceptor,
    http: TlsAcceptor,
    /// Of the files as they were last read, whether they could be used or not: each content is tried once.
    read: u64,
}

impl std::fmt::Debug for Current {
    /// Never the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

/// The files' bytes.
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// One that can't be used, by its setting.
    pub(super) fn open(options: TlsOptions) -> Result<Self, Bad> {
        let files = Files::read(&options)?;
        let current = RwLock::new(files.current(&options)?);
        Ok(Self { options, current })
    }

    /// What accepts a connection to this port from now on.
    pub(super) fn acceptor(&self, port: Port) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        match port {
            Port::Grpc => current.grpc.clone(),
            Port::Http => current.http.clone(),
        }
    }

    /// Looks whether the files have changed; gives whether another certificate holds from now on.
    ///
    /// # Errors
    /// They have and can't be used: what was there goes on. The same bytes are not tried, nor complained of, again.
    pub(super) fn look(&self) -> Result<bool, Bad> {
        let files = Files::read(&self.options)?;
        let hash = files.hash();
        if self.current.read().unwrap_or_else(PoisonError::into_inner).read == hash {
            return Ok(false);
        }
        let new = files.current(&self.options);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.read = hash;
        *current = new?;
        Ok(true)
    }

    /// Looks again and again, until the shutdown.
    pub(super) async fn watch(self: Arc<Self>, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut missing = None;
        while shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let certificates = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || certificates.look()).await? {
                Ok(true) => {
                    tracing::info!("new TLS files hold from now on");
                    missing = None;
                }
                Ok(false) => missing = None,
                // A file that is not there is found missing at every look, and said so once.
                Err(bad) if missing.as_ref() == Some(&bad) => {}
                Err(bad) => {
                    tracing::warn!("the TLS files can't be used, and those before go on: {bad}");
                    missing = Some(bad);
                }
            }
        }
        Ok(())
    }
}

impl Files {
    fn read(options: &TlsOptions) -> Result<Self, Bad> {
        Ok(Self {
            certificate: pem("YKIEN_TLS_CERTIFICATE", &options.certificate)?,
            key: pem("YKIEN_TLS_KEY", &options.key)?,
            client_ca: options
                .client_ca
                .as_deref()
                .map(|path| pem("YKIEN_TLS_CLIENT_CA", path))
                .transpose()?,
        })
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.certificate, &self.key, &self.client_ca).hash(&mut hasher);
        hasher.finish()
    }

    fn current(&self, options: &TlsOptions) -> Result<Current, Bad> {
        let grpc = self.acceptor(options.client_certificate_required)?;
        Ok(Current { grpc, http: self.acceptor(false)?, read: self.hash() })
    }

    /// TLS 1.2 and 1.3, with what rustls holds for safe.
    fn acceptor(&self, client_certificate_required: bool) -> Result<TlsAcceptor, Bad> {
        let bad = |error: &dyn std::fmt::Display| Bad::new("YKIEN_TLS_CERTIFICATE", error.to_string());
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| bad(&error))?;
        let builder = match &self.client_ca {
            Some(authorities) => {
                builder.with_client_cert_verifier(verifier(authorities, client_certificate_required)?)
            }
            None => builder.with_no_client_auth(),
        };
        let chain = certificates("YKIEN_TLS_CERTIFICATE", &self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| Bad::new("YKIEN_TLS_KEY", format!("must be a private key as PEM: {error}")))?;
        // It also looks whether the key is that of the certificate.
        let mut config = builder.with_single_cert(chain, key).map_err(|error| bad(&error))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Checks clients' certificates: signed by one of these authorities, in force, for a client's use, and naming an agency.
fn verifier(authorities: &[u8], required: bool) -> Result<Arc<dyn ClientCertVerifier>, Bad> {
    let bad = |error: &dyn std::fmt::Display| Bad::new("YKIEN_TLS_CLIENT_CA", error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in certificates("YKIEN_TLS_CLIENT_CA", authorities)? {
        roots.add(certificate).map_err(|error| bad(&error))?;
    }
    let provider = Arc::new(ring::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if required { builder } else { builder.allow_unauthenticated() };
    Ok(Arc::new(agency::NamesAgency(builder.build().map_err(|error| bad(&error))?)))
}

/// The certificates of a file; at least one.
fn certificates(setting: &str, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, Bad> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| Bad::new(setting, format!("must be certificates as PEM: {error}")))?;
    if found.is_empty() { Err(Bad::new(setting, "has no certificate as PEM")) } else { Ok(found) }
}
