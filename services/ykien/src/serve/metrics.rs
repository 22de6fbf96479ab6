//! The process's one Prometheus recorder, and `/metrics` for processes without the admin role.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

/// The bounds of every `…_seconds` histogram.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// How often what was observed is moved into the histograms' buckets: until then it is held one by one.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder's handle. A process has one recorder, however many roles are started in it; none when another library
/// took the place.
pub(super) fn handle() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .and_then(PrometheusBuilder::install_recorder)
                .inspect(|_| ykien_edge::telemetry::describe())
                .inspect_err(|error| tracing::warn!("no metrics: {error}"))
                .ok()
        })
        .clone()
}

/// `/metrics` alone.
pub(super) fn router() -> axum::Router {
    axum::Router::new().route("/metrics", get(async || render()))
}

fn render() -> impl IntoResponse {
    let text = handle().map(|handle| handle.render()).ok_or(StatusCode::SERVICE_UNAVAILABLE);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Keeps the recorder's memory bounded, until the shutdown.
pub(super) async fn upkeep(shutdown: CancellationToken) -> anyhow::Result<()> {
    let handle = handle();
    while shutdown.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
        if let Some(handle) = &handle {
            handle.run_upkeep();
        }
    }
    Ok(())
}
