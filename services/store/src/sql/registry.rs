//! Agencies and clients.

use ykien_domain::command::{
    CreateAgency, CreateClient, DisableClient, EndClientSecret, MAX_CLIENT_KEYS, RotateClient, SetClientKeys,
    SucceedAgency, UpdateAgency,
};
use ykien_domain::comment::expect_etag;
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::model::{Agency, ApiClient};
use ykien_domain::query::{GetAgency, GetClient, ListAgencies, ListClients, Page};
use ykien_domain::text::{MAX_SHORT_TEXT, clean, required};
use ykien_domain::{Error, Reason, Result, Violations};

use super::work::{Look, Work};
use super::{Apply, Connection, Fetch};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::{AgencyRow, ClientRow};

macro_rules! agency_columns {
    () => {
        "code, name, short_name, name_en, kind, active, succeeded_by, changed"
    };
}

macro_rules! client_columns {
    () => {
        "client_id, agency, role, name, CAST(CASE WHEN secret_hash = '' THEN 0 ELSE 1 END + \
         CASE WHEN previous_secret_hash IS NULL THEN 0 ELSE 1 END AS BIGINT) AS secrets, public_keys, disabled, \
         created_at, changed"
    };
}

async fn agency(connection: &mut Connection, code: &AgencyCode) -> Result<Agency> {
    let row: AgencyRow =
        sqlx::query_as(concat!("SELECT ", agency_columns!(), " FROM agencies WHERE code = $1"))
            .bind(code.as_str())
            .fetch_optional(&mut *connection)
            .await
            .or_domain()?
            .ok_or_else(Error::not_found)?;
    row.try_into()
}

async fn client(connection: &mut Connection, id: &ClientId) -> Result<ApiClient> {
    let row: ClientRow =
        sqlx::query_as(concat!("SELECT ", client_columns!(), " FROM clients WHERE client_id = $1"))
            .bind(id.as_str())
            .fetch_optional(&mut *connection)
            .await
            .or_domain()?
            .ok_or_else(Error::not_found)?;
    row.try_into()
}

impl Work<'_> {
    async fn save_agency(&mut self, agency: &Agency) -> Result<()> {
        sqlx::query(
            "INSERT INTO agencies (code, name, short_name, name_en, kind, active, succeeded_by, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (code) DO UPDATE SET name = excluded.name, short_name = excluded.short_name, \
             name_en = excluded.name_en, kind = excluded.kind, active = excluded.active, \
             succeeded_by = excluded.succeeded_by, changed = excluded.changed",
        )
        .bind(agency.code.as_str())
        .bind(&agency.name)
        .bind(&agency.short_name)
        .bind(&agency.name_en)
        .bind(agency.kind.as_str())
        .bind(agency.active)
        .bind(agency.succeeded_by.as_ref().map(AgencyCode::as_str))
        .bind(agency.changed)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }
}

impl Apply for CreateAgency {
    async fn apply(self, work: &mut Work<'_>) -> Result<Agency> {
        let mut bad = Violations::default();
        let name = bad.take(required("name", &self.name, MAX_SHORT_TEXT));
        let short_name = bad.take(clean("short_name", &self.short_name, MAX_SHORT_TEXT));
        let name_en = bad.take(clean("name_en", &self.name_en, MAX_SHORT_TEXT));
        bad.check()?;
        if agency(work.connection, &self.code).await.is_ok() {
            return Err(Error::new(Reason::AlreadyExists, format!("agency {} exists already", self.code)));
        }
        let agency = Agency {
            code: self.code,
            short_name: if short_name.is_empty() { name.clone() } else { short_name },
            name,
            name_en,
            kind: self.kind,
            active: true,
            succeeded_by: None,
            changed: work.next_revision(),
        };
        work.save_agency(&agency).await?;
        work.emit(&Change::AgencyCreated { agency: agency.clone() })?;
        Ok(agency)
    }
}

