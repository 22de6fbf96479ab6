//! What a caller may not see, it can't ask about either: a filter for it finds what a filter for nothing finds.

use ykien_proto::v1;
use ykien_tests::Engine;

use super::answer::{Answer, Fate};
use super::grpc::Rpcs;
use super::world::{CALLERS, SIDES, Standing, World};

/// A filter for what lies on the first side, and one for what nobody has.
struct Question {
    hidden: &'static str,
    nothing: &'static str,
    /// Whether it can be counted by.
    counts: bool,
}

/// Who must not be able to tell the two apart; everybody else must.
const OUTSIDERS: &[Standing] = &[Standing::Contributor, Standing::Clerk, Standing::Responsible];

const QUESTIONS: &[Question] = &[
    question("agency = C1-NEIGHBOUR", "agency = Z-UNKNOWN", true),
    question("NOT agency != C1-NEIGHBOUR", "NOT agency != Z-UNKNOWN", true),
    question("section = 2 AND agency = C1-NEIGHBOUR", "section = 2 AND agency = Z-UNKNOWN", true),
    question("number = 2", "number = 99999", false),
    question("text:\"canary-neighbours\"", "text:\"nobody says this\"", false),
    // The proposal on comment 3: not even its author knows of it, nor an agency that does not answer for it.
    question("status = rejected", "status = partially_accepted", true),
];

const fn question(hidden: &'static str, nothing: &'static str, counts: bool) -> Question {
    Question { hidden, nothing, counts }
}

/// Asks every question through every RPC that takes a filter.
pub async fn over_grpc(engine: Engine) {
    let world = World::new(engine).await;
    let port = Rpcs::start(&world).await;
    let callers = CALLERS.iter().zip(&world.tokens).filter(|(caller, _)| caller.side.draft == SIDES[0].draft);
    for (caller, token) in callers {
        for Question { hidden, nothing, counts } in QUESTIONS {
            let found = every_way(&port, token, hidden, *counts).await;
            let nothing = every_way(&port, token, nothing, *counts).await;
            for ((way, found), (_, nothing)) in found.iter().zip(&nothing) {
                assert_eq!((found.fate, nothing.fate), (Fate::Success, Fate::Success), "{way} {hidden}");
                let same = found.bytes == nothing.bytes;
                let outside = OUTSIDERS.contains(&caller.standing);
                assert_eq!(same, outside, "{way} {hidden:?} by {:?}: {}", caller.standing, found.excerpt());
            }
        }
    }
}

async fn every_way(port: &Rpcs, token: &str, filter: &str, counts: bool) -> Vec<(&'static str, Answer)> {
    let (draft, filter) = (format!("drafts/{}", SIDES[0].draft), filter.to_owned());
    let mut answers = Vec::new();
    let list = v1::ListCommentsRequest { draft: draft.clone(), filter: filter.clone(), ..Default::default() };
    let collect = v1::CollectRequest { draft: draft.clone(), filter: filter.clone(), ..Default::default() };
    let stream =
        v1::StreamCollectRequest { draft: draft.clone(), filter: filter.clone(), ..Default::default() };
    let list = port.ask("ykien.v1.CommentsService/ListComments", token, &list).await;
    let collect = port.ask("ykien.v1.AggregationService/Collect", token, &collect).await;
    let stream = port.ask("ykien.v1.AggregationService/StreamCollect", token, &stream).await;
    answers.extend([("ListComments", list), ("Collect", collect), ("StreamCollect", stream)]);
    if counts {
        let aggregate = v1::AggregateRequest { draft, filter, ..Default::default() };
        let counted = port.ask("ykien.v1.AggregationService/Aggregate", token, &aggregate).await;
        answers.push(("Aggregate", counted));
    }
    answers
}
