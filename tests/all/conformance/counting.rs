//! Counts equal what is counted by hand, for everybody and at every moment.

use std::collections::BTreeMap;

use ykien_domain::command::{AssignSection, ReviseComment, UndoDecision, WithdrawComment};
use ykien_domain::cube::Dimension;
use ykien_domain::query::Group;
use ykien_domain::words::Outcome;
use ykien_edge::wire;
use ykien_proto::v1;

use super::story;
use crate::world::*;

behaviours! {
    counts_by_every_dimension_equal_a_count_by_hand_for_everybody,
    counts_by_two_dimensions_equal_a_count_by_hand,
    a_sections_count_rolls_up_to_the_sections_above_it,
    counts_follow_every_change_at_once,
    a_caller_counts_nothing_that_it_does_not_see,
    what_counts_do_not_have_can_not_be_asked,
}

const DIMENSIONS: [Dimension; 7] = [
    Dimension::Section,
    Dimension::Status,
    Dimension::Agency,
    Dimension::Responsible,
    Dimension::Kind,
    Dimension::Channel,
    Dimension::Round,
];

/// The value of a dimension in a comment as it was collected, as a short word.
fn value(comment: &v1::Comment, dimension: Dimension) -> String {
    let known = "a value of the contract";
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    match dimension {
        Dimension::Section => match comment.anchor.as_ref().expect("an anchor").section.as_str() {
            "" => "0".to_owned(),
            section => last(section),
        },
        Dimension::Status => {
            wire::read_status("status", comment.status).expect(known).expect(known).as_str().to_owned()
        }
        Dimension::Agency => last(&comment.agency),
        Dimension::Responsible => last(&comment.responsible_agency),
        Dimension::Kind => {
            wire::read_kind("kind", comment.kind).expect(known).expect(known).as_str().to_owned()
        }
        Dimension::Channel => {
            wire::read_channel("channel", comment.channel).expect(known).expect(known).as_str().to_owned()
        }
        Dimension::Round => last(&comment.round),
    }
}

async fn collected(w: &World, who: Who) -> Vec<v1::Comment> {
    w.all(who, &Collected { group: Group::Section, filter: String::new() }).await.unwrap()
}

/// What a count by these dimensions must give.
fn by_hand(comments: &[v1::Comment], dimensions: &[Dimension]) -> BTreeMap<Vec<String>, i64> {
    let mut counts = BTreeMap::new();
    for comment in comments {
        let keys = dimensions.iter().map(|dimension| value(comment, *dimension)).collect();
        *counts.entry(keys).or_insert(0) += 1;
    }
    counts
}

/// A count equals the one by hand; rows without a comment of their own are sections above one.
async fn expect_equal(w: &World, who: Who, comments: &[v1::Comment], dimensions: &[Dimension]) {
    let counted = w.count(who, &Counting::by(dimensions)).await.unwrap();
    assert_eq!(counted.total, comments.len() as i64, "{who:?} by {dimensions:?}");
    let rows: BTreeMap<_, _> =
        counted.rows.into_iter().filter(|row| row.1 != 0).map(|(keys, count, _)| (keys, count)).collect();
    assert_eq!(rows, by_hand(comments, dimensions), "{who:?} by {dimensions:?}");
}

async fn counts_by_every_dimension_equal_a_count_by_hand_for_everybody(w: &World) {
    story::tell(w).await;
    let mut totals = Vec::new();
    for who in story::AUDIENCE {
        let comments = collected(w, who).await;
        totals.push(comments.len());
        for dimension in DIMENSIONS {
            expect_equal(w, who, &comments, &[dimension]).await;
        }
    }
    assert_eq!(totals[..2], [36, 36]);
    assert!(totals[2..].iter().all(|total| (1..36).contains(total)), "each sees some: {totals:?}");
}

async fn counts_by_two_dimensions_equal_a_count_by_hand(w: &World) {
    story::tell(w).await;
    for who in [DRAFTER, ANSWERING] {
        let comments = collected(w, who).await;
        for (index, first) in DIMENSIONS.iter().enumerate() {
            for second in &DIMENSIONS[index + 1..] {
                expect_equal(w, who, &comments, &[*first, *second]).await;
            }
        }
        expect_equal(w, who, &comments, &DIMENSIONS).await;
    }
}

