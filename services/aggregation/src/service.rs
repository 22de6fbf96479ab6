//! The service as tonic serves it: each RPC delegates to the file of its name.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use ykien_domain::ids::AgencyCode;
use ykien_edge::places::Places;
use ykien_edge::{grpc, limits};
use ykien_proto::v1::aggregation_service_server::{AggregationService, AggregationServiceServer};
use ykien_proto::{Encoded, v1};
use ykien_store::Store;

use crate::cubes::Cubes;
use crate::outlet::Stream;
use crate::{aggregate, collect, export, progress, reconcile, watch};

/// The aggregation service of one process.
#[derive(Clone)]
pub struct Aggregation {
    pub(crate) store: Store,
    pub(crate) cubes: Arc<Cubes>,
    /// The places of streams that follow counts: each holds one while it lasts.
    pub(crate) watches: Places<AgencyCode>,
    /// The places of streams of comments.
    pub(crate) collections: Places<AgencyCode>,
    /// The places of documents that are written and sent.
    pub(crate) exports: Places<AgencyCode>,
    /// Cancelled when the process ends: streams end then.
    pub(crate) shutdown: CancellationToken,
}

impl Aggregation {
    pub(crate) fn new(store: Store, shutdown: CancellationToken) -> Self {
        Self {
            cubes: Arc::new(Cubes::new(store.clone())),
            store,
            watches: Places::new(limits::MAX_WATCHES.0, limits::MAX_WATCHES.1),
            collections: Places::new(limits::MAX_COLLECTIONS.0, limits::MAX_COLLECTIONS.1),
            exports: Places::of_exports(),
            shutdown,
        }
    }
}

/// The service on a store; its streams end when `shutdown` is cancelled.
#[must_use]
pub fn service(store: Store, shutdown: CancellationToken) -> AggregationServiceServer<Aggregation> {
    AggregationServiceServer::new(Aggregation::new(store, shutdown))
        .max_decoding_message_size(limits::MAX_MESSAGE_BYTES)
        .max_encoding_message_size(limits::MAX_ANSWER_BYTES)
}

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(result: ykien_domain::Result<T>) -> Answer<T> {
    result.map(Response::new).map_err(grpc::status)
}

#[tonic::async_trait]
impl AggregationService for Aggregation {
    type StreamCollectStream = Stream<Encoded<v1::StreamCollectResponse>>;
    type WatchStream = Stream<v1::WatchResponse>;
    type ExportDocumentStream = Stream<v1::ExportDocumentResponse>;

    async fn aggregate(
        &self,
        request: Request<v1::AggregateRequest>,
    ) -> Answer<Encoded<v1::AggregateResponse>> {
        answer(aggregate::aggregate(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn collect(&self, request: Request<v1::CollectRequest>) -> Answer<v1::CollectResponse> {
        answer(collect::collect(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn stream_collect(
        &self,
        request: Request<v1::StreamCollectRequest>,
    ) -> Answer<Self::StreamCollectStream> {
        answer(collect::stream(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn get_progress(&self, request: Request<v1::GetProgressRequest>) -> Answer<v1::Progress> {
        answer(progress::progress(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        answer(watch::watch(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn reconcile(&self, request: Request<v1::ReconcileRequest>) -> Answer<v1::ReconcileResponse> {
        answer(reconcile::reconcile(self, grpc::scope(&request)?, request.into_inner()).await)
    }

    async fn export_document(
        &self,
        request: Request<v1::ExportDocumentRequest>,
    ) -> Answer<Self::ExportDocumentStream> {
        answer(export::export(self, grpc::scope(&request)?, request.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use ykien_domain::actor::Scope;

    use super::*;
    use crate::testing::House;

    /// A call of every RPC with an empty message, by this caller or by nobody known.
    async fn codes(service: &Aggregation, scope: Option<&Scope>) -> Vec<Code> {
        fn request<T: Default>(scope: Option<&Scope>) -> Request<T> {
            let mut request = Request::new(T::default());
            if let Some(scope) = scope {
                request.extensions_mut().insert(scope.clone());
            }
            request
        }
        fn code<T>(answer: Answer<T>) -> Code {
            answer.err().map_or(Code::Ok, |status| status.code())
        }
        vec![
            code(service.aggregate(request(scope)).await),
            code(service.collect(request(scope)).await),
            code(service.stream_collect(request(scope)).await),
            code(service.get_progress(request(scope)).await),
            code(service.watch(request(scope)).await),
            code(service.reconcile(request(scope)).await),
            code(service.export_document(request(scope)).await),
        ]
    }

    #[tokio::test]
    async fn every_rpc_wants_to_know_who_calls_and_which_draft() {
        let house = House::open().await;
        let service = house.service();
        assert_eq!(codes(&service, None).await, [Code::Unauthenticated; 7]);
        assert_eq!(codes(&service, Some(&Scope::installation())).await, [Code::InvalidArgument; 7]);
    }
}
