use std::collections::BTreeMap;

use ykien_domain::command::{InviteAgencies, WithdrawComment};
use ykien_domain::cube::{Cell, Cube, Dimension, Key};
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
                    let table =
                        &cubes.ask(&Scope::installation(), &draft(), &by_status, 0).await.unwrap().table;
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
    let table = &cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap().table;
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
            let table = &cubes.ask(&scope, &draft(), question, 0).await.unwrap().table;
            table.rows.iter().map(|row| (row.keys.clone(), row.count)).collect::<Vec<_>>()
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
    assert_eq!(ask(revision).await.unwrap().table.total, 1);
    assert_eq!(ask(revision + 1).await.unwrap_err().reason, Reason::RevisionNotReached);
}

#[tokio::test]
async fn a_cube_that_does_not_fit_the_log_is_counted_anew() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    let first = house.comment("H37.05", "một").await;
    let ask =
        || async { cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap() };
    assert_eq!(ask().await.table.total, 1);
    let slot = cubes.slots().find(&draft()).unwrap();
    // Ahead of the draft, as after the database was put back to an earlier state.
    slot.standing.write().await.cube = Cube::counted(first + 1_000, [(cell(Status::Pending), 77)]);
    assert_eq!(ask().await.table.total, 1);
    // Without the comment that is withdrawn next.
    slot.standing.write().await.cube = Cube::counted(first, []);
    let withdrawn = house.write(WithdrawComment { draft: draft(), number: 1, etag: None }).await;
    let table = &ask().await.table;
    assert_eq!((table.total, table.revision), (1, withdrawn));
}

/// How often the draft's changes were read from the database.
fn readings(cubes: &Cubes) -> u64 {
    cubes.slots().find(&draft()).unwrap().readings.begun()
}

#[tokio::test]
async fn many_who_ask_at_once_share_few_readings() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    house.comment("H37.05", "một").await;
    let ask = async || cubes.ask(&Scope::installation(), &draft(), &Question::default(), 0).await.unwrap();
    ask().await;
    let before = readings(&cubes);
    let mut crowd = Vec::new();
    for _ in 0..500 {
        crowd.push(ask());
    }
    for answer in futures_of(crowd).await {
        assert_eq!(answer.table.total, 1);
    }
    assert!(readings(&cubes) - before <= 2, "all came before the first reading was over");
}

/// Awaits all of them at once.
async fn futures_of<T>(all: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn who_may_no_longer_know_a_draft_is_answered_no_more_and_who_may_is_at_once() {
    let house = House::open().await;
    let cubes = Cubes::new(house.store.clone());
    house.comment("H37.06", "một").await;
    let ask = async |agency: &str, role| {
        let scope = House::scope(agency, role);
        cubes.ask(&scope, &draft(), &Question::default(), 0).await.map(|answered| answered.table.total)
    };
    assert_eq!(ask("H37.06", Role::Contributor).await.unwrap(), 1);
    assert_eq!(ask("H37.05", Role::Contributor).await.unwrap(), 0);
    for _ in 0..3 {
        assert_eq!(ask("H37.99", Role::Responsible).await.unwrap_err().reason, Reason::NotFound);
        house.assign(Some("H37.99")).await;
        assert_eq!(ask("H37.99", Role::Responsible).await.unwrap(), 1);
        assert_eq!(ask("H37.99", Role::Responsible).await.unwrap(), 1, "as it is known now");
        assert_eq!(ask("H37.99", Role::Contributor).await.unwrap(), 0, "each role by itself");
        house.assign(None).await;
    }
    assert_eq!(ask("H37.99", Role::Responsible).await.unwrap_err().reason, Reason::NotFound);
    assert_eq!(ask("H37.99", Role::Contributor).await.unwrap_err().reason, Reason::NotFound);
    house
        .write(InviteAgencies {
            draft: draft(),
            round: 1,
            agencies: vec![AgencyCode::stored("H37.99".into())],
        })
        .await;
    assert_eq!(ask("H37.99", Role::Contributor).await.unwrap(), 0);
    assert_eq!(ask("H37.06", Role::Contributor).await.unwrap(), 1);
}

/// One changes who answers all the time while others ask: whoever asks after a change that was committed is answered by
/// it, and not by what was known before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_given_by_an_access_that_was_gone_when_it_was_asked_for() {
    let house = Arc::new(House::open().await);
    let cubes = Arc::new(Cubes::new(house.store.clone()));
    let scope = House::scope("H37.99", Role::Responsible);
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let crowd: Vec<_> = (0..8)
        .map(|_| {
            let (cubes, done, scope) = (cubes.clone(), done.clone(), scope.clone());
            tokio::spawn(async move {
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    // Either is right while that changes; what is kept meanwhile must not outlive it.
                    let _ = cubes.ask(&scope, &draft(), &Question::default(), 0).await;
                }
            })
        })
        .collect();
    for _ in 0..25 {
        house.assign(Some("H37.99")).await;
        cubes.ask(&scope, &draft(), &Question::default(), 0).await.unwrap();
        house.assign(None).await;
        let error = cubes.ask(&scope, &draft(), &Question::default(), 0).await.unwrap_err();
        assert_eq!(error.reason, Reason::NotFound);
    }
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    for asking in crowd {
        asking.await.unwrap();
    }
}
