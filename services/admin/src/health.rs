//! Whether the server lives and is ready, and what it measures: for the platform, without a token.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::{Error, Reason};

use crate::AdminState;
use crate::problem::Refused;

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(get_liveness))
        .routes(routes!(get_readiness))
        .routes(routes!(get_metrics))
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `live` or `ready`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

const fn health(status: &'static str) -> Json<Health> {
    Json(Health { status, version: env!("CARGO_PKG_VERSION") })
}

/// Whether the process runs
///
/// It says nothing of the database: restarting this process would not mend that.
#[utoipa::path(get, path = "/livez", tag = "health",
    responses((status = 200, description = "It runs.", body = Health)))]
async fn get_liveness() -> Json<Health> {
    health("live")
}

/// Whether requests can be served now
///
/// The database answers and is writable, its schema is the one that this program knows, and the server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, description = "It is ready.", body = Health)))]
async fn get_readiness(State(state): State<AdminState>) -> Result<Json<Health>, Refused> {
    let not_ready = |message: &str| Error::new(Reason::Unavailable, message);
    if state.shutdown.is_cancelled() {
        return Err(not_ready("the server is stopping").into());
    }
    let checked = match state.store.ping().await {
        Ok(()) => state.store.check_schema().await,
        Err(error) => Err(error),
    };
    checked.map_err(|error| not_ready(&error.message))?;
    Ok(health("ready"))
}

/// What is measured, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, description = "The measurements.", body = String, content_type = "text/plain")))]
async fn get_metrics(State(state): State<AdminState>) -> Result<Response, Refused> {
    let Some(metrics) = &state.metrics else {
        return Err(Error::new(Reason::NotFound, "this server keeps no measurements").into());
    };
    let text_format = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((text_format, metrics.render()).into_response())
}
