//! Comments in the draft's own reading order, grouped, page by page.

use std::collections::HashMap;

use ykien_domain::command::AssignComment;
use ykien_domain::query::Group;
use ykien_domain::words::Outcome;
use ykien_proto::v1;

use super::story;
use crate::world::*;

behaviours! {
    pages_of_three_hold_everything_once_and_in_order,
    comments_come_in_reading_order_and_then_by_number,
    what_comes_in_meanwhile_moves_nothing_already_read,
    every_place_of_a_collection_can_be_gone_on_from,
    many_sections_and_groups_are_read_in_order_by_pages_of_any_size,
}

pub(super) const GROUPS: [Group; 4] = [Group::Section, Group::Status, Group::Agency, Group::Responsible];

/// The sections of the story's newest version in reading order, removed ones last.
const READING: [&str; 7] = ["", "1", "2", "3", "6", "4", "5"];

/// The number of the section that a comment is on; empty for the whole document.
fn section_of(comment: &v1::Comment) -> String {
    let section = comment.anchor.clone().unwrap_or_default().section;
    section.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What a comment sorts by in a collection.
fn place(comment: &v1::Comment, group: Group) -> (String, usize, i64) {
    let section = section_of(comment);
    let position = READING.iter().position(|known| *known == section).expect("a section of the version");
    place_at(comment, group, position)
}

fn place_at(comment: &v1::Comment, group: Group, position: usize) -> (String, usize, i64) {
    let key = match group {
        Group::Section => String::new(),
        // The words in their standing order.
        Group::Status => comment.status.to_string(),
        Group::Agency => comment.agency.clone(),
        Group::Responsible => comment.responsible_agency.clone(),
    };
    (key, position, comment.number)
}

async fn pages_of_three_hold_everything_once_and_in_order(w: &World) {
    story::tell(w).await;
    for who in [DRAFTER, FINANCE, ANSWERING] {
        for group in GROUPS {
            for filter in ["", "status != withdrawn"] {
                let list = Collected { group, filter: filter.to_owned() };
                let pages = w.pages(who, &list, 3).await.unwrap();
                assert!(pages.iter().rev().skip(1).all(|page| page.len() == 3), "{who:?} {group:?}");
                let read: Vec<v1::Comment> = pages.into_iter().flatten().collect();
                assert_eq!(read, w.all(who, &list).await.unwrap(), "{who:?} {group:?} {filter}");
                let mut numbers: Vec<i64> = read.iter().map(|comment| comment.number).collect();
                numbers.sort_unstable();
                let listed = w.all(who, &Comments { filter: filter.to_owned() }).await.unwrap();
                let expected: Vec<i64> = listed.iter().map(|comment| comment.number).collect();
                assert_eq!(numbers, expected, "{who:?} {group:?} {filter}: nothing lost, nothing twice");
            }
        }
    }
}

async fn comments_come_in_reading_order_and_then_by_number(w: &World) {
    story::tell(w).await;
    for who in story::AUDIENCE {
        for group in GROUPS {
            let read = w.all(who, &Collected { group, filter: String::new() }).await.unwrap();
            let places: Vec<_> = read.iter().map(|comment| place(comment, group)).collect();
            assert!(places.is_sorted(), "{who:?} {group:?}: {places:?}");
        }
    }
}

async fn what_comes_in_meanwhile_moves_nothing_already_read(w: &World) {
    w.open(Rules::default()).await;
    for section in [5, 1, 4, 2, 5, 0, 3] {
        w.submit(FINANCE, section, "x").await;
    }
    let list = Collected { group: Group::Section, filter: String::new() };
    let before = w.all(DRAFTER, &list).await.unwrap();
    // Read page by page, while comments come in before and behind the place that was read.
    let mut read: Vec<i64> = Vec::new();
    let mut pages = Reading::new(w, DRAFTER, &list);
    while let Some(page) = pages.next(2).await.unwrap() {
        read.extend(page.iter().map(|comment| comment.number));
        if read.len() == 4 {
            w.submit(FINANCE, 0, "trước").await;
            w.submit(FINANCE, 5, "sau").await;
        }
    }
    let mut expected: Vec<i64> = before.iter().map(|comment| comment.number).collect();
    expected.push(9);
    assert_eq!(read, expected);
}

async fn every_place_of_a_collection_can_be_gone_on_from(w: &World) {
    story::tell(w).await;
    for who in story::AUDIENCE {
        for group in GROUPS {
            let list = Collected { group, filter: String::new() };
            let pages = w.pages(who, &list, 1).await.unwrap();
            assert!(pages.iter().all(|page| page.len() == 1), "{who:?} {group:?}");
            let read: Vec<v1::Comment> = pages.into_iter().flatten().collect();
            assert_eq!(read, w.all(who, &list).await.unwrap(), "{who:?} {group:?}");
        }
    }
}

async fn many_sections_and_groups_are_read_in_order_by_pages_of_any_size(w: &World) {
    w.open(Rules::default()).await;
    let sections = (0..150).map(|n| section((n % 10 != 0).then_some(n - n % 10), "", &format!("Mục {n}")));
    w.write(DRAFTER, version(sections.collect())).await.unwrap();
    let positions: HashMap<String, usize> = w
        .all(DRAFTER, &Sections { version: None })
        .await
        .unwrap()
        .iter()
        .enumerate()
        .map(|(position, section)| (section.name.rsplit('/').next().unwrap_or_default().to_owned(), position))
        .collect();
    // Some sections have many, most have one or none.
    for n in 0..180_i64 {
        let who = [FINANCE, PLANNING, POLICE][n as usize % 3];
        let section = if n % 4 == 0 { 150 - n % 3 } else { 6 + n * 37 % 150 };
        w.submit(who, section, &format!("Ý kiến {n}")).await;
    }
    for number in (1..=180).filter(|number| number % 5 == 0) {
        w.decide(number, Outcome::ALL[number as usize % 3]).await;
    }
    w.publish(&[5, 10, 15, 20]).await;
    for (number, agency) in [(7, PLANNING), (70, POLICE), (100, FINANCE), (140, POLICE)] {
        let command = AssignComment { draft: draft(), number, agency: Some(agency.code()), etag: None };
        w.write(DRAFTER, command).await.unwrap();
    }
    for who in [DRAFTER, POLICE, ANSWERING] {
        for group in GROUPS {
            for filter in [
                "",
                "agency = H37.07",
                "section = 150",
                "late = true",
                "number > 50 AND status = pending",
                r#"NOT text:"kiến 7""#,
            ] {
                let list = Collected { group, filter: filter.to_owned() };
                let all = w.all(who, &list).await.unwrap();
                let places: Vec<_> = all
                    .iter()
                    .map(|comment| {
                        place_at(comment, group, positions.get(&section_of(comment)).copied().unwrap_or(0))
                    })
                    .collect();
                assert!(places.is_sorted(), "{who:?} {group:?} {filter}: {places:?}");
                let by_number = Comments { filter: filter.to_owned() };
                let listed = w.all(who, &by_number).await.unwrap();
                assert!(listed.is_sorted_by_key(|comment| comment.number), "{who:?} {filter}");
                assert_eq!(listed.len(), all.len(), "{who:?} {group:?} {filter}");
                for size in [7, 60] {
                    if group == Group::Section {
                        let pages = w.pages(who, &by_number, size).await.unwrap();
                        assert_eq!(pages.concat(), listed, "{who:?} {filter}: in pages of {size}");
                    }
                    let pages = w.pages(who, &list, size).await.unwrap();
                    assert_eq!(pages.concat(), all, "{who:?} {group:?} {filter}: in pages of {size}");
                }
            }
        }
    }
}
