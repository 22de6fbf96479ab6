//! Filled-in sheets: rows taken one by one, and known again.

use ykien_domain::command::{AssignSection, ReviseComment, WithdrawComment};
use ykien_domain::words::Outcome;
use ykien_edge::wire;

use crate::world::*;

behaviours! {
    right_rows_are_taken_and_wrong_ones_name_their_cell,
    the_same_sheet_again_adds_nothing,
    a_corrected_sheet_adds_what_was_missing,
    identical_rows_are_as_many_comments,
    a_dry_run_of_a_sheet_changes_nothing,
    a_sheet_of_nothing_is_refused_as_a_whole,
    who_may_not_speak_may_not_send_a_sheet,
    decisions_are_taken_by_number_and_conflicts_stay,
    the_same_decisions_again_are_no_conflict,
    who_answers_sends_decisions_on_what_it_answers_for,
}

fn fates(uploaded: &Uploaded) -> Vec<(&str, &str, i64)> {
    uploaded
        .rows
        .iter()
        .map(|row| {
            let outcome = row.outcome.trim_start_matches("ROW_OUTCOME_");
            (
                row.place.as_str(),
                if row.reason.is_empty() { outcome } else { row.reason.as_str() },
                row.number,
            )
        })
        .collect()
}

const SHEET: &str = "section,kind,text,proposed_change\r\n\
                     II,editorial,Sửa lỗi chính tả,\r\n\
                     IX,general,Mục này không có,\r\n\
                     I/2,technical,\"Rà soát số liệu\r\nđến ngày 30/6/2020\",Ghi 12 xã\r\n\
                     ,loud,Loại này không có,\r\n\
                     ,,,\r\n\
                     ,,Góp ý chung,\r\n";

async fn right_rows_are_taken_and_wrong_ones_name_their_cell(w: &World) {
    w.open(Rules::default()).await;
    let uploaded = w.upload_comments(FINANCE, SHEET.as_bytes(), false).await.unwrap();
    assert_eq!(
        fates(&uploaded),
        [
            ("2", "SUBMITTED", 1),
            ("A3", "INVALID_FIELD", 0),
            ("4", "SUBMITTED", 2),
            ("B5", "INVALID_FIELD", 0),
            ("7", "SUBMITTED", 3)
        ]
    );
    let comment = w.get(FINANCE, 2).await.unwrap();
    assert_eq!(comment.text, "Rà soát số liệu\nđến ngày 30/6/2020");
    assert_eq!(comment.proposed_change, "Ghi 12 xã");
    assert_eq!(comment.anchor.unwrap().section, named("sections", 3));
    assert_eq!(comment.agency, FINANCE.name());
    assert_eq!(w.get(FINANCE, 3).await.unwrap().anchor.unwrap().section, "");
}

async fn the_same_sheet_again_adds_nothing(w: &World) {
    w.open(Rules::default()).await;
    let first = w.upload_comments(FINANCE, SHEET.as_bytes(), false).await.unwrap();
    let again = w.upload_comments(FINANCE, SHEET.as_bytes(), false).await.unwrap();
    assert_eq!(again.revision, first.revision);
    let taken: Vec<_> = fates(&again).into_iter().filter(|(_, fate, _)| *fate != "INVALID_FIELD").collect();
    assert_eq!(taken, [("2", "UNCHANGED", 1), ("4", "UNCHANGED", 2), ("7", "UNCHANGED", 3)]);
    // What was taken back stays so: the sheet says nothing new.
    let withdraw = WithdrawComment { draft: draft(), number: 3, etag: None };
    w.write(FINANCE, withdraw).await.unwrap();
    let later = w.upload_comments(FINANCE, SHEET.as_bytes(), false).await.unwrap();
    assert!(fates(&later).contains(&("7", "UNCHANGED", 3)));
    // Another agency's same words are its own.
    let others = w.upload_comments(PLANNING, SHEET.as_bytes(), false).await.unwrap();
    assert_eq!(fates(&others)[0], ("2", "SUBMITTED", 4));
}

async fn a_corrected_sheet_adds_what_was_missing(w: &World) {
    w.open(Rules::default()).await;
    w.upload_comments(FINANCE, SHEET.as_bytes(), false).await.unwrap();
    let corrected = SHEET.replace("IX,", "II/1,").replace("loud", "Câu hỏi");
    let uploaded = w.upload_comments(FINANCE, corrected.as_bytes(), false).await.unwrap();
    assert_eq!(
        fates(&uploaded),
        [
            ("2", "UNCHANGED", 1),
            ("3", "SUBMITTED", 4),
            ("4", "UNCHANGED", 2),
            ("5", "SUBMITTED", 5),
            ("7", "UNCHANGED", 3)
        ]
    );
}

async fn identical_rows_are_as_many_comments(w: &World) {
    w.open(Rules::default()).await;
    let sheet = "text\nNhất trí\nNhất trí\n";
    for _ in 0..2 {
        w.upload_comments(FINANCE, sheet.as_bytes(), false).await.unwrap();
    }
    assert_eq!(w.all(FINANCE, &Comments { filter: String::new() }).await.unwrap().len(), 2);
}

