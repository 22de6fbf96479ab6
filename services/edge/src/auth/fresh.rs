//! What the store says about those that call, read at most once in [`CLIENT_FRESH`] for each.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ykien_domain::Result;

use super::CLIENT_FRESH;

/// The most that are held; past it, those not asked for lately are dropped.
const MAX_HELD: usize = 10_000;

struct Slot<V> {
    value: Mutex<Option<(Instant, V)>>,
    /// Held while reading, so that the calls about one share one reading.
    reading: tokio::sync::Mutex<()>,
}

impl<V: Clone> Slot<V> {
    /// What was read, and when, if that is not too long ago.
    fn fresh(&self, now: Instant) -> Option<(Instant, V)> {
        let value = lock(&self.value);
        value.as_ref().filter(|(at, _)| now.saturating_duration_since(*at) < CLIENT_FRESH).cloned()
    }
}

/// What was read lately, by key.
pub(super) struct Fresh<K, V>(Mutex<HashMap<K, Arc<Slot<V>>>>);

impl<K, V> Default for Fresh<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Fresh<K, V> {
    /// What is known of the key, or what this reading gives; and when it was read.
    ///
    /// # Errors
    /// The reading's own: what can't be read is not known.
    pub(super) async fn get(
        &self,
        key: &K,
        now: Instant,
        reading: impl Future<Output = Result<V>>,
    ) -> Result<(Instant, V)> {
        let slot = self.slot(key, now);
        if let Some(known) = slot.fresh(now) {
            return Ok(known);
        }
        let _one = slot.reading.lock().await;
        if let Some(known) = slot.fresh(now) {
            return Ok(known);
        }
        let known = (now, reading.await?);
        *lock(&slot.value) = Some(known.clone());
        Ok(known)
    }

    fn slot(&self, key: &K, now: Instant) -> Arc<Slot<V>> {
        let mut slots = lock(&self.0);
        if let Some(slot) = slots.get(key) {
            return slot.clone();
        }
        if slots.len() >= MAX_HELD {
            slots.retain(|_, slot| slot.fresh(now).is_some());
            if slots.len() >= MAX_HELD {
                slots.clear();
            }
        }
        let slot = Arc::new(Slot { value: Mutex::new(None), reading: tokio::sync::Mutex::new(()) });
        slots.insert(key.clone(), slot.clone());
        slot
    }
}

/// The lock; a panic elsewhere leaves nothing half-done behind it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
