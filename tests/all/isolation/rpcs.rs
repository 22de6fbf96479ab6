//! How each RPC is asked for.

use prost::Message;
use ykien_proto::v1;

use super::aim::Aim;
use super::world::{BEGINNING, tree};

/// One RPC.
pub struct Rpc {
    /// `ykien.v1.CommentsService/GetDraft`
    pub method: &'static str,
    /// The use case.
    pub operation: &'static str,
    /// Its messages: one, but for files.
    pub request: fn(&Aim) -> Vec<Vec<u8>>,
}

macro_rules! rpcs {
    ($($service:literal: $($method:ident as $operation:ident |$aim:ident| $request:expr $(, then $more:expr)?;)+)+) => {
        /// Every RPC of the contract, in the order in which they are walked.
        pub static TABLE: &[Rpc] = &[$($(
            Rpc {
                method: concat!("ykien.v1.", $service, "/", stringify!($method)),
                operation: stringify!($operation),
                request: |$aim| vec![$request.encode_to_vec() $(, $more.encode_to_vec())?],
            },
        )+)+];
    };
}

rpcs! {
    "CommentsService":
    GetAgency as GetAgency |aim| v1::GetAgencyRequest { name: agency(aim.agency()) };
    ListAgencies as ListAgencies |_aim| v1::ListAgenciesRequest::default();

    ListDrafts as ListDrafts |_aim| v1::ListDraftsRequest::default();
    CreateDraft as CreateDraft |aim| v1::CreateDraftRequest {
        draft: Some(v1::Draft {
            title: "Dự thảo mới".to_owned(),
            drafting_agency: agency(aim.drafting()),
            ..Default::default()
        }),
        ..Default::default()
    };
    GetDraft as GetDraft |aim| v1::GetDraftRequest { name: draft(aim) };
    CreateVersion as CreateVersion |aim| v1::CreateVersionRequest {
        draft: draft(aim),
        sections: tree(aim.side()).into_iter().map(section).collect(),
        ..Default::default()
    };
    ListSections as ListSections |aim| v1::ListSectionsRequest { draft: draft(aim), ..Default::default() };
    CompareVersions as CompareVersions |aim| v1::CompareVersionsRequest {
        draft: draft(aim),
        from_version: 1,
        ..Default::default()
    };
    AssignSection as AssignSection |aim| v1::AssignSectionRequest {
        name: within(aim, "sections", aim.section()),
        agency: agency(aim.side().answering),
        ..Default::default()
    };

    CreateRound as CreateRound |aim| v1::CreateRoundRequest {
        draft: draft(aim),
        round: Some(v1::Round { deadline: deadline(aim), ..Default::default() }),
        ..Default::default()
    };
    GetRound as GetRound |aim| v1::GetRoundRequest { name: round(aim) };
    ListRounds as ListRounds |aim| v1::ListRoundsRequest { draft: draft(aim), ..Default::default() };
    InviteAgencies as InviteAgencies |aim| v1::InviteAgenciesRequest {
        round: round(aim),
        agencies: vec![agency(BEGINNING)],
        ..Default::default()
    };
    UninviteAgency as UninviteAgency |aim| v1::UninviteAgencyRequest {
        round: round(aim),
        agency: agency(aim.agency()),
        ..Default::default()
    };
    ListInvitations as ListInvitations |aim| v1::ListInvitationsRequest { round: round(aim), ..Default::default() };
    ExtendRound as ExtendRound |aim| v1::ExtendRoundRequest {
        name: round(aim),
        deadline: deadline(aim),
        ..Default::default()
    };
    OpenRound as OpenRound |aim| v1::OpenRoundRequest { name: round(aim), ..Default::default() };
    CloseRound as CloseRound |aim| v1::CloseRoundRequest { name: round(aim), allow_early: true, ..Default::default() };
    ConcludeRound as ConcludeRound |aim| v1::ConcludeRoundRequest { name: round(aim), ..Default::default() };

    SubmitComment as SubmitComment |aim| v1::SubmitCommentRequest {
        draft: draft(aim),
        comment: Some(submission(aim)),
        ..Default::default()
    };
    BulkSubmitComments as SubmitComment |aim| v1::BulkSubmitCommentsRequest {
        draft: draft(aim),
        comment: Some(submission(aim)),
        request_id: aim.request_id(),
    };
    ImportComments as ImportComments |aim| v1::ImportCommentsRequest {
        part: Some(v1::import_comments_request::Part::Header(v1::ImportCommentsHeader {
            draft: draft(aim),
            round: first_round(aim),
            agency: aim.speaks_for().map(agency).unwrap_or_default(),
            ..Default::default()
        })),
    }, then v1::ImportCommentsRequest {
        part: Some(v1::import_comments_request::Part::Chunk(COMMENT_SHEET.into())),
    };
    RecordOralOpinion as RecordOralOpinion |aim| v1::RecordOralOpinionRequest {
        draft: draft(aim),
        comment: Some(v1::Comment {
            agency: agency(aim.speaks_for().unwrap_or(aim.caller.agency)),
            ..submission(aim)
        }),
        speaker: "Nguyễn Văn A".to_owned(),
        ..Default::default()
    };
    SubmitResponse as SubmitResponse |aim| v1::SubmitResponseRequest {
        draft: draft(aim),
        response: Some(v1::Response {
            round: first_round(aim),
            agency: aim.speaks_for().map(agency).unwrap_or_default(),
            stance: v1::Stance::AgreesWithComments.into(),
            ..Default::default()
        }),
        comments: vec![v1::Comment { text: "Đề nghị rà soát".to_owned(), ..Default::default() }],
        ..Default::default()
    };
    ListResponses as ListResponses |aim| v1::ListResponsesRequest { draft: draft(aim), ..Default::default() };

    GetComment as GetComment |aim| v1::GetCommentRequest { name: comment(aim) };
    ListComments as ListComments |aim| v1::ListCommentsRequest { draft: draft(aim), ..Default::default() };
    ListPlacements as ListPlacements |aim| v1::ListPlacementsRequest { draft: draft(aim), ..Default::default() };
    ReviseComment as ReviseComment |aim| v1::ReviseCommentRequest {
        comment: Some(v1::Comment {
            name: comment(aim),
            anchor: Some(v1::Anchor {
                section: within(aim, "sections", aim.stands_on()),
                ..Default::default()
            }),
            text: "Đề nghị rà soát lại".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    AssignComment as AssignComment |aim| v1::AssignCommentRequest {
        name: comment(aim),
        agency: agency(aim.assignee()),
        ..Default::default()
    };
    DecideComment as DecideComment |aim| v1::DecideCommentRequest {
        name: comment(aim),
        outcome: v1::Outcome::Accepted.into(),
        ..Default::default()
    };
    BatchDecideComments as BatchDecideComments |aim| v1::BatchDecideCommentsRequest {
        draft: draft(aim),
        decisions: vec![v1::CommentDecision {
            number: aim.comment(),
            outcome: v1::Outcome::Accepted.into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    ImportDecisions as BatchDecideComments |aim| v1::ImportDecisionsRequest {
        part: Some(v1::import_decisions_request::Part::Header(v1::ImportDecisionsHeader {
            draft: draft(aim),
            ..Default::default()
        })),
    }, then v1::ImportDecisionsRequest {
        part: Some(v1::import_decisions_request::Part::Chunk(decision_sheet(aim).into_bytes())),
    };
    MarkImplemented as MarkImplemented |aim| v1::MarkImplementedRequest {
        name: comment(aim),
        version: 1,
        ..Default::default()
    };
    UndoDecision as UndoDecision |aim| v1::UndoDecisionRequest { name: comment(aim), ..Default::default() };
    PublishDecisions as PublishDecisions |aim| v1::PublishDecisionsRequest {
        draft: draft(aim),
        numbers: vec![4],
        ..Default::default()
    };
    WithdrawComment as WithdrawComment |aim| v1::WithdrawCommentRequest { name: comment(aim), ..Default::default() };

    IssueDirective as IssueDirective |aim| v1::IssueDirectiveRequest {
        draft: draft(aim),
        directive: Some(v1::Directive { text: "Bổ sung số liệu".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    CompleteDirective as CompleteDirective |aim| v1::CompleteDirectiveRequest {
        name: within(aim, "directives", aim.directive()),
        note: "Đã bổ sung".to_owned(),
        ..Default::default()
    };
    ListDirectives as ListDirectives |aim| v1::ListDirectivesRequest { draft: draft(aim), ..Default::default() };

    // Its headings are found anew, so what stood on the sections before is moved: last.
    ImportVersion as CreateVersion |aim| v1::ImportVersionRequest {
        part: Some(v1::import_version_request::Part::Header(v1::ImportVersionHeader {
            draft: draft(aim),
            ..Default::default()
        })),
    }, then v1::ImportVersionRequest {
        part: Some(v1::import_version_request::Part::Chunk(text_of(aim).into_bytes())),
    };

    WatchDraft as WatchDraft |aim| v1::WatchDraftRequest { draft: draft(aim), after_revision: 0 };

    "AggregationService":
    Aggregate as Aggregate |aim| v1::AggregateRequest {
        draft: draft(aim),
        group_by: dimensions(),
        ..Default::default()
    };
    Watch as Aggregate |aim| v1::WatchRequest { draft: draft(aim), group_by: dimensions(), ..Default::default() };
    Collect as Collect |aim| v1::CollectRequest { draft: draft(aim), ..Default::default() };
    StreamCollect as Collect |aim| v1::StreamCollectRequest {
        draft: draft(aim),
        group_by: v1::Grouping::Agency.into(),
        ..Default::default()
    };
    GetProgress as GetProgress |aim| v1::GetProgressRequest { draft: draft(aim), round: first_round(aim) };
    Reconcile as Reconcile |aim| v1::ReconcileRequest { draft: draft(aim) };
    ExportDocument as ExportSummary |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        format: v1::FileFormat::Json.into(),
        ..Default::default()
    };
    ExportDocument as ExportDocument |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::Slip.into(),
        agency: aim.speaks_for().map(agency).unwrap_or_default(),
        ..Default::default()
    };
    ExportDocument as ExportSummary |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        format: v1::FileFormat::Xlsx.into(),
        ..Default::default()
    };
    ExportDocument as ExportSummary |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::IsoForm.into(),
        ..Default::default()
    };
    ExportDocument as ExportDocument |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::CommentSheet.into(),
        agency: aim.speaks_for().map(agency).unwrap_or_default(),
        ..Default::default()
    };
    ExportDocument as ExportDecisionSheet |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::DecisionSheet.into(),
        ..Default::default()
    };
    // Each kind once as Word has it and once as PDF.
    ExportDocument as ExportSummary |aim| v1::ExportDocumentRequest { draft: draft(aim), ..Default::default() };
    ExportDocument as ExportSummary |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        format: v1::FileFormat::Pdf.into(),
        ..Default::default()
    };
    ExportDocument as ExportDocument |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::Slip.into(),
        format: v1::FileFormat::Pdf.into(),
        agency: aim.speaks_for().map(agency).unwrap_or_default(),
        ..Default::default()
    };
    // Whose they are is a line of each: who sees them in the list has them as a document.
    ExportDocument as ListDirectives |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::Directives.into(),
        ..Default::default()
    };
    ExportDocument as ListDirectives |aim| v1::ExportDocumentRequest {
        draft: draft(aim),
        document: v1::Document::Directives.into(),
        format: v1::FileFormat::Pdf.into(),
        ..Default::default()
    };
}

