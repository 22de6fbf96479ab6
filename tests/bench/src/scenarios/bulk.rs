//! Submissions by stream, beside pgbench's insert of 1,000 rows at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::bytes::Bytes;

use super::submitter::Submitting;
use super::{Any, Contender, end, rounds};
use crate::bulk::{self, Answer};
use crate::load::{self, Measured};
use crate::pgbench::{Drafts, Form, Pgbench};
use crate::report::{Bound, Report};
use crate::seed::submissions;
use crate::stage::Stage;

/// How many submissions are encoded; they are sent again and again.
const PREPARED: usize = 8_192;
const ROWS: &str = "pgbench, 1,000 rows a statement";

fn name(label: &str, streams: usize) -> String {
    format!("ykien{label}, bulk, {streams} streams")
}

/// So many streams at once, all to one draft.
struct Bulk {
    name: String,
    to: Arc<Submitting>,
    prepared: Arc<[Bytes]>,
    streams: usize,
}

impl Bulk {
    async fn once(&self, span: Duration) -> anyhow::Result<Measured> {
        let lines = self.to.installation.lines(self.streams).await?;
        let watched = self.to.installation.watched("comments");
        let begin = Instant::now() + load::LEAD_IN;
        let stop = begin + span;
        let streams = lines.into_iter().enumerate().map(|(index, mut line)| {
            let (prepared, ledger) = (Arc::clone(&self.prepared), Arc::clone(&self.to.ledger));
            tokio::spawn(async move {
                let mut all: Vec<Answer> = Vec::new();
                let mut next = index * 101;
                while Instant::now() < stop {
                    let prepared = Arc::clone(&prepared);
                    let first = next;
                    next += bulk::MAX_STREAM;
                    let mut at = first;
                    let more = move || {
                        at += 1;
                        (Instant::now() < stop).then(|| prepared.get(at % prepared.len()).cloned()).flatten()
                    };
                    all.extend(bulk::send(&mut line, &ledger, more).await?);
                }
                anyhow::Ok(all)
            })
        });
        let streams: Vec<_> = streams.collect();
        tokio::time::sleep_until(begin.into()).await;
        let before = watched.begin();
        tokio::time::sleep_until(stop.into()).await;
        let used = watched.since(&before);
        let memory = watched.peak_memory();
        let mut latencies = Vec::new();
        for stream in streams {
            let counted = stream.await??.into_iter().filter(|(at, _)| (begin..=stop).contains(at));
            latencies.extend(counted.map(|(_, latency)| latency));
        }
        let operations = latencies.len();
        Ok(Measured { memory, ..Measured::of(latencies, operations, span, &used, &watched) })
    }
}

impl Contender for Bulk {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "submissions"
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        self.once(span).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        self.to.settle().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        self.to.leave().boxed()
    }
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let prepared: Arc<[Bytes]> = submissions(stage, &crate::seed::draft(0), PREPARED).into();
    let mut contenders: Vec<Any<'_>> = Vec::new();
    let counts: &[usize] = if stage.options.quick { &[4] } else { &[1, 4, 16] };
    for (index, build) in stage.builds.iter().enumerate() {
        let to = Submitting::to(stage.installation(index).await?);
        for streams in counts {
            let (to, prepared) = (Arc::clone(&to), Arc::clone(&prepared));
            contenders.push(Box::new(Bulk {
                name: name(&build.label, *streams),
                to,
                prepared,
                streams: *streams,
            }));
        }
    }
    contenders.push(Box::new(Pgbench::new(stage, ROWS, Form::Bulk, Drafts::One, 1).await?));
    if !stage.options.quick {
        // Two at a time: the other waits for the draft's lock, and has its statement planned meanwhile.
        let two = format!("{ROWS}, c=2");
        contenders.push(Box::new(Pgbench::new(stage, two, Form::Bulk, Drafts::OneEach, 2).await?));
    }
    let mut report = rounds(stage, "bulk", &mut contenders).await?;
    for build in &stage.builds {
        for streams in counts {
            let one = name(&build.label, *streams);
            let times = report.times(&one, ROWS);
            let bound = if *streams == 4 { Bound::AtLeast(0.75) } else { Bound::None };
            report.ask_ratio(format!("{one} / {ROWS}"), times, bound);
        }
    }
    end(&mut report, contenders).await?;
    Ok(report)
}
