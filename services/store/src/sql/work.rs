//! What a use case works with: inside a write transaction ([`Work`]), inside a snapshot ([`Look`]).

use sha2::{Digest, Sha256};
use ykien_domain::actor::{Access, Operation, Relation, Scope, Sight};
use ykien_domain::command::{Command, Place, WriteOptions, Written};
use ykien_domain::cube::Move;
use ykien_domain::disclosure::Disclosure;
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, DraftId, RequestId, Revision};
use ykien_domain::model::{Comment, Content};
use ykien_domain::query::{Query, Read};
use ykien_domain::time::{SharedClock, Timestamp};
use ykien_domain::words::Role;
use ykien_domain::{Error, Reason, Result};

use super::additions::{Additions, RequestKey, given_out_twice};
use super::arrangement::{Arrangement, relation};
use super::locks::{lock_draft, lock_registry};
use super::{Apply, Connection, Fetch};
use crate::error::{OrDomain, corrupt};
use crate::rows::{DraftKey, DraftRow, REGISTRY, WriterNumber};
use crate::sink::Sink;

/// The columns of a [`DraftRow`], of a draft `d`. Its revision and the number of its last comment are those that its log
/// and its comments end with: no counter has to be moved when a comment is added.
macro_rules! draft_columns {
    () => {
        "d.draft, d.draft_id, d.title, d.summary, d.drafting_agency, \
         (SELECT COALESCE(MAX(e.revision), 0) FROM events e WHERE e.draft = d.draft) AS revision, d.writer, d.arranged, \
         d.version, d.section_count, d.round_count, \
         (SELECT COALESCE(MAX(c.number), 0) FROM comments c WHERE c.draft = d.draft) AS comment_count, \
         d.response_count, d.directive_count, d.created_at, d.changed"
    };
}
pub(super) use draft_columns;

/// A change log while it is locked: where it stands, and what is known of what it is about.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The draft; empty for the registry.
    draft: DraftRow,
    /// The last revision written; the next event has the one after it.
    revision: Revision,
    arrangement: Arrangement,
    /// Whether nobody else is known to write here: nothing had moved when it was locked last, and the draft names this
    /// process as its writer since.
    alone: bool,
}

/// A request, before it is known whether it was carried out before.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    id: Option<RequestId>,
    /// What stands for who asked, for what and with which id.
    key: Option<(i64, i64)>,
    /// What makes two requests the same: SHA-256 of the command as parsed.
    body_hash: String,
}

/// Inside a write transaction: the draft (or the registry) is locked.
pub struct Work<'t> {
    pub(super) connection: &'t mut Connection,
    pub(super) scope: &'t Scope,
    pub(super) clock: &'t SharedClock,
    /// What the caller is on the draft; on the registry, everything. Weighed before a command is applied.
    pub(super) access: Access,
    /// The draft as it will be written at the end: counters and version are set here. Empty for the registry.
    pub(super) draft: &'t mut DraftRow,
    /// What was read of the draft since it was last arranged.
    pub(super) arrangement: &'t mut Arrangement,
    /// Where the log stands.
    revision: &'t mut Revision,
    /// The rows that go out at the end.
    pub(super) additions: &'t mut Additions,
    /// The instant of the change, taken after the lock.
    pub(super) now: Timestamp,
    operation: Operation,
    request: Request,
    is_kept_by_event: bool,
}

impl Log {
    /// A draft's, as its row was locked, with what was known of it.
    pub(super) fn draft(draft: DraftRow, known: Option<Self>) -> Self {
        let alone = known.as_ref().is_none_or(|known| known.revision == draft.revision);
        let arrangement = known
            .map(|known| known.arrangement)
            .filter(|arrangement| arrangement.at == draft.arranged)
            .unwrap_or_else(|| Arrangement::at(draft.arranged));
        Self { revision: draft.revision, draft, arrangement, alone }
    }

    /// Whether something was carried out since it was locked, or left.
    pub(super) fn is_changed(&self) -> bool {
        self.revision > self.draft.revision
    }

