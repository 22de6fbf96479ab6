//! Where submissions wait for the writer: in one line an agency, each line served in turn.
//!
//! Bounded by places. An agency may take as many places as are left free: alone it may fill half of the queue, two at
//! once a third each, and whoever comes next always finds room. So one agency's flood neither fills the queue nor
//! delays the others by more than its own turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use ykien_domain::ids::AgencyCode;

/// How many places there are. A submission takes one, and one more for each [`PLACE_BYTES`] of its text.
pub(crate) const MAX_PLACES: usize = 16_384;

/// The text that fits into one place: with [`MAX_PLACES`] it bounds the memory to 64 MiB.
pub(crate) const PLACE_BYTES: usize = 4_096;

/// The queue. What is taken out of it keeps its places until its [`Place`] is dropped.
pub(crate) struct Queue<T> {
    lines: Mutex<Lines<T>>,
    arrived: Notify,
    freed: Notify,
}

struct Lines<T> {
    by_agency: HashMap<AgencyCode, Line<T>>,
    /// The agencies with somebody waiting, in the order of their turns.
    turns: VecDeque<AgencyCode>,
    taken: usize,
    /// Those of them that nobody took out yet, and how many of these the one who serves waits for.
    waiting: usize,
    wanted: usize,
    closed: bool,
}

struct Line<T> {
    waiting: VecDeque<(T, Place<T>)>,
    taken: usize,
}

/// The places that something takes, from the moment it waits until it is done with.
pub(crate) struct Place<T> {
    queue: Arc<Queue<T>>,
    agency: AgencyCode,
    places: usize,
}

/// Why something can't wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its agency has taken its share of the places.
    Full,
    /// The process ends.
    Closed,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let lines = Lines {
            by_agency: HashMap::new(),
            turns: VecDeque::new(),
            taken: 0,
            waiting: 0,
            wanted: 1,
            closed: false,
        };
        Self { lines: Mutex::new(lines), arrived: Notify::new(), freed: Notify::new() }
    }
}

impl<T> Queue<T> {
    /// Puts something at the end of its agency's line.
    ///
    /// # Errors
    /// With the thing itself.
    pub(crate) fn push(
        self: &Arc<Self>,
        agency: &AgencyCode,
        bytes: usize,
        item: T,
    ) -> Result<(), (Refusal, T)> {
        let places = 1 + bytes / PLACE_BYTES;
        let mut lines = self.lines();
        if lines.closed {
            return Err((Refusal::Closed, item));
        }
        let free = MAX_PLACES.saturating_sub(lines.taken);
        let own = lines.by_agency.get(agency).map_or(0, |line| line.taken);
        if own + places > free {
            return Err((Refusal::Full, item));
        }
        lines.taken += places;
        lines.waiting += places;
        let line = lines
            .by_agency
            .entry(agency.clone())
            .or_insert_with(|| Line { waiting: VecDeque::new(), taken: 0 });
        line.taken += places;
        let first = line.waiting.is_empty();
        line.waiting.push_back((item, Place { queue: self.clone(), agency: agency.clone(), places }));
        if first {
            lines.turns.push_back(agency.clone());
        }
        let enough = lines.waiting >= lines.wanted;
        drop(lines);
        if enough {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// As [`Queue::push`], but waits for room.
    ///
    /// # Errors
    /// With the thing itself, when the process ends.
    pub(crate) async fn push_patiently(
        self: &Arc<Self>,
        agency: &AgencyCode,
        bytes: usize,
        mut item: T,
    ) -> Result<(), (Refusal, T)> {
        loop {
            // Listening begins before looking: what is freed in between is not missed.
            let freed = self.freed.notified();
            match self.push(agency, bytes, item) {
                Err((Refusal::Full, back)) => item = back,
                done => return done,
            }
            freed.await;
        }
    }

    /// The next to be served, one of each agency in turn, until they fill `max` places; waits until there is one. None
    /// when the queue is closed and empty.
    pub(crate) async fn take(&self, max: usize) -> Option<Vec<(T, Place<T>)>> {
        self.take_some(1, max).await
    }

    /// As [`Queue::take`], but waits until those who wait fill `min` places, or the queue is closed.
    pub(crate) async fn take_some(&self, min: usize, max: usize) -> Option<Vec<(T, Place<T>)>> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut lines = self.lines();
                if lines.waiting >= min || lines.closed {
                    let taken = lines.take(max);
                    return if taken.is_empty() { None } else { Some(taken) };
                }
                lines.wanted = min;
            }
            arrived.await;
        }
    }

    /// As [`Queue::take`], without waiting: nothing when nobody waits.
    pub(crate) fn take_now(&self, max: usize) -> Vec<(T, Place<T>)> {
        self.lines().take(max)
    }

    /// Nothing more may wait; what waits is still served.
    pub(crate) fn close(&self) {
        self.lines().closed = true;
        self.arrived.notify_one();
        self.freed.notify_waiters();
    }

    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        // Nothing in here panics between two changes that belong together.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Lines<T> {
    fn take(&mut self, max: usize) -> Vec<(T, Place<T>)> {
        let (mut taken, mut places) = (Vec::new(), 0);
        while places < max
            && let Some(agency) = self.turns.pop_front()
        {
            let Some(line) = self.by_agency.get_mut(&agency) else { continue };
            let Some((item, place)) = line.waiting.pop_front() else { continue };
            places += place.places;
            self.waiting -= place.places;
            taken.push((item, place));
            if !line.waiting.is_empty() {
                self.turns.push_back(agency);
            }
        }
        taken
    }
}

