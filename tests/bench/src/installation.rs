//! ykien as it would be installed: its roles as processes on one database, and clients with tokens.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tonic::transport::Channel;
use ykien::client::{self, Bearer, Login, TokenSource};

use crate::account::Watched;
use crate::build::Build;
use crate::calls::Line;
use crate::process::Server;
use crate::stage::Stage;

/// How many connections the clients share.
pub const CONNECTIONS: usize = 8;
/// Tokens by client, and since when.
type Tokens = HashMap<String, (Instant, Bearer)>;

/// How long tokens are used: they live 10 minutes.
const REUSE: Duration = Duration::from_secs(240);

/// A client's id and secret.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// Who takes part.
#[derive(Debug)]
pub struct Cast {
    /// Makes agencies and clients.
    pub admin: Credential,
    /// Runs the consultations.
    pub drafter: Credential,
    /// Submit.
    pub contributors: Vec<Credential>,
    /// All copies of a database take the tokens of any of them: the signing key is in it. To log in takes a core for
    /// tens of milliseconds, by design.
    tokens: tokio::sync::Mutex<Tokens>,
}

impl Cast {
    /// These, without tokens so far.
    pub fn of(admin: Credential, drafter: Credential, contributors: Vec<Credential>) -> Self {
        Self { admin, drafter, contributors, tokens: tokio::sync::Mutex::default() }
    }
}

/// Roles that one process has.
type Roles = &'static [&'static str];

/// On SQLite: all in one.
const TOGETHER: &[Roles] = &[&["comments", "aggregation", "admin"]];
/// On PostgreSQL: one each.
const APART: &[Roles] = &[&["comments"], &["aggregation"], &["admin"]];

/// The roles of a build on one database.
pub struct Installation {
    /// The database.
    pub url: String,
    /// Which build.
    pub build: Build,
    /// Who takes part.
    pub cast: Arc<Cast>,
    servers: Vec<(Roles, Server)>,
    postmaster: Option<u32>,
    comments: Vec<Channel>,
    aggregation: Vec<Channel>,
}

impl Installation {
    /// Starts the roles on this database.
    pub async fn start(stage: &Stage, build: &Build, url: &str, cast: Arc<Cast>) -> anyhow::Result<Self> {
        let log = stage.folder().join("ykien.log");
        let mut servers = Vec::new();
        for roles in if url.starts_with("sqlite:") { TOGETHER } else { APART } {
            servers.push((*roles, build.serve(url, roles, &log).await?));
        }
        let postmaster = (!url.starts_with("sqlite:")).then_some(stage.cluster.postmaster);
        let mut installation = Self {
            url: url.to_owned(),
            build: build.clone(),
            cast,
            servers,
            postmaster,
            comments: Vec::new(),
            aggregation: Vec::new(),
        };
        installation.comments = installation.connect("comments").await?;
        installation.aggregation = installation.connect("aggregation").await?;
        Ok(installation)
    }

    async fn connect(&self, role: &str) -> anyhow::Result<Vec<Channel>> {
        let url = self.server(role)?.url(role)?;
        futures::future::try_join_all((0..CONNECTIONS).map(|_| client::connect(&url))).await
    }

    fn server(&self, role: &str) -> anyhow::Result<&Server> {
        let found = self.servers.iter().find(|(roles, _)| roles.contains(&role));
        found.map(|(_, server)| server).with_context(|| format!("no role {role}"))
    }

    /// The processes that carry out what this role is asked.
    pub fn watched(&self, role: &str) -> Watched {
        let servers = self.server(role).map(|server| vec![server.id]).unwrap_or_default();
        Watched { servers, postmaster: self.postmaster }
    }

    fn login(&self, who: &Credential) -> anyhow::Result<Login> {
        let url = format!("{}oauth2/token", self.server("admin")?.url("admin")?);
        let source = TokenSource::Endpoint(url.parse()?, client::ClientTls::default());
        Ok(Login { source, id: who.id.clone(), secret: who.secret.clone() })
    }

