//! The rows that a transaction adds: gathered while its commands are carried out, written together at its end.

use std::collections::HashMap;
use std::sync::LazyLock;

use sqlx::Executor;
use ykien_domain::ids::{AgencyCode, Revision};
use ykien_domain::{Error, Reason, Result};

use super::statement::Statement;
use super::{Arguments, Connection, LOCK_FREE, WRITES_TOGETHER, add, push, relation};
use crate::error::{OrDomain, corrupt};
use crate::given::Kind::{self, Number, Text, Truth};
use crate::given::{Columns, Given, names};
use crate::rows::{DraftRow, REGISTRY, WriterNumber};

/// A new comment: a row of `comments`, its event and its request, which share most of what they say. What a group's comments
/// more often say alike comes later.
const SUBMISSIONS: Columns = &[
    ("draft", Number),
    ("number", Number),
    ("revision", Number),
    ("agency", Text),
    ("section", Number),
    ("text", Text),
    ("proposed_change", Text),
    ("at", Number),
    ("actor_agency", Text),
    ("actor_client", Text),
    ("request_id", Text),
    // Null where the request has a row of its own: one that submits many comments.
    ("body_hash", Text),
    ("key_high", Number),
    ("key_low", Number),
    ("moves", Text),
    ("change", Text),
    ("anchor_kind", Text),
    ("quote", Text),
    ("kind", Text),
    ("title", Text),
    ("address", Text),
    ("round", Number),
    ("version", Number),
    ("response", Number),
    ("channel", Text),
    ("speaker", Text),
    ("late", Truth),
    ("source_id", Text),
    ("source_status", Text),
    ("operation", Text),
    ("actor_role", Text),
];

/// How many of the last of them are told once for a whole group, which takes the database a tenth less for it, where all
/// its comments say them alike. A statement each: most of a flood needs one of them.
const TOLD_ONCE: [usize; 3] = [15, 10, 0];

/// What a new comment puts into a table: each column, and what of [`SUBMISSIONS`] it holds.
struct Part {
    table: &'static str,
    values: &'static [(&'static str, &'static str)],
    /// Which of the rows, if not all.
    which: &'static str,
}

/// Nothing is assigned or decided yet: those columns stay null.
const PARTS: [Part; 3] = [
    Part {
        table: "comments",
        values: &[
            ("draft", "draft"),
            ("number", "number"),
            ("round", "round"),
            ("agency", "agency"),
            ("section", "section"),
            ("anchor_kind", "anchor_kind"),
            ("quote", "quote"),
            ("kind", "kind"),
            ("title", "title"),
            ("text", "text"),
            ("proposed_change", "proposed_change"),
            ("channel", "channel"),
            ("speaker", "speaker"),
            ("status", "'pending'"),
            ("late", "late"),
            ("response", "response"),
            ("source_id", "source_id"),
            ("source_status", "source_status"),
            ("version", "version"),
            ("created_at", "at"),
            ("updated_at", "at"),
            ("changed", "revision"),
            ("written_at", "at"),
            ("written", "revision"),
            ("published", "FALSE"),
        ],
        which: "",
    },
    Part {
        table: "events",
        values: &[
            ("draft", "draft"),
            ("revision", "revision"),
            ("at", "at"),
            ("operation", "operation"),
            ("kind", "'comment_submitted'"),
            ("agency", "actor_agency"),
            ("client", "actor_client"),
            ("role", "actor_role"),
            ("request_id", "request_id"),
            ("address", "address"),
            ("structural", "FALSE"),
            ("moves", "moves"),
            ("change", "change"),
        ],
        which: "",
    },
    Part {
        table: "requests",
        values: &[
            ("draft", "draft"),
            ("key_high", "key_high"),
            ("key_low", "key_low"),
            ("body_hash", "body_hash"),
            // The event has the answer.
            ("answer", "''"),
            ("revision", "revision"),
        ],
        which: "body_hash IS NOT NULL",
    },
];

impl Part {
    /// Whether it is made of this column of [`SUBMISSIONS`].
    fn uses(&self, column: &str) -> bool {
        self.values.iter().any(|(_, value)| *value == column)
    }

    /// The columns that it is made of.
    fn columns(&self) -> Vec<(&'static str, Kind)> {
        SUBMISSIONS.iter().filter(|(name, _)| self.uses(name)).copied().collect()
    }

    /// From rows of a relation, on a condition if there is one, and from what is told once.
    fn insert(&self, given: &str, condition: &str, once: &HashMap<&str, String>) -> String {
        let (names, values): (Vec<&str>, Vec<&str>) = self.values.iter().copied().unzip();
        let values: Vec<&str> =
            values.into_iter().map(|value| once.get(value).map_or(value, String::as_str)).collect();
        let conditions: Vec<&str> =
            [condition, self.which].into_iter().filter(|text| !text.is_empty()).collect();
        let which = if conditions.is_empty() { "" } else { " WHERE " };
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {given}{which}{}",
            self.table,
            names.join(", "),
            values.join(", "),
            conditions.join(" AND ")
        )
    }
}

