//! What a use case works with: inside a write transaction ([`Work`]), inside a snapshot ([`Look`]).

use sha2::{Digest, Sha256};
use ykien_domain::actor::{Access, Operation, Relation, Scope, Sight};
use ykien_domain::command::{Place, WriteOptions, Written};
use ykien_domain::cube::Move;
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, DraftId, RequestId, Revision};
use ykien_domain::query::{Query, Read};
use ykien_domain::time::{SharedClock, Timestamp};
use ykien_domain::words::Role;
use ykien_domain::{Error, Reason, Result};

use super::{Apply, Connection, Fetch};
use crate::error::{OrDomain, corrupt};
use crate::rows::DraftRow;

/// The columns of a [`DraftRow`].
macro_rules! draft_columns {
    () => {
        "draft_id, title, summary, drafting_agency, revision, version, section_count, round_count, comment_count, \
         response_count, directive_count, created_at, changed"
    };
}
pub(super) use draft_columns;

/// The `draft_id` of the registry's own events and requests.
const REGISTRY: &str = "";

/// Inside a write transaction: the draft (or the registry) is locked, and the caller may do what it asked for.
pub struct Work<'t> {
    pub(super) connection: &'t mut Connection,
    pub(super) scope: &'t Scope,
    pub(super) clock: &'t SharedClock,
    /// What the caller is on the draft; on the registry, everything.
    pub(super) access: Access,
    /// The draft as it will be written at the end: counters and version are set here. Empty for the registry.
    pub(super) draft: DraftRow,
    /// The instant of the change, taken after the lock.
    pub(super) now: Timestamp,
    operation: Operation,
    request_id: Option<RequestId>,
    log: String,
    /// The last revision written; the next event has the one after it.
    revision: Revision,
}

impl<'t> Work<'t> {
    /// Carries out a command: lock, permission, request id, the use case, the counters, the answer for a retry.
    pub(super) async fn run<C: Apply>(
        connection: &'t mut Connection,
        scope: &'t Scope,
        clock: &'t SharedClock,
        command: C,
        options: WriteOptions,
    ) -> Result<Written<C::Answer>> {
        let body_hash = body_hash(&command)?;
        let (operation, request_id) = (C::OPERATION, options.request_id);
        let (log, draft, access, revision) = match command.place() {
            Place::Registry => {
                operation.permit(scope)?;
                let access = Access { sight: Sight::Everything, runs: scope.actor().role == Role::Admin };
                (REGISTRY.to_owned(), DraftRow::default(), access, lock_registry(connection).await?)
            }
            Place::Draft(id) => {
                let draft = lock_draft(connection, &id).await?;
                let access = access(connection, scope, &draft).await?;
                operation.permit_on(scope, &access)?;
                let revision = draft.revision;
                (draft.draft_id.clone(), draft, access, revision)
            }
        };
        let now = clock.now();
        let mut work =
            Self { connection, scope, clock, access, draft, now, operation, request_id, log, revision };
        if let Some((answer, revision)) = work.first_answer(&body_hash).await? {
            let answer = serde_json::from_str(&answer).map_err(|_| corrupt("an unreadable answer"))?;
            return Ok(Written { answer, revision, replayed: true });
        }
        let answer = command.apply(&mut work).await?;
        work.finish().await?;
        work.keep_answer(&body_hash, &answer).await?;
        Ok(Written { answer, revision: work.revision, replayed: false })
    }

    /// The draft's id.
    pub(super) fn draft_id(&self) -> DraftId {
        DraftId::stored(self.draft.draft_id.clone())
    }

    /// The revision that the next event will have: what a row that it changes is marked with.
    pub(super) fn next_revision(&self) -> Revision {
        self.revision + 1
    }

    /// Writes the event of a change, as the next revision.
    pub(super) async fn emit(&mut self, change: &Change) -> Result<()> {
        let moves = change.moves();
        self.emit_with(change, &moves).await
    }

    /// As [`Work::emit`], with moves that only the store knows.
    pub(super) async fn emit_with(&mut self, change: &Change, moves: &[Move]) -> Result<()> {
        self.revision += 1;
        let (log, revision) = (self.log.clone(), self.revision);
        self.insert_event(&log, revision, change, moves).await
    }

    /// Writes an event of a draft that is made in this transaction: its first.
    pub(super) async fn emit_first(&mut self, draft: &DraftId, change: &Change) -> Result<()> {
        self.insert_event(draft.as_str(), 1, change, &[]).await
    }

