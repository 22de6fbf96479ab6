//! The scenarios: each sets its contenders up, lets each run once a round, and says what came of it.

mod aggregate;
mod asking;
mod auth;
mod bulk;
mod cold;
mod collect;
mod pacing;
mod peers;
mod search;
mod servers;
mod sqlite;
mod stream;
mod submit;
mod submitter;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::account::{self, CoreTime};
use crate::cli::Options;
use crate::load::Measured;
use crate::report::{Figures, Report};
use crate::stage::Stage;

/// Something that is measured once a round.
pub trait Contender: Send {
    /// Its name in the table.
    fn name(&self) -> &str;

    /// What it does so many of a second.
    fn unit(&self) -> &'static str {
        "calls"
    }

    /// With how many callers it takes turns within a round with those before and behind it that have as many. None runs once a
    /// round, as long as one is.
    fn callers(&self) -> Option<usize> {
        None
    }

    /// Once, for so long.
    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>>;

    /// Before another is measured: waits until what it did has no more work in its train.
    fn settle(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        async { Ok(()) }.boxed()
    }

    /// After the last round: what it did is checked, and said.
    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>>;
}

/// A contender of a scenario.
type Any<'s> = Box<dyn Contender + 's>;

/// A scenario: its name, what it measures, and how.
type Scenario = (&'static str, &'static str, fn(&Stage) -> BoxFuture<'_, anyhow::Result<Report>>);

/// All, in the order in which they run.
const SCENARIOS: [Scenario; 11] = [
    (
        "submit",
        "unary submissions on PostgreSQL, beside an empty RPC, pgbench with the same work, and a transaction a call",
        |stage| submit::run(stage).boxed(),
    ),
    ("bulk", "submissions by stream, beside pgbench's insert of 1,000 rows at a time", |stage| {
        bulk::run(stage).boxed()
    }),
    ("sqlite", "unary submissions on SQLite, beside a transaction a call", |stage| {
        sqlite::run(stage).boxed()
    }),
    ("auth", "the check of a token that was checked before, beside none", |stage| auth::run(stage).boxed()),
    ("peers", "the same service by FastAPI with asyncpg, and with SQLAlchemy", |stage| {
        peers::run(stage).boxed()
    }),
    ("search-writes", "submissions while the index of words follows them, and without it", |stage| {
        search::writes(stage).boxed()
    }),
    ("cold", "the first count after a start, beside one GROUP BY", |stage| cold::run(stage).boxed()),
    ("collect", "pages of comments: the first, and the one after nine tenths of them", |stage| {
        collect::run(stage).boxed()
    }),
    ("stream", "all comments in one stream, beside psql \\copy", |stage| stream::run(stage).boxed()),
    ("search", "comments that contain words, on both engines", |stage| search::run(stage).boxed()),
    // After those that need a draft of exactly so many comments: it adds to it.
    (
        "aggregate",
        "counts of a small and of a large draft, after each submission, and while many arrive",
        |stage| aggregate::run(stage).boxed(),
    ),
];

/// The share of stolen time up to which a run counts as it is, and how often it is made again beyond that; then the calmest
/// counts. A host that is never calm is not waited for.
const CALM: f64 = 0.02;
const AGAIN: usize = 2;

/// How long a turn takes, about.
const TURN: Duration = Duration::from_secs(1);

/// Lets each contender run as long as a round takes, in each. Who is compared takes turns: a machine that is shared changes
/// its pace within seconds. Every other round and turn goes backwards: whom a contender follows is not the same each time.
async fn rounds(stage: &Stage, scenario: &'static str, contenders: &mut [Any<'_>]) -> anyhow::Result<Report> {
    let mut figures: Vec<Figures> = contenders
        .iter()
        .map(|contender| Figures {
            name: contender.name().to_owned(),
            unit: contender.unit(),
            runs: Vec::new(),
        })
        .collect();
    let taken = contenders.iter().enumerate().filter(|(_, one)| stage.options.takes(one.name()));
    let taken: Vec<_> = taken.map(|(index, one)| (index, one.callers())).collect();
    let mut bunches = bunches(&taken);
    for round in 1..=stage.options.rounds() {
        for bunch in &mut bunches {
            rest(stage).await?;
            let turns = if bunch.len() > 1 { stage.options.turns(TURN) } else { 1 };
            for _ in 0..turns {
                for index in &*bunch {
                    let Some((contender, figures)) = contenders.get_mut(*index).zip(figures.get_mut(*index))
                    else {
                        continue;
                    };
                    let measured = calm_run(stage, contender, stage.options.span() / turns).await;
                    figures.take(&format!("{scenario} {round}/{}", stage.options.rounds()), measured)?;
                }
                bunch.reverse();
            }
        }
        bunches.reverse();
    }
    figures.retain(|figures| !figures.runs.is_empty());
    Ok(Report { scenario, figures, ..Report::default() })
}

