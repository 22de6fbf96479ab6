//! Group commit: submissions that wait together are written together.
//!
//! Writers to one draft queue for one lock, so one writer a process gathers what waits, of all drafts, carries it out
//! in one transaction, and answers each caller once that is durable. There is no delay to fill a group: what waits when a
//! commit ends is the next. A refused submission is answered alone; when the database fails a group, it is halved until
//! whatever it can't take stands alone.
//!
//! There are two ways. *Under the lock*: begin, lock the drafts, weigh, write, commit. *Ahead* (`ahead.rs`): where the
//! writer knows how it left the drafts, it weighs against that and sends one statement, which writes the group if they all
//! still stand there; else, and whatever is refused or was asked before, is then carried out under the lock.
//!
//! A draft whose row somebody else holds is left out of the group and gets a writer of its own, which waits for the
//! lock, until nothing waits for that draft any more: the other drafts go on meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::Connection as _;
use tokio::sync::{Semaphore, oneshot};
use ykien_domain::actor::Scope;
use ykien_domain::command::{SubmitComment, Written};
use ykien_domain::ids::{DraftId, RequestId};
use ykien_domain::model::Comment;
use ykien_domain::time::{SharedClock, Timestamp};
use ykien_domain::{Error, Reason, Result};

use super::additions::{Additions, given_out_twice};
use super::ahead::Weighed;
use super::locks::{existing, lock_draft, lock_free};
use super::resting::Resting;
use super::work::{Log, Request, Work};
use super::{BEGIN_WRITE, WRITES_TOGETHER};
use crate::error::OrDomain;
use crate::queue::{Place, Queue, Refusal};
use crate::receipt::{Answer, Receipt};
use crate::rows::{DraftRow, WriterNumber};

/// The most places in one transaction: so many short submissions, or 4 MiB of text.
pub(super) const MAX_GROUP: usize = 1_024;

/// How many are answered before the next group goes out. Its statement wakes the database, often on the writer's core: who is not
/// answered by then waits until it is done. Of more than these the answers take so long that the database would wait for them.
const SOON_ANSWERED: usize = 128;

/// The connections of the writer itself: one writes while it weighs by the other. The rest of the pool waits for drafts
/// that others hold, a connection each.
const WRITERS: u32 = 2;

/// A request that was carried out before is rare: the table's key finds it out, and the group is written again with a
/// look at each request first. Repeats come in floods, so the next groups look too.
const WARY_GROUPS: u32 = 16;

/// The most drafts of which it is kept how they were left.
const MAX_KNOWN: usize = 256;

/// A submission on its way.
pub(super) struct Submission {
    scope: Scope,
    pub(super) command: SubmitComment,
    request: Request,
    /// None once it is given.
    answer: Option<Answer>,
}

/// What waits for the writer, with the places that it takes until it is answered. Boxed, as it passes from line to group
/// to answer, and half a kilobyte each time costs more than the allocation.
pub(super) type Waiting = (Box<Submission>, Place<Box<Submission>>);

/// What became of a submission.
pub(super) type Outcome = Result<Written<Comment>>;

/// The submissions of one process. The writer ends when this is dropped, after what waits.
pub(super) struct Submissions {
    queue: Arc<Queue<Box<Submission>>>,
    /// Told when the writer has ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// What the writer works with.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) queue: Arc<Queue<Box<Submission>>>,
    pub(super) connections: Resting,
    pub(super) clock: SharedClock,
    known: Arc<Mutex<Known>>,
    /// What waits for a draft that somebody else held.
    apart: Arc<Mutex<HashMap<DraftId, Vec<Waiting>>>>,
    waits: Arc<Semaphore>,
    /// How many more groups look for repeated requests before they write.
    wary: Arc<AtomicU32>,
}

/// What a writer knows.
#[derive(Default)]
pub(super) struct Known {
    /// How the drafts written lately were left.
    pub(super) drafts: HashMap<String, Log>,
    /// Under which number it writes on those that it has alone.
    pub(super) writer: Option<WriterNumber>,
}