    async fn insert_event(
        &mut self,
        log: &str,
        revision: Revision,
        change: &Change,
        moves: &[Move],
    ) -> Result<()> {
        let actor = self.scope.actor();
        let moves = if moves.is_empty() { String::new() } else { json(&moves)? };
        sqlx::query(
            "INSERT INTO events (draft_id, revision, at, operation, kind, agency, client, role, request_id, structural, \
             moves, change, admits) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(log)
        .bind(revision)
        .bind(self.now.0)
        .bind(self.operation.as_str())
        .bind(change.kind())
        .bind(actor.agency.as_str())
        .bind(actor.client.as_str())
        .bind(actor.role.as_str())
        .bind(self.request_id.as_ref().map(RequestId::as_str))
        .bind(change.is_structural())
        .bind(moves)
        .bind(json(change)?)
        .bind(change.admits())
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }

    /// Writes the counters and the revision.
    async fn finish(&mut self) -> Result<()> {
        if self.log == REGISTRY {
            sqlx::query("UPDATE registry SET revision = $1 WHERE id = 1")
                .bind(self.revision)
                .execute(&mut *self.connection)
                .await
                .or_domain()?;
            return Ok(());
        }
        let draft = &self.draft;
        sqlx::query(
            "UPDATE drafts SET revision = $2, version = $3, section_count = $4, round_count = $5, comment_count = $6, \
             response_count = $7, directive_count = $8, changed = $9 WHERE draft_id = $1",
        )
        .bind(&draft.draft_id)
        .bind(self.revision)
        .bind(draft.version)
        .bind(draft.section_count)
        .bind(draft.round_count)
        .bind(draft.comment_count)
        .bind(draft.response_count)
        .bind(draft.directive_count)
        .bind(draft.changed)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }

    /// The answer kept for this request id, if it was used with the same body.
    async fn first_answer(&mut self, body_hash: &str) -> Result<Option<(String, Revision)>> {
        let Some(request_id) = &self.request_id else { return Ok(None) };
        let kept: Option<(String, String, i64)> = sqlx::query_as(
            "SELECT body_hash, answer, revision FROM requests \
             WHERE draft_id = $1 AND agency = $2 AND operation = $3 AND request_id = $4",
        )
        .bind(&self.log)
        .bind(self.scope.agency().as_str())
        .bind(self.operation.as_str())
        .bind(request_id.as_str())
        .fetch_optional(&mut *self.connection)
        .await
        .or_domain()?;
        match kept {
            None => Ok(None),
            Some((kept_hash, answer, revision)) if kept_hash == body_hash => Ok(Some((answer, revision))),
            Some(_) => {
                let message = "this request id was used before with another body";
                Err(Error { reason: Reason::RequestIdReused, ..Error::field("request_id", message) })
            }
        }
    }

    async fn keep_answer<A: serde::Serialize + Sync>(&mut self, body_hash: &str, answer: &A) -> Result<()> {
        let Some(request_id) = &self.request_id else { return Ok(()) };
        sqlx::query(
            "INSERT INTO requests (draft_id, agency, operation, request_id, body_hash, answer, revision, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&self.log)
        .bind(self.scope.agency().as_str())
        .bind(self.operation.as_str())
        .bind(request_id.as_str())
        .bind(body_hash)
        .bind(json(answer)?)
        .bind(self.revision)
        .bind(self.now.0)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }

    /// Whether the agency is known and active.
    pub(super) async fn expect_agency(&mut self, field: &str, agency: &AgencyCode) -> Result<()> {
        let active: Option<(bool,)> = sqlx::query_as("SELECT active FROM agencies WHERE code = $1")
            .bind(agency.as_str())
            .fetch_optional(&mut *self.connection)
            .await
            .or_domain()?;
        match active {
            Some((true,)) => Ok(()),
            Some((false,)) => {
                let message = format!("agency {agency} is not active");
                Err(Error { reason: Reason::AgencyInactive, ..Error::field(field, message) })
            }
            None => Err(Error::field(field, format!("agency {agency} is not known here"))),
        }
    }
}

/// Inside a snapshot: the caller may know the draft and ask what it asked.
pub struct Look<'t> {
    pub(super) connection: &'t mut Connection,
    pub(super) scope: &'t Scope,
    /// What the caller is on the draft; on the registry, everything that its role may.
    pub(super) access: Access,
    /// The draft; empty for the registry.
    pub(super) draft: DraftRow,
    /// The instant of the reading.
    pub(super) now: Timestamp,
}

impl<'t> Look<'t> {
    /// Answers a query: permission, the reading, the revision for which it holds.
    pub(super) async fn run<Q: Fetch>(
        connection: &'t mut Connection,
        scope: &'t Scope,
        clock: &'t SharedClock,
        query: Q,
    ) -> Result<Read<<Q as Query>::Answer>> {
        let (access, draft, revision) = match query.place() {
            Place::Registry => {
                Q::OPERATION.permit(scope)?;
                let (revision,): (i64,) = sqlx::query_as("SELECT revision FROM registry WHERE id = 1")
                    .fetch_one(&mut *connection)
                    .await
                    .or_domain()?;
                (Access { sight: Sight::Everything, runs: false }, DraftRow::default(), revision)
            }
            Place::Draft(id) => {
                let draft: DraftRow =
                    sqlx::query_as(concat!("SELECT ", draft_columns!(), " FROM drafts WHERE draft_id = $1"))
                        .bind(id.as_str())
                        .fetch_optional(&mut *connection)
                        .await
                        .or_domain()?
                        .ok_or_else(Error::not_found)?;
                let access = access(connection, scope, &draft).await?;
                Q::OPERATION.permit_on(scope, &access)?;
                let revision = draft.revision;
                (access, draft, revision)
            }
        };
        let mut look = Self { connection, scope, access, draft, now: clock.now() };
        let answer = query.fetch(&mut look).await?;
        Ok(Read { answer, revision })
    }