    /// Puts the draft's row as it stands at the end among the rows that go out, if anything changed: with the writer that may
    /// go on without it, where nobody else writes here.
    pub(super) fn close(&mut self, additions: &mut Additions, writer: Option<WriterNumber>) {
        self.alone &= self.is_changed() && writer.is_some();
        if self.is_changed() {
            self.draft.writer = writer.filter(|_| self.alone);
            additions.draft(&self.draft);
        }
    }

    /// As it is left once that is written.
    pub(super) fn left(mut self) -> Self {
        self.draft.revision = self.revision;
        self
    }

    /// Whether the draft most likely still stands as it was left.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Others may write here from now on.
    pub(super) fn share(&mut self) {
        self.alone = false;
    }

    async fn lock(connection: &mut Connection, place: Place) -> Result<Self> {
        match place {
            Place::Registry => {
                let revision = lock_registry(connection).await?;
                Ok(Self { revision, ..Self::default() })
            }
            Place::Draft(id) => {
                let draft = lock_draft(connection, &id).await?.ok_or_else(Error::not_found)?;
                Ok(Self::draft(draft, None))
            }
        }
    }
}

impl Request {
    pub(super) fn new<C: Command>(scope: &Scope, command: &C, id: Option<RequestId>) -> Result<Self> {
        let key =
            id.as_ref().map(|id| request_key(scope.agency().as_str(), C::OPERATION.as_str(), id.as_str()));
        Ok(Self { id, key, body_hash: body_hash(command)? })
    }

    /// What it was carried out under, if it was; none for a request without an id.
    pub(super) fn key(&self, log: &str) -> Option<RequestKey> {
        let (high, low) = self.key?;
        Some(RequestKey { log: log.to_owned(), high, low })
    }
}

impl<'t> Work<'t> {
    /// Carries out one command: lock, permission, request id, the use case, the counters, the answer for a retry.
    pub(super) async fn run<C: Apply>(
        connection: &mut Connection,
        scope: &Scope,
        clock: &SharedClock,
        command: C,
        options: WriteOptions,
    ) -> Result<Written<C::Answer>> {
        let request = Request::new(scope, &command, options.request_id)?;
        let mut log = Log::lock(connection, command.place()).await?;
        let mut additions = Additions::default();
        let key = request.key(&log.draft.draft_id);
        additions.look_up(connection, key).await?;
        let written = Work::new(connection, scope, clock, &mut additions, &mut log, clock.now())
            .carry_out(command, request)
            .await?;
        if log.draft.key == REGISTRY {
            move_registry(connection, log.revision).await?;
        } else {
            log.close(&mut additions, None);
        }
        additions.write(connection).await.map_err(given_out_twice)?;
        Ok(written)
    }

    pub(super) fn new(
        connection: &'t mut Connection,
        scope: &'t Scope,
        clock: &'t SharedClock,
        additions: &'t mut Additions,
        log: &'t mut Log,
        now: Timestamp,
    ) -> Self {
        let Log { draft, revision, arrangement, .. } = log;
        // Nothing, until it is weighed.
        let access =
            Access { sight: Sight::Own { agency: AgencyCode::default(), answers: false }, runs: false };
        let operation = Operation::GetDraft;
        Self {
            connection,
            scope,
            clock,
            access,
            draft,
            arrangement,
            revision,
            additions,
            now,
            operation,
            request: Request::default(),
            is_kept_by_event: false,
        }
    }

    /// Carries out a command under the lock. A refusal leaves no trace in what goes out.
    pub(super) async fn carry_out<C: Apply>(
        &mut self,
        command: C,
        request: Request,
    ) -> Result<Written<C::Answer>> {
        self.operation = C::OPERATION;
        if self.draft.key == REGISTRY {
            self.operation.permit(self.scope)?;
            let runs = self.scope.actor().role == Role::Admin;
            self.access = Access { sight: Sight::Everything, runs };
        } else {
            self.access = self.weigh().await?;
            self.operation.permit_on(self.scope, &self.access)?;
        }
        self.request = request;
        let key = self.request.key(&self.draft.draft_id);
        if let Some(carried) = key.and_then(|key| self.additions.carried.get(&key)) {
            if carried.body_hash != self.request.body_hash {
                let message = "this request id was used before with another body";
                return Err(Error { reason: Reason::RequestIdReused, ..Error::field("request_id", message) });
            }
            let revision = carried.revision;
            let mut answer = C::first_answer(self, revision).await?;
            self.put_names(C::persons(&mut answer)).await?;
            return Ok(Written { answer, revision, replayed: true });
        }
        self.is_kept_by_event = C::IS_KEPT_BY_EVENT;
        let mut answer = command.apply(self).await?;
        if !C::IS_KEPT_BY_EVENT {
            self.keep_answer(&answer)?;
        }
        self.put_names(C::persons(&mut answer)).await?;
        Ok(Written { answer, revision: *self.revision, replayed: false })
    }

