//! Every list is paged: small pages together are the whole, in its order, without loss or repeat.

use ykien_domain::command::{CreateClient, CreateDraft, IssueDirective, SubmitResponse};
use ykien_domain::ids::{ClientId, DraftId, ROOT};
use ykien_domain::model::Letter;
use ykien_domain::query::{Group, ListClients, ListEvents, ListRegistryEvents};
use ykien_domain::words::{Role, Stance};

use crate::world::*;

behaviours! {
    every_list_is_the_same_in_pages_of_two,
    an_empty_list_is_one_empty_page,
}

behaviours_of_the_store! {
    the_registrys_lists_are_the_same_in_pages_of_two,
    the_change_log_is_gapless_and_tells_who_did_what,
    a_page_of_long_comments_ends_before_there_is_too_much_of_them,
}

async fn a_page_of_long_comments_ends_before_there_is_too_much_of_them(w: &World) {
    w.open(Rules::default()).await;
    // 150,000 bytes each: more than 8 MiB in all.
    let long = ["rà soát ", &"ế".repeat(49_000)].concat();
    let texts = (0..60).map(|_| long.as_str()).chain(["ngắn, rà soát"]);
    for text in texts {
        w.submit(FINANCE, 1, text).await;
    }
    for filter in ["", "text:\"rà soát\""].map(str::to_owned) {
        let listed = w.pages(DRAFTER, &Comments { filter: filter.clone() }, 1_000).await.unwrap();
        let collected = w.pages(DRAFTER, &Collected { group: Group::Section, filter }, 1_000).await.unwrap();
        for pages in [listed, collected] {
            assert_eq!(pages.len(), 2);
            assert!(pages.iter().all(|page| page.len() < 60), "no page has all of the long ones");
            let numbers = pages.iter().flatten().map(|comment| comment.number);
            assert!(numbers.eq(1..=61));
        }
    }
}

/// Pages of two are full but for the last, and together the whole.
async fn expect_paged<L: List>(w: &World, who: Who, list: L, count: usize) {
    let what = std::any::type_name::<L>();
    let pages = w.pages(who, &list, 2).await.unwrap();
    assert_eq!(pages.len(), count.div_ceil(2), "{what}");
    assert!(pages.iter().rev().skip(1).all(|page| page.len() == 2), "{what}");
    let read: Vec<L::Shown> = pages.into_iter().flatten().collect();
    assert_eq!(read.len(), count, "{what}");
    assert_eq!(read, w.all(who, &list).await.unwrap(), "{what}");
    for (index, item) in read.iter().enumerate() {
        assert!(!read[..index].contains(item), "{what}: {item:?} twice");
    }
}

async fn every_list_is_the_same_in_pages_of_two(w: &World) {
    for id in ["a", "b", "z-1", "0"] {
        let command = CreateDraft {
            id: Some(DraftId::stored(id.to_owned())),
            title: "x".to_owned(),
            summary: String::new(),
            drafting_agency: DRAFTER.code(),
        };
        w.write(DRAFTER, command).await.unwrap();
    }
    for _ in 0..5 {
        w.open(Rules::default()).await;
        w.submit(FINANCE, 1, "x").await;
        let command = SubmitResponse {
            draft: draft(),
            round: None,
            agency: None,
            stance: Stance::Agrees,
            letter: Letter::default(),
            comments: Vec::new(),
        };
        w.write(FINANCE, command).await.unwrap();
        let command = IssueDirective {
            draft: draft(),
            text: "x".to_owned(),
            section: ROOT,
            responsible: None,
            due: None,
            issued_by: String::new(),
            issued_on: None,
        };
        w.write(DRAFTER, command).await.unwrap();
    }
    expect_paged(w, DRAFTER, Agencies {}, 6).await;
    expect_paged(w, DRAFTER, Drafts {}, 5).await;
    expect_paged(w, DRAFTER, Sections { version: None }, 6).await;
    expect_paged(w, DRAFTER, Sections { version: Some(1) }, 6).await;
    expect_paged(w, DRAFTER, Rounds {}, 5).await;
    expect_paged(w, DRAFTER, Invitations { round: 1 }, 3).await;
    expect_paged(w, DRAFTER, Comments { filter: String::new() }, 5).await;
    expect_paged(w, DRAFTER, Comments { filter: "number > 2".to_owned() }, 3).await;
    expect_paged(w, DRAFTER, Collected { group: Group::Status, filter: String::new() }, 5).await;
    expect_paged(w, DRAFTER, Responses { round: None }, 5).await;
    expect_paged(w, DRAFTER, Directives {}, 5).await;
    let names: Vec<_> =
        w.all(DRAFTER, &Drafts {}).await.unwrap().into_iter().map(|draft| draft.name).collect();
    assert!(names.is_sorted(), "by id: {names:?}");
    let names: Vec<_> =
        w.all(DRAFTER, &Agencies {}).await.unwrap().into_iter().map(|agency| agency.name).collect();
    assert_eq!(names, AGENCIES.map(|code| format!("agencies/{code}")));
}

