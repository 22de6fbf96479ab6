//! The rows that a transaction adds: gathered while its commands are carried out, written together at its end.

use std::collections::HashMap;
use std::sync::LazyLock;

use sqlx::Executor;
use ykien_domain::actor::Operation;
use ykien_domain::ids::{AgencyCode, RequestId, Revision};
use ykien_domain::{Error, Reason, Result};

use super::statement::Statement;
use super::{Arguments, Connection, LOCK_FREE, WRITES_TOGETHER, push, relation};
use crate::error::{OrDomain, corrupt};
use crate::given::Kind::{Number, Text, Truth};
use crate::given::{Columns, Given, names};
use crate::rows::DraftRow;

const COMMENTS: Columns = &[
    ("draft_id", Text),
    ("number", Number),
    ("round", Number),
    ("agency", Text),
    ("section", Number),
    ("anchor_kind", Text),
    ("quote", Text),
    ("kind", Text),
    ("title", Text),
    ("text", Text),
    ("proposed_change", Text),
    ("channel", Text),
    ("speaker", Text),
    ("status", Text),
    ("late", Truth),
    ("response", Number),
    ("source_id", Text),
    ("source_status", Text),
    ("version", Number),
    ("created_at", Number),
    ("updated_at", Number),
    ("changed", Number),
    ("written_at", Number),
    ("written", Number),
    ("published", Truth),
];

const EVENTS: Columns = &[
    ("draft_id", Text),
    ("revision", Number),
    ("at", Number),
    ("operation", Text),
    ("kind", Text),
    ("agency", Text),
    ("client", Text),
    ("role", Text),
    ("request_id", Text),
    ("structural", Truth),
    ("moves", Text),
    ("change", Text),
];

const REQUESTS: Columns = &[
    ("draft_id", Text),
    ("agency", Text),
    ("operation", Text),
    ("request_id", Text),
    ("body_hash", Text),
    ("answer", Text),
    ("revision", Number),
    ("created_at", Number),
];

/// The counters of the drafts that were changed; `was` is the revision at which each was found.
const DRAFTS: Columns = &[
    ("draft_id", Text),
    ("was", Number),
    ("revision", Number),
    ("arranged", Number),
    ("version", Number),
    ("section_count", Number),
    ("round_count", Number),
    ("comment_count", Number),
    ("response_count", Number),
    ("directive_count", Number),
    ("changed", Number),
];

/// What finds a request that was carried out before.
const KEYS: Columns = &[("draft_id", Text), ("agency", Text), ("operation", Text), ("request_id", Text)];

/// A statement around the relation of its rows.
type Around = fn(&str) -> String;

/// What is written, in this order.
const WRITES: [(Columns, Around); 4] = [
    (COMMENTS, |given| insert("comments", COMMENTS, given)),
    (EVENTS, |given| insert("events", EVENTS, given)),
    (REQUESTS, |given| insert("requests", REQUESTS, given)),
    (DRAFTS, update_drafts),
];

fn insert(table: &str, columns: Columns, given: &str) -> String {
    let names = names(columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {given}")
}

fn update_drafts(given: &str) -> String {
    let changes: Vec<String> =
        DRAFTS.iter().skip(2).map(|(name, _)| format!("{name} = given.{name}")).collect();
    format!("UPDATE drafts SET {} FROM {given} WHERE drafts.draft_id = given.draft_id", changes.join(", "))
}

static EACH: LazyLock<[Statement; 4]> =
    LazyLock::new(|| WRITES.map(|(columns, text)| Statement::new(columns, text)));

/// All of them as one statement, where the engine has such.
static TOGETHER: LazyLock<String> = LazyLock::new(|| {
    let [comments, events, requests, drafts] = together();
    format!("WITH c AS ({comments}), e AS ({events}), r AS ({requests}) {drafts}")
});

/// As [`TOGETHER`], but locking as it goes: when a draft moved on meanwhile, or somebody else holds it, nothing is
/// written. Gives the drafts that were written: all or none.
static TOGETHER_IF_UNMOVED: LazyLock<String> = LazyLock::new(|| {
    let first = 1 + COMMENTS.len() + EVENTS.len() + REQUESTS.len();
    let given = relation(DRAFTS, usize::MAX, first);
    let all = format!("(SELECT COUNT(*) FROM held) = ${}", first + DRAFTS.len());
    let [comments, events, requests, drafts] = together();
    format!(
        "WITH held AS MATERIALIZED (SELECT draft_id FROM drafts \
         WHERE (draft_id, revision) IN (SELECT given.draft_id, given.was FROM {given}) \
         ORDER BY draft_id{LOCK_FREE}), \
         c AS ({comments} WHERE {all}), e AS ({events} WHERE {all}), r AS ({requests} WHERE {all}) \
         {drafts} AND {all} RETURNING drafts.draft_id"
    )
});

/// The text of each write, with parameters that follow one another.
fn together() -> [String; 4] {
    let mut first = 1;
    WRITES.map(|(columns, text)| {
        let text = text(&relation(columns, usize::MAX, first));
        first += columns.len();
        text
    })
}

/// A probe of the key for each: a join would let the planner read the whole table instead while it is small, and
/// remember that when it has grown.
static FIND_REQUESTS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(KEYS, |given| {
        format!(
            "SELECT {}, (SELECT CAST(r.revision AS TEXT) || ' ' || r.body_hash FROM requests r \
             WHERE r.draft_id = given.draft_id AND r.agency = given.agency AND r.operation = given.operation \
             AND r.request_id = given.request_id) AS found FROM {given}",
            names(KEYS)
        )
    })
});

