//! The comments as one JSON object, with the names and words of the HTTP API:
//!
//! ```json
//! {"draft":{…},"revision":215,"version":2,"group_by":"section","round":{…},"progress":[…],"agencies":[…],"sections":[…],"totals":{…},"comments":[
//! {…},
//! {…}
//! ]}
//! ```
//!
//! `round` is null and `progress` empty before the first round. Each comment stands on a line of its own, so that a reader
//! can take them one by one. In `totals`, `by_status` has every status; the others have only what has comments.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{BufWriter, Write};

use serde::{Serialize, Serializer};
use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, SectionId, etag};
use ykien_domain::model;
use ykien_domain::query::{Group, Progress};
use ykien_domain::time::{Date, Timestamp};
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, Channel, Kind, LateRule, Outcome, ReplyState, RoundState, SilenceRule,
    Stance, Status, Visibility,
};

use super::{Split, Totals, check_all_listed, unwritten};
use crate::snapshot::{Comments, Snapshot};

/// Writes the comments in the order of a group.
///
/// # Errors
/// Those of `comments`; `INTERNAL` when the file can't be written, or when there are more or fewer comments than the snapshot
/// counts.
pub fn write(
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    by: Group,
    out: &mut impl Write,
) -> Result<()> {
    let broken = |_| unwritten("JSON");
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let head = serde_json::to_string(&Head::of(snapshot, by)).map_err(|_| unwritten("JSON"))?;
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{head},\"comments\":[").map_err(broken)?;
    let mut listed = 0;
    for comment in comments.collect(by)? {
        out.write_all(if listed == 0 { b"\n" } else { b",\n" }).map_err(broken)?;
        serde_json::to_writer(&mut out, &Comment::from(&comment?)).map_err(|_| unwritten("JSON"))?;
        listed += 1;
    }
    out.write_all(b"\n]}\n").and_then(|()| out.flush()).map_err(broken)?;
    check_all_listed(snapshot, listed)
}

/// Everything but the comments.
#[derive(Serialize)]
struct Head<'a> {
    draft: Draft<'a>,
    revision: i64,
    version: i64,
    group_by: Group,
    round: Option<Round<'a>>,
    progress: Vec<Reply<'a>>,
    agencies: Vec<Agency<'a>>,
    sections: Vec<Section<'a>>,
    totals: Sums<'a>,
}

impl<'a> Head<'a> {
    fn of(snapshot: &'a Snapshot, by: Group) -> Self {
        let draft = &snapshot.draft;
        Self {
            draft: Draft {
                id: draft.id.as_str(),
                title: &draft.title,
                summary: &draft.summary,
                drafting_agency: &draft.drafting_agency,
                create_time: draft.created_at,
            },
            revision: snapshot.revision,
            version: draft.version,
            group_by: by,
            round: snapshot.progress.as_ref().map(|progress| Round::from(&progress.round)),
            progress: snapshot.progress.as_ref().map(Reply::all).unwrap_or_default(),
            agencies: snapshot.agencies.values().map(Agency::from).collect(),
            sections: snapshot.sections.iter().map(Section::from).collect(),
            totals: Totals::of(snapshot).into(),
        }
    }
}

#[derive(Serialize)]
struct Draft<'a> {
    id: &'a str,
    title: &'a str,
    summary: &'a str,
    drafting_agency: &'a AgencyCode,
    #[serde(serialize_with = "shown")]
    create_time: Timestamp,
}

#[derive(Serialize)]
struct Round<'a> {
    number: i64,
    title: &'a str,
    version: i64,
    state: RoundState,
    #[serde(serialize_with = "shown")]
    deadline: Timestamp,
    silence_rule: SilenceRule,
    silence_basis: &'a str,
    late_rule: LateRule,
    visibility: Visibility,
    admission: Admission,
    open_time: Option<String>,
    close_time: Option<String>,
}

impl<'a> From<&'a model::Round> for Round<'a> {
    fn from(round: &'a model::Round) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            number: round.number,
            title: &round.title,
            version: round.version,
            state: round.state,
            deadline: round.deadline,
            silence_rule: round.silence_rule,
            silence_basis: &round.silence_basis,
            late_rule: round.late_rule,
            visibility: round.visibility,
            admission: round.admission,
            open_time: time(round.opened_at),
            close_time: time(round.closed_at),
        }
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    agency: &'a AgencyCode,
    state: ReplyState,
    response: Option<Response<'a>>,
    comment_count: i64,
    silence_basis: &'a str,
}

impl<'a> Reply<'a> {
    fn all(progress: &'a Progress) -> Vec<Self> {
        let reply = |reply: &'a model::Reply| Self {
            agency: &reply.agency,
            state: reply.state,
            response: reply.response.as_ref().map(Response::from),
            comment_count: reply.comments,
            silence_basis: match reply.state {
                ReplyState::AssentBySilence => &progress.round.silence_basis,
                _ => "",
            },
        };
        progress.replies.iter().map(reply).collect()
    }
}