/// What the writer has in hand between two groups.
#[derive(Default)]
pub(super) struct Turn {
    /// What was written, and is to be answered.
    pub(super) durable: Vec<(Waiting, Outcome)>,
    /// The next group, as far as it was weighed already.
    pub(super) next: Weighed,
}

/// How a draft that somebody else holds is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    LeaveOut,
    WaitFor,
}

impl Submissions {
    pub(super) fn new(connections: Resting, clock: SharedClock) -> Self {
        let queue = Arc::<Queue<Box<Submission>>>::default();
        let waits = most_waits(&connections) as usize;
        let writer = Writer {
            queue: queue.clone(),
            connections,
            clock,
            known: Arc::default(),
            apart: Arc::default(),
            waits: Arc::new(Semaphore::new(waits)),
            wary: Arc::default(),
        };
        let (ending, ended) = oneshot::channel();
        // A thread of its own: everybody waits for the writer, so what the database answers it must not wait behind the
        // requests that the other threads are busy with.
        let waiting = queue.clone();
        let thread = std::thread::Builder::new().name("ykien-writer".to_owned()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(writer.run()),
                Err(error) => {
                    tracing::error!(%error, "the writer of submissions can't run");
                    waiting.close();
                }
            }
            let _ = ending.send(());
        });
        if let Err(error) = thread {
            tracing::error!(%error, "the writer of submissions can't run");
            queue.close();
        }
        Self { queue, ended: Mutex::new(Some(ended)) }
    }

    /// Puts a submission in its agency's line.
    pub(super) fn submit(
        &self,
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
    ) -> Result<Receipt> {
        let (submission, receipt) = Submission::new(scope, command, request_id)?;
        self.queue
            .push(scope.agency(), submission.command.content.text_bytes(), submission)
            .map_err(refused)?;
        Ok(receipt)
    }

    /// As [`Submissions::submit`], and waits for a place there.
    pub(super) async fn submit_patiently(
        &self,
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
    ) -> Result<Receipt> {
        let (submission, receipt) = Submission::new(scope, command, request_id)?;
        self.queue
            .push_patiently(scope.agency(), submission.command.content.text_bytes(), submission)
            .await
            .map_err(refused)?;
        Ok(receipt)
    }

    /// Takes no more submissions, and waits for those that were taken.
    pub(super) async fn close(&self) {
        self.queue.close();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            let _ = ended.await;
        }
    }
}

impl Drop for Submissions {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Writer {
    async fn run(self) {
        let mut turn = Turn::default();
        loop {
            let Turn { mut durable, next } = std::mem::take(&mut turn);
            if durable.len() <= SOON_ANSWERED {
                answer(std::mem::take(&mut durable));
            }
            let mut waiting = self.queue.take_now(next.room());
            if waiting.is_empty() && next.is_empty() {
                answer(std::mem::take(&mut durable));
                let Some(first) = self.queue.take(MAX_GROUP).await else { break };
                waiting = first;
            }
            let waiting = self.set_apart(waiting);
            // In a task of its own: a fault in one group must not end the writer.
            let writer = self.clone();
            match tokio::spawn(async move { writer.write_group(next, waiting, durable).await }).await {
                Ok(done) => turn = done,
                Err(error) => {
                    tracing::error!(%error, "a group of submissions ended badly");
                    // It may still be under way, and what was taken for written may not be.
                    *self.known() = Known::default();
                }
            }
        }
        // Those who wait for others' locks hold the rest.
        while !self.apart().is_empty() {
            let _all = self.waits.acquire_many(most_waits(&self.connections)).await;
            tokio::task::yield_now().await;
        }
        // Its connections live on this thread.
        self.connections.close().await;
    }

