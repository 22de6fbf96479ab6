//! A chair's binding instructions.

use ykien_domain::command::{CompleteDirective, IssueDirective};
use ykien_domain::ids::{DirectiveNumber, ROOT};
use ykien_domain::query::GetDraft;
use ykien_domain::time::Date;
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_tests::START;

use crate::world::*;

behaviours! {
    a_directive_keeps_what_was_said_and_who_carries_it_out,
    a_directive_is_completed_once,
    who_has_to_carry_it_out_completes_it_and_nobody_else,
    a_directive_alone_lets_its_agency_know_the_draft,
    a_directive_needs_words_a_known_place_and_a_known_agency,
}

fn issue(text: &str) -> IssueDirective {
    IssueDirective {
        draft: draft(),
        text: text.to_owned(),
        section: ROOT,
        responsible: None,
        due: None,
        issued_by: String::new(),
        issued_on: None,
    }
}

fn complete(number: DirectiveNumber, note: &str) -> CompleteDirective {
    CompleteDirective { draft: draft(), number, note: note.to_owned(), version: None, etag: None }
}

async fn a_directive_keeps_what_was_said_and_who_carries_it_out(w: &World) {
    w.open(Rules::default()).await;
    let command = IssueDirective {
        section: 2,
        responsible: Some(POLICE.code()),
        due: Some(Date::parse("due", "2020-07-24").unwrap()),
        issued_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
        issued_on: Some(Date::parse("issued_on", "2020-07-21").unwrap()),
        ..issue("Số liệu chốt đến 30/6/2020")
    };
    let issued = w.write(DRAFTER, command).await.unwrap();
    let expected = v1::Directive {
        name: named("directives", 1),
        text: "Số liệu chốt đến 30/6/2020".to_owned(),
        section: named("sections", 2),
        responsible_agency: POLICE.name(),
        due_date: "2020-07-24".to_owned(),
        issued_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
        issue_date: "2020-07-21".to_owned(),
        completed: false,
        completion_note: String::new(),
        completed_in_version: 0,
        complete_time: None,
        etag: format!("r{}", w.revision().await),
    };
    assert_eq!(issued, expected);
    let second = w.write(DRAFTER, issue("Bổ sung năm hạn chế")).await.unwrap();
    assert_eq!(
        (second.name.clone(), second.responsible_agency.clone()),
        (named("directives", 2), DRAFTER.name())
    );
    for who in [DRAFTER, FINANCE, OBSERVER] {
        assert_eq!(w.all(who, &Directives {}).await.unwrap(), [expected.clone(), second.clone()], "{who:?}");
    }
}

async fn a_directive_is_completed_once(w: &World) {
    w.open(Rules::default()).await;
    let issued = w.write(DRAFTER, issue("x")).await.unwrap();
    let revision = w.revision().await;
    assert!(w.write(DRAFTER, complete(1, "  ")).await.unwrap_err().names("note"));
    let of_no_version = CompleteDirective { version: Some(2), ..complete(1, "xong") };
    assert!(w.write(DRAFTER, of_no_version).await.unwrap_err().names("version"));
    let stale = CompleteDirective { etag: Some(1), ..complete(1, "xong") };
    assert_eq!(w.write(DRAFTER, stale).await.unwrap_err().reason, "STALE_ETAG");
    assert_eq!(w.write(DRAFTER, complete(9, "xong")).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.revision().await, revision);
    w.at(60).await;
    let command =
        CompleteDirective { version: Some(1), etag: etag(&issued.etag), ..complete(1, "Đã rà soát") };
    let done = w.write(DRAFTER, command).await.unwrap();
    assert!(done.completed);
    assert_eq!((done.completion_note.as_str(), done.completed_in_version), ("Đã rà soát", 1));
    assert_eq!(done.complete_time, Some(wire::timestamp(START.plus_seconds(60))));
    assert_eq!(w.all(FINANCE, &Directives {}).await.unwrap(), [done]);
    assert_eq!(w.write(DRAFTER, complete(1, "lại")).await.unwrap_err().reason, "DIRECTIVE_COMPLETE");
}

async fn who_has_to_carry_it_out_completes_it_and_nobody_else(w: &World) {
    w.open(Rules::default()).await;
    w.write(DRAFTER, IssueDirective { responsible: Some(POLICE.code()), ..issue("một") }).await.unwrap();
    w.write(DRAFTER, issue("hai")).await.unwrap();
    for who in [FINANCE, POLICE, OBSERVER] {
        assert_eq!(
            w.write(who, complete(1, "xong")).await.unwrap_err().reason,
            "PERMISSION_DENIED",
            "{who:?}"
        );
        assert_eq!(w.write(who, issue("ba")).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    assert_eq!(w.write(ANSWERING, complete(2, "xong")).await.unwrap_err().reason, "PERMISSION_DENIED");
    assert!(w.write(ANSWERING, complete(1, "xong")).await.unwrap().completed);
    assert!(w.write(ADMIN, complete(2, "xong")).await.unwrap().completed);
}

async fn a_directive_alone_lets_its_agency_know_the_draft(w: &World) {
    let ask = GetDraft { draft: draft() };
    assert_eq!(w.ask(STRANGER, ask.clone()).await.unwrap_err().reason, "NOT_FOUND");
    w.write(DRAFTER, IssueDirective { responsible: Some(STRANGER.code()), ..issue("x") }).await.unwrap();
    assert_eq!(w.ask(STRANGER, ask).await.unwrap().title, "Báo cáo 10 năm thực hiện Nghị quyết 20-NQ/TU");
    assert_eq!(w.all(STRANGER, &Drafts {}).await.unwrap().len(), 1);
    assert_eq!(w.all(STRANGER, &Directives {}).await.unwrap().len(), 1);
}

async fn a_directive_needs_words_a_known_place_and_a_known_agency(w: &World) {
    let revision = w.revision().await;
    let table = [
        (issue("  "), "text"),
        (IssueDirective { section: 9, ..issue("x") }, "section"),
        (IssueDirective { responsible: Some(code("H99.99")), ..issue("x") }, "responsible"),
        (IssueDirective { issued_by: "x".repeat(501), ..issue("x") }, "issued_by"),
    ];
    for (command, field) in table {
        let refused = w.write(DRAFTER, command).await.unwrap_err();
        let named = refused.names(field) || refused.names(&format!("{field}_agency"));
        assert!(refused.reason == "INVALID_FIELD" && named, "{field}: {refused:?}");
    }
    assert_eq!(w.revision().await, revision);
}