async fn a_dry_run_of_a_sheet_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    let before = w.revision().await;
    let uploaded = w.upload_comments(FINANCE, SHEET.as_bytes(), true).await.unwrap();
    assert_eq!(fates(&uploaded)[0], ("2", "SUBMITTED", 1));
    assert_eq!(w.revision().await, before);
}

async fn a_sheet_of_nothing_is_refused_as_a_whole(w: &World) {
    w.open(Rules::default()).await;
    for (file, expected) in [
        ("colour,shape\nred,round\n".as_bytes(), "INVALID_FIELD"),
        (b"PK\x03\x04 not an archive", "INVALID_FIELD"),
        (b"\xff\xfe\xff\xff\xff", "INVALID_FIELD"),
    ] {
        let refused = w.upload_comments(FINANCE, file, false).await.unwrap_err();
        assert_eq!(refused.reason, expected);
        assert!(refused.names("file"), "{refused:?}");
    }
}

async fn who_may_not_speak_may_not_send_a_sheet(w: &World) {
    w.open(Rules::default()).await;
    for who in [OBSERVER, STRANGER] {
        let refused = w.upload_comments(who, SHEET.as_bytes(), false).await.unwrap_err();
        let expected = if who == OBSERVER { "PERMISSION_DENIED" } else { "NOT_FOUND" };
        assert_eq!(refused.reason, expected, "{who:?}");
    }
}

async fn decisions_are_taken_by_number_and_conflicts_stay(w: &World) {
    w.open(Rules::default()).await;
    for number in 1..=3 {
        w.submit(FINANCE, 1, &format!("Ý kiến {number}")).await;
    }
    let etag = |comment: ykien_proto::v1::Comment| comment.etag;
    let etags = [etag(w.get(DRAFTER, 1).await.unwrap()), etag(w.get(DRAFTER, 2).await.unwrap())];
    let sheet = format!(
        "number,outcome,explanation,etag\n1,Tiếp thu,,{}\n2,rejected,Đã có quy định,{}\n3,rejected,,\n9,accepted,,\n",
        etags[0], etags[1]
    );
    // Meanwhile its agency says something else.
    let revise =
        ReviseComment { draft: draft(), number: 2, content: content(1, "Ý kiến khác"), etag: None };
    w.write(FINANCE, revise).await.unwrap();
    let before = w.revision().await;
    let dry = w.upload_decisions(DRAFTER, sheet.as_bytes(), true).await.unwrap();
    assert_eq!(w.revision().await, before);
    let uploaded = w.upload_decisions(DRAFTER, sheet.as_bytes(), false).await.unwrap();
    assert_eq!(fates(&dry), fates(&uploaded));
    assert_eq!(
        fates(&uploaded),
        [("2", "DECIDED", 1), ("3", "STALE_ETAG", 2), ("C4", "INVALID_FIELD", 0), ("5", "NOT_FOUND", 9)]
    );
    assert_eq!(w.get(DRAFTER, 1).await.unwrap().status(), ykien_proto::v1::CommentStatus::Accepted);
    assert_eq!(w.get(DRAFTER, 2).await.unwrap().status(), ykien_proto::v1::CommentStatus::Pending);
}

async fn the_same_decisions_again_are_no_conflict(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "Ý kiến").await;
    let etag = w.get(DRAFTER, 1).await.unwrap().etag;
    let sheet = format!("number,outcome,explanation,etag\n1,partially_accepted,Đã ghi,{etag}\n");
    let first = w.upload_decisions(DRAFTER, sheet.as_bytes(), false).await.unwrap();
    let again = w.upload_decisions(DRAFTER, sheet.as_bytes(), false).await.unwrap();
    assert_eq!(fates(&again), [("2", "UNCHANGED", 1)]);
    assert_eq!(again.revision, first.revision);
    // Decided otherwise meanwhile, it is one.
    w.try_decide(DRAFTER, 1, Outcome::Accepted, "").await.unwrap();
    let third = w.upload_decisions(DRAFTER, sheet.as_bytes(), false).await.unwrap();
    assert_eq!(fates(&third), [("2", "STALE_ETAG", 1)]);
    let status = w.get(DRAFTER, 1).await.unwrap().status();
    assert_eq!(status, wire::status(ykien_domain::words::Status::Accepted));
}

async fn who_answers_sends_decisions_on_what_it_answers_for(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "Ý kiến").await;
    w.submit(FINANCE, 4, "Ý kiến").await;
    let assign = AssignSection { draft: draft(), section: 4, agency: Some(ANSWERING.code()) };
    w.write(DRAFTER, assign).await.unwrap();
    let sheet = "number,outcome\n1,accepted\n2,accepted\n";
    let uploaded = w.upload_decisions(ANSWERING, sheet.as_bytes(), false).await.unwrap();
    assert_eq!(fates(&uploaded), [("2", "NOT_FOUND", 1), ("3", "DECIDED", 2)]);
}
