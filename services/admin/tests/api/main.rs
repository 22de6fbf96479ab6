//! The admin API as its callers meet it: requests in, status, headers and JSON out, on a real store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod document;
mod flow;
mod identity;
mod installation;
mod refusals;
mod writes;
