//! The layer before the gRPC services, behind authentication.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures::future::Either;
use http::{Request, Response};
use tower::{Layer, Service};
use ykien_domain::actor::Scope;

use super::Admission;
use crate::grpc;
use crate::peer::Peer;

/// Asks [`Admission`] for each call that has a [`Scope`]. What [`crate::auth::AuthLayer`] lets pass without one (health,
/// reflection) passes.
#[derive(Debug, Clone)]
pub struct AdmissionLayer(pub Admission);

impl<S> Layer<S> for AdmissionLayer {
    type Service = AdmissionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AdmissionService { inner, admission: self.0.clone() }
    }
}

/// A service behind [`AdmissionLayer`].
#[derive(Debug, Clone)]
pub struct AdmissionService<S> {
    inner: S,
    admission: Admission,
}

impl<S, B, R> Service<Request<B>> for AdmissionService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let extensions = request.extensions();
        let refused = extensions
            .get::<Scope>()
            .and_then(|scope| self.admission.call(extensions.get::<Peer>(), scope).err());
        match refused {
            None => Either::Left(self.inner.call(request)),
            Some(error) => Either::Right(ready(Ok(grpc::status(error).into_http()))),
        }
    }
}
