//! What a command says to people: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::Write as _;

/// A line of the command's result.
///
/// A reader that went away (`ykien verify | head`) is no failure of the command.
pub fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line that is not part of the result: an error, a warning, a step.
pub fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A progress bar of `length` steps on standard error; hidden when that is not a terminal.
pub fn progress(length: usize, what: &'static str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(length as u64);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{prefix} {bar:20} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.with_prefix(what)
}

/// A line on standard error that shows that a step goes on, and since when; hidden when that is not a terminal.
pub fn waiting(what: &'static str) -> indicatif::ProgressBar {
    let line = indicatif::ProgressBar::new_spinner();
    if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        line.set_style(style);
    }
    line.enable_steady_tick(std::time::Duration::from_millis(100));
    line.with_message(what)
}
