//! Submissions that wait together are written together, and none feels the others.

use futures::future::join_all;
use sqlx::{Connection, Executor};
use ykien_domain::command::{
    AssignSection, CloseRound, CreateDraft, CreateRound, CreateVersion, ExtendRound, InviteAgencies,
    OpenRound, SubmitComment, WriteOptions,
};
use ykien_domain::event::Change;
use ykien_domain::ids::{DraftId, RequestId};
use ykien_domain::model::Source;
use ykien_domain::query::{GetComment, GetDraft, ListEvents};
use ykien_domain::words::{Admission, LateRule, SilenceRule, Visibility};
use ykien_tests::START;

use crate::world::*;

behaviours! {
    a_refused_submission_fails_alone,
    submissions_to_many_drafts_at_once_are_numbered_in_each,
    the_same_request_twice_in_a_group_is_carried_out_once,
    an_agency_that_is_invited_later_submits_from_then_on,
    a_closed_round_is_felt_by_the_next_submission,
    a_removed_section_is_felt_by_the_next_submission,
    a_moved_deadline_is_felt_by_the_next_submission,
    whoever_answers_for_a_section_now_answers_for_the_next_comment,
}

behaviours_of_the_store! {
    each_of_a_group_keeps_what_only_it_has,
    a_row_that_the_database_refuses_fails_alone,
    a_flood_amid_the_drafters_changes_loses_nothing,
    an_inactive_agency_is_not_spoken_for,
}

/// What each of these became: its number, or the reason.
async fn outcomes(w: &World, submissions: Vec<(Who, SubmitComment)>) -> Vec<Result<i64, String>> {
    let one = |(who, command): (Who, SubmitComment)| async move {
        let response = w.write(who, command).await.map_err(|refused| refused.reason)?;
        Ok(response.comment.expect("the comment").number)
    };
    join_all(submissions.into_iter().map(one)).await
}

