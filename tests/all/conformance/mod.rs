//! Every behaviour of the store is one test, stamped for SQLite, for PostgreSQL and through gRPC.
//!
//! A file a feature; [`crate::stamp`] makes the tests, [`crate::world`] is what they find.

mod auditing;
mod bulk;
mod collecting;
mod comparing;
mod counting;
mod deciding;
mod directives;
mod disclosing;
mod documents;
mod filtering;
mod following;
mod grouping;
mod listing;
mod meetings;
mod neighbouring;
mod persons;
mod progress;
mod publishing;
mod reconciling;
mod registry;
mod repeating;
mod responses;
mod responsibility;
mod revising;
mod rounds;
mod searching;
mod seeing;
mod sheets;
mod story;
mod streaming;
mod submitting;
mod tampering;
mod versions;
