//! A client that follows the draft's events, and goes on at another replica when a stream breaks.

use std::time::Duration;

use tokio::sync::watch;
use ykien::client::Bearer;
use ykien_proto::v1;

use super::consultation::DRAFT;
use super::replicas::{Replicas, is_interruption};

/// How long after a stream that could not be opened.
const PAUSE: Duration = Duration::from_millis(50);

/// What was seen.
#[derive(Debug, Default)]
pub struct Followed {
    /// The revisions of the events, as they came.
    pub revisions: Vec<i64>,
    /// How often the stream broke.
    pub breaks: usize,
}

/// Follows the draft from its beginning, on the first replica first, until the revision that `until` will tell.
pub async fn follow(
    replicas: &Replicas,
    bearer: &Bearer,
    mut until: watch::Receiver<Option<i64>>,
) -> anyhow::Result<Followed> {
    let mut followed = Followed::default();
    let mut last = 0;
    for replica in 0.. {
        let request = v1::WatchDraftRequest { draft: DRAFT.to_owned(), after_revision: last };
        let mut stream = match replicas.comments(replica, bearer).watch_draft(request).await {
            Ok(stream) => stream.into_inner(),
            Err(status) if is_interruption(&status) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(status) => return Err(status.into()),
        };
        loop {
            if until.borrow_and_update().is_some_and(|end| last >= end) {
                return Ok(followed);
            }
            let message = tokio::select! {
                message = stream.message() => message,
                changed = until.changed() => { changed?; continue }
            };
            match message {
                Ok(Some(message)) => {
                    followed.revisions.extend(message.event.map(|event| event.revision));
                    last = message.revision;
                }
                Ok(None) => break,
                Err(status) if is_interruption(&status) => break,
                Err(status) => return Err(status.into()),
            }
        }
        followed.breaks += 1;
    }
    Ok(followed)
}
