//! The API clients: each integration's credential. A secret is shown once, when it is made, and stored only as a hash.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::command::{Command, Written};
use ykien_domain::ids::{AgencyCode, ClientId, etag};
use ykien_domain::{Error, Reason, Result, Violations, command, model, query, words};
use ykien_edge::{auth, page};

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, create_client))
        .routes(routes!(get_client))
        .routes(routes!(rotate_client_secret))
        .routes(routes!(end_client_secret))
        .routes(routes!(set_client_keys))
        .routes(routes!(disable_client))
        .routes(routes!(enable_client))
}

/// An integration's credential, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Client {
    /// Its id: the `client_id` of a token request.
    client_id: String,
    /// The code of the agency that it speaks for.
    agency: String,
    /// What it may be.
    #[schema(value_type = crate::words::Role)]
    role: words::Role,
    /// What it is, for people.
    name: String,
    /// How many secrets of it are live: 2 while it is being rotated, 0 when it authenticates by its keys alone.
    secrets: i64,
    /// The public keys that it may authenticate with (`private_key_jwt`), as JSON Web Keys.
    keys: Vec<Value>,
    /// Whether it was switched off: it gets no token, and those that it has are refused.
    disabled: bool,
    /// When it was made, RFC 3339.
    #[schema(format = DateTime)]
    create_time: String,
    /// The state that was read.
    etag: String,
}

impl From<model::ApiClient> for Client {
    fn from(client: model::ApiClient) -> Self {
        Self {
            client_id: client.client_id.to_string(),
            agency: client.agency.to_string(),
            role: client.role,
            name: client.name,
            secrets: client.secrets,
            keys: client.keys.into_iter().map(|key| key.jwk).collect(),
            disabled: client.disabled,
            create_time: client.created_at.to_string(),
            etag: etag(client.changed),
        }
    }
}

impl View for Client {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}

/// A client and its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientWithSecret {
    /// The client.
    client: Client,
    /// Its new secret, shown this once. Null in the answer to a retry (`Idempotency-Replayed: true`): the secret is not
    /// kept; make a new one if the first answer was lost.
    client_secret: Option<String>,
}

impl ClientWithSecret {
    fn answer(written: Written<model::ApiClient>, secret: String) -> Answer<Self> {
        // A replay kept the hash of the first secret, not of the one made for this call.
        let client_secret = (!written.replayed).then_some(secret);
        Answer::written(written, |client| Self { client: client.into(), client_secret })
    }
}

impl View for ClientWithSecret {
    fn etag(&self) -> Option<&str> {
        Some(&self.client.etag)
    }
}

/// A client to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClient {
    /// Its id: 1 to 63 lower-case letters, digits or '-', beginning with a letter or digit.
    client_id: String,
    /// The code of the agency that it speaks for.
    agency: String,
    /// What it may be.
    #[schema(value_type = crate::words::Role)]
    role: words::Role,
    /// What it is, for people, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    name: String,
}

/// A new secret, made off the async threads: hashing takes tens of milliseconds. The caller's right to it is asked for
/// before, so that nobody else can have the work done.
async fn make_secret() -> Result<auth::NewSecret> {
    let made = tokio::task::spawn_blocking(auth::new_secret).await;
    made.map_err(|_| Error::new(Reason::Internal, "a secret could not be made"))?
}

/// The clients, by id
#[utoipa::path(get, path = "/v1/clients", tag = "clients", params(PageQuery),
    responses((status = 200, description = "A page of clients.", body = Listing<Client>)))]
async fn list_clients(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Client>> {
    let paging = Paging::of("list_clients", &[]);
    let list =
        query::ListClients { after: paging.after(&asked.page_token)?, limit: page::size(asked.page_size)? };
    Ok(paging.listing(state.store.read(&scope, list).await?, Client::from))
}

/// Make a client
///
/// The answer holds its secret: the only time that it is shown.
#[utoipa::path(post, path = "/v1/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, description = "The client and its secret.", body = ClientWithSecret)))]
async fn create_client(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    Write(options): Write,
    Body(new): Body<NewClient>,
) -> Answered<ClientWithSecret> {
    let mut bad = Violations::default();
    let client_id = bad.take(ClientId::parse("client_id", &new.client_id));
    let agency = bad.take(AgencyCode::parse("agency", &new.agency));
    bad.check()?;
    command::CreateClient::OPERATION.permit(&scope)?;
    let made = make_secret().await?;
    let command =
        command::CreateClient { client_id, agency, role: new.role, name: new.name, secret_hash: made.hash };
    let written = state.store.write(&scope, command, options).await?;
    Ok(ClientWithSecret::answer(written, made.secret)
        .created(|made| format!("/v1/clients/{}", made.client.client_id)))
}

/// One client
#[utoipa::path(get, path = "/v1/clients/{client}", tag = "clients",
    responses((status = 200, description = "The client.", body = Client)))]
