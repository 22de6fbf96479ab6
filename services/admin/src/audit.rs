//! The change logs as files that prove themselves, and who was shown what is not for everybody.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::actor::Scope;
use ykien_domain::ids::DraftId;
use ykien_domain::{disclosure, query};
use ykien_edge::audit::AuditExport;
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answered, Listing, Paging, REVISION};
use crate::files::{File, export_place};
use crate::problem::Refused;
use crate::request::{Asked, Caller, Ids};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(export_registry_audit))
        .routes(routes!(export_audit))
        .routes(routes!(list_disclosures))
}

/// Get the installation's own change log with its seals
///
/// One JSON object a line: the log's name and the keys, each event word for word, each seal after the event that it ends at.
/// Anyone can check it: docs/security.md has the script.
#[utoipa::path(get, path = "/v1/audit", tag = "events",
    responses((status = 200, description = "The log.", content((File = "application/x-ndjson")))))]
async fn export_registry_audit(
    State(state): State<AdminState>,
    Caller(scope): Caller,
) -> Result<Response, Refused> {
    exported(state, scope, None).await
}

/// Get a draft's change log with its seals
///
/// As `/v1/audit`. Names of persons are not in the log.
#[utoipa::path(get, path = "/v1/drafts/{draft}/audit", tag = "events",
    responses((status = 200, description = "The log.", content((File = "application/x-ndjson")))))]
async fn export_audit(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
) -> Result<Response, Refused> {
    exported(state, scope, Some(ids.draft()?)).await
}

async fn exported(state: AdminState, scope: Scope, draft: Option<DraftId>) -> Result<Response, Refused> {
    let place = export_place(&state, &scope)?;
    let mut export = AuditExport::begin(state.store, scope, draft).await?;
    let revision = export.revision();
    // One page ahead of the reader; who goes away ends it.
    let (pages, stream) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let _until_sent = place;
        loop {
            let next = export.next().await;
            let last = !matches!(next, Ok(Some(_)));
            let Some(page) = next.transpose() else { return };
            if pages.send(page).await.is_err() || last {
                return;
            }
        }
    });
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(stream)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(REVISION, HeaderValue::from(revision));
    Ok(response)
}

/// Comments of others that somebody was shown, though not everybody who takes part may read them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Disclosure {
    /// When, RFC 3339.
    #[schema(format = DateTime)]
    time: String,
    /// The operation: `Collect`, `ExportSummary` …
    operation: String,
    /// The code of the agency to which.
    agency: String,
    /// The client through which.
    client_id: String,
    /// Its role: `observer`, `admin`, `responsible`.
    role: String,
    /// The address that the request came from; null for the installation's own commands.
    address: Option<String>,
    /// The draft's revision that was read.
    revision: i64,
    /// How many comments.
    comments: i64,
    /// The lowest number among them.
    lowest: i64,
    /// The highest number among them.
    highest: i64,
}

impl From<disclosure::Disclosure> for Disclosure {
    fn from(of: disclosure::Disclosure) -> Self {
        Self {
            time: of.at.to_string(),
            operation: of.operation.as_str().to_owned(),
            agency: of.actor.agency.to_string(),
            client_id: of.actor.client.to_string(),
            role: of.actor.role.as_str().to_owned(),
            address: of.address.map(|address| address.to_string()),
            revision: of.revision,
            comments: of.shown.comments,
            lowest: of.shown.lowest,
            highest: of.shown.highest,
        }
    }
}

/// Which disclosures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DisclosuresQuery {
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    page_token: String,
}

/// List who was shown comments that are not for everybody, oldest first
///
/// Reads by observers, administrators and responsible agencies, of others' comments that their round does not show and that
/// are not published; exports, too.
#[utoipa::path(get, path = "/v1/drafts/{draft}/disclosures", tag = "events", params(DisclosuresQuery),
    responses((status = 200, description = "A page of disclosures.", body = Listing<Disclosure>)))]
async fn list_disclosures(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<DisclosuresQuery>,
) -> Answered<Listing<Disclosure>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let parameters = [id.as_str()];
    let paging = Paging::of("list_disclosures", &parameters);
    let list = query::ListDisclosures {
        draft,
        after: paging.after(&asked.page_token)?,
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Disclosure::from))
}
