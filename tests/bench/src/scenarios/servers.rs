//! This program's own servers, as processes: the empty RPC and the service of one transaction a call.

use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::bytes::Bytes;
use tokio::process::Command;
use ykien::client;

use crate::account::Watched;
use crate::calls::Line;
use crate::empty;
use crate::installation::CONNECTIONS;
use crate::load::{self, Caller, Measured};
use crate::process::Server;
use crate::stage::Stage;

use super::Contender;

/// Starts a server of this program.
pub async fn start(stage: &Stage, what: &str, database: Option<&str>) -> anyhow::Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(what);
    if let Some(url) = database {
        command.args(["--database-url", url]);
    }
    Server::start(command, &[what], &stage.folder().join("servers.log")).await
}

/// So many lines to a server, with the same token or none.
pub async fn lines(
    server: &Server,
    what: &str,
    bearer: Option<&str>,
    count: usize,
) -> anyhow::Result<Vec<Line>> {
    let url = server.url(what)?;
    let channels =
        futures::future::try_join_all((0..CONNECTIONS.min(count)).map(|_| client::connect(&url))).await?;
    channels.iter().cycle().take(count).map(|channel| Line::new(channel.clone(), bearer)).collect()
}

/// Calls the empty RPC.
struct Idle(Line);

impl Caller for Idle {
    async fn call(&mut self) -> Result<usize, String> {
        let called: Result<(), _> = self.0.call(empty::METHOD, Bytes::new()).await;
        called.map(|()| 1).map_err(|status| status.to_string())
    }
}

/// The empty RPC with so many calls at once.
pub struct Empty {
    name: String,
    server: Server,
    bearer: Option<String>,
    calls: usize,
}

impl Empty {
    /// Without a check of tokens.
    pub async fn new(stage: &Stage, calls: usize) -> anyhow::Result<Self> {
        let server = start(stage, empty::WHAT, None).await?;
        Ok(Self { name: format!("empty RPC, c={calls}"), server, bearer: None, calls })
    }

    /// With a token that nobody looks at.
    pub async fn unchecked(stage: &Stage, bearer: String, calls: usize) -> anyhow::Result<Self> {
        let server = start(stage, empty::WHAT, None).await?;
        Ok(Self {
            name: format!("empty RPC, tokens not checked, c={calls}"),
            server,
            bearer: Some(bearer),
            calls,
        })
    }

    /// With ykien's own check of tokens, on this database.
    pub async fn checking(stage: &Stage, url: &str, bearer: String, calls: usize) -> anyhow::Result<Self> {
        let server = start(stage, empty::WHAT, Some(url)).await?;
        let name = format!("empty RPC, tokens checked, c={calls}");
        Ok(Self { name, server, bearer: Some(bearer), calls })
    }
}

impl Contender for Empty {
    fn name(&self) -> &str {
        &self.name
    }

    fn callers(&self) -> Option<usize> {
        Some(self.calls)
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let lines = lines(&self.server, empty::WHAT, self.bearer.as_deref(), self.calls).await?;
            let watched = Watched { servers: vec![self.server.id], postmaster: None };
            let callers = lines.into_iter().map(Idle).collect();
            let (measured, _) = load::closed_loop(callers, span, &watched).await.context("the empty RPC")?;
            Ok(measured)
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async move {
            self.server.stop().await?;
            Ok(Vec::new())
        }
        .boxed()
    }
}
