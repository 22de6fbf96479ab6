//! Persons whose names a draft has, and erasing them.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::{command, person, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_persons)).routes(routes!(erase_persons))
}

/// Somebody whose name a draft has, or had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// What stands for the person in the log.
    person: String,
    /// What names the person: `comments/12`, `responses/3`, `directives/1`. A request to erase the name says it.
    subject: String,
    /// The name; `(đã xoá)` once it is erased.
    name: String,
    /// In which capacity, where one was given.
    capacity: String,
    /// The draft's revision that named the person.
    revision: i64,
    /// The revision that erased the name; null while it is there.
    erased: Option<i64>,
}

impl From<person::Person> for Person {
    fn from(of: person::Person) -> Self {
        let person::Person { person, subject, name, capacity, revision, erased } = of;
        Self { person, subject, name, capacity, revision, erased }
    }
}

/// Which persons.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PersonsQuery {
    /// Only those of exactly this name; all when absent.
    #[param(max_length = 500)]
    name: String,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// List the persons whose names a draft has
///
/// Who spoke at a meeting, who signed, who gave a directive.
#[utoipa::path(get, path = "/v1/drafts/{draft}/persons", tag = "persons", params(PersonsQuery),
    responses((status = 200, description = "A page of persons.", body = Listing<Person>)))]
async fn list_persons(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<PersonsQuery>,
) -> Answered<Listing<Person>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let parameters = [id.as_str(), asked.name.as_str()];
    let paging = Paging::of("list_persons", &parameters);
    let list = query::ListPersons {
        draft,
        name: ykien_domain::text::clean("name", &asked.name, ykien_domain::text::MAX_SHORT_TEXT)?,
        after: paging.after(&asked.page_token)?,
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Person::from))
}

/// Whose names to erase.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// What names each: `subject` of the list; 1 to 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    subjects: Vec<String>,
}

/// Whose names were erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erased {
    /// What named each whose name was there until now.
    subjects: Vec<String>,
}

impl View for Erased {}

/// Erase names of persons
///
/// What they said and signed stays, and so does the audit trail, which never had the names. It can't be taken back.
#[utoipa::path(post, path = "/v1/drafts/{draft}/persons/erasure", tag = "persons", request_body = Erasure,
    responses((status = 200, description = "Whose names were erased.", body = Erased)))]
async fn erase_persons(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(asked): Body<Erasure>,
) -> Answered<Erased> {
    let erase = command::ErasePersons { draft: ids.draft()?, subjects: asked.subjects };
    let written = state.store.write(&scope, erase, options).await?;
    Ok(Answer::written(written, |erased| Erased { subjects: erased.subjects }))
}
