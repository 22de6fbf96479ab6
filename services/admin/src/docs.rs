//! The documentation page at `/docs`: Swagger UI, built into the program. It asks nobody but this server.

use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, middleware};
use http::{StatusCode, header};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::unknown_route;

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
        .merge(Router::from(SwaggerUi::new("/docs").config(config)).layer(middleware::map_response(problems)))
}

/// A file that the page does not have is a problem like any other.
async fn problems(response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND { unknown_route().await.into_response() } else { response }
}
