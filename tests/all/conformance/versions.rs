//! A new version keeps what is the same, and a place for what is gone.

use ykien_domain::command::{AssignSection, CreateVersion, NewSection, WriteOptions};
use ykien_domain::cube::Dimension;
use ykien_domain::query::{GetDraft, Group};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    a_version_has_its_tree_in_reading_order,
    a_section_that_is_the_same_moved_or_renamed_keeps_its_id,
    a_removed_section_keeps_its_comments_in_counts_and_collections,
    who_answers_for_a_section_stays_from_version_to_version,
    a_preamble_is_the_whole_documents_own_text,
    a_bad_tree_is_refused_by_its_section_and_changes_nothing,
    an_article_put_in_before_others_takes_no_id_of_theirs,
    what_a_version_kept_added_and_lost_is_counted_and_listed,
    a_dry_run_of_a_version_says_what_would_become_of_it_and_changes_nothing,
}

/// Number, parent, label and whether it is removed, in reading order.
async fn shown(w: &World, version: Option<i64>) -> Vec<(i64, String, String, bool)> {
    let sections = w.all(DRAFTER, &Sections { version }).await.unwrap();
    let number = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    for (position, section) in sections.iter().enumerate() {
        assert_eq!(section.position, position as i64);
    }
    sections
        .into_iter()
        .map(|s| (number(&s.name).parse().unwrap(), number(&s.parent_section), s.label, s.removed))
        .collect()
}

fn row(id: i64, parent: &str, label: &str, removed: bool) -> (i64, String, String, bool) {
    (id, parent.to_owned(), label.to_owned(), removed)
}

async fn a_version_has_its_tree_in_reading_order(w: &World) {
    let expected = [
        row(0, "", "", false),
        row(1, "0", "I", false),
        row(2, "1", "1", false),
        row(3, "1", "2", false),
        row(4, "0", "II", false),
        row(5, "4", "1", false),
    ];
    assert_eq!(shown(w, None).await, expected);
    assert_eq!(shown(w, Some(1)).await, expected);
    let sections = w.all(DRAFTER, &Sections { version: None }).await.unwrap();
    assert_eq!(sections[2].heading, "Kết quả đạt được");
    assert_eq!(sections.iter().map(|section| section.depth).collect::<Vec<_>>(), [0, 1, 2, 2, 1, 2]);
    assert!(w.all(DRAFTER, &Sections { version: Some(2) }).await.unwrap_err().names("version"));
}

async fn a_section_that_is_the_same_moved_or_renamed_keeps_its_id(w: &World) {
    let body = "Toàn tỉnh có 111 xã đạt chuẩn.".to_owned();
    let sections = vec![
        section(None, "I", "Đánh giá chung"),
        NewSection { body: body.clone(), ..section(Some(0), "1", "Kết quả") },
        section(None, "II", "Phương hướng"),
        // Moved: its path is another, so the client says which it is.
        NewSection { id: Some(3), ..section(Some(2), "1", "Tồn tại") },
        section(Some(2), "2", "Giải pháp"),
    ];
    let made = w.write(DRAFTER, version(sections)).await.unwrap();
    assert_eq!((made.version, made.section_count, made.revision), (2, 5, w.revision().await));
    let expected = [
        row(0, "", "", false),
        row(1, "0", "I", false),
        row(2, "1", "1", false),
        row(4, "0", "II", false),
        // Its label and place are those of section 5, which is another: that was not guessed.
        row(3, "4", "1", false),
        row(6, "4", "2", false),
        row(5, "0", "1", true),
    ];
    assert_eq!(shown(w, None).await, expected);
    let found = w.all(FINANCE, &Sections { version: None }).await;
    assert_eq!(found.unwrap_err().reason, "NOT_FOUND");
    w.open(Rules::default()).await;
    let found = w.all(FINANCE, &Sections { version: None }).await.unwrap();
    assert_eq!((found[2].heading.as_str(), found[2].body.as_str()), ("Kết quả", body.as_str()));
    let draft = w.ask(FINANCE, GetDraft { draft: draft() }).await.unwrap();
    assert_eq!(draft.version, 2);
    // The version before is as it was.
    assert_eq!(shown(w, Some(1)).await.len(), 6);
}

