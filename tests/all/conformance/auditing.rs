//! The audit trail: who, from where, what was before; its chain and its seals; whoever changes any of it is found out.

use sqlx::{Connection, Executor};
use ykien_domain::Reason;
use ykien_domain::chain::{Chain, Seal};
use ykien_domain::command::{
    CloseRound, CompleteDirective, ConcludeRound, IssueDirective, RecordOralOpinion, SubmitResponse,
    WithdrawComment, WriteOptions,
};
use ykien_domain::model::Letter;
use ykien_domain::query::{ExportAudit, ListEvents, MAX_PAGE};
use ykien_domain::words::{Outcome, Stance};
use ykien_edge::audit::AuditExport;
use ykien_edge::auth::{AuthConfig, Identity};
use ykien_tests::Base;

use crate::world::*;

behaviours_of_the_store! {
    a_change_says_where_it_came_from_and_what_was_before_it,
    a_log_that_grew_is_sealed_again_and_its_chain_is_anyones_to_check,
    an_exported_log_is_whole_and_ends_where_it_began_to_be_read,
    a_log_written_anew_is_found_out_by_a_head_that_was_kept,
    whatever_is_changed_in_the_log_or_beside_it_is_found_out,
}

/// A consultation in which everything happened that leaves a row.
async fn lived(w: &World) {
    let round = w.open(Rules::default()).await;
    for (who, section) in [(FINANCE, 1), (PLANNING, 4), (FINANCE, 2)] {
        w.submit(who, section, "Đề nghị rà soát").await;
    }
    let letter = Letter {
        number: "12/STC".to_owned(),
        date: None,
        signer: "Nguyễn Văn A".to_owned(),
        capacity: "Giám đốc".to_owned(),
    };
    let (draft, comments) = (draft(), vec![content(1, "Nhất trí")]);
    let stance = Stance::AgreesWithComments;
    let signed = SubmitResponse { draft, round: None, agency: None, stance, letter, comments };
    w.write(FINANCE, signed.clone()).await.unwrap();
    w.write_as(FINANCE, signed, &request_id(1)).await.unwrap();
    let said = RecordOralOpinion {
        draft: crate::world::draft(),
        round: None,
        agency: PLANNING.code(),
        speaker: "Trần Thị B".to_owned(),
        content: content(2, "Cần nêu rõ nguồn vốn"),
    };
    w.write_as(DRAFTER, said, &request_id(2)).await.unwrap();
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Rejected).await;
    w.decide(2, Outcome::Accepted).await;
    w.publish(&[2]).await;
    let withdraw = WithdrawComment { draft: crate::world::draft(), number: 3, etag: None };
    w.write_as(FINANCE, withdraw, &request_id(3)).await.unwrap();
    let issue = IssueDirective {
        draft: crate::world::draft(),
        text: "Rà soát số liệu".to_owned(),
        section: 1,
        responsible: None,
        due: None,
        issued_by: "Lê Văn C".to_owned(),
        issued_on: None,
    };
    w.write(DRAFTER, issue).await.unwrap();
    let complete = CompleteDirective {
        draft: crate::world::draft(),
        number: 1,
        note: "Đã rà soát".to_owned(),
        version: None,
        etag: None,
    };
    w.write(DRAFTER, complete).await.unwrap();
    let close = CloseRound {
        draft: crate::world::draft(),
        round,
        allow_early: true,
        allow_pending: true,
        etag: None,
    };
    w.write(DRAFTER, close).await.unwrap();
    let conclude = ConcludeRound { draft: crate::world::draft(), round, allow_pending: true, etag: None };
    w.write(DRAFTER, conclude).await.unwrap();
}

async fn with_key(w: &World) {
    let config = AuthConfig { issuer: String::new(), audience: String::new(), token_lifetime_seconds: 1 };
    Identity::new(w.base.store.clone(), config).ensure_signing_key().await.unwrap();
}

async fn a_change_says_where_it_came_from_and_what_was_before_it(w: &World) {
    lived(w).await;
    let address = "2001:db8::7".parse().unwrap();
    let scope = DRAFTER.scope().from_address(Some(address));
    let said = RecordOralOpinion {
        draft: draft(),
        round: None,
        agency: FINANCE.code(),
        speaker: "x".to_owned(),
        content: content(1, "y"),
    };
    // The round is concluded: what is refused leaves no event.
    let before = w.revision().await;
    w.base.store.write(&scope, said, WriteOptions::default()).await.unwrap_err();
    assert_eq!(w.revision().await, before);
    w.base.store.write(&scope, version(tree()), WriteOptions::default()).await.unwrap();
    let list = ListEvents { draft: draft(), after: 0, limit: MAX_PAGE };
    let events = w.base.store.read(&ADMIN.scope(), list).await.unwrap().answer.items;
    let last = events.last().unwrap();
    assert_eq!((last.change.kind(), last.address), ("version_created", Some(address)));
    assert_eq!(events[0].address, None, "the fixture is the installation's own");
    // What a kind makes anew has nothing before it.
    let new = [
        "draft_created",
        "version_created",
        "round_created",
        "agencies_invited",
        "comment_submitted",
        "decisions_published",
        "response_submitted",
        "directive_issued",
    ];
    let mut kinds = std::collections::BTreeSet::new();
    for event in &events {
        let kind = event.change.kind();
        kinds.insert(kind);
        let detail = serde_json::to_value(&event.change).unwrap();
        let has = detail.get("before").is_some_and(|before| !before.is_null());
        assert_eq!(has, !new.contains(&kind), "{detail}");
    }
    for kind in
        ["comment_decided", "comment_withdrawn", "round_opened", "round_closed", "directive_completed"]
    {
        assert!(kinds.contains(kind), "{kind}");
    }
}

