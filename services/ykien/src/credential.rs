//! Clients that the installation makes for itself: the first administrator, another one, one for the time of a command.

use std::process::ExitCode;

use anyhow::Context as _;
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, CreateClient, DisableClient, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::query::{GetAgency, GetClient, ListClients, MAX_PAGE};
use ykien_domain::words::{AgencyKind, Role};
use ykien_domain::{Error, Reason};
use ykien_edge::auth::new_secret;
use ykien_store::Store;

use crate::cli::AdminCredentialArgs;
use crate::config::Database;
use crate::{database, out};

/// The agency of administrators: a client needs one, and none of the real ones runs the installation.
pub const ADMIN_AGENCY: &str = "ADMIN";

/// A client with its secret, which is nowhere else.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewCredential {
    /// The client's id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// `ykien admin-credential`.
///
/// # Errors
/// The database can't be opened, or the id is taken.
pub async fn command(args: &AdminCredentialArgs) -> anyhow::Result<ExitCode> {
    let database = Database::check(&args.database)?;
    let store = database::open(&database, database::system_clock()).await?;
    let id = match &args.client_id {
        Some(id) => id.clone(),
        None => free_id(&store, "admin").await?,
    };
    let made = create_admin(&store, &id, "Administrator").await?;
    print(&made);
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints a new credential: the only time that its secret is shown.
pub fn print(credential: &NewCredential) {
    out::line("A new administrator's credential. Its secret is shown only now:");
    out::line(format_args!("  client_id      {}", credential.id));
    out::line(format_args!("  client_secret  {}", credential.secret));
}

/// An administrator of a database that none can log in to; none when one can.
///
/// # Errors
/// The database refuses.
pub async fn first_admin(store: &Store) -> anyhow::Result<Option<NewCredential>> {
    let mut after = None;
    loop {
        let page = store.read(&Scope::installation(), ListClients { after, limit: MAX_PAGE }).await?.answer;
        // The clients of imports are switched off when they end: they are nobody's way in.
        if page.items.iter().any(|client| client.role == Role::Admin && !client.disabled) {
            return Ok(None);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let id = free_id(store, "admin").await?;
    create_admin(store, &id, "First administrator").await.map(Some)
}

/// Makes an administrator's client, and the agency of administrators if it is missing.
///
/// # Errors
/// The id is not valid or taken, or the database refuses.
pub async fn create_admin(store: &Store, id: &str, name: &str) -> anyhow::Result<NewCredential> {
    let agency = AgencyCode::parse("agency", ADMIN_AGENCY)?;
    let known = store.read(&Scope::installation(), GetAgency { code: agency.clone() }).await;
    if is_missing(&known)? {
        let command = CreateAgency {
            code: agency,
            name: "Quản trị hệ thống".to_owned(),
            short_name: String::new(),
            name_en: "System administration".to_owned(),
            kind: AgencyKind::Other,
        };
        store
            .write(&Scope::installation(), command, WriteOptions::default())
            .await
            .context("can't make the agency ADMIN")?;
    }
    create(store, id, ADMIN_AGENCY, Role::Admin, name).await
}

/// Makes a client.
///
/// # Errors
/// The id is not valid or taken, the agency is missing, or the database refuses.
pub async fn create(
    store: &Store,
    id: &str,
    agency: &str,
    role: Role,
    name: &str,
) -> anyhow::Result<NewCredential> {
    // Hashing takes tens of milliseconds of one core by design.
    let secret = tokio::task::spawn_blocking(new_secret).await??;
    let command = CreateClient {
        client_id: ClientId::parse("client_id", id)?,
        agency: AgencyCode::parse("agency", agency)?,
        role,
        name: name.to_owned(),
        secret_hash: secret.hash,
    };
    store
        .write(&Scope::installation(), command, WriteOptions::default())
        .await
        .with_context(|| format!("can't make the client {id}"))?;
    Ok(NewCredential { id: id.to_owned(), secret: secret.secret })
}

/// Switches a client off.
///
/// # Errors
/// It does not exist, or the database refuses.
pub async fn disable(store: &Store, id: &str) -> anyhow::Result<()> {
    let command = DisableClient { client_id: ClientId::parse("client_id", id)?, disabled: true };
    store.write(&Scope::installation(), command, WriteOptions::default()).await?;
    Ok(())
}

/// The first of `admin`, `admin-2`, `admin-3` … that no client has.
async fn free_id(store: &Store, stem: &str) -> anyhow::Result<String> {
    for count in 1..1_000 {
        let id = if count == 1 { stem.to_owned() } else { format!("{stem}-{count}") };
        let client_id = ClientId::parse("client_id", &id)?;
        if is_missing(&store.read(&Scope::installation(), GetClient { client_id }).await)? {
            return Ok(id);
        }
    }
    anyhow::bail!("{stem} to {stem}-999 are all taken: give another --client-id")
}

/// Whether a reading says that the thing does not exist.
///
/// # Errors
/// Any other failure of the reading.
pub fn is_missing<T>(reading: &Result<T, Error>) -> Result<bool, Error> {
    match reading {
        Ok(_) => Ok(false),
        Err(error) if error.reason == Reason::NotFound => Ok(true),
        Err(error) => Err(error.clone()),
    }
}
