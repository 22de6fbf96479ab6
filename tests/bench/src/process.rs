//! Servers as processes of their own: each is killed when its value goes away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(60);
/// How long it may take to stop.
const STOP: Duration = Duration::from_secs(30);

/// A server.
pub struct Server {
    /// What it serves, and where.
    addresses: BTreeMap<String, SocketAddr>,
    /// Its process.
    pub id: u32,
    child: Child,
    /// Held open: a server that prints to a closed pipe would be another server.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server that prints a line `WHAT … http://ADDRESS…` for each of these things that it serves.
    pub async fn start(mut command: Command, serves: &[&str], log: &Path) -> anyhow::Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
        let id = child.id().context("it has ended")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut addresses = BTreeMap::new();
        let reading = async {
            while !serves.iter().all(|what| addresses.contains_key(*what)) {
                let Some(line) = lines.next_line().await? else { bail!("it ended") };
                let mut words = line.split_whitespace();
                let what = words.next().unwrap_or_default().to_owned();
                if let Some(url) = words.find_map(|word| word.strip_prefix("http://")) {
                    addresses.insert(what, url.parse()?);
                }
            }
            anyhow::Ok(())
        };
        let read =
            timeout(START, reading).await.unwrap_or_else(|_| bail!("it does not listen after {START:?}"));
        read.with_context(|| {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(10).collect();
            format!("{command:?} said:\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"))
        })?;
        Ok(Self { addresses, id, child, _stdout: lines })
    }

    /// The URL of what it serves.
    pub fn url(&self, what: &str) -> anyhow::Result<http::Uri> {
        let address = self.addresses.get(what).with_context(|| format!("it does not serve {what}"))?;
        Ok(format!("http://{address}").parse()?)
    }

    /// Stops it as a supervisor does, by SIGTERM.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &self.id.to_string()]).status().await?;
        if timeout(STOP, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// Announces a server of this program as [`Server::start`] reads it.
pub fn announce(what: &str, address: SocketAddr) {
    println!("{what} http://{address}");
}