impl<T> Place<T> {
    /// How many places they are.
    pub(crate) fn places(&self) -> usize {
        self.places
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        let mut lines = self.queue.lines();
        lines.taken -= self.places;
        if let Some(line) = lines.by_agency.get_mut(&self.agency) {
            line.taken -= self.places;
            if line.taken == 0 {
                lines.by_agency.remove(&self.agency);
            }
        }
        drop(lines);
        self.queue.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AgencyCode {
        AgencyCode::stored(text.to_owned())
    }

    async fn served(queue: &Queue<u32>, max: usize) -> Vec<u32> {
        queue.take(max).await.unwrap().into_iter().map(|(item, _)| item).collect()
    }

    #[tokio::test]
    async fn agencies_take_turns_and_each_keeps_its_own_order() {
        let queue = Arc::new(Queue::default());
        for item in 0..5 {
            queue.push(&code("flood"), 0, item).unwrap();
        }
        queue.push(&code("other"), 0, 100).unwrap();
        queue.push(&code("other"), 0, 101).unwrap();
        assert_eq!(served(&queue, 4).await, [0, 100, 1, 101]);
        assert_eq!(served(&queue, 10).await, [2, 3, 4]);
    }

    #[tokio::test]
    async fn who_waits_for_several_is_woken_by_the_last_of_them() {
        let queue = Arc::new(Queue::default());
        let several = tokio::spawn({
            let queue = queue.clone();
            async move { queue.take_some(3, 9).await }
        });
        for item in 0..2 {
            tokio::task::yield_now().await;
            queue.push(&code("a"), 0, item).unwrap();
        }
        tokio::task::yield_now().await;
        assert!(!several.is_finished());
        queue.push(&code("b"), 0, 2).unwrap();
        let taken: Vec<u32> = several.await.unwrap().unwrap().into_iter().map(|(item, _)| item).collect();
        assert_eq!(taken, [0, 2, 1]);
    }

    #[tokio::test]
    async fn a_flood_fills_half_and_leaves_room_for_everybody_else() {
        let queue = Arc::new(Queue::default());
        let fill =
            |agency: &str| (0_u32..).take_while(|item| queue.push(&code(agency), 0, *item).is_ok()).count();
        assert_eq!(fill("first"), MAX_PLACES / 2);
        assert_eq!(fill("second"), MAX_PLACES / 4);
        assert_eq!(fill("third"), MAX_PLACES / 8);
        assert!(queue.push(&code("fourth"), 0, 0).is_ok());
        assert_eq!(queue.push(&code("first"), 0, 7), Err((Refusal::Full, 7)));
    }

    #[tokio::test]
    async fn places_are_free_again_when_the_work_is_done_not_when_it_is_begun() {
        let queue = Arc::new(Queue::default());
        while queue.push(&code("a"), 0, 1).is_ok() {}
        let taken = queue.take(10).await.unwrap();
        assert_eq!(queue.push(&code("a"), 0, 2), Err((Refusal::Full, 2)));
        drop(taken);
        assert_eq!(queue.push(&code("a"), 0, 3), Ok(()));
    }

    #[tokio::test]
    async fn a_long_text_takes_more_places() {
        let queue = Arc::new(Queue::default());
        let long = PLACE_BYTES * (MAX_PLACES / 4);
        assert_eq!(queue.push(&code("a"), long, 1), Ok(()));
        assert_eq!(queue.push(&code("a"), long, 2), Ok(()));
        assert_eq!(queue.push(&code("a"), long, 3), Err((Refusal::Full, 3)));
        assert_eq!(queue.push(&code("b"), long, 4), Ok(()));
        assert_eq!(served(&queue, 100).await, [1]);
    }

    #[tokio::test]
    async fn the_patient_get_their_place_when_one_is_free() {
        let queue = Arc::new(Queue::default());
        while queue.push(&code("a"), 0, 1).is_ok() {}
        let patient = tokio::spawn({
            let queue = queue.clone();
            async move { queue.push_patiently(&code("a"), 0, 2).await }
        });
        let waiting = queue.clone();
        drop(waiting.take(2).await);
        assert_eq!(patient.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_closed_queue_takes_nothing_and_is_served_to_its_end() {
        let queue = Arc::new(Queue::default());
        queue.push(&code("a"), 0, 1).unwrap();
        queue.close();
        assert_eq!(queue.push(&code("a"), 0, 2), Err((Refusal::Closed, 2)));
        assert_eq!(served(&queue, 10).await, [1]);
        assert!(queue.take(10).await.is_none());
    }
}
