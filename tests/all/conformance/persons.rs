//! Names of persons: shown as before, kept apart, erased without a trace while everything else stays.

use sqlx::Connection;
use ykien_domain::Reason;
use ykien_domain::command::{
    DecideComment, ErasePersons, IssueDirective, RecordOralOpinion, SubmitResponse, WriteOptions,
};
use ykien_domain::ids::RequestId;
use ykien_domain::model::Letter;
use ykien_domain::person::{ERASED, Person};
use ykien_domain::query::{ListDirectives, ListEvents, ListPersons, ListResponses, MAX_PAGE};
use ykien_domain::words::{Outcome, Stance};
use ykien_edge::auth::{AuthConfig, Identity};

use crate::world::*;

behaviours_of_the_store! {
    names_are_shown_and_stand_in_no_event_and_no_kept_answer,
    an_erased_name_is_nowhere_and_everything_else_stays,
    only_who_runs_the_consultation_lists_and_erases_names,
}

const CANARY: &str = "Nguyễn Thị Hoàng Yến";
const CAPACITY: &str = "KT. GIÁM ĐỐC ĐẶC BIỆT";

fn options(number: u32) -> WriteOptions {
    WriteOptions { request_id: Some(RequestId::stored(request_id(number))), dry_run: false }
}

fn said() -> RecordOralOpinion {
    RecordOralOpinion {
        draft: draft(),
        round: None,
        agency: FINANCE.code(),
        speaker: CANARY.to_owned(),
        content: content(2, "Cần nêu rõ nguồn vốn"),
    }
}

fn signed() -> SubmitResponse {
    let letter = Letter {
        number: "12/STC".to_owned(),
        date: None,
        signer: CANARY.to_owned(),
        capacity: CAPACITY.to_owned(),
    };
    let comments = vec![content(1, "Nhất trí")];
    SubmitResponse {
        draft: draft(),
        round: None,
        agency: None,
        stance: Stance::AgreesWithComments,
        letter,
        comments,
    }
}

fn issued() -> IssueDirective {
    IssueDirective {
        draft: draft(),
        text: "Rà soát số liệu".to_owned(),
        section: 1,
        responsible: None,
        due: None,
        issued_by: CANARY.to_owned(),
        issued_on: None,
    }
}

/// One is named three times, and what is said is decided under a request id.
async fn named_thrice(w: &World) {
    w.open(Rules::default()).await;
    let store = &w.base.store;
    for _ in 0..2 {
        // The second is a repeated request: it gets the names, too.
        let recorded = store.write(&DRAFTER.scope(), said(), options(1)).await.unwrap();
        assert_eq!(recorded.answer.speaker, CANARY);
        let taken = store.write(&FINANCE.scope(), signed(), options(2)).await.unwrap().answer;
        let letter = taken.response.letter;
        assert_eq!((letter.signer.as_str(), letter.capacity.as_str()), (CANARY, CAPACITY));
        let directive = store.write(&DRAFTER.scope(), issued(), options(3)).await.unwrap().answer;
        assert_eq!(directive.issued_by, CANARY);
        let decide = DecideComment {
            draft: draft(),
            number: 1,
            outcome: Outcome::Accepted,
            explanation: String::new(),
            etag: None,
        };
        let decided = store.write(&DRAFTER.scope(), decide, options(4)).await.unwrap();
        assert_eq!(decided.answer.speaker, CANARY);
    }
}

async fn persons(w: &World) -> Vec<Person> {
    let list = ListPersons { draft: draft(), name: String::new(), after: None, limit: MAX_PAGE };
    w.base.store.read(&DRAFTER.scope(), list).await.unwrap().answer.items
}

/// Who is named, as everybody reads it: at the meeting, under the letter, over the directive.
async fn shown(w: &World) -> [String; 4] {
    let store = &w.base.store;
    let responses = ListResponses { draft: draft(), round: None, after: 0, limit: MAX_PAGE };
    let letter = store.read(&FINANCE.scope(), responses).await.unwrap().answer.items[0].letter.clone();
    let directives = ListDirectives { draft: draft(), after: 0, limit: MAX_PAGE };
    let directives = store.read(&ADMIN.scope(), directives).await.unwrap().answer.items;
    let speaker = w.get(DRAFTER, 1).await.unwrap().speaker;
    [speaker, letter.signer, letter.capacity, directives[0].issued_by.clone()]
}

