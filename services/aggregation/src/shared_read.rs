//! One reading shared by all who wait for it, as etcd's ReadIndex does: however many ask at once, the database is read
//! one time after another, and each caller is answered from a reading that began after it came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use ykien_domain::{Error, Reason, Result};

/// The readings of one thing.
#[derive(Debug)]
pub(crate) struct SharedRead {
    line: Mutex<Line>,
    /// The number of the last reading that ended, and how it ended.
    ended: watch::Sender<(u64, Result<()>)>,
}

#[derive(Debug, Default)]
struct Line {
    /// How many readings have begun; the number of the newest.
    begun: u64,
    /// The highest number that somebody waits for: at most one more than have begun.
    wanted: u64,
    /// Whether a task is there that goes on until no reading is wanted.
    running: bool,
}

impl Default for SharedRead {
    fn default() -> Self {
        Self { line: Mutex::default(), ended: watch::Sender::new((0, Ok(()))) }
    }
}

impl SharedRead {
    /// Returns when a reading has ended that began after this call. `read` is called where none is under way to be
    /// followed; a caller that goes away does not stop it.
    ///
    /// # Errors
    /// Those of the reading.
    pub(crate) async fn after_now<F>(self: &Arc<Self>, read: impl Fn() -> F + Send + 'static) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut ended = self.ended.subscribe();
        let wanted = {
            let mut line = self.line();
            line.wanted = line.begun + 1;
            if !line.running {
                line.running = true;
                tokio::spawn(self.clone().run(read));
            }
            line.wanted
        };
        match ended.wait_for(|(number, _)| *number >= wanted).await {
            Ok(ended) => ended.1.clone(),
            // The sender lives as long as `self`.
            Err(_) => Err(broken()),
        }
    }

    /// How many readings have begun.
    #[cfg(test)]
    pub(crate) fn begun(&self) -> u64 {
        self.line().begun
    }

    async fn run<F>(self: Arc<Self>, read: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = Result<()>> + Send,
    {
        let mut turn = Turn { readings: &self, number: 0 };
        while turn.next() {
            let result = read().await;
            turn.end(result);
            // Who was answered goes first: what comes of it, and who else came meanwhile, shares the next reading.
            tokio::task::yield_now().await;
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // A panic can't leave the line half changed: nothing in between can panic.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one task that reads.
struct Turn<'a> {
    readings: &'a SharedRead,
    /// The reading under way; 0 between two.
    number: u64,
}

impl Turn<'_> {
    /// Begins a reading if one is wanted; else the task is to end.
    fn next(&mut self) -> bool {
        let mut line = self.readings.line();
        line.running = line.wanted > line.begun;
        if line.running {
            line.begun += 1;
            self.number = line.begun;
        }
        line.running
    }

    fn end(&mut self, result: Result<()>) {
        let _ = self.readings.ended.send_replace((self.number, result));
        self.number = 0;
    }
}

impl Drop for Turn<'_> {
    /// A reading that panicked, or whose runtime stops: nobody is left waiting for it, and the next caller begins anew.
    fn drop(&mut self) {
        if self.number > 0 {
            let wanted = {
                let mut line = self.readings.line();
                line.running = false;
                line.begun = line.wanted;
                line.begun
            };
            let _ = self.readings.ended.send_replace((wanted, Err(broken())));
        }
    }
}

fn broken() -> Error {
    Error::new(Reason::Internal, "a fault of the server; its log says more")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// A reading that ends when it is let.
    #[derive(Clone)]
    struct Gate {
        shared: Arc<SharedRead>,
        gate: Arc<Semaphore>,
    }

    impl Gate {
        fn new() -> Self {
            Self { shared: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
        }

        async fn after_now(&self) -> Result<()> {
            let gate = self.gate.clone();
            let read = move || {
                let gate = gate.clone();
                async move {
                    gate.acquire().await.unwrap().forget();
                    Ok(())
                }
            };
            self.shared.after_now(read).await
        }

        fn ask(&self) -> tokio::task::JoinHandle<Result<()>> {
            let gate = self.clone();
            tokio::spawn(async move { gate.after_now().await })
        }

        /// Lets every task come as far as it can.
        async fn settle() {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn who_comes_while_one_reads_shares_the_next_reading() {
        let gate = Gate::new();
        let first = gate.ask();
        Gate::settle().await;
        let others: Vec<_> = (0..100).map(|_| gate.ask()).collect();
        Gate::settle().await;
        assert_eq!(gate.shared.begun(), 1);
        gate.gate.add_permits(1);
        first.await.unwrap().unwrap();
        Gate::settle().await;
        assert!(others.iter().all(|other| !other.is_finished()), "that reading began before they came");
        gate.gate.add_permits(1);
        for other in others {
            other.await.unwrap().unwrap();
        }
        assert_eq!(gate.shared.begun(), 2);
    }

    #[tokio::test]
    async fn who_is_answered_and_asks_again_shares_the_next_reading() {
        let gate = Gate::new();
        let twice = {
            let gate = gate.clone();
            tokio::spawn(async move {
                gate.after_now().await.unwrap();
                gate.after_now().await.unwrap();
            })
        };
        Gate::settle().await;
        let other = gate.ask();
        Gate::settle().await;
        gate.gate.add_permits(3);
        twice.await.unwrap();
        other.await.unwrap().unwrap();
        assert_eq!(gate.shared.begun(), 2);
    }

    #[tokio::test]
    async fn a_reading_goes_on_when_who_began_it_goes_away() {
        let gate = Gate::new();
        let first = gate.ask();
        Gate::settle().await;
        let second = gate.ask();
        Gate::settle().await;
        first.abort();
        gate.gate.add_permits(2);
        second.await.unwrap().unwrap();
        assert_eq!(gate.shared.begun(), 2);
    }

    #[tokio::test]
    async fn an_error_is_everybodys_and_the_next_reads_anew() {
        let shared: Arc<SharedRead> = Arc::default();
        let calls = Arc::new(AtomicU64::new(0));
        let ask = || {
            let calls = calls.clone();
            shared.after_now(move || {
                let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
                async move { if first { Err(Error::not_found()) } else { Ok(()) } }
            })
        };
        let (one, two) = tokio::join!(ask(), ask());
        assert!(one.is_err() && two.is_err());
        ask().await.unwrap();
    }

    #[tokio::test]
    async fn a_reading_that_panics_leaves_nobody_waiting() {
        let shared: Arc<SharedRead> = Arc::default();
        let error = shared.after_now(|| async { panic!("as a bug would") }).await.unwrap_err();
        assert_eq!(error.reason, Reason::Internal);
        shared.after_now(|| async { Ok(()) }).await.unwrap();
    }
}
