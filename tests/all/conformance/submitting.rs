//! Comments as they come in.

use futures::future::join_all;
use ykien_domain::command::SubmitComment;
use ykien_domain::ids::ROOT;
use ykien_domain::model::{Anchor, Content, KindOrGeneral, Source};
use ykien_domain::words::{Admission, AnchorKind, Kind};
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_tests::START;

use crate::world::*;

behaviours! {
    thirty_two_at_once_get_the_numbers_1_to_32,
    a_comment_keeps_what_was_written_and_learns_where_it_stands,
    every_kind_of_anchor_is_kept,
    a_comment_that_says_nothing_or_stands_nowhere_is_refused_and_changes_nothing,
    decomposed_text_is_kept_composed,
    an_agency_that_was_not_invited_submits_only_where_anyone_is_admitted,
    only_who_runs_the_consultation_speaks_for_another_agency,
    an_observer_submits_nothing,
}

async fn thirty_two_at_once_get_the_numbers_1_to_32(w: &World) {
    w.open(Rules::default()).await;
    let before = w.revision().await;
    let callers = [FINANCE, PLANNING, POLICE, DRAFTER];
    let taken =
        join_all((0..32).map(|n| w.submit(callers[n % 4], 1 + n as i64 % 5, "Đề nghị rà soát"))).await;
    let mut numbers: Vec<i64> = taken.iter().map(|comment| comment.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
    assert_eq!(w.revision().await, before + 32);
    let listed = w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap();
    assert_eq!(listed.iter().map(|comment| comment.number).collect::<Vec<_>>(), (1..=32).collect::<Vec<_>>());
    let draft = w.ask(DRAFTER, ykien_domain::query::GetDraft { draft: draft() }).await.unwrap();
    assert_eq!(draft.comment_count, 32);
}

async fn a_comment_keeps_what_was_written_and_learns_where_it_stands(w: &World) {
    w.open(Rules::default()).await;
    let content = Content {
        anchor: Anchor { kind: AnchorKind::Quote, section: 2, quote: "19/19 tiêu chí".to_owned() },
        kind: KindOrGeneral(Kind::Technical),
        title: "Số liệu".to_owned(),
        text: "Đề nghị đối chiếu\nvới biểu 3".to_owned(),
        proposed_change: "18/19 tiêu chí".to_owned(),
    };
    let source = Source { id: "A-17".to_owned(), status: "đã gửi".to_owned() };
    let command = SubmitComment { source, ..submission(content) };
    let taken = w.write(FINANCE, command).await.unwrap();
    assert_eq!((taken.revision, taken.replayed), (w.revision().await, false));
    let comment = taken.comment.unwrap();
    let expected = v1::Comment {
        name: named("comments", 1),
        number: 1,
        round: named("rounds", 1),
        agency: FINANCE.name(),
        anchor: Some(v1::Anchor {
            kind: v1::AnchorKind::Quote.into(),
            section: named("sections", 2),
            quote: "19/19 tiêu chí".to_owned(),
        }),
        kind: v1::CommentKind::Technical.into(),
        title: "Số liệu".to_owned(),
        text: "Đề nghị đối chiếu\nvới biểu 3".to_owned(),
        proposed_change: "18/19 tiêu chí".to_owned(),
        source: Some(v1::Source { id: "A-17".to_owned(), status: "đã gửi".to_owned() }),
        channel: v1::Channel::Written.into(),
        speaker: String::new(),
        status: v1::CommentStatus::Pending.into(),
        late: false,
        decision: None,
        assigned_agency: String::new(),
        responsible_agency: DRAFTER.name(),
        response: String::new(),
        version: 1,
        create_time: Some(wire::timestamp(START)),
        update_time: Some(wire::timestamp(START)),
        etag: format!("r{}", taken.revision),
    };
    assert_eq!(comment, expected);
    for who in [FINANCE, DRAFTER, OBSERVER, ADMIN] {
        assert_eq!(w.get(who, 1).await.unwrap(), expected, "{who:?}");
    }
}

async fn every_kind_of_anchor_is_kept(w: &World) {
    w.open(Rules::default()).await;
    let table = [
        (AnchorKind::Document, ROOT, "", v1::AnchorKind::Document),
        (AnchorKind::Section, 4, "", v1::AnchorKind::Section),
        (AnchorKind::Quote, 5, "mục tiêu", v1::AnchorKind::Quote),
        (AnchorKind::Missing, 5, "chỉ tiêu nước sạch", v1::AnchorKind::Missing),
        (AnchorKind::Missing, ROOT, "phụ lục", v1::AnchorKind::Missing),
    ];
    for (kind, section, quote, shown) in table {
        let anchor = Anchor { kind, section, quote: quote.to_owned() };
        let comment = w.try_submit(FINANCE, Content { anchor, ..content(ROOT, "x") }).await.unwrap();
        let found = comment.anchor.unwrap();
        let place = if section == ROOT { String::new() } else { named("sections", section) };
        assert_eq!((found.kind(), found.section, found.quote.as_str()), (shown, place, quote));
    }
}

async fn a_comment_that_says_nothing_or_stands_nowhere_is_refused_and_changes_nothing(w: &World) {
    w.open(Rules::default()).await;
    let before = w.revision().await;
    let anchored = |kind, section, quote: &str| Content {
        anchor: Anchor { kind, section, quote: quote.to_owned() },
        ..content(ROOT, "x")
    };
    let table = [
        (content(1, "  \n "), "text"),
        (content(6, "x"), "anchor.section"),
        (anchored(AnchorKind::Quote, 1, ""), "anchor.quote"),
        (anchored(AnchorKind::Quote, ROOT, "x"), "anchor.section"),
        (anchored(AnchorKind::Section, 1, "x"), "anchor.quote"),
        (anchored(AnchorKind::Document, 1, ""), "anchor.section"),
        (anchored(AnchorKind::Missing, 1, ""), "anchor.quote"),
    ];
    for (content, field) in table {
        let refused = w.try_submit(FINANCE, content).await.unwrap_err();
        assert_eq!(refused.reason, "INVALID_FIELD", "{field}");
        assert!(refused.names(field), "{field}: {refused:?}");
    }
    assert_eq!(w.revision().await, before);
    assert_eq!(w.submit(FINANCE, 1, "x").await.number, 1);
}

async fn decomposed_text_is_kept_composed(w: &World) {
    w.open(Rules::default()).await;
    // "Đề nghị" with e + circumflex + grave, i + dot below.
    let comment = w.submit(FINANCE, 1, "\u{110}e\u{302}\u{300} nghi\u{323}").await;
    assert_eq!(comment.text, "Đề nghị");
}

async fn an_agency_that_was_not_invited_submits_only_where_anyone_is_admitted(w: &World) {
    w.open(Rules::default()).await;
    assert_eq!(w.try_submit(STRANGER, content(1, "x")).await.unwrap_err().reason, "NOT_FOUND");
    let round = w.open(Rules { admission: Admission::Anyone, ..Rules::default() }).await;
    let comment = w.submit(STRANGER, 1, "x").await;
    assert_eq!((comment.agency, comment.round), (STRANGER.name(), named("rounds", round)));
    // It knows the draft now, but the first round is still not its own.
    let command = SubmitComment { round: Some(1), ..submission(content(1, "x")) };
    assert_eq!(w.write(STRANGER, command).await.unwrap_err().reason, "PERMISSION_DENIED");
}

async fn only_who_runs_the_consultation_speaks_for_another_agency(w: &World) {
    w.open(Rules::default()).await;
    let command = || SubmitComment { agency: Some(PLANNING.code()), ..submission(content(1, "x")) };
    for who in [FINANCE, ANSWERING] {
        assert_eq!(w.write(who, command()).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    for who in [PLANNING, DRAFTER, ADMIN] {
        let comment = w.write(who, command()).await.unwrap().comment.unwrap();
        assert_eq!(comment.agency, PLANNING.name(), "{who:?}");
    }
    let unknown = SubmitComment { agency: Some(code("H99.99")), ..submission(content(1, "x")) };
    assert!(w.write(DRAFTER, unknown).await.unwrap_err().names("agency"));
}

async fn an_observer_submits_nothing(w: &World) {
    w.open(Rules { admission: Admission::Anyone, ..Rules::default() }).await;
    assert_eq!(w.try_submit(OBSERVER, content(1, "x")).await.unwrap_err().reason, "PERMISSION_DENIED");
}
