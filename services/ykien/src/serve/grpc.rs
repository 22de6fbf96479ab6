//! A gRPC role: the service, health, reflection and gRPC-Web, behind the same layers.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::future::Either;
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

/// The role's own service, and what is beside it. A call of the former is recognised by its path alone: a router in front
/// of it, with its matches and boxes, took a twentieth of the process's time.
#[derive(Clone)]
struct Beside<S> {
    service: S,
    others: Routes,
}

impl<S: Role> Service<Request<Body>> for Beside<S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, <Routes as Service<Request<Body>>>::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self.service.poll_ready(context) {
            Poll::Ready(Ok(())) => Service::<Request<Body>>::poll_ready(&mut self.others, context),
            other => other,
        }
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path().strip_prefix('/').and_then(|path| path.strip_prefix(S::NAME));
        if path.is_some_and(|method| method.starts_with('/')) {
            Either::Left(self.service.call(request))
        } else {
            Either::Right(self.others.call(request))
        }
    }
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
    let others = Routes::new(HealthServer::new(HealthService::from_health_reporter(health)))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .prepare();
    Ok(ServiceBuilder::new()
        // Inside of it every refusal is a gRPC status, and gRPC-Web clients read it as one.
        .layer(GrpcWebLayer::new())
        .layer(MetricsLayer(Route::GRPC))
        .layer(GuardLayer::new())
        .layer(AuthLayer(identity.clone()))
        .layer(LeaseLayer(identity))
        .layer(AdmissionLayer(admission))
        .service(Beside { service, others }))
}