    /// What the caller is on the draft; the same error for a draft that it may not know as for one that does not exist.
    async fn weigh(&mut self) -> Result<Access> {
        let drafting = self.draft.drafting_agency == self.scope.agency().as_str();
        // Whoever is weighed as knowing the draft already needs no further looking.
        if let Some(access) = Access::weigh(self.scope, Relation { drafting, ..Relation::default() }) {
            return Ok(access);
        }
        let relation = self.relation().await?;
        Access::weigh(self.scope, relation).ok_or_else(Error::not_found)
    }

    /// The draft's id.
    pub(super) fn draft_id(&self) -> DraftId {
        DraftId::stored(self.draft.draft_id.clone())
    }

    /// The revision that the next event will have: what a row that it changes is marked with.
    pub(super) fn next_revision(&self) -> Revision {
        *self.revision + 1
    }

    /// Notes the event of a change, as the next revision.
    pub(super) fn emit(&mut self, change: &Change) -> Result<()> {
        let moves = change.moves();
        self.emit_with(change, &moves)
    }

    /// As [`Work::emit`], with moves that only the store knows.
    pub(super) fn emit_with(&mut self, change: &Change, moves: &[Move]) -> Result<()> {
        *self.revision += 1;
        if change.arranges() {
            self.draft.arranged = *self.revision;
        }
        self.push_event(self.draft.key, *self.revision, change, moves)
    }

    /// Notes the event of a draft that is made in this transaction: its first.
    pub(super) fn emit_first(&mut self, draft: DraftKey, change: &Change) -> Result<()> {
        self.push_event(draft, 1, change, &[])
    }

    fn push_event(
        &mut self,
        log: DraftKey,
        revision: Revision,
        change: &Change,
        moves: &[Move],
    ) -> Result<()> {
        let actor = self.scope.actor();
        let address = self.scope.address().map(|address| address.to_string());
        self.additions
            .events
            .push(log)
            .push(revision)
            .push(self.now.0)
            .push(self.operation.as_str())
            .push(change.kind())
            .push(actor.agency.as_str())
            .push(actor.client.as_str())
            .push(actor.role.as_str())
            .push(self.request.id.as_ref().map(RequestId::as_str))
            .push(address.as_deref())
            .push(change.is_structural());
        if moves.is_empty() {
            self.additions.events.push("");
        } else {
            self.additions.events.push_json(&moves)?;
        }
        self.additions.events.push_json(change)?;
        Ok(())
    }

    /// Puts a new comment, which has the next revision, among the rows that go out: with its event and its request.
    pub(super) fn submit(&mut self, comment: Comment) -> Result<Comment> {
        *self.revision = comment.changed;
        let keeps = self.is_kept_by_event && self.request.id.is_some();
        let actor = self.scope.actor();
        let address = self.scope.address().map(|address| address.to_string());
        let Content { anchor, text, proposed_change, .. } = &comment.content;
        self.additions
            .submissions
            .push(self.draft.key)
            .push(comment.number)
            .push(comment.changed)
            .push(comment.agency.as_str())
            .push(anchor.section)
            .push(text)
            .push(proposed_change)
            .push(self.now.0)
            .push(actor.agency.as_str())
            .push(actor.client.as_str())
            .push(self.request.id.as_ref().map(RequestId::as_str))
            .push(Some(self.request.body_hash.as_str()).filter(|_| keeps))
            .push(self.request.key.map(|(high, _)| high))
            .push(self.request.key.map(|(_, low)| low));
        // The event takes the comment along and gives it back.
        let change = Change::CommentSubmitted { comment: Box::new(comment) };
        self.additions.submissions.push_json(&change.moves())?.push_json(&change)?;
        let Change::CommentSubmitted { comment } = change else {
            return Err(corrupt("another change than was made"));
        };
        let Content { anchor, kind, title, .. } = &comment.content;
        self.additions
            .submissions
            .push(anchor.kind.as_str())
            .push(&anchor.quote)
            .push(kind.0.as_str())
            .push(title)
            .push(address.as_deref())
            .push(comment.round)
            .push(comment.version)
            .push(comment.response)
            .push(comment.channel.as_str())
            .push(&comment.speaker)
            .push(comment.late)
            .push(&comment.source.id)
            .push(&comment.source.status)
            .push(self.operation.as_str())
            .push(actor.role.as_str());
        Ok(*comment)
    }

