//! What authentication needs before there is an actor.

use ykien_domain::actor::Actor;
use ykien_domain::command::{RotateSigningKeys, SigningKeysRotated};
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::Timestamp;
use ykien_domain::words::Role;

use ykien_domain::{Error, Reason, Result};

use super::work::Work;
use super::{Apply, Engine};
use crate::error::{OrDomain, corrupt};
use crate::rows::client_keys;
use crate::{Credential, MAX_USED_ASSERTIONS, SigningKey};

/// Agency, role, the secret's hash and that of the one before, public keys (JSON), whether disabled, whether the agency is
/// active.
type CredentialRow = (String, String, String, Option<String>, String, bool, bool);

impl Engine {
    pub(crate) async fn credential(&self, client: &ClientId) -> Result<Option<Credential>> {
        let row: Option<CredentialRow> = sqlx::query_as(
            "SELECT c.agency, c.role, c.secret_hash, c.previous_secret_hash, c.public_keys, c.disabled, a.active \
             FROM clients c JOIN agencies a ON a.code = c.agency WHERE c.client_id = $1",
        )
        .bind(client.as_str())
        .fetch_optional(self.reader.pool())
        .await
        .or_domain()?;
        row.map(|(agency, role, secret_hash, previous, keys, disabled, active)| {
            Ok(Credential {
                actor: Actor {
                    client: client.clone(),
                    agency: AgencyCode::stored(agency),
                    role: Role::from_word(&role).ok_or_else(|| corrupt("an unknown role"))?,
                },
                // Empty where the client has keys alone.
                secret_hashes: Some(secret_hash)
                    .filter(|hash| !hash.is_empty())
                    .into_iter()
                    .chain(previous)
                    .collect(),
                keys: client_keys(&keys)?,
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

    pub(crate) async fn use_assertion(
        &self,
        client: &ClientId,
        jti_hash: &str,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let pool = self.writer.pool();
        sqlx::query("DELETE FROM used_assertions WHERE expires_at < $1")
            .bind(self.clock().now().0)
            .execute(pool)
            .await
            .or_domain()?;
        let (used,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM used_assertions WHERE client_id = $1")
            .bind(client.as_str())
            .fetch_one(pool)
            .await
            .or_domain()?;
        if used >= MAX_USED_ASSERTIONS {
            let message =
                format!("a client has at most {MAX_USED_ASSERTIONS} assertions that have not ended");
            return Err(Error::new(Reason::LimitExceeded, message));
        }
        let kept = sqlx::query(
            "INSERT INTO used_assertions (client_id, jti_hash, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (client_id, jti_hash) DO NOTHING",
        )
        .bind(client.as_str())
        .bind(jti_hash)
        .bind(expires_at.0)
        .execute(pool)
        .await
        .or_domain()?;
        Ok(kept.rows_affected() == 1)
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

impl Apply for RotateSigningKeys {
    async fn apply(self, work: &mut Work<'_>) -> Result<SigningKeysRotated> {
        let now = work.now;
        // Keys whose last token has ended; all of them when they are no longer to be trusted.
        let spent_before = if self.revoke { i64::MAX } else { now.plus_seconds(-self.verifying_seconds).0 };
        let ended: Vec<String> =
            sqlx::query_scalar("DELETE FROM signing_keys WHERE COALESCE(retired_at, $1) < $2 RETURNING kid")
                .bind(now.0)
                .bind(spent_before)
                .fetch_all(&mut *work.connection)
                .await
                .or_domain()?;
        // What only signs is of no use any more, and of use to a thief.
        let retired: Vec<String> = sqlx::query_scalar(
            "UPDATE signing_keys SET retired_at = $1, private_pem = '' WHERE retired_at IS NULL RETURNING kid",
        )
        .bind(now.0)
        .fetch_all(&mut *work.connection)
        .await
        .or_domain()?;
        sqlx::query(
            "INSERT INTO signing_keys (kid, private_pem, public_pem, created_at, retired_at) VALUES ($1, $2, $3, $4, NULL)",
        )
        .bind(&self.kid)
        .bind(&self.private_pem)
        .bind(&self.public_pem)
        .bind(now.0)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        let rotation = SigningKeysRotated { kid: self.kid, retired, ended };
        work.emit(&Change::SigningKeysRotated { rotation: rotation.clone() })?;
        Ok(rotation)
    }
}
