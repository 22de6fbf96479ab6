//! The contract of ykien as Rust: `ykien.v1`, generated from the files beside this crate.

mod encoded;

pub use encoded::{Encoded, Encoding};

/// The first (and only) version of the contract.
#[allow(missing_docs, clippy::all, reason = "generated")]
#[allow(rustdoc::all, reason = "the comments are written for the contract's readers")]
pub mod v1 {
    tonic::include_proto!("ykien.v1");
}

/// The file descriptors of the contract and of all that it imports: what reflection serves.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