    fn keep_answer(&mut self, answer: &impl serde::Serialize) -> Result<()> {
        let Some((high, low)) = self.request.key else { return Ok(()) };
        self.additions
            .requests
            .push(self.draft.key)
            .push(high)
            .push(low)
            .push(&self.request.body_hash)
            .push_json(answer)?
            .push(*self.revision);
        Ok(())
    }

    /// The answer that was kept for this request.
    pub(super) async fn kept_answer(&mut self) -> Result<String> {
        let (high, low) = self.request.key.unzip();
        sqlx::query_scalar("SELECT answer FROM requests WHERE draft = $1 AND key_high = $2 AND key_low = $3")
            .bind(self.draft.key)
            .bind(high)
            .bind(low)
            .fetch_one(&mut *self.connection)
            .await
            .or_domain()
    }

    /// What happened at a revision of this log.
    pub(super) async fn change_at(&mut self, revision: Revision) -> Result<Change> {
        let change: String =
            sqlx::query_scalar("SELECT change FROM events WHERE draft = $1 AND revision = $2")
                .bind(self.draft.key)
                .bind(revision)
                .fetch_one(&mut *self.connection)
                .await
                .or_domain()?;
        serde_json::from_str(&change).map_err(|_| corrupt("an unreadable event"))
    }

