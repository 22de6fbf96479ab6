//! Unary submissions on PostgreSQL.

use std::sync::Arc;

use anyhow::Context as _;

use super::servers::Empty;
use super::submitter::{Plain, Prepared, Submit, Submitting};
use super::{Any, end, rounds};
use crate::pgbench::{Drafts, Form, Pgbench};
use crate::report::{Bound, Report};
use crate::seed::DRAFTS;
use crate::stage::Stage;

const STATEMENT: &str = "pgbench, one statement, one draft, c=64";
const TRANSACTION: &str = "pgbench, one transaction, one draft, c=64";
const STATEMENT_EACH: &str = "pgbench, one statement, 64 drafts, c=64";
const TRANSACTION_EACH: &str = "pgbench, one transaction, 64 drafts, c=64";
const PLAIN: &str = "a transaction a call (sqlx), one draft, c=64";
const PLAIN_EACH: &str = "a transaction a call (sqlx), 64 drafts, c=64";

fn name(label: &str, drafts: &str, calls: usize) -> String {
    format!("ykien{label}, {drafts}, c={calls}")
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let quick = stage.options.quick;
    let calls: &[usize] = if quick { &[64, 256] } else { &[1, 16, 64, 256] };
    let (one, each) = (Arc::new(Prepared::new(stage, 1)), Arc::new(Prepared::new(stage, DRAFTS)));
    let mut contenders: Vec<Any<'_>> = Vec::new();
    let mut to = Vec::new();
    for index in 0..stage.builds.len() {
        to.push(Submitting::to(stage.installation(index).await?));
    }
    // Who is compared comes one after the other.
    for calls in calls {
        contenders.push(Box::new(Empty::new(stage, *calls).await?));
        for (build, to) in stage.builds.iter().zip(&to) {
            let name = |drafts| name(&build.label, drafts, *calls);
            contenders.push(Box::new(Submit::new(name("one draft"), to, &one, *calls)));
            if *calls == 64 {
                contenders.push(Box::new(Submit::new(name("64 drafts"), to, &each, *calls)));
            }
        }
    }
    drop(to);
    let forms = [
        (STATEMENT, Form::Statement, Drafts::One),
        (TRANSACTION, Form::Transaction, Drafts::One),
        (STATEMENT_EACH, Form::Statement, Drafts::OneEach),
        (TRANSACTION_EACH, Form::Transaction, Drafts::OneEach),
    ];
    for (name, form, drafts) in forms {
        contenders.push(Box::new(Pgbench::new(stage, name, form, drafts, 64).await?));
    }
    for (name, prepared) in [(PLAIN, &one), (PLAIN_EACH, &each)].into_iter().take(if quick { 1 } else { 2 }) {
        let url = stage.cluster.url(&stage.counted_copy(0).await?);
        contenders.push(Box::new(Plain::new(stage, name, url, prepared, 64).await?));
    }

    let mut report = rounds(stage, "submit", &mut contenders).await?;
    for build in &stage.builds {
        ask(&mut report, &build.label);
    }
    end(&mut report, contenders).await.context("after the last round")?;
    Ok(report)
}

/// The targets of the write path.
fn ask(report: &mut Report, label: &str) {
    let unary = name(label, "one draft", 64);
    let wide = name(label, "one draft", 256);
    let ratios = [
        (unary.clone(), STATEMENT, Bound::AtLeast(1.0)),
        (unary.clone(), TRANSACTION, Bound::AtLeast(1.8)),
        (unary.clone(), STATEMENT_EACH, Bound::AtLeast(1.0)),
        (unary.clone(), TRANSACTION_EACH, Bound::AtLeast(1.8)),
        (unary.clone(), "empty RPC, c=64", Bound::AtLeast(0.25)),
        (unary.clone(), PLAIN, Bound::AtLeast(3.0)),
        (wide.clone(), STATEMENT, Bound::AtLeast(1.5)),
        (wide, STATEMENT_EACH, Bound::AtLeast(1.5)),
        (name(label, "64 drafts", 64), &unary, Bound::AtLeast(1.0)),
    ];
    for (one, other, bound) in ratios {
        let times = report.times(&one, other);
        report.ask_ratio(format!("{one} / {other}"), times, bound);
    }
    let p99 = report.ratio(&unary, PLAIN, |measured| Some(measured.p99));
    report.ask_ratio(format!("p99 of {unary} / {PLAIN}"), p99, Bound::AtMost(0.5));
    let memory = report.of(&unary).and_then(|figures| figures.range(|measured| measured.memory));
    let most = memory.map(|range| range.max);
    report.ask(format!("RSS of the comments process, {unary}"), most, " MiB", Bound::AtMost(64.0));
}
