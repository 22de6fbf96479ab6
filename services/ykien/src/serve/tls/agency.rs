//! Which agency a client's certificate names: the one URI `urn:ykien:agency:CODE` among its subject alternative names.
//! Common names and DNS names mean nothing here.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
};
use ykien_domain::ids::AgencyCode;

/// What stands before the agency's code.
const NAME: &str = "urn:ykien:agency:";

/// The agency that the certificate names; none when it names none, or more than one.
pub(in crate::serve) fn agency_of(certificate: &CertificateDer<'_>) -> Option<AgencyCode> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let mut codes = certificate.valid_uri_names().filter_map(|name| name.strip_prefix(NAME));
    let code = codes.next()?;
    if codes.next().is_some() { None } else { AgencyCode::parse("certificate", code).ok() }
}

/// A verifier that also wants an agency's name: who presents a certificate is an agency.
#[derive(Debug)]
pub(super) struct NamesAgency(pub(super) Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for NamesAgency {
    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.0.verify_client_cert(end_entity, intermediates, now)?;
        match agency_of(end_entity) {
            Some(_) => Ok(verified),
            None => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
