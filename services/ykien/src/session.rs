//! A command's way to a server: to one elsewhere, or to the comments role in this process on the configured database.
//! Either way through the gRPC port, with a token.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::transport::Channel;
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, WriteOptions};
use ykien_domain::ids::AgencyCode;
use ykien_domain::time::SharedClock;
use ykien_domain::words::AgencyKind;

use crate::client::{self, Bearer, Comments, Login, TokenSource};
use crate::config::{Database, Remote};
use crate::serve::{self, Running, ServeOptions};
use crate::{credential, database};

/// A way to a server.
pub struct Session {
    channel: Channel,
    login: Login,
    /// The role in this process, and its client's id; none for a server elsewhere.
    local: Option<Local>,
    clock: SharedClock,
    /// The token of the admin API's calls, and since when: logging in costs more than a call, by design.
    bearer: Mutex<Option<(Instant, Bearer)>>,
}

/// How long a token is used again; it lives several times as long.
const REUSE: Duration = Duration::from_secs(60);

struct Local {
    running: Running,
    client_id: String,
}

impl Session {
    /// Connects to a server elsewhere.
    ///
    /// # Errors
    /// It can't be reached.
    pub async fn remote(remote: Remote) -> anyhow::Result<Self> {
        let channel = remote.tls.connect(&remote.server).await?;
        let source = TokenSource::Endpoint(remote.token_url, remote.tls);
        let login = Login { source, id: remote.client_id, secret: remote.client_secret };
        Ok(Self { channel, login, local: None, clock: database::system_clock(), bearer: Mutex::default() })
    }

    /// Starts the comments role on this database, with an administrator's client that [`Session::close`] switches off.
    ///
    /// # Errors
    /// The database can't be opened.
    pub async fn local(database: &Database) -> anyhow::Result<Self> {
        let clock = database::system_clock();
        let store = database::open(database, clock.clone()).await?;
        let options = ServeOptions { aggregation: None, admin: None, ..ServeOptions::loopback() };
        let running = serve::start(options, store).await?;
        // The last digits of a UUIDv7 are random: two imports at once don't share a client.
        let id = clock.new_id().simple().to_string();
        let client_id = format!("import-{}", id.get(20..).unwrap_or(&id));
        let made =
            credential::create_admin(running.store(), &client_id, "An import on the server itself").await?;
        let address: SocketAddr = running.comments.context("the comments role has no address")?;
        let login =
            Login { source: TokenSource::Local(running.identity.clone()), id: made.id, secret: made.secret };
        let local = Some(Local { running, client_id });
        let channel = client::connect(&format!("http://{address}").parse()?).await?;
        Ok(Self { channel, login, local, clock, bearer: Mutex::default() })
    }

    /// The server of the settings, or else the configured database.
    ///
    /// # Errors
    /// As [`Session::remote`] and [`Session::local`].
    pub async fn open(remote: Option<Remote>, database: &Database) -> anyhow::Result<Self> {
        match remote {
            Some(remote) => Self::remote(remote).await,
            None => Self::local(database).await,
        }
    }

    /// The comments role, called with a fresh token: for one phase of a command, which lasts less than a token lives.
    ///
    /// # Errors
    /// The client may not log in.
    pub async fn comments(&self) -> anyhow::Result<Comments> {
        Ok(client::comments(self.channel.clone(), self.login.token().await?))
    }

    async fn bearer(&self) -> anyhow::Result<Bearer> {
        let mut held = self.bearer.lock().await;
        match &*held {
            Some((since, bearer)) if since.elapsed() < REUSE => Ok(bearer.clone()),
            _ => {
                let bearer = self.login.token().await?;
                *held = Some((Instant::now(), bearer.clone()));
                Ok(bearer)
            }
        }
    }

    /// Where time and ids come from.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Makes an agency of kind `other`. It is no part of the gRPC contract: elsewhere the admin API does it.
    ///
    /// # Errors
    /// The client is no administrator, or the code is taken.
    pub async fn create_agency(&self, code: &AgencyCode, name: &str) -> anyhow::Result<()> {
        if let Some(local) = &self.local {
            let command = CreateAgency {
                code: code.clone(),
                name: name.to_owned(),
                short_name: String::new(),
                name_en: String::new(),
                kind: AgencyKind::Other,
            };
            local.running.store().write(&Scope::installation(), command, WriteOptions::default()).await?;
            return Ok(());
        }
        let TokenSource::Endpoint(token_url, tls) = &self.login.source else {
            bail!("no admin API to make an agency with")
        };
        let mut parts = token_url.clone().into_parts();
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/v1/agencies"));
        let body =
            serde_json::json!({ "code": code.as_str(), "name": name, "kind": AgencyKind::Other.as_str() });
        let request = http::Request::post(http::Uri::from_parts(parts)?)
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::AUTHORIZATION, self.bearer().await?.header()?)
            .body(body.to_string())?;
        let (status, body) = tls.call(request).await?;
        if !status.is_success() {
            bail!("{status} {}", String::from_utf8_lossy(&body));
        }
        Ok(())
    }

    /// Ends: the role in this process stops and its client is switched off.
    ///
    /// # Errors
    /// The client can't be switched off.
    pub async fn close(self) -> anyhow::Result<()> {
        let Some(Local { running, client_id }) = self.local else { return Ok(()) };
        // The connection first: the role waits for it.
        drop(self.channel);
        let disabled = credential::disable(running.store(), &client_id).await;
        running.stop().await;
        disabled.with_context(|| format!("the client {client_id} is still active: switch it off"))
    }
}
