//! Closed loops: so many callers, each with one call under way at a time.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::account::{Used, Watched};

/// How long callers call before it counts: connections, statements and caches are warm by then.
pub const LEAD_IN: Duration = Duration::from_millis(300);
/// How many latencies a caller has room for from the start.
const ROOM: usize = 4_096;

/// Somebody who calls again and again.
pub trait Caller: Send + 'static {
    /// One call: how many operations it was, or why it failed.
    fn call(&mut self) -> impl Future<Output = Result<usize, String>> + Send;

    /// How long the part of the last call took that is measured; all of it when absent.
    fn spent(&self) -> Option<Duration> {
        None
    }
}

/// What was measured of a contender in one round.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Operations a second.
    pub rate: f64,
    /// The middle latency of a call, in milliseconds.
    pub p50: f64,
    /// The latency of a call that 99 of 100 do not pass, in milliseconds.
    pub p99: f64,
    /// CPU time of the servers an operation, in microseconds.
    pub server: Option<f64>,
    /// Of PostgreSQL.
    pub database: Option<f64>,
    /// Of the load generator.
    pub client: Option<f64>,
    /// The servers' peak of resident memory, in MiB.
    pub memory: Option<f64>,
    /// Calls that failed.
    pub failed: usize,
    /// Which share of all cores' time others on the same host had meanwhile.
    pub stolen: f64,
}

impl Measured {
    /// Of these latencies, and so many operations within a span.
    pub fn of(
        mut latencies: Vec<Duration>,
        operations: usize,
        span: Duration,
        used: &Used,
        watched: &Watched,
    ) -> Self {
        latencies.sort_unstable();
        let each = |microseconds: f64| (operations > 0).then(|| microseconds / operations as f64);
        Self {
            rate: operations as f64 / span.as_secs_f64(),
            p50: percentile(&latencies, 0.5),
            p99: percentile(&latencies, 0.99),
            server: each(used.server).filter(|_| !watched.servers.is_empty()),
            database: each(used.database).filter(|_| watched.postmaster.is_some()),
            client: each(used.client),
            memory: None,
            failed: 0,
            stolen: 0.0,
        }
    }
}

/// A latency of sorted ones, in milliseconds: the smallest that this share of them does not pass.
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
}

struct Ended<C> {
    caller: C,
    latencies: Vec<Duration>,
    operations: usize,
    failed: usize,
    failure: Option<String>,
}

async fn again_and_again<C: Caller>(mut caller: C, begin: Instant, end: Instant) -> Ended<C> {
    let mut latencies = Vec::with_capacity(ROOM);
    let (mut operations, mut failed, mut failure) = (0, 0, None);
    loop {
        let sent = Instant::now();
        if sent >= end {
            return Ended { caller, latencies, operations, failed, failure };
        }
        let answer = caller.call().await;
        let answered = Instant::now();
        match answer {
            Ok(count) if sent >= begin && answered <= end => {
                latencies.push(caller.spent().unwrap_or(answered - sent));
                operations += count;
            }
            Ok(_) => {}
            Err(why) => {
                failed += 1;
                failure = Some(why);
            }
        }
    }
}

/// Lets the callers call for so long. Gives what was measured, and the callers for what they hold.
pub async fn closed_loop<C: Caller>(
    callers: Vec<C>,
    span: Duration,
    watched: &Watched,
) -> anyhow::Result<(Measured, Vec<C>)> {
    let begin = Instant::now() + LEAD_IN;
    let end = begin + span;
    let tasks: Vec<_> =
        callers.into_iter().map(|caller| tokio::spawn(again_and_again(caller, begin, end))).collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = watched.begin();
    tokio::time::sleep_until(end.into()).await;
    let used = watched.since(&before);
    let memory = watched.peak_memory();

    let mut latencies = Vec::new();
    let (mut operations, mut failed, mut failure) = (0, 0, None);
    let mut callers = Vec::with_capacity(tasks.len());
    for task in tasks {
        let ended = task.await?;
        latencies.extend(ended.latencies);
        operations += ended.operations;
        failed += ended.failed;
        failure = failure.or(ended.failure);
        callers.push(ended.caller);
    }
    if let Some(why) = failure {
        eprintln!("{failed} calls failed; one of them: {why}");
    }
    let measured = Measured::of(latencies, operations, span, &used, watched);
    let measured = Measured { memory, failed, ..measured };
    Ok((measured, callers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_latency_that_occurred() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 0.5), 100.0);
        assert_eq!(percentile(&sorted, 0.99), 198.0);
        assert_eq!(percentile(&sorted, 1.0), 200.0);
        assert_eq!(percentile(&[Duration::from_micros(7)], 0.5), 0.007);
        assert_eq!(percentile(&[], 0.99), 0.0);
    }
}
