//! The documentation page at `/docs`: Swagger UI, built into the program. It asks nobody but this server.

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use http::header;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the page may load: this server's own. The page's styles are partly inline, and its icons data: URLs.
pub(crate) const PAGE_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// The page, the document that it shows, and the way to it from `/`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(document: String) -> Router<S> {
    // "none" keeps the page from sending the document's address to validator.swagger.io.
    let config = Config::from("/openapi.json").validator_url("none");
    let json = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() }
    };
    Router::new()
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/openapi.json", get(json))
        .merge(SwaggerUi::new("/docs").config(config))
}
