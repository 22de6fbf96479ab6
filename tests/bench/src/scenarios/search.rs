//! Comments that contain words, on both engines; and what the index of them costs those who submit.

use std::sync::Arc;

use prost::Message as _;
use ykien_proto::v1;

use super::asking::{Reading, Role};
use super::collect;
use super::submitter::{Prepared, Submit, Submitting};
use super::{Any, end, rounds};
use crate::installation::Installation;
use crate::large;
use crate::report::{Bound, Report};
use crate::stage::Stage;
use crate::texts::PHRASES;

const LIST: &str = "/ykien.v1.CommentsService/ListComments";
/// How many comments a page has.
const PAGE: i32 = 100;
/// A phrase that no comment contains.
const NOWHERE: &str = "không có ở đâu cả";

fn name(engine: &str, method: &str, phrase: &str) -> String {
    format!("{engine}, {method} \"{phrase}\", c=1")
}

fn contenders<'s>(engine: &str, installation: Installation, phrases: &[&str]) -> Vec<Any<'s>> {
    let installation = Arc::new(installation);
    let draft = format!("drafts/{}", large::large());
    let mut contenders: Vec<Any<'s>> = Vec::new();
    for phrase in phrases {
        let filter = format!("text:\"{phrase}\"");
        let list = v1::ListCommentsRequest {
            draft: draft.clone(),
            filter: filter.clone(),
            page_size: PAGE,
            ..Default::default()
        };
        let collect =
            v1::CollectRequest { draft: draft.clone(), filter, page_size: PAGE, ..Default::default() };
        let requests = [
            (Role::Comments, "list", LIST, list.encode_to_vec()),
            (Role::Aggregation, "collect", collect::METHOD, collect.encode_to_vec()),
        ];
        for (role, what, method, request) in requests {
            contenders.push(Box::new(Reading {
                name: name(engine, what, phrase),
                installation: Arc::clone(&installation),
                role,
                method,
                request: request.into(),
                comments: (*phrase == NOWHERE).then_some(0),
                calls: 1,
            }));
        }
    }
    contenders
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let mut phrases: Vec<&str> = PHRASES.iter().map(|(phrase, _)| *phrase).chain([NOWHERE]).collect();
    if stage.options.quick {
        phrases.truncate(2);
    }
    let mut all: Vec<Any<'_>> = Vec::new();
    let mut engines = Vec::new();
    for (index, build) in stage.builds.iter().enumerate() {
        let engine = format!("ykien{} on PostgreSQL", build.label);
        all.extend(contenders(&engine, stage.large_installation(index).await?, &phrases));
        engines.push(engine);
        // Filling SQLite too would take the quick run past its time.
        if !stage.options.quick {
            let engine = format!("ykien{} on SQLite", build.label);
            let large = stage.sqlite_large(index).await?;
            let installation = Installation::start(stage, build, &large.url, Arc::clone(&large.cast)).await?;
            all.extend(contenders(&engine, installation, &phrases));
            engines.push(engine);
        }
    }
    let mut report = rounds(stage, "search", &mut all).await?;
    for engine in &engines {
        for (method, phrase) in phrases.iter().flat_map(|phrase| [("list", *phrase), ("collect", *phrase)]) {
            let one = name(engine, method, phrase);
            let p99 = report.of(&one).and_then(|figures| figures.median(|measured| Some(measured.p99)));
            report.ask(format!("p99 of {one}"), p99, " ms", Bound::AtMost(50.0));
        }
    }
    for index in 0..stage.builds.len() {
        let mut filled = vec![("PostgreSQL", stage.large(index).await?)];
        if !stage.options.quick {
            filled.push(("SQLite", stage.sqlite_large(index).await?));
        }
        for (engine, large) in filled {
            let said = large.indexed.map_or_else(
                || "this build has no index".to_owned(),
                |after| format!("the index had them all {:.1} s after the last", after.as_secs_f64()),
            );
            report.notes.push(format!("{engine}, {} comments: {said}", large.comments));
        }
    }
    end(&mut report, all).await?;
    Ok(report)
}

/// The setting that switches the index off, in builds that have it.
const SETTING: &str = "YKIEN_SEARCH";

/// What submissions cost while the index follows them.
pub(super) async fn writes(stage: &Stage) -> anyhow::Result<Report> {
    let mut all: Vec<Any<'_>> = Vec::new();
    let mut pairs = Vec::new();
    let mut report = Report { scenario: "search-writes", ..Report::default() };
    let prepared = Arc::new(Prepared::new(stage, 1));
    for (index, build) in stage.builds.iter().enumerate() {
        if !build.help(&["serve"]).await?.contains(SETTING) {
            report.notes.push(format!("ykien{} has no setting {SETTING}", build.label));
            continue;
        }
        let mut pair = Vec::new();
        for value in ["on", "off"] {
            let variant = build.with(SETTING, value);
            let to = Submitting::to(stage.installation_of(&variant, index).await?);
            let name = format!("ykien{}, index {value}, c=64", build.label);
            pair.push(name.clone());
            all.push(Box::new(Submit::new(name, &to, &prepared, 64)));
        }
        pairs.push(pair);
    }
    if all.is_empty() {
        return Ok(report);
    }
    let notes = report.notes;
    report = rounds(stage, "search-writes", &mut all).await?;
    report.notes = notes;
    for pair in &pairs {
        if let [on, off] = pair.as_slice() {
            let times = report.times(on, off);
            report.ask_ratio(format!("{on} / off"), times, Bound::AtLeast(0.9));
        }
    }
    end(&mut report, all).await?;
    Ok(report)
}
