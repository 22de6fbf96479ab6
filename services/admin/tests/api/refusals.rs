//! Every way of being refused that HTTP itself brings: always a problem document, always with what to do about it.

use serde_json::json;
use ykien_edge::limits::MAX_EXPORTS;

use crate::installation::Installation;

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    let ykien = Installation::new().await;
    for path in ["/nothing", "/v1/nothing", "/v1", "/v1/drafts/x/nothing"] {
        assert_eq!(ykien.get(path).await.problem(404), "NOT_FOUND", "{path}");
    }
    let refused = ykien.call("DELETE", "/v1/agencies").send().await;
    refused.problem(405);
    let allowed: Vec<_> = refused.header("allow").split(',').collect();
    assert!(allowed.contains(&"GET") && allowed.contains(&"POST"), "{allowed:?}");
}

#[tokio::test]
async fn bad_json_names_the_field() {
    let ykien = Installation::new().await;
    for (body, field) in [
        (r#"{"code": "H1", "name": "n", "kind": "planet"}"#, "kind"),
        (r#"{"code": 7, "name": "n", "kind": "other"}"#, "code"),
        (r#"{"code": "H1", "name": "n", "kind": "other", "colour": "red"}"#, "colour"),
        (r#"{"code": "H1", "#, "body"),
        (r#"{"code": "H1", "name": "n", "kind": "other"} more"#, "body"),
        (r#"{"code": "H/1", "name": "n", "kind": "other"}"#, "code"),
        (r#"{"code": "H1", "name": "a\u0000b", "kind": "other"}"#, "name"),
        ("", "body"),
    ] {
        let refused = ykien.call("POST", "/v1/agencies").text("application/json", body).send().await;
        assert_eq!(
            (refused.problem(400).as_str(), refused.field().as_str()),
            ("INVALID_FIELD", field),
            "{body}"
        );
    }
    let untyped = ykien.call("POST", "/v1/agencies").text("text/plain", "{}").send().await;
    assert_eq!((untyped.problem(415).as_str(), untyped.field().as_str()), ("INVALID_FIELD", "Content-Type"));
}

#[tokio::test]
async fn a_bad_id_or_parameter_is_named() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    for (path, field) in [
        ("/v1/drafts/UPPER", "draft"),
        ("/v1/drafts/%FF", "path"),
        ("/v1/drafts/nq20/comments/0", "number"),
        ("/v1/drafts/nq20/comments/007", "number"),
        ("/v1/drafts/nq20/comments/99999999999999999999", "number"),
        ("/v1/agencies/a%2Fb", "code"),
        ("/v1/clients/A", "client"),
        ("/v1/drafts?page_size=1001", "page_size"),
        ("/v1/drafts?page_size=many", "page_size"),
        ("/v1/drafts?pagesize=1", "pagesize"),
        ("/v1/drafts/nq20/aggregate?group_by=colour", "group_by"),
        ("/v1/drafts/nq20/collection?group_by=kind", "group_by"),
    ] {
        let refused = ykien.get(path).await;
        assert_eq!(
            (refused.problem(400).as_str(), refused.field().as_str()),
            ("INVALID_FIELD", field),
            "{path}"
        );
    }
    let filtered = ykien.get("/v1/drafts/nq20/comments?filter=colour%3Dred").await;
    assert_eq!((filtered.problem(400).as_str(), filtered.field().as_str()), ("INVALID_FILTER", "filter"));
}

#[tokio::test]
async fn a_body_past_two_mebibytes_is_refused() {
    let ykien = Installation::new().await;
    let body = json!({"code": "H1", "name": "n".repeat(2 * 1024 * 1024), "kind": "other"});
    assert_eq!(ykien.post("/v1/agencies", &body).await.problem(413), "LIMIT_EXCEEDED");
    let form = "a".repeat(2 * 1024 * 1024 + 1);
    let refused =
        ykien.open("POST", "/oauth2/token").text("application/x-www-form-urlencoded", form).send().await;
    assert_eq!(refused.problem(413), "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn every_answer_has_the_safe_headers_and_data_is_never_stored() {
    let ykien = Installation::new().await;
    for path in ["/v1/agencies", "/v1/nothing", "/livez", "/docs/", "/nothing"] {
        let reply = ykien.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("cache-control") == "no-store", path.starts_with("/v1/"), "{path}");
    }
}

#[tokio::test]
async fn the_server_is_ready_until_it_stops() {
    let ykien = Installation::new().await;
    assert_eq!(ykien.open("GET", "/livez").send().await.expect(200)["status"], "live");
    assert_eq!(ykien.open("GET", "/readyz").send().await.expect(200)["status"], "ready");
    ykien.shutdown.cancel();
    assert_eq!(ykien.open("GET", "/readyz").send().await.problem(503), "UNAVAILABLE");
    assert_eq!(ykien.open("GET", "/livez").send().await.expect(200)["status"], "live");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let ykien = Installation::new().await;
    ykien.get("/v1/drafts/no-such-draft").await;
    ykien.get("/no-such-path").await;
    ykien.open("BREW", "/v1/agencies").send().await;
    let metrics = ykien.open("GET", "/metrics").send().await;
    assert_eq!(metrics.status.as_u16(), 200);
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert!(metrics.text.contains("GET /v1/drafts/{draft}"), "{}", metrics.text);
    for never in ["no-such", "BREW"] {
        assert!(!metrics.text.contains(never), "{never}: {}", metrics.text);
    }
}

#[tokio::test]
async fn an_agency_has_so_many_exports_at_once_and_each_place_is_free_again() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let document = "/v1/drafts/nq20/documents/directives";
    let mut open = Vec::new();
    for _ in 0..MAX_EXPORTS.1 {
        open.push(ykien.call("GET", document).begin().await);
    }
    for path in [document, "/v1/drafts/nq20/audit", "/v1/audit"] {
        assert_eq!(ykien.get(path).await.problem(429), "LIMIT_EXCEEDED", "{path}");
    }
    open.pop();
    assert_eq!(ykien.call("GET", document).begin().await.status(), 200);
}
