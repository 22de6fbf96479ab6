//! The drafts: the documents under consultation.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::ids::{AgencyCode, DraftId, etag};
use ykien_domain::{Violations, command, model, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_drafts, create_draft)).routes(routes!(get_draft))
}

/// The document under consultation (dự thảo).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Draft {
    /// Its id.
    id: String,
    /// The title.
    title: String,
    /// What it is for; may be empty.
    summary: String,
    /// The code of the agency that drafts it.
    drafting_agency: String,
    /// The newest version; 0 before the first.
    version: i64,
    /// The change counter: it orders the changes and is the freshness token (`min_revision`).
    revision: i64,
    /// How many comments it ever received: the highest comment number. 0 for who does not see everything.
    comment_count: i64,
    /// When it was made, RFC 3339.
    #[schema(format = DateTime)]
    create_time: String,
    /// The state that was read.
    etag: String,
}

impl From<model::Draft> for Draft {
    fn from(draft: model::Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            title: draft.title,
            summary: draft.summary,
            drafting_agency: draft.drafting_agency.to_string(),
            version: draft.version,
            revision: draft.revision,
            comment_count: draft.comment_count,
            create_time: draft.created_at.to_string(),
            etag: etag(draft.changed),
        }
    }
}

impl View for Draft {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}

/// A draft to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// Its id: 1 to 63 lower-case letters, digits or '-', beginning with a letter or digit; a new UUID when absent.
    id: Option<String>,
    /// The title, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    title: String,
    /// What it is for, at most 50,000 characters.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    summary: String,
    /// The code of the agency that drafts it: a drafter's own, an administrator's any.
    drafting_agency: String,
}

/// The drafts that the caller may see, by id
#[utoipa::path(get, path = "/v1/drafts", tag = "drafts", params(PageQuery),
    responses((status = 200, description = "A page of drafts.", body = Listing<Draft>)))]
async fn list_drafts(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Draft>> {
    let paging = Paging::of("list_drafts", &[]);
    let list =
        query::ListDrafts { after: paging.after(&asked.page_token)?, limit: page::size(asked.page_size)? };
    Ok(paging.listing(state.store.read(&scope, list).await?, Draft::from))
}

/// Make a draft
#[utoipa::path(post, path = "/v1/drafts", tag = "drafts", request_body = NewDraft,
    responses((status = 201, description = "The draft.", body = Draft)))]
async fn create_draft(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Write(options): Write,
    Body(new): Body<NewDraft>,
) -> Answered<Draft> {
    let mut bad = Violations::default();
    let id = bad.take(new.id.as_deref().map(|id| DraftId::parse("id", id)).transpose());
    let drafting_agency = bad.take(AgencyCode::parse("drafting_agency", &new.drafting_agency));
    bad.check()?;
    let command = command::CreateDraft { id, title: new.title, summary: new.summary, drafting_agency };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Draft::from).created(|draft| format!("/v1/drafts/{}", draft.id)))
}

/// One draft
#[utoipa::path(get, path = "/v1/drafts/{draft}", tag = "drafts",
    responses((status = 200, description = "The draft.", body = Draft)))]
async fn get_draft(State(state): State<AdminState>, Caller(scope): Caller, ids: Ids) -> Answered<Draft> {
    let read = state.store.read(&scope, query::GetDraft { draft: ids.draft()? }).await?;
    Ok(Answer::read(read, Draft::from))
}
