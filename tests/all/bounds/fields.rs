//! Every field of a request that can be wrong names itself.

use tonic::{Code, Response, Status};
use ykien_domain::command::CloseRound;
use ykien_proto::v1;
use ykien_proto::v1::aggregation_service_client::AggregationServiceClient;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;

use crate::world::*;

behaviours_of_grpc! {
    a_bad_field_of_a_comment_names_its_path,
    all_bad_fields_of_a_request_are_named_at_once,
    a_bad_field_of_what_the_drafter_writes_names_its_path,
    a_missing_message_names_its_path,
    what_the_state_forbids_is_refused_by_its_own_code_and_reason,
    the_same_text_composed_differently_is_the_same_request,
}

/// Code, reason and fields of a refusal.
pub(super) fn refusal<T: std::fmt::Debug>(
    answer: Result<Response<T>, Status>,
) -> (Code, String, Vec<String>) {
    let status = answer.expect_err("it is refused");
    let code = status.code();
    let refused = Refused::from(status);
    (code, refused.reason, refused.fields)
}

/// A field of the caller's own making is at fault: this one, and no other.
pub(super) fn expect_field<T: std::fmt::Debug>(answer: Result<Response<T>, Status>, field: &str) {
    let expected = (Code::InvalidArgument, "INVALID_FIELD".to_owned(), vec![field.to_owned()]);
    assert_eq!(refusal(answer), expected);
}

fn comment() -> v1::Comment {
    v1::Comment { text: "x".to_owned(), ..v1::Comment::default() }
}

fn anchored(kind: i32, section: &str, quote: &str) -> v1::Comment {
    let anchor = v1::Anchor { kind, section: section.to_owned(), quote: quote.to_owned() };
    v1::Comment { anchor: Some(anchor), ..comment() }
}

fn submit(comment: v1::Comment) -> v1::SubmitCommentRequest {
    v1::SubmitCommentRequest {
        draft: "drafts/nq20".to_owned(),
        comment: Some(comment),
        request_id: String::new(),
    }
}

async fn a_bad_field_of_a_comment_names_its_path(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(FINANCE).await.comments;
    let table = [
        (v1::Comment { text: "a\0b".to_owned(), ..comment() }, "comment.text"),
        (v1::Comment { text: String::new(), ..comment() }, "comment.text"),
        (v1::Comment { text: "ế".repeat(50_001), ..comment() }, "comment.text"),
        (v1::Comment { title: "x".repeat(501), ..comment() }, "comment.title"),
        (v1::Comment { proposed_change: "\u{7}".to_owned(), ..comment() }, "comment.proposed_change"),
        (v1::Comment { kind: 99, ..comment() }, "comment.kind"),
        (v1::Comment { kind: -1, ..comment() }, "comment.kind"),
        (v1::Comment { round: "rounds/1".to_owned(), ..comment() }, "comment.round"),
        (v1::Comment { round: "drafts/khac/rounds/1".to_owned(), ..comment() }, "comment.round"),
        (v1::Comment { round: "drafts/nq20/rounds/9".to_owned(), ..comment() }, "comment.round"),
        (v1::Comment { agency: "H37.05".to_owned(), ..comment() }, "comment.agency"),
        (v1::Comment { agency: "agencies/".to_owned(), ..comment() }, "comment.agency"),
        (anchored(99, "", ""), "comment.anchor.kind"),
        (anchored(0, "sections/1", ""), "comment.anchor.section"),
        (anchored(0, "drafts/khac/sections/1", ""), "comment.anchor.section"),
        (anchored(0, "drafts/nq20/sections/9", ""), "comment.anchor.section"),
        (anchored(0, "drafts/nq20/sections/-1", ""), "comment.anchor.section"),
        (anchored(0, "", "không có mục"), "comment.anchor.section"),
        (anchored(4, "drafts/nq20/sections/1", ""), "comment.anchor.quote"),
        (anchored(0, "drafts/nq20/sections/1", &"x".repeat(5_001)), "comment.anchor.quote"),
    ];
    let revision = w.revision().await;
    for (comment, field) in table {
        let shown = format!("{field}: {:?} {:?} {:?}", comment.anchor, comment.round, comment.agency);
        let (code, reason, fields) = refusal(to.submit_comment(submit(comment)).await);
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "INVALID_FIELD"), "{shown}");
        assert_eq!(fields, [field], "{shown}");
    }
    let source = v1::Source { id: "1".repeat(101), status: "x".repeat(501) };
    let (_, _, fields) =
        refusal(to.submit_comment(submit(v1::Comment { source: Some(source), ..comment() })).await);
    assert_eq!(fields, ["comment.source.id", "comment.source.status"]);
    for id in ["42", "018f6e5e-7b6c-7cc4-9d2a-3f3c5b1a2d4", "018f6e5e7b6c7cc49d2a3f3c5b1a2d4e"] {
        let request = v1::SubmitCommentRequest { request_id: id.to_owned(), ..submit(comment()) };
        expect_field(to.submit_comment(request).await, "request_id");
    }
    assert_eq!(w.revision().await, revision);
}

