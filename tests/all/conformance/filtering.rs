//! A filter takes the same comments wherever it is used.

use ykien_domain::query::Group;
use ykien_proto::v1;

use super::story;
use crate::world::*;

behaviours! {
    a_filter_counts_what_it_collects,
    a_filter_takes_what_its_words_say,
    a_subtree_is_the_section_with_all_below_it,
    text_is_found_by_whole_words_blind_to_case_and_when_asked_to_diacritics,
    a_filter_on_the_status_means_the_status_that_is_shown,
    a_bad_filter_is_refused_by_name,
}

/// Filters that counts know.
const COUNTED: [&str; 28] = [
    "",
    "status = pending",
    "status != pending",
    "status = withdrawn",
    "NOT status = accepted",
    "agency = H37.05",
    "agency = agencies/H37.05",
    "agency != H37.05",
    "agency = H99.99",
    "responsible = H37.07",
    "responsible != H37.02",
    "kind = technical OR kind = question",
    "channel = meeting",
    "-channel = meeting",
    "round = 1",
    "round > 1",
    "round >= 2 AND round < 3",
    "round <= 0",
    "published = true",
    "published = false AND status = rejected",
    "section = 2",
    "section = 0",
    "section != drafts/nq20/sections/2",
    "subtree = 0",
    "subtree = 1",
    "subtree = 5",
    "NOT subtree = 1 AND (status = accepted OR status = partially_accepted)",
    "subtree != 1 OR subtree = 99",
];

async fn collected(w: &World, who: Who, filter: &str) -> Vec<v1::Comment> {
    let collect = Collected { group: Group::Section, filter: filter.to_owned() };
    w.all(who, &collect).await.unwrap_or_else(|refused| panic!("{filter}: {refused:?}"))
}

async fn found(w: &World, filter: &str) -> Vec<i64> {
    let listed = w.all(DRAFTER, &Comments { filter: filter.to_owned() }).await;
    listed
        .unwrap_or_else(|refused| panic!("{filter}: {refused:?}"))
        .iter()
        .map(|comment| comment.number)
        .collect()
}

async fn a_filter_counts_what_it_collects(w: &World) {
    story::tell(w).await;
    for who in story::AUDIENCE {
        let mut taken = 0;
        for filter in COUNTED {
            let mut comments = collected(w, who, filter).await;
            let counted = w.count(who, &Counting::of(filter)).await.unwrap();
            assert_eq!(counted.total, comments.len() as i64, "{who:?}: {filter}");
            taken += comments.len();
            comments.sort_by_key(|comment| comment.number);
            let listed = w.all(who, &Comments { filter: filter.to_owned() }).await.unwrap();
            assert_eq!(listed, comments, "{who:?}: {filter}");
        }
        assert!(taken > COUNTED.len(), "{who:?}: the filters take something");
    }
}

