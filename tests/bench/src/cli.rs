//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Measures ykien beside pgbench, an RPC that does nothing, and what people would write instead.
///
/// Starts a PostgreSQL of its own (the default configuration with the deployment's cache, fsync on), the release build of
/// ykien and every other server as processes of their own, lets the contenders take turns in each round, and prints medians
/// with their range.
#[derive(Debug, Parser)]
#[command(name = "ykien-bench", max_term_width = 100)]
pub struct Cli {
    /// What to measure.
    #[command(flatten)]
    pub options: Options,
    /// The servers to measure against: this program starts itself.
    #[command(subcommand)]
    pub serve: Option<Serve>,
}

/// What to measure, and for how long.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Under three minutes: fewer rounds, shorter ones, fewer rows
    #[arg(long)]
    pub quick: bool,
    /// Only these scenarios, separated by commas: see --list
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Of these, only the contenders whose names contain one of these, separated by semicolons
    #[arg(long, value_name = "WORDS", value_delimiter = ';')]
    pub among: Vec<String>,
    /// Say which scenarios there are
    #[arg(long)]
    pub list: bool,
    /// How many rounds; 5, or 2 with --quick
    #[arg(long, value_name = "N")]
    pub rounds: Option<usize>,
    /// How long each contender runs in a round, in seconds; 5, or 0.8 with --quick
    #[arg(long, value_name = "S")]
    pub seconds: Option<f64>,
    /// How many comments the large draft has; 1,000,000, or 100,000 with --quick
    #[arg(long, value_name = "N")]
    pub comments: Option<usize>,
    /// A build of ykien to measure; the release build beside this program when absent. Twice, and two builds are compared
    #[arg(long, value_name = "PATH")]
    pub ykien: Vec<PathBuf>,
    /// A variable for every ykien process, such as YKIEN_LOG=warn
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Leave out the services in Python
    #[arg(long)]
    pub no_peers: bool,
    /// Where the databases are made: a folder on a disk; the system's temporary folder when absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Write every figure of every round to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// What the comments' texts are made from
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub seed: u64,
}

/// A server to measure against.
#[derive(Debug, Subcommand)]
pub enum Serve {
    /// An RPC that does nothing
    #[command(hide = true)]
    Empty(EmptyArgs),
    /// One transaction a call through sqlx
    #[command(hide = true)]
    Plain(PlainArgs),
}

/// The RPC that does nothing.
#[derive(Debug, Args)]
pub struct EmptyArgs {
    /// Check tokens as ykien does, against this database
    #[arg(long)]
    pub database_url: Option<String>,
}

/// The service of one transaction a call.
#[derive(Debug, Args)]
pub struct PlainArgs {
    /// Its database, with ykien's schema
    #[arg(long)]
    pub database_url: String,
}

impl Options {
    /// Whether a contender with this name runs.
    pub fn takes(&self, contender: &str) -> bool {
        self.among.is_empty() || self.among.iter().any(|words| contender.contains(words.as_str()))
    }

    /// How many rounds there are.
    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 2 } else { 5 }).max(1)
    }

    /// How long each contender runs in one.
    pub fn span(&self) -> std::time::Duration {
        let seconds = self.seconds.unwrap_or(if self.quick { 0.8 } else { 5.0 });
        std::time::Duration::from_secs_f64(seconds.clamp(0.1, 3_600.0))
    }

    /// Into how many turns of about this length a round is divided.
    pub fn turns(&self, about: std::time::Duration) -> u32 {
        self.span().div_duration_f64(about).round().max(1.0) as u32
    }

    /// How many comments the large draft has.
    pub fn comments(&self) -> usize {
        self.comments.unwrap_or(if self.quick { 100_000 } else { 1_000_000 }).max(1_000)
    }
}
