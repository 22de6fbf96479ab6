//! The rules of ykien, pure: no async, no SQL, no transport, no clock but the one passed in.
//!
//! The words are those of the field: an [`model::Agency`] comments on a [`model::Draft`] in a [`model::Round`]; each
//! [`model::Comment`] stands on a [`model::Section`] and is decided; a chair issues [`model::Directive`]s. What can be
//! asked for is data ([`command`], [`query`]), what happened is data ([`event`]), and what is counted is the fold of
//! what happened ([`cube`]).

pub mod actor;
pub mod chain;
pub mod command;
pub mod comment;
pub mod cube;
pub mod disclosure;
pub mod error;
pub mod event;
pub mod filter;
pub mod ids;
pub mod model;
pub mod outline;
pub mod permissions;
pub mod person;
pub mod query;
pub mod response;
pub mod round;
pub mod search;
pub mod section;
pub mod snapshot;
pub mod text;
pub mod time;
pub mod words;

pub use error::{Error, Reason, Result, Violation, Violations};
