//! The client's own id of a request: a retry gets the first answer.

use futures::future::join_all;
use ykien_domain::command::{
    AssignComment, BatchDecideComments, CloseRound, DecideComment, DecideItem, SubmitResponse, WriteOptions,
};
use ykien_domain::ids::RequestId;
use ykien_domain::model::Letter;
use ykien_domain::words::{Outcome, Stance};

use crate::world::*;

behaviours! {
    a_repeated_request_gets_the_first_answer_and_changes_nothing,
    a_repeated_response_brings_its_comments_once,
    the_first_answer_is_given_after_the_rules_have_changed,
    a_request_id_with_another_body_is_refused_and_changes_nothing,
    the_same_id_of_another_agency_or_another_method_is_another_request,
    a_refused_request_leaves_its_id_free,
    the_same_request_eight_times_at_once_is_carried_out_once,
    a_dry_run_uses_no_request_id,
    each_repeated_request_gets_its_own_answer_among_others,
}

async fn a_repeated_request_gets_the_first_answer_and_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    let command = submission(content(1, "Đề nghị rà soát"));
    let first = w.write_as(FINANCE, command.clone(), &request_id(1)).await.unwrap();
    w.submit(PLANNING, 1, "x").await;
    let revision = w.revision().await;
    let second = w.write_as(FINANCE, command, &request_id(1)).await.unwrap();
    assert_eq!((first.comment.as_ref(), first.revision), (second.comment.as_ref(), second.revision));
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(w.revision().await, revision);
}

async fn a_repeated_response_brings_its_comments_once(w: &World) {
    w.open(Rules::default()).await;
    let command = SubmitResponse {
        draft: draft(),
        round: None,
        agency: None,
        stance: Stance::AgreesWithComments,
        letter: Letter { number: "12/STC".to_owned(), ..Letter::default() },
        comments: vec![content(1, "một"), content(2, "hai")],
    };
    let first = w.write_as(FINANCE, command.clone(), &request_id(1)).await.unwrap();
    let second = w.write_as(FINANCE, command, &request_id(1)).await.unwrap();
    assert_eq!(
        (first.response, first.comments, first.revision),
        (second.response, second.comments, second.revision)
    );
    assert!(second.replayed);
    assert_eq!(w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap().len(), 2);
    assert_eq!(w.all(DRAFTER, &Responses { round: None }).await.unwrap().len(), 1);
}

async fn the_first_answer_is_given_after_the_rules_have_changed(w: &World) {
    let round = w.open(Rules::default()).await;
    let command = submission(content(1, "x"));
    let first = w.write_as(FINANCE, command.clone(), &request_id(1)).await.unwrap();
    w.decide(1, Outcome::Accepted).await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: false, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    let again = w.write_as(FINANCE, command.clone(), &request_id(1)).await.unwrap();
    assert_eq!(again.comment, first.comment);
    assert_eq!(w.write_as(FINANCE, command, &request_id(2)).await.unwrap_err().reason, "ROUND_NOT_OPEN");
}

async fn a_request_id_with_another_body_is_refused_and_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    w.write_as(FINANCE, submission(content(1, "một")), &request_id(1)).await.unwrap();
    let revision = w.revision().await;
    for other in [content(1, "hai"), content(2, "một")] {
        let refused = w.write_as(FINANCE, submission(other), &request_id(1)).await.unwrap_err();
        assert_eq!(refused.reason, "REQUEST_ID_REUSED");
        assert!(refused.names("request_id"), "{refused:?}");
    }
    assert_eq!(w.revision().await, revision);
}

async fn the_same_id_of_another_agency_or_another_method_is_another_request(w: &World) {
    w.open(Rules::default()).await;
    let id = request_id(1);
    w.write_as(FINANCE, submission(content(1, "x")), &id).await.unwrap();
    let other = w.write_as(PLANNING, submission(content(1, "x")), &id).await.unwrap();
    assert_eq!((other.comment.unwrap().number, other.replayed), (2, false));
    w.write_as(DRAFTER, submission(content(1, "x")), &id).await.unwrap();
    let decide = DecideComment {
        draft: draft(),
        number: 1,
        outcome: Outcome::Accepted,
        explanation: String::new(),
        etag: None,
    };
    assert!(w.write_as(DRAFTER, decide, &id).await.unwrap().decision.is_some());
}

async fn a_refused_request_leaves_its_id_free(w: &World) {
    w.open(Rules::default()).await;
    let refused = w.write_as(FINANCE, submission(content(6, "x")), &request_id(1)).await.unwrap_err();
    assert!(refused.names("anchor.section"));
    let taken = w.write_as(FINANCE, submission(content(1, "x")), &request_id(1)).await.unwrap();
    assert_eq!((taken.comment.unwrap().number, taken.replayed), (1, false));
}

async fn the_same_request_eight_times_at_once_is_carried_out_once(w: &World) {
    w.open(Rules::default()).await;
    let id = request_id(1);
    let before = w.revision().await;
    let answers = join_all((0..8).map(|_| w.write_as(FINANCE, submission(content(1, "x")), &id))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.comment == answers[0].comment));
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert_eq!(w.revision().await, before + 1);
}

async fn a_dry_run_uses_no_request_id(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let command = |outcome| BatchDecideComments {
        draft: draft(),
        items: vec![DecideItem { number: 1, outcome, explanation: "vì".to_owned(), etag: None }],
    };
    let options = |dry_run| WriteOptions { request_id: Some(RequestId::stored(request_id(1))), dry_run };
    w.write_with(DRAFTER, command(Outcome::Rejected), options(true)).await.unwrap();
    w.write_with(DRAFTER, command(Outcome::Accepted), options(false)).await.unwrap();
    let comment = w.get(DRAFTER, 1).await.unwrap();
    assert_eq!(comment.status(), ykien_proto::v1::CommentStatus::Accepted);
}

async fn each_repeated_request_gets_its_own_answer_among_others(w: &World) {
    w.open(Rules::default()).await;
    for section in 1..=3 {
        w.submit(FINANCE, section, "x").await;
    }
    let response = |words: &str| SubmitResponse {
        draft: draft(),
        round: None,
        agency: None,
        stance: Stance::AgreesWithComments,
        letter: Letter { number: words.to_owned(), ..Letter::default() },
        comments: vec![content(1, words)],
    };
    // Of two agencies, of three operations, by the same ids.
    let all = async || {
        let mut answers = Vec::new();
        for id in 1..=2 {
            let (number, request) = (i64::from(id), request_id(id));
            for who in [PLANNING, FINANCE] {
                let answer =
                    w.write_as(who, response(&format!("{id}/{}", who.agency)), &request).await.unwrap();
                answers.push(format!("{:?} {:?}", answer.response, answer.comments));
            }
            let agency = Some(POLICE.code());
            let assign = AssignComment { draft: draft(), number, agency, etag: None };
            let (explanation, outcome) = ("vì".to_owned(), Outcome::Rejected);
            let decide =
                DecideComment { draft: draft(), number: number + 1, outcome, explanation, etag: None };
            answers.push(format!("{:?}", w.write_as(DRAFTER, assign, &request).await.unwrap()));
            answers.push(format!("{:?}", w.write_as(DRAFTER, decide, &request).await.unwrap()));
        }
        answers
    };
    let first = all().await;
    let revision = w.revision().await;
    for (first, again) in first.iter().zip(all().await) {
        assert_eq!(&again, first);
    }
    assert_eq!(w.revision().await, revision);
}
