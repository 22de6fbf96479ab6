//! The one binary: see [`ykien::cli`].

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    ykien::run(ykien::cli::Cli::parse())
}
