//! The demo's clock: it stands in July 2020, is moved along the case's days, and ticks on from there with real time. So
//! deadlines, lateness and tokens all work as they did for the people of the case.

use std::sync::Mutex;
use std::time::Instant;

use ykien_domain::time::{Clock, SystemClock, Timestamp};

/// A clock that is moved and then ticks.
#[derive(Debug)]
pub(super) struct DemoClock(Mutex<(Timestamp, Instant)>);

impl DemoClock {
    /// Ticks from this instant.
    pub(super) fn at(start: Timestamp) -> Self {
        Self(Mutex::new((start, Instant::now())))
    }

    /// Moves on to this instant; never back.
    pub(super) fn advance(&self, to: Timestamp) {
        let now = self.now();
        let mut base = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *base = (to.max(now), Instant::now());
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let (start, since) = *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Timestamp(start.0.saturating_add(i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX)))
    }

    /// Ids are no part of the case: those of today are as good.
    fn new_id(&self) -> uuid::Uuid {
        SystemClock.new_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_moved_forwards_only_and_ticks_from_there() {
        let clock = DemoClock::at(Timestamp(1_000));
        clock.advance(Timestamp(9_000_000_000));
        let moved = clock.now();
        assert!(moved >= Timestamp(9_000_000_000) && moved < Timestamp(19_000_000_000));
        clock.advance(Timestamp(5));
        assert!(clock.now() >= moved);
    }
}
