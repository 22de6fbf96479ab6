//! Submissions written ahead of the lock: weighed against how the writer left their drafts, in one statement.
//!
//! A draft may name the process that adds comments to it, its *writer*: that goes on without the draft's lock as long as its
//! own row is in `writers`. Whoever else locks the draft deletes that row first. So while it is there, the writer's drafts are as
//! it left them, and what was weighed against that holds. The statement locks the writer's row and writes the group: one round
//! trip in the place of four, and one lock in the place of each draft's. If the row is gone, the group is carried out under the
//! lock. What arrives meanwhile is weighed as it comes, as if that group were written, so that the next goes out as soon as it
//! is; if it was not, the next is carried out under the lock too.

use std::collections::HashMap;
use std::future::Future;
use std::task::Poll;

use sqlx::Connection as _;

use super::Connection;
use super::additions::Additions;
use super::submissions::{MAX_GROUP, Outcome, Turn, Waiting, Writer, answer, is_of_the_database};
use super::work::Log;

/// A group as it was weighed.
#[derive(Default)]
pub(super) struct Weighed {
    /// What can be written, with the answers that hold once it is.
    group: Vec<(Waiting, Outcome)>,
    additions: Additions,
    /// How the drafts stand once it is.
    logs: HashMap<String, Log>,
    /// What is to be carried out under the lock.
    rest: Vec<Waiting>,
}

/// How many places are weighed at a time while a group is being written: waking the writer for each would cost more than
/// weighing it, and a group that became durable should not wait for long.
const HANDFUL: usize = 32;

impl Weighed {
    /// The places that are left in it.
    pub(super) fn room(&self) -> usize {
        let all = self.group.iter().map(|(waiting, _)| waiting).chain(&self.rest);
        MAX_GROUP.saturating_sub(all.map(|(_, place)| place.places()).sum())
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.group.is_empty() && self.rest.is_empty()
    }
}

impl Writer {
    /// Writes what can be written ahead. `durable` is answered while the database does. Gives what was written, and the
    /// groups that are to be written under the lock, last first.
    pub(super) async fn write_ahead(
        &self,
        weighed: Weighed,
        durable: Vec<(Waiting, Outcome)>,
    ) -> (Turn, Vec<Vec<Waiting>>) {
        let Weighed { group, additions, logs, rest } = weighed;
        if group.is_empty() {
            answer(durable);
            return (Turn::default(), vec![rest]);
        }
        let waiting = |group: Vec<(Waiting, Outcome)>| group.into_iter().map(|(waiting, _)| waiting);
        let mut connection = match self.connections.take().await {
            Ok(connection) => connection,
            Err(error) => {
                answer(durable);
                let mut groups = vec![rest];
                groups.extend(self.again(&error, waiting(group).collect()));
                return (Turn::default(), groups);
            }
        };
        // Number 0 is nobody's.
        let writer = self.known().writer.unwrap_or_default();
        let changed: Vec<String> =
            logs.iter().filter(|(_, log)| log.is_changed()).map(|(draft, _)| draft.clone()).collect();
        // As if it were written: see below.
        self.keep(logs);
        let mut next = Weighed::default();
        let taken = {
            let (ahead, rows) = additions.ahead(writer);
            next.additions.submissions = rows;
            let mut writing = std::pin::pin!(async { ahead?.write(&mut connection).await });
            // First the statement goes out, then the answers of many, then what comes is weighed.
            let begun = std::future::poll_fn(|context| Poll::Ready(writing.as_mut().poll(context))).await;
            answer(durable);
            match begun {
                Poll::Ready(done) => done,
                Poll::Pending => loop {
                    let room = next.room();
                    tokio::select! {
                        biased;
                        done = &mut writing => break done,
                        Some(more) = self.queue.take_some(HANDFUL, HANDFUL.min(room)), if room > 0 => {
                            self.weigh(&mut next, self.set_apart(more)).await;
                        }
                    }
                },
            }
        };
        let mut groups = vec![rest];
        match taken {
            Ok(true) => {
                self.connections.rest(connection);
                return (Turn { durable: group, next }, groups);
            }
            Ok(false) => {
                self.connections.rest(connection);
                groups.push(waiting(group).collect());
            }
            Err(error) => {
                // The database tells of an error before it lets the drafts go: whoever looked for them at once would find them
                // held, and leave them to be waited for, behind what comes later.
                let _ = connection.ping().await;
                groups.extend(self.again(&error, waiting(group).collect()));
            }
        }
        self.dismissed();
        // What was taken for written is not, and with it falls what was weighed against it.
        self.forget(&changed);
        let Weighed { group, logs, mut rest, .. } = next;
        self.forget(logs.keys());
        rest.splice(0..0, waiting(group));
        groups.insert(0, rest);
        (Turn::default(), groups)
    }

    /// Weighs each submission against how its draft was left, and adds it to those weighed before. What asks for a draft
    /// that is not known, or that others write on too, and what a rule refuses (it may have been taken before), is left
    /// for the lock.
    pub(super) async fn weigh(&self, weighed: &mut Weighed, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        match self.connections.take().await {
            Ok(mut connection) => {
                self.weigh_each(&mut connection, weighed, waiting).await;
                self.connections.rest(connection);
            }
            // Under the lock it is said what becomes of it without a connection.
            Err(_) => weighed.rest.extend(waiting),
        }
    }

    async fn weigh_each(&self, connection: &mut Connection, weighed: &mut Weighed, waiting: Vec<Waiting>) {
        let Weighed { group, additions, logs, rest } = weighed;
        let now = self.clock.now();
        let mut waiting = waiting.into_iter();
        while let Some(item) = waiting.next() {
            let draft = item.0.command.draft.as_str();
            let log = match logs.get_mut(draft) {
                Some(log) => log,
                None => match self.left_alone(draft) {
                    Some((draft, log)) => logs.entry(draft).or_insert(log),
                    None => {
                        rest.push(item);
                        continue;
                    }
                },
            };
            match self.apply(connection, additions, log, &item.0, now).await {
                Err(error) if is_of_the_database(&error) => {
                    // What it was read from is not known: nothing is written ahead.
                    let all = group.drain(..).map(|(waiting, _)| waiting).chain(rest.drain(..));
                    let rest = all.chain([item]).chain(waiting).collect();
                    *weighed = Weighed { rest, ..Weighed::default() };
                    return;
                }
                Err(_) => rest.push(item),
                outcome => group.push((item, outcome)),
            }
        }
    }

    /// How a draft was left, if nobody else is known to write on it.
    fn left_alone(&self, draft: &str) -> Option<(String, Log)> {
        let drafts = &mut self.known().drafts;
        if drafts.get(draft)?.is_alone() { drafts.remove_entry(draft) } else { None }
    }

    fn forget<'a>(&self, drafts: impl IntoIterator<Item = &'a String>) {
        let mut known = self.known();
        for draft in drafts {
            known.drafts.remove(draft);
        }
    }
}