async fn a_sections_count_rolls_up_to_the_sections_above_it(w: &World) {
    w.open(Rules::default()).await;
    for section in [0, 2, 2, 3, 5] {
        w.submit(FINANCE, section, "x").await;
    }
    let row = |section: &str, count, subtree| (vec![section.to_owned()], count, subtree);
    let counted = w.count(DRAFTER, &Counting::by(&[Dimension::Section])).await.unwrap();
    let expected =
        [row("0", 1, 5), row("1", 0, 3), row("2", 2, 2), row("3", 1, 1), row("4", 0, 1), row("5", 1, 1)];
    assert_eq!(counted.rows, expected);
    assert_eq!(counted.total, 5);
    // By status too: each status rolls up by itself.
    w.decide(2, Outcome::Accepted).await;
    let counted = w.count(DRAFTER, &Counting::by(&[Dimension::Status, Dimension::Section])).await.unwrap();
    let subtree = |status: &str, section: &str| {
        counted.rows.iter().find(|row| row.0 == [status, section]).map_or((0, 0), |row| (row.1, row.2))
    };
    assert_eq!((subtree("accepted", "1"), subtree("pending", "1")), ((0, 1), (0, 2)));
    assert_eq!((subtree("accepted", "0"), subtree("pending", "0")), ((0, 1), (1, 4)));
}

async fn counts_follow_every_change_at_once(w: &World) {
    w.open(Rules::default()).await;
    let holds = async || {
        for who in [DRAFTER, FINANCE] {
            let comments = collected(w, who).await;
            for dimension in DIMENSIONS {
                expect_equal(w, who, &comments, &[dimension]).await;
            }
        }
        let counted = w.count(DRAFTER, &Counting::default()).await.unwrap();
        assert_eq!(counted.revision, w.revision().await);
        counted.total
    };
    assert_eq!(holds().await, 0);
    w.submit(FINANCE, 1, "một").await;
    assert_eq!(holds().await, 1);
    w.submit(PLANNING, 2, "hai").await;
    assert_eq!(holds().await, 2);
    w.decide(1, Outcome::Rejected).await;
    holds().await;
    w.write(DRAFTER, UndoDecision { draft: draft(), number: 1, etag: None }).await.unwrap();
    holds().await;
    w.decide(1, Outcome::Accepted).await;
    w.publish(&[]).await;
    holds().await;
    let revise = ReviseComment { draft: draft(), number: 2, content: content(5, "ba"), etag: None };
    w.write(PLANNING, revise).await.unwrap();
    holds().await;
    w.write(DRAFTER, AssignSection { draft: draft(), section: 4, agency: Some(POLICE.code()) })
        .await
        .unwrap();
    holds().await;
    w.write(PLANNING, WithdrawComment { draft: draft(), number: 2, etag: None }).await.unwrap();
    assert_eq!(holds().await, 2);
}

async fn a_caller_counts_nothing_that_it_does_not_see(w: &World) {
    story::tell(w).await;
    for who in [FINANCE, POLICE, STRANGER] {
        let seen = collected(w, who).await;
        let known = by_hand(&seen, &[Dimension::Agency]);
        let counted = w.count(who, &Counting::by(&[Dimension::Agency])).await.unwrap();
        let agencies: Vec<_> = counted.rows.iter().map(|row| row.0.clone()).collect();
        assert_eq!(agencies, known.keys().cloned().collect::<Vec<_>>(), "{who:?}");
        let unpublished =
            w.count(who, &Counting::of("status = rejected AND published = false")).await.unwrap();
        assert_eq!(unpublished.total, 0, "{who:?} learns of no proposal");
    }
}

async fn what_counts_do_not_have_can_not_be_asked(w: &World) {
    w.open(Rules::default()).await;
    for filter in ["number = 1", "late = true", r#"text:"x""#, "status =", "colour = red"] {
        let refused = w.count(DRAFTER, &Counting::of(filter)).await.unwrap_err();
        assert_eq!(refused.reason, "INVALID_FILTER", "{filter}");
        assert!(refused.names("filter"), "{filter}: {refused:?}");
    }
}
