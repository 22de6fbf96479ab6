//! Drafts, versions, sections and directives.

use tonic::Status;
use ykien_domain::command::{
    AssignSection, CompleteDirective, CreateDraft, CreateVersion, IssueDirective, WriteOptions, Written,
};
use ykien_domain::ids::DraftId;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use super::{Clients, Write, date, etag, id, section};

writes! {
    CreateDraft by create_draft -> v1::Draft:
    |c, options| v1::CreateDraftRequest {
        draft: Some(v1::Draft {
            title: c.title,
            summary: c.summary,
            drafting_agency: names::agency(&c.drafting_agency),
            ..v1::Draft::default()
        }),
        draft_id: c.id.map(|id| id.to_string()).unwrap_or_default(),
        request_id: id(&options),
    };
    |_draft, written| wire::draft(written.answer);

    CreateVersion by create_version -> v1::CreateVersionResponse:
    |c, options| v1::CreateVersionRequest {
        draft: names::draft(&c.draft),
        sections: c
            .sections
            .into_iter()
            .map(|section| v1::NewSection {
                section: names::numbered_or_empty(&c.draft, "sections", section.id),
                parent: section.parent.and_then(|parent| i32::try_from(parent).ok()),
                level: section.level,
                label: section.label,
                heading: section.heading,
                body: section.body,
            })
            .collect(),
        preamble: c.preamble,
        text: String::new(),
        request_id: id(&options),
        dry_run: options.dry_run,
    };
    |draft, written| wire::version_created(draft, written);

    AssignSection by assign_section -> v1::Section:
    |c, options| v1::AssignSectionRequest {
        name: names::numbered(&c.draft, "sections", c.section),
        agency: names::agency_or_empty(c.agency.as_ref()),
        request_id: id(&options),
    };
    |draft, written| wire::section(draft, written.answer);

    IssueDirective by issue_directive -> v1::Directive:
    |c, options| v1::IssueDirectiveRequest {
        draft: names::draft(&c.draft),
        directive: Some(v1::Directive {
            text: c.text,
            section: section(&c.draft, c.section),
            responsible_agency: names::agency_or_empty(c.responsible.as_ref()),
            due_date: date(c.due),
            issued_by: c.issued_by,
            issue_date: date(c.issued_on),
            ..v1::Directive::default()
        }),
        request_id: id(&options),
    };
    |draft, written| wire::directive(draft, written.answer);

    CompleteDirective by complete_directive -> v1::Directive:
    |c, options| v1::CompleteDirectiveRequest {
        name: names::numbered(&c.draft, "directives", c.number),
        note: c.note,
        version: c.version.unwrap_or_default(),
        etag: etag(c.etag),
        request_id: id(&options),
    };
    |draft, written| wire::directive(draft, written.answer);
}
