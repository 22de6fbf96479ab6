//! `GetProgress`: where each agency stands in a round.

use ykien_domain::actor::Scope;
use ykien_domain::ids::name;
use ykien_domain::{Result, query};
use ykien_edge::wire;
use ykien_proto::v1;

use crate::Aggregation;

pub(crate) async fn progress(
    service: &Aggregation,
    scope: Scope,
    request: v1::GetProgressRequest,
) -> Result<v1::Progress> {
    let draft = name::draft("draft", &request.draft)?;
    let round = wire::read_round("round", &draft, &request.round)?;
    let read = service.store.read(&scope, query::GetProgress { draft: draft.clone(), round }).await?;
    let query::Progress { round, replies } = read.answer;
    Ok(v1::Progress {
        replies: replies.into_iter().map(|reply| wire::reply(&draft, reply, &round.silence_basis)).collect(),
        round: Some(wire::round(&draft, round)),
        revision: read.revision,
    })
}

#[cfg(test)]
mod tests {
    use ykien_domain::Reason;

    use super::*;
    use crate::testing::{BASIS, DEADLINE, House};

    fn request(round: &str) -> v1::GetProgressRequest {
        v1::GetProgressRequest { draft: "drafts/nq20".into(), round: round.into() }
    }

    #[tokio::test]
    async fn silence_is_assent_on_its_legal_basis_once_the_deadline_has_passed() {
        let house = House::open().await;
        let service = house.service();
        house.comment("H37.05", "một").await;
        for (now, state, basis) in [
            (DEADLINE.plus_seconds(-1), v1::ReplyState::Silent, ""),
            (DEADLINE.plus_seconds(1), v1::ReplyState::AssentBySilence, BASIS),
        ] {
            house.clock.set(now);
            let found = progress(&service, Scope::installation(), request("")).await.unwrap();
            let replies: Vec<_> = found
                .replies
                .iter()
                .map(|reply| {
                    (reply.agency.as_str(), reply.state(), reply.comment_count, reply.silence_basis.as_str())
                })
                .collect();
            let commented = ("agencies/H37.05", v1::ReplyState::InProgress, 1, "");
            assert_eq!(replies, [commented, ("agencies/H37.06", state, 0, basis)]);
        }
    }

    #[tokio::test]
    async fn a_round_is_one_of_the_draft() {
        let house = House::open().await;
        let service = house.service();
        let found = progress(&service, Scope::installation(), request("drafts/nq20/rounds/1")).await.unwrap();
        assert_eq!(found.round.unwrap().name, "drafts/nq20/rounds/1");
        for bad in ["drafts/other/rounds/1", "rounds/1", "drafts/nq20/rounds/x"] {
            let error = progress(&service, Scope::installation(), request(bad)).await.unwrap_err();
            assert_eq!(error.violations[0].field, "round", "{bad}");
        }
        let error =
            progress(&service, Scope::installation(), request("drafts/nq20/rounds/9")).await.unwrap_err();
        assert_eq!(error.reason, Reason::NotFound);
    }
}