    /// The three values that every statement over comments binds: sees everything, own agency, answers for its own.
    pub(super) fn sight(&self) -> (bool, String, bool) {
        match &self.access.sight {
            Sight::Everything => (true, String::new(), true),
            Sight::Own { agency, answers } => (false, agency.as_str().to_owned(), *answers),
        }
    }
}

/// Locks the registry's row; its revision moves when something happened.
async fn lock_registry(connection: &mut Connection) -> Result<Revision> {
    let (revision,): (i64,) =
        sqlx::query_as("UPDATE registry SET revision = revision + 0 WHERE id = 1 RETURNING revision")
            .fetch_one(&mut *connection)
            .await
            .or_domain()?;
    Ok(revision)
}

/// Locks the draft's row, so that its changes are totally ordered.
async fn lock_draft(connection: &mut Connection, id: &DraftId) -> Result<DraftRow> {
    sqlx::query_as(concat!(
        "UPDATE drafts SET revision = revision + 0 WHERE draft_id = $1 RETURNING ",
        draft_columns!()
    ))
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await
    .or_domain()?
    .ok_or_else(Error::not_found)
}

/// What the caller is on a draft; the same error for a draft that it may not know as for one that does not exist.
async fn access(connection: &mut Connection, scope: &Scope, draft: &DraftRow) -> Result<Access> {
    let drafting = draft.drafting_agency == scope.agency().as_str();
    let mut relation = Relation { drafting, ..Relation::default() };
    // Whoever is weighed as knowing the draft already needs no further looking.
    if let Some(access) = Access::weigh(scope, relation) {
        return Ok(access);
    }
    let (invited, admitted): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM invitations i \
             JOIN rounds r ON r.draft_id = i.draft_id AND r.round = i.round \
             WHERE i.draft_id = $1 AND i.agency = $2 AND r.state <> 'preparing'), \
         EXISTS (SELECT 1 FROM rounds r \
             WHERE r.draft_id = $1 AND r.admission = 'anyone' AND r.state <> 'preparing')",
    )
    .bind(&draft.draft_id)
    .bind(scope.agency().as_str())
    .fetch_one(&mut *connection)
    .await
    .or_domain()?;
    relation.invited = invited;
    relation.admitted = admitted;
    if !invited && !admitted {
        let (responsible,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM sections s WHERE s.draft_id = $1 AND s.version = $3 AND s.assigned = $2) \
             OR EXISTS (SELECT 1 FROM directives d WHERE d.draft_id = $1 AND d.responsible = $2) \
             OR EXISTS (SELECT 1 FROM comments c WHERE c.draft_id = $1 AND c.assigned = $2)",
        )
        .bind(&draft.draft_id)
        .bind(scope.agency().as_str())
        .bind(draft.version)
        .fetch_one(&mut *connection)
        .await
        .or_domain()?;
        relation.responsible = responsible;
    }
    Access::weigh(scope, relation).ok_or_else(Error::not_found)
}

/// What makes two requests the same: the command as parsed.
fn body_hash<C: serde::Serialize>(command: &C) -> Result<String> {
    use std::fmt::Write;
    let digest = Sha256::digest(json(command)?.as_bytes());
    Ok(digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The JSON of what the domain made.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| corrupt("a value without a JSON form"))
}
