//! Tokens: how a client gets one, and what happens without.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::installation::{Installation, Reply};

const FORM: &str = "application/x-www-form-urlencoded";

const ASSERTION: &str = "grant_type=client_credentials\
    &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

async fn token(ykien: &Installation, form: &str, authorization: Option<&str>) -> Reply {
    let mut call = ykien.open("POST", "/oauth2/token").text(FORM, form);
    if let Some(value) = authorization {
        call = call.with("authorization", value);
    }
    call.send().await
}

#[tokio::test]
async fn both_ways_of_client_authentication_give_a_token() {
    let ykien = Installation::new().await;
    let secret = &ykien.secret;
    let basic = format!("Basic {}", STANDARD.encode(format!("root:{secret}")));
    let post = format!("grant_type=client_credentials&client_id=root&client_secret={secret}&scope=all");
    for (form, authorization) in
        [(post.as_str(), None), ("grant_type=client_credentials", Some(basic.as_str()))]
    {
        let reply = token(&ykien, form, authorization).await;
        assert_eq!(reply.header("cache-control"), "no-store");
        let token = reply.expect(200);
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(900)));
        let read = ykien.call_as(token["access_token"].as_str().unwrap(), "GET", "/v1/agencies").send().await;
        read.expect(200);
    }
    let keys = ykien.open("GET", "/.well-known/jwks.json").send().await.expect(200);
    assert_eq!(keys["keys"][0]["kty"], "OKP");
    assert!(keys["keys"][0].get("d").is_none(), "the private part is never shown");
}

#[tokio::test]
async fn a_refused_token_request_says_why_in_the_words_of_oauth() {
    let ykien = Installation::new().await;
    let secret = ykien.secret.clone();
    let basic = format!("Basic {}", STANDARD.encode(format!("root:{secret}")));
    let wrong = format!("Basic {}", STANDARD.encode("root:wrong"));
    let good = format!("grant_type=client_credentials&client_id=root&client_secret={secret}");
    for (form, authorization, status, error) in [
        ("grant_type=client_credentials&client_id=root&client_secret=wrong", None, 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=nobody&client_secret=wrong", None, 401, "invalid_client"),
        ("grant_type=client_credentials", Some(wrong.as_str()), 401, "invalid_client"),
        ("grant_type=client_credentials", Some("Basic !"), 401, "invalid_client"),
        ("grant_type=client_credentials", None, 401, "invalid_client"),
        (&format!("{ASSERTION}&client_assertion=a.b.c"), None, 401, "invalid_client"),
        (&format!("{ASSERTION}&client_assertion=a.b.c&client_secret=x"), None, 400, "invalid_request"),
        (&format!("{ASSERTION}&client_assertion=a.b.c"), Some(basic.as_str()), 400, "invalid_request"),
        (ASSERTION, None, 400, "invalid_request"),
        ("grant_type=client_credentials&client_assertion=a.b.c", None, 400, "invalid_request"),
        ("grant_type=password&username=a&password=b", None, 400, "unsupported_grant_type"),
        ("client_id=root", None, 400, "invalid_request"),
        (good.as_str(), Some(basic.as_str()), 400, "invalid_request"),
        (&format!("{good}&client_id=root"), None, 400, "invalid_request"),
    ] {
        let reply = token(&ykien, form, authorization).await;
        assert_eq!(reply.expect(status)["error"], error, "{form}");
        assert_eq!(reply.header("cache-control"), "no-store");
        if authorization.is_some() && status == 401 {
            assert_eq!(reply.header("www-authenticate"), "Basic realm=\"ykien\"");
        }
    }
}

#[tokio::test]
async fn without_a_valid_token_there_is_a_challenge_and_nothing_else() {
    let ykien = Installation::new().await;
    for authorization in [None, Some("Bearer x.y.z"), Some("Basic cm9vdDp4"), Some("Bearer ")] {
        let mut call = ykien.open("POST", "/v1/agencies").text("application/json", "not even JSON");
        if let Some(value) = authorization {
            call = call.with("authorization", value);
        }
        let reply = call.send().await;
        assert_eq!(reply.problem(401), "UNAUTHENTICATED", "{authorization:?}");
        assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"ykien\"");
    }
}

#[tokio::test]
async fn a_role_does_what_the_table_says_and_no_more() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    ykien.agency("H37.99").await;
    let agency = ykien.client("so-tc", "H37.05", "contributor").await;
    let stranger = ykien.client("la", "H37.99", "contributor").await;
    let client = json!({"client_id": "x", "agency": "VP", "role": "admin"});
    let refused = ykien.call_as(&agency, "POST", "/v1/clients").json(&client).send().await;
    assert_eq!(refused.problem(403), "PERMISSION_DENIED");
    let read = |token: &str| ykien.call_as(token, "GET", "/v1/drafts/nq20").send();
    read(&agency).await.expect(200);
    assert_eq!(read(&stranger).await.problem(404), "NOT_FOUND");
}

#[tokio::test]
async fn a_clients_keys_are_public_bounded_and_named_when_they_are_wrong() {
    let ykien = Installation::new().await;
    let key = |kid: &str| {
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid,
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    };
    let set = async |keys: serde_json::Value| {
        ykien.call("PUT", "/v1/clients/root/keys").json(&json!({ "keys": keys })).send().await
    };
    let client = set(json!([key("a"), key("b")])).await.expect(200);
    assert_eq!((&client["keys"][1], &client["secrets"]), (&key("b"), &json!(1)));
    let mut private = key("a");
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    for (keys, field) in [
        (json!([private]), "keys[0].d"),
        (json!([key("a"), key("a")]), "keys[1].kid"),
        (json!(["a"]), "keys[0]"),
        (json!([key("a"), key("b"), key("c"), key("d"), key("e")]), "keys"),
    ] {
        let refused = set(keys).await;
        assert_eq!((refused.problem(400).as_str(), refused.field().as_str()), ("INVALID_FIELD", field));
    }
    assert_eq!(
        ykien.post("/v1/clients/root/secret/end", &json!({"all": true})).await.expect(200)["secrets"],
        0
    );
    let form = format!("grant_type=client_credentials&client_id=root&client_secret={}", ykien.secret);
    assert_eq!(token(&ykien, &form, None).await.expect(401)["error"], "invalid_client");
    let refused = set(json!([])).await;
    assert_eq!(refused.field(), "keys", "nothing would be left to authenticate with");
}

#[tokio::test]
async fn a_client_that_is_switched_off_gets_no_token() {
    let ykien = Installation::new().await;
    let body = json!({"client_id": "app", "agency": "VP", "role": "observer"});
    let made = ykien.post("/v1/clients", &body).await.expect(201);
    let form = format!(
        "grant_type=client_credentials&client_id=app&client_secret={}",
        made["client_secret"].as_str().unwrap()
    );
    assert_eq!(ykien.call("POST", "/v1/clients/app/disable").send().await.expect(200)["disabled"], true);
    assert_eq!(token(&ykien, &form, None).await.expect(401)["error"], "invalid_client");
    assert_eq!(ykien.call("POST", "/v1/clients/app/enable").send().await.expect(200)["disabled"], false);
    token(&ykien, &form, None).await.expect(200);
}
