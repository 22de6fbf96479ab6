//! How fast ykien is, beside what the machine could do at all: `cargo run --release -p ykien-bench -- --help`.
//!
//! `docs/performance.md` says what each scenario measures and how.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]
#![allow(clippy::duplicate_mod, reason = "the plain service's statements are mounted once per engine")]

mod account;
mod build;
mod bulk;
mod calls;
mod cli;
mod cluster;
mod empty;
mod index;
mod installation;
mod large;
mod ledger;
mod load;
mod pgbench;
mod plain;
mod process;
mod report;
mod scenarios;
mod seed;
mod stage;
mod texts;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Serve};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.serve {
        Some(Serve::Empty(args)) => empty::serve(args).await?,
        Some(Serve::Plain(args)) => plain::serve(args).await?,
        // Dropped, it takes its servers and databases with it.
        None => {
            let stop = ykien::serve::stop_signal()?;
            tokio::select! {
                ran = scenarios::run(cli.options) => return ran,
                () = stop => anyhow::bail!("stopped before the end"),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