    /// Whether the agency is known and active.
    pub(super) async fn expect_agency(&mut self, field: &str, agency: &AgencyCode) -> Result<()> {
        let active = match self.additions.agencies.get(agency) {
            Some(active) => *active,
            None => {
                let active = sqlx::query_scalar("SELECT active FROM agencies WHERE code = $1")
                    .bind(agency.as_str())
                    .fetch_optional(&mut *self.connection)
                    .await
                    .or_domain()?;
                self.additions.agencies.insert(agency.clone(), active);
                active
            }
        };
        match active {
            Some(true) => Ok(()),
            Some(false) => {
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
    pub(super) clock: &'t SharedClock,
    /// What the caller is on the draft; on the registry, everything that its role may.
    pub(super) access: Access,
    /// The draft; empty for the registry.
    pub(super) draft: DraftRow,
    /// The instant of the reading.
    pub(super) now: Timestamp,
    /// Where comments are handed on to as they are read, if they are.
    pub(super) sink: Option<&'t mut dyn Sink>,
}

impl<'t> Look<'t> {
    /// Answers a query: permission, the reading, the revision for which it holds. Comments that go into a sink are not in the
    /// answer; where the reading may be a disclosure, they are, for it has to be written down before.
    pub(super) async fn run<Q: Fetch>(
        connection: &'t mut Connection,
        scope: &'t Scope,
        clock: &'t SharedClock,
        query: Q,
        sink: Option<&'t mut dyn Sink>,
    ) -> Result<(Read<<Q as Query>::Answer>, Option<(DraftKey, Disclosure)>)> {
        let (mut look, revision) = match query.place() {
            Place::Registry => {
                Q::OPERATION.permit(scope)?;
                let (revision,): (i64,) = sqlx::query_as("SELECT revision FROM registry WHERE id = 1")
                    .fetch_one(&mut *connection)
                    .await
                    .or_domain()?;
                let access = Access { sight: Sight::Everything, runs: false };
                let (draft, now) = (DraftRow::default(), clock.now());
                (Self { connection, scope, clock, access, draft, now, sink: None }, revision)
            }
            Place::Draft(id) => {
                let look = Self::begin(connection, scope, clock, &id, Q::OPERATION).await?;
                let revision = look.draft.revision;
                (look, revision)
            }
        };
        look.sink = sink.filter(|_| !look.is_witnessed());
        let answer = query.fetch(&mut look).await?;
        let shown = if look.is_witnessed() { Q::shows(&answer) } else { Vec::new() };
        let disclosure = look.disclosed(Q::OPERATION, shown).await?;
        let disclosure = disclosure.map(|disclosure| (look.draft.key, disclosure));
        Ok((Read { answer, revision }, disclosure))
    }

    /// Looks at a draft that the caller may know, to do what it may do.
    pub(super) async fn begin(
        connection: &'t mut Connection,
        scope: &'t Scope,
        clock: &'t SharedClock,
        id: &DraftId,
        operation: Operation,
    ) -> Result<Self> {
        let draft: DraftRow =
            sqlx::query_as(concat!("SELECT ", draft_columns!(), " FROM drafts d WHERE d.draft_id = $1"))
                .bind(id.as_str())
                .fetch_optional(&mut *connection)
                .await
                .or_domain()?
                .ok_or_else(Error::not_found)?;
        let access = access(connection, scope, &draft).await?;
        operation.permit_on(scope, &access)?;
        Ok(Self { connection, scope, clock, access, draft, now: clock.now(), sink: None })
    }

    /// The three values that every statement over comments binds: sees everything, own agency, answers for its own.
    pub(super) fn sight(&self) -> (bool, String, bool) {
        match &self.access.sight {
            Sight::Everything => (true, String::new(), true),
            Sight::Own { agency, answers } => (false, agency.as_str().to_owned(), *answers),
        }
    }
}

/// The registry's revision moves when something happened.
async fn move_registry(connection: &mut Connection, revision: Revision) -> Result<()> {
    sqlx::query("UPDATE registry SET revision = $1 WHERE id = 1")
        .bind(revision)
        .execute(&mut *connection)
        .await
        .or_domain()?;
    Ok(())
}

/// What the caller is on a draft; the same error for a draft that it may not know as for one that does not exist.
async fn access(connection: &mut Connection, scope: &Scope, draft: &DraftRow) -> Result<Access> {
    let drafting = draft.drafting_agency == scope.agency().as_str();
    // Whoever is weighed as knowing the draft already needs no further looking.
    if let Some(access) = Access::weigh(scope, Relation { drafting, ..Relation::default() }) {
        return Ok(access);
    }
    let relation = relation(connection, draft, scope.agency()).await?;
    Access::weigh(scope, relation).ok_or_else(Error::not_found)
}

/// What stands for who asked, for what and with which id: the first 128 bits of SHA-256.
pub(super) fn request_key(agency: &str, operation: &str, id: &str) -> (i64, i64) {
    // Neither a code nor the name of an operation has a line's end in it.
    let words = [agency, operation, id].join("\n");
    let hash: [u8; 32] = Sha256::digest(words).into();
    let number =
        |from: usize| hash.iter().skip(from).take(8).fold(0, |number, byte| number << 8 | i64::from(*byte));
    (number(0), number(8))
}

/// What makes two requests the same: the command as parsed.
fn body_hash<C: serde::Serialize>(command: &C) -> Result<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Room for a comment of the usual length: growing to it costs as much as writing it.
    let mut json = Vec::with_capacity(2_048);
    serde_json::to_writer(&mut json, command).map_err(|_| corrupt("a value without a JSON form"))?;
    let nibbles = Sha256::digest(&json).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble)).copied().map(char::from)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_by_the_key_that_earlier_releases_gave_it() {
        let key = |agency, operation: Operation| {
            request_key(agency, operation.as_str(), "0b7c2d1e-5a4f-4c3b-9d8e-1f2a3b4c5d6e")
        };
        let submitted = key("H37.01", Operation::SubmitComment);
        assert_eq!(submitted, (-9_027_822_419_091_390_270, 7_412_279_604_216_570_109));
        assert_ne!(submitted, key("H37.02", Operation::SubmitComment));
        assert_ne!(submitted, key("H37.01", Operation::ReviseComment));
    }
}
