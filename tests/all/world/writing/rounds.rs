//! Rounds and their rosters.

use tonic::Status;
use ykien_domain::command::{
    CloseRound, ConcludeRound, CreateRound, ExtendRound, InviteAgencies, OpenRound, UninviteAgency,
    WriteOptions, Written,
};
use ykien_domain::ids::DraftId;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use super::{Clients, Write, etag, id};

writes! {
    CreateRound by create_round -> v1::Round:
    |c, options| v1::CreateRoundRequest {
        draft: names::draft(&c.draft),
        round: Some(v1::Round {
            title: c.title,
            deadline: Some(wire::timestamp(c.deadline)),
            silence_rule: wire::silence_rule(c.silence_rule).into(),
            silence_basis: c.silence_basis,
            late_rule: wire::late_rule(c.late_rule).into(),
            visibility: wire::visibility(c.visibility).into(),
            admission: wire::admission(c.admission).into(),
            ..v1::Round::default()
        }),
        request_id: id(&options),
    };
    |draft, written| wire::round(draft, written.answer);

    InviteAgencies by invite_agencies -> v1::InviteAgenciesResponse:
    |c, options| v1::InviteAgenciesRequest {
        round: names::numbered(&c.draft, "rounds", c.round),
        agencies: c.agencies.iter().map(names::agency).collect(),
        request_id: id(&options),
    };
    |_draft, written| v1::InviteAgenciesResponse {
        invitations: written.answer.into_iter().map(wire::invitation).collect(),
    };

    UninviteAgency by uninvite_agency -> v1::UninviteAgencyResponse:
    |c, options| v1::UninviteAgencyRequest {
        round: names::numbered(&c.draft, "rounds", c.round),
        agency: names::agency(&c.agency),
        request_id: id(&options),
    };
    |_draft, written| v1::UninviteAgencyResponse {
        invitations: written.answer.into_iter().map(wire::invitation).collect(),
    };

    OpenRound by open_round -> v1::Round:
    |c, options| v1::OpenRoundRequest {
        name: names::numbered(&c.draft, "rounds", c.round),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |draft, written| wire::round(draft, written.answer);

    ExtendRound by extend_round -> v1::Round:
    |c, options| v1::ExtendRoundRequest {
        name: names::numbered(&c.draft, "rounds", c.round),
        deadline: Some(wire::timestamp(c.deadline)),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |draft, written| wire::round(draft, written.answer);

    CloseRound by close_round -> v1::Round:
    |c, options| v1::CloseRoundRequest {
        name: names::numbered(&c.draft, "rounds", c.round),
        allow_early: c.allow_early,
        allow_pending: c.allow_pending,
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |draft, written| wire::round(draft, written.answer);

    ConcludeRound by conclude_round -> v1::Round:
    |c, options| v1::ConcludeRoundRequest {
        name: names::numbered(&c.draft, "rounds", c.round),
        allow_pending: c.allow_pending,
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |draft, written| wire::round(draft, written.answer);
}
