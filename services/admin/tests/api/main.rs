//! The admin API as its callers meet it: requests in, status, headers and JSON out, on a real store.

mod document;
mod flow;
mod identity;
mod installation;
mod refusals;
mod writes;