async fn a_filter_takes_what_its_words_say(w: &World) {
    story::tell(w).await;
    let all = collected(w, DRAFTER, "").await;
    let published =
        |comment: &v1::Comment| comment.decision.as_ref().is_some_and(|decision| decision.published);
    let section = |comment: &v1::Comment| comment.anchor.clone().unwrap_or_default().section;
    type Takes<'a> = &'a dyn Fn(&v1::Comment) -> bool;
    let table: [(&str, Takes<'_>); 14] = [
        ("status = rejected", &|c| c.status() == v1::CommentStatus::Rejected),
        ("status != rejected", &|c| c.status() != v1::CommentStatus::Rejected),
        ("agency = H37.05", &|c| c.agency == "agencies/H37.05"),
        ("responsible = H37.07", &|c| c.responsible_agency == "agencies/H37.07"),
        ("kind = editorial", &|c| c.kind() == v1::CommentKind::Editorial),
        ("channel = meeting", &|c| c.channel() == v1::Channel::Meeting),
        ("round = 2", &|c| c.round == "drafts/nq20/rounds/2"),
        ("number >= 10 number < 13", &|c| (10..13).contains(&c.number)),
        ("number > 30 OR number <= 2", &|c| c.number > 30 || c.number <= 2),
        ("number != 7", &|c| c.number != 7),
        ("late = true", &|c| c.late),
        ("published = true", &published),
        ("NOT section = 5", &|c| section(c) != "drafts/nq20/sections/5"),
        ("(status = accepted OR late = true) AND -agency = H37.06", &|c| {
            (c.status() == v1::CommentStatus::Accepted || c.late) && c.agency != "agencies/H37.06"
        }),
    ];
    for (filter, takes) in table {
        let mut expected: Vec<i64> =
            all.iter().filter(|comment| takes(comment)).map(|comment| comment.number).collect();
        expected.sort_unstable();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{filter} tells comments apart");
        assert_eq!(found(w, filter).await, expected, "{filter}");
    }
}

async fn a_subtree_is_the_section_with_all_below_it(w: &World) {
    w.open(Rules::default()).await;
    for section in 0..=5 {
        w.submit(FINANCE, section, "x").await;
    }
    // The comment on section n has the number n + 1.
    let table: [(i64, &[i64]); 7] =
        [(0, &[1, 2, 3, 4, 5, 6]), (1, &[2, 3, 4]), (2, &[3]), (3, &[4]), (4, &[5, 6]), (5, &[6]), (9, &[])];
    for (section, expected) in table {
        assert_eq!(found(w, &format!("subtree = {section}")).await, expected, "{section}");
        assert_eq!(
            found(w, &format!("subtree = drafts/nq20/sections/{section}")).await,
            expected,
            "{section}"
        );
        let rest: Vec<i64> = (1..=6).filter(|number| !expected.contains(number)).collect();
        assert_eq!(found(w, &format!("NOT subtree = {section}")).await, rest, "{section}");
        assert_eq!(found(w, &format!("subtree != {section}")).await, rest, "{section}");
    }
}

async fn text_is_found_by_whole_words_blind_to_case_and_when_asked_to_diacritics(w: &World) {
    use ykien_domain::model::{Anchor, Content};
    use ykien_domain::words::AnchorKind;
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "Đề nghị RÀ SOÁT,\nsố liệu 100%").await;
    w.submit(FINANCE, 2, "Bổ sung_đánh giá").await;
    let quoted = Anchor { kind: AnchorKind::Quote, section: 1, quote: "Nước Sạch".to_owned() };
    let whole = Content { anchor: quoted, title: "Tiêu đề".to_owned(), ..content(1, "ba") };
    w.try_submit(FINANCE, Content { proposed_change: "thay bằng: Ưu tiên".to_owned(), ..whole })
        .await
        .unwrap();
    let table: [(&str, &[i64]); 24] = [
        (r#"text:"rà soát số liệu""#, &[1]),
        (r#"text:"Soát… SỐ LIỆU""#, &[1]),
        (r#"text:"ĐỀ NGHỊ""#, &[1]),
        // Diacritics count, unless asked not to.
        (r#"text:"ra soat so lieu""#, &[]),
        (r#"unaccented:"ra soat so lieu""#, &[1]),
        (r#"unaccented:"DE NGHI""#, &[1]),
        (r#"unaccented:"Dê nghí""#, &[1]),
        ("text:đánh", &[2]),
        ("text:danh", &[]),
        ("unaccented:danh", &[2]),
        (r#"text:"100%""#, &[1]),
        (r#"text:"bổ sung đánh giá""#, &[2]),
        // Whole words, one after another, and no wild cards.
        ("text:soá", &[]),
        (r#"text:"rà số""#, &[]),
        (r#"unaccented:"r_ so""#, &[]),
        (r#"unaccented:"b%g""#, &[]),
        (r#"text:"tiêu đề""#, &[3]),
        (r#"text:"nước sạch""#, &[3]),
        (r#"unaccented:"uu tien""#, &[3]),
        // Never over the edge of two fields.
        (r#"unaccented:"de ba""#, &[]),
        (r#"NOT text:"số liệu" AND number < 3"#, &[2]),
        (r#"text:"đánh giá" OR unaccented:"uu tien""#, &[2, 3]),
        (r#"NOT (unaccented:de AND section = 1)"#, &[2]),
        (r#"subtree = 2 AND NOT text:"số""#, &[2]),
    ];
    for (filter, expected) in table {
        assert_eq!(found(w, filter).await, expected, "{filter}");
        for group in [Group::Section, Group::Status, Group::Agency, Group::Responsible] {
            let collect = Collected { group, filter: filter.to_owned() };
            let collected = w.all(DRAFTER, &collect).await.unwrap();
            let mut numbers: Vec<i64> = collected.iter().map(|comment| comment.number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, expected, "{filter} {group:?}");
        }
    }
}

async fn a_filter_on_the_status_means_the_status_that_is_shown(w: &World) {
    use ykien_domain::words::Outcome;
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.decide(1, Outcome::Rejected).await;
    for (who, filter, taken) in [
        (DRAFTER, "status = rejected", 1),
        (DRAFTER, "status = pending", 0),
        (FINANCE, "status = rejected", 0),
        (FINANCE, "status = pending", 1),
    ] {
        assert_eq!(collected(w, who, filter).await.len(), taken, "{who:?} {filter}");
    }
}

async fn a_bad_filter_is_refused_by_name(w: &World) {
    w.open(Rules::default()).await;
    let long = "late=true ".repeat(65);
    let deep = format!("{}late=true{}", "(".repeat(17), ")".repeat(17));
    let endless = " ".repeat(4_001);
    for filter in [
        "status",
        "status > pending",
        "(late = true",
        "late = maybe",
        "text = x",
        "text:%",
        &long,
        &deep,
        &endless,
    ] {
        let by_number = w.all(DRAFTER, &Comments { filter: filter.to_owned() }).await.unwrap_err();
        let in_order = w.all(DRAFTER, &Collected { group: Group::Agency, filter: filter.to_owned() }).await;
        for refused in [by_number, in_order.unwrap_err()] {
            assert!(refused.reason == "INVALID_FILTER" && refused.names("filter"), "{filter}: {refused:?}");
        }
    }
}
