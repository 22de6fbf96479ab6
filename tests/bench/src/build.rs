//! A build of ykien: its binary, and the variables that its processes get.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use crate::cluster::succeeded;
use crate::process::Server;

/// A build of ykien.
#[derive(Debug, Clone)]
pub struct Build {
    /// Its name in the table: empty for the only one.
    pub label: String,
    path: PathBuf,
    variables: Vec<(String, String)>,
}

impl Build {
    /// Whether its processes keep an index of words.
    pub fn indexes(&self) -> bool {
        !self.variables.iter().any(|(name, value)| name == "YKIEN_SEARCH" && value == "off")
    }

    /// The builds of the command line, or the one that was built beside this program.
    pub fn all(given: &[PathBuf], variables: &[String]) -> anyhow::Result<Vec<Self>> {
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|variable| {
                let (name, value) =
                    variable.split_once('=').with_context(|| format!("{variable}: not NAME=VALUE"))?;
                Ok((name.to_owned(), value.to_owned()))
            })
            .collect::<anyhow::Result<_>>()?;
        let beside;
        let paths = if given.is_empty() {
            beside = [std::env::current_exe()?.with_file_name("ykien")];
            &beside
        } else {
            given
        };
        let several = paths.len() > 1;
        let build = |(index, path): (usize, &PathBuf)| {
            ensure!(
                path.is_file(),
                "{} is missing: cargo build --release -p ykien, or name a build by --ykien",
                path.display()
            );
            let label = if several { format!("#{}", index + 1) } else { String::new() };
            Ok(Self { label, path: std::fs::canonicalize(path)?, variables: variables.clone() })
        };
        paths.iter().enumerate().map(build).collect()
    }

    /// The same build with one more variable.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut build = self.clone();
        build.variables.push((name.to_owned(), value.to_owned()));
        build
    }

    fn command(&self, database: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .env_clear()
            .env("YKIEN_DATABASE_URL", database)
            .env("YKIEN_ISSUER", ISSUER)
            .env("YKIEN_AUDIENCE", AUDIENCE)
            .env("YKIEN_COMMENTS_LISTEN", ANY_PORT)
            .env("YKIEN_AGGREGATION_LISTEN", ANY_PORT)
            .env("YKIEN_ADMIN_LISTEN", ANY_PORT)
            // A few callers ask for all that there is: they are counted as everywhere, and never refused.
            .env("YKIEN_CLIENT_RATE", HIGHEST_RATE)
            .env("YKIEN_AGENCY_RATE", HIGHEST_RATE)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// What a command that ends by itself printed.
    pub async fn run(&self, database: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(database, arguments).output().await?;
        succeeded(&output).with_context(|| format!("ykien {}", arguments.join(" ")))
    }

    /// What it says of a command and its settings.
    pub async fn help(&self, command: &[&str]) -> anyhow::Result<String> {
        self.run("sqlite:unused.db", &[command, &["--help"]].concat()).await
    }

    /// Serves roles in one process.
    pub async fn serve(&self, database: &str, roles: &[&str], log: &Path) -> anyhow::Result<Server> {
        let command = self.command(database, &["serve", "--role", &roles.join(",")]);
        Server::start(command, roles, log).await
    }
}

/// Who issues the tokens: the same everywhere, so that a copy of a database takes the tokens of the other.
pub const ISSUER: &str = "https://bench.example";
/// For whom they are.
pub const AUDIENCE: &str = "ykien";
/// The highest rate that can be set.
const HIGHEST_RATE: &str = "1000000";
/// Any free port of this machine.
const ANY_PORT: &str = "127.0.0.1:0";
