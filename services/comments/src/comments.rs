//! Comments: submitted, revised, withdrawn, read, assigned; and those said at a meeting.

use ykien_domain::actor::Scope;
use ykien_domain::command::{
    AssignComment, RecordOralOpinion, ReviseComment, SubmitComment, WithdrawComment, Written,
};
use ykien_domain::filter::Filter;
use ykien_domain::ids::{name, parse_etag};
use ykien_domain::model::Comment;
use ykien_domain::query::{Cursor, GetComment, ListComments};
use ykien_domain::text::{MAX_SHORT_TEXT, required};
use ykien_domain::{Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn submit_comment(
    store: &Store,
    scope: &Scope,
    request: v1::SubmitCommentRequest,
) -> Result<v1::SubmitCommentResponse> {
    let given = wire::required("comment", request.comment)?;
    let mut bad = Violations::default();
    let command = read_submission(&mut bad, &request.draft, given);
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, command, options).await.map_err(|error| wire::within("comment", error))?;
    Ok(submitted(written))
}

/// A comment that is submitted, alone or in bulk.
pub(crate) fn read_submission(bad: &mut Violations, draft: &str, comment: v1::Comment) -> SubmitComment {
    let draft = bad.take(name::draft("draft", draft));
    SubmitComment {
        round: bad.take(wire::read_round("comment.round", &draft, &comment.round)),
        agency: bad.take(name::agency_or_none("comment.agency", &comment.agency)),
        source: bad.take(wire::read_source("comment", comment.source.clone())),
        content: bad.take(wire::content("comment", &draft, comment)),
        draft,
    }
}

/// A submission that is durable.
pub(crate) fn submitted(written: Written<Comment>) -> v1::SubmitCommentResponse {
    let Written { answer, revision, replayed } = written;
    v1::SubmitCommentResponse { comment: Some(wire::comment(answer)), revision, replayed }
}

pub(crate) async fn revise_comment(
    store: &Store,
    scope: &Scope,
    request: v1::ReviseCommentRequest,
) -> Result<v1::Comment> {
    let given = wire::required("comment", request.comment)?;
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("comment.name", "comments", &given.name));
    let etag = bad.take(parse_etag("comment.etag", &given.etag));
    let content = bad.take(wire::content("comment", &draft, given));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let command = ReviseComment { draft, number, content, etag };
    let written =
        store.write(scope, command, options).await.map_err(|error| wire::within("comment", error))?;
    Ok(wire::comment(written.answer))
}

pub(crate) async fn withdraw_comment(
    store: &Store,
    scope: &Scope,
    request: v1::WithdrawCommentRequest,
) -> Result<v1::Comment> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "comments", &request.name));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, WithdrawComment { draft, number, etag }, options).await?;
    Ok(wire::comment(written.answer))
}

pub(crate) async fn get_comment(
    store: &Store,
    scope: &Scope,
    request: v1::GetCommentRequest,
) -> Result<v1::Comment> {
    let (draft, number) = name::numbered("name", "comments", &request.name)?;
    Ok(wire::comment(store.read(scope, GetComment { draft, number }).await?.answer))
}

pub(crate) async fn list_comments(
    store: &Store,
    scope: &Scope,
    request: v1::ListCommentsRequest,
) -> Result<v1::ListCommentsResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let filter = Filter::parse(&draft, "filter", &request.filter)?;
    let bound = [request.draft.as_str(), request.filter.as_str()];
    let after: Option<Cursor> = page::decode("ListComments", &bound, &request.page_token)?;
    let query =
        |limit| ListComments { draft: draft.clone(), filter: filter.clone(), after: after.clone(), limit };
    let listed = page::list(store, scope, limit, query, wire::comment).await?;
    Ok(v1::ListCommentsResponse {
        next_page_token: listed.token("ListComments", &bound),
        revision: listed.revision,
        comments: listed.items,
    })
}

pub(crate) async fn assign_comment(
    store: &Store,
    scope: &Scope,
    request: v1::AssignCommentRequest,
) -> Result<v1::Comment> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "comments", &request.name));
    let agency = bad.take(name::agency_or_none("agency", &request.agency));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, AssignComment { draft, number, agency, etag }, options).await?;
    Ok(wire::comment(written.answer))
}

pub(crate) async fn record_oral_opinion(
    store: &Store,
    scope: &Scope,
    request: v1::RecordOralOpinionRequest,
) -> Result<v1::Comment> {
    let given = wire::required("comment", request.comment)?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let command = RecordOralOpinion {
        round: bad.take(wire::read_round("comment.round", &draft, &given.round)),
        agency: bad.take(name::agency("comment.agency", &given.agency)),
        speaker: bad.take(required("speaker", &request.speaker, MAX_SHORT_TEXT)),
        content: bad.take(wire::content("comment", &draft, given)),
        draft,
    };
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, command, options).await.map_err(|error| wire::within("comment", error))?;
    Ok(wire::comment(written.answer))
}
