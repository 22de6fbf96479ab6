//! Comments and responses.

use tonic::Status;
use ykien_domain::command::{
    AssignComment, RecordOralOpinion, ReviseComment, SubmitComment, SubmitResponse, WithdrawComment,
    WriteOptions, Written,
};
use ykien_domain::ids::DraftId;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use super::{Clients, Write, comment, date, etag, id, source};

writes! {
    SubmitComment by submit_comment -> v1::SubmitCommentResponse:
    |c, options| v1::SubmitCommentRequest {
        draft: names::draft(&c.draft),
        comment: Some(v1::Comment {
            round: names::numbered_or_empty(&c.draft, "rounds", c.round),
            agency: names::agency_or_empty(c.agency.as_ref()),
            source: source(c.source),
            ..comment(&c.draft, c.content)
        }),
        request_id: id(&options),
    };
    |_draft, written| v1::SubmitCommentResponse {
        comment: Some(wire::comment(written.answer)),
        revision: written.revision,
        replayed: written.replayed,
    };

    ReviseComment by revise_comment -> v1::Comment:
    |c, options| v1::ReviseCommentRequest {
        comment: Some(v1::Comment {
            name: names::numbered(&c.draft, "comments", c.number),
            etag: etag(c.etag),
            ..comment(&c.draft, c.content)
        }),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);

    WithdrawComment by withdraw_comment -> v1::Comment:
    |c, options| v1::WithdrawCommentRequest {
        name: names::numbered(&c.draft, "comments", c.number),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);

    SubmitResponse by submit_response -> v1::SubmitResponseResponse:
    |c, options| v1::SubmitResponseRequest {
        draft: names::draft(&c.draft),
        response: Some(v1::Response {
            round: names::numbered_or_empty(&c.draft, "rounds", c.round),
            agency: names::agency_or_empty(c.agency.as_ref()),
            stance: wire::stance(c.stance).into(),
            letter_number: c.letter.number,
            letter_date: date(c.letter.date),
            signer: c.letter.signer,
            capacity: c.letter.capacity,
            ..v1::Response::default()
        }),
        comments: c.comments.into_iter().map(|content| comment(&c.draft, content)).collect(),
        request_id: id(&options),
    };
    |draft, written| v1::SubmitResponseResponse {
        response: Some(wire::response(draft, written.answer.response)),
        comments: written.answer.comments.into_iter().map(wire::comment).collect(),
        revision: written.revision,
        replayed: written.replayed,
    };

    RecordOralOpinion by record_oral_opinion -> v1::Comment:
    |c, options| v1::RecordOralOpinionRequest {
        draft: names::draft(&c.draft),
        comment: Some(v1::Comment {
            round: names::numbered_or_empty(&c.draft, "rounds", c.round),
            agency: names::agency(&c.agency),
            ..comment(&c.draft, c.content)
        }),
        speaker: c.speaker,
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);

    AssignComment by assign_comment -> v1::Comment:
    |c, options| v1::AssignCommentRequest {
        name: names::numbered(&c.draft, "comments", c.number),
        agency: names::agency_or_empty(c.agency.as_ref()),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |_draft, written| wire::comment(written.answer);
}
