use std::collections::BTreeMap;

use ykien_domain::actor::Sight;
use ykien_domain::command::WithdrawComment;
use ykien_domain::cube::{Cell, Dimension, Key, Move, Place};
use ykien_domain::ids::{AgencyCode, ROOT};
use ykien_domain::query::ListEvents;
use ykien_domain::words::{Channel, Kind, Role, Status};

use super::*;
use crate::testing::{House, draft};

fn cell(status: Status) -> Cell {
    Cell {
        section: ROOT,
        status,
        published: false,
        agency: AgencyCode::stored("A".into()),
        assigned: None,
        kind: Kind::General,
        channel: Channel::Written,
        round: 1,
    }
}

fn since(revision: Revision, change: CountsChange, structure: Option<Structure>) -> CountsSince {
    CountsSince { revision, access: Access { sight: Sight::Everything, runs: true }, change, structure }
}

fn structure() -> Structure {
    Structure {
        drafting_agency: AgencyCode::stored("D".into()),
        sections: vec![Place { id: ROOT, parent: None, responsible: None }],
        rounds: BTreeMap::from([(1, false)]),
    }
}

#[test]
fn a_standing_takes_only_what_fits_it() {
    let counted = || CountsChange::Counted(vec![(cell(Status::Pending), 2)]);
    let accepted = |count| {
        CountsChange::Moves(vec![Move {
            from: Some(cell(Status::Pending)),
            to: cell(Status::Accepted),
            count,
        }])
    };
    let mut standing = Standing::default();
    assert!(standing.catch_up(since(5, counted(), None)).is_err(), "cells without what they mean");
    standing.catch_up(since(5, counted(), Some(structure()))).unwrap();
    standing.catch_up(since(6, accepted(1), None)).unwrap();
    assert_eq!(standing.revision(), Some(6));
    assert_eq!(standing.structure, structure(), "kept while it does not change");
    assert_eq!(standing.cube.cells(), [(cell(Status::Pending), 1), (cell(Status::Accepted), 1)]);
    assert!(standing.catch_up(since(5, CountsChange::Moves(Vec::new()), None)).is_err(), "back in time");
    assert!(standing.catch_up(since(7, accepted(2), None)).is_err(), "more moved than there were");
}

#[test]
fn the_draft_asked_least_recently_makes_room() {
    let id = |number: usize| DraftId::stored(format!("d{number}"));
    let mut slots = Slots::default();
    for number in 0..MAX_CUBES {
        slots.find_or_make(&id(number));
    }
    slots.find(&id(0));
    slots.find_or_make(&id(MAX_CUBES));
    assert_eq!(slots.by_draft.len(), MAX_CUBES);
    assert!(slots.find(&id(0)).is_some());
    assert!(slots.find(&id(1)).is_none());
}

/// For each revision, how many comments there were: from the change log.
async fn comments_by_revision(house: &House) -> BTreeMap<Revision, i64> {
    let mut after = 0;
    let mut count = 0;
    let mut counts = BTreeMap::new();
    loop {
        let query = ListEvents { draft: draft(), after, limit: 1_000 };
        let page = house.store.read(&Scope::installation(), query).await.unwrap().answer;
        for event in page.items {
            count += i64::from(event.change.kind() == "comment_submitted");
            counts.insert(event.revision, count);
        }
        let Some(next) = page.next else { return counts };
        after = next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_exact_and_fresh_while_others_ask_and_write() {
    const COMMENTS: i64 = 150;
    let house = House::open().await;
    let cubes = Arc::new(Cubes::new(house.store.clone()));
    let written = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let (cubes, written, done) = (cubes.clone(), written.clone(), done.clone());
            tokio::spawn(async move {
                let by_status = Question { group_by: vec![Dimension::Status], ..Question::default() };
                let mut answers = Vec::new();
                while !done.load(std::sync::atomic::Ordering::SeqCst) || answers.is_empty() {
                    let at_least = written.load(std::sync::atomic::Ordering::SeqCst);
                    let table = cubes.ask(&Scope::installation(), &draft(), &by_status, 0).await.unwrap();
                    assert!(table.revision >= at_least, "{} is older than {at_least}", table.revision);
                    assert_eq!(table.rows.iter().map(|row| row.count).sum::<i64>(), table.total);
                    answers.push((table.revision, table.total));
                }
                answers
            })
        })
        .collect();
    for number in 0..COMMENTS {
        let revision = house.comment("H37.05", &format!("Ý kiến {number}")).await;
        written.store(revision, std::sync::atomic::Ordering::SeqCst);
    }
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    let counts = comments_by_revision(&house).await;
    assert_eq!(counts.values().last(), Some(&COMMENTS));
    for answers in asking {
        let answers = answers.await.unwrap();
        assert!(answers.is_sorted_by_key(|(revision, _)| *revision), "a cube went back");
        for (revision, total) in answers {
            assert_eq!(Some(&total), counts.get(&revision), "at revision {revision}");
        }
    }
    let table = cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap();
    assert_eq!(table.total, COMMENTS);
}

