//! The process's cubes: one per draft, each the fold of its draft's events, brought up to the draft's present revision
//! by every question that is asked of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, RwLock};
use ykien_domain::actor::{Access, Scope};
use ykien_domain::cube::Question;
use ykien_domain::ids::{DraftId, Revision};
use ykien_domain::query::{Counts, CountsSince, GetAccess, Read};
use ykien_domain::{Error, Reason, Result};
use ykien_store::Store;

use crate::freshness;
use crate::shared_read::SharedRead;
use crate::standing::{Answered, Standing};

/// The most drafts whose counts are kept at once. A draft of 4,000 cells takes about 1 MB, and its answers as much; the
/// one asked least recently makes room, and is counted anew (milliseconds) when somebody asks again.
const MAX_CUBES: usize = 256;

/// How often what a caller may see is looked up for one question, while it changes at every look.
const MAX_LOOKS: usize = 8;

/// The cubes of this process.
pub(crate) struct Cubes {
    store: Store,
    slots: Mutex<Slots>,
}

/// A draft's cube, and the readings that bring it up to date.
#[derive(Debug, Default)]
struct Slot {
    /// One reading at a time, so that the changes after a revision are only ever applied at that revision.
    readings: Arc<SharedRead>,
    standing: RwLock<Standing>,
    /// Held while what a caller may see is looked up, so that a crowd of one agency looks once.
    weighing: Turn<()>,
}

impl Cubes {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, slots: Mutex::default() }
    }

    /// The answer to a question, as this caller may see it, for a revision that is not older than the draft's own when
    /// the question came.
    ///
    /// # Errors
    /// `NOT_FOUND` for a draft that the caller may not know; `REVISION_NOT_REACHED`; those of
    /// [`Cube::ask`](ykien_domain::cube::Cube::ask).
    pub(crate) async fn ask(
        &self,
        scope: &Scope,
        draft: &DraftId,
        question: &Question,
        min_revision: Revision,
    ) -> Result<Arc<Answered>> {
        let slot = self.slot(scope, draft).await?;
        self.bring_up(draft, &slot).await?;
        for _ in 0..MAX_LOOKS {
            let standing = slot.standing.read().await;
            if standing.revision().is_none() {
                // Dropped since, and not counted anew.
                drop(standing);
                self.bring_up(draft, &slot).await?;
                continue;
            }
            if let Some(access) = standing.access(scope) {
                freshness::expect_reached(min_revision, standing.cube.revision)?;
                return standing.ask(&access.sight, question).await;
            }
            drop(standing);
            self.weigh(scope, draft, &slot).await?;
        }
        Err(Error::new(Reason::Unavailable, "who may see the draft is changing: ask again"))
    }

    /// Brings a draft's cube to the draft's revision at this moment, or a later one.
    ///
    /// All who wait share one reading, which is nobody's in particular: it reads as the installation, and what each
    /// caller may see is weighed apart.
    async fn bring_up(&self, draft: &DraftId, slot: &Arc<Slot>) -> Result<()> {
        let (store, draft, reading) = (self.store.clone(), draft.clone(), slot.clone());
        slot.readings
            .after_now(move || {
                let (store, draft, slot) = (store.clone(), draft.clone(), reading.clone());
                async move { slot.read(&store, &draft).await }
            })
            .await
    }

    /// Looks up what the caller is on the draft, and keeps it beside the cube.
    async fn weigh(&self, scope: &Scope, draft: &DraftId, slot: &Slot) -> Result<()> {
        let _turn = slot.weighing.lock().await;
        if slot.standing.read().await.access(scope).is_some() {
            return Ok(());
        }
        let Read { answer, revision } = self.access(scope, draft).await?;
        slot.standing.read().await.keep_access(scope, answer, revision);
        Ok(())
    }

    async fn access(&self, scope: &Scope, draft: &DraftId) -> Result<Read<Access>> {
        self.store.read(scope, GetAccess { draft: draft.clone() }).await
    }

    /// The draft's slot. Room is made only for who may know the draft: guessed names must not push out real cubes.
    async fn slot(&self, scope: &Scope, draft: &DraftId) -> Result<Arc<Slot>> {
        if let Some(slot) = self.slots().find(draft) {
            return Ok(slot);
        }
        self.access(scope, draft).await?;
        Ok(self.slots().find_or_make(draft))
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // A panic can't leave the map half changed: it is changed by single calls.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Reads what happened since the cube's revision, and puts it in; the one place where a cube changes.
    async fn read(&self, store: &Store, draft: &DraftId) -> Result<()> {
        let after = self.standing.read().await.revision();
        let moves = match after {
            Some(after) => store.moves_since(&Scope::installation(), draft, after).await?,
            None => None,
        };
        let (mut standing, result);
        match moves {
            Some(moves) if after == Some(moves.revision) => return Ok(()),
            Some(moves) => {
                standing = self.standing.write().await;
                result = standing.advance(moves);
            }
            None => {
                let since = since(store, draft, after).await?;
                standing = self.standing.write().await;
                result = standing.catch_up(since);
            }
        }
        if let Err(error) = result {
            tracing::error!(%draft, ?after, %error, "a cube is dropped and counted anew");
            // Nobody sees it half changed: it is held until it is whole, or left without a revision.
            *standing = Standing::default();
            standing.catch_up(since(store, draft, None).await?)?;
        }
        Ok(())
    }
}

async fn since(store: &Store, draft: &DraftId, after: Option<Revision>) -> Result<CountsSince> {
    Ok(store.read(&Scope::installation(), Counts { draft: draft.clone(), after }).await?.answer)
}

/// The slots by draft, with the order of their last use.
#[derive(Debug, Default)]
struct Slots {
    by_draft: HashMap<DraftId, (Arc<Slot>, u64)>,
    uses: u64,
}

impl Slots {
    fn find(&mut self, draft: &DraftId) -> Option<Arc<Slot>> {
        self.uses += 1;
        let (slot, used) = self.by_draft.get_mut(draft)?;
        *used = self.uses;
        Some(slot.clone())
    }

    /// Who still holds a slot that made room goes on with it; it is as exact as its successor.
    fn find_or_make(&mut self, draft: &DraftId) -> Arc<Slot> {
        if let Some(slot) = self.find(draft) {
            return slot;
        }
        if self.by_draft.len() >= MAX_CUBES
            && let Some(oldest) =
                self.by_draft.iter().min_by_key(|(_, (_, used))| *used).map(|(draft, _)| draft.clone())
        {
            self.by_draft.remove(&oldest);
        }
        let slot = Arc::<Slot>::default();
        self.by_draft.insert(draft.clone(), (slot.clone(), self.uses));
        slot
    }
}

#[cfg(test)]
#[path = "cubes_tests.rs"]
mod tests;
