//! What a search finds is exact, however far behind the index is, and whoever makes it.

use futures::future::join_all;
use ykien_domain::command::ReviseComment;
use ykien_domain::query::Group;
use ykien_domain::search::{Form, Phrase};
use ykien_domain::words::Outcome;
use ykien_proto::v1;

use super::collecting::GROUPS;
use super::story;
use super::tampering::tamper;
use crate::world::*;

behaviours! {
    a_search_finds_the_same_without_an_index_behind_it_and_with_it,
    a_revised_comment_is_found_by_its_new_words_and_by_no_old_ones,
    a_search_through_merged_segments_finds_what_their_comments_say,
    a_searcher_finds_only_what_it_may_see,
    a_search_is_collected_as_its_comments_are_by_every_group_and_to_every_caller,
}

behaviours_of_the_store! {
    two_projectors_at_once_make_one_index,
    an_index_is_asked_and_not_every_comment,
    a_section_of_thousands_is_read_to_its_end,
}

/// Words in the order of how often they are said: every second comment says the first, every third the second.
const WORDS: [&str; 9] = ["số", "liệu", "Đề", "nghị", "rà", "soát", "thí", "điểm", "thi"];

/// Submits comments numbered from the first to the last; each says the words whose place divides its number.
async fn submit(w: &World, numbers: std::ops::RangeInclusive<i64>) {
    for number in numbers {
        let said: Vec<&str> =
            WORDS.iter().zip(2..).filter(|(_, every)| number % every == 0).map(|(word, _)| *word).collect();
        let who = if number % 3 == 0 { PLANNING } else { FINANCE };
        w.submit(who, number % 6, &format!("Ý kiến {number}: {}.", said.join(", "))).await;
    }
}

/// Brings the index forward as far as it goes.
async fn index(w: &World) {
    while w.base.store.index_search(1).await.unwrap() > 0 {}
}

/// Every phrase of the table finds what a look at every comment finds.
async fn expect_exact(w: &World) {
    let all = w.all(DRAFTER, &Comments { filter: String::new() }).await.unwrap();
    let mut whole = Vec::new();
    for group in [Group::Section, Group::Agency] {
        whole.push((group, w.all(DRAFTER, &Collected { group, filter: String::new() }).await.unwrap()));
    }
    let phrases = [
        "số liệu",
        "số",
        "so lieu",
        "đề nghị",
        "de nghi",
        "rà soát",
        "thí điểm",
        "thi diem",
        "thi",
        "thí",
        "điểm thi",
        "ý kiến 17",
        "ý kiến",
        "17",
        "không có",
        "nghị điểm",
        "liệu số",
    ];
    for text in phrases {
        for (field, form) in [("text", Form::Accented), ("unaccented", Form::Unaccented)] {
            let phrase = Phrase::parse("", text, form).unwrap();
            let says = |comment: &&v1::Comment| phrase.occurs_in(&content(1, &comment.text));
            let expected: Vec<i64> = all.iter().filter(says).map(|comment| comment.number).collect();
            let filter = format!("{field}:\"{text}\"");
            let listed = w.all(DRAFTER, &Comments { filter: filter.clone() }).await.unwrap();
            let listed: Vec<i64> = listed.iter().map(|comment| comment.number).collect();
            assert_eq!(listed, expected, "{filter}");
            for (group, whole) in &whole {
                let expected: Vec<i64> = whole.iter().filter(says).map(|comment| comment.number).collect();
                let collected = Collected { group: *group, filter: filter.clone() };
                let collected = w.all(DRAFTER, &collected).await.unwrap();
                let numbers: Vec<i64> = collected.iter().map(|comment| comment.number).collect();
                assert_eq!(numbers, expected, "{filter} by {group:?}");
            }
        }
    }
    w.verify().await;
}

async fn a_search_finds_the_same_without_an_index_behind_it_and_with_it(w: &World) {
    w.open(Rules::default()).await;
    submit(w, 1..=60).await;
    expect_exact(w).await;
    index(w).await;
    expect_exact(w).await;
    submit(w, 61..=66).await;
    expect_exact(w).await;
    index(w).await;
    expect_exact(w).await;
}

async fn a_revised_comment_is_found_by_its_new_words_and_by_no_old_ones(w: &World) {
    w.open(Rules::default()).await;
    submit(w, 1..=40).await;
    index(w).await;
    let found = async |text: &str| -> Vec<i64> {
        let filter = format!("text:\"{text}\"");
        w.all(DRAFTER, &Comments { filter }).await.unwrap().iter().map(|comment| comment.number).collect()
    };
    for (number, text) in [(3, "hoàn toàn khác"), (40, "cũng khác hẳn")] {
        let revised = ReviseComment { draft: draft(), number, content: content(2, text), etag: None };
        w.write(DRAFTER, revised).await.unwrap();
    }
    for indexed in [false, true] {
        assert_eq!(found("khác").await, [3, 40], "{indexed}");
        assert_eq!(found("toàn khác").await, [3], "{indexed}");
        assert!(!found("ý kiến").await.contains(&3), "{indexed}");
        assert!(found("ý kiến 40").await.is_empty(), "{indexed}");
        expect_exact(w).await;
        index(w).await;
    }
}

