//! Who answers for a comment: its own agency given, else its section's or the nearest ancestor's, else the drafting one.

use ykien_domain::command::{AssignComment, AssignSection, ReviseComment};
use ykien_domain::cube::Dimension;
use ykien_domain::ids::{CommentNumber, ROOT, SectionId};
use ykien_domain::words::Outcome;
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    the_comments_own_goes_before_its_sections_and_that_before_the_drafting_agency,
    aggregates_move_with_an_assignment_at_once,
    a_comment_that_moves_to_another_section_moves_to_who_answers_there,
    who_answers_sees_its_comments_with_their_proposals_and_no_others,
    an_assignment_names_a_known_agency_and_a_known_thing,
    an_assignment_that_changes_nothing_is_no_change,
}

fn section(section: SectionId, agency: Option<&str>) -> AssignSection {
    AssignSection { draft: draft(), section, agency: agency.map(code) }
}

fn comment(number: CommentNumber, agency: Option<&str>) -> AssignComment {
    AssignComment { draft: draft(), number, agency: agency.map(code), etag: None }
}

/// Who answers for each comment, by number.
async fn answering(w: &World) -> Vec<String> {
    let comments = w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap();
    comments.into_iter().map(|comment| comment.responsible_agency.replace("agencies/H37.", "")).collect()
}

async fn the_comments_own_goes_before_its_sections_and_that_before_the_drafting_agency(w: &World) {
    w.open(Rules::default()).await;
    for section in [ROOT, 1, 2, 4] {
        w.submit(FINANCE, section, "x").await;
    }
    assert_eq!(answering(w).await, ["02", "02", "02", "02"]);
    w.write(DRAFTER, section(1, Some("H37.06"))).await.unwrap();
    assert_eq!(answering(w).await, ["02", "06", "06", "02"]);
    let assigned = w.write(DRAFTER, section(2, Some("H37.07"))).await.unwrap();
    assert_eq!(assigned.responsible_agency, POLICE.name());
    assert_eq!(answering(w).await, ["02", "06", "07", "02"]);
    let own = w.write(DRAFTER, comment(3, Some("H37.05"))).await.unwrap();
    assert_eq!((own.assigned_agency, own.responsible_agency), (FINANCE.name(), FINANCE.name()));
    assert_eq!(answering(w).await, ["02", "06", "05", "02"]);
    // The whole document's goes to all that nobody nearer was given.
    w.write(DRAFTER, section(ROOT, Some("H37.09"))).await.unwrap();
    assert_eq!(answering(w).await, ["09", "06", "05", "09"]);
    // And back, step by step.
    let own = w.write(DRAFTER, comment(3, None)).await.unwrap();
    assert_eq!((own.assigned_agency.as_str(), own.responsible_agency), ("", POLICE.name()));
    let inherited = w.write(DRAFTER, section(2, None)).await.unwrap();
    assert_eq!((inherited.assigned_agency.as_str(), inherited.responsible_agency), ("", PLANNING.name()));
    assert_eq!(answering(w).await, ["09", "06", "06", "09"]);
    w.write(DRAFTER, section(1, None)).await.unwrap();
    w.write(DRAFTER, section(ROOT, None)).await.unwrap();
    assert_eq!(answering(w).await, ["02", "02", "02", "02"]);
    // A new comment is answered for as its section is.
    w.write(DRAFTER, section(4, Some("H37.07"))).await.unwrap();
    assert_eq!(w.submit(FINANCE, 5, "x").await.responsible_agency, POLICE.name());
}

