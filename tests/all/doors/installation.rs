//! The roles in this process, with one client of each of two agencies.

use std::net::SocketAddr;
use std::path::PathBuf;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use ykien::client::ClientTls;
use ykien::serve::{Running, ServeOptions, TlsOptions, start};
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, CreateClient, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::words::{AgencyKind, Role};
use ykien_edge::auth::new_secret;
use ykien_proto::v1;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;
use ykien_tests::{Base, Engine};

use super::authority::Signed;

/// The agencies; each has a client, its code in lower case without the dot.
pub const AGENCIES: [&str; 2] = ["H37.05", "H37.06"];

/// An installation.
pub struct Installation {
    /// Its roles.
    pub running: Running,
    /// The clients' secret.
    pub secret: String,
    _base: Base,
}

/// An agency's client.
pub fn client_of(agency: &str) -> String {
    agency.to_lowercase().replace('.', "-")
}

impl Installation {
    pub async fn start(options: ServeOptions) -> Self {
        let base = Base::new(Engine::Sqlite).await;
        let secret = new_secret().unwrap();
        let everything = Scope::installation();
        for agency in AGENCIES {
            let code = AgencyCode::parse("code", agency).unwrap();
            let made = CreateAgency {
                code: code.clone(),
                name: agency.to_owned(),
                short_name: String::new(),
                name_en: String::new(),
                kind: AgencyKind::Other,
            };
            base.store.write(&everything, made, WriteOptions::default()).await.unwrap();
            let client = CreateClient {
                client_id: ClientId::parse("client", &client_of(agency)).unwrap(),
                agency: code,
                role: Role::Drafter,
                name: String::new(),
                secret_hash: secret.hash.clone(),
            };
            base.store.write(&everything, client, WriteOptions::default()).await.unwrap();
        }
        let running = start(options, base.store.clone()).await.unwrap();
        Self { running, secret: secret.secret, _base: base }
    }

    /// A token of the agency's client.
    pub async fn token(&self, agency: &str) -> String {
        self.running.identity.issue(&client_of(agency), &self.secret).await.unwrap().token
    }

    /// Where the comments role listens.
    pub fn comments(&self) -> SocketAddr {
        self.running.comments.unwrap()
    }

    /// Where the admin role listens.
    pub fn admin(&self) -> SocketAddr {
        self.running.admin.unwrap()
    }

    /// A channel to the comments role by TLS.
    pub async fn by_tls(&self, tls: &ClientTls) -> anyhow::Result<Channel> {
        tls.connect(&format!("https://{}", self.comments()).parse()?).await
    }

    /// Lists drafts with this token.
    pub async fn call(&self, channel: Channel, token: &str) -> Result<(), tonic::Status> {
        let bearer: MetadataValue<Ascii> = format!("Bearer {token}").parse().unwrap();
        let mut request = tonic::Request::new(v1::ListDraftsRequest::default());
        request.metadata_mut().insert("authorization", bearer);
        CommentsServiceClient::new(channel).list_drafts(request).await.map(drop)
    }
}

/// Files of a server's certificate.
pub struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    pub fn new(signed: &Signed, client_ca: &str) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.write("ca.pem", client_ca);
        files.write("key.pem", &signed.key);
        files.write("certificate.pem", &signed.certificate);
        files
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn options(&self, client_certificate_required: bool) -> TlsOptions {
        TlsOptions {
            certificate: self.path("certificate.pem"),
            key: self.path("key.pem"),
            client_ca: Some(self.path("ca.pem")),
            client_certificate_required,
        }
    }
}