async fn a_search_through_merged_segments_finds_what_their_comments_say(w: &World) {
    w.open(Rules::default()).await;
    // Eight segments are one too many: the ninth step merges them.
    for first in (1..=50).step_by(5) {
        submit(w, first..=first + 4).await;
        assert_eq!(w.base.store.index_search(1).await.unwrap(), 1, "{first}");
    }
    expect_exact(w).await;
    index(w).await;
    expect_exact(w).await;
}

async fn a_searcher_finds_only_what_it_may_see(w: &World) {
    w.open(Rules::default()).await;
    submit(w, 1..=30).await;
    index(w).await;
    for who in [FINANCE, PLANNING] {
        let filter = "unaccented:\"y kien\"".to_owned();
        let found = w.all(who, &Comments { filter }).await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|comment| comment.agency == who.name()), "{who:?}");
    }
}

async fn a_search_is_collected_as_its_comments_are_by_every_group_and_to_every_caller(w: &World) {
    story::tell(w).await;
    let mut found = 0;
    for indexed in [false, true] {
        for who in story::AUDIENCE {
            for group in GROUPS {
                for rest in ["number > 0", "status = pending", "agency = H37.05", "section = 1"] {
                    let all = w.all(who, &Collected { group, filter: rest.to_owned() }).await.unwrap();
                    // Of the comments on a meeting, one was given to another agency than answers for its section.
                    for text in ["số liệu", "cuộc họp"] {
                        let phrase = Phrase::parse("", text, Form::Accented).unwrap();
                        let says = |comment: &&v1::Comment| phrase.occurs_in(&content(1, &comment.text));
                        let expected: Vec<i64> =
                            all.iter().filter(says).map(|comment| comment.number).collect();
                        let filter = format!("text:\"{text}\" AND {rest}");
                        let collected = w.all(who, &Collected { group, filter }).await.unwrap();
                        let collected: Vec<i64> = collected.iter().map(|comment| comment.number).collect();
                        assert_eq!(collected, expected, "{who:?} {group:?} {text}, {rest}, {indexed}");
                        found += expected.len();
                    }
                }
            }
        }
        index(w).await;
    }
    assert!(found > 400, "{found}");
}

async fn two_projectors_at_once_make_one_index(w: &World) {
    w.open(Rules::default()).await;
    for first in (1..=60).step_by(4) {
        submit(w, first..=first + 3).await;
        let (one, other) = (w.base.store.clone(), w.base.store.clone());
        let (one, other) = tokio::join!(one.index_search(1), other.index_search(1));
        assert!(one.unwrap() + other.unwrap() > 0);
    }
    expect_exact(w).await;
}

async fn an_index_is_asked_and_not_every_comment(w: &World) {
    w.open(Rules::default()).await;
    submit(w, 1..=60).await;
    index(w).await;
    let filter = "text:\"ý kiến 17\"".to_owned();
    assert_eq!(w.all(DRAFTER, &Comments { filter: filter.clone() }).await.unwrap().len(), 1);
    tamper(&w.base, "DELETE FROM search_blocks WHERE draft > 0").await;
    assert_eq!(w.all(DRAFTER, &Comments { filter }).await.unwrap().len(), 0);
    // Whoever deletes all of it loses nothing: it is made again.
    for table in ["search_segments", "search_indexes"] {
        tamper(&w.base, &format!("DELETE FROM {table}")).await;
    }
    expect_exact(w).await;
    index(w).await;
    expect_exact(w).await;
}

async fn a_section_of_thousands_is_read_to_its_end(w: &World) {
    w.open(Rules::default()).await;
    // More on the first section than are looked at together; one of the first says it, and one of the last.
    join_all((0..4_300).map(|n| {
        let text = if n % 4_200 == 7 { "Đề nghị rà soát" } else { "Nhất trí" };
        let who = if n % 3 == 0 { PLANNING } else { FINANCE };
        async move { w.submit(who, if n % 50 == 9 { 2 } else { 1 }, text).await }
    }))
    .await;
    let says: fn(&&v1::Comment) -> bool = |comment| comment.text == "Đề nghị rà soát";
    // Each status has a list of its own: those of these end past where the list of what is pending ends at first.
    let filter = "text:\"rà soát\"".to_owned();
    for comment in w.all(DRAFTER, &Comments { filter }).await.unwrap() {
        w.decide(comment.number, Outcome::Accepted).await;
    }
    w.decide(4_299, Outcome::Rejected).await;
    let late = |comment: &&v1::Comment| comment.number > 4_000;
    for group in [Group::Section, Group::Agency] {
        let whole = w.all(DRAFTER, &Collected { group, filter: String::new() }).await.unwrap();
        assert_eq!(whole.len(), 4_300);
        for (filter, size, taken) in [("text:\"rà soát\"", 4, says), ("number > 4000", 90, late)] {
            let expected: Vec<i64> = whole.iter().filter(taken).map(|comment| comment.number).collect();
            let list = Collected { group, filter: filter.to_owned() };
            let pages = w.pages(DRAFTER, &list, size).await.unwrap();
            let full = pages.iter().rev().skip(1);
            assert!(full.into_iter().all(|page| page.len() == size as usize), "{filter} by {group:?}");
            let read: Vec<i64> = pages.iter().flatten().map(|comment| comment.number).collect();
            assert_eq!(read, expected, "{filter} by {group:?}");
        }
    }
}
