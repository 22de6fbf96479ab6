//! A gRPC role: the service, health, reflection and gRPC-Web, behind the same layers.

use std::convert::Infallible;

use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_web::GrpcWebLayer;
use tower::{Service, ServiceBuilder};
use ykien_edge::admission::{Admission, AdmissionLayer};
use ykien_edge::auth::{AuthLayer, Identity, LeaseLayer};
use ykien_edge::telemetry::{MetricsLayer, Route};

use super::door::Served;
use super::guard::GuardLayer;

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

/// The role as its port serves it.
///
/// # Errors
/// The descriptors that reflection shows can't be read.
pub(super) fn role<S: Role>(
    service: S,
    health: HealthReporter,
    identity: Identity,
    admission: Admission,
) -> anyhow::Result<impl Served> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(ykien_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let routes = Routes::new(HealthServer::new(HealthService::from_health_reporter(health)))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(service)
        .prepare();
    Ok(ServiceBuilder::new()
        // Inside of it every refusal is a gRPC status, and gRPC-Web clients read it as one.
        .layer(GrpcWebLayer::new())
        .layer(MetricsLayer(Route::GRPC))
        .layer(GuardLayer::new())
        .layer(AuthLayer(identity.clone()))
        .layer(LeaseLayer(identity))
        .layer(AdmissionLayer(admission))
        .service(routes))
}