/// Every line of the export.
async fn exported(w: &World) -> Vec<serde_json::Value> {
    let (store, scope) = (w.base.store.clone(), OBSERVER.scope());
    let mut export = AuditExport::begin(store, scope, Some(draft())).await.unwrap();
    let mut text = String::new();
    while let Some(lines) = export.next().await.unwrap() {
        text += &lines;
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn a_log_that_grew_is_sealed_again_and_its_chain_is_anyones_to_check(w: &World) {
    w.open(Rules::default()).await;
    assert_eq!(w.base.store.seal().await.unwrap_err().reason, Reason::Unavailable, "there is no key yet");
    with_key(w).await;
    let seals = |heads: Vec<Seal>| heads.into_iter().find(|head| head.draft == "nq20").unwrap();
    let first = seals(w.base.store.seal().await.unwrap());
    assert_eq!((first.previous, first.revision), (0, w.revision().await));
    assert_eq!(seals(w.base.store.seal().await.unwrap()), first, "nothing was added");
    w.submit(FINANCE, 1, "x").await;
    let second = seals(w.base.store.seal().await.unwrap());
    assert_eq!((second.previous, second.revision), (first.revision, w.revision().await));
    // A key is deleted when it is rotated out; what it sealed is checked for ever.
    run(&w.base, "DELETE FROM signing_keys").await;
    with_key(w).await;
    w.submit(FINANCE, 1, "y").await;
    let third = seals(w.base.store.seal().await.unwrap());
    assert_ne!(third.kid, second.kid);
    let page = ExportAudit { draft: draft(), after: 0, limit: MAX_PAGE };
    let page = w.base.store.read(&OBSERVER.scope(), page).await.unwrap().answer;
    assert_eq!(page.seals, [first, second, third.clone()]);
    let mut chain = Chain::default();
    assert!(page.entries.iter().all(|entry| chain.add(entry)));
    assert_eq!(chain.hash(), third.hash);
    let page = ExportAudit { draft: draft(), after: 0, limit: MAX_PAGE };
    let refused = w.base.store.read(&FINANCE.scope(), page).await.unwrap_err();
    assert_eq!(refused.reason, Reason::PermissionDenied);
}

async fn an_exported_log_is_whole_and_ends_where_it_began_to_be_read(w: &World) {
    lived(w).await;
    with_key(w).await;
    w.base.store.seal().await.unwrap();
    w.base.store.write(&DRAFTER.scope(), version(tree()), WriteOptions::default()).await.unwrap();
    let lines = exported(w).await;
    assert_eq!(
        (lines[0]["log"].as_str(), lines[0]["format"].as_str()),
        (Some("nq20"), Some("ykien audit 1"))
    );
    let events: Vec<_> = lines.iter().filter_map(|line| line.get("event")).collect();
    assert_eq!(events.len() as i64, w.revision().await);
    assert!(events.iter().zip(1..).all(|(event, revision)| event["revision"] == revision));
    let sealed = lines.iter().position(|line| line.get("seal").is_some()).unwrap();
    assert_eq!(lines[sealed - 1]["event"]["revision"], lines[sealed]["seal"]["revision"]);
    assert!(lines[sealed + 1].get("event").is_some(), "what came after the seal is there, too");
}

async fn a_log_written_anew_is_found_out_by_a_head_that_was_kept(w: &World) {
    lived(w).await;
    with_key(w).await;
    let kept = w.base.store.seal().await.unwrap();
    assert_eq!(w.base.store.verify_against(&kept).await.unwrap().differences, Vec::<String>::new());
    // Whoever has the database has the key, too: everything is taken away and sealed anew.
    run(&w.base, "UPDATE events SET at = at + 1 WHERE draft > 0 AND kind = 'agencies_invited'").await;
    run(&w.base, "DELETE FROM seals; DELETE FROM sealed").await;
    w.base.store.seal().await.unwrap();
    assert_eq!(w.base.store.verify().await.unwrap().differences, Vec::<String>::new());
    let found = w.base.store.verify_against(&kept).await.unwrap().differences;
    let named = |part: &str| found.iter().any(|difference| difference.contains(part));
    assert!(named("are not those of the head at") && named("kept elsewhere"), "{found:#?}");
    let forged = Seal { hash: "00".repeat(32), ..kept[0].clone() };
    let found = w.base.store.verify_against(&[forged]).await.unwrap().differences;
    assert!(found.iter().any(|difference| difference.contains("was not signed")), "{found:#?}");
}

/// Carries out statements past the store, without foreign keys.
async fn run(base: &Base, statements: &str) {
    let statements = statements.to_owned();
    if let Some(path) = base.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(statements)).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(&base.url).await.unwrap();
        connection.execute("SET session_replication_role = replica").await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(statements)).await.unwrap();
    }
}

