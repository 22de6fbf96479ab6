//! The outermost layer: begins the observation of each request, and hands it on to the answer's body.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::{Layer, Service};
use tracing::Instrument;

use super::observed::{AllSeries, Observation, Series};
use super::{ObservedBody, Protocol, Route, trace_id};
use crate::auth::Caller;

/// Counts, times and logs every request: gRPC by method and code, HTTP by route and status.
///
/// It never logs a token, a body or a path, only the names of a closed set ([`Route`]) and the client's id.
#[derive(Debug, Clone, Copy)]
pub struct MetricsLayer(pub Route);

impl<S> Layer<S> for MetricsLayer {
    type Service = MetricsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MetricsService { inner, route: self.0, series: Arc::default() }
    }
}

/// A service behind [`MetricsLayer`].
#[derive(Clone)]
pub struct MetricsService<S> {
    inner: S,
    route: Route,
    series: Arc<AllSeries>,
}

impl<S, B, R> Service<Request<B>> for MetricsService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<ObservedBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Route { protocol, name } = self.route;
        let (parts, body) = request.into_parts();
        let name = name(&parts);
        let span = tracing::info_span!("request", method = %name, trace_id = trace_id(&parts.headers));
        let mut observation = Observation::begin(Series::of(&self.series, name), span.clone());
        let answer = self.inner.call(Request::from_parts(parts, body)).instrument(span);
        Box::pin(async move {
            let response = match answer.await {
                Ok(response) => response,
                Err(error) => {
                    observation.take_code("INTERNAL".into());
                    return Err(error);
                }
            };
            observation.caller = response.extensions().get::<Caller>().map(|caller| caller.0.clone());
            match protocol {
                // An answer that is all headers; others bring theirs in the trailers.
                Protocol::Grpc => observation.take_grpc_code(response.headers()),
                Protocol::Http => observation.take_code(response.status().as_str().to_owned().into()),
            }
            Ok(response.map(|body| ObservedBody::new(body, observation)))
        })
    }
}
