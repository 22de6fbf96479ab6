//! What authentication needs before there is an actor.

use ykien_domain::Result;
use ykien_domain::actor::Actor;
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::Timestamp;
use ykien_domain::words::Role;

use super::Engine;
use crate::error::{OrDomain, corrupt};
use crate::{Credential, SigningKey};

impl Engine {
    pub(crate) async fn credential(&self, client: &ClientId) -> Result<Option<Credential>> {
        let row: Option<(String, String, String, bool, bool)> = sqlx::query_as(
            "SELECT c.agency, c.role, c.secret_hash, c.disabled, a.active \
             FROM clients c JOIN agencies a ON a.code = c.agency WHERE c.client_id = $1",
        )
        .bind(client.as_str())
        .fetch_optional(self.reader.pool())
        .await
        .or_domain()?;
        row.map(|(agency, role, secret_hash, disabled, active)| {
            Ok(Credential {
                actor: Actor {
                    client: client.clone(),
                    agency: AgencyCode::stored(agency),
                    role: Role::from_word(&role).ok_or_else(|| corrupt("an unknown role"))?,
                },
                secret_hashes: vec![secret_hash],
                disabled: disabled || !active,
            })
        })
        .transpose()
    }

    pub(crate) async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let rows: Vec<(String, String, String, i64, Option<i64>)> = sqlx::query_as(
            "SELECT kid, private_pem, public_pem, created_at, retired_at FROM signing_keys \
             ORDER BY created_at DESC, kid DESC",
        )
        .fetch_all(self.reader.pool())
        .await
        .or_domain()?;
        Ok(rows
            .into_iter()
            .map(|(kid, private_pem, public_pem, created_at, retired_at)| SigningKey {
                kid,
                private_pem,
                public_pem,
                created_at: Timestamp(created_at),
                retired_at: retired_at.map(Timestamp),
            })
            .collect())
    }

    pub(crate) async fn add_signing_key(&self, key: &SigningKey) -> Result<()> {
        sqlx::query(
            "INSERT INTO signing_keys (kid, private_pem, public_pem, created_at, retired_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&key.kid)
        .bind(&key.private_pem)
        .bind(&key.public_pem)
        .bind(key.created_at.0)
        .bind(key.retired_at.map(|at| at.0))
        .execute(self.writer.pool())
        .await
        .or_domain()?;
        Ok(())
    }
}
