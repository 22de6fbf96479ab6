//! One reading shared by all who wait for it, as etcd's ReadIndex does: however many ask at once, the database is read
//! one time after another, and each caller is answered from a reading that began after it came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::SetOnce;
use ykien_domain::{Error, Reason, Result};

/// The readings of one thing.
#[derive(Debug, Default)]
pub(crate) struct SharedRead {
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// The reading that begins next, where somebody waits for it.
    next: Option<Reading>,
    /// Whether a task is there that goes on until no reading is wanted.
    running: bool,
    /// How many readings have begun.
    #[cfg(test)]
    begun: u64,
}

/// A reading, and how it ended: each wakes those alone who wait for it.
type Reading = Arc<SetOnce<Result<()>>>;

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
        let reading = {
            let mut line = self.line();
            if !line.running {
                line.running = true;
                tokio::spawn(self.clone().run(read));
            }
            line.next.get_or_insert_default().clone()
        };
        reading.wait().await.clone()
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
        let mut turn = Turn { readings: &self, reading: None };
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
    /// The reading under way; none between two.
    reading: Option<Reading>,
}

impl Turn<'_> {
    /// Begins a reading if one is wanted; else the task is to end.
    fn next(&mut self) -> bool {
        let mut line = self.readings.line();
        self.reading = line.next.take();
        line.running = self.reading.is_some();
        #[cfg(test)]
        {
            line.begun += u64::from(line.running);
        }
        line.running
    }

    fn end(&mut self, result: Result<()>) {
        if let Some(reading) = self.reading.take() {
            tell(&reading, result);
        }
    }
}

impl Drop for Turn<'_> {
    /// A reading that panicked, or whose runtime stops: nobody is left waiting for it, and the next caller begins anew.
    fn drop(&mut self) {
        if let Some(reading) = self.reading.take() {
            let next = {
                let mut line = self.readings.line();
                line.running = false;
                line.next.take()
            };
            for reading in [reading].into_iter().chain(next) {
                tell(&reading, Err(broken()));
            }
        }
    }
}

fn tell(reading: &SetOnce<Result<()>>, result: Result<()>) {
    // Set once: by the one task that reads, which has let go of it then.
    let _ = reading.set(result);
}

fn broken() -> Error {
    Error::new(Reason::Internal, "a fault of the server; its log says more")
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
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
    async fn who_waits_for_the_next_reading_is_not_woken_by_the_end_of_this_one() {
        let gate = Gate::new();
        let first = gate.ask();
        Gate::settle().await;
        let looks = Arc::new(AtomicU64::new(0));
        let next = {
            let (gate, looks) = (gate.clone(), looks.clone());
            tokio::spawn(async move {
                let mut asked = std::pin::pin!(gate.after_now());
                poll_fn(|context| {
                    looks.fetch_add(1, Ordering::SeqCst);
                    asked.as_mut().poll(context)
                })
                .await
            })
        };
        Gate::settle().await;
        gate.gate.add_permits(1);
        first.await.unwrap().unwrap();
        Gate::settle().await;
        assert_eq!((gate.shared.begun(), looks.load(Ordering::SeqCst)), (2, 1));
        gate.gate.add_permits(1);
        next.await.unwrap().unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 2);
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