    /// Writes a group with what else waits, ahead where that can be, the rest under the lock. What the group before it is
    /// still owed is answered while the database writes.
    async fn write_group(
        &self,
        mut group: Weighed,
        waiting: Vec<Waiting>,
        durable: Vec<(Waiting, Outcome)>,
    ) -> Turn {
        if group.is_empty() && (!WRITES_TOGETHER || self.wary.load(Ordering::Relaxed) > 0) {
            answer(durable);
            self.write(vec![waiting], Held::LeaveOut).await;
            return Turn::default();
        }
        self.weigh(&mut group, waiting).await;
        let (turn, rest) = self.write_ahead(group, durable).await;
        if rest.iter().all(Vec::is_empty) {
            return turn;
        }
        answer(turn.durable);
        self.write(rest, Held::LeaveOut).await;
        Turn { durable: Vec::new(), next: turn.next }
    }

    /// Keeps back what is for drafts that are waited for, behind what waits there already.
    pub(super) fn set_apart(&self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        let mut apart = self.apart();
        if apart.is_empty() {
            return waiting;
        }
        let mut group = Vec::with_capacity(waiting.len());
        for item in waiting {
            match apart.get_mut(&item.0.command.draft) {
                Some(line) => line.push(item),
                None => group.push(item),
            }
        }
        group
    }

    /// Writes groups, the last first, in as many transactions as it takes; answers each.
    async fn write(&self, mut groups: Vec<Vec<Waiting>>, held: Held) {
        while let Some(group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            let (mut group, repeated) = without_repeats(group);
            groups.push(repeated);
            match self.transact(&mut group, held).await {
                // A caller that went away finds its answer by its request id.
                Ok(outcomes) => answer(group.into_iter().zip(outcomes)),
                Err(error) => groups.extend(self.again(&error, group)),
            }
        }
    }

    /// What is to be written again, last first, of a group that the database failed: nothing of it was written. The
    /// rest is answered.
    pub(super) fn again(&self, error: &Error, mut group: Vec<Waiting>) -> Vec<Vec<Waiting>> {
        if error.reason == Reason::AlreadyExists {
            self.wary.store(WARY_GROUPS, Ordering::Relaxed);
            return vec![group];
        }
        if group.len() > 1 && error.reason == Reason::Internal {
            tracing::warn!(submissions = group.len(), "the database failed a group: it is halved");
            let second = group.split_off(group.len() / 2);
            return vec![second, group];
        }
        answer(group.into_iter().map(|waiting| (waiting, Err(error.clone()))));
        Vec::new()
    }

    /// Carries out the group, except what is set apart, and commits; an answer for each that is left, in order.
    async fn transact(&self, group: &mut Vec<Waiting>, held: Held) -> Result<Vec<Outcome>> {
        let mut connection = self.connections.take().await?;
        let mut transaction = connection.begin_with(BEGIN_WRITE).await.or_domain()?;
        let ids: BTreeSet<DraftId> =
            group.iter().map(|(submission, _)| submission.command.draft.clone()).collect();
        let writer = self.known().writer;
        let rows = match (held, ids.first()) {
            (Held::WaitFor, Some(id)) => lock_draft(&mut transaction, id).await?.into_iter().collect(),
            _ => lock_free(&mut transaction, &ids, writer).await?,
        };
        if held == Held::LeaveOut && rows.len() < ids.len() {
            let locked: HashSet<&str> = rows.iter().map(|row| row.draft_id.as_str()).collect();
            let others = ids.iter().filter(|id| !locked.contains(id.as_str()));
            for id in existing(&mut transaction, others).await? {
                self.wait_for(DraftId::stored(id), group);
            }
        }
        let mut logs = self.logs(rows);
        let wary = self.wary.load(Ordering::Relaxed) > 0;
        let next = match held {
            Held::LeaveOut if WRITES_TOGETHER => writer.or_else(|| Some(self.new_number())),
            Held::LeaveOut | Held::WaitFor => None,
        };
        let (answers, additions) = match self.carry_out(&mut transaction, &mut logs, group, wary, next).await
        {
            Ok(done) => done,
            Err(error) => {
                transaction.rollback().await.or_domain()?;
                return Err(error);
            }
        };
        if additions.is_empty() {
            transaction.rollback().await.or_domain()?;
        } else {
            let named = next.filter(|_| next != writer && logs.values().any(Log::is_alone));
            let written = async {
                if let Some(number) = named {
                    employ(&mut transaction, number).await?;
                }
                additions.write(&mut transaction).await
            };
            if let Err(error) = written.await {
                transaction.rollback().await.or_domain()?;
                return Err(if wary { given_out_twice(error) } else { error });
            }
            transaction.commit().await.or_domain()?;
            if named.is_some() {
                self.known().writer = named;
            }
        }
        self.connections.rest(connection);
        self.keep(logs);
        if wary {
            let _ =
                self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |groups| groups.checked_sub(1));
        }
        Ok(answers)
    }