/// The columns of a table, each with a word of its type.
async fn columns(base: &Base, table: &str) -> Vec<(String, String)> {
    if let Some(path) = base.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let query = sqlx::query_as("SELECT name, LOWER(type) FROM pragma_table_info($1)").bind(table);
        query.fetch_all(&mut connection).await.unwrap()
    } else {
        let mut connection = sqlx::PgConnection::connect(&base.url).await.unwrap();
        let query = sqlx::query_as(
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
             WHERE table_name = $1",
        );
        query.bind(table).fetch_all(&mut connection).await.unwrap()
    }
}

/// The table and which of its rows are changed; every column of it but those named.
const TABLES: &[(&str, &str, &[&str])] = &[
    ("events", "draft > 0 AND revision = 8", &[]),
    ("events", "draft = 0 AND revision = 3", &[]),
    ("seals", "draft > 0", &[]),
    ("sealed", "draft > 0", &[]),
    ("seal_keys", "kid <> ''", &[]),
    ("comments", "number = 2", &[]),
    ("decisions", "number = 2", &[]),
    ("responses", "response = 1", &[]),
    ("directives", "directive = 1", &[]),
    ("rounds", "round = 1", &[]),
    ("invitations", "agency = 'H37.05'", &[]),
    ("persons", "subject = 'responses/1'", &[]),
    ("sections", "version = 1 AND section = 2", &[]),
    ("agencies", "code = 'H37.05'", &[]),
    // The answer and what it was given to are the client's to compare.
    ("requests", "draft > 0", &["body_hash", "answer"]),
    // What only tells the writer that it need not read again, and that it may go without the lock.
    ("drafts", "draft_id = 'nq20'", &["arranged", "section_count", "writer"]),
];

async fn whatever_is_changed_in_the_log_or_beside_it_is_found_out(w: &World) {
    lived(w).await;
    with_key(w).await;
    w.base.store.seal().await.unwrap();
    let mut unnoticed = Vec::new();
    for (table, rows, unwatched) in TABLES {
        let copy = format!("CREATE TABLE kept AS SELECT * FROM {table}");
        let restore = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept");
        let columns = columns(&w.base, table).await;
        assert!(columns.len() > 1, "{table} has columns");
        let mut changes = vec![(format!("{table} lost rows"), format!("DELETE FROM {table} WHERE {rows}"))];
        for (column, kind) in columns {
            let value = match kind.as_str() {
                "boolean" => format!("NOT {column}"),
                "bigint" => format!("COALESCE({column}, 0) + 1000000"),
                _ => format!("COALESCE({column}, '') || 'x'"),
            };
            if !unwatched.contains(&column.as_str()) {
                let change = format!("UPDATE {table} SET {column} = {value} WHERE {rows}");
                changes.push((format!("{table}.{column}"), change));
            }
        }
        for (what, change) in changes {
            run(&w.base, &copy).await;
            run(&w.base, &change).await;
            // What can't even be read is found, too.
            let found = w.base.store.verify().await.map_or(1, |found| found.differences.len());
            if found == 0 {
                unnoticed.push(what);
            }
            run(&w.base, &restore).await;
        }
        assert_eq!(w.base.store.verify().await.unwrap().differences, Vec::<String>::new(), "{table}");
    }
    assert_eq!(unnoticed, Vec::<String>::new());
    let swapped = "UPDATE events SET revision = -1 WHERE draft > 0 AND revision = 8; \
         UPDATE events SET revision = 8 WHERE draft > 0 AND revision = 9; \
         UPDATE events SET revision = 9 WHERE draft > 0 AND revision = -1";
    let truncated = "DELETE FROM events WHERE draft > 0 AND revision = \
         (SELECT MAX(e.revision) FROM events e JOIN drafts d ON d.draft = e.draft WHERE d.draft_id = 'nq20')";
    for (change, expected) in [(swapped, "are not those of its seal"), (truncated, "but the log ends at")] {
        run(&w.base, "CREATE TABLE kept AS SELECT * FROM events").await;
        run(&w.base, change).await;
        let found = w.base.store.verify().await.unwrap().differences;
        assert!(found.iter().any(|difference| difference.contains(expected)), "{expected}: {found:#?}");
        run(&w.base, "DELETE FROM events; INSERT INTO events SELECT * FROM kept; DROP TABLE kept").await;
    }
}
