//! Responses: an agency's signed reply.

use ykien_domain::actor::Scope;
use ykien_domain::command::{MAX_BATCH, ResponseWithComments, SubmitResponse, Written};
use ykien_domain::ids::name;
use ykien_domain::model::Letter;
use ykien_domain::query::ListResponses;
use ykien_domain::text::{MAX_LABEL, MAX_SHORT_TEXT, clean};
use ykien_domain::words::Stance;
use ykien_domain::{Error, Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn submit_response(
    store: &Store,
    scope: &Scope,
    request: v1::SubmitResponseRequest,
) -> Result<v1::SubmitResponseResponse> {
    let given = wire::required("response", request.response)?;
    let count = request.comments.len();
    if count > MAX_BATCH {
        return Err(Error::field("comments", format!("must be at most {MAX_BATCH}, are {count}")));
    }
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let command = SubmitResponse {
        draft: draft.clone(),
        round: bad.take(wire::read_round("response.round", &draft, &given.round)),
        agency: bad.take(name::agency_or_none("response.agency", &given.agency)),
        stance: read_stance(&mut bad, given.stance),
        letter: read_letter(&mut bad, &given),
        comments: (0..)
            .zip(request.comments)
            .map(|(index, comment): (usize, v1::Comment)| {
                let path = format!("comments[{index}]");
                if comment.source.as_ref().is_some_and(|source| *source != v1::Source::default()) {
                    // Refused rather than lost.
                    bad.add(format!("{path}.source"), "must be empty: submit such a comment by itself");
                }
                bad.take(wire::content(&path, &draft, comment))
            })
            .collect(),
    };
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, command, options).await.map_err(|error| wire::within("response", error))?;
    let Written { answer: ResponseWithComments { response, comments }, revision, replayed } = written;
    Ok(v1::SubmitResponseResponse {
        response: Some(wire::response(&draft, response)),
        comments: comments.into_iter().map(wire::comment).collect(),
        revision,
        replayed,
    })
}

fn read_stance(bad: &mut Violations, stance: i32) -> Stance {
    let words = "is required: one of agrees, agrees with comments, disagrees, no comment";
    match wire::read_stance("response.stance", stance) {
        Ok(Some(stance)) => return stance,
        Ok(None) => bad.add("response.stance", words),
        Err(error) => bad.take(Err(error)),
    }
    // Never used: the request is refused.
    Stance::NoComment
}

fn read_letter(bad: &mut Violations, given: &v1::Response) -> Letter {
    Letter {
        number: bad.take(clean("response.letter_number", &given.letter_number, MAX_LABEL)),
        date: bad.take(wire::read_date("response.letter_date", &given.letter_date)),
        signer: bad.take(clean("response.signer", &given.signer, MAX_SHORT_TEXT)),
        capacity: bad.take(clean("response.capacity", &given.capacity, MAX_SHORT_TEXT)),
    }
}

pub(crate) async fn list_responses(
    store: &Store,
    scope: &Scope,
    request: v1::ListResponsesRequest,
) -> Result<v1::ListResponsesResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let round = bad.take(wire::read_round("round", &draft, &request.round));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.draft.as_str(), request.round.as_str()];
    let after = page::decode("ListResponses", &bound, &request.page_token)?.unwrap_or(0);
    let query = |limit| ListResponses { draft: draft.clone(), round, after, limit };
    let listed = page::list(store, scope, limit, query, |response| wire::response(&draft, response)).await?;
    Ok(v1::ListResponsesResponse {
        next_page_token: listed.token("ListResponses", &bound),
        responses: listed.items,
    })
}
