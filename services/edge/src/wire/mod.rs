//! The contract's messages and the domain's types, each made of the other.
//!
//! [`words`] maps the enumerations, [`names`] the resource names, [`resources`] renders what is stored, [`parse`] reads
//! what is asked for. Reading collects every bad field of a request, under the path that the client wrote.

pub mod names;
pub mod parse;
pub mod resources;
pub mod words;

pub use parse::*;
pub use resources::*;
pub use words::*;
