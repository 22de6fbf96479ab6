//! Every call once, on the way that a consultation takes.

use super::*;
use v1::{CommentStatus, Outcome, RoundState, Stance};

#[tokio::test]
async fn a_draft_gets_its_sections_from_a_text_and_keeps_them_in_the_next_version() {
    let mut house = House::open().await;
    let House { drafter, contributor, .. } = &mut house;
    let list = |version, page_size, page_token: &str| v1::ListSectionsRequest {
        draft: DRAFT.to_owned(),
        version,
        page_size,
        page_token: page_token.to_owned(),
    };
    let first = drafter.list_sections(list(0, 3, "")).await.unwrap().into_inner();
    let labels: Vec<_> = first.sections.iter().map(|section| section.label.as_str()).collect();
    assert_eq!(labels, ["", "I", "1"]);

    // Another version, from sections: one is kept, one renamed, two are gone. The list goes on in the one it began in.
    let section = |label: &str, heading: &str| v1::NewSection {
        label: label.to_owned(),
        heading: heading.to_owned(),
        ..Default::default()
    };
    let request = v1::CreateVersionRequest {
        draft: DRAFT.to_owned(),
        sections: vec![
            section("I", "ĐẶC ĐIỂM"),
            section("II", "KẾT QUẢ ĐẠT ĐƯỢC"),
            section("III", "HẠN CHẾ"),
        ],
        request_id: request_id(1),
        ..Default::default()
    };
    let created = drafter.create_version(request.clone()).await.unwrap().into_inner();
    assert_eq!((created.version, created.section_count), (2, 3));
    assert_eq!(
        drafter.create_version(request).await.unwrap().into_inner(),
        created,
        "a retry changes nothing"
    );
    let rest = drafter.list_sections(list(0, 3, &first.next_page_token)).await.unwrap().into_inner();
    let labels: Vec<_> = rest.sections.iter().map(|section| section.label.as_str()).collect();
    assert_eq!((labels, rest.next_page_token.as_str()), (vec!["2", "II"], ""));

    let now = contributor.list_sections(list(0, 0, "")).await.unwrap().into_inner().sections;
    let shown: Vec<_> =
        now.iter().map(|section| (section.name.as_str(), section.label.as_str(), section.removed)).collect();
    assert_eq!(
        shown,
        [
            ("drafts/nq20/sections/0", "", false),
            ("drafts/nq20/sections/1", "I", false),
            ("drafts/nq20/sections/4", "II", false),
            ("drafts/nq20/sections/5", "III", false),
            ("drafts/nq20/sections/2", "1", true),
            ("drafts/nq20/sections/3", "2", true),
        ]
    );
    let assigned = v1::AssignSectionRequest {
        name: "drafts/nq20/sections/4".to_owned(),
        agency: "agencies/H37.07".to_owned(),
        request_id: String::new(),
    };
    let section = drafter.assign_section(assigned).await.unwrap().into_inner();
    assert_eq!(section.responsible_agency, "agencies/H37.07");
}