#[derive(Serialize)]
struct Response<'a> {
    number: i64,
    round: i64,
    agency: &'a AgencyCode,
    stance: Stance,
    letter_number: &'a str,
    letter_date: Option<&'a Date>,
    signer: &'a str,
    capacity: &'a str,
    late: bool,
    superseded_by: Option<i64>,
    #[serde(serialize_with = "shown")]
    create_time: Timestamp,
}

impl<'a> From<&'a model::Response> for Response<'a> {
    fn from(response: &'a model::Response) -> Self {
        Self {
            number: response.number,
            round: response.round,
            agency: &response.agency,
            stance: response.stance,
            letter_number: &response.letter.number,
            letter_date: response.letter.date.as_ref(),
            signer: &response.letter.signer,
            capacity: &response.letter.capacity,
            late: response.late,
            superseded_by: response.superseded_by,
            create_time: response.created_at,
        }
    }
}

#[derive(Serialize)]
struct Agency<'a> {
    code: &'a AgencyCode,
    name: &'a str,
    short_name: &'a str,
    english_name: &'a str,
    kind: AgencyKind,
    active: bool,
    succeeded_by: Option<&'a AgencyCode>,
}

impl<'a> From<&'a model::Agency> for Agency<'a> {
    fn from(agency: &'a model::Agency) -> Self {
        Self {
            code: &agency.code,
            name: &agency.name,
            short_name: &agency.short_name,
            english_name: &agency.name_en,
            kind: agency.kind,
            active: agency.active,
            succeeded_by: agency.succeeded_by.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct Section<'a> {
    id: SectionId,
    parent: Option<SectionId>,
    position: i64,
    depth: i64,
    level: &'a str,
    label: &'a str,
    heading: &'a str,
    assigned_agency: Option<&'a AgencyCode>,
    responsible_agency: Option<&'a AgencyCode>,
    removed: bool,
}

impl<'a> From<&'a model::Section> for Section<'a> {
    fn from(section: &'a model::Section) -> Self {
        Self {
            id: section.id,
            parent: section.parent,
            position: section.position,
            depth: section.depth,
            level: &section.level,
            label: &section.label,
            heading: &section.heading,
            assigned_agency: section.assigned.as_ref(),
            responsible_agency: section.responsible.as_ref(),
            removed: section.removed,
        }
    }
}

#[derive(Serialize)]
struct Sums<'a> {
    total: i64,
    by_status: Vec<StatusCount>,
    by_agency: Vec<AgencyCount<'a>>,
    by_responsible: Vec<AgencyCount<'a>>,
    by_section: Vec<SectionCount>,
}

#[derive(Serialize)]
struct StatusCount {
    status: Status,
    count: i64,
}

#[derive(Serialize)]
struct AgencyCount<'a> {
    agency: &'a AgencyCode,
    count: i64,
    by_status: Vec<StatusCount>,
}

#[derive(Serialize)]
struct SectionCount {
    section: SectionId,
    count: i64,
    by_status: Vec<StatusCount>,
}

impl<'a> From<Totals<'a>> for Sums<'a> {
    fn from(totals: Totals<'a>) -> Self {
        let statuses = |split: Split| -> Vec<StatusCount> {
            split.into_iter().map(|(status, count)| StatusCount { status, count }).collect()
        };
        let agencies = |rows: BTreeMap<&'a AgencyCode, Split>| {
            let row = |(agency, split): (&'a AgencyCode, Split)| AgencyCount {
                agency,
                count: split.values().sum(),
                by_status: statuses(split),
            };
            rows.into_iter().map(row).collect()
        };
        let section = |(section, split): (SectionId, Split)| SectionCount {
            section,
            count: split.values().sum(),
            by_status: statuses(split),
        };
        Self {
            total: totals.all,
            by_status: statuses(totals.statuses),
            by_agency: agencies(totals.agencies),
            by_responsible: agencies(totals.responsible),
            by_section: totals.sections.into_iter().map(section).collect(),
        }
    }
}

#[derive(Serialize)]
struct Comment<'a> {
    number: i64,
    round: i64,
    agency: &'a AgencyCode,
    anchor: Anchor<'a>,
    kind: Kind,
    title: &'a str,
    text: &'a str,
    proposed_change: &'a str,
    source: Source<'a>,
    channel: Channel,
    speaker: &'a str,
    status: Status,
    late: bool,
    decision: Option<Decision<'a>>,
    assigned_agency: Option<&'a AgencyCode>,
    responsible_agency: &'a AgencyCode,
    response: Option<i64>,
    version: i64,
    #[serde(serialize_with = "shown")]
    create_time: Timestamp,
    #[serde(serialize_with = "shown")]
    update_time: Timestamp,
    etag: String,
}

