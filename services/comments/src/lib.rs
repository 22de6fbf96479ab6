//! `ykien.v1.CommentsService`: agencies submit, revise and sign off; the drafter runs the rounds and decides.
//!
//! Every call is the same three stops: its handler reads the message into a command or a query of `domain` (all bad
//! fields at once), hands it to the store, and renders the answer. [`service`] lists which handler answers which call.

mod agencies;
mod bulk;
mod comments;
mod decisions;
mod directives;
mod drafts;
mod files;
mod pulse;
mod responses;
mod rounds;
mod service;
#[cfg(test)]
mod tests;
mod versions;
mod watch;

pub use service::{Comments, service};
