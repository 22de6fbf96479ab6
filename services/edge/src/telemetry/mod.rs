//! What is measured and logged of each request: counts, seconds, how many are in flight; in the log a line of what failed
//! or took long (of every request at `debug`), with the trace that the caller began.

mod layer;
mod observed;
mod route;
#[cfg(test)]
mod tests;
mod trace;

pub use layer::{MetricsLayer, MetricsService};
pub use observed::ObservedBody;
pub use route::{Protocol, Route};
pub use trace::trace_id;

/// Requests that ended, by method and code.
pub const REQUESTS: &str = "ykien_requests_total";
/// How long they took, streams included, in seconds, by method.
pub const SECONDS: &str = "ykien_request_seconds";
/// Requests that have begun and not ended, by method.
pub const IN_FLIGHT: &str = "ykien_requests_in_flight";
/// Connections that were closed at once, by the limit that they would have passed.
pub const REFUSED: &str = "ykien_connections_refused_total";

/// Tells the metrics recorder what the numbers are. Once, after it is installed.
pub fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests that ended, by method and code.");
    metrics::describe_histogram!(
        SECONDS,
        metrics::Unit::Seconds,
        "How long requests took, streams included."
    );
    metrics::describe_gauge!(IN_FLIGHT, "Requests that have begun and not ended.");
    metrics::describe_counter!(REFUSED, "Connections that were closed at once, by limit.");
}

/// Counts a connection that was refused; the limit is a word of a closed set.
pub fn connection_refused(limit: &'static str) {
    metrics::counter!(REFUSED, "limit" => limit).increment(1);
}
