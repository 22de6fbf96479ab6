//! Token buckets in constant memory: no lock, no allocation, nothing to clean up.
//!
//! A bucket is one number, the instant at which it is full again (the *generic cell rate algorithm*). A key has one bucket in
//! each of two rows, found by its hash, and one of them is enough, so another key is in the way only if others meet this one
//! in both. The hash has a secret of the process: nobody can choose whom to meet.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The buckets of a row: 64 KiB for both rows. With a thousand keys that all are at their limit, one in twenty shares
/// its limit with others.
const ROW: usize = 4_096;

/// The buckets of one kind of key.
#[derive(Debug)]
pub(super) struct Buckets {
    /// Nanoseconds from one call to the next; 0 without a limit.
    interval: u64,
    /// How far ahead of now a bucket may be: its depth.
    depth: u64,
    start: Instant,
    hasher: RandomState,
    /// When each is full again, in nanoseconds since the start.
    full_at: Box<[AtomicU64]>,
}

impl Buckets {
    /// So many a second, and so many seconds' worth at once; 0 is no limit.
    pub(super) fn new(per_second: u32, burst_seconds: u32, start: Instant) -> Self {
        let buckets = if per_second == 0 { 0 } else { ROW * 2 };
        Self {
            interval: 1_000_000_000_u64.checked_div(per_second.into()).unwrap_or(0),
            depth: nanoseconds(Duration::from_secs(burst_seconds.into())),
            start,
            hasher: RandomState::new(),
            full_at: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Takes one of this key's, if there is one: of each of its buckets that has one. Callers that come in the same instant
    /// may find the last one of either bucket, so a limit may be passed by as many as come at once.
    pub(super) fn take(&self, key: impl Hash, now: Instant) -> bool {
        let Some(buckets) = self.of(key) else { return true };
        let now = nanoseconds(now.saturating_duration_since(self.start));
        let later = |full_at: u64| {
            let next = full_at.max(now).saturating_add(self.interval);
            (next <= now.saturating_add(self.depth)).then_some(next)
        };
        let taken =
            buckets.map(|bucket| bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later).is_ok());
        taken.contains(&true)
    }

    /// The key's two buckets; none without a limit.
    fn of(&self, key: impl Hash) -> Option<[&AtomicU64; 2]> {
        let hash = self.hasher.hash_one(key);
        let [low, high] = [hash as usize % ROW, (hash >> 32) as usize % ROW];
        Some([self.full_at.get(low)?, self.full_at.get(ROW + high)?])
    }
}

/// Whole nanoseconds: enough for 584 years.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn taken(buckets: &Buckets, key: &str, now: Instant) -> usize {
        (0..10_000).filter(|_| buckets.take(key, now)).count()
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let start = Instant::now();
        let buckets = Buckets::new(5, 10, start);
        assert_eq!(taken(&buckets, "a", start), 50);
        assert_eq!(taken(&buckets, "a", start + Duration::from_millis(199)), 0);
        assert_eq!(taken(&buckets, "a", start + Duration::from_millis(200)), 1);
        assert_eq!(taken(&buckets, "a", start + Duration::from_millis(1_200)), 5);
        assert_eq!(taken(&buckets, "a", start + Duration::from_secs(3_600)), 50, "it overflows");
        assert_eq!(taken(&buckets, "a", start), 0, "a clock that goes back gives nothing");
    }

    #[test]
    fn of_many_keys_hardly_one_is_in_anothers_way() {
        let start = Instant::now();
        let buckets = Buckets::new(5, 10, start);
        let whole = (0..500).filter(|n| taken(&buckets, &format!("client-{n}"), start) == 50).count();
        assert!(whole > 450, "{whole} of 500 had all of theirs");
    }

    #[test]
    fn callers_that_come_at_once_get_what_there_is() {
        const CALLERS: usize = 8;
        let start = Instant::now();
        let buckets = Buckets::new(100, 10, start);
        let passed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| passed.fetch_add(taken(&buckets, "a", start), Ordering::Relaxed));
            }
        });
        let passed = passed.into_inner();
        assert!((1_000..1_000 + CALLERS).contains(&passed), "{passed}");
    }
}
