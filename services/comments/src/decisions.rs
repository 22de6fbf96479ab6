//! Decisions: proposed, taken back, published, carried out.

use ykien_domain::actor::Scope;
use ykien_domain::command::{
    BatchDecideComments, DecideComment, DecideItem, Decided, MAX_BATCH, MarkImplemented, PublishDecisions,
    UndoDecision,
};
use ykien_domain::ids::{name, parse_etag};
use ykien_domain::words::Outcome;
use ykien_domain::{Error, Result, Violations};
use ykien_edge::{grpc, wire};
use ykien_proto::v1;
use ykien_proto::v1::comment_decision_result::Result as Fate;
use ykien_store::Store;

pub(crate) async fn decide_comment(
    store: &Store,
    scope: &Scope,
    request: v1::DecideCommentRequest,
) -> Result<v1::Comment> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "comments", &request.name));
    let outcome = read_outcome(&mut bad, "outcome", request.outcome);
    let explanation = request.explanation;
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, DecideComment { draft, number, outcome, explanation, etag }, options).await?;
    Ok(wire::comment(written.answer))
}

/// What is decided. An explanation that is missing or too long is for the rule to find: in a batch it fails its own item
/// only, while an outcome that does not exist makes the whole request unreadable.
fn read_outcome(bad: &mut Violations, field: &str, outcome: i32) -> Outcome {
    match wire::read_outcome(field, outcome) {
        Ok(Some(outcome)) => return outcome,
        Ok(None) => bad.add(field, "is required: one of accepted, partially accepted, rejected"),
        Err(error) => bad.take(Err(error)),
    }
    // Never used: the request is refused.
    Outcome::Accepted
}

pub(crate) async fn batch_decide_comments(
    store: &Store,
    scope: &Scope,
    request: v1::BatchDecideCommentsRequest,
) -> Result<v1::BatchDecideCommentsResponse> {
    let count = request.decisions.len();
    if !(1..=MAX_BATCH).contains(&count) {
        return Err(Error::field("decisions", format!("must be 1 to {MAX_BATCH}, are {count}")));
    }
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let mut items = Vec::with_capacity(count);
    for (index, decision) in request.decisions.into_iter().enumerate() {
        let prefix = format!("decisions[{index}].");
        if decision.number < 1 {
            bad.add(format!("{prefix}number"), "must be a comment's number, 1 or more");
        }
        let outcome = read_outcome(&mut bad, &format!("{prefix}outcome"), decision.outcome);
        let etag = bad.take(parse_etag(&format!("{prefix}etag"), &decision.etag));
        items.push(DecideItem { number: decision.number, outcome, explanation: decision.explanation, etag });
    }
    let mut options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    options.dry_run = request.dry_run;
    let written = store.write(scope, BatchDecideComments { draft, items }, options).await?;
    let results = written.answer.into_iter().map(fate).collect();
    Ok(v1::BatchDecideCommentsResponse { results, revision: written.revision })
}

fn fate(decided: Decided) -> v1::CommentDecisionResult {
    let result = match decided.result {
        Ok(comment) => Fate::Comment(wire::comment(comment)),
        Err(error) => Fate::Error(grpc::rpc_status(error)),
    };
    v1::CommentDecisionResult { number: decided.number, result: Some(result), unchanged: decided.unchanged }
}

pub(crate) async fn undo_decision(
    store: &Store,
    scope: &Scope,
    request: v1::UndoDecisionRequest,
) -> Result<v1::Comment> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "comments", &request.name));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, UndoDecision { draft, number, etag }, options).await?;
    Ok(wire::comment(written.answer))
}

pub(crate) async fn publish_decisions(
    store: &Store,
    scope: &Scope,
    request: v1::PublishDecisionsRequest,
) -> Result<v1::PublishDecisionsResponse> {
    let count = request.numbers.len();
    if count > MAX_BATCH {
        return Err(Error::field("numbers", format!("must be at most {MAX_BATCH}, are {count}")));
    }
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let round = bad.take(wire::read_round("round", &draft, &request.round));
    for (index, number) in request.numbers.iter().enumerate() {
        if *number < 1 {
            bad.add(format!("numbers[{index}]"), "must be a comment's number, 1 or more");
        }
    }
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, PublishDecisions { draft, round, numbers: request.numbers }, options).await?;
    Ok(v1::PublishDecisionsResponse { numbers: written.answer.numbers, revision: written.revision })
}

pub(crate) async fn mark_implemented(
    store: &Store,
    scope: &Scope,
    request: v1::MarkImplementedRequest,
) -> Result<v1::Comment> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "comments", &request.name));
    let version = bad.take(wire::read_version("version", request.version));
    if request.version == 0 {
        bad.add("version", "is required: a version's number, 1 or more");
    }
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let command = MarkImplemented { draft, number, version: version.unwrap_or_default(), etag };
    Ok(wire::comment(store.write(scope, command, options).await?.answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_decision_of_a_batch_is_named_by_its_place() {
        let mut bad = Violations::default();
        read_outcome(&mut bad, "decisions[0].outcome", v1::Outcome::Rejected.into());
        read_outcome(&mut bad, "decisions[1].outcome", v1::Outcome::Unspecified.into());
        read_outcome(&mut bad, "decisions[2].outcome", 99);
        let error = bad.check().unwrap_err();
        let fields: Vec<_> = error.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["decisions[1].outcome", "decisions[2].outcome"]);
    }

    #[test]
    fn an_item_that_fails_carries_the_details_of_a_calls_own_error() {
        let error = Error::field("decisions[2].etag", "is stale");
        let Some(Fate::Error(status)) =
            fate(Decided { number: 7, result: Err(error.clone()), unchanged: false }).result
        else {
            panic!("expected an error")
        };
        assert_eq!(status, grpc::rpc_status(error));
    }
}
