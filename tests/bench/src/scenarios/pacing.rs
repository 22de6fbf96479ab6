//! Submissions that arrive at a rate of their own, whether the ones before were answered or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use prost::bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tonic::Status;

use crate::calls::{Acknowledged, Line, SUBMIT, with_request_id};
use crate::installation::Installation;
use crate::ledger::{Ledger, uuid};
use crate::report::Range;
use crate::seed::submissions;
use crate::stage::Stage;

/// How often some arrive.
const TICK: Duration = Duration::from_millis(2);
/// How many are under way at most: past it the server does not keep up, and what is achieved is said.
const UNDER_WAY: usize = 512;

/// Arrivals on one draft.
pub struct Pacing {
    messages: Arc<[Bytes]>,
    ledger: Arc<Ledger>,
    per_second: u32,
    achieved: Vec<f64>,
    failed: usize,
    failure: Option<String>,
}

/// Arrivals that come now.
pub struct Arrivals {
    begun: Instant,
    submitted: Arc<AtomicUsize>,
    clock: JoinHandle<()>,
    arriving: Vec<JoinHandle<Result<(), Status>>>,
}

impl Pacing {
    /// So many a second.
    pub fn new(stage: &Stage, draft: &str, per_second: u32) -> Self {
        let messages = submissions(stage, draft, 4_096).into();
        Self { messages, ledger: Arc::default(), per_second, achieved: Vec::new(), failed: 0, failure: None }
    }

    /// Lets them come for so long.
    pub async fn begin(&self, installation: &Installation, span: Duration) -> anyhow::Result<Arrivals> {
        let lines = installation.lines(UNDER_WAY).await?;
        let (due, submitted) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let begun = Instant::now();
        let arriving = lines
            .into_iter()
            .map(|line| {
                let (messages, ledger) = (Arc::clone(&self.messages), Arc::clone(&self.ledger));
                tokio::spawn(submit_when_due(
                    line,
                    Arc::clone(&due),
                    messages,
                    ledger,
                    Arc::clone(&submitted),
                ))
            })
            .collect();
        let per_second = f64::from(self.per_second);
        let clock = tokio::spawn(async move {
            let mut clock = tokio::time::interval(TICK);
            let mut given = 0;
            while begun.elapsed() < span {
                clock.tick().await;
                let by_now = (begun.elapsed().as_secs_f64() * per_second) as usize;
                due.add_permits(by_now.saturating_sub(given));
                given = by_now;
            }
            due.close();
        });
        Ok(Arrivals { begun, submitted, clock, arriving })
    }

    /// After the span: waits for those under way.
    pub async fn end(&mut self, arrivals: Arrivals) -> anyhow::Result<()> {
        let elapsed = arrivals.begun.elapsed().as_secs_f64();
        self.achieved.push(arrivals.submitted.load(Ordering::Relaxed) as f64 / elapsed);
        arrivals.clock.await?;
        for caller in arrivals.arriving {
            // One that was refused arrives no more.
            if let Err(status) = caller.await? {
                self.failed += 1;
                self.failure = Some(status.to_string());
            }
        }
        Ok(())
    }

    /// How many a second were submitted, in words.
    pub fn said(&self) -> String {
        let median = Range::of(self.achieved.iter().copied()).map_or(0.0, |range| range.median);
        let failed = self.failure.as_ref().map(|why| format!("; {} FAILED: {why}", self.failed));
        format!(
            "{median:.0} a second were submitted, of {} that arrived{}",
            self.per_second,
            failed.unwrap_or_default()
        )
    }
}

async fn submit_when_due(
    mut line: Line,
    due: Arc<Semaphore>,
    messages: Arc<[Bytes]>,
    ledger: Arc<Ledger>,
    submitted: Arc<AtomicUsize>,
) -> Result<(), Status> {
    while let Ok(permit) = due.acquire().await {
        permit.forget();
        let id = ledger.new_id();
        let Some(message) = messages.get(id as usize % messages.len()) else { break };
        let message = with_request_id(message, &uuid(id));
        line.call::<Acknowledged>(SUBMIT, message).await?;
        submitted.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