async fn a_refused_submission_fails_alone(w: &World) {
    w.open(Rules::default()).await;
    let missing = DraftId::stored("missing".to_owned());
    let submissions = (0..60).map(|n| match n % 6 {
        1 => (FINANCE, submission(content(99, "x"))),
        2 => (STRANGER, submission(content(1, "x"))),
        3 => (PLANNING, SubmitComment { draft: missing.clone(), ..submission(content(1, "x")) }),
        4 => (POLICE, SubmitComment { round: Some(7), ..submission(content(1, "x")) }),
        _ => (FINANCE, submission(content(1, "Đề nghị rà soát"))),
    });
    let outcomes = outcomes(w, submissions.collect()).await;
    for (n, expected) in [(1, "INVALID_FIELD"), (2, "NOT_FOUND"), (3, "NOT_FOUND"), (4, "INVALID_FIELD")] {
        let refused = outcomes.iter().skip(n).step_by(6);
        assert!(refused.clone().all(|outcome| *outcome == Err(expected.to_owned())), "{n}: {outcomes:?}");
    }
    let mut numbers: Vec<i64> = outcomes.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

/// So many further drafts, each with a round that is open to anyone.
async fn others(w: &World, count: usize) -> Vec<DraftId> {
    let drafts: Vec<DraftId> = (0..count).map(|n| DraftId::stored(format!("other-{n}"))).collect();
    for id in &drafts {
        let (title, drafting_agency) = ("Dự thảo khác".to_owned(), DRAFTER.code());
        let create = CreateDraft { id: Some(id.clone()), title, summary: String::new(), drafting_agency };
        w.install(create).await.unwrap();
        w.install(CreateVersion { draft: id.clone(), ..version(tree()) }).await.unwrap();
        let round = CreateRound {
            draft: id.clone(),
            title: "Đợt lấy ý kiến".to_owned(),
            deadline: START.plus_seconds(DEADLINE),
            silence_rule: SilenceRule::None,
            silence_basis: String::new(),
            late_rule: LateRule::Accept,
            visibility: Visibility::Own,
            admission: Admission::Anyone,
        };
        w.install(round).await.unwrap();
        w.install(OpenRound { draft: id.clone(), round: 1, etag: None }).await.unwrap();
    }
    drafts
}

async fn submissions_to_many_drafts_at_once_are_numbered_in_each(w: &World) {
    w.open(Rules::default()).await;
    let drafts = others(w, 8).await;
    let callers = [FINANCE, STRANGER, POLICE];
    let submissions = (0..96).map(|n| {
        let draft = drafts[n % drafts.len()].clone();
        (callers[n % 3], SubmitComment { draft, ..submission(content(1 + n as i64 % 5, "x")) })
    });
    let outcomes = outcomes(w, submissions.collect()).await;
    for (n, id) in drafts.iter().enumerate() {
        let mut numbers: Vec<i64> =
            outcomes.iter().skip(n).step_by(drafts.len()).map(|number| *number.as_ref().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
        let draft = w.ask(DRAFTER, GetDraft { draft: id.clone() }).await.unwrap();
        assert_eq!(draft.comment_count, 12);
    }
}

async fn the_same_request_twice_in_a_group_is_carried_out_once(w: &World) {
    w.open(Rules::default()).await;
    let first = submission(content(1, "một"));
    let calls = (0..40).map(|n| {
        let (command, who) = (first.clone(), if n % 2 == 0 { FINANCE } else { PLANNING });
        async move { w.write_as(who, command, &request_id(n / 4)).await.unwrap() }
    });
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 20);
    for (n, answer) in answers.iter().enumerate() {
        // The four calls with one id are two of each agency.
        let twin = &answers[n / 4 * 4 + n % 2];
        assert_eq!((&answer.comment, answer.revision), (&twin.comment, twin.revision));
    }
    assert_eq!(w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap().len(), 20);
}

async fn an_agency_that_is_invited_later_submits_from_then_on(w: &World) {
    let round = w.open(Rules::default()).await;
    assert_eq!(w.try_submit(STRANGER, content(1, "x")).await.unwrap_err().reason, "NOT_FOUND");
    w.submit(FINANCE, 1, "x").await;
    let agencies = vec![STRANGER.code()];
    w.write(DRAFTER, InviteAgencies { draft: draft(), round, agencies }).await.unwrap();
    assert_eq!(w.submit(STRANGER, 1, "x").await.number, 2);
}

async fn a_closed_round_is_felt_by_the_next_submission(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    assert_eq!(w.try_submit(FINANCE, content(1, "x")).await.unwrap_err().reason, "ROUND_NOT_OPEN");
    let second = w.open(Rules::default()).await;
    assert_eq!(w.submit(FINANCE, 1, "x").await.round, named("rounds", second));
}

async fn a_removed_section_is_felt_by_the_next_submission(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 5, "x").await;
    w.write(DRAFTER, version(tree().into_iter().take(4).collect())).await.unwrap();
    let refused = w.try_submit(FINANCE, content(5, "x")).await.unwrap_err();
    assert!(refused.names("anchor.section"), "{refused:?}");
    assert!(refused.message.contains("version 2"), "{refused:?}");
    w.submit(FINANCE, 4, "x").await;
}

async fn a_moved_deadline_is_felt_by_the_next_submission(w: &World) {
    let round = w.open(Rules { late: LateRule::Refuse, ..Rules::default() }).await;
    w.submit(FINANCE, 1, "x").await;
    w.at(DEADLINE + 1).await;
    assert_eq!(w.try_submit(FINANCE, content(1, "x")).await.unwrap_err().reason, "DEADLINE_PASSED");
    let deadline = START.plus_seconds(2 * DEADLINE);
    w.write(DRAFTER, ExtendRound { draft: draft(), round, deadline, etag: None }).await.unwrap();
    assert!(!w.submit(FINANCE, 1, "x").await.late);
}

async fn whoever_answers_for_a_section_now_answers_for_the_next_comment(w: &World) {
    w.open(Rules::default()).await;
    assert_eq!(w.submit(FINANCE, 2, "x").await.responsible_agency, DRAFTER.name());
    let agency = Some(POLICE.code());
    w.write(DRAFTER, AssignSection { draft: draft(), section: 2, agency }).await.unwrap();
    assert_eq!(w.submit(FINANCE, 2, "x").await.responsible_agency, POLICE.name());
}

