//! What the transports share: who calls ([`auth`]) and from where ([`peer`]), who may go on ([`admission`]), how a refusal reads ([`grpc`], [`problem`]), how a list is paged
//! ([`page`]), how fresh an answer has to be ([`freshness`]), how a document's text becomes sections ([`document`]), how files come in and go out
//! ([`files`]), how messages and the domain's types become each
//! other ([`wire`]), the bounds ([`limits`], [`places`]) and what is measured ([`telemetry`]).

pub mod admission;
pub mod audit;
pub mod auth;
pub mod document;
pub mod files;
pub mod freshness;
pub mod grpc;
pub mod limits;
pub mod page;
pub mod peer;
pub mod places;
pub mod problem;
pub mod telemetry;
pub mod wire;
