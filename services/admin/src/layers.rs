//! What surrounds every route: the log and the measurements, panics, the limits of time and number, the safe headers.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::DefaultBodyLimit};
use http::request::Parts;
use http::{HeaderValue, header};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use ykien_domain::{Error, Reason};
use ykien_edge::limits;
use ykien_edge::telemetry::{MetricsLayer, Route};

use crate::docs::PAGE_POLICY;
use crate::files::DOCUMENTS;
use crate::problem::{Refused, panicked};

/// Puts the layers around the routes, the first outermost.
pub(crate) fn around(routes: Router) -> Router {
    around_at_most(limits::MAX_REQUESTS, routes)
}

fn around_at_most(requests: usize, routes: Router) -> Router {
    let places = Arc::new(Semaphore::new(requests));
    routes.layer(
        ServiceBuilder::new()
            .layer(MetricsLayer(Route::http(route_name)))
            .layer(middleware::from_fn(safe_headers))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(middleware::from_fn_with_state(places, number_limit))
            .layer(middleware::from_fn(time_limit))
            .layer(DefaultBodyLimit::max(limits::MAX_DOCUMENT_BYTES)),
    )
}

/// The route's template with its method: `GET /v1/drafts/{draft}`.
fn route_name(parts: &Parts) -> Cow<'static, str> {
    let Some(path) = parts.extensions.get::<MatchedPath>() else { return Cow::Borrowed("other") };
    // A method that nobody defined is the caller's own word: it must not become a series.
    let method = match parts.method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "OTHER",
    };
    Cow::Owned(format!("{method} {}", path.as_str()))
}

/// Past the limit a request is refused at once: waiting in line would only make everybody time out. Health is never
/// refused, or an overloaded process would be restarted for being busy.
async fn number_limit(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/livez" | "/readyz" | "/metrics") {
        return next.run(request).await;
    }
    let Ok(_place) = places.try_acquire() else {
        let error = Error::new(
            Reason::LimitExceeded,
            "the server is answering as many requests as it can: try again",
        );
        return Refused::from(error).into_response();
    };
    next.run(request).await
}

async fn time_limit(request: Request, next: Next) -> Response {
    let limit = match request.extensions().get::<MatchedPath>() {
        Some(path) if path.as_str() == DOCUMENTS => limits::EXPORT_TIMEOUT,
        _ => limits::REQUEST_TIMEOUT,
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Refused::from(Error::new(Reason::Timeout, "the server's time limit passed")).into_response()
        }
    }
}

async fn safe_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (is_data, is_page) = (path.starts_with("/v1/"), path.starts_with("/docs"));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy = if is_page { PAGE_POLICY } else { "default-src 'none'; frame-ancestors 'none'" };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if is_data {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str) -> (StatusCode, String) {
        let routes = Router::new()
            .route("/panic", get(|| async { std::hint::black_box(None::<()>).expect("a fault") }))
            .route("/slow", get(std::future::pending::<()>));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = around(routes).oneshot(request).await.unwrap();
        let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (response.status(), content_type)
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_500() {
        let problem = "application/problem+json".to_owned();
        assert_eq!(ask("/panic").await, (StatusCode::INTERNAL_SERVER_ERROR, problem));
    }

    #[tokio::test]
    async fn a_request_past_the_limit_is_refused_at_once_and_health_is_not() {
        let routes = Router::new()
            .route("/slow", get(std::future::pending::<()>))
            .route("/readyz", get(async || "ready"));
        let service = around_at_most(1, routes);
        let request = |path: &str| Request::builder().uri(path).body(Body::empty()).unwrap();
        let first = tokio::spawn(service.clone().oneshot(request("/slow")));
        tokio::task::yield_now().await;
        let second = service.clone().oneshot(request("/slow")).await.unwrap();
        assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(second.headers()[header::RETRY_AFTER], "1");
        assert_eq!(service.oneshot(request("/readyz")).await.unwrap().status(), StatusCode::OK);
        first.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_a_problem_504() {
        let problem = "application/problem+json".to_owned();
        assert_eq!(ask("/slow").await, (StatusCode::GATEWAY_TIMEOUT, problem));
    }
}
