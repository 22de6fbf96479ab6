//! An authority that signs certificates for one test.

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use ykien::client::ClientTls;

/// The name that every server's certificate has.
pub const SERVER: &str = "ykien.test";

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub pem: String,
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Signed {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server's certificate.
    pub fn server(&self) -> Signed {
        let mut params = CertificateParams::new(vec![SERVER.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    /// A client's certificate with these URIs.
    pub fn client(&self, uris: &[&str]) -> Signed {
        self.sign(&client(uris))
    }

    /// One that has expired.
    pub fn expired(&self, uri: &str) -> Signed {
        let mut params = client(&[uri]);
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        self.sign(&params)
    }

    /// One for servers only.
    pub fn for_servers(&self, uri: &str) -> Signed {
        let mut params = client(&[uri]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Signed { certificate, key: key.serialize_pem() }
    }

    /// How a client that trusts this authority reaches a server, with a certificate of its own or without.
    pub fn tls(&self, client: Option<&Signed>) -> ClientTls {
        ClientTls {
            ca: Some(self.pem.clone().into_bytes()),
            server_name: Some(SERVER.to_owned()),
            identity: client
                .map(|signed| (signed.certificate.clone().into_bytes(), signed.key.clone().into_bytes())),
        }
    }
}

fn client(uris: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())).collect();
    params
}
