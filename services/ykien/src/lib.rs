//! ykien in one binary: the roles, the schema, the imports and the demo.
//!
//! A library too, so that tests start roles in their own process ([`serve::start`], [`demo::run`]).

pub mod audit;
pub mod cli;
pub mod client;
pub mod comments_import;
pub mod config;
pub mod credential;
pub mod database;
pub mod demo;
pub mod draft_compare;
pub mod draft_import;
pub mod export;
pub mod health;
pub mod keys;
mod logging;
pub mod out;
pub mod permissions;
pub mod persons;
pub mod serve;
pub mod session;
pub mod sheets;

use std::num::NonZero;
use std::process::ExitCode;

use cli::{Cli, Command, CommentsCommand, DecisionsCommand, DraftCommand, KeysCommand};

/// The exit code of a setting or an argument that is not valid; of any other failure it is 1.
pub const EXIT_USAGE: u8 = 2;

/// Does what the command line says; the process's exit code tells how it went.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    // A server's log is its record; a command's result would drown in it.
    let filter = if matches!(cli.command, Command::Serve(_)) { "warn,ykien=info" } else { "warn" };
    let result = logging::start(&cli.log, filter).map_err(anyhow::Error::from).and_then(|()| {
        let runtime = threads(&cli.command).enable_all().build()?;
        runtime.block_on(dispatch(cli.command))
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            out::error(format_args!("ykien: {error:#}"));
            if error.is::<config::Bad>() { ExitCode::from(EXIT_USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// The threads that serve requests: one a core, but half as many where comments alone are taken. There the writer and the
/// database do as much as these, and threads that wait for a core only wake each other.
fn threads(command: &Command) -> tokio::runtime::Builder {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    if let Command::Serve(args) = command
        && config::roles(&args.role).is_ok_and(|roles| roles == [config::Role::Comments])
    {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        threads.worker_threads(cores.div_ceil(2));
    }
    threads
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    // Each command's future is boxed: together they are too large for one stack frame.
    match command {
        Command::Serve(args) => Box::pin(serve::command(args)).await,
        Command::Migrate(args) => database::migrate(&args).await,
        Command::Verify(args) => database::verify(&args).await,
        Command::AdminCredential(args) => credential::command(&args).await,
        Command::Keys(KeysCommand::List(args)) => keys::list(&args).await,
        Command::Keys(KeysCommand::Rotate(args)) => keys::rotate(&args).await,
        Command::Audit(command) => Box::pin(audit::command(command)).await,
        Command::Persons(command) => Box::pin(persons::command(command)).await,
        Command::Health(args) => health::command(&args).await,
        Command::Permissions(args) => permissions::command(&args),
        Command::Draft(DraftCommand::Import(args)) => Box::pin(draft_import::command(args)).await,
        Command::Draft(DraftCommand::Compare(args)) => Box::pin(draft_compare::command(args)).await,
        Command::Comments(CommentsCommand::Import(args)) => Box::pin(comments_import::command(args)).await,
        Command::Comments(CommentsCommand::ImportSheet(args)) => Box::pin(sheets::comments(args)).await,
        Command::Decisions(DecisionsCommand::Import(args)) => Box::pin(sheets::decisions(args)).await,
        Command::Export(args) => Box::pin(export::command(args)).await,
        Command::Demo(args) => Box::pin(demo::command(args)).await,
    }
}
