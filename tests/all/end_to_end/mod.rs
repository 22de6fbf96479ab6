//! The reference case through the real binary: in one process on the embedded database, and in several on PostgreSQL.

mod admin_api;
mod case;
mod consultation;
mod counts;
mod crash;
mod deciding;
mod following;
mod installation;
mod one_process;
pub mod process;
mod replicas;
mod settings;
mod silent_proxy;
mod six_processes;