/// Every row of every table as text, and on SQLite the bytes of its files as well.
async fn dump(w: &World) -> String {
    let mut dump = String::new();
    if let Some(path) = w.base.url.strip_prefix("sqlite:") {
        for file in [path.to_owned(), format!("{path}-wal")] {
            dump += &String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default());
        }
        return dump;
    }
    let mut connection = sqlx::PgConnection::connect(&w.base.url).await.unwrap();
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 10);
    for (table,) in tables {
        let statement = format!("SELECT CAST(t AS TEXT) FROM {table} t");
        let rows: Vec<(String,)> =
            sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(&mut connection).await.unwrap();
        dump.extend(rows.into_iter().map(|(row,)| row));
    }
    dump
}

async fn names_are_shown_and_stand_in_no_event_and_no_kept_answer(w: &World) {
    named_thrice(w).await;
    assert_eq!(shown(w).await, [CANARY, CANARY, CAPACITY, CANARY]);
    let list = ListEvents { draft: draft(), after: 0, limit: MAX_PAGE };
    let events = w.base.store.read(&ADMIN.scope(), list).await.unwrap().answer.items;
    let log = serde_json::to_string(&events).unwrap();
    assert!(!log.contains(CANARY) && !log.contains(CAPACITY));
    let persons = persons(w).await;
    let mut subjects: Vec<_> = persons.iter().map(|person| person.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["comments/1", "directives/1", "responses/1"]);
    assert!(persons.iter().all(|person| person.name == CANARY && log.contains(&person.person)));
    if !w.base.url.starts_with("sqlite:") {
        assert_eq!(dump(w).await.matches(CANARY).count(), 3, "in their own table and nowhere else");
    }
}

async fn an_erased_name_is_nowhere_and_everything_else_stays(w: &World) {
    named_thrice(w).await;
    let config = AuthConfig { issuer: String::new(), audience: String::new(), token_lifetime_seconds: 1 };
    Identity::new(w.base.store.clone(), config).ensure_signing_key().await.unwrap();
    let kept = w.base.store.seal().await.unwrap();
    assert!(dump(w).await.contains(CANARY), "the search can find it");
    let chosen: Vec<_> = persons(w).await.into_iter().map(|person| person.subject).collect();
    let erase = ErasePersons { draft: draft(), subjects: chosen.clone() };
    let erased = w.base.store.write(&DRAFTER.scope(), erase.clone(), options(9)).await.unwrap();
    assert_eq!(erased.answer.subjects, chosen);
    assert!(erased.revision == w.revision().await);
    let found = dump(w).await;
    assert!(!found.contains(CANARY) && !found.contains(CAPACITY), "a trace is left");
    assert_eq!(shown(w).await, [ERASED, ERASED, "", ERASED]);
    assert!(persons(w).await.iter().all(|person| person.erased == Some(erased.revision)));
    // What was said and signed, and the sealed log, hold as before.
    assert_eq!(w.get(DRAFTER, 1).await.unwrap().text, "Cần nêu rõ nguồn vốn");
    w.base.store.seal().await.unwrap();
    assert_eq!(w.base.store.verify_against(&kept).await.unwrap().differences, Vec::<String>::new());
    // Once more changes nothing; and the request that named somebody is not taken for another.
    let again = w.base.store.write(&DRAFTER.scope(), erase, options(10)).await.unwrap();
    assert_eq!((again.answer.subjects.len(), again.revision), (0, erased.revision));
    let repeated = w.base.store.write(&DRAFTER.scope(), said(), options(1)).await.unwrap_err();
    assert_eq!(repeated.reason, Reason::RequestIdReused);
}

async fn only_who_runs_the_consultation_lists_and_erases_names(w: &World) {
    named_thrice(w).await;
    let subject = persons(w).await[0].subject.clone();
    for who in [FINANCE, OBSERVER] {
        let list = ListPersons { draft: draft(), name: String::new(), after: None, limit: 1 };
        let refused = w.base.store.read(&who.scope(), list).await.unwrap_err();
        assert_eq!(refused.reason, Reason::PermissionDenied);
        let erase = ErasePersons { draft: draft(), subjects: vec![subject.clone()] };
        let refused = w.base.store.write(&who.scope(), erase, WriteOptions::default()).await.unwrap_err();
        assert_eq!(refused.reason, Reason::PermissionDenied);
    }
    for subjects in [vec![], vec!["comments/99".to_owned()], vec![subject; 1_001]] {
        let erase = ErasePersons { draft: draft(), subjects };
        let refused = w.base.store.write(&DRAFTER.scope(), erase, WriteOptions::default()).await.unwrap_err();
        assert!(refused.violations[0].field.starts_with("subjects"), "{refused:?}");
    }
}
