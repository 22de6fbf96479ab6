//! The one binary: see [`ykien::cli`].

use std::process::ExitCode;

use clap::Parser as _;

/// A request is taken apart on one thread and written by another, in some two hundred pieces: with glibc's allocator that is
/// an eighth of its cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ykien::run(ykien::cli::Cli::parse())
}
