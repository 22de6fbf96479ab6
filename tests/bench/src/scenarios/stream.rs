//! All comments of a draft in one stream, beside `psql \copy` of the same columns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message;
use prost::bytes::Bytes;
use tokio_stream::once;
use ykien_proto::v1;

use super::asking::{Psql, leave, measured_once};
use super::{Any, Contender, end, rounds};
use crate::installation::Installation;
use crate::large;
use crate::load::Measured;
use crate::report::{Bound, Report};
use crate::stage::Stage;

/// The method.
const METHOD: &str = "/ykien.v1.AggregationService/StreamCollect";
/// What a comment of the stream is made of.
const COPY: &str = "\\copy (SELECT number, round, agency, section, anchor_kind, quote, kind, title, text, proposed_change, channel, \
     speaker, status, late, assigned, response, source_id, source_status, version, created_at, updated_at, changed, \
     published, outcome, explanation, decided_agency, decided_at, implemented_in \
     FROM comments WHERE draft = (SELECT draft FROM drafts WHERE draft_id = 'draft-0')) TO '/dev/null'";
const PSQL: &str = "psql \\copy";

/// The orders of a stream: the draft's own, and the one in which the comments came and lie.
const ORDERS: [(v1::Grouping, &str); 2] =
    [(v1::Grouping::Section, "reading order"), (v1::Grouping::None, "by number")];

fn name(label: &str, order: &str) -> String {
    format!("ykien{label}, all in one stream, {order}")
}

/// Of a message, how many comments it has.
#[derive(Clone, PartialEq, Eq, Message)]
struct Part {
    /// The comments, not decoded.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    comments: Vec<Bytes>,
}

struct Streaming {
    name: String,
    installation: Arc<Installation>,
    comments: usize,
    group_by: v1::Grouping,
}

impl Streaming {
    async fn once(&self) -> anyhow::Result<Measured> {
        let lines = self.installation.drafter_lines(1).await?;
        let mut line = lines.into_iter().next().context("not connected")?;
        let draft = format!("drafts/{}", large::large());
        let group_by = self.group_by.into();
        let request = v1::StreamCollectRequest { draft, group_by, ..Default::default() };
        let watched = self.installation.watched("aggregation");
        let (begun, before) = (Instant::now(), watched.begin());
        let mut stream = line.stream::<Part>(METHOD, once(request.encode_to_vec().into())).await?;
        let mut read = 0;
        while let Some(part) = stream.message().await? {
            read += part.comments.len();
        }
        let measured = measured_once(&watched, &before, begun.elapsed(), read);
        ensure!(read >= self.comments, "{read} comments of {}", self.comments);
        Ok(measured)
    }
}

impl Contender for Streaming {
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
        leave(self.installation).boxed()
    }
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let mut contenders: Vec<Any<'_>> = Vec::new();
    for (index, build) in stage.builds.iter().enumerate() {
        let comments = stage.large(index).await?.comments;
        let installation = Arc::new(stage.large_installation(index).await?);
        for (group_by, order) in ORDERS {
            let (name, installation) = (name(&build.label, order), Arc::clone(&installation));
            contenders.push(Box::new(Streaming { name, installation, comments, group_by }));
        }
    }
    let large = stage.large(0).await?;
    contenders.push(Box::new(Psql {
        name: PSQL.to_owned(),
        stage,
        url: large.url.clone(),
        before: Vec::new(),
        command: COPY.to_owned(),
        rows: large.comments,
    }));
    let mut report = rounds(stage, "stream", &mut contenders).await?;
    for build in &stage.builds {
        for (_, order) in ORDERS {
            let one = name(&build.label, order);
            let times = report.times(&one, PSQL);
            report.ask_ratio(format!("{one} / {PSQL}"), times, Bound::AtLeast(0.5));
            let memory = report.of(&one).and_then(|figures| figures.range(|measured| measured.memory));
            let most = memory.map(|range| range.max);
            report.ask("RSS of the aggregation process", most, " MiB", Bound::AtMost(96.0));
        }
    }
    end(&mut report, contenders).await?;
    Ok(report)
}
