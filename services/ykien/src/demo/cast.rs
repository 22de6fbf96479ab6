//! Who takes part: the agencies, and a client for each.

use std::collections::BTreeMap;

use anyhow::Context as _;
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, RotateClient, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::words::Role;
use ykien_edge::auth::new_secret;
use ykien_store::Store;

use super::case::{Case, DRAFTER, client_id};
use super::progress::Progress;
use crate::credential::{self, NewCredential};

/// The administrator's client.
pub(super) const ADMIN: &str = "admin";

/// The clients by agency's code, and the administrator's by [`ADMIN`].
pub(super) type Cast = BTreeMap<String, NewCredential>;

/// Makes the agencies of the case and a client for each: the drafter's, those that answer for a section, contributors.
pub(super) async fn create(store: &Store, case: &Case, progress: &Progress) -> anyhow::Result<Cast> {
    let mut cast = Cast::new();
    cast.insert(ADMIN.to_owned(), credential::create_admin(store, ADMIN, "Demo administrator").await?);
    let responsible: Vec<&str> =
        case.assignments.sections.iter().map(|assignment| assignment.agency.as_str()).collect();
    for agency in &case.agencies {
        let command = CreateAgency {
            code: AgencyCode::parse("agency", &agency.code)?,
            name: agency.name_vi.clone(),
            short_name: agency.short_vi.clone(),
            name_en: agency.name_en.clone(),
            kind: agency.kind()?,
        };
        store.write(&Scope::installation(), command, WriteOptions::default()).await?;
        let role = match agency.code.as_str() {
            DRAFTER => Role::Drafter,
            code if responsible.contains(&code) => Role::Responsible,
            _ => Role::Contributor,
        };
        let made =
            credential::create(store, &client_id(&agency.code), &agency.code, role, &agency.short_vi).await?;
        cast.insert(agency.code.clone(), made);
        progress.step();
    }
    Ok(cast)
}

/// New secrets for the clients that the demo shows, where an earlier demo made them: nobody knows the old ones.
pub(super) async fn again(store: &Store, agencies: &[&str]) -> anyhow::Result<Cast> {
    let mut cast = Cast::new();
    for agency in agencies.iter().copied().chain([ADMIN]) {
        let id = client_id(agency);
        let secret = tokio::task::spawn_blocking(new_secret).await??;
        let command =
            RotateClient { client_id: ClientId::parse("client_id", &id)?, secret_hash: secret.hash };
        store
            .write(&Scope::installation(), command, WriteOptions::default())
            .await
            .with_context(|| format!("this is not a demo's database: it has no client {id}"))?;
        cast.insert(agency.to_owned(), NewCredential { id, secret: secret.secret });
    }
    Ok(cast)
}