async fn all_bad_fields_of_a_request_are_named_at_once(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(FINANCE).await.comments;
    let bad = v1::Comment {
        round: "x".to_owned(),
        kind: 99,
        title: "\0".to_owned(),
        text: "\0".to_owned(),
        ..anchored(0, "x", "")
    };
    let request = v1::SubmitCommentRequest { request_id: "x".to_owned(), ..submit(bad) };
    let (_, _, mut fields) = refusal(to.submit_comment(request).await);
    fields.sort();
    let expected = [
        "comment.anchor.section",
        "comment.kind",
        "comment.round",
        "comment.text",
        "comment.title",
        "request_id",
    ];
    assert_eq!(fields, expected);
}

async fn a_bad_field_of_what_the_drafter_writes_names_its_path(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let mut to = w.clients(DRAFTER).await.comments;
    let draft = || "drafts/nq20".to_owned();
    let name = || named("comments", 1);

    let decide = |outcome: i32, etag: &str| v1::DecideCommentRequest {
        name: name(),
        outcome,
        etag: etag.to_owned(),
        ..v1::DecideCommentRequest::default()
    };
    expect_field(to.decide_comment(decide(0, "")).await, "outcome");
    expect_field(to.decide_comment(decide(99, "")).await, "outcome");
    expect_field(to.decide_comment(decide(3, "")).await, "explanation");
    for etag in ["42", "W/\"r42\"", "r0", "r-1", "r99999999999999999999"] {
        expect_field(to.decide_comment(decide(1, etag)).await, "etag");
    }
    let decision =
        |number, outcome| v1::CommentDecision { number, outcome, ..v1::CommentDecision::default() };
    let batch =
        |decisions| v1::BatchDecideCommentsRequest { draft: draft(), decisions, ..Default::default() };
    expect_field(to.batch_decide_comments(batch(Vec::new())).await, "decisions");
    expect_field(to.batch_decide_comments(batch(vec![decision(1, 1); 1_001])).await, "decisions");
    let publish = |numbers| v1::PublishDecisionsRequest {
        draft: draft(),
        numbers,
        ..v1::PublishDecisionsRequest::default()
    };
    expect_field(to.publish_decisions(publish(vec![9])).await, "numbers[0]");
    expect_field(to.publish_decisions(publish(vec![1; 1_001])).await, "numbers");

    let create = |round| v1::CreateRoundRequest { draft: draft(), round: Some(round), ..Default::default() };
    let deadline = || Some(prost_types::Timestamp { seconds: 1_594_400_000, nanos: 0 });
    let round = || v1::Round { deadline: deadline(), ..v1::Round::default() };
    let table = [
        (v1::Round { deadline: None, ..round() }, "round.deadline"),
        (
            v1::Round { deadline: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), ..round() },
            "round.deadline",
        ),
        (v1::Round { silence_rule: 2, ..round() }, "round.silence_basis"),
        (v1::Round { silence_rule: 9, ..round() }, "round.silence_rule"),
        (v1::Round { late_rule: 9, ..round() }, "round.late_rule"),
        (v1::Round { visibility: 9, ..round() }, "round.visibility"),
        (v1::Round { admission: 9, ..round() }, "round.admission"),
        (v1::Round { title: "x".repeat(501), ..round() }, "round.title"),
    ];
    for (round, field) in table {
        expect_field(to.create_round(create(round)).await, field);
    }
    let invite = |agencies: &[&str]| v1::InviteAgenciesRequest {
        round: named("rounds", 1),
        agencies: agencies.iter().map(|agency| (*agency).to_owned()).collect(),
        request_id: String::new(),
    };
    expect_field(to.invite_agencies(invite(&[])).await, "agencies");
    expect_field(to.invite_agencies(invite(&["agencies/H37.05", "H37.06"])).await, "agencies[1]");
    expect_field(to.invite_agencies(invite(&["agencies/H37.05", "agencies/H99.99"])).await, "agencies[1]");

    let issue = |directive| v1::IssueDirectiveRequest {
        draft: draft(),
        directive: Some(directive),
        ..Default::default()
    };
    let directive = || v1::Directive { text: "x".to_owned(), ..v1::Directive::default() };
    let table = [
        (v1::Directive { text: String::new(), ..directive() }, "directive.text"),
        (v1::Directive { section: "x".to_owned(), ..directive() }, "directive.section"),
        (v1::Directive { section: named("sections", 9), ..directive() }, "directive.section"),
        (v1::Directive { responsible_agency: "x".to_owned(), ..directive() }, "directive.responsible_agency"),
        (
            v1::Directive { responsible_agency: "agencies/H99.99".to_owned(), ..directive() },
            "directive.responsible_agency",
        ),
        (v1::Directive { due_date: "24/7/2020".to_owned(), ..directive() }, "directive.due_date"),
        (v1::Directive { issue_date: "2020-02-30".to_owned(), ..directive() }, "directive.issue_date"),
    ];
    for (directive, field) in table {
        expect_field(to.issue_directive(issue(directive)).await, field);
    }
}

