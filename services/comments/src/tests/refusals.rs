//! What is refused, and how it reads.

use super::*;
use tonic::Code;
use tonic_types::StatusExt;
use v1::comment_decision_result::Result as Fate;

/// The code, the reason, and the fields at fault.
fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, Vec<String>) {
    let status = answer.unwrap_err();
    let details = status.get_error_details();
    let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    (status.code(), reason, fields.into_iter().map(|violation| violation.field).collect())
}

fn fields(names: &[&str]) -> (Code, String, Vec<String>) {
    (Code::InvalidArgument, "INVALID_FIELD".to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
}

fn reason(code: Code, reason: &str) -> (Code, String, Vec<String>) {
    (code, reason.to_owned(), Vec::new())
}

#[tokio::test]
async fn a_bad_comment_tells_all_its_fields_at_once() {
    let mut house = House::open().await;
    let contributor = &mut house.contributor;
    let bad = v1::Comment {
        round: "drafts/other/rounds/1".to_owned(),
        agency: "H37.06".to_owned(),
        anchor: Some(v1::Anchor { section: "sections/1".to_owned(), ..Default::default() }),
        kind: 77,
        text: "a\0".to_owned(),
        source: Some(v1::Source { id: "i".repeat(101), ..Default::default() }),
        ..Default::default()
    };
    let request = v1::SubmitCommentRequest { request_id: "42".to_owned(), ..submission(bad) };
    assert_eq!(
        refusal(contributor.submit_comment(request).await),
        fields(&[
            "comment.round",
            "comment.agency",
            "comment.source.id",
            "comment.anchor.section",
            "comment.kind",
            "comment.text",
            "request_id"
        ])
    );
    // What only the store knows has the same paths.
    assert_eq!(
        refusal(contributor.submit_comment(submission(comment(99, "x"))).await),
        fields(&["comment.anchor.section"])
    );
    let unset = v1::SubmitCommentRequest { draft: DRAFT.to_owned(), ..Default::default() };
    assert_eq!(refusal(contributor.submit_comment(unset).await), fields(&["comment"]));
}

#[tokio::test]
async fn every_bad_request_names_its_fields() {
    let mut house = House::open().await;
    let drafter = &mut house.drafter;
    let draft = v1::Draft { title: "t".repeat(501), drafting_agency: "x".to_owned(), ..Default::default() };
    let request =
        v1::CreateDraftRequest { draft: Some(draft), draft_id: "Nq".to_owned(), ..Default::default() };
    assert_eq!(
        refusal(drafter.create_draft(request).await),
        fields(&["draft_id", "draft.title", "draft.drafting_agency"])
    );

    let mut round = new_round();
    round.round = Some(v1::Round { title: "t".repeat(501), visibility: 9, ..Default::default() });
    assert_eq!(
        refusal(drafter.create_round(round).await),
        fields(&["round.title", "round.deadline", "round.visibility"])
    );
    let mut round = new_round();
    let assent = v1::Round { silence_rule: v1::SilenceRule::Assent.into(), ..round.round.take().unwrap() };
    round.round = Some(assent);
    assert_eq!(refusal(drafter.create_round(round).await), fields(&["round.silence_basis"]));

    let version = v1::CreateVersionRequest { draft: DRAFT.to_owned(), ..Default::default() };
    assert_eq!(refusal(drafter.create_version(version).await), fields(&["sections"]));
    let section =
        |label: &str, parent| v1::NewSection { label: label.to_owned(), parent, ..Default::default() };
    let elsewhere = v1::NewSection { section: "drafts/other/sections/1".to_owned(), ..section("II", None) };
    let long = v1::NewSection { heading: "x".to_owned(), ..section(&"l".repeat(101), Some(7)) };
    let version = v1::CreateVersionRequest {
        draft: DRAFT.to_owned(),
        sections: vec![section("I", Some(-1)), elsewhere, section("", None), long],
        ..Default::default()
    };
    assert_eq!(
        refusal(drafter.create_version(version).await),
        fields(&[
            "sections[0].parent",
            "sections[1].section",
            "sections[2].heading",
            "sections[3].parent",
            "sections[3].label"
        ])
    );
    let unknown = v1::NewSection { section: format!("{DRAFT}/sections/99"), ..section("I", None) };
    let version =
        v1::CreateVersionRequest { draft: DRAFT.to_owned(), sections: vec![unknown], ..Default::default() };
    assert_eq!(refusal(drafter.create_version(version).await), fields(&["sections[0].section"]));

    let response = v1::Response {
        letter_number: "n".repeat(101),
        letter_date: "24/7/2020".to_owned(),
        signer: "s".repeat(501),
        ..Default::default()
    };
    let source = v1::Source { id: "CSAF-1".to_owned(), status: String::new() };
    let request = v1::SubmitResponseRequest {
        draft: DRAFT.to_owned(),
        response: Some(response),
        comments: vec![comment(1, "x"), v1::Comment { source: Some(source), ..Default::default() }],
        request_id: String::new(),
    };
    assert_eq!(
        refusal(house.contributor.submit_response(request).await),
        fields(&[
            "response.stance",
            "response.letter_number",
            "response.letter_date",
            "response.signer",
            "comments[1].source",
            "comments[1].text"
        ])
    );

    let drafter = &mut house.drafter;
    let decision =
        v1::CommentDecision { number: 0, outcome: 77, etag: "42".to_owned(), ..Default::default() };
    let batch = v1::BatchDecideCommentsRequest {
        draft: DRAFT.to_owned(),
        decisions: vec![decision],
        ..Default::default()
    };
    assert_eq!(
        refusal(drafter.batch_decide_comments(batch).await),
        fields(&["decisions[0].number", "decisions[0].outcome", "decisions[0].etag"])
    );
    let directive =
        v1::Directive { due_date: "tomorrow".to_owned(), section: "x".to_owned(), ..Default::default() };
    let issue = v1::IssueDirectiveRequest {
        draft: DRAFT.to_owned(),
        directive: Some(directive),
        request_id: String::new(),
    };
    assert_eq!(
        refusal(drafter.issue_directive(issue).await),
        fields(&["directive.text", "directive.section", "directive.due_date"])
    );
}

#[tokio::test]
async fn a_decision_without_its_explanation_fails_only_its_own_item_of_a_batch() {
    let mut house = House::open().await;
    for text in ["một", "hai"] {
        house.contributor.submit_comment(submission(comment(1, text))).await.unwrap();
    }
    let decision = |number, outcome: v1::Outcome| v1::CommentDecision {
        number,
        outcome: outcome.into(),
        ..Default::default()
    };
    let batch = v1::BatchDecideCommentsRequest {
        draft: DRAFT.to_owned(),
        decisions: vec![decision(1, v1::Outcome::Accepted), decision(2, v1::Outcome::Rejected)],
        ..Default::default()
    };
    let results = house.drafter.batch_decide_comments(batch).await.unwrap().into_inner().results;
    let [Some(Fate::Comment(decided)), Some(Fate::Error(refused))] = [&results[0].result, &results[1].result]
    else {
        panic!("{results:?}")
    };
    assert_eq!(decided.status(), v1::CommentStatus::Accepted);
    assert!(refused.message.starts_with("decisions[1].explanation: is required"), "{}", refused.message);
}

#[tokio::test]
async fn every_bad_list_says_what_is_wrong_with_it() {
    let mut house = House::open().await;
    let drafter = &mut house.drafter;
    let list = v1::ListCommentsRequest { draft: DRAFT.to_owned(), ..Default::default() };
    let sized = v1::ListCommentsRequest { page_size: 1001, ..list.clone() };
    assert_eq!(refusal(drafter.list_comments(sized).await), fields(&["page_size"]));
    let filtered = v1::ListCommentsRequest { filter: "colour = red".to_owned(), ..list.clone() };
    let (_, why, at) = refusal(drafter.list_comments(filtered).await);
    assert_eq!((why.as_str(), at), ("INVALID_FILTER", vec!["filter".to_owned()]));
    let token = v1::ListCommentsRequest { page_token: "AAAA".to_owned(), ..list };
    let (_, why, at) = refusal(drafter.list_comments(token).await);
    assert_eq!((why.as_str(), at), ("INVALID_PAGE_TOKEN", vec!["page_token".to_owned()]));
}

#[tokio::test]
async fn a_stale_etag_a_reused_request_id_and_a_stranger_are_refused() {
    let mut house = House::open().await;
    let House { drafter, contributor, other, stranger, .. } = &mut house;
    let request = v1::SubmitCommentRequest { request_id: request_id(1), ..submission(comment(1, "x")) };
    let submitted = contributor.submit_comment(request.clone()).await.unwrap().into_inner().comment.unwrap();
    let another = v1::SubmitCommentRequest { comment: Some(comment(1, "y")), ..request };
    assert_eq!(
        refusal(contributor.submit_comment(another).await),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned(), vec!["request_id".to_owned()])
    );

    let revise = |etag: &str| v1::ReviseCommentRequest {
        comment: Some(v1::Comment { name: comment_name(1), etag: etag.to_owned(), ..comment(1, "z") }),
        request_id: String::new(),
    };
    contributor.revise_comment(revise(&submitted.etag)).await.unwrap();
    assert_eq!(
        refusal(contributor.revise_comment(revise(&submitted.etag)).await),
        reason(Code::Aborted, "STALE_ETAG")
    );
    assert_eq!(refusal(contributor.revise_comment(revise("42")).await), fields(&["comment.etag"]));

    // Another's comment, a stranger's draft and a draft that is not read the same.
    let get = v1::GetCommentRequest { name: comment_name(1) };
    let missing = reason(Code::NotFound, "NOT_FOUND");
    assert_eq!(refusal(other.get_comment(get.clone()).await), missing);
    assert_eq!(refusal(stranger.get_comment(get).await), missing);
    assert_eq!(refusal(stranger.submit_comment(submission(comment(1, "x"))).await), missing);
    let get = v1::GetDraftRequest { name: "drafts/none".to_owned() };
    assert_eq!(refusal(contributor.get_draft(get).await), missing);
    let open = v1::OpenRoundRequest { name: format!("{DRAFT}/rounds/1"), ..Default::default() };
    assert_eq!(
        refusal(contributor.open_round(open).await),
        reason(Code::PermissionDenied, "PERMISSION_DENIED")
    );

    let close = v1::CloseRoundRequest {
        name: format!("{DRAFT}/rounds/1"),
        allow_pending: true,
        ..Default::default()
    };
    assert_eq!(
        refusal(drafter.close_round(close.clone()).await),
        reason(Code::FailedPrecondition, "ROUND_EARLY")
    );
    drafter.close_round(v1::CloseRoundRequest { allow_early: true, ..close }).await.unwrap();
    assert_eq!(
        refusal(contributor.submit_comment(submission(comment(1, "x"))).await),
        reason(Code::FailedPrecondition, "ROUND_NOT_OPEN")
    );
}

#[tokio::test]
async fn a_message_of_5_mib_is_refused_and_the_next_call_is_answered() {
    let mut house = House::open().await;
    let contributor = &mut house.contributor;
    let large = submission(comment(1, &"x".repeat(5 * 1024 * 1024)));
    assert_eq!(contributor.submit_comment(large).await.unwrap_err().code(), Code::OutOfRange);
    assert!(contributor.submit_comment(submission(comment(1, "x"))).await.is_ok());
}