impl Apply for UpdateAgency {
    async fn apply(self, work: &mut Work<'_>) -> Result<Agency> {
        let before = agency(work.connection, &self.code).await?;
        expect_etag(self.etag, before.changed, "the agency", 0)?;
        let mut bad = Violations::default();
        let mut agency = before.clone();
        if let Some(name) = self.name {
            agency.name = bad.take(required("name", &name, MAX_SHORT_TEXT));
        }
        if let Some(short_name) = self.short_name {
            agency.short_name = bad.take(required("short_name", &short_name, MAX_SHORT_TEXT));
        }
        if let Some(name_en) = self.name_en {
            agency.name_en = bad.take(clean("name_en", &name_en, MAX_SHORT_TEXT));
        }
        if self.active == Some(true) && before.succeeded_by.is_some() {
            bad.add("active", "can't be true for an agency that was succeeded by another");
        }
        bad.check()?;
        agency.kind = self.kind.unwrap_or(agency.kind);
        agency.active = self.active.unwrap_or(agency.active);
        agency.changed = work.next_revision();
        work.save_agency(&agency).await?;
        work.emit(&Change::AgencyUpdated { before, agency: agency.clone() })?;
        Ok(agency)
    }
}

impl Apply for SucceedAgency {
    async fn apply(self, work: &mut Work<'_>) -> Result<Agency> {
        let before = agency(work.connection, &self.code).await?;
        expect_etag(self.etag, before.changed, "the agency", 0)?;
        if self.successor == self.code {
            return Err(Error::field("successor", "must be another agency"));
        }
        work.expect_agency("successor", &self.successor).await?;
        let agency = Agency {
            active: false,
            succeeded_by: Some(self.successor),
            changed: work.next_revision(),
            ..before.clone()
        };
        work.save_agency(&agency).await?;
        work.emit(&Change::AgencySucceeded { before, agency: agency.clone() })?;
        Ok(agency)
    }
}

impl Fetch for GetAgency {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Agency> {
        agency(look.connection, &self.code).await
    }
}

impl Fetch for ListAgencies {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Agency, AgencyCode>> {
        let rows: Vec<AgencyRow> = sqlx::query_as(concat!(
            "SELECT ",
            agency_columns!(),
            " FROM agencies WHERE code > $1 ORDER BY code LIMIT $2"
        ))
        .bind(self.after.as_ref().map_or("", AgencyCode::as_str))
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let agencies = rows.into_iter().map(Agency::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(agencies, self.limit, |agency| agency.code.clone()))
    }
}

impl Apply for CreateClient {
    async fn apply(self, work: &mut Work<'_>) -> Result<ApiClient> {
        let name = clean("name", &self.name, MAX_SHORT_TEXT)?;
        work.expect_agency("agency", &self.agency).await?;
        if client(work.connection, &self.client_id).await.is_ok() {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("client {} exists already", self.client_id),
            ));
        }
        let client = ApiClient {
            client_id: self.client_id,
            agency: self.agency,
            role: self.role,
            name,
            secrets: 1,
            keys: Vec::new(),
            disabled: false,
            created_at: work.now,
            changed: work.next_revision(),
        };
        sqlx::query(
            "INSERT INTO clients (client_id, agency, role, name, secret_hash, disabled, created_at, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(client.client_id.as_str())
        .bind(client.agency.as_str())
        .bind(client.role.as_str())
        .bind(&client.name)
        .bind(&self.secret_hash)
        .bind(client.disabled)
        .bind(client.created_at.0)
        .bind(client.changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        work.emit(&Change::ClientCreated { client: client.clone() })?;
        Ok(client)
    }
}

