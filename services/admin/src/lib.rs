//! The admin service: the use cases of ykien as JSON over HTTP, for people and scripts.
//!
//! One feature is one file: its JSON, its routes, its words for the OpenAPI document. A handler makes three stops: it
//! parses the request into a command or a query of `domain`, hands it to the store, and renders the answer. Whatever
//! refuses, refuses as `application/problem+json`.

mod agencies;
mod aggregate;
mod answer;
mod audit;
mod bounds;
mod clients;
mod collection;
mod comment;
mod comments;
mod comparison;
mod decisions;
mod directives;
mod docs;
mod drafts;
mod events;
mod files;
mod headers;
mod health;
mod layers;
mod openapi;
mod page;
mod persons;
mod problem;
mod progress;
mod request;
mod responses;
mod roster;
mod rounds;
mod sections;
mod token;
mod versions;
mod words;

use axum::{Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use ykien_domain::ids::AgencyCode;
use ykien_edge::admission::Admission;
use ykien_edge::auth::Identity;
use ykien_edge::places::Places;
use ykien_store::Store;

/// What the service stands on.
#[derive(Clone)]
pub struct AdminState {
    /// The store.
    pub store: Store,
    /// Who issues and checks tokens.
    pub identity: Identity,
    /// Who may go on, and how often.
    pub admission: Admission,
    /// How many files may be written or sent at once.
    pub exports: Places<AgencyCode>,
    /// What `/metrics` renders; without it there are no measurements to show.
    pub metrics: Option<PrometheusHandle>,
    /// Cancelled when the server stops: then `/readyz` says so, and no new requests are sent here.
    pub shutdown: CancellationToken,
}

/// The whole service.
pub fn router(state: AdminState) -> Router {
    let guarded =
        guarded_routes().layer(middleware::from_fn_with_state(state.clone(), request::authenticate));
    let (routes, document) = described(guarded).split_for_parts();
    let routes = routes
        .merge(docs::routes(bounded(&document).to_string()))
        .method_not_allowed_fallback(problem::wrong_method)
        .fallback(problem::unknown_route)
        .with_state(state);
    layers::around(routes)
}

/// The OpenAPI document, as `/openapi.json` serves it.
#[must_use]
pub fn openapi() -> serde_json::Value {
    bounded(&described(guarded_routes()).into_openapi())
}

fn bounded(document: &utoipa::openapi::OpenApi) -> serde_json::Value {
    // Texts and numbers: JSON takes them always.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    bounds::say(&mut document);
    document
}

/// What needs a token.
fn guarded_routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .merge(agencies::routes())
        .merge(clients::routes())
        .merge(drafts::routes())
        .merge(versions::routes())
        .merge(sections::routes())
        .merge(comparison::routes())
        .merge(rounds::routes())
        .merge(roster::routes())
        .merge(comments::routes())
        .merge(decisions::routes())
        .merge(responses::routes())
        .merge(directives::routes())
        .merge(aggregate::routes())
        .merge(collection::routes())
        .merge(progress::routes())
        .merge(events::routes())
        .merge(audit::routes())
        .merge(persons::routes())
        .merge(files::routes())
}

/// Everything with its description.
fn described(guarded: OpenApiRouter<AdminState>) -> OpenApiRouter<AdminState> {
    let mut all = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(guarded)
        .merge(token::routes())
        .merge(health::routes());
    openapi::complete(all.get_openapi_mut());
    all
}
