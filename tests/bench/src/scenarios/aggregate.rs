//! Counts: beside an empty RPC, on a small draft and on a large one, right after a submission, and while many arrive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message;
use prost::bytes::Bytes;
use ykien_proto::v1;

use super::asking::leave;
use super::pacing::Pacing;
use super::servers::Empty;
use super::{Any, Contender, end, rounds};
use crate::calls::{Acknowledged, Line, SUBMIT, with_request_id};
use crate::installation::Installation;
use crate::large::{self, SMALL};
use crate::ledger::{Ledger, uuid};
use crate::load::{self, Caller, Measured};
use crate::report::{Bound, Report};
use crate::seed::submissions;
use crate::stage::Stage;

/// The method.
const METHOD: &str = "/ykien.v1.AggregationService/Aggregate";
/// How many submissions a second arrive while counts are asked for.
const ARRIVING: u32 = 10_000;
/// How many ask for counts then, each one after the other.
const ASKING: usize = 8;
const EMPTY: &str = "empty RPC, c=64";

/// Of an answer, what proves it.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Counted {
    #[prost(int64, tag = "2")]
    total: i64,
    #[prost(int64, tag = "3")]
    revision: i64,
}

fn question(draft: &str, group_by: &[v1::Dimension], min_revision: i64) -> Bytes {
    let group_by = group_by.iter().map(|dimension| (*dimension).into()).collect();
    let draft = format!("drafts/{draft}");
    v1::AggregateRequest { draft, group_by, filter: String::new(), min_revision }.encode_to_vec().into()
}

/// What counts are grouped by, and its name.
type Grouping = (&'static str, &'static [v1::Dimension]);

const GROUPINGS: [Grouping; 2] = [("status", STATUS), ("section, status", SECTION_STATUS)];
const STATUS: &[v1::Dimension] = &[v1::Dimension::Status];
const SECTION_STATUS: &[v1::Dimension] = &[v1::Dimension::Section, v1::Dimension::Status];

/// Asks the same again and again.
struct Asker {
    line: Line,
    question: Bytes,
    /// What the total is at least: contenders of the same draft may have submitted more.
    total: i64,
}

impl Caller for Asker {
    async fn call(&mut self) -> Result<usize, String> {
        let answer = self.line.call::<Counted>(METHOD, self.question.clone()).await;
        let counted = answer.map_err(|status| status.to_string())?;
        if counted.total < self.total {
            return Err(format!("{} counted, there are {} at least", counted.total, self.total));
        }
        Ok(1)
    }
}

/// So many who ask at once.
struct Asking {
    name: String,
    installation: Arc<Installation>,
    question: Bytes,
    total: i64,
    calls: usize,
    /// What arrives on the same draft meanwhile.
    arriving: Option<Pacing>,
}

impl Contender for Asking {
    fn name(&self) -> &str {
        &self.name
    }

    fn callers(&self) -> Option<usize> {
        Some(self.calls)
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let lines = self.installation.drafter_lines(self.calls).await?;
            let asker = |line| Asker { line, question: self.question.clone(), total: self.total };
            let askers = lines.into_iter().map(asker).collect();
            let watched = self.installation.watched("aggregation");
            let Some(arriving) = &mut self.arriving else {
                return Ok(load::closed_loop(askers, span, &watched).await?.0);
            };
            let arrivals = arriving.begin(&self.installation, load::LEAD_IN + span).await?;
            let (measured, _) = load::closed_loop(askers, span, &watched).await?;
            arriving.end(arrivals).await?;
            Ok(measured)
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async move {
            let said = self.arriving.map(|arriving| arriving.said()).into_iter().collect();
            leave(self.installation).await?;
            Ok(said)
        }
        .boxed()
    }
}

/// Submits, and asks for counts that include it; the time of the question is measured.
struct Follower {
    submit: Line,
    ask: Line,
    draft: String,
    messages: Arc<[Bytes]>,
    next: usize,
    ledger: Arc<Ledger>,
    spent: Duration,
}

impl Follower {
    async fn follow(&mut self) -> Result<(), String> {
        let said = |status: tonic::Status| status.to_string();
        self.next += 1;
        let message = self.messages.get(self.next % self.messages.len()).ok_or("nothing prepared")?;
        let message = with_request_id(message, &uuid(self.ledger.new_id()));
        let submitted = self.submit.call::<Acknowledged>(SUBMIT, message).await.map_err(said)?;
        let number = submitted.comment.map_or(0, |comment| comment.number);
        let asked = Instant::now();
        let question = question(&self.draft, STATUS, submitted.revision);
        let counted = self.ask.call::<Counted>(METHOD, question).await.map_err(said)?;
        self.spent = asked.elapsed();
        // Numbers are gapless: so many comments there were when this one came, and nobody else submits here.
        if counted.total == number && counted.revision == submitted.revision {
            Ok(())
        } else {
            Err(format!("comment {number} at revision {}, but {counted:?}", submitted.revision))
        }
    }
}

impl Caller for Follower {
    async fn call(&mut self) -> Result<usize, String> {
        self.follow().await.map(|()| 1)
    }

    fn spent(&self) -> Option<Duration> {
        Some(self.spent)
    }
}

