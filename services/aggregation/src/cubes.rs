//! The process's cubes: one per draft, each the fold of its draft's events, brought up to the draft's present revision
//! by every question that is asked of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, RwLock, RwLockReadGuard};
use ykien_domain::actor::{Access, Scope};
use ykien_domain::cube::{Cube, Question, Structure, Table};
use ykien_domain::ids::{DraftId, Revision};
use ykien_domain::query::{Counts, CountsChange, CountsSince, GetDraft};
use ykien_domain::{Error, Reason, Result};
use ykien_store::Store;

use crate::freshness;

/// The most drafts whose counts are kept at once. A draft of 4,000 cells takes about 1 MB; the one asked least recently
/// makes room, and is counted anew (milliseconds) when somebody asks again.
const MAX_CUBES: usize = 256;

/// The cubes of this process.
pub(crate) struct Cubes {
    store: Store,
    slots: Mutex<Slots>,
}

/// A draft's cube, and the turn in which it is brought up to date.
#[derive(Debug, Default)]
struct Slot {
    /// Held from reading where the cube stands until what was read since is in it, so that the changes after a revision
    /// are only ever applied at that revision. Those who already ask the cube don't wait for it.
    turn: Turn<()>,
    standing: RwLock<Standing>,
}

/// The counts and what they mean, both at the cube's revision; revision 0 before the first count.
#[derive(Debug, Default)]
struct Standing {
    cube: Cube,
    structure: Structure,
}

impl Cubes {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, slots: Mutex::default() }
    }

    /// The answer to a question, as this caller may see it, for a revision that is not older than the draft's own when
    /// the question came.
    ///
    /// # Errors
    /// `NOT_FOUND` for a draft that the caller may not know; `REVISION_NOT_REACHED`; those of [`Cube::ask`].
    pub(crate) async fn ask(
        &self,
        scope: &Scope,
        draft: &DraftId,
        question: &Question,
        min_revision: Revision,
    ) -> Result<Table> {
        let slot = self.slot(scope, draft).await?;
        let (standing, access) = self.bring_up(scope, draft, &slot).await?;
        freshness::expect_reached(min_revision, standing.cube.revision)?;
        standing.cube.ask(&standing.structure, &access.sight, question)
    }

    /// Brings a draft's cube to the draft's present revision; the one place where a cube changes.
    ///
    /// Callers take turns: each reads what happened since the cube's revision and puts it in before the next one looks,
    /// so nothing is applied twice and no cube goes back. What the caller may see comes from its own read, never from
    /// a neighbour's. By the time it asks, a later turn may have moved the cube on: that is only fresher.
    async fn bring_up<'a>(
        &self,
        scope: &Scope,
        draft: &DraftId,
        slot: &'a Slot,
    ) -> Result<(RwLockReadGuard<'a, Standing>, Access)> {
        let _turn = slot.turn.lock().await;
        let after = slot.standing.read().await.revision();
        let since = self.since(scope, draft, after).await?;
        if after == Some(since.revision) {
            return Ok((slot.standing.read().await, since.access));
        }
        let mut standing = slot.standing.write().await;
        let access = match standing.catch_up(since) {
            Ok(access) => access,
            Err(error) => {
                tracing::error!(%draft, ?after, %error, "a cube is dropped and counted anew");
                *standing = Standing::default();
                standing.catch_up(self.since(scope, draft, None).await?)?
            }
        };
        Ok((standing.downgrade(), access))
    }

    async fn since(&self, scope: &Scope, draft: &DraftId, after: Option<Revision>) -> Result<CountsSince> {
        Ok(self.store.read(scope, Counts { draft: draft.clone(), after }).await?.answer)
    }

    /// The draft's slot. Room is made only for who may know the draft: guessed names must not push out real cubes.
    async fn slot(&self, scope: &Scope, draft: &DraftId) -> Result<Arc<Slot>> {
        if let Some(slot) = self.slots().find(draft) {
            return Ok(slot);
        }
        self.store.read(scope, GetDraft { draft: draft.clone() }).await?;
        Ok(self.slots().find_or_make(draft))
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // A panic can't leave the map half changed: it is changed by single calls.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn revision(&self) -> Option<Revision> {
        (self.cube.revision > 0).then_some(self.cube.revision)
    }

    /// Takes in what happened since its revision, and hands out what the reader of it may see.
    ///
    /// # Errors
    /// `INTERNAL` when that does not fit: it must be dropped then, for it may be half changed.
    fn catch_up(&mut self, since: CountsSince) -> Result<Access> {
        match since.structure {
            Some(structure) => self.structure = structure,
            None if self.cube.revision == 0 => {
                return Err(misfit("a first count came without its structure"));
            }
            None => {}
        }
        match since.change {
            CountsChange::Counted(cells) => self.cube = Cube::counted(since.revision, cells),
            // A database that was put back to an earlier state.
            CountsChange::Moves(_) if since.revision < self.cube.revision => {
                return Err(misfit("the draft's revision went back"));
            }
            CountsChange::Moves(moves) => self.cube.advance(since.revision, moves)?,
        }
        Ok(since.access)
    }
}

fn misfit(what: &str) -> Error {
    Error::new(Reason::Internal, what)
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
