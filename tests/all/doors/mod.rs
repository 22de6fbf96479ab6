//! The ports themselves: TLS, whose certificate, how often, and what the log says of it all.

mod authority;
mod certificates;
mod client_certificates;
mod installation;
mod rates;
mod secrets;
mod server;
mod tools;
