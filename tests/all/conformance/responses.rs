//! An agency's signed reply with its comments.

use ykien_domain::command::{SubmitResponse, WithdrawComment};
use ykien_domain::model::{Content, Letter};
use ykien_domain::query::GetProgress;
use ykien_domain::time::Date;
use ykien_domain::words::{LateRule, Stance, Visibility};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    a_response_brings_its_comments_under_its_letter,
    one_bad_comment_in_a_response_leaves_nothing,
    a_later_response_supersedes_and_both_stay,
    a_stance_fits_the_comments,
    a_late_response_is_marked_or_refused_by_the_rounds_rule,
    others_responses_are_shown_where_the_round_shows_them,
    a_letters_bounds_name_their_fields,
    only_who_runs_the_consultation_signs_for_another_agency,
}

fn response(stance: Stance, comments: Vec<Content>) -> SubmitResponse {
    SubmitResponse { draft: draft(), round: None, agency: None, stance, letter: Letter::default(), comments }
}

async fn a_response_brings_its_comments_under_its_letter(w: &World) {
    w.open(Rules::default()).await;
    w.submit(PLANNING, 1, "trước").await;
    let letter = Letter {
        number: " 1234/STC-NS ".to_owned(),
        date: Some(Date::parse("date", "2020-07-20").unwrap()),
        signer: "Nguyễn Văn A".to_owned(),
        capacity: "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC".to_owned(),
    };
    let comments = vec![content(5, "một"), content(1, "hai")];
    let command = SubmitResponse { letter, ..response(Stance::AgreesWithComments, comments) };
    let taken = w.write(FINANCE, command).await.unwrap();
    let signed = taken.response.unwrap();
    assert_eq!(
        (signed.name.as_str(), signed.round.as_str(), signed.agency.as_str()),
        ("drafts/nq20/responses/1", "drafts/nq20/rounds/1", "agencies/H37.05")
    );
    assert_eq!(signed.stance(), v1::Stance::AgreesWithComments);
    assert_eq!(
        (
            signed.letter_number.as_str(),
            signed.letter_date.as_str(),
            signed.signer.as_str(),
            signed.capacity.as_str()
        ),
        ("1234/STC-NS", "2020-07-20", "Nguyễn Văn A", "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC")
    );
    let brought: Vec<_> =
        taken.comments.iter().map(|comment| (comment.number, comment.text.as_str())).collect();
    assert_eq!(brought, [(2, "một"), (3, "hai")], "in the order given");
    assert!(taken.comments.iter().all(|comment| comment.response == signed.name));
    assert_eq!(w.get(DRAFTER, 2).await.unwrap(), taken.comments[0]);
    assert_eq!(w.all(FINANCE, &Responses { round: None }).await.unwrap(), [signed]);
    assert_eq!(taken.revision, w.revision().await);
}

async fn one_bad_comment_in_a_response_leaves_nothing(w: &World) {
    w.open(Rules::default()).await;
    let revision = w.revision().await;
    let table = [
        (content(9, "mục không có"), "comments[2].anchor.section"),
        (content(1, ""), "comments[2].text"),
        (content(1, "a\0b"), "comments[2].text"),
    ];
    for (bad, field) in table {
        let comments = vec![content(1, "một"), content(2, "hai"), bad];
        let refused = w.write(FINANCE, response(Stance::Disagrees, comments)).await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names(field), "{field}: {refused:?}");
    }
    assert_eq!(w.revision().await, revision);
    assert!(w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap().is_empty());
    assert!(w.all(DRAFTER, &Responses { round: None }).await.unwrap().is_empty());
    // The numbers were not used up.
    let taken = w.write(FINANCE, response(Stance::Disagrees, vec![content(1, "một")])).await.unwrap();
    assert_eq!((taken.comments[0].number, taken.response.unwrap().name), (1, named("responses", 1)));
}

async fn a_later_response_supersedes_and_both_stay(w: &World) {
    w.open(Rules::default()).await;
    w.write(FINANCE, response(Stance::AgreesWithComments, vec![content(1, "một")])).await.unwrap();
    w.write(PLANNING, response(Stance::Agrees, Vec::new())).await.unwrap();
    w.write(FINANCE, response(Stance::Disagrees, vec![content(2, "hai")])).await.unwrap();
    let found: Vec<_> = w.all(DRAFTER, &Responses { round: None }).await.unwrap();
    let superseded: Vec<_> = found.iter().map(|response| response.superseded_by.as_str()).collect();
    assert_eq!(superseded, ["drafts/nq20/responses/3", "", ""]);
    let progress = w.ask(DRAFTER, GetProgress { draft: draft(), round: None }).await.unwrap();
    let finance = progress.replies.iter().find(|reply| reply.agency == FINANCE.name()).unwrap();
    assert_eq!(finance.response.as_ref(), Some(&found[2]));
    assert_eq!(finance.comment_count, 2, "the comments of both stay");
    // In another round it supersedes nothing.
    w.open(Rules::default()).await;
    w.write(FINANCE, response(Stance::NoComment, Vec::new())).await.unwrap();
    let found = w.all(DRAFTER, &Responses { round: Some(1) }).await.unwrap();
    assert_eq!(found[2].superseded_by, "");
    assert_eq!(w.all(DRAFTER, &Responses { round: Some(2) }).await.unwrap().len(), 1);
}

