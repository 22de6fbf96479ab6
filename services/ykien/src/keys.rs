//! The keys that sign tokens, on the installation's database.

use std::process::ExitCode;

use ykien_edge::auth::{KEYS_FRESH, rotate_signing_keys, verifies_until};

use crate::cli::{DatabaseArgs, KeysRotateArgs};
use crate::config::Database;
use crate::{database, out};

/// `ykien keys list`.
///
/// # Errors
/// The database can't be opened or read.
pub async fn list(args: &DatabaseArgs) -> anyhow::Result<ExitCode> {
    let store = database::open(&Database::check(args)?, database::system_clock()).await?;
    let now = store.clock().now();
    // Newest first: of those that are not retired, the first signs.
    let mut signing = Some("signs");
    for key in store.signing_keys().await? {
        let state = match verifies_until(&key) {
            None => signing.take().unwrap_or("verifies").to_owned(),
            Some(until) if until < now => "spent: the next rotation deletes it".to_owned(),
            Some(until) => format!("verifies until {until}"),
        };
        out::line(format_args!("{}  made {}  {state}", key.kid, key.created_at));
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// `ykien keys rotate`.
///
/// # Errors
/// The database can't be opened or written.
pub async fn rotate(args: &KeysRotateArgs) -> anyhow::Result<ExitCode> {
    let store = database::open(&Database::check(&args.database)?, database::system_clock()).await?;
    let rotation = rotate_signing_keys(&store, args.revoke).await?;
    store.close().await;
    out::line(format_args!("{}  signs, on every server within {} s", rotation.kid, KEYS_FRESH.as_secs()));
    for kid in &rotation.retired {
        out::line(format_args!(
            "{kid}  verifies until its last token has ended; its private part is deleted"
        ));
    }
    for kid in &rotation.ended {
        out::line(format_args!("{kid}  is deleted"));
    }
    Ok(ExitCode::SUCCESS)
}
