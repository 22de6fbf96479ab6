//! Callers that ask the same again and again, of ykien or of psql.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message;
use prost::bytes::Bytes;

use super::Contender;
use crate::account::Watched;
use crate::calls::Line;
use crate::cluster::succeeded;
use crate::installation::Installation;
use crate::load::{self, Caller, Measured};
use crate::stage::Stage;

/// Of a page, how many comments it has.
#[derive(Clone, PartialEq, Message)]
pub struct Page {
    /// The comments, not decoded.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub comments: Vec<Bytes>,
    /// The next page's token.
    #[prost(string, tag = "2")]
    pub next_page_token: String,
}

/// Asks for the same page again and again.
struct Reader {
    line: Line,
    method: &'static str,
    request: Bytes,
    comments: Option<usize>,
}

impl Caller for Reader {
    async fn call(&mut self) -> Result<usize, String> {
        let page: Page =
            self.line.call(self.method, self.request.clone()).await.map_err(|status| status.to_string())?;
        match self.comments {
            Some(comments) if page.comments.len() != comments => {
                Err(format!("{} comments, not {comments}", page.comments.len()))
            }
            _ => Ok(1),
        }
    }
}

/// Which role a page is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `ListComments`.
    Comments,
    /// `Collect`.
    Aggregation,
}

/// The same page, again and again, as the drafter sees it.
pub struct Reading {
    /// Its name in the table.
    pub name: String,
    /// Who answers.
    pub installation: Arc<Installation>,
    /// Which of its roles.
    pub role: Role,
    /// The method.
    pub method: &'static str,
    /// The request.
    pub request: Bytes,
    /// How many comments the page must have, when that is known.
    pub comments: Option<usize>,
    /// How many ask at once.
    pub calls: usize,
}

impl Contender for Reading {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "pages"
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let (lines, role) = match self.role {
                Role::Comments => {
                    (self.installation.drafter_lines_to_comments(self.calls).await?, "comments")
                }
                Role::Aggregation => (self.installation.drafter_lines(self.calls).await?, "aggregation"),
            };
            let reader = |line| {
                let (method, request, comments) = (self.method, self.request.clone(), self.comments);
                Reader { line, method, request, comments }
            };
            let readers = lines.into_iter().map(reader).collect();
            Ok(load::closed_loop(readers, span, &self.installation.watched(role)).await?.0)
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        leave(self.installation).boxed()
    }
}

/// Ends a contender's part in an installation: the last of those who share it stops it.
pub async fn leave(installation: Arc<Installation>) -> anyhow::Result<Vec<String>> {
    if let Some(installation) = Arc::into_inner(installation) {
        installation.stop().await?;
    }
    Ok(Vec::new())
}

/// One thing done once a round, however long it takes.
pub fn measured_once(
    watched: &Watched,
    before: &crate::account::Snapshot,
    elapsed: Duration,
    operations: usize,
) -> Measured {
    let used = watched.since(before);
    let measured = Measured::of(vec![elapsed], operations, elapsed, &used, watched);
    Measured { memory: watched.peak_memory(), ..measured }
}

/// Statements that psql carries out, once a round.
pub struct Psql<'s> {
    /// Its name in the table.
    pub name: String,
    /// Where.
    pub stage: &'s Stage,
    /// The database.
    pub url: String,
    /// What psql is given before, such as `SET`.
    pub before: Vec<String>,
    /// What is measured.
    pub command: String,
    /// How many rows it reads.
    pub rows: usize,
}

impl Psql<'_> {
    /// By psql's own clock (`\timing`): without its start and its connection.
    async fn once(&self) -> anyhow::Result<Measured> {
        let database = self.url.rsplit('/').next().unwrap_or_default();
        let mut psql = self.stage.cluster.client("psql", database);
        psql.args(["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]);
        for command in &self.before {
            psql.args(["--command", command]);
        }
        psql.args(["--command", "\\timing on", "--command", &self.command]);
        let watched = Watched { servers: Vec::new(), postmaster: Some(self.stage.cluster.postmaster) };
        let (begun, before) = (Instant::now(), watched.begin());
        let said = succeeded(&psql.output().await?)?;
        let told =
            said.lines().rev().find_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok());
        let elapsed = told
            .map_or_else(|| begun.elapsed(), |milliseconds: f64| Duration::from_secs_f64(milliseconds / 1e3));
        Ok(measured_once(&watched, &before, elapsed, self.rows))
    }
}

impl Contender for Psql<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "comments"
    }

    fn run(&mut self, _: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        self.once().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async { Ok(Vec::new()) }.boxed()
    }
}
