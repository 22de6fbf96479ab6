//! Agencies and clients, and what becomes of an agency that ends.

use serde_json::json;
use ykien_domain::command::{
    AssignSection, CreateAgency, CreateClient, CreateDraft, DisableClient, EndClientSecret, InviteAgencies,
    RotateClient, RotateSigningKeys, SetClientKeys, SubmitComment, SucceedAgency, UpdateAgency,
};
use ykien_domain::ids::ClientId;
use ykien_domain::model::ClientKey;
use ykien_domain::query::{GetAgency, GetClient, ListAgencies};
use ykien_domain::words::{AgencyKind, Role};

use crate::world::*;

behaviours! {
    an_agency_that_was_succeeded_takes_no_part_any_more_and_its_history_stays_its_own,
}

behaviours_of_the_store! {
    an_agency_is_made_once_and_changes_under_its_etag,
    an_agency_is_succeeded_by_another_active_one_for_good,
    a_client_is_made_rotated_and_switched_off,
    two_secrets_are_live_at_a_time_and_keys_can_stand_for_them,
    an_assertion_is_used_once_on_all_connections,
    a_new_signing_key_retires_those_before_it_and_revoking_deletes_them,
    only_an_administrator_changes_the_registry,
    thirty_two_agencies_at_once_are_all_in_the_log,
}

fn succeed(agency: &str, successor: &str) -> SucceedAgency {
    SucceedAgency { code: code(agency), successor: code(successor), etag: None }
}

fn agency(code_text: &str, name: &str) -> CreateAgency {
    CreateAgency {
        code: code(code_text),
        name: name.to_owned(),
        short_name: String::new(),
        name_en: String::new(),
        kind: AgencyKind::Department,
    }
}

fn update(agency: &str) -> UpdateAgency {
    let code = code(agency);
    UpdateAgency { code, name: None, short_name: None, name_en: None, kind: None, active: None, etag: None }
}

async fn an_agency_that_was_succeeded_takes_no_part_any_more_and_its_history_stays_its_own(w: &World) {
    let round = w.open(Rules::default()).await;
    w.submit(PLANNING, 1, "x").await;
    w.install(succeed("H37.06", "H37.05")).await.unwrap();
    let ended = w.ask(DRAFTER, GetAgency { code: PLANNING.code() }).await.unwrap();
    assert_eq!((ended.active, ended.succeeded_by), (false, FINANCE.name()));
    assert_eq!(w.get(DRAFTER, 1).await.unwrap().agency, PLANNING.name());
    assert_eq!(w.all(FINANCE, &Comments { filter: String::new() }).await.unwrap().len(), 0);
    // It is on the roster already; others that ended do not come onto it.
    w.install(UpdateAgency { active: Some(false), ..update("H37.09") }).await.unwrap();
    let invite = InviteAgencies { draft: draft(), round, agencies: vec![STRANGER.code()] };
    let refused = w.write(DRAFTER, invite).await.unwrap_err();
    assert!(refused.reason == "AGENCY_INACTIVE" && refused.names("agencies[0]"), "{refused:?}");
    let assign = AssignSection { draft: draft(), section: 1, agency: Some(STRANGER.code()) };
    let refused = w.write(DRAFTER, assign).await.unwrap_err();
    assert!(refused.reason == "AGENCY_INACTIVE" && refused.names("agency"), "{refused:?}");
    let submit = SubmitComment { agency: Some(PLANNING.code()), ..submission(content(1, "x")) };
    assert_eq!(w.write(DRAFTER, submit).await.unwrap_err().reason, "AGENCY_INACTIVE");
    let create = CreateDraft {
        id: None,
        title: "x".to_owned(),
        summary: String::new(),
        drafting_agency: STRANGER.code(),
    };
    let refused = w.write(ADMIN, create).await.unwrap_err();
    assert!(refused.reason == "AGENCY_INACTIVE" && refused.names("drafting_agency"), "{refused:?}");
    assert_eq!(w.ask(DRAFTER, GetAgency { code: code("H99.99") }).await.unwrap_err().reason, "NOT_FOUND");
}