impl Apply for RotateClient {
    async fn apply(self, work: &mut Work<'_>) -> Result<ApiClient> {
        let mut client = client(work.connection, &self.client_id).await?;
        client.secrets = if client.secrets == 0 { 1 } else { 2 };
        client.changed = work.next_revision();
        sqlx::query(
            "UPDATE clients SET previous_secret_hash = CASE WHEN secret_hash = '' THEN NULL ELSE secret_hash END, \
             secret_hash = $2, changed = $3 WHERE client_id = $1",
        )
        .bind(client.client_id.as_str())
        .bind(&self.secret_hash)
        .bind(client.changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        work.emit(&Change::ClientRotated { client: client.clone() })?;
        Ok(client)
    }
}

impl Apply for EndClientSecret {
    async fn apply(self, work: &mut Work<'_>) -> Result<ApiClient> {
        let mut client = client(work.connection, &self.client_id).await?;
        if self.all && client.keys.is_empty() {
            let message = "a client without keys keeps its newest secret: set keys first, or disable it";
            return Err(Error::field("all", message));
        }
        let left = if self.all { 0 } else { client.secrets.min(1) };
        if client.secrets == left {
            return Ok(client);
        }
        client.secrets = left;
        client.changed = work.next_revision();
        sqlx::query(
            "UPDATE clients SET previous_secret_hash = NULL, \
             secret_hash = CASE WHEN $2 THEN '' ELSE secret_hash END, changed = $3 WHERE client_id = $1",
        )
        .bind(client.client_id.as_str())
        .bind(self.all)
        .bind(client.changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        work.emit(&Change::ClientSecretEnded { client: client.clone() })?;
        Ok(client)
    }
}

impl Apply for SetClientKeys {
    async fn apply(self, work: &mut Work<'_>) -> Result<ApiClient> {
        let mut client = client(work.connection, &self.client_id).await?;
        if self.keys.len() > MAX_CLIENT_KEYS {
            return Err(Error::field("keys", format!("must be at most {MAX_CLIENT_KEYS}")));
        }
        if self.keys.is_empty() && client.secrets == 0 {
            return Err(Error::field("keys", "must not be empty for a client without a secret"));
        }
        let before = std::mem::replace(&mut client.keys, self.keys);
        if before == client.keys {
            return Ok(client);
        }
        client.changed = work.next_revision();
        let keys = serde_json::to_string(&client.keys)
            .map_err(|_| Error::new(Reason::Internal, "the keys can't be written"))?;
        sqlx::query("UPDATE clients SET public_keys = $2, changed = $3 WHERE client_id = $1")
            .bind(client.client_id.as_str())
            .bind(keys)
            .bind(client.changed)
            .execute(&mut *work.connection)
            .await
            .or_domain()?;
        work.emit(&Change::ClientKeysSet { before, client: client.clone() })?;
        Ok(client)
    }
}

impl Apply for DisableClient {
    async fn apply(self, work: &mut Work<'_>) -> Result<ApiClient> {
        let mut client = client(work.connection, &self.client_id).await?;
        if client.disabled == self.disabled {
            return Ok(client);
        }
        client.disabled = self.disabled;
        client.changed = work.next_revision();
        sqlx::query("UPDATE clients SET disabled = $2, changed = $3 WHERE client_id = $1")
            .bind(client.client_id.as_str())
            .bind(client.disabled)
            .bind(client.changed)
            .execute(&mut *work.connection)
            .await
            .or_domain()?;
        let change = if client.disabled {
            Change::ClientDisabled { client: client.clone() }
        } else {
            Change::ClientEnabled { client: client.clone() }
        };
        work.emit(&change)?;
        Ok(client)
    }
}

impl Fetch for GetClient {
    async fn fetch(self, look: &mut Look<'_>) -> Result<ApiClient> {
        client(look.connection, &self.client_id).await
    }
}

impl Fetch for ListClients {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<ApiClient, ClientId>> {
        let rows: Vec<ClientRow> = sqlx::query_as(concat!(
            "SELECT ",
            client_columns!(),
            " FROM clients WHERE client_id > $1 ORDER BY client_id LIMIT $2"
        ))
        .bind(self.after.as_ref().map_or("", ClientId::as_str))
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let clients = rows.into_iter().map(ApiClient::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(clients, self.limit, |client| client.client_id.clone()))
    }
}
