//! The imports as a user runs them: arguments in, exit code, report and database out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use clap::Parser as _;
use serde_json::Value;
use ykien::cli::{Cli, Command, CommentsCommand, DecisionsCommand, DraftCommand};
use ykien::config::Database;
use ykien::database;
use ykien_domain::actor::Scope;
use ykien_domain::ids::DraftId;
use ykien_domain::query::{ListSections, Reconcile};
use ykien_domain::words::Status;

const ROWS: &str = r#"{"id":"1","commenter":"Sở Một","section":"Mục 1","comment":"Ý kiến","disposition_norm":"accepted"}
{"id":"2","commenter":"Sở Hai","section":"Mục 2","title":"Chỉ có tiêu đề","disposition_norm":"rejected"}
{"id":"3","commenter":"Sở Một","section":"","comment":"Toàn văn","disposition":"Dup","disposition_norm":"other"}
{"id":"4","commenter":"Sở Một","section":"Mục 1","comment":""}
"#;

/// Runs an import. Gives its exit code and the report's lines.
async fn import(directory: &Path, more: &[&str]) -> (String, Vec<Value>) {
    let (file, report) = (directory.join("rows.jsonl"), directory.join("report.jsonl"));
    std::fs::write(&file, ROWS).unwrap();
    let data = directory.join("data");
    let mut arguments =
        vec!["ykien", "comments", "import", file.to_str().unwrap(), "--draft", "log", "--quiet"];
    arguments.extend(["--data", data.to_str().unwrap(), "--report", report.to_str().unwrap()]);
    arguments.extend(more);
    let Command::Comments(CommentsCommand::Import(args)) = Cli::parse_from(arguments).command else {
        panic!()
    };
    let code = Box::pin(ykien::comments_import::command(args))
        .await
        .map_or_else(|error| error.to_string(), |code| format!("{code:?}"));
    let lines = std::fs::read_to_string(report).unwrap_or_default();
    (code, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn results(report: &[Value]) -> Vec<&str> {
    report.iter().map(|line| line["result"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_loaded_with_all_that_it_needs_and_loading_it_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (without, _) = import(directory.path(), &[]).await;
    assert!(without.starts_with("there is no draft log"), "{without}");

    let (failed, first) = import(directory.path(), &["--create"]).await;
    assert_eq!(failed, format!("{:?}", std::process::ExitCode::FAILURE), "one line is refused");
    assert_eq!(results(&first), ["accepted", "accepted", "accepted", "refused"]);
    assert_eq!(first[1]["decided"], "rejected");
    assert_eq!(first[1]["notes"][0], "no reason is given in the source");
    assert_eq!(first[3]["problems"][0]["field"], "comment.text");
    assert_eq!(first[3]["problems"][0]["column"], "comment");

    let (_, second) = import(directory.path(), &["--create"]).await;
    assert_eq!(results(&second), ["already_there", "already_there", "already_there", "refused"]);
    assert!(second.iter().all(|line| line.get("decided").is_none()), "nothing is decided again");

    let database = Database::embedded(&directory.path().join("data"), 4);
    let store = database::open(&database, database::system_clock()).await.unwrap();
    let draft = DraftId::parse("draft", "log").unwrap();
    let found = store.read(&Scope::installation(), Reconcile { draft: draft.clone() }).await.unwrap().answer;
    let by_status: Vec<_> = found.by_status.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(by_status, [(Status::Pending, 1), (Status::Accepted, 1), (Status::Rejected, 1)]);
    let list = ListSections { draft, version: None, after: None, limit: 10 };
    let sections = store.read(&Scope::installation(), list).await.unwrap().answer.items;
    assert_eq!(
        sections.iter().map(|section| section.label.as_str()).collect::<Vec<_>>(),
        ["", "Mục 1", "Mục 2"]
    );
    assert_eq!(store.verify().await.unwrap().differences, Vec::<String>::new());
    // The imports' own clients let nobody in: the first `serve` still makes an administrator.
    assert_eq!(ykien::credential::first_admin(&store).await.unwrap().unwrap().id, "admin");
    assert!(ykien::credential::first_admin(&store).await.unwrap().is_none());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_loaded_on_the_database_itself_and_needs_its_agency_only_once() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("draft.md"), directory.path().join("data"));
    std::fs::write(&file, "NGHỊ QUYẾT\n\nĐiều 1. Phạm vi\n\nĐiều 2. Hiệu lực\n").unwrap();
    let run = async |more: &[&str]| {
        let mut arguments = vec!["ykien", "draft", "import", file.to_str().unwrap(), "--draft", "nq"];
        arguments.extend(["--data", data.to_str().unwrap()]);
        arguments.extend(more);
        let Command::Draft(DraftCommand::Import(args)) = Cli::parse_from(arguments).command else { panic!() };
        Box::pin(ykien::draft_import::command(args)).await.map(|_| ())
    };
    let store = database::open(&Database::embedded(&data, 4), database::system_clock()).await.unwrap();
    ykien::credential::first_admin(&store).await.unwrap();
    run(&["--dry-run"]).await.unwrap();
    let nobody = run(&[]).await.unwrap_err().to_string();
    assert_eq!(nobody, "--agency: is required: there is no draft nq, and it needs one");
    run(&["--agency", "ADMIN"]).await.unwrap();
    run(&[]).await.unwrap();
    let list =
        ListSections { draft: DraftId::parse("draft", "nq").unwrap(), version: None, after: None, limit: 10 };
    let sections = store.read(&Scope::installation(), list).await.unwrap().answer.items;
    assert_eq!(
        sections.iter().map(|section| section.id).collect::<Vec<_>>(),
        [0, 1, 2],
        "the same sections keep their ids"
    );
    let compare = async |from: &str| {
        let arguments =
            ["ykien", "draft", "compare", "--draft", "nq", "--from", from, "--data", data.to_str().unwrap()];
        let Command::Draft(DraftCommand::Compare(args)) = Cli::parse_from(arguments).command else {
            panic!()
        };
        Box::pin(ykien::draft_compare::command(args)).await.map(|_| ())
    };
    compare("1").await.unwrap();
    let unknown = format!("{:#}", compare("3").await.unwrap_err());
    assert_eq!(unknown, "can't compare the versions: from: must be 1 to 2");
    store.close().await;
}

/// Runs a command as it is dispatched: its exit code, or what it says.
async fn run(directory: &Path, words: &[&str]) -> String {
    let data = directory.join("data");
    let arguments = ["ykien"].iter().chain(words).copied().chain(["--data", data.to_str().unwrap()]);
    let outcome = match Cli::parse_from(arguments).command {
        Command::Export(args) => Box::pin(ykien::export::command(args)).await,
        Command::Comments(CommentsCommand::ImportSheet(args)) => {
            Box::pin(ykien::sheets::comments(args)).await
        }
        Command::Decisions(DecisionsCommand::Import(args)) => Box::pin(ykien::sheets::decisions(args)).await,
        _ => panic!("another command"),
    };
    outcome.map_or_else(|error| format!("{error:#}"), |code| format!("{code:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_go_in_and_documents_come_out_on_the_database_itself() {
    let directory = tempfile::tempdir().unwrap();
    import(directory.path(), &["--create"]).await;
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (success, failure) =
        (format!("{:?}", std::process::ExitCode::SUCCESS), format!("{:?}", std::process::ExitCode::FAILURE));

    std::fs::write(path("more.csv"), "section,text\nMục 1,Bổ sung\nMục 9,Không có mục này\n").unwrap();
    let sheet = ["comments", "import-sheet", &path("more.csv"), "--draft", "log", "--agency", "so-mot"];
    let agencies = run(directory.path(), &sheet).await;
    assert!(agencies.contains("agency"), "an agency that is not known is named: {agencies}");
    let sheet = ["comments", "import-sheet", &path("more.csv"), "--draft", "log", "--agency", "ADMIN"];
    assert_eq!(run(directory.path(), &sheet).await, failure, "one row is refused");
    std::fs::write(path("more.csv"), "section,text\nMục 1,Bổ sung\n").unwrap();
    assert_eq!(run(directory.path(), &sheet).await, success, "the other was taken, and is known again");

    std::fs::write(path("decided.csv"), "number,outcome,explanation\n4,rejected,Đã có\n").unwrap();
    let decide = ["decisions", "import", &path("decided.csv"), "--draft", "log"];
    assert_eq!(run(directory.path(), &decide).await, success);

    for name in ["summary.docx", "summary.pdf", "summary.xlsx", "summary.csv", "summary.json"] {
        assert_eq!(
            run(directory.path(), &["export", &path(name), "--draft", "log"]).await,
            success,
            "{name}"
        );
    }
    let json: Value = serde_json::from_slice(&std::fs::read(path("summary.json")).unwrap()).unwrap();
    assert_eq!(json["totals"]["total"], 4);
    assert_eq!(json["comments"][2]["decision"]["explanation"], "Đã có");
    let wrong = run(directory.path(), &["export", &path("summary.odt"), "--draft", "log"]).await;
    assert_eq!(wrong, "FILE: must end in .docx, .pdf, .xlsx, .csv, .json for this document");
    assert!(!directory.path().join("summary.odt").exists());
    let nothing = run(directory.path(), &["export", &path("none.pdf"), "--draft", "none"]).await;
    assert!(nothing.contains("not found"), "{nothing}");
    assert!(!directory.path().join("none.pdf").exists(), "nothing is left of a file that was not written");
}
