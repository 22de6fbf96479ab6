//! Two versions are compared section by section, and comments follow their anchors from one to the other.

use ykien_domain::command::NewSection;
use ykien_domain::model::{Anchor, Content};
use ykien_domain::words::{AnchorKind, PlacementState};
use ykien_proto::v1;
use ykien_proto::v1::SectionChange::{Added, Moved, Removed, Renumbered, TextChanged, Unchanged};

use crate::world::*;

behaviours! {
    versions_are_compared_in_the_order_of_the_second,
    a_comparison_comes_in_pages_of_the_versions_that_it_began_with,
    comments_follow_their_anchors,
    placements_are_listed_by_state_and_in_pages,
    placements_are_of_what_the_caller_sees,
    a_version_that_is_not_there_is_refused_by_its_name,
}

const RATE: &str = "Toàn tỉnh có 111 xã đạt chuẩn nông thôn mới.";

/// The second version: I has a new text, its second section went to II, II.1 is gone, and something is new.
fn second() -> Vec<NewSection> {
    vec![
        NewSection { body: RATE.to_owned(), ..section(None, "I", "Đánh giá chung") },
        section(Some(0), "1", "Kết quả đạt được"),
        section(None, "II", "Phương hướng"),
        section(Some(2), "1", "Giải pháp"),
        section(Some(2), "2", "Tồn tại, hạn chế"),
    ]
}

/// Section and changes.
fn told(section: &v1::SectionComparison) -> (String, Vec<v1::SectionChange>) {
    let shown = section.after.as_ref().or(section.before.as_ref()).expect("it is in one of them");
    (shown.name.clone(), section.changes().collect())
}