async fn an_empty_list_is_one_empty_page(w: &World) {
    assert_eq!(w.pages(DRAFTER, &Rounds {}, 2).await.unwrap(), [Vec::new()]);
    assert_eq!(w.pages(DRAFTER, &Comments { filter: String::new() }, 2).await.unwrap(), [Vec::new()]);
    assert_eq!(w.pages(DRAFTER, &Directives {}, 2).await.unwrap(), [Vec::new()]);
    assert_eq!(w.pages(DRAFTER, &Responses { round: None }, 2).await.unwrap(), [Vec::new()]);
}

async fn the_registrys_lists_are_the_same_in_pages_of_two(w: &World) {
    for n in 0..5 {
        let command = CreateClient {
            client_id: ClientId::stored(format!("client-{n}")),
            agency: FINANCE.code(),
            role: Role::Contributor,
            name: String::new(),
            secret_hash: "$argon2id$".to_owned(),
        };
        w.install(command).await.unwrap();
    }
    let store = &w.base.store;
    let (mut clients, mut after) = (Vec::new(), None);
    loop {
        let page = store.read(&ADMIN.scope(), ListClients { after, limit: 2 }).await.unwrap().answer;
        clients.extend(page.items.into_iter().map(|client| client.client_id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(clients, ["client-0", "client-1", "client-2", "client-3", "client-4"]);
    let (mut events, mut after) = (Vec::new(), Some(0));
    while let Some(from) = after {
        let page =
            store.read(&ADMIN.scope(), ListRegistryEvents { after: from, limit: 2 }).await.unwrap().answer;
        events.extend(page.items.into_iter().map(|event| (event.revision, event.change.kind())));
        after = page.next;
    }
    // Six agencies, the draft, five clients.
    assert_eq!(events.iter().map(|event| event.0).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(
        (events[0].1, events[6].1, events[11].1),
        ("agency_created", "draft_created", "client_created")
    );
    for who in [DRAFTER, OBSERVER, FINANCE] {
        let refused = store.read(&who.scope(), ListRegistryEvents { after: 0, limit: 2 }).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "PERMISSION_DENIED", "{who:?}");
    }
}

async fn the_change_log_is_gapless_and_tells_who_did_what(w: &World) {
    w.open(Rules::default()).await;
    w.write_as(FINANCE, submission(content(1, "x")), &request_id(7)).await.unwrap();
    w.decide(1, ykien_domain::words::Outcome::Accepted).await;
    w.publish(&[]).await;
    let store = &w.base.store;
    let (mut events, mut after) = (Vec::new(), Some(0));
    while let Some(from) = after {
        let query = ListEvents { draft: draft(), after: from, limit: 2 };
        let page = store.read(&OBSERVER.scope(), query).await.unwrap().answer;
        events.extend(page.items);
        after = page.next;
    }
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let subject = event.change.subject();
            format!("{} {} {} {subject}", event.revision, event.actor.agency, event.change.kind())
                .trim()
                .to_owned()
        })
        .collect();
    let expected = [
        "1 installation draft_created",
        "2 installation version_created versions/1",
        "3 H37.02 round_created rounds/1",
        "4 H37.02 agencies_invited rounds/1",
        "5 H37.02 round_opened rounds/1",
        "6 H37.05 comment_submitted comments/1",
        "7 H37.02 comment_decided comments/1",
        "8 H37.02 decisions_published",
    ];
    assert_eq!(told, expected);
    assert_eq!(events[5].request_id.as_ref().unwrap().as_str(), request_id(7));
    let refused =
        store.read(&FINANCE.scope(), ListEvents { draft: draft(), after: 0, limit: 2 }).await.unwrap_err();
    assert_eq!(refused.reason.as_str(), "PERMISSION_DENIED");
}
