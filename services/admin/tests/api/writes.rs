//! What guards a write: the etag, the request's own id, and what a change leaves alone.

use serde_json::json;

use crate::installation::Installation;

const KEY: &str = "018f6e5e-7b6c-7cc4-9d2a-3f3c5b1a2d4e";

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let ykien = Installation::new().await;
    ykien.agency("H37.05").await;
    let path = "/v1/agencies/H37.05";
    let read = ykien.get(path).await;
    let etag = read.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", read.expect(200)["etag"].as_str().unwrap()));

    let patch = |etag: &str, name: &str| {
        ykien.call("PATCH", path).with("if-match", etag).json(&json!({"name": name}))
    };
    let changed = patch(&etag, "Sở Tài chính").send().await;
    assert_eq!(changed.expect(200)["name"], "Sở Tài chính");
    assert_ne!(changed.header("etag"), etag);
    assert_eq!(patch(&etag, "Khác").send().await.problem(412), "STALE_ETAG");
    assert_eq!(patch("*", "Sở Tài chính tỉnh").send().await.expect(200)["name"], "Sở Tài chính tỉnh");
    for bad in ["r1", "W/\"r1\"", "\"r1\", \"r2\"", "\"\"", "\"x\""] {
        let refused = patch(bad, "x").send().await;
        assert_eq!(
            (refused.problem(400).as_str(), refused.field().as_str()),
            ("INVALID_FIELD", "If-Match"),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn what_has_no_etag_refuses_a_precondition_rather_than_pass_over_it() {
    let ykien = Installation::new().await;
    let body = json!({"code": "H1", "name": "n", "kind": "other"});
    let refused = ykien.call("POST", "/v1/agencies").with("if-match", "\"r1\"").json(&body).send().await;
    assert_eq!((refused.problem(400).as_str(), refused.field().as_str()), ("INVALID_FIELD", "If-Match"));
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_another_body_is_refused() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let submit = |key: &str, text: &str| {
        let body = json!({"agency": "H37.05", "text": text});
        ykien.call("POST", "/v1/drafts/nq20/comments").with("idempotency-key", key).json(&body)
    };
    let first = submit(KEY, "Ý kiến").send().await;
    let retry = submit(&format!("\"{KEY}\""), "Ý kiến").send().await;
    assert_eq!(first.expect(201), retry.expect(201));
    assert_eq!((first.header("idempotency-replayed"), retry.header("idempotency-replayed")), ("", "true"));
    assert_eq!(first.header("ykien-revision"), retry.header("ykien-revision"));
    let reused = submit(KEY, "Ý kiến khác").send().await;
    assert_eq!(
        (reused.problem(409).as_str(), reused.field().as_str()),
        ("REQUEST_ID_REUSED", "Idempotency-Key")
    );
    let refused = submit("not-a-uuid", "Ý kiến").send().await;
    assert_eq!(
        (refused.problem(400).as_str(), refused.field().as_str()),
        ("INVALID_FIELD", "Idempotency-Key")
    );
    assert_eq!(ykien.get("/v1/drafts/nq20").await.expect(200)["comment_count"], 1);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_never_to_a_retry() {
    let ykien = Installation::new().await;
    let body = json!({"client_id": "app", "agency": "VP", "role": "observer"});
    let make = || ykien.call("POST", "/v1/clients").with("idempotency-key", KEY).json(&body);
    let first = make().send().await.expect(201);
    let secret = first["client_secret"].as_str().unwrap();
    assert_eq!(make().send().await.expect(201)["client_secret"], json!(null));
    ykien.token_of("app", secret).await;
    assert!(ykien.get("/v1/clients/app").await.expect(200).get("client_secret").is_none());
    let rotated = ykien.call("POST", "/v1/clients/app/secret").send().await.expect(200);
    ykien.token_of("app", rotated["client_secret"].as_str().unwrap()).await;
    // Until the old one is ended, the client can change over.
    ykien.token_of("app", secret).await;
    let ended = ykien.post("/v1/clients/app/secret/end", &json!({})).await.expect(200);
    assert_eq!(ended["secrets"], 1);
    let old = format!("grant_type=client_credentials&client_id=app&client_secret={secret}");
    let refused =
        ykien.open("POST", "/oauth2/token").text("application/x-www-form-urlencoded", old).send().await;
    assert_eq!(refused.expect(401)["error"], "invalid_client");
}

#[tokio::test]
async fn a_changed_comment_keeps_what_the_change_does_not_name() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let body =
        json!({"agency": "H37.05", "anchor": {"section": 1}, "kind": "technical", "title": "T", "text": "A"});
    let made = ykien.post("/v1/drafts/nq20/comments", &body).await;
    assert_eq!(made.header("location"), "/v1/drafts/nq20/comments/1");
    let path = made.header("location").to_owned();
    let change = ykien.call("PATCH", &path).with("if-match", made.header("etag")).json(&json!({"text": "B"}));
    let changed = change.send().await.expect(200);
    assert_eq!(
        (&changed["text"], &changed["title"], &changed["kind"]),
        (&json!("B"), &json!("T"), &json!("technical"))
    );
    assert_eq!(changed["anchor"]["section"], 1);
    let refused = ykien.call("PATCH", &path).json(&json!({"text": "", "title": ""})).send().await;
    assert_eq!((refused.problem(400).as_str(), refused.field().as_str()), ("INVALID_FIELD", "text"));
    let withdrawn = ykien.call("POST", &format!("{path}/withdraw")).send().await.expect(200);
    assert_eq!(withdrawn["status"], "withdrawn");
}

#[tokio::test]
async fn a_decision_is_taken_back_assigned_and_carried_out() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    ykien.comment(1, "Ý kiến").await;
    let decision = "/v1/drafts/nq20/comments/1/decision";
    let accepted = json!({"outcome": "accepted"});
    ykien.call("PUT", decision).json(&accepted).send().await.expect(200);
    assert_eq!(ykien.call("DELETE", decision).send().await.expect(200)["status"], "pending");
    assert_eq!(ykien.call("DELETE", decision).send().await.problem(409), "NOT_DECIDED");
    ykien.call("PUT", decision).json(&accepted).send().await.expect(200);
    let implemented =
        ykien.post("/v1/drafts/nq20/comments/1/implementation", &json!({"version": 1})).await.expect(200);
    assert_eq!(implemented["decision"]["implemented_in_version"], 1);
    let responsible = "/v1/drafts/nq20/comments/1/responsible";
    let assigned = ykien.call("PUT", responsible).json(&json!({"agency": "VP"})).send().await.expect(200);
    assert_eq!(assigned["responsible_agency"], "VP");
    let unassigned = ykien.call("PUT", responsible).json(&json!({"agency": null})).send().await.expect(200);
    assert_eq!(unassigned["responsible_agency"], "H37.02");
}

#[tokio::test]
async fn an_agency_that_was_succeeded_takes_part_no_more() {
    let ykien = Installation::new().await;
    ykien.agency("A1").await;
    ykien.agency("A2").await;
    let ended = ykien.post("/v1/agencies/A1/succession", &json!({"successor": "A2"})).await.expect(200);
    assert_eq!((&ended["active"], &ended["succeeded_by"]), (&json!(false), &json!("A2")));
    let log = ykien.get("/v1/events?page_size=1000").await.expect(200);
    assert!(log["items"].as_array().unwrap().iter().any(|event| event["kind"] == "agency_succeeded"));
}

#[tokio::test]
async fn a_field_at_fault_has_the_name_that_the_client_gave_it() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let long = "n".repeat(501);
    for (path, body, field) in [
        (
            "/v1/agencies",
            json!({"code": "H1", "name": "n", "kind": "other", "english_name": long}),
            "english_name",
        ),
        ("/v1/drafts", json!({"title": "", "drafting_agency": "H37.02"}), "title"),
        ("/v1/drafts", json!({"title": "t", "drafting_agency": "H9"}), "drafting_agency"),
        (
            "/v1/drafts/nq20/directives",
            json!({"text": "t", "responsible_agency": "H9"}),
            "responsible_agency",
        ),
        ("/v1/drafts/nq20/directives", json!({"text": "t", "section": 99}), "section"),
        (
            "/v1/drafts/nq20/responses",
            json!({"agency": "H37.05", "stance": "agrees", "signer": long}),
            "signer",
        ),
        (
            "/v1/drafts/nq20/comments",
            json!({"agency": "H37.05", "text": "t", "anchor": {"section": 99}}),
            "anchor.section",
        ),
        ("/v1/drafts/nq20/comments", json!({"agency": "H37.05", "text": "t", "round": 9}), "round"),
        ("/v1/drafts/nq20/rounds", json!({"deadline": "tomorrow"}), "deadline"),
        ("/v1/drafts/nq20/rounds/1/roster", json!({"agencies": ["VP", "H9"]}), "agencies[1]"),
        ("/v1/drafts/nq20/decisions", json!({"decisions": []}), "decisions"),
        (
            "/v1/drafts/nq20/decisions",
            json!({"decisions": [{"number": 1, "outcome": "accepted", "etag": "x"}]}),
            "decisions[0].etag",
        ),
        ("/v1/drafts/nq20/publication", json!({"numbers": [7]}), "numbers[0]"),
    ] {
        let refused = ykien.post(path, &body).await;
        assert_eq!(
            (refused.problem(400).as_str(), refused.field().as_str()),
            ("INVALID_FIELD", field),
            "{path} {body}"
        );
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(&format!("{field}:")), "{detail}");
    }
}
