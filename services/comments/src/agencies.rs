//! Agencies, read. They are made and changed through the admin API.

use ykien_domain::Result;
use ykien_domain::actor::Scope;
use ykien_domain::ids::{AgencyCode, name};
use ykien_domain::query::{GetAgency, ListAgencies};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn get_agency(
    store: &Store,
    scope: &Scope,
    request: v1::GetAgencyRequest,
) -> Result<v1::Agency> {
    let code = name::agency("name", &request.name)?;
    Ok(wire::agency(store.read(scope, GetAgency { code }).await?.answer))
}

pub(crate) async fn list_agencies(
    store: &Store,
    scope: &Scope,
    request: v1::ListAgenciesRequest,
) -> Result<v1::ListAgenciesResponse> {
    let limit = page::size(request.page_size)?;
    let after: Option<AgencyCode> = page::decode("ListAgencies", &[], &request.page_token)?;
    let query = |limit| ListAgencies { after: after.clone(), limit };
    let listed = page::list(store, scope, limit, query, wire::agency).await?;
    Ok(v1::ListAgenciesResponse {
        next_page_token: listed.token("ListAgencies", &[]),
        agencies: listed.items,
    })
}