async fn a_removed_section_keeps_its_comments_in_counts_and_collections(w: &World) {
    w.open(Rules::default()).await;
    for section in [1, 4, 5, 5] {
        w.submit(FINANCE, section, "x").await;
    }
    w.write(DRAFTER, version(tree().into_iter().take(3).collect())).await.unwrap();
    let row = |section: &str, count, subtree| (vec![section.to_owned()], count, subtree);
    let counted = w.count(DRAFTER, &Counting::by(&[Dimension::Section])).await.unwrap();
    assert_eq!(counted.rows, [row("0", 0, 4), row("1", 1, 1), row("4", 1, 1), row("5", 2, 2)]);
    assert_eq!(counted.total, 4);
    let collected =
        w.all(DRAFTER, &Collected { group: Group::Section, filter: String::new() }).await.unwrap();
    assert_eq!(collected.iter().map(|comment| comment.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(collected.iter().all(|comment| comment.version == 1));
    let of_removed = Comments { filter: "section = 5".to_owned() };
    assert_eq!(w.all(FINANCE, &of_removed).await.unwrap().len(), 2);
    // Nothing new comes to stand on it.
    let refused = w.try_submit(FINANCE, content(5, "x")).await.unwrap_err();
    assert!(refused.names("anchor.section"), "{refused:?}");
    assert_eq!(w.submit(FINANCE, 1, "x").await.version, 2);
    // A further version keeps the place too, and a section that comes back is itself again.
    w.write(DRAFTER, version(vec![section(None, "X", "Khác")])).await.unwrap();
    assert_eq!(w.count(DRAFTER, &Counting::default()).await.unwrap().total, 5);
    let back = vec![NewSection { id: Some(5), ..section(None, "V", "Mục tiêu") }];
    w.write(DRAFTER, version(back)).await.unwrap();
    assert_eq!(w.submit(FINANCE, 5, "x").await.number, 6);
    assert_eq!(w.all(FINANCE, &of_removed).await.unwrap().len(), 3);
}

async fn who_answers_for_a_section_stays_from_version_to_version(w: &World) {
    w.open(Rules::default()).await;
    w.write(DRAFTER, AssignSection { draft: draft(), section: 1, agency: Some(POLICE.code()) })
        .await
        .unwrap();
    w.write(DRAFTER, AssignSection { draft: draft(), section: 5, agency: Some(PLANNING.code()) })
        .await
        .unwrap();
    for section in [2, 5] {
        w.submit(FINANCE, section, "x").await;
    }
    w.write(DRAFTER, version(tree().into_iter().take(3).collect())).await.unwrap();
    let answering = async |number| w.get(DRAFTER, number).await.unwrap().responsible_agency;
    assert_eq!((answering(1).await, answering(2).await), (POLICE.name(), PLANNING.name()));
    // A removed section can still be given to somebody else.
    w.write(DRAFTER, AssignSection { draft: draft(), section: 5, agency: None }).await.unwrap();
    assert_eq!(answering(2).await, DRAFTER.name());
}

async fn a_preamble_is_the_whole_documents_own_text(w: &World) {
    let preamble = " Căn cứ Luật\r\nXét đề nghị ".to_owned();
    w.write(DRAFTER, CreateVersion { preamble, ..version(tree()) }).await.unwrap();
    let sections = w.all(DRAFTER, &Sections { version: None }).await.unwrap();
    assert_eq!(sections[0].body, "Căn cứ Luật\nXét đề nghị");
    assert_eq!(w.all(DRAFTER, &Sections { version: Some(1) }).await.unwrap()[0].body, "");
}

async fn a_bad_tree_is_refused_by_its_section_and_changes_nothing(w: &World) {
    let revision = w.revision().await;
    let table = [
        (
            vec![section(None, "I", ""), section(None, "II", ""), section(Some(0), "1", "")],
            "sections[2].parent",
        ),
        (vec![section(None, "", "")], "sections[0].heading"),
        (vec![NewSection { id: Some(9), ..section(None, "I", "") }], "sections[0].id"),
        (vec![section(None, &"I".repeat(101), "")], "sections[0].label"),
        (vec![section(None, "I", &"x".repeat(2_001))], "sections[0].heading"),
    ];
    for (sections, field) in table {
        let refused = w.write(DRAFTER, version(sections)).await.unwrap_err();
        // `sections[0].id` is `sections[0].section` to a client of gRPC.
        let named = refused.names(field) || refused.names(&field.replace(".id", ".section"));
        assert!(refused.reason == "INVALID_FIELD" && named, "{field}: {refused:?}");
    }
    assert_eq!(w.revision().await, revision);
    w.open(Rules::default()).await;
    assert_eq!(w.write(FINANCE, version(tree())).await.unwrap_err().reason, "PERMISSION_DENIED");
    assert_eq!(w.write(STRANGER, version(tree())).await.unwrap_err().reason, "NOT_FOUND");
    let _: v1::Draft = w.ask(FINANCE, GetDraft { draft: draft() }).await.unwrap();
}

async fn an_article_put_in_before_others_takes_no_id_of_theirs(w: &World) {
    let articles = |headings: &[&str]| {
        let label = |place: usize| format!("Điều {}", place + 1);
        let article = |(place, heading): (usize, &&str)| section(None, &label(place), heading);
        version(headings.iter().enumerate().map(article).collect())
    };
    let first = ["Phạm vi", "Mức hỗ trợ", "Nguồn kinh phí", "Tổ chức thực hiện"];
    w.write(DRAFTER, articles(&first)).await.unwrap();
    w.open(Rules::default()).await;
    w.submit(FINANCE, 8, "x").await;
    let with = ["Phạm vi", "Đối tượng", "Mức hỗ trợ", "Nguồn kinh phí", "Tổ chức thực hiện"];
    w.write(DRAFTER, articles(&with)).await.unwrap();
    let shown = shown(w, None).await;
    let ids: Vec<_> = shown.iter().filter(|(.., removed)| !removed).map(|(id, ..)| *id).collect();
    assert_eq!(ids, [0, 6, 10, 7, 8, 9]);
    // The comment stands on what it was written on: Nguồn kinh phí, Điều 4 now.
    let kept = Comments { filter: "section = 8".to_owned() };
    assert_eq!(w.all(DRAFTER, &kept).await.unwrap().len(), 1);
}

async fn what_a_version_kept_added_and_lost_is_counted_and_listed(w: &World) {
    let first = w.write(DRAFTER, version(tree())).await.unwrap();
    assert_eq!((first.kept_count, first.added_count, first.removed_count), (5, 0, 0));
    let sections = vec![
        section(None, "I", "Đánh giá chung"),
        section(Some(0), "1", "Kết quả đạt được"),
        section(None, "II", "Phương hướng"),
        section(Some(2), "1", "Mục tiêu"),
        section(Some(2), "2", "Giải pháp"),
    ];
    let made = w.write_as(DRAFTER, version(sections.clone()), &request_id(1)).await.unwrap();
    assert_eq!((made.kept_count, made.added_count, made.removed_count), (4, 1, 1));
    assert_eq!(made.section_count, made.kept_count + made.added_count);
    let heading = |number: i64, label: &str, heading: &str| v1::SectionHeading {
        section: named("sections", number),
        label: label.to_owned(),
        heading: heading.to_owned(),
    };
    assert_eq!(made.added_sections, [heading(6, "2", "Giải pháp")]);
    assert_eq!(made.removed_sections, [heading(3, "2", "Tồn tại, hạn chế")]);
    // A retry gets all of it.
    assert_eq!(w.write_as(DRAFTER, version(sections), &request_id(1)).await.unwrap(), made);
    // Lost is lost: a further version does not count it again.
    let again = w.write(DRAFTER, version(tree().into_iter().take(2).collect())).await.unwrap();
    assert_eq!((again.kept_count, again.added_count, again.removed_count), (2, 0, 3));
}

async fn a_dry_run_of_a_version_says_what_would_become_of_it_and_changes_nothing(w: &World) {
    let (revision, before) = (w.revision().await, shown(w, None).await);
    let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let new = || version(vec![section(None, "I", "Đánh giá chung"), section(None, "X", "Khác")]);
    let tried = w.write_with(DRAFTER, new(), options.clone()).await.unwrap();
    assert_eq!((tried.version, tried.kept_count, tried.added_count, tried.removed_count), (2, 1, 1, 4));
    assert_eq!((w.revision().await, shown(w, None).await), (revision, before));
    assert_eq!(w.write(DRAFTER, new()).await.unwrap(), tried);
    let refused = w.write_with(DRAFTER, version(vec![section(None, "", "")]), options).await.unwrap_err();
    assert!(refused.names("sections[0].heading"), "{refused:?}");
}