/// What all of a group have may travel to the database once: it is still each one's own, and nobody's who had none.
async fn each_of_a_group_keeps_what_only_it_has(w: &World) {
    const GROUP: usize = 40;
    w.open(Rules::default()).await;
    // None has any of it; all; the first alone; all but some.
    let waves: [fn(usize) -> bool; 4] = [|_| false, |_| true, |n| n == 0, |n| n % 5 > 0];
    let waves = [false, true].into_iter().flat_map(|all_from_files| waves.map(|has| (has, all_from_files)));
    for (wave, (has, all_from_files)) in waves.enumerate() {
        let calls = (0..GROUP).map(|n| {
            let text = |what: &str| if has(n) { format!("{what} {wave}") } else { String::new() };
            let mut command = submission(content(1, "x"));
            (command.content.title, command.content.proposed_change) = (text("title"), text("change"));
            command.source = Source { id: text("id"), status: text("status") };
            if all_from_files {
                command.source = Source { id: String::new(), status: "in a file".to_owned() };
            }
            let address = has(n).then(|| "2001:db8::7".parse().unwrap());
            let id = RequestId::stored(request_id((wave * GROUP + n) as u32));
            let options = WriteOptions { request_id: has(n).then_some(id), dry_run: false };
            async move {
                let scope = FINANCE.scope().from_address(address);
                let written = w.base.store.write(&scope, command.clone(), options.clone()).await.unwrap();
                (written.revision, command, address, options.request_id)
            }
        });
        for (revision, command, address, id) in join_all(calls).await {
            let list = ListEvents { draft: draft(), after: revision - 1, limit: 1 };
            let event = w.base.store.read(&ADMIN.scope(), list).await.unwrap().answer.items.remove(0);
            assert_eq!((event.address, event.request_id), (address, id), "wave {wave}");
            let Change::CommentSubmitted { comment } = event.change else { panic!("{:?}", event.change) };
            assert_eq!((&comment.content, &comment.source), (&command.content, &command.source));
            let get = GetComment { draft: draft(), number: comment.number };
            let stored = w.base.store.read(&ADMIN.scope(), get).await.unwrap().answer;
            assert_eq!(stored, *comment, "wave {wave}");
        }
    }
}

/// Makes the database refuse one text: what no rule of the domain foresees.
async fn poison(w: &World) {
    if let Some(path) = w.base.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let trigger = "CREATE TRIGGER poison BEFORE INSERT ON comments WHEN NEW.text = 'poison' \
                       BEGIN SELECT RAISE(ABORT, 'poison'); END";
        connection.execute(trigger).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(&w.base.url).await.unwrap();
        connection
            .execute("ALTER TABLE comments ADD CONSTRAINT poison CHECK (text <> 'poison')")
            .await
            .unwrap();
    }
}

async fn a_row_that_the_database_refuses_fails_alone(w: &World) {
    w.open(Rules::default()).await;
    poison(w).await;
    let text = |n: usize| if n == 3 || n == 21 { "poison" } else { "Đề nghị rà soát" };
    let submissions = (0..33).map(|n| (FINANCE, submission(content(1, text(n)))));
    let outcomes = outcomes(w, submissions.collect()).await;
    let failed: Vec<usize> = (0..33).filter(|n| outcomes[*n].is_err()).collect();
    assert_eq!(failed, [3, 21]);
    assert_eq!(outcomes[3], Err("INTERNAL".to_owned()));
    let numbers: Vec<i64> = outcomes.into_iter().flatten().collect();
    assert_eq!(numbers, (1..=31).collect::<Vec<_>>());
}

/// More than a group holds, so that the next is weighed while one is written; what was weighed falls whenever the drafter
/// came between, a request is repeated, or the database refuses a row.
async fn a_flood_amid_the_drafters_changes_loses_nothing(w: &World) {
    const FLOOD: usize = 4_000;
    w.open(Rules::default()).await;
    poison(w).await;
    w.submit(FINANCE, 1, "x").await;
    let flood = join_all((0..FLOOD).map(|n| async move {
        // One in nine is another's repeat.
        let n = if n % 9 == 8 { n - 6 } else { n };
        let who = [FINANCE, PLANNING, POLICE][n % 3];
        let text = if n % 1_000 == 999 { "poison" } else { "Đề nghị rà soát" };
        let section = if n % 7 == 6 { 99 } else { 1 + n as i64 % 5 };
        w.write_as(who, submission(content(section, text)), &request_id(n as u32)).await
    }));
    let changes = async {
        for n in 0..20 {
            let agency = (n % 2 == 0).then(|| POLICE.code());
            w.write(DRAFTER, AssignSection { draft: draft(), section: 2, agency }).await.unwrap();
        }
    };
    let (outcomes, ()) = futures::join!(flood, changes);
    let (mut numbers, mut replayed) = (Vec::new(), 0);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(written) if !written.replayed => numbers.push(written.comment.expect("the comment").number),
            Ok(_) => replayed += 1,
            Err(refused) => {
                let why = refused.reason.as_str();
                assert!(["INVALID_FIELD", "INTERNAL"].contains(&why), "{n}: {refused:?}");
            }
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (2..numbers.len() as i64 + 2).collect::<Vec<_>>());
    assert_eq!(w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap().len(), numbers.len() + 1);
    assert!(numbers.len() > FLOOD / 2, "{}", numbers.len());
    assert!(replayed > FLOOD / 20, "{replayed}");
}

