//! The change log, read: whole for who oversees, as far as it may be seen for who follows.

use ykien_domain::Result;
use ykien_domain::disclosure::Shown;
use ykien_domain::event::{Change, Event};
use ykien_domain::ids::Revision;
use ykien_domain::query::{
    AuditPage, ExportAudit, ExportRegistryAudit, ListEvents, ListRegistryEvents, Page, WatchDraft,
};

use super::seals::{entries, seals};
use super::work::Look;
use super::{Connection, Fetch};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::{DraftKey, EventRow, LogName};

async fn events(
    connection: &mut Connection,
    log: DraftKey,
    after: Revision,
    limit: i64,
) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = sqlx::query_as(
        "SELECT revision, at, operation, agency, client, role, request_id, address, change FROM events \
         WHERE draft = $1 AND revision > $2 ORDER BY revision LIMIT $3",
    )
    .bind(log)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    rows.into_iter().map(Event::try_from).collect()
}

impl Fetch for ListRegistryEvents {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Event, Revision>> {
        let events = events(look.connection, look.draft.key, self.after, self.limit + 1).await?;
        Ok(page(events, self.limit, |event| event.revision))
    }
}

impl Fetch for ListEvents {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Event, Revision>> {
        let events = events(look.connection, look.draft.key, self.after, self.limit + 1).await?;
        Ok(page(events, self.limit, |event| event.revision))
    }

    fn shows(answer: &Page<Event, Revision>) -> Vec<Shown> {
        answer.items.iter().filter_map(|event| event.change.comment()).map(Shown::from).collect()
    }
}

impl Fetch for ExportRegistryAudit {
    async fn fetch(self, look: &mut Look<'_>) -> Result<AuditPage> {
        audit_page(look.connection, &look.draft.log(), self.after, self.limit).await
    }
}

impl Fetch for ExportAudit {
    async fn fetch(self, look: &mut Look<'_>) -> Result<AuditPage> {
        audit_page(look.connection, &look.draft.log(), self.after, self.limit).await
    }

    fn shows(answer: &AuditPage) -> Vec<Shown> {
        let changes =
            answer.entries.iter().filter_map(|entry| serde_json::from_str::<Change>(&entry.change).ok());
        changes.filter_map(|change| change.comment().map(Shown::from)).collect()
    }
}

async fn audit_page(
    connection: &mut Connection,
    log: &LogName,
    after: Revision,
    limit: i64,
) -> Result<AuditPage> {
    let entries = entries(connection, log, after, limit).await?;
    let Some(last) = entries.last().map(|entry| entry.revision) else {
        return Ok(AuditPage { entries, seals: Vec::new() });
    };
    // No more than there are events: each seal ends at another.
    let mut seals = seals(connection, log.key, after, limit).await?;
    seals.retain(|seal| seal.revision <= last);
    Ok(AuditPage { entries, seals })
}

impl Fetch for WatchDraft {
    /// `next` is the last revision looked at, seen or not: where to go on.
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Event, Revision>> {
        let mut items = events(look.connection, look.draft.key, self.after, self.limit).await?;
        let next = items.last().map(|event| event.revision);
        items.retain(|event| event.change.visible_to(&look.access.sight));
        Ok(Page { items, next })
    }
}
