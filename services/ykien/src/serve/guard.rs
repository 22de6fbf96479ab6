//! Two limits on calls: how many run at once, and how long one may take to answer (the client's own deadline, if that is
//! sooner). And a panic becomes an answer.
//!
//! Past the first a call is refused at once: waiting in line would only make everybody time out. Health is never
//! refused, or an overloaded process would be restarted for being busy.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tower::{Layer, Service};
use ykien_domain::{Error, Reason};
use ykien_edge::grpc::status;
use ykien_edge::limits::REQUEST_TIMEOUT;

/// The most calls that a role answers at once. A stream counts until it begins to answer; how many streams may be open
/// is the service's own limit.
const MAX_CALLS: usize = 2_048;

/// Puts the limits before a role's services, shared by all its connections.
#[derive(Debug, Clone)]
pub(crate) struct GuardLayer {
    free: Arc<Semaphore>,
    timeout: Duration,
}

impl GuardLayer {
    pub(crate) fn new() -> Self {
        Self::with_limits(MAX_CALLS, REQUEST_TIMEOUT)
    }

    fn with_limits(calls: usize, timeout: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(calls)), timeout }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner, limits: self.clone() }
    }
}

/// A service behind the limits.
#[derive(Debug, Clone)]
pub(crate) struct Guard<S> {
    inner: S,
    limits: GuardLayer,
}

impl<S, B> Service<Request<B>> for Guard<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path().starts_with("/grpc.health.v1.Health/") {
            return Box::pin(self.inner.call(request));
        }
        let Ok(place) = Arc::clone(&self.limits.free).try_acquire_owned() else {
            let error = Error::new(
                Reason::LimitExceeded,
                "the server is answering as many calls as it can: try again",
            );
            return Box::pin(std::future::ready(Ok(status(error).into_http())));
        };
        let limit = deadline(request.headers()).unwrap_or(self.limits.timeout).min(self.limits.timeout);
        // A fault in one call must not take its neighbours' connection along.
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        let answer = tokio::time::timeout(limit, answer);
        Box::pin(async move {
            let answer = answer.await;
            drop(place);
            let error = match answer {
                Ok(Ok(answer)) => return answer,
                Ok(Err(_)) => Error::new(Reason::Internal, "a fault of the server: its log has the details"),
                Err(_) => {
                    Error::new(Reason::Timeout, "the call took longer than its deadline or the server allows")
                }
            };
            Ok(status(error).into_http())
        })
    }
}

/// How long the client waits for its answer: `grpc-timeout`, at most eight digits and a unit. One that can't be read is
/// none.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 60 * 60)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::ServiceExt as _;

    use super::*;

    /// A service that never answers calls, and answers health at once.
    async fn stuck(request: Request<()>) -> Result<Response<Body>, Infallible> {
        if request.uri().path().starts_with("/ykien") {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(Body::empty()))
    }

    fn code(response: &Response<Body>) -> Option<&str> {
        response.headers().get("grpc-status").map(|value| value.to_str().unwrap())
    }

    fn request(path: &str) -> Request<()> {
        Request::builder().uri(path).body(()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_past_the_limit_is_refused_at_once_and_health_is_not() {
        let guard = GuardLayer::with_limits(1, Duration::from_secs(30)).layer(tower::service_fn(stuck));
        let first = tokio::spawn(guard.clone().oneshot(request("/ykien.v1.CommentsService/GetDraft")));
        tokio::task::yield_now().await;
        let second = guard.clone().oneshot(request("/ykien.v1.CommentsService/GetDraft")).await.unwrap();
        assert_eq!(code(&second), Some("8"), "RESOURCE_EXHAUSTED");
        let health = guard.clone().oneshot(request("/grpc.health.v1.Health/Check")).await.unwrap();
        assert_eq!(code(&health), None);
        // The first one's time passes, and its place is free again.
        assert_eq!(code(&first.await.unwrap().unwrap()), Some("4"), "DEADLINE_EXCEEDED");
        let third = guard.oneshot(request("/grpc.reflection.v1.ServerReflection/Info")).await.unwrap();
        assert_eq!(code(&third), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_for_less_is_answered_when_its_own_deadline_passes() {
        let guard = GuardLayer::with_limits(1, Duration::from_secs(30)).layer(tower::service_fn(stuck));
        for (header, waited) in
            [("250m", 250), ("2S", 2_000), ("9H", 30_000), ("123456789m", 30_000), ("x", 30_000)]
        {
            let begin = tokio::time::Instant::now();
            let mut call = request("/ykien.v1.CommentsService/GetDraft");
            call.headers_mut().insert("grpc-timeout", header.parse().unwrap());
            let answer = guard.clone().oneshot(call).await.unwrap();
            assert_eq!((code(&answer), begin.elapsed().as_millis()), (Some("4"), waited), "{header}");
        }
    }
}