    /// Applies each submission to its draft's log.
    ///
    /// # Errors
    /// The database's own; what a rule refuses is an answer.
    async fn carry_out(
        &self,
        connection: &mut super::Connection,
        logs: &mut HashMap<String, Log>,
        group: &[Waiting],
        wary: bool,
        writer: Option<WriterNumber>,
    ) -> Result<(Vec<Outcome>, Additions)> {
        let mut additions = Additions::default();
        if wary {
            additions
                .look_up(connection, group.iter().filter_map(|(submission, _)| submission.key()))
                .await?;
            if !additions.carried.is_empty() {
                self.wary.store(WARY_GROUPS, Ordering::Relaxed);
            }
        }
        let now = self.clock.now();
        let mut answers = Vec::with_capacity(group.len());
        for (submission, _) in group {
            let Some(log) = logs.get_mut(submission.command.draft.as_str()) else {
                answers.push(Err(Error::not_found()));
                continue;
            };
            match self.apply(connection, &mut additions, log, submission, now).await {
                Err(error) if is_of_the_database(&error) => return Err(error),
                answer => answers.push(answer),
            }
        }
        if !wary {
            // What a rule refuses now it may have taken before: then the first answer stands.
            let refused = group.iter().zip(&answers).filter(|(_, answer)| answer.is_err());
            let keys = refused.filter_map(|((submission, _), _)| submission.key());
            additions.look_up(connection, keys).await?;
            if !additions.carried.is_empty() {
                return Err(Error::new(Reason::AlreadyExists, "a request was carried out before"));
            }
        }
        for log in logs.values_mut() {
            log.close(&mut additions, writer);
        }
        Ok((answers, additions))
    }

    /// Applies one submission to its draft's log.
    pub(super) async fn apply(
        &self,
        connection: &mut super::Connection,
        additions: &mut Additions,
        log: &mut Log,
        submission: &Submission,
        now: Timestamp,
    ) -> Outcome {
        let Submission { scope, command, request, .. } = submission;
        let mut work = Work::new(connection, scope, &self.clock, additions, log, now);
        work.carry_out(command.clone(), request.clone()).await
    }

    /// The logs of the drafts that were locked, with what is known of them.
    fn logs(&self, rows: Vec<DraftRow>) -> HashMap<String, Log> {
        let mut known = self.known();
        rows.into_iter()
            .map(|row| {
                let known = known.drafts.remove(&row.draft_id);
                (row.draft_id.clone(), Log::draft(row, known))
            })
            .collect()
    }

    /// Keeps how these drafts were left, after the commit.
    pub(super) fn keep(&self, logs: HashMap<String, Log>) {
        let drafts = &mut self.known().drafts;
        if drafts.len() + logs.len() > MAX_KNOWN {
            // Reading them again costs less than keeping an order.
            drafts.clear();
        }
        drafts.extend(logs.into_iter().map(|(id, log)| (id, log.left())));
    }

