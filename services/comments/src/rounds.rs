//! Rounds and their rosters.

use ykien_domain::actor::Scope;
use ykien_domain::command::{
    CloseRound, ConcludeRound, CreateRound, ExtendRound, InviteAgencies, MAX_BATCH, OpenRound, UninviteAgency,
};
use ykien_domain::ids::{AgencyCode, DraftId, name, parse_etag};
use ykien_domain::model::Invitation;
use ykien_domain::query::{GetRound, ListInvitations, ListRounds};
use ykien_domain::text::{MAX_SHORT_TEXT, clean};
use ykien_domain::words::{Admission, LateRule, SilenceRule, Visibility};
use ykien_domain::{Error, Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn create_round(
    store: &Store,
    scope: &Scope,
    request: v1::CreateRoundRequest,
) -> Result<v1::Round> {
    let given = wire::required("round", request.round)?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let command = CreateRound {
        draft: draft.clone(),
        title: bad.take(clean("round.title", &given.title, MAX_SHORT_TEXT)),
        deadline: bad.take(wire::read_timestamp("round.deadline", given.deadline)),
        silence_rule: bad
            .take(wire::read_silence_rule("round.silence_rule", given.silence_rule))
            .unwrap_or(SilenceRule::None),
        silence_basis: bad.take(clean("round.silence_basis", &given.silence_basis, MAX_SHORT_TEXT)),
        late_rule: bad
            .take(wire::read_late_rule("round.late_rule", given.late_rule))
            .unwrap_or(LateRule::Accept),
        visibility: bad
            .take(wire::read_visibility("round.visibility", given.visibility))
            .unwrap_or(Visibility::Own),
        admission: bad
            .take(wire::read_admission("round.admission", given.admission))
            .unwrap_or(Admission::Invited),
    };
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, command, options).await.map_err(|error| wire::within("round", error))?;
    Ok(wire::round(&draft, written.answer))
}

pub(crate) async fn get_round(
    store: &Store,
    scope: &Scope,
    request: v1::GetRoundRequest,
) -> Result<v1::Round> {
    let (draft, round) = name::numbered("name", "rounds", &request.name)?;
    let read = store.read(scope, GetRound { draft: draft.clone(), round }).await?;
    Ok(wire::round(&draft, read.answer))
}

pub(crate) async fn list_rounds(
    store: &Store,
    scope: &Scope,
    request: v1::ListRoundsRequest,
) -> Result<v1::ListRoundsResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.draft.as_str()];
    let after = page::decode("ListRounds", &bound, &request.page_token)?.unwrap_or(0);
    let query = |limit| ListRounds { draft: draft.clone(), after, limit };
    let listed = page::list(store, scope, limit, query, |round| wire::round(&draft, round)).await?;
    Ok(v1::ListRoundsResponse { next_page_token: listed.token("ListRounds", &bound), rounds: listed.items })
}

pub(crate) async fn invite_agencies(
    store: &Store,
    scope: &Scope,
    request: v1::InviteAgenciesRequest,
) -> Result<v1::InviteAgenciesResponse> {
    let count = request.agencies.len();
    if !(1..=MAX_BATCH).contains(&count) {
        return Err(Error::field("agencies", format!("must be 1 to {MAX_BATCH}, are {count}")));
    }
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("round", "rounds", &request.round));
    let named = request.agencies.iter().enumerate();
    let agencies: Vec<AgencyCode> =
        named.map(|(index, agency)| bad.take(name::agency(&format!("agencies[{index}]"), agency))).collect();
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, InviteAgencies { draft, round, agencies }, options).await?;
    Ok(v1::InviteAgenciesResponse { invitations: invitations(written.answer) })
}

pub(crate) async fn uninvite_agency(
    store: &Store,
    scope: &Scope,
    request: v1::UninviteAgencyRequest,
) -> Result<v1::UninviteAgencyResponse> {
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("round", "rounds", &request.round));
    let agency = bad.take(name::agency("agency", &request.agency));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, UninviteAgency { draft, round, agency }, options).await?;
    Ok(v1::UninviteAgencyResponse { invitations: invitations(written.answer) })
}

fn invitations(roster: Vec<Invitation>) -> Vec<v1::Invitation> {
    roster.into_iter().map(wire::invitation).collect()
}

pub(crate) async fn list_invitations(
    store: &Store,
    scope: &Scope,
    request: v1::ListInvitationsRequest,
) -> Result<v1::ListInvitationsResponse> {
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("round", "rounds", &request.round));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.round.as_str()];
    let after = page::decode("ListInvitations", &bound, &request.page_token)?.unwrap_or(0);
    let query = |limit| ListInvitations { draft: draft.clone(), round, after, limit };
    let listed = page::list(store, scope, limit, query, wire::invitation).await?;
    let next_page_token = listed.token("ListInvitations", &bound);
    Ok(v1::ListInvitationsResponse { invitations: listed.items, next_page_token })
}

pub(crate) async fn open_round(
    store: &Store,
    scope: &Scope,
    request: v1::OpenRoundRequest,
) -> Result<v1::Round> {
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("name", "rounds", &request.name));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, OpenRound { draft: draft.clone(), round, etag }, options).await?;
    Ok(wire::round(&draft, written.answer))
}

pub(crate) async fn extend_round(
    store: &Store,
    scope: &Scope,
    request: v1::ExtendRoundRequest,
) -> Result<v1::Round> {
    let mut bad = Violations::default();
    let (draft, round): (DraftId, i64) = bad.take(name::numbered("name", "rounds", &request.name));
    let deadline = bad.take(wire::read_timestamp("deadline", request.deadline));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, ExtendRound { draft: draft.clone(), round, deadline, etag }, options).await?;
    Ok(wire::round(&draft, written.answer))
}

pub(crate) async fn close_round(
    store: &Store,
    scope: &Scope,
    request: v1::CloseRoundRequest,
) -> Result<v1::Round> {
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("name", "rounds", &request.name));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let v1::CloseRoundRequest { allow_early, allow_pending, .. } = request;
    let command = CloseRound { draft: draft.clone(), round, allow_early, allow_pending, etag };
    let written = store.write(scope, command, options).await?;
    Ok(wire::round(&draft, written.answer))
}

pub(crate) async fn conclude_round(
    store: &Store,
    scope: &Scope,
    request: v1::ConcludeRoundRequest,
) -> Result<v1::Round> {
    let mut bad = Violations::default();
    let (draft, round) = bad.take(name::numbered("name", "rounds", &request.name));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let command = ConcludeRound { draft: draft.clone(), round, allow_pending: request.allow_pending, etag };
    let written = store.write(scope, command, options).await?;
    Ok(wire::round(&draft, written.answer))
}