async fn get_client(State(state): State<AdminState>, Caller(scope): Caller, ids: Ids) -> Answered<Client> {
    let read = state.store.read(&scope, query::GetClient { client_id: ids.client()? }).await?;
    Ok(Answer::read(read, Client::from))
}

/// Give a client a new secret
///
/// The one before it stays live beside it, so that a client can change over; an older one ends. End the older one with
/// `/secret/end` once the new one is in use. Tokens live out their time, at most 15 minutes.
#[utoipa::path(post, path = "/v1/clients/{client}/secret", tag = "clients",
    responses((status = 200, description = "The client and its new secret.", body = ClientWithSecret)))]
async fn rotate_client_secret(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
) -> Answered<ClientWithSecret> {
    let client_id = ids.client()?;
    command::RotateClient::OPERATION.permit(&scope)?;
    let made = make_secret().await?;
    let command = command::RotateClient { client_id, secret_hash: made.hash };
    Ok(ClientWithSecret::answer(state.store.write(&scope, command, options).await?, made.secret))
}

/// Which secrets to end.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndedSecrets {
    /// Also the newer one: only for a client that has keys.
    #[serde(default)]
    all: bool,
}

/// End the older of a client's secrets
///
/// It gets no token from then on; tokens that it got live out their time, at most 15 minutes.
#[utoipa::path(post, path = "/v1/clients/{client}/secret/end", tag = "clients", request_body = EndedSecrets,
    responses((status = 200, description = "The client as it is now.", body = Client)))]
async fn end_client_secret(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(ended): Body<EndedSecrets>,
) -> Answered<Client> {
    let command = command::EndClientSecret { client_id: ids.client()?, all: ended.all };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Client::from))
}

/// A client's public keys: a JSON Web Key Set (RFC 7517).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientKeys {
    /// At most 4 public keys, each with `kid` and `alg` (EdDSA, ES256, ES384, RS256 to RS512, PS256 to PS512); none ends
    /// this way of authentication.
    #[schema(max_items = 4)]
    keys: Vec<Value>,
}

/// Set a client's public keys
///
/// In place of those that it has. The client authenticates with the private part of any of them (`private_key_jwt`).
#[utoipa::path(put, path = "/v1/clients/{client}/keys", tag = "clients", request_body = ClientKeys,
    responses((status = 200, description = "The client as it is now.", body = Client)))]
async fn set_client_keys(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(set): Body<ClientKeys>,
) -> Answered<Client> {
    let client_id = ids.client()?;
    command::SetClientKeys::OPERATION.permit(&scope)?;
    if set.keys.len() > command::MAX_CLIENT_KEYS {
        return Err(Error::field("keys", format!("must be at most {}", command::MAX_CLIENT_KEYS)).into());
    }
    let command = command::SetClientKeys { client_id, keys: auth::client_keys(&set.keys)? };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Client::from))
}

/// Switch a client off
///
/// It gets no more tokens, and those that it has are refused.
#[utoipa::path(post, path = "/v1/clients/{client}/disable", tag = "clients",
    responses((status = 200, description = "The client as it is now.", body = Client)))]
async fn disable_client(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
) -> Answered<Client> {
    let command = command::DisableClient { client_id: ids.client()?, disabled: true };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Client::from))
}

/// Switch a client on again
#[utoipa::path(post, path = "/v1/clients/{client}/enable", tag = "clients",
    responses((status = 200, description = "The client as it is now.", body = Client)))]
async fn enable_client(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
) -> Answered<Client> {
    let command = command::DisableClient { client_id: ids.client()?, disabled: false };
    Ok(Answer::written(state.store.write(&scope, command, options).await?, Client::from))
}