async fn a_missing_message_names_its_path(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(DRAFTER).await.comments;
    let draft = || "drafts/nq20".to_owned();
    let submit = v1::SubmitCommentRequest { draft: draft(), ..v1::SubmitCommentRequest::default() };
    expect_field(to.submit_comment(submit).await, "comment");
    expect_field(to.revise_comment(v1::ReviseCommentRequest::default()).await, "comment");
    let respond = v1::SubmitResponseRequest { draft: draft(), ..v1::SubmitResponseRequest::default() };
    expect_field(to.submit_response(respond).await, "response");
    let respond = v1::SubmitResponseRequest {
        draft: draft(),
        response: Some(v1::Response { letter_date: "hôm qua".to_owned(), ..v1::Response::default() }),
        ..v1::SubmitResponseRequest::default()
    };
    let (_, _, fields) = refusal(to.submit_response(respond).await);
    assert_eq!(fields, ["response.stance", "response.letter_date"]);
    let round = v1::CreateRoundRequest { draft: draft(), ..v1::CreateRoundRequest::default() };
    expect_field(to.create_round(round).await, "round");
    let directive = v1::IssueDirectiveRequest { draft: draft(), ..v1::IssueDirectiveRequest::default() };
    expect_field(to.issue_directive(directive).await, "directive");
    expect_field(to.create_draft(v1::CreateDraftRequest::default()).await, "draft");
    let version = v1::CreateVersionRequest { draft: draft(), ..v1::CreateVersionRequest::default() };
    expect_field(to.create_version(version).await, "sections");
}

async fn what_the_state_forbids_is_refused_by_its_own_code_and_reason(w: &World) {
    let round = w.open(Rules::default()).await;
    let first = w.submit(FINANCE, 1, "x").await;
    w.at(1).await;
    w.write_as(FINANCE, submission(content(1, "y")), &request_id(1)).await.unwrap();
    let mut to: CommentsServiceClient<_> = w.clients(FINANCE).await.comments;
    let mut of: AggregationServiceClient<_> = w.clients(FINANCE).await.aggregation;
    let none = Vec::<String>::new;

    let reused = v1::SubmitCommentRequest { request_id: request_id(1), ..submit(comment()) };
    let fields = vec!["request_id".to_owned()];
    let expected = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned(), fields);
    assert_eq!(refusal(to.submit_comment(reused).await), expected);

    let revise = |etag: &str| v1::ReviseCommentRequest {
        comment: Some(v1::Comment { name: named("comments", 1), etag: etag.to_owned(), ..comment() }),
        request_id: String::new(),
    };
    to.revise_comment(revise(&first.etag)).await.unwrap();
    let expected = (Code::Aborted, "STALE_ETAG".to_owned(), none());
    assert_eq!(refusal(to.revise_comment(revise(&first.etag)).await), expected);

    let missing = v1::GetCommentRequest { name: named("comments", 9) };
    assert_eq!(refusal(to.get_comment(missing).await), (Code::NotFound, "NOT_FOUND".to_owned(), none()));
    let reconcile = v1::ReconcileRequest { draft: "drafts/nq20".to_owned() };
    let expected = (Code::PermissionDenied, "PERMISSION_DENIED".to_owned(), none());
    assert_eq!(refusal(of.reconcile(reconcile).await), expected);

    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    let expected = (Code::FailedPrecondition, "ROUND_NOT_OPEN".to_owned(), none());
    assert_eq!(refusal(to.submit_comment(submit(comment())).await), expected);
}

async fn the_same_text_composed_differently_is_the_same_request(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(FINANCE).await.comments;
    let request = |text: &str| v1::SubmitCommentRequest {
        request_id: request_id(1),
        ..submit(v1::Comment { text: text.to_owned(), ..comment() })
    };
    let composed = to.submit_comment(request("Đề nghị")).await.unwrap().into_inner();
    let again =
        to.submit_comment(request(" \u{110}e\u{302}\u{300} nghi\u{323}\n")).await.unwrap().into_inner();
    assert!(again.replayed);
    assert_eq!(again.comment, composed.comment);
}