/// One who submits and asks, in turn.
struct Following {
    name: String,
    installation: Arc<Installation>,
    draft: String,
    messages: Arc<[Bytes]>,
    ledger: Arc<Ledger>,
}

impl Contender for Following {
    fn name(&self) -> &str {
        &self.name
    }

    fn callers(&self) -> Option<usize> {
        Some(1)
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let (submit, ask) =
                (self.installation.lines(1).await?, self.installation.drafter_lines(1).await?);
            let (messages, ledger) = (&self.messages, &self.ledger);
            let follower = |(submit, ask)| Follower {
                submit,
                ask,
                draft: self.draft.clone(),
                messages: Arc::clone(messages),
                next: 0,
                ledger: Arc::clone(ledger),
                spent: Duration::ZERO,
            };
            let followers = submit.into_iter().zip(ask).map(follower).collect();
            let watched = self.installation.watched("aggregation");
            Ok(load::closed_loop(followers, span, &watched).await?.0)
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async move {
            leave(self.installation).await?;
            Ok(vec!["each count was asked to be that of the submission before it".to_owned()])
        }
        .boxed()
    }
}

fn name(label: &str, draft: &str, by: &str) -> String {
    format!("ykien{label}, {draft} draft by {by}, c=64")
}

fn after(label: &str, draft: &str) -> String {
    format!("ykien{label}, {draft} draft, right after a submission, c=1")
}

fn alone(label: &str, draft: &str) -> String {
    format!("ykien{label}, {draft} draft, nothing submitted, c=1")
}

fn arriving(label: &str) -> String {
    format!("ykien{label}, large draft while 10,000 a second arrive, c={ASKING}")
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let mut contenders: Vec<Any<'_>> = vec![Box::new(Empty::new(stage, 64).await?)];
    // In a quick run the finer grouping, and those who submit on the large draft only.
    let skipped = usize::from(stage.options.quick);
    let groupings = GROUPINGS.get(skipped..).unwrap_or_default();
    for (index, build) in stage.builds.iter().enumerate() {
        let comments = stage.large(index).await?.comments;
        let installation = Arc::new(stage.large_installation(index).await?);
        let label = &build.label;
        let drafts = [("small", large::small(), SMALL), ("large", large::large(), comments)];
        let asking = |name, draft: &str, by, total: usize, calls, arriving| {
            let (installation, question) = (Arc::clone(&installation), question(draft, by, 0));
            Asking { name, installation, question, total: total as i64, calls, arriving }
        };
        for (which, draft, total) in &drafts {
            warm(&installation, draft).await?;
            for (by, dimensions) in groupings {
                let name = name(label, which, by);
                contenders.push(Box::new(asking(name, draft, *dimensions, *total, 64, None)));
            }
        }
        // Those who submit come last.
        for (which, draft, total) in drafts.iter().skip(skipped) {
            contenders.push(Box::new(asking(alone(label, which), draft, STATUS, *total, 1, None)));
            contenders.push(Box::new(Following {
                name: after(label, which),
                installation: Arc::clone(&installation),
                draft: draft.clone(),
                messages: submissions(stage, draft, 4_096).into(),
                ledger: Arc::default(),
            }));
        }
        let pacing = Pacing::new(stage, &large::large(), ARRIVING);
        let busy = asking(arriving(label), &large::large(), SECTION_STATUS, comments, ASKING, Some(pacing));
        contenders.push(Box::new(busy));
    }
    let mut report = rounds(stage, "aggregate", &mut contenders).await?;
    for build in &stage.builds {
        ask(&mut report, &build.label, groupings);
    }
    end(&mut report, contenders).await?;
    Ok(report)
}

/// Has the draft's cube counted: how long that takes is another scenario's question.
async fn warm(installation: &Installation, draft: &str) -> anyhow::Result<()> {
    for line in &mut installation.drafter_lines(1).await? {
        line.call::<Counted>(METHOD, question(draft, STATUS, 0)).await?;
    }
    Ok(())
}

/// The targets of counting.
fn ask(report: &mut Report, label: &str, groupings: &[Grouping]) {
    let p99 = |measured: &Measured| Some(measured.p99);
    for (by, _) in groupings {
        let (small, large) = (name(label, "small", by), name(label, "large", by));
        for one in [&small, &large] {
            let (times, tail) = (report.times(one, EMPTY), report.ratio(one, EMPTY, p99));
            report.ask_ratio(format!("{one} / {EMPTY}"), times, Bound::AtLeast(0.5));
            report.ask_ratio(format!("p99 of {one} / {EMPTY}"), tail, Bound::AtMost(3.0));
        }
        let times = report.times(&large, &small);
        report.ask_ratio(format!("{large} / {small}"), times, Bound::AtLeast(0.8));
    }
    for draft in ["small", "large"] {
        let (after, alone) = (after(label, draft), alone(label, draft));
        if report.of(&after).is_none() {
            continue;
        }
        let ratio = report.ratio(&after, &alone, |measured| Some(measured.p50));
        report.ask_ratio(format!("p50 of {after} / {alone}"), ratio, Bound::None);
    }
    let tail = report.of(&arriving(label)).and_then(|figures| figures.median(p99));
    report.ask(format!("p99 of {}", arriving(label)), tail, " ms", Bound::AtMost(20.0));
}
