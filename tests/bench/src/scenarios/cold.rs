//! The first count after a start, beside one GROUP BY of the same columns.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use ykien::client::answer;
use ykien_proto::v1;

use super::asking::{Psql, measured_once};
use super::{Any, Contender, end, rounds};
use crate::installation::Installation;
use crate::large;
use crate::load::Measured;
use crate::report::{Bound, Report};
use crate::stage::Stage;

/// What the cells of a cube are made of.
const GROUP_BY: &str = "SELECT section, status, published, agency, assigned, kind, channel, round, COUNT(*) FROM comments \
     WHERE draft = (SELECT draft FROM drafts WHERE draft_id = 'draft-0') GROUP BY section, status, published, agency, assigned, kind, channel, round";
const PSQL: &str = "GROUP BY in psql";

fn name(label: &str) -> String {
    format!("ykien{label}, first count of a new process")
}

/// Restarts the aggregation role and asks it for the first time.
struct Cold<'s> {
    name: String,
    stage: &'s Stage,
    installation: Installation,
    comments: usize,
}

impl Cold<'_> {
    async fn once(&mut self) -> anyhow::Result<Measured> {
        self.installation.restart_aggregation(&self.stage.folder().join("ykien.log")).await?;
        let who = self.installation.cast.drafter.clone();
        let mut client = self.installation.aggregation_as(&who).await?;
        // Another draft first: connection, statements and the client's credential are not what is measured.
        let request = |draft: String| v1::AggregateRequest {
            draft: format!("drafts/{draft}"),
            group_by: vec![v1::Dimension::Section.into(), v1::Dimension::Status.into()],
            ..Default::default()
        };
        answer(client.aggregate(request(large::small())).await)?;
        let watched = self.installation.watched("aggregation");
        let (begun, before) = (Instant::now(), watched.begin());
        let counted = answer(client.aggregate(request(large::large())).await)?;
        let measured = measured_once(&watched, &before, begun.elapsed(), self.comments);
        let enough = counted.total >= i64::try_from(self.comments)?;
        enough.then_some(measured).with_context(|| format!("{} counted", counted.total))
    }
}

impl Contender for Cold<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "comments"
    }

    fn run(&mut self, _: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        self.once().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        let stopping = self.installation.stop();
        async move {
            stopping.await?;
            Ok(Vec::new())
        }
        .boxed()
    }
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let mut contenders: Vec<Any<'_>> = Vec::new();
    for (index, build) in stage.builds.iter().enumerate() {
        let (installation, comments) =
            (stage.large_installation(index).await?, stage.large(index).await?.comments);
        contenders.push(Box::new(Cold { name: name(&build.label), stage, installation, comments }));
    }
    let large = stage.large(0).await?;
    contenders.push(Box::new(Psql {
        name: PSQL.to_owned(),
        stage,
        url: large.url.clone(),
        before: Vec::new(),
        command: GROUP_BY.to_owned(),
        rows: large.comments,
    }));
    let mut report = rounds(stage, "cold", &mut contenders).await?;
    let filled = large.comments as f64 / large.took.as_secs_f64();
    report.notes.push(format!("{} comments, filled by streams at {filled:.0} a second", large.comments));
    for build in &stage.builds {
        let one = name(&build.label);
        let times = report.ratio(&one, PSQL, |measured| Some(measured.p50));
        report.ask_ratio(format!("time of {one} / {PSQL}"), times, Bound::AtMost(2.0));
    }
    end(&mut report, contenders).await?;
    Ok(report)
}
