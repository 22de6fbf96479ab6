//! Child processes of the real binary. Each is killed when its value goes away, also by a panic.
//!
//! The binary is `ykien-under-test` of this package: the same `main.rs` as `ykien`'s own, because cargo builds and names
//! to a test only the binaries of the test's own package. So it is never missing, never old, and of the same profile.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long a command that ends by itself may take.
const COMMAND: Duration = Duration::from_secs(60);
/// How long a server may take to listen.
const START: Duration = Duration::from_secs(30);

/// The variables of a process: it has no others.
pub type Environment = BTreeMap<&'static str, String>;

fn command(arguments: &[&str], environment: &Environment) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ykien-under-test"));
    command.args(arguments).env_clear().envs(environment).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Ended {
    /// What it printed, if it went well.
    pub fn printed(self) -> anyhow::Result<String> {
        if self.code == Some(0) { Ok(self.stdout) } else { bail!("{self:#?}") }
    }
}

/// Runs a command of the binary to its end.
pub async fn run(arguments: &[&str], environment: &Environment) -> anyhow::Result<Ended> {
    let output = timeout(COMMAND, command(arguments, environment).output())
        .await
        .with_context(|| format!("ykien {} has not ended within {COMMAND:?}", arguments.join(" ")))??;
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// Runs a command and asks it to stop, by SIGTERM, when it has said its first line.
pub async fn stopped_at_its_first_line(
    arguments: &[&str],
    environment: &Environment,
) -> anyhow::Result<Ended> {
    let mut child = command(arguments, environment).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let begun =
        timeout(START, lines.next_line()).await.with_context(|| format!("not within {START:?}"))??;
    let mut stdout = begun.context("it ended without a word")?;
    terminate(&child).await?;
    let rest = async {
        while let Some(line) = lines.next_line().await? {
            stdout.extend(["\n", &line]);
        }
        anyhow::Ok(child.wait_with_output().await?)
    };
    let output =
        timeout(COMMAND, rest).await.with_context(|| format!("it runs {COMMAND:?} after SIGTERM"))??;
    Ok(Ended { code: output.status.code(), stdout, stderr: String::from_utf8(output.stderr)? })
}

/// SIGTERM, as from a supervisor.
async fn terminate(child: &Child) -> anyhow::Result<()> {
    let id = child.id().context("it has ended by itself")?.to_string();
    let sent = Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &id]).status().await?;
    anyhow::ensure!(sent.success(), "no signal to {id}");
    Ok(())
}

/// A process that serves one role.
pub struct Server {
    role: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its measurements are.
    pub metrics: SocketAddr,
    child: Child,
    /// Held open: a server that prints to a closed pipe would be another server.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts `ykien serve --role ROLE` and reads from its output where it listens: with port 0 the machine chooses, so
    /// no other process can take the port first. Its log goes to the file.
    pub async fn start(role: &'static str, environment: &Environment, log: &Path) -> anyhow::Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child =
            command(&["serve", "--role", role], environment).stdout(Stdio::piped()).stderr(file).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut addresses = BTreeMap::new();
        let reading = async {
            while addresses.len() < 2 {
                let Some(line) = lines.next_line().await? else {
                    bail!("it ended: {}", std::fs::read_to_string(log)?);
                };
                let mut words = line.split_whitespace();
                let what = words.next().unwrap_or_default().to_owned();
                let url =
                    words.find_map(|word| word.strip_prefix("http://")).context("a line without a URL")?;
                addresses.insert(what, url.trim_end_matches("/metrics").parse::<SocketAddr>()?);
            }
            Ok(())
        };
        let started = timeout(START, reading).await.with_context(|| format!("not within {START:?}"));
        started.and_then(|read| read).with_context(|| format!("{role} did not start"))?;
        let of = |what: &str| addresses.get(what).copied().with_context(|| format!("{role} has no {what}"));
        Ok(Self { role, address: of(role)?, metrics: of("metrics")?, child, _stdout: lines })
    }

    /// Its role.
    pub fn role(&self) -> &'static str {
        self.role
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `kill -9`: nothing of it runs any more.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop as a supervisor does, by SIGTERM. Gives its exit code, and how long it took.
    pub async fn terminate(mut self, within: Duration) -> anyhow::Result<(Option<i32>, Duration)> {
        let begin = Instant::now();
        terminate(&self.child).await?;
        let status = timeout(within, self.child.wait())
            .await
            .with_context(|| format!("{} runs {within:?} after SIGTERM", self.role))??;
        Ok((status.code(), begin.elapsed()))
    }
}
