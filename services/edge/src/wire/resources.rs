//! What is stored, as the contract shows it.

use ykien_domain::command::{VersionCreated, Written};
use ykien_domain::event::Event;
use ykien_domain::ids::{DraftId, ROOT, etag};
use ykien_domain::model;
use ykien_domain::section::{Placement, SectionComparison};
use ykien_domain::time::{Date, Timestamp};
use ykien_proto::v1;

use super::{names, words};

/// An instant.
#[must_use]
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, microseconds) = (at.0.div_euclid(1_000_000), at.0.rem_euclid(1_000_000));
    // Below a second in nanoseconds: it fits.
    prost_types::Timestamp { seconds, nanos: i32::try_from(microseconds * 1_000).unwrap_or_default() }
}

fn date(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// An agency.
#[must_use]
pub fn agency(agency: model::Agency) -> v1::Agency {
    v1::Agency {
        name: names::agency(&agency.code),
        display_name: agency.name,
        short_name: agency.short_name,
        english_name: agency.name_en,
        kind: agency.kind.as_str().to_owned(),
        active: agency.active,
        succeeded_by: names::agency_or_empty(agency.succeeded_by.as_ref()),
        etag: etag(agency.changed),
    }
}

/// A draft.
#[must_use]
pub fn draft(draft: model::Draft) -> v1::Draft {
    v1::Draft {
        name: names::draft(&draft.id),
        title: draft.title,
        summary: draft.summary,
        drafting_agency: names::agency(&draft.drafting_agency),
        version: draft.version,
        revision: draft.revision,
        comment_count: draft.comment_count,
        create_time: Some(timestamp(draft.created_at)),
        etag: etag(draft.changed),
    }
}

/// A section of a draft.
#[must_use]
pub fn section(id: &DraftId, section: model::Section) -> v1::Section {
    v1::Section {
        name: names::numbered(id, "sections", section.id),
        parent_section: names::numbered_or_empty(id, "sections", section.parent),
        position: section.position,
        depth: section.depth,
        level: section.level,
        label: section.label,
        heading: section.heading,
        body: section.body,
        assigned_agency: names::agency_or_empty(section.assigned.as_ref()),
        responsible_agency: names::agency_or_empty(section.responsible.as_ref()),
        removed: section.removed,
    }
}

/// A section of a draft by what stands over it.
#[must_use]
pub fn section_heading(id: &DraftId, heading: model::SectionHeading) -> v1::SectionHeading {
    let model::SectionHeading { section, label, heading } = heading;
    v1::SectionHeading { section: names::numbered(id, "sections", section), label, heading }
}

/// A version that was added to a draft.
#[must_use]
pub fn version_created(id: &DraftId, written: Written<VersionCreated>) -> v1::CreateVersionResponse {
    let created = written.answer;
    let headings = |sections: Vec<model::SectionHeading>| {
        sections.into_iter().map(|section| section_heading(id, section)).collect()
    };
    v1::CreateVersionResponse {
        version: created.version,
        section_count: created.sections,
        revision: written.revision,
        kept_count: created.kept,
        added_count: created.added,
        removed_count: created.removed,
        added_sections: headings(created.added_sections),
        removed_sections: headings(created.removed_sections),
    }
}

/// A section in two versions of a draft.
#[must_use]
pub fn section_comparison(id: &DraftId, compared: SectionComparison) -> v1::SectionComparison {
    v1::SectionComparison {
        position: compared.position,
        before: compared.before.map(|before| section(id, before)),
        after: compared.after.map(|after| section(id, after)),
        changes: compared.changes.into_iter().map(|change| words::section_change(change).into()).collect(),
    }
}

/// Where a comment stands in a version of a draft.
#[must_use]
pub fn placement(id: &DraftId, placement: Placement) -> v1::Placement {
    v1::Placement {
        comment: names::numbered(id, "comments", placement.comment),
        written_version: placement.version,
        state: words::placement_state(placement.state).into(),
        reason: placement.reason.map_or(0, |reason| words::placement_reason(reason).into()),
        written_section: Some(section_heading(id, placement.then)),
        current_section: placement.now.map(|now| section_heading(id, now)),
    }
}

/// A round of a draft.
#[must_use]
pub fn round(id: &DraftId, round: model::Round) -> v1::Round {
    v1::Round {
        name: names::numbered(id, "rounds", round.number),
        title: round.title,
        version: round.version,
        state: words::round_state(round.state).into(),
        deadline: Some(timestamp(round.deadline)),
        silence_rule: words::silence_rule(round.silence_rule).into(),
        silence_basis: round.silence_basis,
        late_rule: words::late_rule(round.late_rule).into(),
        visibility: words::visibility(round.visibility).into(),
        admission: words::admission(round.admission).into(),
        open_time: round.opened_at.map(timestamp),
        close_time: round.closed_at.map(timestamp),
        etag: etag(round.changed),
    }
}

/// An invitation.
#[must_use]
#[expect(
    clippy::needless_pass_by_value,
    reason = "every resource is rendered by value: `map(wire::invitation)`"
)]
pub fn invitation(invitation: model::Invitation) -> v1::Invitation {
    v1::Invitation { agency: names::agency(&invitation.agency), position: invitation.position }
}

