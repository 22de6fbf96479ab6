//! Group commit: submissions that wait together are written together.
//!
//! Writers to one draft queue for one lock, so one writer a process gathers what waits, of all drafts, carries it out
//! in one transaction, and answers each caller once that is durable. There is no delay to fill a group: whatever waits
//! when a commit ends is the next. A refused submission is answered alone; when the database fails a group, it is halved
//! until whatever it can't take stands alone.
//!
//! A draft whose row somebody else holds is left out of the group and gets a writer of its own, which waits for the
//! lock, until nothing waits for that draft any more: the other drafts go on meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::Pool;
use tokio::sync::{Semaphore, oneshot};
use ykien_domain::actor::{Operation, Scope};
use ykien_domain::command::{SubmitComment, Written};
use ykien_domain::ids::{DraftId, RequestId};
use ykien_domain::model::{Comment, Content};
use ykien_domain::time::SharedClock;
use ykien_domain::{Error, Reason, Result};

use super::additions::{Additions, given_out_twice};
use super::arrangement::Arrangement;
use super::locks::{existing, lock_draft, lock_free};
use super::work::{Log, Request, Work};
use super::{BEGIN_WRITE, Db};
use crate::error::OrDomain;
use crate::queue::{Place, Queue, Refusal};
use crate::receipt::{Answer, Receipt};
use crate::rows::DraftRow;

/// The most places in one transaction: so many short submissions, or 4 MiB of text.
const MAX_GROUP: usize = 1_024;

/// The most drafts held by others that are waited for at once: each takes a connection.
const MAX_WAITS: u32 = 4;

/// A request that was carried out before is rare: the table's key finds it out, and the group is written again with a
/// look at each request first. Repeats come in floods, so the next groups look too.
const WARY_GROUPS: u32 = 256;

/// The most drafts whose arrangement is kept.
const MAX_ARRANGEMENTS: usize = 256;

/// A submission on its way.
struct Submission {
    scope: Scope,
    command: SubmitComment,
    request: Request,
    answer: Answer,
}

/// What waits for the writer, with the places that it takes until it is answered.
type Waiting = (Submission, Place<Submission>);

/// The submissions of one process. The writer ends when this is dropped, after what waits.
pub(super) struct Submissions {
    queue: Arc<Queue<Submission>>,
    /// Told when the writer has ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// What the writer works with.
#[derive(Clone)]
struct Writer {
    pool: Pool<Db>,
    clock: SharedClock,
    arrangements: Arc<Mutex<HashMap<DraftId, Arrangement>>>,
    /// What waits for a draft that somebody else held.
    apart: Arc<Mutex<HashMap<DraftId, Vec<Waiting>>>>,
    waits: Arc<Semaphore>,
    /// How many more groups look for repeated requests before they write.
    wary: Arc<AtomicU32>,
}

/// How a draft that somebody else holds is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    LeaveOut,
    WaitFor,
}

