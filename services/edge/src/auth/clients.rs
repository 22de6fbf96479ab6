//! What the store says about the clients that call, read at most once in [`CLIENT_FRESH`] for each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ykien_domain::Result;
use ykien_domain::actor::Actor;
use ykien_domain::ids::ClientId;
use ykien_store::Store;

use super::CLIENT_FRESH;

/// The most clients that are held; past it, those not asked for lately are dropped.
const MAX_CLIENTS: usize = 10_000;

/// What a client may be; none when it is unknown, or switched off.
type State = Option<Actor>;

#[derive(Default)]
struct Slot {
    state: Mutex<Option<(Instant, State)>>,
    /// Held while reading, so that the calls of one client share one reading.
    reading: tokio::sync::Mutex<()>,
}

impl Slot {
    fn fresh(&self, now: Instant) -> Option<State> {
        let state = lock(&self.state);
        state
            .as_ref()
            .filter(|(at, _)| now.saturating_duration_since(*at) < CLIENT_FRESH)
            .map(|(_, state)| state.clone())
    }
}

/// The clients that called lately.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<ClientId, Arc<Slot>>>);

impl Clients {
    /// What the client may be now; none when it may nothing.
    ///
    /// # Errors
    /// The store's own: a client whose state can't be read does not pass.
    pub(super) async fn actor(
        &self,
        store: &Store,
        client: &ClientId,
        now: Instant,
    ) -> Result<Option<Actor>> {
        let slot = self.slot(client, now);
        if let Some(state) = slot.fresh(now) {
            return Ok(state);
        }
        let _one = slot.reading.lock().await;
        if let Some(state) = slot.fresh(now) {
            return Ok(state);
        }
        let credential = store.credential(client).await?;
        let state = credential.filter(|credential| !credential.disabled).map(|credential| credential.actor);
        *lock(&slot.state) = Some((now, state.clone()));
        Ok(state)
    }

    fn slot(&self, client: &ClientId, now: Instant) -> Arc<Slot> {
        let mut slots = lock(&self.0);
        if let Some(slot) = slots.get(client) {
            return slot.clone();
        }
        if slots.len() >= MAX_CLIENTS {
            slots.retain(|_, slot| slot.fresh(now).is_some());
            if slots.len() >= MAX_CLIENTS {
                slots.clear();
            }
        }
        slots.entry(client.clone()).or_default().clone()
    }
}

/// The lock; a panic elsewhere leaves nothing half-done behind it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