/// A comment.
#[must_use]
pub fn comment(comment: model::Comment) -> v1::Comment {
    let id = &comment.draft;
    v1::Comment {
        name: names::numbered(id, "comments", comment.number),
        number: comment.number,
        round: names::numbered(id, "rounds", comment.round),
        agency: names::agency(&comment.agency),
        anchor: Some(anchor(id, comment.content.anchor)),
        kind: words::kind(comment.content.kind.0).into(),
        title: comment.content.title,
        text: comment.content.text,
        proposed_change: comment.content.proposed_change,
        source: source(comment.source),
        channel: words::channel(comment.channel).into(),
        speaker: comment.speaker,
        status: words::status(comment.status).into(),
        late: comment.late,
        decision: comment.decision.map(decision),
        assigned_agency: names::agency_or_empty(comment.assigned.as_ref()),
        responsible_agency: names::agency(&comment.responsible),
        response: names::numbered_or_empty(id, "responses", comment.response),
        version: comment.version,
        create_time: Some(timestamp(comment.created_at)),
        update_time: Some(timestamp(comment.updated_at)),
        etag: etag(comment.changed),
    }
}

fn anchor(id: &DraftId, anchor: model::Anchor) -> v1::Anchor {
    v1::Anchor {
        kind: words::anchor_kind(anchor.kind).into(),
        section: names::numbered_or_empty(
            id,
            "sections",
            Some(anchor.section).filter(|section| *section != ROOT),
        ),
        quote: anchor.quote,
    }
}

fn source(source: model::Source) -> Option<v1::Source> {
    (!source.is_empty()).then_some(v1::Source { id: source.id, status: source.status })
}

fn decision(decision: model::Decision) -> v1::Decision {
    v1::Decision {
        outcome: words::outcome(decision.outcome).into(),
        explanation: decision.explanation,
        agency: names::agency(&decision.agency),
        decide_time: Some(timestamp(decision.decided_at)),
        published: decision.published,
        implemented_in_version: decision.implemented_in.unwrap_or_default(),
    }
}

/// A response in a draft.
#[must_use]
pub fn response(id: &DraftId, response: model::Response) -> v1::Response {
    v1::Response {
        name: names::numbered(id, "responses", response.number),
        round: names::numbered(id, "rounds", response.round),
        agency: names::agency(&response.agency),
        stance: words::stance(response.stance).into(),
        letter_number: response.letter.number,
        letter_date: date(response.letter.date),
        signer: response.letter.signer,
        capacity: response.letter.capacity,
        late: response.late,
        superseded_by: names::numbered_or_empty(id, "responses", response.superseded_by),
        create_time: Some(timestamp(response.created_at)),
    }
}

/// A directive on a draft.
#[must_use]
pub fn directive(id: &DraftId, directive: model::Directive) -> v1::Directive {
    let completed = directive.completion.is_some();
    let (note, version, at) = directive
        .completion
        .map(|completion| {
            (completion.note, completion.version.unwrap_or_default(), Some(timestamp(completion.at)))
        })
        .unwrap_or_default();
    v1::Directive {
        name: names::numbered(id, "directives", directive.number),
        text: directive.text,
        section: names::numbered_or_empty(
            id,
            "sections",
            Some(directive.section).filter(|section| *section != ROOT),
        ),
        responsible_agency: names::agency(&directive.responsible),
        due_date: date(directive.due),
        issued_by: directive.issued_by,
        issue_date: date(directive.issued_on),
        completed,
        completion_note: note,
        completed_in_version: version,
        complete_time: at,
        etag: etag(directive.changed),
    }
}

/// Where an agency stands in a round of a draft; the legal basis is the round's.
#[must_use]
pub fn reply(id: &DraftId, reply: model::Reply, silence_basis: &str) -> v1::Reply {
    let assents = reply.state == ykien_domain::words::ReplyState::AssentBySilence;
    v1::Reply {
        agency: names::agency(&reply.agency),
        state: words::reply_state(reply.state).into(),
        response: reply.response.map(|given| response(id, given)),
        comment_count: reply.comments,
        silence_basis: if assents { silence_basis.to_owned() } else { String::new() },
    }
}

/// A change of a draft; who did it only where the caller may know.
#[must_use]
pub fn event(id: &DraftId, event: &Event, show_actor: bool) -> v1::Event {
    let subject = event.change.subject();
    v1::Event {
        revision: event.revision,
        time: Some(timestamp(event.at)),
        kind: event.change.kind().to_owned(),
        subject: if subject.is_empty() { names::draft(id) } else { format!("drafts/{id}/{subject}") },
        agency: if show_actor { names::agency(&event.actor.agency) } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_before_1970_counts_its_nanoseconds_forward() {
        let rendered = timestamp(Timestamp(-1));
        assert_eq!((rendered.seconds, rendered.nanos), (-1, 999_999_000));
        assert_eq!(super::super::read_timestamp("at", Some(rendered)).unwrap(), Timestamp(-1));
    }
}
