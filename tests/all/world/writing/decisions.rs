//! Decisions.

use tonic::Status;
use ykien_domain::command::{
    BatchDecideComments, DecideComment, MarkImplemented, PublishDecisions, UndoDecision, WriteOptions,
    Written,
};
use ykien_domain::ids::DraftId;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use super::{Clients, Write, etag, id};

writes! {
    DecideComment by decide_comment -> v1::Comment:
    |c, options| v1::DecideCommentRequest {
        name: names::numbered(&c.draft, "comments", c.number),
        outcome: wire::outcome(c.outcome).into(),
        explanation: c.explanation,
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);

    BatchDecideComments by batch_decide_comments -> v1::BatchDecideCommentsResponse:
    |c, options| v1::BatchDecideCommentsRequest {
        draft: names::draft(&c.draft),
        decisions: c
            .items
            .into_iter()
            .map(|item| v1::CommentDecision {
                number: item.number,
                outcome: wire::outcome(item.outcome).into(),
                explanation: item.explanation,
                etag: etag(item.etag),
            })
            .collect(),
        dry_run: options.dry_run,
        request_id: id(&options),
    };
    |_draft, written| v1::BatchDecideCommentsResponse {
        results: written
            .answer
            .into_iter()
            .map(|decided| v1::CommentDecisionResult {
                number: decided.number,
                unchanged: decided.unchanged,
                result: Some(match decided.result {
                    Ok(comment) => v1::comment_decision_result::Result::Comment(wire::comment(comment)),
                    Err(error) => v1::comment_decision_result::Result::Error(ykien_edge::grpc::rpc_status(error)),
                }),
            })
            .collect(),
        revision: written.revision,
    };

    UndoDecision by undo_decision -> v1::Comment:
    |c, options| v1::UndoDecisionRequest {
        name: names::numbered(&c.draft, "comments", c.number),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);

    PublishDecisions by publish_decisions -> v1::PublishDecisionsResponse:
    |c, options| v1::PublishDecisionsRequest {
        draft: names::draft(&c.draft),
        round: names::numbered_or_empty(&c.draft, "rounds", c.round),
        numbers: c.numbers,
        request_id: id(&options),
    };
    |_draft, written| v1::PublishDecisionsResponse { numbers: written.answer.numbers, revision: written.revision };

    MarkImplemented by mark_implemented -> v1::Comment:
    |c, options| v1::MarkImplementedRequest {
        name: names::numbered(&c.draft, "comments", c.number),
        version: c.version,
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);
}
