//! What documents are made of: one draft at one revision. Plain data of the domain, which the store gives.

pub use ykien_domain::snapshot::{Comments, Count, Snapshot};