async fn versions_are_compared_in_the_order_of_the_second(w: &World) {
    w.write(DRAFTER, version(second())).await.unwrap();
    let compared = w.all(DRAFTER, &Compared { from: 1, to: None }).await.unwrap();
    let expected = [
        (named("sections", 0), vec![Unchanged]),
        (named("sections", 1), vec![TextChanged]),
        (named("sections", 2), vec![Unchanged]),
        (named("sections", 4), vec![Unchanged]),
        // It was the first of II, so it stands first there.
        (named("sections", 5), vec![Removed]),
        (named("sections", 6), vec![Added]),
        // Its label is the same by chance: it is another section's second.
        (named("sections", 3), vec![Moved]),
    ];
    assert_eq!(compared.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(compared.iter().map(|section| section.position).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    let both = |section: &v1::SectionComparison| {
        let text = |section: &v1::Section| section.body.clone();
        (section.before.as_ref().map(text), section.after.as_ref().map(text))
    };
    assert_eq!(both(&compared[1]), (Some(String::new()), Some(RATE.to_owned())));
    assert_eq!((both(&compared[4]).1, both(&compared[5]).0), (None, None));
    let parent = |section: &Option<v1::Section>| section.as_ref().unwrap().parent_section.clone();
    let moved = (parent(&compared[6].before), parent(&compared[6].after));
    assert_eq!(moved, (named("sections", 1), named("sections", 4)));
    // The other way round, and with itself.
    let back = w.all(DRAFTER, &Compared { from: 2, to: Some(1) }).await.unwrap();
    let changes =
        |number: i64| back.iter().map(told).find(|(name, _)| *name == named("sections", number)).unwrap().1;
    assert_eq!((changes(5), changes(6)), (vec![Added], vec![Removed]));
    let same = w.all(DRAFTER, &Compared { from: 2, to: Some(2) }).await.unwrap();
    assert!(same.iter().all(|section| section.changes().eq([Unchanged])));
    // What an earlier version lost is no news.
    w.write(DRAFTER, version(second())).await.unwrap();
    let later = w.all(DRAFTER, &Compared { from: 2, to: Some(3) }).await.unwrap();
    assert_eq!(later.len(), 6);
}

async fn a_comparison_comes_in_pages_of_the_versions_that_it_began_with(w: &World) {
    w.write(DRAFTER, version(second())).await.unwrap();
    let list = Compared { from: 1, to: Some(2) };
    let whole = w.all(DRAFTER, &list).await.unwrap();
    for size in [1, 3, 7] {
        let pages = w.pages(DRAFTER, &list, size).await.unwrap();
        assert_eq!(pages.concat(), whole, "{size} a page");
    }
    if w.is_remote() {
        // Over the port the newest version is the newest when the list began.
        let newest = Compared { from: 1, to: None };
        let mut reading = Reading::new(w, DRAFTER, &newest);
        let mut found = reading.next(2).await.unwrap().unwrap();
        w.write(DRAFTER, version(vec![section(None, "X", "Khác")])).await.unwrap();
        while let Some(page) = reading.next(2).await.unwrap() {
            found.extend(page);
        }
        assert_eq!(found, whole);
    }
}

/// Submits a comment on words of a section.
async fn quote(w: &World, who: Who, section: i64, words: &str) {
    let anchor = Anchor { kind: AnchorKind::Quote, section, quote: words.to_owned() };
    let content = Content { anchor, text: "x".to_owned(), ..Content::default() };
    w.try_submit(who, content).await.unwrap();
}

/// Number, state, reason, and the section then and now by label.
fn standing(placement: &v1::Placement) -> (i64, &'static str, &'static str, String, String) {
    let number = placement.comment.rsplit('/').next().unwrap_or_default().parse().unwrap();
    let state = placement.state().as_str_name().trim_start_matches("PLACEMENT_STATE_");
    let reason = placement.reason().as_str_name().trim_start_matches("PLACEMENT_REASON_");
    let label = |section: &Option<v1::SectionHeading>| {
        section.as_ref().map_or_else(|| "none".to_owned(), |section| section.label.clone())
    };
    (number, state, reason, label(&placement.written_section), label(&placement.current_section))
}

fn row(
    number: i64,
    state: &'static str,
    reason: &'static str,
    then: &str,
    now: &str,
) -> (i64, &'static str, &'static str, String, String) {
    (number, state, reason, then.to_owned(), now.to_owned())
}

/// Comments 1 to 6 of two agencies on the first version, of which the second keeps some.
async fn commented(w: &World) {
    let mut first = tree();
    first[1].body = RATE.to_owned();
    first[4].body = "Phấn đấu đến năm 2025 cả tỉnh đạt chuẩn.".to_owned();
    w.write(DRAFTER, version(first)).await.unwrap();
    w.open(Rules::default()).await;
    w.submit(FINANCE, 0, "x").await;
    w.submit(FINANCE, 2, "x").await;
    w.submit(PLANNING, 3, "x").await;
    w.submit(FINANCE, 5, "x").await;
    quote(w, PLANNING, 2, "111 xã đạt chuẩn").await;
    quote(w, FINANCE, 5, "Phấn đấu đến năm 2025").await;
    // The rate stands in I now, and II.1 is gone.
    w.write(DRAFTER, version(second())).await.unwrap();
}

async fn comments_follow_their_anchors(w: &World) {
    commented(w).await;
    let newest = Placements { version: None, state: None };
    let placements = w.all(DRAFTER, &newest).await.unwrap();
    let expected = [
        row(1, "PLACED", "UNSPECIFIED", "", ""),
        row(2, "PLACED", "UNSPECIFIED", "1", "1"),
        row(3, "MOVED", "SECTION_MOVED", "2", "2"),
        row(4, "ORPHANED", "SECTION_REMOVED", "1", "none"),
        row(5, "MOVED", "QUOTE_MOVED", "1", "I"),
        row(6, "ORPHANED", "SECTION_REMOVED", "1", "none"),
    ];
    assert_eq!(placements.iter().map(standing).collect::<Vec<_>>(), expected);
    assert!(placements.iter().all(|placement| placement.written_version == 2));
    // In the version that they were written on all are placed.
    let written = Placements { version: Some(2), state: None };
    let placements = w.all(DRAFTER, &written).await.unwrap();
    assert!(placements.iter().all(|placement| placement.state() == v1::PlacementState::Placed));
    // A comment on the new version is placed in it, and its section is not in the old one.
    w.submit(FINANCE, 6, "x").await;
    let last = |placements: Vec<v1::Placement>| standing(placements.last().unwrap());
    assert_eq!(last(w.all(DRAFTER, &newest).await.unwrap()), row(7, "PLACED", "UNSPECIFIED", "1", "1"));
    assert_eq!(
        last(w.all(DRAFTER, &written).await.unwrap()),
        row(7, "ORPHANED", "SECTION_REMOVED", "1", "none")
    );
    // The quoted words are gone, their section is not.
    let mut third = second();
    third[0].body = "Toàn tỉnh có 117 xã đạt chuẩn.".to_owned();
    w.write(DRAFTER, version(third)).await.unwrap();
    let gone = Placements { version: None, state: Some(PlacementState::Orphaned) };
    let placements = w.all(DRAFTER, &gone).await.unwrap();
    assert_eq!(standing(&placements[1]), row(5, "ORPHANED", "QUOTE_GONE", "1", "1"));
    assert_eq!(placements.len(), 3);
}

async fn placements_are_listed_by_state_and_in_pages(w: &World) {
    commented(w).await;
    let all = w.all(DRAFTER, &Placements { version: None, state: None }).await.unwrap();
    for state in PlacementState::ALL {
        let list = Placements { version: None, state: Some(*state) };
        let found = w.all(DRAFTER, &list).await.unwrap();
        let shown = ykien_edge::wire::placement_state(*state);
        let expected: Vec<_> = all.iter().filter(|one| one.state() == shown).cloned().collect();
        assert_eq!(found, expected, "{state:?}");
        assert!(!found.is_empty());
        assert_eq!(w.pages(DRAFTER, &list, 1).await.unwrap().concat(), expected);
    }
    let pages = w.pages(DRAFTER, &Placements { version: None, state: None }, 4).await.unwrap();
    assert_eq!(pages.concat(), all);
    assert_eq!(pages.len(), 2);
}

async fn placements_are_of_what_the_caller_sees(w: &World) {
    commented(w).await;
    let list = Placements { version: None, state: None };
    let numbers = async |who| -> Vec<i64> {
        w.all(who, &list).await.unwrap().iter().map(|placement| standing(placement).0).collect()
    };
    assert_eq!(numbers(FINANCE).await, [1, 2, 4, 6]);
    assert_eq!(numbers(PLANNING).await, [3, 5]);
    assert!(numbers(POLICE).await.is_empty());
    assert_eq!(numbers(OBSERVER).await, [1, 2, 3, 4, 5, 6]);
    let orphaned = Placements { version: None, state: Some(PlacementState::Orphaned) };
    assert!(w.all(PLANNING, &orphaned).await.unwrap().is_empty());
    assert_eq!(w.all(STRANGER, &list).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.all(STRANGER, &Compared { from: 1, to: None }).await.unwrap_err().reason, "NOT_FOUND");
    assert_eq!(w.all(POLICE, &Compared { from: 1, to: None }).await.unwrap().len(), 7);
}

async fn a_version_that_is_not_there_is_refused_by_its_name(w: &World) {
    let table = [(9, None, "from"), (1, Some(9), "to")];
    for (from, to, field) in table {
        let refused = w.all(DRAFTER, &Compared { from, to }).await.unwrap_err();
        // Over gRPC `from` is `from_version`.
        let named = refused.names(field) || refused.names(&format!("{field}_version"));
        assert!(refused.reason == "INVALID_FIELD" && named, "{refused:?}");
    }
    let refused = w.all(DRAFTER, &Placements { version: Some(9), state: None }).await.unwrap_err();
    assert!(refused.names("version"), "{refused:?}");
    // A label that changed with its section's place is no other section.
    w.write(DRAFTER, version(vec![section(None, "1", "Đánh giá chung")])).await.unwrap();
    let compared = w.all(DRAFTER, &Compared { from: 1, to: None }).await.unwrap();
    assert_eq!(told(&compared[1]), (named("sections", 1), vec![Renumbered]));
}