const EVENTS: Columns = &[
    ("draft", Number),
    ("revision", Number),
    ("at", Number),
    ("operation", Text),
    ("kind", Text),
    ("agency", Text),
    ("client", Text),
    ("role", Text),
    ("request_id", Text),
    ("address", Text),
    ("structural", Truth),
    ("moves", Text),
    ("change", Text),
];

const REQUESTS: Columns = &[
    ("draft", Number),
    ("key_high", Number),
    ("key_low", Number),
    ("body_hash", Text),
    ("answer", Text),
    ("revision", Number),
];

/// The drafts that were changed.
const DRAFTS: Columns = &[
    ("draft", Number),
    ("writer", Number),
    ("arranged", Number),
    ("version", Number),
    ("section_count", Number),
    ("round_count", Number),
    ("response_count", Number),
    ("directive_count", Number),
    ("changed", Number),
];

/// What finds a request that was carried out before; without a draft, one of the registry.
const KEYS: Columns = &[("draft_id", Text), ("key_high", Number), ("key_low", Number)];

/// A statement around the relation of its rows.
type Around = fn(&str) -> String;

/// What is written, in this order.
const WRITES: [(Columns, Around); 3] = [
    (EVENTS, |given| insert("events", EVENTS, given)),
    (REQUESTS, |given| insert("requests", REQUESTS, given)),
    (DRAFTS, update_drafts),
];

fn insert(table: &str, columns: Columns, given: &str) -> String {
    let names = names(columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {given}")
}

/// The first column says which.
fn update_drafts(given: &str) -> String {
    let changes: Vec<String> =
        DRAFTS.iter().skip(1).map(|(name, _)| format!("{name} = given.{name}")).collect();
    format!("UPDATE drafts SET {} FROM {given} WHERE drafts.draft = given.draft", changes.join(", "))
}

static EACH: LazyLock<[Statement; 3]> =
    LazyLock::new(|| WRITES.map(|(columns, text)| Statement::new(columns, text)));

/// The columns of each part of a new comment.
static PART_COLUMNS: LazyLock<[Vec<(&'static str, Kind)>; 3]> =
    LazyLock::new(|| PARTS.map(|part| part.columns()));

static EACH_PART: LazyLock<[Statement; 3]> = LazyLock::new(|| {
    let [comments, events, requests] = &*PART_COLUMNS;
    let [comment, event, request] = PARTS;
    [(comments, comment), (events, event), (requests, request)]
        .map(|(columns, part)| Statement::new(columns, |given| part.insert(given, "", &HashMap::new())))
});

/// All of them as one statement, where the engine has such.
static TOGETHER: LazyLock<String> = LazyLock::new(|| {
    let [events, requests, drafts] = together(1 + SUBMISSIONS.len());
    format!("WITH {}, oe AS ({events}), rq AS ({requests}) {drafts}", submitted("", 0))
});

/// New comments alone, while their writer may go without their drafts' locks: when it may not, or somebody is about to see to
/// that, nothing is written.
static SUBMITTED_AHEAD: LazyLock<[String; TOLD_ONCE.len()]> = LazyLock::new(|| {
    let held = format!("SELECT writer FROM writers WHERE writer = ${}{LOCK_FREE}", 1 + SUBMISSIONS.len());
    TOLD_ONCE.map(|once| {
        let submitted = submitted("EXISTS (SELECT FROM held)", once);
        format!("WITH held AS MATERIALIZED ({held}), {submitted} SELECT COUNT(*) FROM held")
    })
});

/// The parts of new comments, whose values are the statement's first parameters. Each part reads its own of them: putting
/// together rows for all three, and handing them on, takes longer than reading what they share again.
fn submitted(condition: &str, once: usize) -> String {
    let (each, once) = SUBMISSIONS.split_at(SUBMISSIONS.len() - once);
    let once = once.iter().zip(1 + each.len()..);
    let once =
        once.map(|((name, kind), place)| (*name, format!("CAST(${place} AS {})", kind.sql()))).collect();
    let [comments, events, requests] = PARTS
        .map(|part| part.insert(&relation(each, |name| part.uses(name), usize::MAX, 1), condition, &once));
    format!("c AS ({comments}), e AS ({events}), r AS ({requests})")
}

/// The text of each write, with parameters that follow one another.
fn together(mut first: usize) -> [String; 3] {
    WRITES.map(|(columns, text)| {
        let text = text(&relation(columns, |_| true, usize::MAX, first));
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
             WHERE r.draft = CASE WHEN given.draft_id = '' THEN {REGISTRY} \
             ELSE (SELECT d.draft FROM drafts d WHERE d.draft_id = given.draft_id) END \
             AND r.key_high = given.key_high AND r.key_low = given.key_low) AS found FROM {given}",
            names(KEYS)
        )
    })
});

