//! `ykien audit`: the seals of the change logs, and the logs as files that prove themselves.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use ykien_domain::actor::Scope;
use ykien_domain::chain::Seal;
use ykien_domain::ids::DraftId;
use ykien_edge::audit::AuditExport;
use ykien_edge::auth::{AuthConfig, Identity};

use crate::cli::{AuditCommand, AuditExportArgs, DatabaseArgs};
use crate::config::Database;
use crate::{database, out};

/// The largest file of heads that is read.
const MAX_HEADS_BYTES: u64 = 64 << 20;

/// `ykien audit …`.
///
/// # Errors
/// A setting that is not valid, a database that can't be read, a draft that is not there.
pub async fn command(command: AuditCommand) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Seal(args) => seal(&args).await,
        AuditCommand::Export(args) => export(args).await,
    }
}

async fn seal(args: &DatabaseArgs) -> anyhow::Result<ExitCode> {
    let store = database::open(&Database::check(args)?, database::system_clock()).await?;
    let config = AuthConfig { issuer: String::new(), audience: String::new(), token_lifetime_seconds: 1 };
    Identity::new(store.clone(), config).ensure_signing_key().await.context("can't make a signing key")?;
    let heads = store.seal().await.context("can't seal the logs")?;
    store.close().await;
    for head in &heads {
        out::line(serde_json::to_string(head)?);
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(args: AuditExportArgs) -> anyhow::Result<ExitCode> {
    let draft = args.draft.map(|id| DraftId::parse("--draft", &id)).transpose()?;
    let store = database::open(&Database::check(&args.database)?, database::system_clock()).await?;
    let mut export = AuditExport::begin(store.clone(), Scope::installation(), draft).await?;
    while let Some(lines) = export.next().await? {
        out::line(lines.trim_end());
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The heads that an earlier `ykien audit seal` printed.
///
/// # Errors
/// The file can't be read, or a line of it is no head.
pub(crate) fn heads(file: &Path) -> anyhow::Result<Vec<Seal>> {
    let name = || file.display().to_string();
    let size = std::fs::metadata(file).with_context(name)?.len();
    anyhow::ensure!(size <= MAX_HEADS_BYTES, "{}: must be at most {MAX_HEADS_BYTES} bytes", name());
    let text = std::fs::read_to_string(file).with_context(name)?;
    text.lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty())
        .map(|(line, number)| {
            serde_json::from_str(line).with_context(|| format!("{}: line {number} is no head", name()))
        })
        .collect()
}
