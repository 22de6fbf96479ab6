//! The change logs: of a draft, and of the installation itself. The audit trail.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::{event, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answered, Listing, Paging};
use crate::request::{Asked, Caller, Ids};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_registry_events)).routes(routes!(list_events))
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Its place in its log: gapless, from 1.
    revision: i64,
    /// When, RFC 3339.
    #[schema(format = DateTime)]
    time: String,
    /// What happened: `comment_submitted`, `round_closed` …
    kind: String,
    /// What it happened to: `comments/12`, `agencies/H37.05`; empty for the draft itself.
    subject: String,
    /// The operation that asked for it: `SubmitComment`.
    operation: String,
    /// The code of the agency that did it.
    agency: String,
    /// The client through which it did.
    client_id: String,
    /// The request's own id, where it had one.
    request_id: Option<String>,
    /// The address that the request came from; null for the installation's own commands.
    address: Option<String>,
    /// The thing after the change, and `before` it where there was one, as the log keeps them: instants in microseconds
    /// since 1970, etags as the revision `changed`. For auditing; its fields follow the store, not this document.
    detail: serde_json::Value,
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        Self {
            revision: event.revision,
            time: event.at.to_string(),
            kind: event.change.kind().to_owned(),
            subject: event.change.subject(),
            operation: event.operation.as_str().to_owned(),
            agency: event.actor.agency.to_string(),
            client_id: event.actor.client.to_string(),
            request_id: event.request_id.map(|id| id.to_string()),
            address: event.address.map(|address| address.to_string()),
            // It was read from JSON: it goes back.
            detail: serde_json::to_value(&event.change).unwrap_or_default(),
        }
    }
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EventsQuery {
    /// Only events after this revision; 0 for all. To follow a log, ask again after the last revision read.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "crate::request::at_least::<0, _, _>")]
    after: i64,
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// The installation's own change log, oldest first
///
/// Agencies, clients, the making of drafts.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, description = "A page of events.", body = Listing<Event>)))]
async fn list_registry_events(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Asked(asked): Asked<EventsQuery>,
) -> Answered<Listing<Event>> {
    let after = asked.after.to_string();
    let parameters = [after.as_str()];
    let paging = Paging::of("list_registry_events", &parameters);
    let list = query::ListRegistryEvents {
        after: paging.after(&asked.page_token)?.unwrap_or(asked.after),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Event::from))
}

/// A draft's change log, oldest first
#[utoipa::path(get, path = "/v1/drafts/{draft}/events", tag = "events", params(EventsQuery),
    responses((status = 200, description = "A page of events.", body = Listing<Event>)))]
async fn list_events(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<EventsQuery>,
) -> Answered<Listing<Event>> {
    let draft = ids.draft()?;
    let (id, after) = (draft.to_string(), asked.after.to_string());
    let parameters = [id.as_str(), after.as_str()];
    let paging = Paging::of("list_events", &parameters);
    let list = query::ListEvents {
        draft,
        after: paging.after(&asked.page_token)?.unwrap_or(asked.after),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Event::from))
}
