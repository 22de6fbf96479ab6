//! Comments in the draft's own reading order, grouped, page by page.

use ykien_domain::query::Group;
use ykien_proto::v1;

use super::story;
use crate::world::*;

behaviours! {
    pages_of_three_hold_everything_once_and_in_order,
    comments_come_in_reading_order_and_then_by_number,
    what_comes_in_meanwhile_moves_nothing_already_read,
}

const GROUPS: [Group; 4] = [Group::Section, Group::Status, Group::Agency, Group::Responsible];

/// The sections of the story's newest version in reading order, removed ones last.
const READING: [&str; 7] = ["", "1", "2", "3", "6", "4", "5"];

/// What a comment sorts by in a collection.
fn place(comment: &v1::Comment, group: Group) -> (String, usize, i64) {
    let section = comment.anchor.clone().unwrap_or_default().section;
    let section = section.rsplit('/').next().unwrap_or_default();
    let position = READING.iter().position(|known| *known == section).expect("a section of the version");
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
