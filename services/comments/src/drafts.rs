//! Drafts.

use ykien_domain::actor::Scope;
use ykien_domain::command::CreateDraft;
use ykien_domain::ids::{DraftId, name};
use ykien_domain::query::{GetDraft, ListDrafts};
use ykien_domain::text::{MAX_LONG_TEXT, MAX_SHORT_TEXT, clean, required};
use ykien_domain::{Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn create_draft(
    store: &Store,
    scope: &Scope,
    request: v1::CreateDraftRequest,
) -> Result<v1::Draft> {
    let given = wire::required("draft", request.draft)?;
    let mut bad = Violations::default();
    let id = if request.draft_id.is_empty() {
        None
    } else {
        Some(bad.take(DraftId::parse("draft_id", &request.draft_id)))
    };
    let command = CreateDraft {
        id,
        title: bad.take(required("draft.title", &given.title, MAX_SHORT_TEXT)),
        summary: bad.take(clean("draft.summary", &given.summary, MAX_LONG_TEXT)),
        drafting_agency: bad.take(name::agency("draft.drafting_agency", &given.drafting_agency)),
    };
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store.write(scope, command, options).await.map_err(|error| wire::within("draft", error))?;
    Ok(wire::draft(written.answer))
}

pub(crate) async fn get_draft(
    store: &Store,
    scope: &Scope,
    request: v1::GetDraftRequest,
) -> Result<v1::Draft> {
    let draft = name::draft("name", &request.name)?;
    Ok(wire::draft(store.read(scope, GetDraft { draft }).await?.answer))
}

pub(crate) async fn list_drafts(
    store: &Store,
    scope: &Scope,
    request: v1::ListDraftsRequest,
) -> Result<v1::ListDraftsResponse> {
    let limit = page::size(request.page_size)?;
    let after: Option<DraftId> = page::decode("ListDrafts", &[], &request.page_token)?;
    let query = |limit| ListDrafts { after: after.clone(), limit };
    let listed = page::list(store, scope, limit, query, wire::draft).await?;
    Ok(v1::ListDraftsResponse { next_page_token: listed.token("ListDrafts", &[]), drafts: listed.items })
}