/// A sheet of one comment.
pub const COMMENT_SHEET: &str = "text\r\nĐề nghị rà soát lần nữa\r\n";

/// A sheet of one decision, on the comment aimed at.
pub fn decision_sheet(aim: &Aim) -> String {
    format!("number,outcome\r\n{},accepted\r\n", aim.comment())
}

/// The tree of a version as a text that has it.
fn text_of(aim: &Aim) -> String {
    let lines = tree(aim.side())
        .into_iter()
        .map(|section| format!("# {}. {}\n\n{}\n\n", section.label, section.heading, section.body));
    lines.collect()
}

fn agency(code: &str) -> String {
    format!("agencies/{code}")
}

fn draft(aim: &Aim) -> String {
    format!("drafts/{}", aim.draft())
}

fn within(aim: &Aim, collection: &str, number: i64) -> String {
    format!("drafts/{}/{collection}/{number}", aim.draft())
}

fn comment(aim: &Aim) -> String {
    within(aim, "comments", aim.comment())
}

fn round(aim: &Aim) -> String {
    within(aim, "rounds", aim.round())
}

/// The round in which everybody speaks.
fn first_round(aim: &Aim) -> String {
    within(aim, "rounds", 1)
}

fn submission(aim: &Aim) -> v1::Comment {
    v1::Comment {
        round: first_round(aim),
        agency: aim.speaks_for().map(agency).unwrap_or_default(),
        text: "Đề nghị rà soát".to_owned(),
        ..Default::default()
    }
}

/// Later with every call.
fn deadline(aim: &Aim) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: aim.deadline().0 / 1_000_000, nanos: 0 })
}

fn section(section: ykien_domain::command::NewSection) -> v1::NewSection {
    v1::NewSection {
        level: section.level,
        label: section.label,
        heading: section.heading,
        body: section.body,
        ..Default::default()
    }
}

/// All of them: each is a way to learn of others.
fn dimensions() -> Vec<i32> {
    (1..=7).collect()
}
