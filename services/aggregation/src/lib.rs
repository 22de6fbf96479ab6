//! The aggregation service (gRPC, `ykien.v1.AggregationService`): a draft's comments counted and collected by section,
//! status, agency and responsible agency; who has answered; what is left.
//!
//! One file an RPC: it parses the request, asks the store or the draft's cube, renders the answer.

mod aggregate;
mod collect;
mod cubes;
mod export;
mod outlet;
mod progress;
mod reconcile;
mod service;
mod shared_read;
mod standing;
mod watch;

pub use service::{Aggregation, service};
use ykien_edge::freshness;

#[cfg(test)]
mod testing;