async fn an_inactive_agency_is_not_spoken_for(w: &World) {
    use ykien_domain::command::UpdateAgency;
    w.open(Rules::default()).await;
    let entered = |agency: Who| SubmitComment { agency: Some(agency.code()), ..submission(content(1, "x")) };
    w.write(DRAFTER, entered(STRANGER)).await.unwrap();
    let (name, short_name, name_en, kind, etag) = (None, None, None, None, None);
    let code = STRANGER.code();
    w.install(UpdateAgency { code, name, short_name, name_en, kind, active: Some(false), etag })
        .await
        .unwrap();
    assert_eq!(w.write(DRAFTER, entered(STRANGER)).await.unwrap_err().reason, "AGENCY_INACTIVE");
}

mod replicas {
    //! Processes that write on one draft: on PostgreSQL alone, for SQLite's file is one process's.

    use sqlx::PgConnection;
    use ykien_store::{Store, StoreOptions};

    use super::*;

    /// Another process on the same database.
    async fn other(w: &World) -> Store {
        let (url, clock) = (w.base.url.clone(), w.base.clock.clone());
        Store::connect(StoreOptions { url, max_connections: 8, clock }).await.unwrap()
    }

    async fn submit(store: &Store, id: u32) -> (i64, i64, bool) {
        let request_id = RequestId::stored(request_id(id));
        let options = WriteOptions { request_id: Some(request_id), dry_run: false };
        let written = store.write(&FINANCE.scope(), submission(content(1, "x")), options).await.unwrap();
        (written.answer.number, written.revision, written.replayed)
    }

    /// Who may write on the draft without its lock, and whether it still may.
    async fn writer(w: &World) -> (Option<i64>, bool) {
        let mut connection = PgConnection::connect(&w.base.url).await.unwrap();
        let statement = "SELECT d.writer, w.writer IS NOT NULL FROM drafts d \
             LEFT JOIN writers w ON w.writer = d.writer WHERE d.draft_id = 'nq20'";
        sqlx::query_as(statement).fetch_one(&mut connection).await.unwrap()
    }

