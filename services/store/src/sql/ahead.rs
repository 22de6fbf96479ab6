//! Submissions written ahead of the lock: weighed against how the writer left their drafts, in one statement.
//!
//! Every write on a draft moves its revision, so a draft that stands at the revision at which the writer left it is as
//! the writer left it, and what was weighed against that holds. The statement locks the drafts and writes what belongs
//! to those that stand there: one round trip a group in the place of four.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::task::Poll;

use super::Connection;
use super::additions::Additions;
use super::kept::Kept;
use super::submissions::{Outcome, Submission, Waiting, Writer, answer, is_of_the_database};
use super::work::{Log, Work};

/// A group as it was weighed.
#[derive(Default)]
struct Weighed {
    /// What can be written, with the answers that hold once it is.
    group: Vec<(Waiting, Outcome)>,
    additions: Additions,
    logs: HashMap<String, Log>,
    /// What is to be carried out under the lock.
    rest: Vec<Waiting>,
}

impl Writer {
    /// Writes what can be written ahead. `durable` is answered while the database does. Gives what was written, and the
    /// groups that are to be written under the lock, last first.
    pub(super) async fn write_ahead(
        &self,
        kept: &mut Kept,
        group: Vec<Waiting>,
        durable: Vec<(Waiting, Outcome)>,
    ) -> (Vec<(Waiting, Outcome)>, Vec<Vec<Waiting>>) {
        let connection = match kept.ready().await {
            Ok(connection) => connection,
            Err(error) => {
                answer(durable);
                return (Vec::new(), self.again(&error, group));
            }
        };
        let Weighed { mut group, additions, mut logs, mut rest } = self.weigh(connection, group).await;
        if group.is_empty() {
            answer(durable);
            return (Vec::new(), vec![rest]);
        }
        let unmoved = {
            let mut writing = std::pin::pin!(additions.write_where_unmoved(connection));
            // First the statement goes out, then the answers.
            let begun = std::future::poll_fn(|context| Poll::Ready(writing.as_mut().poll(context))).await;
            answer(durable);
            match begun {
                Poll::Ready(done) => done,
                Poll::Pending => writing.await,
            }
        };
        let mut groups = Vec::new();
        match unmoved {
            Ok(unmoved) => {
                let unmoved: HashSet<String> = unmoved.into_iter().collect();
                logs.retain(|draft, log| !log.is_changed() || unmoved.contains(draft));
                self.keep(logs);
                let written;
                (written, group) = group
                    .into_iter()
                    .partition(|((submission, _), _)| unmoved.contains(submission.command.draft.as_str()));
                rest.extend(group.into_iter().map(|(waiting, _)| waiting));
                if !rest.is_empty() {
                    groups.push(rest);
                }
                (written, groups)
            }
            Err(error) => {
                kept.doubt();
                if !rest.is_empty() {
                    groups.push(rest);
                }
                groups.extend(self.again(&error, group.into_iter().map(|(waiting, _)| waiting).collect()));
                (Vec::new(), groups)
            }
        }
    }

    /// Weighs each submission against how its draft was left. What asks for a draft that is not known, or that others
    /// write on too, and what a rule refuses (it may have been taken before), is left for the lock.
    async fn weigh(&self, connection: &mut Connection, waiting: Vec<Waiting>) -> Weighed {
        let mut weighed = Weighed::default();
        let Weighed { group, additions, logs, rest } = &mut weighed;
        let now = self.clock.now();
        let mut waiting = waiting.into_iter();
        while let Some(item) = waiting.next() {
            let Submission { scope, command, request, .. } = &item.0;
            let draft = command.draft.as_str();
            let log = logs.remove(draft).or_else(|| self.left_alone(draft));
            let Some(log) = log else {
                rest.push(item);
                continue;
            };
            let work = Work::new(connection, scope, &self.clock, additions, log, now);
            let (log, outcome) = work.carry_out(command.clone(), request.clone()).await;
            match outcome {
                Err(error) if is_of_the_database(&error) => {
                    // What it was read from is not known: nothing is written ahead.
                    let rest = group.drain(..).map(|(waiting, _)| waiting).chain(rest.drain(..));
                    let rest = rest.chain([item]).chain(waiting).collect();
                    return Weighed { rest, ..Weighed::default() };
                }
                Err(_) => {
                    logs.insert(draft.to_owned(), log);
                    rest.push(item);
                }
                outcome => {
                    logs.insert(draft.to_owned(), log);
                    group.push((item, outcome));
                }
            }
        }
        for log in logs.values() {
            log.close(additions);
        }
        weighed
    }

    /// How a draft was left, if nobody else is known to write on it.
    fn left_alone(&self, draft: &str) -> Option<Log> {
        let mut known = self.known();
        if known.get(draft)?.is_alone() { known.remove(draft) } else { None }
    }
}