async fn an_agency_is_made_once_and_changes_under_its_etag(w: &World) {
    let made = w.install(agency("H37.20", "  Sở Nội vụ ")).await.unwrap();
    assert_eq!((made.name.as_str(), made.short_name.as_str(), made.active), ("Sở Nội vụ", "Sở Nội vụ", true));
    assert_eq!(w.install(agency("H37.20", "khác")).await.unwrap_err().reason, "ALREADY_EXISTS");
    assert!(w.install(agency("H37.21", " ")).await.unwrap_err().names("name"));
    let change = UpdateAgency {
        short_name: Some("SNV".to_owned()),
        kind: Some(AgencyKind::Office),
        etag: Some(made.changed),
        ..update("H37.20")
    };
    let changed = w.install(change.clone()).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.short_name.as_str(), changed.kind),
        ("Sở Nội vụ", "SNV", AgencyKind::Office)
    );
    assert_eq!(w.install(change).await.unwrap_err().reason, "STALE_ETAG");
    let nameless =
        UpdateAgency { name: Some("x".repeat(501)), short_name: Some(" ".to_owned()), ..update("H37.20") };
    let refused = w.install(nameless).await.unwrap_err();
    assert!(refused.names("name") && refused.names("short_name"), "{refused:?}");
    let read = w.base.store.read(&FINANCE.scope(), GetAgency { code: code("H37.20") }).await.unwrap().answer;
    assert_eq!(read, changed);
}

async fn an_agency_is_succeeded_by_another_active_one_for_good(w: &World) {
    assert!(w.install(succeed("H37.06", "H37.06")).await.unwrap_err().names("successor"));
    assert!(w.install(succeed("H37.06", "H99.99")).await.unwrap_err().names("successor"));
    assert_eq!(w.install(succeed("H99.99", "H37.06")).await.unwrap_err().reason, "NOT_FOUND");
    w.install(succeed("H37.06", "H37.05")).await.unwrap();
    let refused = w.install(succeed("H37.07", "H37.06")).await.unwrap_err();
    assert!(refused.reason == "AGENCY_INACTIVE" && refused.names("successor"), "{refused:?}");
    let revive = UpdateAgency { active: Some(true), ..update("H37.06") };
    assert!(w.install(revive).await.unwrap_err().names("active"));
    let credential = w.install(client("h37-06", "H37.06")).await.unwrap_err();
    assert_eq!(credential.reason, "AGENCY_INACTIVE");
}

fn client(id: &str, agency: &str) -> CreateClient {
    CreateClient {
        client_id: ClientId::stored(id.to_owned()),
        agency: code(agency),
        role: Role::Contributor,
        name: "Phần mềm văn thư".to_owned(),
        secret_hash: "$first".to_owned(),
    }
}

async fn a_client_is_made_rotated_and_switched_off(w: &World) {
    let id = || ClientId::stored("van-thu".to_owned());
    let credential = async || w.base.store.credential(&id()).await.unwrap();
    assert!(credential().await.is_none());
    w.install(client("van-thu", "H37.05")).await.unwrap();
    let first = credential().await.unwrap();
    assert_eq!((first.actor.agency, first.actor.role), (FINANCE.code(), Role::Contributor));
    assert_eq!((first.secret_hashes, first.disabled), (vec!["$first".to_owned()], false));
    assert_eq!(w.install(client("van-thu", "H37.06")).await.unwrap_err().reason, "ALREADY_EXISTS");
    assert!(w.install(client("khac", "H99.99")).await.unwrap_err().names("agency"));
    w.install(RotateClient { client_id: id(), secret_hash: "$second".to_owned() }).await.unwrap();
    assert_eq!(credential().await.unwrap().secret_hashes, ["$second", "$first"]);
    w.install(DisableClient { client_id: id(), disabled: true }).await.unwrap();
    assert!(credential().await.unwrap().disabled);
    w.install(DisableClient { client_id: id(), disabled: false }).await.unwrap();
    assert!(!credential().await.unwrap().disabled);
    w.install(UpdateAgency { active: Some(false), ..update("H37.05") }).await.unwrap();
    assert!(credential().await.unwrap().disabled, "with its agency");
    let missing = DisableClient { client_id: ClientId::stored("khong-co".to_owned()), disabled: true };
    assert_eq!(w.install(missing).await.unwrap_err().reason, "NOT_FOUND");
}