    fn close() -> CloseRound {
        CloseRound { draft: draft(), round: 1, allow_early: true, allow_pending: true, etag: None }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_goes_on_without_the_drafts_lock_only_while_nobody_else_writes() {
        let w = Box::pin(World::new(Port::Postgres)).await;
        w.open(Rules::default()).await;
        let (one, two) = (w.base.store.clone(), other(&w).await);
        assert_eq!(writer(&w).await, (None, false));
        let (first, begun, _) = submit(&one, 1).await;
        let named = writer(&w).await;
        assert!(first == 1 && named.0.is_some() && named.1, "{named:?}");
        // The first goes on, as it is named.
        for n in 2..=4 {
            assert_eq!(submit(&one, n).await, (i64::from(n), begun + i64::from(n) - 1, false));
        }
        assert_eq!(writer(&w).await, named);
        // The second answers what was carried out before, which changes nothing: the first may still go on.
        assert_eq!(submit(&two, 4).await, (4, begun + 3, true));
        assert_eq!(writer(&w).await, named);
        // Nothing had moved when the second locked the draft again, to write: now it is named, and the first may not.
        assert_eq!(submit(&two, 5).await, (5, begun + 4, false));
        let second = writer(&w).await;
        assert!(second.0.is_some() && second.0 != named.0 && second.1, "{second:?}");
        // And so they take turns. Who finds that others wrote meanwhile is not named; the first only finds that it may not go on.
        for n in 6..=9 {
            let store = if n % 2 == 0 { &one } else { &two };
            assert_eq!(submit(store, n).await, (i64::from(n), begun + i64::from(n) - 1, false));
            let next = writer(&w).await;
            assert_eq!((next.0.is_some(), next.1), (n % 2 == 0, n % 2 == 0), "{next:?}");
            assert!(next.0.is_none_or(|next| Some(next) != named.0 && Some(next) != second.0));
        }
        // Who changes anything else has the draft alone; what comes then is weighed against that.
        w.write(DRAFTER, close()).await.unwrap();
        assert_eq!(writer(&w).await, (None, false));
        let refused = two.write(&FINANCE.scope(), submission(content(1, "x")), WriteOptions::default()).await;
        assert_eq!(refused.unwrap_err().reason.as_str(), "ROUND_NOT_OPEN");
        two.close().await;
        w.verify().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_waits_for_a_draft_lets_its_writer_go_before() {
        let w = Box::pin(World::new(Port::Postgres)).await;
        w.open(Rules::default()).await;
        submit(&w.base.store, 1).await;
        assert!(writer(&w).await.1);
        let mut lock = PgConnection::connect(&w.base.url).await.unwrap();
        lock.execute("BEGIN").await.unwrap();
        lock.execute("SELECT 1 FROM drafts WHERE draft_id = 'nq20' FOR UPDATE").await.unwrap();
        let store = w.base.store.clone();
        let closing = tokio::spawn(async move {
            store.write(&DRAFTER.scope(), close(), WriteOptions::default()).await.map(|_| ())
        });
        // It can't change the draft yet, and holds back nobody who wants another draft of that writer's.
        while writer(&w).await.1 {}
        assert!(!closing.is_finished());
        // What comes now waits behind it, for the writer is none any more.
        let submitting = tokio::spawn({
            let store = w.base.store.clone();
            async move {
                store.write(&FINANCE.scope(), submission(content(1, "x")), WriteOptions::default()).await
            }
        });
        let waits = "SELECT COUNT(*) > 1 FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        // By a connection of its own: within one transaction the view stands still.
        let mut looking = PgConnection::connect(&w.base.url).await.unwrap();
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut looking).await.unwrap() {}
        lock.execute("ROLLBACK").await.unwrap();
        closing.await.unwrap().unwrap();
        assert_eq!(submitting.await.unwrap().unwrap_err().reason.as_str(), "ROUND_NOT_OPEN");
        w.verify().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn floods_to_two_replicas_are_numbered_one_after_another() {
        let w = Box::pin(World::new(Port::Postgres)).await;
        w.open(Rules::default()).await;
        let (one, two) = (w.base.store.clone(), other(&w).await);
        let mut told = join_all((1..=1_000).map(|n| submit(if n % 2 == 0 { &one } else { &two }, n))).await;
        told.sort_unstable();
        let (first, begun, _) = told[0];
        let expected = (0..1_000).map(|n| (first + n, begun + n, false));
        assert_eq!(told, expected.collect::<Vec<_>>());
        two.close().await;
        w.verify().await;
    }

    /// Each of many callers submits again and again, to one of three drafts by one of the replicas, while the drafter changes
    /// the drafts by both: none waits for the others in vain, and what is acknowledged is there once.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn callers_of_two_replicas_amid_the_drafters_changes_are_numbered_without_a_gap() {
        const CALLERS: usize = 24;
        const EACH: usize = 25;
        let w = Box::pin(World::new(Port::Postgres)).await;
        w.open(Rules::default()).await;
        let drafts = others(&w, 3).await;
        let stores = [w.base.store.clone(), other(&w).await];
        let call = |caller: usize| {
            let (draft, store) = (drafts[caller % 3].clone(), &stores[caller % 2]);
            async move {
                let mut numbers = Vec::new();
                for _ in 0..EACH {
                    let command = SubmitComment { draft: draft.clone(), ..submission(content(1, "x")) };
                    let written = store.write(&FINANCE.scope(), command, WriteOptions::default()).await;
                    numbers.push(written.unwrap().answer.number);
                }
                (caller % 3, numbers)
            }
        };
        let change = |replica: usize| {
            let (drafts, store) = (&drafts, &stores[replica]);
            async move {
                for n in 0..30 {
                    let agency = (n % 2 == 0).then(|| POLICE.code());
                    let assign = AssignSection { draft: drafts[n % 3].clone(), section: 2, agency };
                    store.write(&DRAFTER.scope(), assign, WriteOptions::default()).await.unwrap();
                }
            }
        };
        let (told, ..) = futures::join!(join_all((0..CALLERS).map(call)), change(0), change(1));
        for draft in 0..3 {
            let of_draft = told.iter().filter(|(of, _)| *of == draft);
            let mut numbers: Vec<i64> = of_draft.flat_map(|(_, numbers)| numbers.iter().copied()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=(CALLERS * EACH / 3) as i64).collect::<Vec<_>>());
        }
        let [_, two] = stores;
        two.close().await;
        w.verify().await;
    }
}

