//! Pages of the comments themselves: the first, and the one after nine tenths of them.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use prost::Message as _;
use prost::bytes::Bytes;
use ykien_proto::v1;

use super::asking::{Page, Reading, Role};
use super::{Any, end, rounds};
use crate::installation::Installation;
use crate::large;
use crate::report::{Bound, Report};
use crate::stage::Stage;

/// The method.
pub(super) const METHOD: &str = "/ykien.v1.AggregationService/Collect";
/// How many comments a measured page has.
const PAGE: i32 = 100;
/// The largest page: on the way to the deep one.
const LARGEST: i32 = 1_000;

/// The groupings, and whether the first page and the deep one must cost the same: in all of them.
const GROUPINGS: [(&str, v1::Grouping); 4] = [
    ("section", v1::Grouping::Section),
    ("status", v1::Grouping::Status),
    ("agency", v1::Grouping::Agency),
    ("responsible agency", v1::Grouping::ResponsibleAgency),
];

fn request(grouping: v1::Grouping, page_size: i32, page_token: String) -> Bytes {
    let draft = format!("drafts/{}", large::large());
    let request =
        v1::CollectRequest { draft, group_by: grouping.into(), page_size, page_token, ..Default::default() };
    request.encode_to_vec().into()
}

/// The token of the page after so many comments: by reading all before it.
async fn token_after(
    installation: &Installation,
    grouping: v1::Grouping,
    comments: usize,
) -> anyhow::Result<String> {
    let mut line = installation.drafter_lines(1).await?.pop().context("not connected")?;
    // The last of these pages must not be the draft's last.
    let size = LARGEST.min(i32::try_from(comments / 20)?);
    let (mut read, mut token) = (0, String::new());
    while read < comments {
        let page: Page = line.call(METHOD, request(grouping, size, token)).await?;
        read += page.comments.len();
        token = page.next_page_token;
        ensure!(!token.is_empty(), "only {read} comments");
    }
    Ok(token)
}

fn name(label: &str, by: &str, which: &str) -> String {
    format!("ykien{label}, by {by}, {which} page, c=1")
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let mut contenders: Vec<Any<'_>> = Vec::new();
    let groupings = GROUPINGS.iter().take(if stage.options.quick { 2 } else { GROUPINGS.len() });
    for (index, build) in stage.builds.iter().enumerate() {
        let deep = stage.large(index).await?.comments / 10 * 9;
        let installation = Arc::new(stage.large_installation(index).await?);
        for (by, grouping) in groupings.clone() {
            let token = token_after(&installation, *grouping, deep).await?;
            for (which, token) in [("first", String::new()), ("deep", token)] {
                contenders.push(Box::new(Reading {
                    name: name(&build.label, by, which),
                    installation: Arc::clone(&installation),
                    role: Role::Aggregation,
                    method: METHOD,
                    request: request(*grouping, PAGE, token),
                    comments: usize::try_from(PAGE).ok(),
                    calls: 1,
                }));
            }
        }
    }
    let mut report = rounds(stage, "collect", &mut contenders).await?;
    for build in &stage.builds {
        for (by, _) in groupings.clone() {
            let (first, deep) = (name(&build.label, by, "first"), name(&build.label, by, "deep"));
            let times = report.ratio(&deep, &first, |measured| Some(measured.p50));
            report.ask_ratio(format!("p50 of {deep} / first"), times, Bound::AtMost(1.2));
        }
    }
    end(&mut report, contenders).await?;
    Ok(report)
}
