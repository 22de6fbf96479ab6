//! An RPC that does nothing: what the transport alone can do on this machine. With ykien's own check of tokens before it,
//! or without.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_prost::ProstCodec;
use tower::Service;
use ykien::config::Database;
use ykien_edge::auth::{AuthConfig, AuthLayer, Identity};

use crate::build::{AUDIENCE, ISSUER};
use crate::cli::EmptyArgs;
use crate::process::announce;

/// What this server announces.
pub const WHAT: &str = "empty";
/// Its one method.
pub const METHOD: &str = "/bench.Empty/Call";

#[derive(Clone)]
struct Empty;

impl NamedService for Empty {
    const NAME: &'static str = "bench.Empty";
}

impl Service<Request<Body>> for Empty {
    type Response = Response<Body>;
    type Error = Infallible;
    // Boxed, as in tonic's generated servers.
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let nothing = tower::service_fn(async |_: tonic::Request<()>| Ok(tonic::Response::new(())));
        async move { Ok(tonic::server::Grpc::new(ProstCodec::<(), ()>::default()).unary(nothing, request).await) }
            .boxed()
    }
}

/// Serves until it is killed.
pub async fn serve(args: EmptyArgs) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(WHAT, listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let Some(url) = args.database_url else {
        return Ok(Server::builder().add_service(Empty).serve_with_incoming(incoming).await?);
    };
    let database = Database { url, directory: None, max_connections: 4 };
    let store = ykien::database::open(&database, ykien::database::system_clock()).await?;
    let auth = AuthConfig {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        token_lifetime_seconds: ykien::serve::TOKEN_LIFETIME,
    };
    let layer = AuthLayer(Identity::new(store, auth));
    Ok(Server::builder().layer(layer).add_service(Empty).serve_with_incoming(incoming).await?)
}