#[tokio::test]
async fn a_consultation_goes_its_way() {
    let mut house = House::open().await;
    let clock = house.clock.clone();
    let House { drafter, contributor, other, .. } = &mut house;

    // Comments: submitted once however often it is said, revised, withdrawn, read.
    let request = v1::SubmitCommentRequest {
        request_id: request_id(1),
        ..submission(comment(3, "Rà soát số liệu"))
    };
    let first = contributor.submit_comment(request.clone()).await.unwrap().into_inner();
    let again = contributor.submit_comment(request).await.unwrap().into_inner();
    assert_eq!((first.replayed, again.replayed, &first.comment), (false, true, &again.comment));
    let submitted = first.comment.unwrap();
    assert_eq!((submitted.number, submitted.agency.as_str()), (1, "agencies/H37.06"));
    assert_eq!(submitted.responsible_agency, "agencies/H37.05");
    let revised =
        v1::Comment { text: "Rà soát số liệu đến 30/6/2020".to_owned(), ..submitted.clone() };
    let revise = v1::ReviseCommentRequest { comment: Some(revised), request_id: String::new() };
    let revised = contributor.revise_comment(revise).await.unwrap().into_inner();
    assert_ne!(revised.etag, submitted.etag);
    let second = contributor
        .submit_comment(submission(comment(0, "Thừa")))
        .await
        .unwrap()
        .into_inner()
        .comment
        .unwrap();
    let withdraw = v1::WithdrawCommentRequest { name: second.name, etag: second.etag, ..Default::default() };
    let withdrawn = contributor.withdraw_comment(withdraw).await.unwrap().into_inner();
    assert_eq!(withdrawn.status(), CommentStatus::Withdrawn);

    // A signed response with comments; what was said at the meeting.
    let response = v1::Response {
        stance: Stance::AgreesWithComments.into(),
        letter_number: "1234/STC-NS".to_owned(),
        letter_date: "2020-07-22".to_owned(),
        signer: "Nguyễn Văn A".to_owned(),
        ..Default::default()
    };
    let respond = v1::SubmitResponseRequest {
        draft: DRAFT.to_owned(),
        response: Some(response),
        comments: vec![comment(1, "Bổ sung"), comment(4, "Làm rõ")],
        request_id: String::new(),
    };
    let responded = other.submit_response(respond).await.unwrap().into_inner();
    let numbers: Vec<_> = responded.comments.iter().map(|comment| comment.number).collect();
    assert_eq!(numbers, [3, 4]);
    assert_eq!(responded.comments[0].response, "drafts/nq20/responses/1");
    let list = v1::ListResponsesRequest { draft: DRAFT.to_owned(), ..Default::default() };
    let responses = drafter.list_responses(list).await.unwrap().into_inner().responses;
    assert_eq!(responses[0].letter_date, "2020-07-22");
    let oral = v1::Comment { agency: "agencies/H37.07".to_owned(), ..comment(3, "Cần năm hạn chế") };
    let record = v1::RecordOralOpinionRequest {
        draft: DRAFT.to_owned(),
        comment: Some(oral),
        speaker: "Ông B".to_owned(),
        request_id: String::new(),
    };
    let recorded = drafter.record_oral_opinion(record).await.unwrap().into_inner();
    assert_eq!((recorded.channel(), recorded.speaker.as_str()), (v1::Channel::Meeting, "Ông B"));

    // The round: extended, then closed after its deadline.
    let round = format!("{DRAFT}/rounds/1");
    let deadline = Some(prost_types::Timestamp { seconds: NOW + 4 * 86_400, nanos: 0 });
    let extend = v1::ExtendRoundRequest { name: round.clone(), deadline, ..Default::default() };
    assert_eq!(drafter.extend_round(extend).await.unwrap().into_inner().deadline, deadline);
    clock.set(Timestamp((NOW + 1) * 1_000_000));

    // Decisions: one by one, in a batch (first dry), undone, published, carried out.
    let assign = v1::AssignCommentRequest {
        name: comment_name(3),
        agency: "agencies/H37.07".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        drafter.assign_comment(assign).await.unwrap().into_inner().responsible_agency,
        "agencies/H37.07"
    );
    let decide = v1::DecideCommentRequest {
        name: comment_name(1),
        outcome: Outcome::Accepted.into(),
        etag: revised.etag,
        ..Default::default()
    };
    assert_eq!(drafter.decide_comment(decide).await.unwrap().into_inner().status(), CommentStatus::Accepted);
    let decision = |number, outcome: Outcome, explanation: &str| v1::CommentDecision {
        number,
        outcome: outcome.into(),
        explanation: explanation.to_owned(),
        etag: String::new(),
    };
    let mut batch = v1::BatchDecideCommentsRequest {
        draft: DRAFT.to_owned(),
        decisions: vec![
            decision(2, Outcome::Accepted, ""),
            decision(3, Outcome::Rejected, "Đã có ở mục I"),
            decision(4, Outcome::PartiallyAccepted, "Làm rõ một phần"),
        ],
        dry_run: true,
        request_id: String::new(),
    };
    let fates = |results: &[v1::CommentDecisionResult]| -> Vec<Option<i32>> {
        let decided = |result: &v1::CommentDecisionResult| match result.result.as_ref()? {
            v1::comment_decision_result::Result::Comment(comment) => Some(comment.status),
            v1::comment_decision_result::Result::Error(_) => None,
        };
        results.iter().map(decided).collect()
    };
    let expected =
        [None, Some(CommentStatus::Rejected.into()), Some(CommentStatus::PartiallyAccepted.into())];
    let dry = drafter.batch_decide_comments(batch.clone()).await.unwrap().into_inner();
    assert_eq!(fates(&dry.results), expected);
    let get = |number| v1::GetCommentRequest { name: comment_name(number) };
    let pending = drafter.get_comment(get(3)).await.unwrap().into_inner();
    assert_eq!(pending.status(), CommentStatus::Pending, "a dry run keeps nothing");
    batch.dry_run = false;
    let decided = drafter.batch_decide_comments(batch).await.unwrap().into_inner();
    assert_eq!(fates(&decided.results), expected);
    let undo = v1::UndoDecisionRequest { name: comment_name(4), ..Default::default() };
    assert_eq!(drafter.undo_decision(undo).await.unwrap().into_inner().status(), CommentStatus::Pending);
    let hidden = contributor.get_comment(get(1)).await.unwrap().into_inner();
    assert_eq!(
        (hidden.status(), hidden.decision),
        (CommentStatus::Pending, None),
        "a proposal is the drafter's"
    );
    let publish = v1::PublishDecisionsRequest { draft: DRAFT.to_owned(), ..Default::default() };
    assert_eq!(drafter.publish_decisions(publish).await.unwrap().into_inner().numbers, [1, 3]);
    let shown = contributor.get_comment(get(1)).await.unwrap().into_inner();
    assert_eq!((shown.status(), shown.decision.unwrap().published), (CommentStatus::Accepted, true));
    let implemented = v1::MarkImplementedRequest { name: comment_name(1), version: 1, ..Default::default() };
    let implemented = drafter.mark_implemented(implemented).await.unwrap().into_inner();
    assert_eq!(implemented.decision.unwrap().implemented_in_version, 1);

    // Directives.
    let directive = v1::Directive {
        text: "Mục II bổ sung năm hạn chế".to_owned(),
        section: format!("{DRAFT}/sections/4"),
        due_date: "2020-07-24".to_owned(),
        ..Default::default()
    };
    let issue = v1::IssueDirectiveRequest {
        draft: DRAFT.to_owned(),
        directive: Some(directive),
        request_id: String::new(),
    };
    let issued = drafter.issue_directive(issue).await.unwrap().into_inner();
    assert_eq!((issued.responsible_agency.as_str(), issued.completed), ("agencies/H37.05", false));
    let complete = v1::CompleteDirectiveRequest {
        name: issued.name,
        note: "Đã bổ sung".to_owned(),
        version: 1,
        ..Default::default()
    };
    assert!(drafter.complete_directive(complete).await.unwrap().into_inner().completed);
    let list = v1::ListDirectivesRequest { draft: DRAFT.to_owned(), ..Default::default() };
    assert_eq!(
        drafter.list_directives(list).await.unwrap().into_inner().directives[0].completed_in_version,
        1
    );

    // The end.
    let close = v1::CloseRoundRequest {
        name: round.clone(),
        allow_early: true,
        allow_pending: true,
        ..Default::default()
    };
    assert_eq!(drafter.close_round(close).await.unwrap().into_inner().state(), RoundState::Closed);
    let conclude =
        v1::ConcludeRoundRequest { name: round.clone(), allow_pending: true, ..Default::default() };
    assert_eq!(drafter.conclude_round(conclude).await.unwrap().into_inner().state(), RoundState::Concluded);
    let get = v1::GetRoundRequest { name: round };
    assert_eq!(contributor.get_round(get).await.unwrap().into_inner().state(), RoundState::Concluded);
}

