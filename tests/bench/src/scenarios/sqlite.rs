//! Unary submissions on the embedded SQLite (WAL, synchronous=FULL).

use std::sync::Arc;

use super::servers::Empty;
use super::submitter::{Plain, Prepared, Submit, Submitting};
use super::{Any, end, rounds};
use crate::report::{Bound, Report};
use crate::stage::Stage;

const EMPTY: &str = "empty RPC, c=64";
const PLAIN: &str = "a transaction a call (sqlx), c=64";

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let prepared = Arc::new(Prepared::new(stage, 1));
    let mut contenders: Vec<Any<'_>> = vec![Box::new(Empty::new(stage, 64).await?)];
    for (index, build) in stage.builds.iter().enumerate() {
        let to = Submitting::to(stage.sqlite_installation(index).await?);
        contenders.push(Box::new(Submit::new(name(&build.label), &to, &prepared, 64)));
    }
    let url = stage.sqlite_counted_copy(0).await?;
    contenders.push(Box::new(Plain::new(stage, PLAIN, url, &prepared, 64).await?));
    let mut report = rounds(stage, "sqlite", &mut contenders).await?;
    for build in &stage.builds {
        let unary = name(&build.label);
        for (other, least) in [(PLAIN, 5.0), (EMPTY, 0.13)] {
            let times = report.times(&unary, other);
            report.ask_ratio(format!("{unary} / {other}"), times, Bound::AtLeast(least));
        }
    }
    end(&mut report, contenders).await?;
    Ok(report)
}

fn name(label: &str) -> String {
    format!("ykien{label} on SQLite, c=64")
}
