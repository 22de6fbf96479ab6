//! A gRPC role on its port: the service, health, reflection and gRPC-Web, behind the same layers.

use std::convert::Infallible;
use std::time::Duration;

use futures::TryStreamExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_web::GrpcWebLayer;
use tower::Service;
use ykien_edge::auth::{AuthLayer, Identity, LeaseLayer};
use ykien_edge::limits::{
    KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, MAX_HEADER_BYTES, MAX_STREAMS_PER_CONNECTION,
};
use ykien_edge::telemetry::{MetricsLayer, Route};

use super::gathered::Gathered;
use super::guard::GuardLayer;

/// A connection is asked to leave after this, so that clients spread over new replicas.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(60 * 60);
/// And is cut after so much more: streams resume from their revision.
const MAX_CONNECTION_GRACE: Duration = Duration::from_secs(5 * 60);

/// A service that can be a role: what tonic's generated servers are.
pub(super) trait Role:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Role for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Serves the role until the shutdown.
pub(super) async fn serve<S: Role>(
    listener: TcpListener,
    service: S,
    health: HealthReporter,
    identity: Identity,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(ykien_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Server::builder()
        .accept_http1(true) // gRPC-Web
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
        .max_connection_age(MAX_CONNECTION_AGE)
        .max_connection_age_grace(MAX_CONNECTION_GRACE)
        // Inside of it every refusal is a gRPC status, and gRPC-Web clients read it as one.
        .layer(GrpcWebLayer::new())
        .layer(MetricsLayer(Route::GRPC))
        .layer(GuardLayer::new())
        .layer(AuthLayer(identity.clone()))
        .layer(LeaseLayer(identity))
        .add_service(HealthServer::new(HealthService::from_health_reporter(health)))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(service)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)).map_ok(Gathered::new),
            shutdown.cancelled_owned(),
        )
        .await?;
    Ok(())
}