    /// Takes what is for a draft that somebody else holds out of the group; a writer of its own waits for the lock.
    fn wait_for(&self, draft: DraftId, group: &mut Vec<Waiting>) {
        let (mine, rest) =
            std::mem::take(group).into_iter().partition(|(submission, _)| submission.command.draft == draft);
        *group = rest;
        let mut apart = self.apart();
        if let Some(line) = apart.get_mut(&draft) {
            line.extend::<Vec<_>>(mine);
            return;
        }
        apart.insert(draft.clone(), mine);
        let writer = self.clone();
        tokio::spawn(async move {
            let _turn = writer.waits.acquire().await;
            while let Some(group) = writer.next_apart(&draft) {
                let task = writer.clone();
                let written = tokio::spawn(async move {
                    task.write(vec![group], Held::WaitFor).await;
                });
                if let Err(error) = written.await {
                    tracing::error!(%error, "a group of submissions ended badly");
                }
            }
        });
    }

    /// What waits for this draft; its line ends when nothing does.
    fn next_apart(&self, draft: &DraftId) -> Option<Vec<Waiting>> {
        let mut apart = self.apart();
        let line = apart.get_mut(draft)?;
        if line.is_empty() {
            apart.remove(draft);
            return None;
        }
        let rest = line.split_off(line.len().min(MAX_GROUP));
        Some(std::mem::replace(line, rest))
    }

    fn apart(&self) -> MutexGuard<'_, HashMap<DraftId, Vec<Waiting>>> {
        self.apart.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number is no longer this writer's, or will not be: what it has alone, others may change from now on.
    pub(super) fn dismissed(&self) {
        let mut known = self.known();
        known.writer = None;
        known.drafts.values_mut().for_each(Log::share);
    }

    /// A number that no writer has or had.
    fn new_number(&self) -> WriterNumber {
        let (_, random) = self.clock.new_id().as_u64_pair();
        random.cast_signed()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From the commit on, the drafts that name this writer are written by it without their locks.
async fn employ(connection: &mut super::Connection, writer: WriterNumber) -> Result<()> {
    sqlx::query("INSERT INTO writers (writer) VALUES ($1)")
        .bind(writer)
        .execute(&mut *connection)
        .await
        .or_domain()?;
    Ok(())
}

/// Why the queue did not take one.
fn refused((refusal, _): (Refusal, Box<Submission>)) -> Error {
    match refusal {
        Refusal::Full => {
            let message = "too many submissions of this agency wait for their turn: try again in a moment";
            Error::new(Reason::QueueFull, message)
        }
        Refusal::Closed => Error::new(Reason::Unavailable, "the server stops: try again"),
    }
}

impl Submission {
    /// A submission, and where its answer comes.
    fn new(
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
    ) -> Result<(Box<Self>, Receipt)> {
        let (answer, receipt) = Receipt::new();
        let request = Request::new(scope, &command, request_id)?;
        Ok((Box::new(Self { scope: scope.clone(), command, request, answer: Some(answer) }), receipt))
    }

    fn key(&self) -> Option<super::additions::RequestKey> {
        self.request.key(self.command.draft.as_str())
    }
}

/// How many drafts that others hold may be waited for at once.
fn most_waits(connections: &Resting) -> u32 {
    connections.pool().options().get_max_connections().saturating_sub(WRITERS).max(1)
}

/// Tells each caller what became of its submission, and frees its places.
pub(super) fn answer(outcomes: impl IntoIterator<Item = (Waiting, Outcome)>) {
    for ((mut submission, _place), outcome) in outcomes {
        if let Some(answer) = submission.answer.take() {
            let _ = answer.send((outcome, submission));
        }
    }
}

/// A request that is there twice (a retry that overtakes its answer) is carried out once and then answered again: the
/// second comes in a later transaction, which finds the first.
fn without_repeats(group: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut seen = HashSet::new();
    group.into_iter().partition(|(submission, _)| submission.key().is_none_or(|key| seen.insert(key)))
}

/// Whether the transaction can't go on after this error.
pub(super) fn is_of_the_database(error: &Error) -> bool {
    matches!(error.reason, Reason::Internal | Reason::Unavailable | Reason::Timeout)
}