async fn a_stance_fits_the_comments(w: &World) {
    w.open(Rules::default()).await;
    let one = || vec![content(1, "x")];
    let table = [
        (Stance::Agrees, one(), false),
        (Stance::NoComment, one(), false),
        (Stance::AgreesWithComments, Vec::new(), false),
        (Stance::Disagrees, Vec::new(), false),
        (Stance::Agrees, Vec::new(), true),
        (Stance::NoComment, Vec::new(), true),
        (Stance::AgreesWithComments, one(), true),
        // With the comment that came before.
        (Stance::Disagrees, Vec::new(), true),
    ];
    for (stance, comments, fits) in table {
        let shown = format!("{stance:?} with {}", comments.len());
        match w.write(FINANCE, response(stance, comments)).await {
            Ok(_) => assert!(fits, "{shown}"),
            Err(refused) => assert!(!fits && refused.names("stance"), "{shown}: {refused:?}"),
        }
    }
    // A withdrawn comment is none.
    w.write(FINANCE, WithdrawComment { draft: draft(), number: 1, etag: None }).await.unwrap();
    assert!(w.write(FINANCE, response(Stance::Disagrees, Vec::new())).await.unwrap_err().names("stance"));
}

async fn a_late_response_is_marked_or_refused_by_the_rounds_rule(w: &World) {
    w.open(Rules { late: LateRule::Accept, ..Rules::default() }).await;
    w.at(DEADLINE + 1).await;
    let taken = w.write(FINANCE, response(Stance::Disagrees, vec![content(1, "muộn")])).await.unwrap();
    assert!(taken.response.unwrap().late && taken.comments[0].late);
    w.open(Rules { late: LateRule::Refuse, deadline: 2 * DEADLINE, ..Rules::default() }).await;
    w.at(2 * DEADLINE + 1).await;
    let refused = w.write(FINANCE, response(Stance::Agrees, Vec::new())).await.unwrap_err();
    assert_eq!(refused.reason, "DEADLINE_PASSED");
}

async fn others_responses_are_shown_where_the_round_shows_them(w: &World) {
    w.open(Rules::default()).await;
    w.write(FINANCE, response(Stance::Agrees, Vec::new())).await.unwrap();
    assert!(w.all(PLANNING, &Responses { round: None }).await.unwrap().is_empty());
    w.open(Rules { visibility: Visibility::Participants, ..Rules::default() }).await;
    w.write(FINANCE, response(Stance::Agrees, Vec::new())).await.unwrap();
    let seen = w.all(PLANNING, &Responses { round: None }).await.unwrap();
    assert_eq!(
        seen.iter().map(|response| response.name.clone()).collect::<Vec<_>>(),
        [named("responses", 2)]
    );
    assert_eq!(w.all(OBSERVER, &Responses { round: None }).await.unwrap().len(), 2);
}

async fn a_letters_bounds_name_their_fields(w: &World) {
    w.open(Rules::default()).await;
    let with = |letter| SubmitResponse { letter, ..response(Stance::Agrees, Vec::new()) };
    let letter = Letter::default;
    let table = [
        (Letter { number: "x".repeat(101), ..letter() }, "number"),
        (Letter { signer: "x".repeat(501), ..letter() }, "signer"),
        (Letter { capacity: "a\0".to_owned(), ..letter() }, "capacity"),
    ];
    for (letter, field) in table {
        let refused = w.write(FINANCE, with(letter)).await.unwrap_err();
        // `letter.number` to the store is `response.letter_number` over gRPC.
        let named = refused.names(field) || refused.names("response.letter_number");
        assert!(refused.reason == "INVALID_FIELD" && named, "{field}: {refused:?}");
    }
}

async fn only_who_runs_the_consultation_signs_for_another_agency(w: &World) {
    w.open(Rules::default()).await;
    let command = || SubmitResponse { agency: Some(PLANNING.code()), ..response(Stance::Agrees, Vec::new()) };
    for who in [FINANCE, OBSERVER] {
        assert_eq!(w.write(who, command()).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    assert_eq!(w.write(DRAFTER, command()).await.unwrap().response.unwrap().agency, PLANNING.name());
}