async fn aggregates_move_with_an_assignment_at_once(w: &World) {
    w.open(Rules::default()).await;
    for section in [1, 2, 2, 5] {
        w.submit(FINANCE, section, "x").await;
    }
    let by = Counting::by(&[Dimension::Responsible]);
    let rows = |rows: &[(&str, i64)]| -> Vec<(Vec<String>, i64, i64)> {
        rows.iter().map(|(agency, count)| (vec![(*agency).to_owned()], *count, *count)).collect()
    };
    assert_eq!(w.count(DRAFTER, &by).await.unwrap().rows, rows(&[("H37.02", 4)]));
    w.write(DRAFTER, section(1, Some("H37.07"))).await.unwrap();
    assert_eq!(w.count(DRAFTER, &by).await.unwrap().rows, rows(&[("H37.02", 1), ("H37.07", 3)]));
    w.write(DRAFTER, comment(2, Some("H37.06"))).await.unwrap();
    let three = rows(&[("H37.02", 1), ("H37.06", 1), ("H37.07", 2)]);
    assert_eq!(w.count(DRAFTER, &by).await.unwrap().rows, three);
    let filtered = w.count(DRAFTER, &Counting::of("responsible = H37.07")).await.unwrap();
    assert_eq!(filtered.total, 2);
    w.write(DRAFTER, section(1, None)).await.unwrap();
    assert_eq!(w.count(DRAFTER, &by).await.unwrap().rows, rows(&[("H37.02", 3), ("H37.06", 1)]));
}

async fn a_comment_that_moves_to_another_section_moves_to_who_answers_there(w: &World) {
    w.open(Rules::default()).await;
    w.write(DRAFTER, section(4, Some("H37.07"))).await.unwrap();
    w.submit(FINANCE, 1, "x").await;
    let revise =
        |place| ReviseComment { draft: draft(), number: 1, content: content(place, "x"), etag: None };
    let moved = w.write(FINANCE, revise(5)).await.unwrap();
    assert_eq!(moved.responsible_agency, POLICE.name());
    w.write(DRAFTER, comment(1, Some("H37.06"))).await.unwrap();
    let moved = w.write(FINANCE, revise(1)).await.unwrap();
    assert_eq!(moved.responsible_agency, PLANNING.name(), "its own stays with it");
}

async fn who_answers_sees_its_comments_with_their_proposals_and_no_others(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 4, "y").await;
    w.decide(1, Outcome::Rejected).await;
    w.decide(2, Outcome::Rejected).await;
    assert_eq!(w.get(ANSWERING, 1).await.unwrap_err().reason, "NOT_FOUND");
    w.write(DRAFTER, section(1, Some("H37.07"))).await.unwrap();
    let seen = w.get(ANSWERING, 1).await.unwrap();
    assert_eq!(seen.status(), v1::CommentStatus::Rejected);
    assert_eq!(seen, w.get(DRAFTER, 1).await.unwrap());
    assert_eq!(w.get(ANSWERING, 2).await.unwrap_err().reason, "NOT_FOUND");
    // Of the same agency, but not the one that answers.
    assert_eq!(w.get(POLICE, 1).await.unwrap_err().reason, "NOT_FOUND");
    let listed = w.all(ANSWERING, &Comments { filter: "status = rejected".to_owned() }).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(w.count(ANSWERING, &Counting::of("status = rejected")).await.unwrap().total, 1);
    assert_eq!(w.count(ANSWERING, &Counting::default()).await.unwrap().total, 1);
}

async fn an_assignment_names_a_known_agency_and_a_known_thing(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let revision = w.revision().await;
    assert!(w.write(DRAFTER, section(1, Some("H99.99"))).await.unwrap_err().names("agency"));
    assert!(w.write(DRAFTER, comment(1, Some("H99.99"))).await.unwrap_err().names("agency"));
    assert_eq!(w.write(DRAFTER, section(9, Some("H37.07"))).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.write(DRAFTER, comment(9, Some("H37.07"))).await.unwrap_err().reason, "NOT_FOUND");
    for who in [FINANCE, ANSWERING, OBSERVER] {
        assert_eq!(w.write(who, section(1, None)).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
        assert_eq!(w.write(who, comment(1, None)).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    let stale = AssignComment { etag: Some(1), ..comment(1, Some("H37.07")) };
    assert_eq!(w.write(DRAFTER, stale).await.unwrap_err().reason, "STALE_ETAG");
    assert_eq!(w.revision().await, revision);
}

async fn an_assignment_that_changes_nothing_is_no_change(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.write(DRAFTER, section(1, Some("H37.07"))).await.unwrap();
    w.write(DRAFTER, comment(1, Some("H37.06"))).await.unwrap();
    let revision = w.revision().await;
    w.write(DRAFTER, section(1, Some("H37.07"))).await.unwrap();
    w.write(DRAFTER, comment(1, Some("H37.06"))).await.unwrap();
    assert_eq!(w.revision().await, revision);
}
