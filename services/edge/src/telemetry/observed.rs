//! One request from its beginning to the end of its answer, and the body that tells when that is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use metrics::{Counter, Gauge, Histogram};
use tonic::Code;
use ykien_domain::actor::Scope;

use super::{IN_FLIGHT, REQUESTS, SECONDS};

/// From here on a request is worth a line in the log, even if it went well: the others only where the log is told to say
/// everything. A line each fills disks; how many there were, the metrics tell.
const SLOW: Duration = Duration::from_secs(1);

/// What is counted of the requests of one name, found once: to find it among all that is counted costs as much as a
/// request's token.
pub(super) struct Series {
    name: Cow<'static, str>,
    in_flight: Gauge,
    seconds: Histogram,
    by_code: RwLock<HashMap<Cow<'static, str>, Counter>>,
}

/// The series of a port, by name.
pub(super) type AllSeries = RwLock<HashMap<Cow<'static, str>, Arc<Series>>>;

impl Series {
    /// That of this name.
    pub(super) fn of(all: &AllSeries, name: Cow<'static, str>) -> Arc<Self> {
        let found = all.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(series) = found {
            return series;
        }
        let series = Arc::new(Self {
            name: name.clone(),
            in_flight: metrics::gauge!(IN_FLIGHT, "method" => name.clone()),
            seconds: metrics::histogram!(SECONDS, "method" => name.clone()),
            by_code: RwLock::default(),
        });
        all.write().unwrap_or_else(PoisonError::into_inner).entry(name).or_insert(series).clone()
    }

    /// One more that ended with this code.
    fn count(&self, code: Cow<'static, str>) {
        if let Some(counter) = self.by_code.read().unwrap_or_else(PoisonError::into_inner).get(&code) {
            return counter.increment(1);
        }
        let counter = metrics::counter!(REQUESTS, "method" => self.name.clone(), "code" => code.clone());
        counter.increment(1);
        self.by_code.write().unwrap_or_else(PoisonError::into_inner).insert(code, counter);
    }
}

/// A request in flight. It is counted and logged when dropped: at the end of its answer, or when nobody waits any more.
pub(super) struct Observation {
    series: Arc<Series>,
    span: tracing::Span,
    begun: Instant,
    code: Option<Cow<'static, str>>,
    pub(super) caller: Option<Scope>,
}

impl Observation {
    pub(super) fn begin(series: Arc<Series>, span: tracing::Span) -> Self {
        series.in_flight.increment(1);
        Self { series, span, begun: Instant::now(), code: None, caller: None }
    }

    /// Takes the code with which it ends.
    pub(super) fn take_code(&mut self, code: Cow<'static, str>) {
        self.code = Some(code);
    }

    /// Takes the code of gRPC's headers or trailers, if they have one.
    pub(super) fn take_grpc_code(&mut self, headers: &HeaderMap) {
        if let Some(value) = headers.get("grpc-status") {
            self.take_code(code_name(Code::from_bytes(value.as_bytes())).into());
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let elapsed = self.begun.elapsed();
        // Without a code the client went away before the end.
        let code = self.code.take().unwrap_or(Cow::Borrowed("CANCELLED"));
        self.series.in_flight.decrement(1);
        self.series.seconds.record(elapsed.as_secs_f64());
        let client = self.caller.as_ref().map(|caller| caller.actor().client.as_str());
        let ms = elapsed.as_secs_f64() * 1_000.0;
        if elapsed < SLOW && is_success(&code) {
            tracing::debug!(parent: &self.span, code = %code, ms, client, "request");
        } else {
            tracing::info!(parent: &self.span, code = %code, ms, client, "request");
        }
        self.series.count(code);
    }
}

/// Whether it is gRPC's OK or an HTTP status below 400.
fn is_success(code: &str) -> bool {
    code == "OK" || matches!(code.as_bytes(), [b'1'..=b'3', _, _])
}

/// The name of a code, as the specification writes it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// A response's body that ends the observation of its request.
pub struct ObservedBody<B> {
    inner: B,
    observation: Option<Observation>,
}

impl<B> ObservedBody<B> {
    pub(super) fn new(inner: B, observation: Observation) -> Self {
        Self { inner, observation: Some(observation) }
    }
}

impl<B: Default> Default for ObservedBody<B> {
    fn default() -> Self {
        Self { inner: B::default(), observation: None }
    }
}

impl<B: Body + Unpin> Body for ObservedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(trailers), Some(observation)) = (frame.trailers_ref(), &mut self.observation) {
                    observation.take_grpc_code(trailers);
                }
            }
            // The end; a gRPC answer that ends without its status did not end well.
            Some(Err(_)) | None => {
                if let Some(mut observation) = self.observation.take() {
                    observation.code.get_or_insert("UNKNOWN".into());
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