impl Submissions {
    pub(super) fn new(pool: Pool<Db>, clock: SharedClock) -> Self {
        let queue = Arc::<Queue<Submission>>::default();
        let writer = Writer {
            pool,
            clock,
            arrangements: Arc::default(),
            apart: Arc::default(),
            waits: Arc::new(Semaphore::new(MAX_WAITS as usize)),
            wary: Arc::default(),
        };
        let (ending, ended) = oneshot::channel();
        // A thread of its own: everybody waits for the writer, so what the database answers it must not wait behind the
        // requests that the other threads are busy with.
        let waiting = queue.clone();
        let thread = std::thread::Builder::new().name("ykien-writer".to_owned()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(writer.run(waiting)),
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

    /// Puts a submission in its agency's line. `patient` waits for a place there.
    pub(super) async fn submit(
        &self,
        scope: &Scope,
        command: SubmitComment,
        request_id: Option<RequestId>,
        patient: bool,
    ) -> Result<Receipt> {
        let (answer, receipt) = Receipt::new();
        let request = Request::new(&command, request_id)?;
        let Content { anchor, title, text, proposed_change, .. } = &command.content;
        let bytes = anchor.quote.len() + title.len() + text.len() + proposed_change.len();
        let submission = Submission { scope: scope.clone(), command, request, answer };
        let pushed = if patient {
            self.queue.push_patiently(scope.agency(), bytes, submission).await
        } else {
            self.queue.push(scope.agency(), bytes, submission)
        };
        match pushed {
            Ok(()) => Ok(receipt),
            Err((Refusal::Full, _)) => {
                let message =
                    "too many submissions of this agency wait for their turn: try again in a moment";
                Err(Error::new(Reason::QueueFull, message))
            }
            Err((Refusal::Closed, _)) => Err(Error::new(Reason::Unavailable, "the server stops: try again")),
        }
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
    async fn run(self, queue: Arc<Queue<Submission>>) {
        while let Some(waiting) = queue.take(MAX_GROUP).await {
            let group = self.set_apart(waiting);
            if group.is_empty() {
                continue;
            }
            // In a task of its own: a fault in one group must not end the writer.
            let writer = self.clone();
            if let Err(error) = tokio::spawn(async move { writer.write(group, Held::LeaveOut).await }).await {
                tracing::error!(%error, "a group of submissions ended badly");
            }
        }
        // Those who wait for others' locks hold the rest.
        while !self.apart().is_empty() {
            let _all = self.waits.acquire_many(MAX_WAITS).await;
            tokio::task::yield_now().await;
        }
        // Its connections live on this thread.
        self.pool.close().await;
    }

    /// Keeps back what is for drafts that are waited for, behind what waits there already.
    fn set_apart(&self, waiting: Vec<Waiting>) -> Vec<Waiting> {
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

    /// Writes a group, in as many transactions as it takes; answers each.
    async fn write(&self, group: Vec<Waiting>, held: Held) {
        let mut groups = vec![group];
        while let Some(group) = groups.pop() {
            let (group, repeated) = without_repeats(group);
            if !repeated.is_empty() {
                groups.push(repeated);
            }
            let Err((error, mut group)) = self.attempt(group, held).await else { continue };
            if error.reason == Reason::AlreadyExists {
                self.wary.store(WARY_GROUPS, Ordering::Relaxed);
                groups.push(group);
            } else if group.len() > 1 && error.reason == Reason::Internal {
                tracing::warn!(submissions = group.len(), "the database failed a group: it is halved");
                let second = group.split_off(group.len() / 2);
                groups.extend([second, group]);
            } else {
                for (submission, _) in group {
                    let _ = submission.answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// One transaction. When the database fails it, nothing was answered and everything comes back.
    async fn attempt(&self, mut group: Vec<Waiting>, held: Held) -> Result<(), (Error, Vec<Waiting>)> {
        match self.transact(&mut group, held).await {
            Ok(answers) => {
                for ((submission, _place), answer) in group.into_iter().zip(answers) {
                    // A caller that went away finds its answer by its request id.
                    let _ = submission.answer.send(answer);
                }
                Ok(())
            }
            Err(error) => Err((error, group)),
        }
    }

    /// Carries out the group, except what is set apart, and commits; an answer for each that is left, in order.
    async fn transact(&self, group: &mut Vec<Waiting>, held: Held) -> Result<Vec<Result<Written<Comment>>>> {
        let mut transaction = match self.pool.begin_with(BEGIN_WRITE).await {
            Ok(transaction) => transaction,
            // The connection was lost while nothing was asked of it.
            Err(_) => self.pool.begin_with(BEGIN_WRITE).await.or_domain()?,
        };
        let ids: BTreeSet<DraftId> =
            group.iter().map(|(submission, _)| submission.command.draft.clone()).collect();
        let rows = match (held, ids.first()) {
            (Held::WaitFor, Some(id)) => lock_draft(&mut transaction, id).await?.into_iter().collect(),
            _ => lock_free(&mut transaction, &ids).await?,
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
        let (answers, additions) = match self.carry_out(&mut transaction, &mut logs, group, wary).await {
            Ok(done) => done,
            Err(error) => {
                transaction.rollback().await.or_domain()?;
                return Err(error);
            }
        };
        if additions.is_empty() {
            transaction.rollback().await.or_domain()?;
        } else {
            if let Err(error) = additions.write(&mut transaction).await {
                transaction.rollback().await.or_domain()?;
                return Err(if wary { given_out_twice(error) } else { error });
            }
            transaction.commit().await.or_domain()?;
        }
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
    ) -> Result<(Vec<Result<Written<Comment>>>, Additions)> {
        let mut additions = Additions::default();
        if wary {
            additions
                .look_up(connection, group.iter().filter_map(|(submission, _)| submission.key()))
                .await?;
        }
        let now = self.clock.now();
        let mut answers = Vec::with_capacity(group.len());
        for (submission, _) in group {
            let Submission { scope, command, request, .. } = submission;
            let Some(log) = logs.remove(command.draft.as_str()) else {
                answers.push(Err(Error::not_found()));
                continue;
            };
            let work = Work::new(connection, scope, &self.clock, &mut additions, log, now);
            let (log, answer) = work.carry_out(command.clone(), request.clone()).await;
            logs.insert(command.draft.as_str().to_owned(), log);
            match answer {
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
        let mut arrangements = self.arrangements();
        if arrangements.len() + logs.len() > MAX_ARRANGEMENTS {
            // Reading them again costs less than keeping an order.
            arrangements.clear();
        }
        for (id, log) in logs.drain() {
            arrangements.insert(DraftId::stored(id), log.close(&mut additions));
        }
        Ok((answers, additions))
    }

    /// The logs of the drafts that were locked, with what is known of them.
    fn logs(&self, rows: Vec<DraftRow>) -> HashMap<String, Log> {
        let mut arrangements = self.arrangements();
        rows.into_iter()
            .map(|row| {
                let known = arrangements.remove(&DraftId::stored(row.draft_id.clone())).unwrap_or_default();
                (row.draft_id.clone(), Log::draft(row, known))
            })
            .collect()
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
                if let Err(error) = tokio::spawn(async move { task.write(group, Held::WaitFor).await }).await
                {
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

    fn arrangements(&self) -> MutexGuard<'_, HashMap<DraftId, Arrangement>> {
        self.arrangements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Submission {
    fn key(&self) -> Option<super::additions::RequestKey> {
        self.request.key(self.command.draft.as_str(), self.scope.agency(), Operation::SubmitComment)
    }
}

/// A request that is there twice (a retry that overtakes its answer) is carried out once and then answered again: the
/// second comes in a later transaction, which finds the first.
fn without_repeats(group: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut seen = HashSet::new();
    group.into_iter().partition(|(submission, _)| submission.key().is_none_or(|key| seen.insert(key)))
}

/// Whether the transaction can't go on after this error.
fn is_of_the_database(error: &Error) -> bool {
    matches!(error.reason, Reason::Internal | Reason::Unavailable | Reason::Timeout)
}