/// Who takes turns with whom: those that follow each other and have as many callers. Whoever has none of their own is alone.
fn bunches(contenders: &[(usize, Option<usize>)]) -> Vec<Vec<usize>> {
    let bunches = contenders.chunk_by(|(_, one), (_, next)| one.is_some() && one == next);
    bunches.map(|bunch| bunch.iter().map(|(index, _)| *index).collect()).collect()
}

/// Leaves the database nothing to do.
async fn rest(stage: &Stage) -> anyhow::Result<()> {
    // A quick run has no time for it.
    if !stage.options.quick {
        stage.cluster.vacuum().await?;
    }
    stage.cluster.checkpoint().await
}

/// One run of a contender, made again where it was disturbed.
async fn calm_run(stage: &Stage, contender: &mut Any<'_>, span: Duration) -> anyhow::Result<Measured> {
    let mut left = if stage.options.quick { 0 } else { AGAIN };
    let mut calmest = one_run(contender, span).await?;
    while calmest.stolen > CALM && left > 0 {
        left -= 1;
        eprintln!("{}: {:.0} % stolen, once more", contender.name(), 100.0 * calmest.stolen);
        let again = one_run(contender, span).await?;
        // A call that failed did so whichever counts.
        let failed = calmest.failed + again.failed;
        let calmer = if again.stolen < calmest.stolen { again } else { calmest };
        calmest = Measured { failed, ..calmer };
    }
    Ok(calmest)
}

/// One run of a contender, with what others had of the machine meanwhile. What it did has no more work in its train after.
async fn one_run(contender: &mut Any<'_>, span: Duration) -> anyhow::Result<Measured> {
    let before = CoreTime::now();
    let measured = contender.run(span).await?;
    let stolen = CoreTime::now().stolen_since(&before);
    contender.settle().await?;
    Ok(Measured { stolen, ..measured })
}

/// Ends the contenders, and puts down what they say.
async fn end(report: &mut Report, contenders: Vec<Any<'_>>) -> anyhow::Result<()> {
    for contender in contenders {
        let name = contender.name().to_owned();
        let said = contender.end().await.with_context(|| name.clone())?;
        report.notes.extend(said.into_iter().map(|line| format!("{name}: {line}")));
    }
    for figures in &report.figures {
        let failed: usize = figures.runs.iter().map(|measured| measured.failed).sum();
        if failed > 0 {
            report.notes.push(format!("{}: {failed} calls FAILED", figures.name));
        }
    }
    let runs = report.figures.iter().flat_map(|figures| &figures.runs);
    let stolen = runs.map(|measured| measured.stolen).fold(0.0, f64::max);
    report.notes.push(format!("of a run others on this host had {:.0} % at most", 100.0 * stolen));
    Ok(())
}

/// Runs the scenarios that were asked for. Fails when a check or a call fails; a target that is missed is only said.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    if options.list {
        for (name, what, _) in SCENARIOS {
            println!("{name:16} {what}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    for only in &options.only {
        ensure!(SCENARIOS.iter().any(|(name, ..)| name == only), "{only}: no such scenario; see --list");
    }
    let begun = std::time::Instant::now();
    let stage = Stage::set(options).await?;
    let machine = account::machine();
    let version = stage.cluster.psql("postgres", "SHOW server_version").await?.trim().to_owned();
    let head = format!(
        "{} × {}, {}, Linux {}, PostgreSQL {version} (fsync on); {} rounds of {:?} each",
        machine.get("cores").map_or("", String::as_str),
        machine.get("cpu").map_or("", String::as_str),
        machine.get("memory").map_or("", String::as_str),
        machine.get("kernel").map_or("", String::as_str),
        stage.options.rounds(),
        stage.options.span()
    );
    println!("{head}");
    let (mut reports, mut failed) = (Vec::new(), 0);
    for (name, _, scenario) in SCENARIOS {
        if stage.options.only.is_empty() || stage.options.only.iter().any(|only| only == name) {
            let before = begun.elapsed();
            let report = scenario(&stage).await.with_context(|| format!("scenario {name}"))?;
            println!("{}  ({:.0} s)", report.table(), (begun.elapsed() - before).as_secs_f64());
            failed += report.failed();
            reports.push(report.json());
            // After each, so that what was measured is not lost with what comes after it.
            if let Some(file) = &stage.options.json {
                let all = serde_json::json!({
                    "machine": machine, "postgresql": version, "rounds": stage.options.rounds(),
                    "seconds": stage.options.span().as_secs_f64(), "scenarios": reports,
                });
                std::fs::write(file, serde_json::to_vec_pretty(&all)?)?;
            }
        }
    }
    println!("\n{:.0} s in all", begun.elapsed().as_secs_f64());
    ensure!(failed == 0, "{failed} calls failed: what was measured is not what was asked for");
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_with_as_many_callers_take_turns() {
        let callers = [Some(1), Some(1), Some(64), Some(64), Some(64), None, None, Some(64)];
        let expected = [vec![0, 1], vec![2, 3, 4], vec![5], vec![6], vec![7]];
        let contenders: Vec<_> = callers.into_iter().enumerate().collect();
        assert_eq!(bunches(&contenders), expected);
    }
}
