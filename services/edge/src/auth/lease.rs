//! Streams outlive the check of their token. So who follows one is asked about again, and a stream whose client or agency
//! was switched off ends.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::{BoxFuture, Either};
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use prost::Message as _;
use tonic::body::Body;
use tower::{Layer, Service};
use ykien_domain::actor::Scope;
use ykien_domain::{Error, Reason};

use super::Identity;
use crate::grpc;

/// How often a stream's caller is asked about. With [`CLIENT_FRESH`](super::CLIENT_FRESH) the longest that a stream goes on
/// without the right to it.
const CHECK: Duration = Duration::from_secs(2);

/// The paths of the contract's methods that answer with a stream.
static STREAMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let set = prost_types::FileDescriptorSet::decode(ykien_proto::DESCRIPTORS).unwrap_or_default();
    let mut paths = HashSet::new();
    for file in &set.file {
        for service in &file.service {
            let streams = service.method.iter().filter(|method| method.server_streaming());
            paths.extend(
                streams.map(|method| format!("/{}.{}/{}", file.package(), service.name(), method.name())),
            );
        }
    }
    paths
});

/// Ends streams whose caller may not call any more. Stands behind [`AuthLayer`](super::AuthLayer), which says who calls.
#[derive(Debug, Clone)]
pub struct LeaseLayer(pub Identity);

impl<S> Layer<S> for LeaseLayer {
    type Service = LeaseService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LeaseService { inner, identity: self.0.clone() }
    }
}

/// A service behind [`LeaseLayer`].
#[derive(Debug, Clone)]
pub struct LeaseService<S> {
    inner: S,
    identity: Identity,
}

impl<S, B> Service<Request<B>> for LeaseService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Self::Response, Self::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let scope =
            request.extensions().get::<Scope>().filter(|_| STREAMS.contains(request.uri().path())).cloned();
        let answer = self.inner.call(request);
        let Some(scope) = scope else { return Either::Left(answer) };
        let lost = Box::pin(lost(self.identity.clone(), scope));
        Either::Right(Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|inner| Body::new(Leased { inner, lost: Some(lost) })))
        }))
    }
}

/// Ends when the caller may not call any more.
async fn lost(identity: Identity, scope: Scope) -> Error {
    loop {
        tokio::time::sleep(CHECK).await;
        match identity.still(&scope).await {
            Err(error) if error.reason == Reason::Unauthenticated => return error,
            // While that can't be found out there is nothing to hear either.
            _ => {}
        }
    }
}

/// A stream's body, as long as its caller may hear it.
struct Leased {
    inner: Body,
    /// None once the stream was ended.
    lost: Option<Pin<Box<dyn Future<Output = Error> + Send>>>,
}

impl http_body::Body for Leased {
    type Data = <Body as http_body::Body>::Data;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Some(lost) = &mut self.lost else { return Poll::Ready(None) };
        if let Poll::Ready(error) = lost.as_mut().poll(cx) {
            self.lost = None;
            self.inner = Body::empty();
            let mut trailers = HeaderMap::new();
            grpc::status(error).add_header(&mut trailers)?;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.lost.is_none() || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
