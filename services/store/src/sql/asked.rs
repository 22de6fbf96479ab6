//! The requests of a log: what an event was asked for by must be found again, or a retry is carried out twice.

use ykien_domain::Result;
use ykien_domain::chain::Entry;

use super::Connection;
use super::additions::{RequestKey, carried};
use super::work::request_key;
use crate::rows::{LogName, REGISTRY};

/// The requests that the events of a log name, as they are read, a page at a time.
pub(super) struct Asked<'l> {
    log: &'l LogName,
    /// The one that the last event read is of, and that event's revision: it may have more.
    last: Option<(RequestKey, i64)>,
    /// Those before it, with the last event of each: that is the revision that a retry is answered with.
    ended: Vec<(RequestKey, i64)>,
}

impl<'l> Asked<'l> {
    /// Of a log of which nothing was read yet.
    pub(super) fn of(log: &'l LogName) -> Self {
        Self { log, last: None, ended: Vec::new() }
    }

    /// The log's next event.
    pub(super) fn add(&mut self, entry: &Entry) {
        // A draft is made by a request of the registry's.
        let elsewhere = self.log.key != REGISTRY && entry.revision == 1;
        let asked = entry.request_id.as_deref().filter(|_| !elsewhere).map(|id| {
            let (high, low) = request_key(&entry.agency, &entry.operation, id);
            RequestKey { log: self.log.draft_id.clone(), high, low }
        });
        let goes_on = self.last.as_ref().map(|(key, _)| key) == asked.as_ref();
        let before = std::mem::replace(&mut self.last, asked.map(|key| (key, entry.revision)));
        if !goes_on {
            self.ended.extend(before);
        }
    }

    /// The log has no more.
    pub(super) fn end(&mut self) {
        self.ended.extend(self.last.take());
    }

    /// Looks for those whose events were all read, and gives what is wrong.
    pub(super) async fn differences(&mut self, connection: &mut Connection) -> Result<Vec<String>> {
        let carried = carried(connection, self.ended.iter().map(|(key, _)| key.clone())).await?;
        let wrong = |(key, revision)| match carried.get(&key) {
            Some(carried) if carried.revision == revision => None,
            Some(carried) => Some(format!(
                "the request of event {revision} would be answered with revision {}",
                carried.revision
            )),
            None => {
                Some(format!("the request of event {revision} is not known: it would be carried out again"))
            }
        };
        Ok(self.ended.drain(..).filter_map(wrong).collect())
    }
}