#[tokio::test]
async fn lists_are_read_in_pages_and_by_filter() {
    let mut house = House::open().await;
    let House { drafter, contributor, other, .. } = &mut house;
    for number in 1..=5 {
        contributor
            .submit_comment(submission(comment(number % 3, &format!("Ý kiến {number}"))))
            .await
            .unwrap();
    }
    other.submit_comment(submission(comment(0, "Của cơ quan khác"))).await.unwrap();

    let mut list = v1::ListCommentsRequest { draft: DRAFT.to_owned(), page_size: 2, ..Default::default() };
    let mut numbers = Vec::new();
    loop {
        let page = drafter.list_comments(list.clone()).await.unwrap().into_inner();
        numbers.push(page.comments.iter().map(|comment| comment.number).collect::<Vec<_>>());
        list.page_token = page.next_page_token;
        if list.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(numbers, [[1, 2], [3, 4], [5, 6]]);
    let list = v1::ListCommentsRequest {
        draft: DRAFT.to_owned(),
        filter: r#"section = 1 OR agency = H37.07"#.to_owned(),
        ..Default::default()
    };
    let found = drafter.list_comments(list.clone()).await.unwrap().into_inner();
    assert_eq!(found.comments.iter().map(|comment| comment.number).collect::<Vec<_>>(), [1, 4, 6]);
    let own = contributor.list_comments(list).await.unwrap().into_inner();
    assert_eq!(own.comments.iter().map(|comment| comment.number).collect::<Vec<_>>(), [1, 4]);

    let agencies = drafter.list_agencies(v1::ListAgenciesRequest { page_size: 3, ..Default::default() });
    let agencies = agencies.await.unwrap().into_inner();
    assert_eq!(agencies.agencies.len(), 3);
    let rest = v1::ListAgenciesRequest { page_size: 3, page_token: agencies.next_page_token };
    assert_eq!(drafter.list_agencies(rest).await.unwrap().into_inner().agencies[0].name, "agencies/H37.99");
    let get = v1::GetAgencyRequest { name: "agencies/H37.06".to_owned() };
    assert_eq!(drafter.get_agency(get).await.unwrap().into_inner().display_name, "Cơ quan H37.06");

    let drafts = contributor.list_drafts(v1::ListDraftsRequest::default()).await.unwrap().into_inner().drafts;
    assert_eq!(drafts[0].name, DRAFT);
    let draft =
        contributor.get_draft(v1::GetDraftRequest { name: DRAFT.to_owned() }).await.unwrap().into_inner();
    assert_eq!(draft.version, 1);
    let rounds = v1::ListRoundsRequest { draft: DRAFT.to_owned(), ..Default::default() };
    assert_eq!(contributor.list_rounds(rounds).await.unwrap().into_inner().rounds.len(), 1);
}

#[tokio::test]
async fn a_roster_is_kept_in_its_order_while_the_round_is_prepared() {
    let mut house = House::open().await;
    let drafter = &mut house.drafter;
    drafter.create_round(new_round()).await.unwrap();
    let round = format!("{DRAFT}/rounds/2");
    let invite = |agencies: &[&str]| v1::InviteAgenciesRequest {
        round: round.clone(),
        agencies: agencies.iter().map(|code| format!("agencies/{code}")).collect(),
        request_id: String::new(),
    };
    drafter.invite_agencies(invite(&["H37.07", "H37.06"])).await.unwrap();
    let roster =
        drafter.invite_agencies(invite(&["H37.06", "H37.99"])).await.unwrap().into_inner().invitations;
    let codes: Vec<_> = roster.iter().map(|invitation| invitation.agency.as_str()).collect();
    assert_eq!(codes, ["agencies/H37.07", "agencies/H37.06", "agencies/H37.99"]);
    let uninvite = v1::UninviteAgencyRequest {
        round: round.clone(),
        agency: "agencies/H37.06".to_owned(),
        request_id: String::new(),
    };
    assert_eq!(drafter.uninvite_agency(uninvite).await.unwrap().into_inner().invitations.len(), 2);
    let list = v1::ListInvitationsRequest { round, page_size: 1, ..Default::default() };
    let first = drafter.list_invitations(list).await.unwrap().into_inner();
    assert_eq!((first.invitations.len(), first.next_page_token.is_empty()), (1, false));
}