/// What makes a request the same: its log, and what stands for who asked, for what, with which id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RequestKey {
    pub(super) log: String,
    pub(super) high: i64,
    pub(super) low: i64,
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
    /// New comments, each with its event and its request.
    pub(super) submissions: Given,
    /// What else happened.
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
            submissions: Given::new(SUBMISSIONS),
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
        self.carried.extend(carried(connection, keys).await?);
        Ok(())
    }

    /// A draft's row as it will stand.
    pub(super) fn draft(&mut self, draft: &DraftRow) {
        self.drafts
            .push(draft.key)
            .push(draft.writer)
            .push(draft.arranged)
            .push(draft.version)
            .push(draft.section_count)
            .push(draft.round_count)
            .push(draft.response_count)
            .push(draft.directive_count)
            .push(draft.changed);
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        [&self.submissions, &self.events, &self.requests, &self.drafts].iter().all(|given| given.is_empty())
    }

    /// Writes it all.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` when a number was given out twice, or a request was not looked up that was carried out before.
    pub(super) async fn write(self, connection: &mut Connection) -> Result<()> {
        let Self { submissions, events, requests, drafts, .. } = self;
        if WRITES_TOGETHER {
            let arguments = arguments([&submissions, &events, &requests, &drafts], 0)?;
            connection.execute(sqlx::query_with(TOGETHER.as_str(), arguments)).await.or_domain()?;
            return Ok(());
        }
        for (statement, columns) in EACH_PART.iter().zip(&*PART_COLUMNS) {
            statement.execute(connection, submissions.only(columns)).await?;
        }
        for (statement, given) in EACH.iter().zip([events, requests, drafts]) {
            statement.execute(connection, given).await?;
        }
        Ok(())
    }

    /// New comments, and nothing else, as they are sent ahead; and the memory of their rows, for the next.
    pub(super) fn ahead(mut self, writer: WriterNumber) -> (Result<Ahead>, Given) {
        let ahead = Ahead::of(&self.submissions, writer);
        self.submissions.clear();
        (ahead, self.submissions)
    }
}

/// New comments of one transaction that is one statement.
pub(super) struct Ahead {
    text: &'static str,
    arguments: Arguments,
}

impl Ahead {
    fn of(submissions: &Given, writer: WriterNumber) -> Result<Self> {
        let alike = submissions.values.iter().rev().take_while(|values| values.are_same()).count();
        let (once, text) = TOLD_ONCE
            .iter()
            .zip(&*SUBMITTED_AHEAD)
            .find(|(once, _)| **once <= alike)
            .ok_or_else(|| corrupt("a group that no statement takes"))?;
        let mut arguments = arguments([submissions], *once)?;
        sqlx::Arguments::add(&mut arguments, writer).map_err(|_| corrupt("a value that can't be sent"))?;
        Ok(Self { text, arguments })
    }

    /// Writes them if the writer still may; tells whether it did. Else nothing is written.
    ///
    /// # Errors
    /// As [`Additions::write`]; nothing is written then.
    pub(super) async fn write(self, connection: &mut Connection) -> Result<bool> {
        let query = sqlx::query_scalar_with(self.text, self.arguments);
        // To the end, not to the first row: the database commits after it, and may fail then.
        let held: Vec<i64> = query.fetch_all(connection).await.or_domain()?;
        Ok(held == [1])
    }
}

/// Those of these requests that were carried out before.
pub(super) async fn carried(
    connection: &mut Connection,
    keys: impl IntoIterator<Item = RequestKey>,
) -> Result<HashMap<RequestKey, Carried>> {
    let mut given = Given::new(KEYS);
    for key in keys {
        given.push(key.log.as_str()).push(key.high).push(key.low);
    }
    let rows: Vec<(String, i64, i64, Option<String>)> = FIND_REQUESTS.fetch(connection, given).await?;
    let mut all = HashMap::new();
    for (log, high, low, found) in rows {
        let Some(found) = found else { continue };
        let (revision, body_hash) = found
            .split_once(' ')
            .and_then(|(revision, hash)| Some((revision.parse().ok()?, hash.to_owned())))
            .ok_or_else(|| corrupt("an unreadable request"))?;
        all.insert(RequestKey { log, high, low }, Carried { body_hash, revision });
    }
    Ok(all)
}

/// All of these rows, but of the first the last columns once.
fn arguments<const N: usize>(all: [&Given; N], mut once: usize) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    // At once: a buffer that grows is copied again and again.
    let (columns, bytes) = (all.map(|given| given.columns.len()), all.map(Given::size));
    sqlx::Arguments::reserve(&mut arguments, columns.iter().sum(), bytes.iter().sum());
    for given in all {
        let each = given.columns.len() - std::mem::take(&mut once);
        let ((columns, once), (values, alike)) = (given.columns.split_at(each), given.values.split_at(each));
        push(&mut arguments, columns, values)?;
        for ((_, kind), values) in once.iter().zip(alike) {
            add(&mut arguments, *kind, values.iter().next().flatten())?;
        }
    }
    Ok(arguments)
}

/// Numbers and revisions are given out under the lock: one that is taken is nobody's request's fault.
pub(super) fn given_out_twice(error: Error) -> Error {
    match error.reason {
        Reason::AlreadyExists => corrupt("a number that was given out twice"),
        _ => error,
    }
}