/// What makes a request the same: its log, who asked, for what, with which id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RequestKey {
    pub(super) log: String,
    pub(super) agency: AgencyCode,
    pub(super) operation: Operation,
    pub(super) request_id: RequestId,
}

/// A request that was carried out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    /// The hash of its body.
    pub(super) body_hash: String,
    /// The revision that it made.
    pub(super) revision: Revision,
}

/// See the module. Also what the transaction read once for all its commands.
pub(super) struct Additions {
    pub(super) comments: Given,
    pub(super) events: Given,
    pub(super) requests: Given,
    drafts: Given,
    /// Those of the requests asked about that were carried out before.
    pub(super) carried: HashMap<RequestKey, Carried>,
    /// Whether an agency is active; none for an unknown one.
    pub(super) agencies: HashMap<AgencyCode, Option<bool>>,
}

impl Default for Additions {
    fn default() -> Self {
        Self {
            comments: Given::new(COMMENTS),
            events: Given::new(EVENTS),
            requests: Given::new(REQUESTS),
            drafts: Given::new(DRAFTS),
            carried: HashMap::new(),
            agencies: HashMap::new(),
        }
    }
}

impl Additions {
    /// Looks which of these requests were carried out before. Their logs must be locked.
    pub(super) async fn look_up(
        &mut self,
        connection: &mut Connection,
        keys: impl IntoIterator<Item = RequestKey>,
    ) -> Result<()> {
        let mut given = Given::new(KEYS);
        for key in keys {
            given
                .push(key.log.as_str())
                .push(key.agency.as_str())
                .push(key.operation.as_str())
                .push(key.request_id.as_str());
        }
        let rows: Vec<(String, String, String, String, Option<String>)> =
            FIND_REQUESTS.fetch(connection, given).await?;
        for (log, agency, operation, request_id, found) in rows {
            let Some(found) = found else { continue };
            let (revision, body_hash) = found
                .split_once(' ')
                .and_then(|(revision, hash)| Some((revision.parse().ok()?, hash.to_owned())))
                .ok_or_else(|| corrupt("an unreadable request"))?;
            let operation =
                Operation::from_word(&operation).ok_or_else(|| corrupt("an unknown operation"))?;
            let (agency, request_id) = (AgencyCode::stored(agency), RequestId::stored(request_id));
            self.carried
                .insert(RequestKey { log, agency, operation, request_id }, Carried { body_hash, revision });
        }
        Ok(())
    }

    /// A draft's row as it will stand at this revision.
    pub(super) fn draft(&mut self, draft: &DraftRow, revision: Revision) {
        self.drafts
            .push(draft.draft_id.as_str())
            .push(draft.revision)
            .push(revision)
            .push(draft.arranged)
            .push(draft.version)
            .push(draft.section_count)
            .push(draft.round_count)
            .push(draft.comment_count)
            .push(draft.response_count)
            .push(draft.directive_count)
            .push(draft.changed);
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        [&self.comments, &self.events, &self.requests, &self.drafts].iter().all(|given| given.is_empty())
    }

    /// Writes it all.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` when a number was given out twice, or a request was not looked up that was carried out before.
    pub(super) async fn write(self, connection: &mut Connection) -> Result<()> {
        if WRITES_TOGETHER {
            let query = sqlx::query_with(TOGETHER.as_str(), self.arguments()?);
            connection.execute(query).await.or_domain()?;
            return Ok(());
        }
        for (statement, given) in EACH.iter().zip(self.all()) {
            statement.execute(connection, given).await?;
        }
        Ok(())
    }

    /// Writes it all, in a transaction that is this one statement, if every draft still stands where it was found; tells
    /// whether it did. Else nothing is written.
    ///
    /// # Errors
    /// As [`Additions::write`]; nothing is written then.
    pub(super) async fn write_if_unmoved(self, connection: &mut Connection) -> Result<bool> {
        let drafts = self.drafts.rows();
        let mut arguments = self.arguments()?;
        let count = i64::try_from(drafts).map_err(|_| corrupt("more drafts than can be counted"))?;
        sqlx::Arguments::add(&mut arguments, count).map_err(|_| corrupt("a value that can't be sent"))?;
        let query = sqlx::query_with(TOGETHER_IF_UNMOVED.as_str(), arguments);
        // All rows: the database commits after the last, and may fail then.
        Ok(query.fetch_all(connection).await.or_domain()?.len() == drafts)
    }

    fn all(self) -> [Given; 4] {
        [self.comments, self.events, self.requests, self.drafts]
    }

    fn arguments(self) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for given in self.all() {
            push(&mut arguments, given)?;
        }
        Ok(arguments)
    }
}

/// Numbers and revisions are given out under the lock: one that is taken is nobody's request's fault.
pub(super) fn given_out_twice(error: Error) -> Error {
    match error.reason {
        Reason::AlreadyExists => corrupt("a number that was given out twice"),
        _ => error,
    }
}