#[derive(Serialize)]
struct Anchor<'a> {
    kind: AnchorKind,
    section: SectionId,
    quote: &'a str,
}

#[derive(Serialize)]
struct Source<'a> {
    id: &'a str,
    status: &'a str,
}

#[derive(Serialize)]
struct Decision<'a> {
    outcome: Outcome,
    explanation: &'a str,
    agency: &'a AgencyCode,
    #[serde(serialize_with = "shown")]
    decide_time: Timestamp,
    published: bool,
    implemented_in_version: Option<i64>,
}

impl<'a> From<&'a model::Decision> for Decision<'a> {
    fn from(decision: &'a model::Decision) -> Self {
        Self {
            outcome: decision.outcome,
            explanation: &decision.explanation,
            agency: &decision.agency,
            decide_time: decision.decided_at,
            published: decision.published,
            implemented_in_version: decision.implemented_in,
        }
    }
}

impl<'a> From<&'a model::Comment> for Comment<'a> {
    fn from(comment: &'a model::Comment) -> Self {
        let content = &comment.content;
        Self {
            number: comment.number,
            round: comment.round,
            agency: &comment.agency,
            anchor: Anchor {
                kind: content.anchor.kind,
                section: content.anchor.section,
                quote: &content.anchor.quote,
            },
            kind: content.kind.0,
            title: &content.title,
            text: &content.text,
            proposed_change: &content.proposed_change,
            source: Source { id: &comment.source.id, status: &comment.source.status },
            channel: comment.channel,
            speaker: &comment.speaker,
            status: comment.status,
            late: comment.late,
            decision: comment.decision.as_ref().map(Decision::from),
            assigned_agency: comment.assigned.as_ref(),
            responsible_agency: &comment.responsible,
            response: comment.response,
            version: comment.version,
            create_time: comment.created_at,
            update_time: comment.updated_at,
            etag: etag(comment.changed),
        }
    }
}

/// A time as RFC 3339, as the HTTP API shows it.
fn shown<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::{Sample, sorted};
    use super::*;

    fn file(by: Group) -> (Sample, String) {
        let mut sample = Sample::new();
        let snapshot = sample.snapshot.clone();
        let mut bytes = Vec::new();
        write(&snapshot, &mut sample, by, &mut bytes).unwrap();
        (sample, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_comment_is_there_once_in_the_order_asked_for() {
        for by in [Group::Section, Group::Status, Group::Agency, Group::Responsible] {
            let (sample, text) = file(by);
            let all: Value = serde_json::from_str(&text).unwrap();
            let read: Vec<_> = all["comments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|comment| {
                    let decision = comment["decision"]["explanation"].as_str().map(str::to_owned);
                    (comment["number"].as_i64(), comment["text"].as_str().map(str::to_owned), decision)
                })
                .collect();
            let written: Vec<_> = sorted(&sample, by)
                .into_iter()
                .map(|comment| {
                    let decision = comment.decision.map(|decision| decision.explanation);
                    (Some(comment.number), Some(comment.content.text), decision)
                })
                .collect();
            assert_eq!(read, written, "{by:?}");
        }
    }

    #[test]
    fn totals_equal_a_count_of_the_comments() {
        let (_, text) = file(Group::Section);
        let all: Value = serde_json::from_str(&text).unwrap();
        let comments = all["comments"].as_array().unwrap();
        let count = |takes: &dyn Fn(&Value) -> bool| {
            Value::from(comments.iter().filter(|comment| takes(comment)).count())
        };
        let totals = &all["totals"];
        assert_eq!(totals["total"], count(&|_| true));
        for (table, key, field) in [
            ("by_status", "status", "/status"),
            ("by_agency", "agency", "/agency"),
            ("by_responsible", "agency", "/responsible_agency"),
            ("by_section", "section", "/anchor/section"),
        ] {
            let rows = totals[table].as_array().unwrap();
            assert!(rows.len() > 1);
            for row in rows {
                let found = count(&|comment| comment.pointer(field) == Some(&row[key]));
                assert_eq!(row["count"], found, "{table} {row}");
                for split in row["by_status"].as_array().into_iter().flatten() {
                    let found = count(&|comment| {
                        comment.pointer(field) == Some(&row[key]) && comment["status"] == split["status"]
                    });
                    assert_eq!(split["count"], found, "{table} {row}");
                }
            }
        }
    }

    #[test]
    fn words_are_those_of_the_wire_and_each_comment_has_its_line() {
        let (sample, text) = file(Group::Section);
        assert!(text.starts_with(r#"{"draft":{"id":"nq20","title":"#), "{text}");
        assert!(text.contains(r#""status":"partially_accepted""#));
        assert!(text.contains(r#""decide_time":"2020-07-22T"#));
        let lines = text.lines().filter(|line| line.starts_with(r#"{"number":"#)).count();
        assert_eq!(lines, sample.comments.len());
    }
}
