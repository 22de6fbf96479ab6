//! The revision of each draft that somebody follows: looked at by one task a draft, however many follow it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use ykien_domain::actor::Scope;
use ykien_domain::ids::{DraftId, Revision};
use ykien_domain::query::GetDraft;
use ykien_store::Store;

/// How often a followed draft is looked at. Other processes write too, so looking is the only way to know.
const BEAT: Duration = Duration::from_millis(250);

/// How long to wait after the store did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// The drafts that are followed, each with its newest known revision.
#[derive(Clone)]
pub(crate) struct Pulses {
    store: Store,
    followed: Arc<Mutex<HashMap<DraftId, watch::Sender<Revision>>>>,
}

impl Pulses {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, followed: Arc::default() }
    }

    /// The draft's revision as it moves, from `known` on. The caller has asked whether it may know the draft.
    pub(crate) fn follow(&self, draft: &DraftId, known: Revision) -> watch::Receiver<Revision> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = followed.get(draft) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(known);
        followed.insert(draft.clone(), sender.clone());
        drop(followed);
        tokio::spawn(self.clone().beat(draft.clone(), sender));
        receiver
    }

    async fn beat(self, draft: DraftId, sender: watch::Sender<Revision>) {
        while self.is_followed(&draft, &sender) {
            // It is the revision alone that is told, to callers who were let in for the draft.
            let pause = match self.store.read(&Scope::installation(), GetDraft { draft: draft.clone() }).await
            {
                Ok(read) => {
                    let revision = read.answer.revision;
                    sender.send_if_modified(|known| std::mem::replace(known, revision) != revision);
                    BEAT
                }
                Err(error) => {
                    tracing::debug!(%error, "a followed draft could not be looked at");
                    AFTER_FAILURE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether anybody still follows; when not, the draft is forgotten. Under the lock, so that nobody joins meanwhile.
    fn is_followed(&self, draft: &DraftId, sender: &watch::Sender<Revision>) -> bool {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_followed = sender.receiver_count() > 0;
        if !is_followed {
            followed.remove(draft);
        }
        is_followed
    }

    /// How many drafts are looked at.
    #[cfg(test)]
    pub(crate) fn followed(&self) -> usize {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
