//! Resource names take one form; and what may not be known answers as what does not exist, to the last byte.

use tonic::{Response, Status};
use ykien_proto::v1;

use super::fields::expect_field;
use crate::world::*;

behaviours_of_grpc! {
    a_bad_resource_name_names_its_field,
    someone_elses_draft_answers_as_a_missing_one_to_the_last_byte,
    someone_elses_comment_answers_as_a_missing_one_to_the_last_byte,
}

async fn a_bad_resource_name_names_its_field(w: &World) {
    w.open(Rules::default()).await;
    let Clients { mut comments, mut aggregation } = w.clients(DRAFTER).await;
    let numbered = [
        "",
        "1",
        "comments/1",
        "drafts/nq20",
        "drafts/nq20/comments",
        "drafts/nq20/comments/",
        "drafts/nq20/comments/01",
        "drafts/nq20/comments/+1",
        "drafts/nq20/comments/-1",
        "drafts/nq20/comments/1/",
        "drafts/nq20/comments/99999999999999999999",
        "drafts/nq20/comments/một",
        "drafts/nq20/rounds/1",
        "drafts/NQ20/comments/1",
        "drafts//comments/1",
        "/drafts/nq20/comments/1",
        "drafts/nq20/comments/1\0",
    ];
    for name in numbered {
        let name = name.to_owned();
        expect_field(comments.get_comment(v1::GetCommentRequest { name: name.clone() }).await, "name");
        let withdraw = v1::WithdrawCommentRequest { name, ..v1::WithdrawCommentRequest::default() };
        expect_field(comments.withdraw_comment(withdraw).await, "name");
    }
    for draft in [
        "",
        "nq20",
        "drafts/",
        "drafts/NQ20",
        "drafts/a/b",
        "drafts/đ",
        &format!("drafts/{}", "x".repeat(64)),
    ] {
        let draft = draft.to_owned();
        expect_field(comments.get_draft(v1::GetDraftRequest { name: draft.clone() }).await, "name");
        let list = v1::ListCommentsRequest { draft: draft.clone(), ..v1::ListCommentsRequest::default() };
        expect_field(comments.list_comments(list).await, "draft");
        let watch = v1::WatchDraftRequest { draft: draft.clone(), after_revision: 0 };
        expect_field(comments.watch_draft(watch).await, "draft");
        let collect = v1::CollectRequest { draft: draft.clone(), ..v1::CollectRequest::default() };
        expect_field(aggregation.collect(collect).await, "draft");
        expect_field(aggregation.reconcile(v1::ReconcileRequest { draft }).await, "draft");
    }
    for agency in
        ["", "H37.05", "agencies/", "agencies/.x", "agencies/a b", &format!("agencies/{}", "x".repeat(41))]
    {
        let name = agency.to_owned();
        expect_field(comments.get_agency(v1::GetAgencyRequest { name }).await, "name");
    }
    let create = v1::CreateDraftRequest {
        draft: Some(v1::Draft {
            title: "x".to_owned(),
            drafting_agency: DRAFTER.name(),
            ..v1::Draft::default()
        }),
        draft_id: "Khong-Hop-Le".to_owned(),
        request_id: String::new(),
    };
    expect_field(comments.create_draft(create).await, "draft_id");
}

/// All that a refusal tells.
fn told<T: std::fmt::Debug>(
    answer: Result<Response<T>, Status>,
) -> (tonic::Code, String, Vec<u8>, Vec<String>) {
    let status = answer.expect_err("it is refused");
    let mut metadata: Vec<String> =
        status.metadata().clone().into_headers().keys().map(ToString::to_string).collect();
    metadata.sort();
    (status.code(), status.message().to_owned(), status.details().to_vec(), metadata)
}

async fn someone_elses_draft_answers_as_a_missing_one_to_the_last_byte(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    for who in [STRANGER, OTHER_DRAFTER] {
        let Clients { mut comments, mut aggregation } = w.clients(who).await;
        let mut answers = Vec::new();
        for id in ["nq20", "khong-co"] {
            let draft = format!("drafts/{id}");
            let comment = Some(v1::Comment { text: "x".to_owned(), ..v1::Comment::default() });
            let submit =
                v1::SubmitCommentRequest { draft: draft.clone(), comment, request_id: String::new() };
            let decide = v1::DecideCommentRequest {
                name: format!("{draft}/comments/1"),
                outcome: 1,
                ..v1::DecideCommentRequest::default()
            };
            let publish = v1::PublishDecisionsRequest { draft: draft.clone(), ..Default::default() };
            let list = v1::ListCommentsRequest { draft: draft.clone(), ..Default::default() };
            let collect = v1::CollectRequest { draft: draft.clone(), ..Default::default() };
            let aggregate = v1::AggregateRequest { draft: draft.clone(), ..Default::default() };
            let get = v1::GetCommentRequest { name: format!("{draft}/comments/1") };
            let watch = v1::WatchDraftRequest { draft: draft.clone(), after_revision: 0 };
            answers.push([
                told(comments.get_draft(v1::GetDraftRequest { name: draft.clone() }).await),
                told(comments.get_comment(get).await),
                told(comments.list_comments(list).await),
                told(comments.submit_comment(submit).await),
                told(comments.decide_comment(decide).await),
                told(comments.publish_decisions(publish).await),
                told(comments.watch_draft(watch).await),
                told(aggregation.collect(collect).await),
                told(aggregation.aggregate(aggregate).await),
                told(aggregation.reconcile(v1::ReconcileRequest { draft: draft.clone() }).await),
            ]);
        }
        assert_eq!(answers[0], answers[1], "{who:?}");
        assert_eq!(answers[0][0].0, tonic::Code::NotFound);
    }
}

async fn someone_elses_comment_answers_as_a_missing_one_to_the_last_byte(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    for who in [PLANNING, ANSWERING] {
        let mut to = w.clients(who).await.comments;
        let mut answers = Vec::new();
        for number in [1, 9] {
            let name = named("comments", number);
            let revise = v1::ReviseCommentRequest {
                comment: Some(v1::Comment {
                    name: name.clone(),
                    text: "y".to_owned(),
                    ..v1::Comment::default()
                }),
                request_id: String::new(),
            };
            let withdraw = v1::WithdrawCommentRequest { name: name.clone(), ..Default::default() };
            let decide = v1::DecideCommentRequest { name: name.clone(), outcome: 1, ..Default::default() };
            let undo = v1::UndoDecisionRequest { name: name.clone(), ..Default::default() };
            answers.push([
                told(to.get_comment(v1::GetCommentRequest { name }).await),
                told(to.revise_comment(revise).await),
                told(to.withdraw_comment(withdraw).await),
                told(to.decide_comment(decide).await),
                told(to.undo_decision(undo).await),
            ]);
        }
        assert_eq!(answers[0], answers[1], "{who:?}");
    }
}
