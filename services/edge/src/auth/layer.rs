//! The layer before the gRPC services: a [`Scope`] in the request's extensions, or the refusal.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response};
use tower::{Layer, Service};
use ykien_domain::actor::Scope;
use ykien_domain::{Error, Reason, Result};

use super::Identity;
use crate::grpc;
use crate::peer::Peer;

/// What answers without a token: whether the server lives, and what it offers.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Puts the [`Scope`] of a valid token into the request's extensions; without one the call ends here. Health and
/// reflection pass.
#[derive(Debug, Clone)]
pub struct AuthLayer(pub Identity);

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { inner, identity: self.0.clone() }
    }
}

/// A service behind [`AuthLayer`].
#[derive(Debug, Clone)]
pub struct AuthService<S> {
    inner: S,
    identity: Identity,
}

/// Who called, in the response's extensions: for the log.
#[derive(Debug, Clone)]
pub struct Caller(pub Scope);

impl<S, B, R> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if OPEN.iter().any(|open| request.uri().path().starts_with(open)) {
            return Box::pin(self.inner.call(request));
        }
        let known = bearer(request.headers()).ok().and_then(|token| self.identity.known(token));
        if let Some(scope) = known {
            return Box::pin(admit(&mut self.inner, request, scope));
        }
        // The one that is ready is taken along; its clone is made ready for the next call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let identity = self.identity.clone();
        Box::pin(async move {
            match authenticate(&identity, request.headers()).await {
                Ok(scope) => admit(&mut inner, request, scope).await,
                Err(error) => Ok(refusal(error)),
            }
        })
    }
}

/// Lets a call of this caller pass.
fn admit<S, B, R>(
    inner: &mut S,
    mut request: Request<B>,
    scope: Scope,
) -> impl Future<Output = Result<Response<R>, S::Error>> + use<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    let peer = request.extensions().get::<Peer>();
    let scope = scope.from_address(peer.map(|peer| peer.address));
    let caller = Caller(scope.clone());
    request.extensions_mut().insert(scope);
    let answer = inner.call(request);
    async move {
        let mut response = answer.await?;
        response.extensions_mut().insert(caller);
        Ok(response)
    }
}

/// Who calls with these headers.
async fn authenticate(identity: &Identity, headers: &HeaderMap) -> Result<Scope> {
    identity.verify(bearer(headers)?).await
}

/// The token of `authorization: Bearer …`.
///
/// # Errors
/// `UNAUTHENTICATED` when there is none, or more than one.
pub fn bearer(headers: &HeaderMap) -> Result<&str> {
    let missing =
        || Error::new(Reason::Unauthenticated, "an access token is required: `authorization: Bearer …`");
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return Err(missing()) };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() { Ok(token) } else { Err(missing()) }
}

fn refusal<R: Default>(error: Error) -> Response<R> {
    let unauthenticated = error.reason == Reason::Unauthenticated;
    let mut response = grpc::status(error).into_http();
    if unauthenticated {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_token_is_read_and_nothing_else() {
        let headers = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            headers
        };
        assert_eq!(bearer(&headers(&["Bearer abc"])).unwrap(), "abc");
        assert_eq!(bearer(&headers(&["bearer  abc "])).unwrap(), "abc");
        for bad in [&[][..], &["abc"], &["Basic abc"], &["Bearer "], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&headers(bad)).unwrap_err().reason, Reason::Unauthenticated, "{bad:?}");
        }
    }
}