    /// A token that lives some minutes more.
    pub async fn token(&self, who: &Credential) -> anyhow::Result<Bearer> {
        let mut tokens = self.cast.tokens.lock().await;
        match tokens.get(&who.id) {
            Some((since, bearer)) if since.elapsed() < REUSE => Ok(bearer.clone()),
            _ => {
                let bearer = self.login(who)?.token().await?;
                tokens.insert(who.id.clone(), (Instant::now(), bearer.clone()));
                Ok(bearer)
            }
        }
    }

    /// The comments role for one of the clients.
    pub async fn comments_as(&self, who: &Credential) -> anyhow::Result<client::Comments> {
        let channel = self.comments.first().context("not connected")?;
        Ok(client::comments(channel.clone(), self.token(who).await?))
    }

    /// The aggregation role for one of the clients.
    pub async fn aggregation_as(&self, who: &Credential) -> anyhow::Result<client::Aggregation> {
        let channel = self.aggregation.first().context("not connected")?;
        Ok(client::aggregation(channel.clone(), self.token(who).await?))
    }

    /// Calls a route of the admin API by POST. Gives its answer.
    pub async fn post(
        &self,
        bearer: &Bearer,
        path: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<serde_json::Value> {
        let request = http::Request::post(format!("{}{path}", self.server("admin")?.url("admin")?))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::AUTHORIZATION, bearer.header()?)
            .body(body.to_string())?;
        let (status, answer) = client::call(request).await?;
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(serde_json::from_slice(&answer)?)
    }

    /// A token of each contributor.
    async fn contributors(&self) -> anyhow::Result<Vec<Bearer>> {
        let mut bearers = Vec::with_capacity(self.cast.contributors.len());
        for who in &self.cast.contributors {
            bearers.push(self.token(who).await?);
        }
        Ok(bearers)
    }

    /// So many lines of contributors to the comments role, spread over agencies and connections.
    pub async fn lines(&self, count: usize) -> anyhow::Result<Vec<Line>> {
        let bearers = self.contributors().await?;
        let pairs = self.comments.iter().cycle().zip(bearers.iter().cycle());
        pairs
            .take(count)
            .map(|(channel, bearer)| Line::new(channel.clone(), Some(bearer.header()?)))
            .collect()
    }

    /// So many lines of the drafter to the aggregation role.
    pub async fn drafter_lines(&self, count: usize) -> anyhow::Result<Vec<Line>> {
        self.drafter_lines_on(&self.aggregation, count).await
    }

    /// So many lines of the drafter to the comments role.
    pub async fn drafter_lines_to_comments(&self, count: usize) -> anyhow::Result<Vec<Line>> {
        self.drafter_lines_on(&self.comments, count).await
    }

    async fn drafter_lines_on(&self, channels: &[Channel], count: usize) -> anyhow::Result<Vec<Line>> {
        let bearer = self.token(&self.cast.drafter).await?;
        let channels = channels.iter().cycle().take(count);
        channels.map(|channel| Line::new(channel.clone(), Some(bearer.header()?))).collect()
    }

    /// Restarts the aggregation role: what it held in memory is gone.
    pub async fn restart_aggregation(&mut self, log: &Path) -> anyhow::Result<()> {
        let Some((roles, server)) = self.servers.iter_mut().find(|(roles, _)| *roles == ["aggregation"])
        else {
            bail!("the aggregation role is not alone in its process")
        };
        self.aggregation.clear();
        let started = self.build.serve(&self.url, roles, log).await?;
        std::mem::replace(server, started).stop().await?;
        self.aggregation = self.connect("aggregation").await?;
        Ok(())
    }

    /// Stops the roles.
    pub async fn stop(self) -> anyhow::Result<()> {
        // The connections first: the roles wait for them.
        drop((self.comments, self.aggregation));
        for (_, server) in self.servers {
            server.stop().await?;
        }
        Ok(())
    }
}
