//! The process's log: structured, to standard error, as text for people or JSON for collectors.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::cli::{LogArgs, LogFormat};
use crate::config::Bad;

/// Starts the log; a second start in one process changes nothing. `default` is the filter when nothing is said.
pub(crate) fn start(args: &LogArgs, default: &str) -> Result<(), Bad> {
    let filter = EnvFilter::builder().parse(args.log.as_deref().unwrap_or(default)).map_err(|error| {
        Bad::new("YKIEN_LOG", format!("must be a filter such as info or ykien_store=debug,info: {error}"))
    })?;
    let colours = std::io::stderr().is_terminal();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let _ = match args.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
