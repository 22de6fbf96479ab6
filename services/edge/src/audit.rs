//! A change log as a file that proves itself: JSON, one object a line, the same over HTTP and on the command line.
//!
//! First the log's name and the keys that may have sealed it, then its events, each seal after the event that it ends at.
//! `docs/security.md` describes it for whoever checks one.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use serde::Serialize;
use ykien_domain::actor::Scope;
use ykien_domain::chain::{Entry, Seal};
use ykien_domain::ids::{DraftId, Revision};
use ykien_domain::query::{AuditPage, ExportAudit, ExportRegistryAudit};
use ykien_domain::{Error, Reason, Result};
use ykien_store::Store;

/// The most events read at a time: bounds the memory.
const PAGE: i64 = 200;

/// A line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Log { log: &'a str, format: &'a str, keys: BTreeMap<String, String> },
    Event { event: &'a Entry },
    Seal { seal: &'a Seal },
}

/// A log while it is exported: it ends where the log stood at the beginning.
pub struct AuditExport {
    store: Store,
    scope: Scope,
    draft: Option<DraftId>,
    after: Revision,
    until: Revision,
    head: String,
}

impl AuditExport {
    /// Begins with the log of a draft, or with the installation's own.
    ///
    /// # Errors
    /// The store's own: `NOT_FOUND`, `PERMISSION_DENIED`, `UNAVAILABLE`.
    pub async fn begin(store: Store, scope: Scope, draft: Option<DraftId>) -> Result<Self> {
        let mut export = Self { store, scope, draft, after: 0, until: 0, head: String::new() };
        // Whether the caller may, and where the log stands.
        let (_, until) = export.page(0).await?;
        export.until = until;
        let keys = export.store.seal_keys().await?;
        let log = export.draft.as_ref().map_or("", DraftId::as_str);
        export.head = line(&Line::Log { log, format: "ykien audit 1", keys })?;
        Ok(export)
    }

    /// The revision at which it ends.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.until
    }

    /// The next lines, each with its line feed; none at the end.
    ///
    /// # Errors
    /// The store's own.
    pub async fn next(&mut self) -> Result<Option<String>> {
        if !self.head.is_empty() {
            return Ok(Some(std::mem::take(&mut self.head)));
        }
        let limit = PAGE.min(self.until - self.after);
        if limit <= 0 {
            return Ok(None);
        }
        let (AuditPage { entries, seals }, _) = self.page(limit).await?;
        let mut seals = VecDeque::from(seals);
        let mut lines = String::new();
        for entry in &entries {
            lines += &line(&Line::Event { event: entry })?;
            if seals.front().is_some_and(|seal| seal.revision == entry.revision)
                && let Some(seal) = seals.pop_front()
            {
                lines += &line(&Line::Seal { seal: &seal })?;
            }
            self.after = entry.revision;
        }
        // A log with a gap ends at it, and so is found out.
        Ok(Some(lines).filter(|lines| !lines.is_empty()))
    }

    async fn page(&self, limit: i64) -> Result<(AuditPage, Revision)> {
        let after = self.after;
        let read = match &self.draft {
            Some(draft) => {
                self.store.read(&self.scope, ExportAudit { draft: draft.clone(), after, limit }).await?
            }
            None => self.store.read(&self.scope, ExportRegistryAudit { after, limit }).await?,
        };
        Ok((read.answer, read.revision))
    }
}

fn line(line: &Line<'_>) -> Result<String> {
    let text = serde_json::to_string(line);
    text.map(|text| text + "\n").map_err(|_| Error::new(Reason::Internal, "a value without a JSON form"))
}
