//! The one binary: see [`ykien::cli`].

use std::process::ExitCode;

use clap::Parser as _;

/// A request is taken apart on one thread and written by another: with glibc's allocator that is a fifth of the instructions of
/// a submission (counted by callgrind).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ykien::run(ykien::cli::Cli::parse())
}