#[tokio::test]
async fn each_caller_sees_by_its_own_rights() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    house.comment("H37.05", "một").await;
    house.comment("H37.06", "hai").await;
    let by_agency = Question { group_by: vec![Dimension::Agency], ..Question::default() };
    let ask = |scope: Scope| {
        let (cubes, question) = (&cubes, &by_agency);
        async move {
            let table = cubes.ask(&scope, &draft(), question, 0).await.unwrap();
            table.rows.into_iter().map(|row| (row.keys, row.count)).collect::<Vec<_>>()
        }
    };
    let key = |code: &str| vec![Key::Agency(AgencyCode::stored(code.to_owned()))];
    let (all, own) = tokio::join!(ask(Scope::installation()), ask(House::scope("H37.06", Role::Contributor)));
    assert_eq!(all, [(key("H37.05"), 1), (key("H37.06"), 1)]);
    assert_eq!(own, [(key("H37.06"), 1)]);
}

#[tokio::test]
async fn a_draft_that_one_may_not_know_leaves_no_trace() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    let stranger = House::scope("H37.99", Role::Contributor);
    let missing = DraftId::stored("missing".into());
    for (scope, draft) in [(&stranger, draft()), (&Scope::installation(), missing)] {
        let error = cubes.ask(scope, &draft, &Question::default(), 0).await.unwrap_err();
        assert_eq!(error.reason, Reason::NotFound);
    }
    assert!(cubes.slots().by_draft.is_empty());
    cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap();
    assert_eq!(cubes.slots().by_draft.len(), 1);
    let error = cubes.ask(&stranger, &draft(), &Question::default(), 0).await.unwrap_err();
    assert_eq!(error.reason, Reason::NotFound, "also when the cube is warm");
}

#[tokio::test]
async fn a_writer_reads_its_own_write_and_nobody_reads_the_future() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    let revision = house.comment("H37.05", "một").await;
    let ask = |min_revision| {
        let cubes = &cubes;
        async move { cubes.ask(&Scope::installation(), &draft(), &Question::default(), min_revision).await }
    };
    assert_eq!(ask(revision).await.unwrap().total, 1);
    assert_eq!(ask(revision + 1).await.unwrap_err().reason, Reason::RevisionNotReached);
}

#[tokio::test]
async fn a_cube_that_does_not_fit_the_log_is_counted_anew() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    let first = house.comment("H37.05", "một").await;
    let ask =
        || async { cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap() };
    assert_eq!(ask().await.total, 1);
    let slot = cubes.slots().find(&draft()).unwrap();
    // Ahead of the draft, as after the database was put back to an earlier state.
    slot.standing.write().await.cube = Cube::counted(first + 1_000, [(cell(Status::Pending), 77)]);
    assert_eq!(ask().await.total, 1);
    // Without the comment that is withdrawn next.
    slot.standing.write().await.cube = Cube::counted(first, []);
    let withdrawn = house.write(WithdrawComment { draft: draft(), number: 1, etag: None }).await;
    let table = ask().await;
    assert_eq!((table.total, table.revision), (1, withdrawn));
}
