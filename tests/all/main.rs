//! The tests that cross crates, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets what it did not expect ends there"
)]

#[macro_use]
mod stamp;

mod bounds;
mod conformance;
mod doors;
mod end_to_end;
mod hostile;
mod isolation;
mod world;
