//! What is counted of requests that end well, end badly, and never end.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::{pending, ready};

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty};
use metrics_exporter_prometheus::PrometheusBuilder;
use tower::{Layer, ServiceExt, service_fn};

use super::{MetricsLayer, Route};

type Nothing = Empty<&'static [u8]>;

/// What Prometheus would read after the work.
fn measured(work: impl Future<Output = ()>) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(work));
    recorder.handle().render()
}

fn request(path: &str) -> Request<Nothing> {
    Request::builder().uri(path).body(Empty::new()).unwrap()
}

fn status(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))])
}

const SUBMIT: &str = "/ykien.v1.CommentsService/SubmitComment";

#[test]
fn a_call_is_counted_by_the_code_of_its_trailers_when_its_answer_has_ended() {
    let text = measured(async {
        let service = MetricsLayer(Route::GRPC).layer(service_fn(|_: Request<Nothing>| {
            let body = Nothing::new().with_trailers(ready(Some(Ok::<_, Infallible>(status("9")))));
            ready(Ok::<_, Infallible>(Response::new(body)))
        }));
        let answer = service.oneshot(request(SUBMIT)).await.unwrap();
        answer.into_body().collect().await.unwrap();
    });
    let counted = format!(r#"ykien_requests_total{{method="{SUBMIT}",code="FAILED_PRECONDITION"}} 1"#);
    assert!(text.contains(&counted), "{text}");
    assert!(text.contains(&format!(r#"ykien_requests_in_flight{{method="{SUBMIT}"}} 0"#)), "{text}");
    assert!(text.contains(&format!(r#"ykien_request_seconds_count{{method="{SUBMIT}"}} 1"#)), "{text}");
}

#[test]
fn a_refusal_is_counted_by_its_headers_and_an_answer_without_a_status_as_unknown() {
    let text = measured(async {
        let service = MetricsLayer(Route::GRPC).layer(service_fn(|request: Request<Nothing>| {
            let mut answer = Response::new(Nothing::new());
            if request.uri().path() == SUBMIT {
                *answer.headers_mut() = status("16");
            }
            ready(Ok::<_, Infallible>(answer))
        }));
        for path in [SUBMIT, "/somebody/looks/around"] {
            let answer = service.clone().oneshot(request(path)).await.unwrap();
            answer.into_body().collect().await.unwrap();
        }
    });
    assert!(text.contains(&format!(r#"{{method="{SUBMIT}",code="UNAUTHENTICATED"}} 1"#)), "{text}");
    assert!(text.contains(r#"{method="other",code="UNKNOWN"} 1"#), "{text}");
}

#[test]
fn a_call_that_nobody_waits_for_any_more_is_counted_as_cancelled() {
    let text = measured(async {
        let never = service_fn(|_: Request<Nothing>| pending::<Result<Response<Nothing>, Infallible>>());
        let call = MetricsLayer(Route::GRPC).layer(never).oneshot(request(SUBMIT));
        tokio::select! { biased; _ = call => {}, () = tokio::task::yield_now() => {} }
    });
    assert!(text.contains(&format!(r#"{{method="{SUBMIT}",code="CANCELLED"}} 1"#)), "{text}");
    assert!(text.contains(&format!(r#"ykien_requests_in_flight{{method="{SUBMIT}"}} 0"#)), "{text}");
}

#[test]
fn http_is_counted_by_its_route_and_status() {
    let text = measured(async {
        let route = Route::http(|_| Cow::Borrowed("GET /v1/drafts/{draft}"));
        let service = MetricsLayer(route).layer(service_fn(|_: Request<Nothing>| {
            let answer = Response::builder().status(404).body(Nothing::new());
            ready(Ok::<_, Infallible>(answer.unwrap()))
        }));
        let answer = service.oneshot(request("/v1/drafts/nq20")).await.unwrap();
        answer.into_body().collect().await.unwrap();
    });
    assert!(text.contains(r#"{method="GET /v1/drafts/{draft}",code="404"} 1"#), "{text}");
}
