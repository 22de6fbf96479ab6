//! Those who submit one comment after the other, to ykien or to the service of one transaction a call.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::bytes::Bytes;

use crate::account::Watched;
use crate::calls::{Acknowledged, Line, SUBMIT, with_request_id};
use crate::index;
use crate::installation::Installation;
use crate::ledger::{self, Ledger, Receipt};
use crate::load::{self, Caller, Measured};
use crate::plain;
use crate::process::Server;
use crate::seed::{draft, submissions};
use crate::stage::Stage;

use super::{Contender, servers};

/// How many submissions are encoded for all drafts together.
const PREPARED: usize = 8_192;

/// Submissions to so many drafts, encoded.
pub struct Prepared(Vec<Arc<[Bytes]>>);

impl Prepared {
    /// To the first drafts.
    pub fn new(stage: &Stage, drafts: usize) -> Self {
        Self((0..drafts).map(|index| submissions(stage, &draft(index), PREPARED / drafts).into()).collect())
    }

    /// A caller on each line; they share the drafts.
    fn callers(&self, lines: Vec<Line>, ledger: &Arc<Ledger>) -> Vec<Submitter> {
        let drafts = self.0.iter().cycle();
        let caller = |(index, (line, messages)): (usize, (Line, &Arc<[Bytes]>))| Submitter {
            line,
            messages: Arc::clone(messages),
            next: index * 31,
            ledger: Arc::clone(ledger),
            receipts: Vec::new(),
        };
        lines.into_iter().zip(drafts).enumerate().map(caller).collect()
    }
}

struct Submitter {
    line: Line,
    messages: Arc<[Bytes]>,
    next: usize,
    ledger: Arc<Ledger>,
    receipts: Vec<Receipt>,
}

impl Caller for Submitter {
    async fn call(&mut self) -> Result<usize, String> {
        self.next += 1;
        let Some(message) = self.messages.get(self.next % self.messages.len()) else { return Ok(0) };
        let id = self.ledger.new_id();
        let message = with_request_id(message, &ledger::uuid(id));
        let answer: Acknowledged =
            self.line.call(SUBMIT, message).await.map_err(|status| status.to_string())?;
        let number = answer.comment.ok_or("an answer without a comment")?.number;
        self.receipts.push(Receipt { id, number, revision: answer.revision });
        Ok(1)
    }
}

/// Lets callers submit, and takes their receipts.
async fn submit(
    callers: Vec<Submitter>,
    ledger: &Ledger,
    span: Duration,
    watched: &Watched,
) -> anyhow::Result<Measured> {
    let (measured, callers) = load::closed_loop(callers, span, watched).await?;
    for caller in callers {
        ledger.take(&caller.receipts);
    }
    Ok(measured)
}

/// An installation and what it acknowledged: several contenders may share it.
pub struct Submitting {
    /// The installation.
    pub installation: Installation,
    /// What it acknowledged.
    pub ledger: Arc<Ledger>,
}

impl Submitting {
    /// Nothing is acknowledged yet.
    pub fn to(installation: Installation) -> Arc<Self> {
        Arc::new(Self { installation, ledger: Arc::default() })
    }

    /// Waits until the index of words has what was submitted.
    pub async fn settle(&self) -> anyhow::Result<()> {
        index::settled(&self.installation).await.map(drop)
    }

    /// Ends a contender's part in it: the last of those who share it stops the installation, and compares.
    pub async fn leave(self: Arc<Self>) -> anyhow::Result<Vec<String>> {
        match Arc::into_inner(self) {
            Some(last) => last.check().await,
            None => Ok(Vec::new()),
        }
    }

    async fn check(self) -> anyhow::Result<Vec<String>> {
        let (build, url) = (self.installation.build.clone(), self.installation.url.clone());
        self.installation.stop().await?;
        let said =
            vec![self.ledger.check(&url).await?, format!("verify: {}", ledger::verify(&build, &url).await?)];
        Ok(said)
    }
}

/// ykien with so many submissions at once.
pub struct Submit {
    name: String,
    to: Arc<Submitting>,
    prepared: Arc<Prepared>,
    calls: usize,
}

impl Submit {
    /// To this installation.
    pub fn new(name: String, to: &Arc<Submitting>, prepared: &Arc<Prepared>, calls: usize) -> Self {
        Self { name, to: Arc::clone(to), prepared: Arc::clone(prepared), calls }
    }
}

impl Contender for Submit {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "submissions"
    }

    fn callers(&self) -> Option<usize> {
        Some(self.calls)
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let lines = self.to.installation.lines(self.calls).await?;
            let watched = self.to.installation.watched("comments");
            let callers = self.prepared.callers(lines, &self.to.ledger);
            submit(callers, &self.to.ledger, span, &watched).await
        }
        .boxed()
    }

    fn settle(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        self.to.settle().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        self.to.leave().boxed()
    }
}

/// The service of one transaction a call.
pub struct Plain {
    name: String,
    server: Server,
    url: String,
    postmaster: Option<u32>,
    prepared: Arc<Prepared>,
    ledger: Arc<Ledger>,
    calls: usize,
}

impl Plain {
    /// On this database.
    pub async fn new(
        stage: &Stage,
        name: &str,
        url: String,
        prepared: &Arc<Prepared>,
        calls: usize,
    ) -> anyhow::Result<Self> {
        let server = servers::start(stage, plain::WHAT, Some(&url)).await?;
        let postmaster = (!url.starts_with("sqlite:")).then_some(stage.cluster.postmaster);
        let (name, prepared) = (name.to_owned(), Arc::clone(prepared));
        Ok(Self { name, server, url, postmaster, prepared, ledger: Arc::default(), calls })
    }
}

impl Contender for Plain {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "submissions"
    }

    fn callers(&self) -> Option<usize> {
        Some(self.calls)
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let lines = servers::lines(&self.server, plain::WHAT, None, self.calls).await?;
            let watched = Watched { servers: vec![self.server.id], postmaster: self.postmaster };
            submit(self.prepared.callers(lines, &self.ledger), &self.ledger, span, &watched).await
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async move {
            self.server.stop().await?;
            Ok(vec![self.ledger.check(&self.url).await?])
        }
        .boxed()
    }
}
