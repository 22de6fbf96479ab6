//! How far the loading is: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;

use indicatif::ProgressBar;

use crate::out;

/// How far the loading is.
pub(super) struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
}

impl Progress {
    /// So many steps ahead.
    pub(super) fn new(steps: usize) -> Self {
        Self {
            bar: out::progress(steps, "Đang nạp / loading"), is_terminal: std::io::stderr().is_terminal()
        }
    }

    /// A part begins.
    pub(super) fn part(&self, what: &str) {
        if self.is_terminal {
            self.bar.set_message(what.to_owned());
        } else {
            out::error(what);
        }
    }

    /// A step is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    /// All is done.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