mod held {
    //! A draft's row that somebody else holds: on PostgreSQL alone, for SQLite has one lock for all.

    use sqlx::PgConnection;
    use tokio::task::JoinSet;
    use ykien_domain::Reason;

    use super::*;

    /// A second draft, and the first one's row locked by another connection.
    async fn held(w: &World) -> PgConnection {
        w.open(Rules { admission: Admission::Anyone, ..Rules::default() }).await;
        let (title, drafting_agency) = ("Dự thảo khác".to_owned(), DRAFTER.code());
        let create = CreateDraft { id: Some(other()), title, summary: String::new(), drafting_agency };
        w.install(create).await.unwrap();
        let mut connection = PgConnection::connect(&w.base.url).await.unwrap();
        connection.execute("BEGIN").await.unwrap();
        connection.execute("SELECT 1 FROM drafts WHERE draft_id = 'nq20' FOR UPDATE").await.unwrap();
        connection
    }

    fn other() -> DraftId {
        DraftId::stored("other".to_owned())
    }

    /// As the drafter, on the whole of the other draft, which has no round.
    fn elsewhere() -> SubmitComment {
        SubmitComment { draft: other(), ..submission(content(0, "x")) }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_other_drafts_go_on_and_what_waited_is_written_when_the_lock_is_free() {
        let w = Box::pin(World::new(Port::Postgres)).await;
        let mut lock = held(&w).await;
        let mut waiting = JoinSet::new();
        for n in 0..50 {
            let store = w.base.store.clone();
            let command = submission(content(1, &format!("ý kiến {n}")));
            waiting
                .spawn(async move { store.write(&FINANCE.scope(), command, WriteOptions::default()).await });
        }
        // The other draft is answered (by a refusal of its rules), again and again, while the first is held.
        for _ in 0..20 {
            assert_eq!(w.write(DRAFTER, elsewhere()).await.unwrap_err().reason, "ROUND_NOT_OPEN");
        }
        assert!(waiting.try_join_next().is_none(), "the held draft's submissions wait");
        lock.execute("ROLLBACK").await.unwrap();
        let mut numbers = Vec::new();
        while let Some(written) = waiting.join_next().await {
            numbers.push(written.unwrap().unwrap().answer.number);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
        w.verify().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_agencys_flood_is_refused_its_share_and_the_others_are_served() {
        let w = Box::pin(World::new(Port::Postgres)).await;
        let mut lock = held(&w).await;
        let mut flood = JoinSet::new();
        for _ in 0..9_000 {
            let store = w.base.store.clone();
            flood.spawn(async move {
                store.write(&FINANCE.scope(), submission(content(1, "x")), WriteOptions::default()).await
            });
        }
        let refused = flood.join_next().await.unwrap().unwrap().unwrap_err();
        assert_eq!(refused.reason, Reason::QueueFull);
        assert_eq!(w.write(STRANGER, elsewhere()).await.unwrap_err().reason, "NOT_FOUND");
        lock.execute("ROLLBACK").await.unwrap();
        let (mut taken, mut refused) = (0, 1);
        while let Some(written) = flood.join_next().await {
            match written.unwrap() {
                Ok(_) => taken += 1,
                Err(error) => {
                    assert_eq!(error.reason, Reason::QueueFull);
                    refused += 1;
                }
            }
        }
        assert_eq!(taken + refused, 9_000);
        assert!(taken >= 8_192, "half of the queue is one agency's share: {taken}");
        w.verify().await;
    }
}