async fn two_secrets_are_live_at_a_time_and_keys_can_stand_for_them(w: &World) {
    let id = || ClientId::stored("van-thu".to_owned());
    let credential = async || w.base.store.credential(&id()).await.unwrap().unwrap();
    let rotate = |hash: &str| RotateClient { client_id: id(), secret_hash: hash.to_owned() };
    let end = |all| EndClientSecret { client_id: id(), all };
    let set = |kids: &[&str]| {
        let key = |kid: &&str| ClientKey { kid: (*kid).to_owned(), jwk: json!({"kty": "OKP", "kid": kid}) };
        SetClientKeys { client_id: id(), keys: kids.iter().map(key).collect() }
    };
    assert_eq!(w.install(client("van-thu", "H37.05")).await.unwrap().secrets, 1);
    // Nothing older to end.
    assert_eq!(w.install(end(false)).await.unwrap().secrets, 1);
    assert_eq!(w.install(rotate("$second")).await.unwrap().secrets, 2);
    assert_eq!(w.install(rotate("$third")).await.unwrap().secrets, 2);
    assert_eq!(credential().await.secret_hashes, ["$third", "$second"]);
    assert_eq!(w.install(end(false)).await.unwrap().secrets, 1);
    assert_eq!(credential().await.secret_hashes, ["$third"]);
    assert!(w.install(end(true)).await.unwrap_err().names("all"), "it would have nothing left");

    assert!(w.install(set(&["a", "b", "c", "d", "e"])).await.unwrap_err().names("keys"));
    let with_keys = w.install(set(&["a", "b"])).await.unwrap();
    assert_eq!(credential().await.keys, with_keys.keys);
    let alone = w.install(end(true)).await.unwrap();
    assert_eq!((alone.secrets, credential().await.secret_hashes.len()), (0, 0));
    assert!(w.install(set(&[])).await.unwrap_err().names("keys"), "it would have nothing left");
    assert_eq!(w.install(rotate("$fourth")).await.unwrap().secrets, 1);
    assert_eq!(credential().await.secret_hashes, ["$fourth"]);
    w.install(set(&[])).await.unwrap();
    let read = GetClient { client_id: id() };
    let read = w.base.store.read(&ADMIN.scope(), read).await.unwrap().answer;
    assert_eq!((read.secrets, read.keys.len()), (1, 0));
}

async fn an_assertion_is_used_once_on_all_connections(w: &World) {
    use futures::future::join_all;
    let id = ClientId::stored("van-thu".to_owned());
    let until = w.base.store.clock().now().plus_seconds(60);
    let used = join_all((0..16).map(|_| w.base.store.use_assertion(&id, "x", until))).await;
    assert_eq!(used.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
    let other = ClientId::stored("other".to_owned());
    assert!(w.base.store.use_assertion(&other, "x", until).await.unwrap(), "each client has its own");
}

async fn a_new_signing_key_retires_those_before_it_and_revoking_deletes_them(w: &World) {
    let rotate = |kid: &str, revoke| RotateSigningKeys {
        kid: kid.to_owned(),
        private_pem: format!("private {kid}"),
        public_pem: format!("public {kid}"),
        revoke,
        verifying_seconds: 900,
    };
    let private = async |kid: &str| {
        let keys = w.base.store.signing_keys().await.unwrap();
        keys.into_iter().find(|key| key.kid == kid).map(|key| (key.private_pem, key.retired_at.is_some()))
    };
    w.install(rotate("first", true)).await.unwrap();
    let rotated = w.install(rotate("second", false)).await.unwrap();
    assert_eq!((rotated.retired, rotated.ended), (vec!["first".to_owned()], Vec::new()));
    assert_eq!(private("first").await, Some((String::new(), true)));
    assert_eq!(private("second").await, Some(("private second".to_owned(), false)));
    let revoked = w.install(rotate("third", true)).await.unwrap();
    assert_eq!((revoked.retired.len(), revoked.ended.len()), (0, 2));
    assert_eq!(w.base.store.signing_keys().await.unwrap().len(), 1);
}

async fn only_an_administrator_changes_the_registry(w: &World) {
    for who in [DRAFTER, FINANCE, ANSWERING, OBSERVER] {
        let options = ykien_domain::command::WriteOptions::default;
        let store = &w.base.store;
        let refused = [
            store.write(&who.scope(), agency("H37.20", "x"), options()).await.unwrap_err(),
            store.write(&who.scope(), update("H37.05"), options()).await.unwrap_err(),
            store.write(&who.scope(), succeed("H37.05", "H37.06"), options()).await.unwrap_err(),
            store.write(&who.scope(), client("c", "H37.05"), options()).await.unwrap_err(),
        ];
        assert!(refused.iter().all(|error| error.reason.as_str() == "PERMISSION_DENIED"), "{who:?}");
    }
}

async fn thirty_two_agencies_at_once_are_all_in_the_log(w: &World) {
    use futures::future::join_all;
    let codes: Vec<String> = (0..32).map(|n| format!("X{n}")).collect();
    for made in join_all(codes.iter().map(|code| w.install(agency(code, "x")))).await {
        made.unwrap();
    }
    let all = w.base.store.read(&ADMIN.scope(), ListAgencies { after: None, limit: 100 }).await.unwrap();
    assert_eq!(all.answer.items.len(), 32 + AGENCIES.len());
    let mut changed: Vec<i64> = all.answer.items.iter().map(|agency| agency.changed).collect();
    changed.sort_unstable();
    changed.dedup();
    assert_eq!(changed.len(), 32 + AGENCIES.len(), "each change has a revision of its own");
}
