//! The service as tonic serves it: which handler answers which call.

use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status, Streaming};
use ykien_domain::ids::AgencyCode;
use ykien_edge::places::Places;
use ykien_edge::{grpc, limits};
use ykien_proto::v1;
use ykien_proto::v1::comments_service_server::{CommentsService, CommentsServiceServer};
use ykien_store::Store;

use crate::pulse::Pulses;
use crate::{
    agencies, bulk, comments, decisions, directives, drafts, files, responses, rounds, versions, watch,
};

/// The comments service of one process.
#[derive(Clone)]
pub struct Comments {
    pub(crate) store: Store,
    /// Cancelled when the process ends: streams end then.
    pub(crate) shutdown: CancellationToken,
    /// The places of streams that follow a draft: each holds one while it lasts.
    pub(crate) watches: Places<AgencyCode>,
    /// The places of bulk streams.
    pub(crate) bulks: Places<AgencyCode>,
    pub(crate) pulses: Pulses,
}

/// The service on a store; its streams end when `shutdown` is cancelled.
#[must_use]
pub fn service(store: Store, shutdown: CancellationToken) -> CommentsServiceServer<Comments> {
    let comments = Comments {
        pulses: Pulses::new(store.clone()),
        store,
        shutdown,
        watches: Places::new(limits::MAX_WATCHES.0, limits::MAX_WATCHES.1),
        bulks: Places::new(limits::MAX_BULKS.0, limits::MAX_BULKS.1),
    };
    CommentsServiceServer::new(comments)
        .max_decoding_message_size(limits::MAX_MESSAGE_BYTES)
        .max_encoding_message_size(limits::MAX_ANSWER_BYTES)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
}

/// Answers each call by its handler: `handler(store, scope, message) -> Result<answer>`.
macro_rules! calls {
    ($($call:ident($request:ident) -> $answer:ident = $handler:path;)+) => {
        #[tonic::async_trait]
        impl CommentsService for Comments {
            $(
                async fn $call(&self, request: Request<v1::$request>) -> Result<Response<v1::$answer>, Status> {
                    let scope = grpc::scope(&request)?;
                    $handler(&self.store, &scope, request.into_inner()).await.map(Response::new).map_err(grpc::status)
                }
            )+

            type BulkSubmitCommentsStream = ReceiverStream<Result<v1::BulkSubmitCommentsResponse, Status>>;

            async fn bulk_submit_comments(
                &self,
                request: Request<Streaming<v1::BulkSubmitCommentsRequest>>,
            ) -> Result<Response<Self::BulkSubmitCommentsStream>, Status> {
                let scope = grpc::scope(&request)?;
                bulk::bulk_submit_comments(self, scope, request.into_inner()).map(Response::new).map_err(grpc::status)
            }

            async fn import_version(
                &self,
                request: Request<Streaming<v1::ImportVersionRequest>>,
            ) -> Result<Response<v1::CreateVersionResponse>, Status> {
                let scope = grpc::scope(&request)?;
                files::import_version(&self.store, &scope, request.into_inner()).await.map(Response::new)
            }

            async fn import_comments(
                &self,
                request: Request<Streaming<v1::ImportCommentsRequest>>,
            ) -> Result<Response<v1::ImportCommentsResponse>, Status> {
                let scope = grpc::scope(&request)?;
                files::import_comments(&self.store, &scope, request.into_inner()).await.map(Response::new)
            }

            async fn import_decisions(
                &self,
                request: Request<Streaming<v1::ImportDecisionsRequest>>,
            ) -> Result<Response<v1::ImportDecisionsResponse>, Status> {
                let scope = grpc::scope(&request)?;
                files::import_decisions(&self.store, &scope, request.into_inner()).await.map(Response::new)
            }

            type WatchDraftStream = ReceiverStream<Result<v1::WatchDraftResponse, Status>>;

            async fn watch_draft(
                &self,
                request: Request<v1::WatchDraftRequest>,
            ) -> Result<Response<Self::WatchDraftStream>, Status> {
                let scope = grpc::scope(&request)?;
                watch::watch_draft(self, scope, request.into_inner()).await.map(Response::new).map_err(grpc::status)
            }
        }
    };
}

calls! {
    get_agency(GetAgencyRequest) -> Agency = agencies::get_agency;
    list_agencies(ListAgenciesRequest) -> ListAgenciesResponse = agencies::list_agencies;

    create_draft(CreateDraftRequest) -> Draft = drafts::create_draft;
    get_draft(GetDraftRequest) -> Draft = drafts::get_draft;
    list_drafts(ListDraftsRequest) -> ListDraftsResponse = drafts::list_drafts;
    create_version(CreateVersionRequest) -> CreateVersionResponse = versions::create_version;
    list_sections(ListSectionsRequest) -> ListSectionsResponse = versions::list_sections;
    compare_versions(CompareVersionsRequest) -> CompareVersionsResponse = versions::compare_versions;

    create_round(CreateRoundRequest) -> Round = rounds::create_round;
    get_round(GetRoundRequest) -> Round = rounds::get_round;
    list_rounds(ListRoundsRequest) -> ListRoundsResponse = rounds::list_rounds;
    invite_agencies(InviteAgenciesRequest) -> InviteAgenciesResponse = rounds::invite_agencies;
    uninvite_agency(UninviteAgencyRequest) -> UninviteAgencyResponse = rounds::uninvite_agency;
    list_invitations(ListInvitationsRequest) -> ListInvitationsResponse = rounds::list_invitations;
    open_round(OpenRoundRequest) -> Round = rounds::open_round;
    extend_round(ExtendRoundRequest) -> Round = rounds::extend_round;
    close_round(CloseRoundRequest) -> Round = rounds::close_round;
    conclude_round(ConcludeRoundRequest) -> Round = rounds::conclude_round;

    submit_comment(SubmitCommentRequest) -> SubmitCommentResponse = comments::submit_comment;
    revise_comment(ReviseCommentRequest) -> Comment = comments::revise_comment;
    withdraw_comment(WithdrawCommentRequest) -> Comment = comments::withdraw_comment;
    get_comment(GetCommentRequest) -> Comment = comments::get_comment;
    list_comments(ListCommentsRequest) -> ListCommentsResponse = comments::list_comments;
    list_placements(ListPlacementsRequest) -> ListPlacementsResponse = versions::list_placements;
    assign_comment(AssignCommentRequest) -> Comment = comments::assign_comment;
    record_oral_opinion(RecordOralOpinionRequest) -> Comment = comments::record_oral_opinion;
    submit_response(SubmitResponseRequest) -> SubmitResponseResponse = responses::submit_response;
    list_responses(ListResponsesRequest) -> ListResponsesResponse = responses::list_responses;

    decide_comment(DecideCommentRequest) -> Comment = decisions::decide_comment;
    batch_decide_comments(BatchDecideCommentsRequest) -> BatchDecideCommentsResponse = decisions::batch_decide_comments;
    undo_decision(UndoDecisionRequest) -> Comment = decisions::undo_decision;
    publish_decisions(PublishDecisionsRequest) -> PublishDecisionsResponse = decisions::publish_decisions;
    mark_implemented(MarkImplementedRequest) -> Comment = decisions::mark_implemented;
    assign_section(AssignSectionRequest) -> Section = versions::assign_section;

    issue_directive(IssueDirectiveRequest) -> Directive = directives::issue_directive;
    complete_directive(CompleteDirectiveRequest) -> Directive = directives::complete_directive;
    list_directives(ListDirectivesRequest) -> ListDirectivesResponse = directives::list_directives;
}
