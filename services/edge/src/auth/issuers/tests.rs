//! Another issuer, served by a small HTTP server of the test's own: its tokens, and how its keys are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use ykien_domain::Reason;
use ykien_domain::time::Timestamp;
use ykien_domain::words::Role;

use super::{Issuers, read};
use crate::auth::{AuthConfig, keys::new_key};

const NOW: i64 = 1_595_318_400;

/// A key of the issuer, and its public part as a JWK.
fn key(kid: &str) -> (EncodingKey, Value) {
    let made = new_key(Timestamp(0)).unwrap();
    let public = VerifyingKey::from_public_key_pem(&made.public_pem).unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig",
        "x": URL_SAFE_NO_PAD.encode(public.as_bytes())});
    (EncodingKey::from_ed_pem(made.private_pem.as_bytes()).unwrap(), jwk)
}

/// What the server gives out, and how often its keys were asked for.
struct Served {
    issuer: String,
    keys: Arc<std::sync::Mutex<Option<Value>>>,
    asked: Arc<AtomicUsize>,
}

impl Served {
    async fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/province", listener.local_addr().unwrap());
        let keys = Arc::new(std::sync::Mutex::new(Some(keys)));
        let asked = Arc::new(AtomicUsize::new(0));
        let served = Self { issuer, keys, asked };
        let (issuer, keys, asked) = (served.issuer.clone(), served.keys.clone(), served.asked.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap();
                let line =
                    String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
                let body = if line.starts_with("GET /realms/province/.well-known/openid-configuration ") {
                    Some(json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}))
                } else if line.starts_with("GET /realms/province/keys ") {
                    asked.fetch_add(1, Ordering::SeqCst);
                    keys.lock().unwrap().clone().map(|keys| json!({ "keys": keys }))
                } else {
                    None
                };
                let (status, body) = match body {
                    Some(body) => ("200 OK", body.to_string()),
                    None => ("503 Service Unavailable", String::new()),
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        served
    }

    fn publish(&self, keys: Option<Value>) {
        *self.keys.lock().unwrap() = keys;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn entry(&self) -> Value {
        json!({
            "name": "province", "issuer": self.issuer, "audience": "ykien", "algorithms": ["EdDSA", "RS256"],
            "agency": {"claim": "unit", "values": {"Sở Tài chính": "H37.05", "Sở Nội vụ": "H37.09"}},
            "role": {"claim": "/realm_access/roles", "values": {"gop-y": "contributor", "chu-tri": "drafter"}},
        })
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer, "aud": ["ykien", "account"], "sub": "nguyen.van.a", "iat": NOW, "exp": NOW + 300,
            "unit": "Sở Tài chính", "realm_access": {"roles": ["offline_access", "gop-y"]},
        })
    }
}

fn own() -> AuthConfig {
    AuthConfig {
        issuer: "https://ykien.example".to_owned(),
        audience: "ykien".to_owned(),
        token_lifetime_seconds: 600,
    }
}

fn parse(entries: &Value) -> Result<Vec<super::Trusted>, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "issuers": entries }).to_string()).unwrap();
    read(file.path(), &own()).map_err(|error| error.to_string())
}

fn sign(key: &EncodingKey, kid: &str, typ: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    (header.typ, header.kid) = (Some(typ.to_owned()), Some(kid.to_owned()));
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn with(claims: &Value, change: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// Claims of which one stands there twice.
struct Twice<'a>(&'a Value);

impl serde::Serialize for Twice<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("unit", "Sở Nội vụ")?;
        for (name, value) in self.0.as_object().unwrap() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[tokio::test]
async fn whom_another_issuer_vouches_for_is_the_agency_and_role_that_the_file_says() {
    let (signing, jwk) = key("a");
    let served =
        Served::start(json!([jwk, {"kty": "RSA", "use": "enc", "kid": "e", "n": "AQAB", "e": "AQAB"}])).await;
    let issuers = Issuers::new(parse(&json!([served.entry()])).unwrap());
    let began = Instant::now();
    let check = async |token: &str| issuers.check(issuers.of(token).unwrap(), token, NOW, began).await;
    let good = served.claims();
    let (actor, kid, exp) = check(&sign(&signing, "a", "at+jwt", &good)).await.unwrap();
    assert_eq!((actor.client.as_str(), actor.agency.as_str()), ("province:nguyen.van.a", "H37.05"));
    assert_eq!((actor.role, kid.as_str(), exp), (Role::Contributor, "a", NOW + 300));
    let (other, ..) =
        check(&sign(&signing, "a", "application/at+jwt", &with(&good, &json!({"sub": "Đ a/b"}))))
            .await
            .unwrap();
    assert!(other.client.as_str().starts_with("province:~") && other.client.as_str().len() == 53);

    for change in [
        json!({"aud": "other"}),
        json!({"aud": ["ykien2"]}),
        json!({"aud": null}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"exp": null}),
        json!({"exp": NOW - 5}),
        json!({"iat": null}),
        json!({"iat": NOW + 60, "exp": NOW + 120}),
        json!({"nbf": NOW + 60}),
        json!({"exp": NOW + 901}),
        json!({"unit": null}),
        json!({"unit": "Sở Khác"}),
        json!({"unit": "H37.05"}),
        json!({"unit": ["Sở Tài chính", "Sở Nội vụ"]}),
        json!({"realm_access": {"roles": ["offline_access"]}}),
        json!({"realm_access": {"roles": ["gop-y", "chu-tri"]}}),
        json!({"realm_access": "gop-y"}),
        json!({"realm_access": null, "/realm_access/roles": "gop-y"}),
    ] {
        let token = sign(&signing, "a", "at+jwt", &with(&good, &change));
        assert_eq!(check(&token).await.unwrap_err().reason, Reason::Unauthenticated, "{change}");
    }
    assert!(check(&sign(&signing, "a", "JWT", &good)).await.is_err(), "an ID token is no access token");
    let (stranger, _) = key("a");
    assert!(check(&sign(&stranger, "a", "at+jwt", &good)).await.is_err());
    let another = sign(&signing, "a", "at+jwt", &with(&good, &json!({"iss": "https://elsewhere.example"})));
    assert_eq!(issuers.of(&another), None);
    // A claim twice.
    let mut header = Header::new(Algorithm::EdDSA);
    (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some("a".to_owned()));
    let twice = jsonwebtoken::encode(&header, &Twice(&good), &signing).unwrap();
    assert_eq!(check(&twice).await.unwrap_err().reason, Reason::Unauthenticated);
}

#[tokio::test]
async fn keys_are_read_seldom_however_many_unknown_ones_are_named_and_kept_a_while_when_they_cant_be() {
    let (first, one) = key("one");
    let (second, two) = key("two");
    let served = Served::start(json!([one])).await;
    let issuers = Issuers::new(parse(&json!([served.entry()])).unwrap());
    let began = Instant::now();
    let check = async |key: &EncodingKey, kid: &str, after: u64| {
        let token = sign(key, kid, "at+jwt", &served.claims());
        issuers
            .check(0, &token, NOW, began + Duration::from_secs(after))
            .await
            .map(|_| ())
            .map_err(|error| error.reason)
    };
    let refused = Err(Reason::Unauthenticated);
    assert_eq!(check(&first, "one", 0).await, Ok(()));
    for n in 0..100 {
        assert_eq!(check(&second, &format!("unknown-{n}"), 29).await, refused);
    }
    assert_eq!(served.asked(), 1, "a flood of unknown keys has none read");
    // The issuer has a new key.
    served.publish(Some(json!([one, two])));
    assert_eq!(check(&second, "two", 29).await, refused);
    assert_eq!(check(&second, "two", 30).await, Ok(()));
    assert_eq!(served.asked(), 2);
    // And withdraws one: it holds for five minutes.
    served.publish(Some(json!([two])));
    assert_eq!(check(&first, "one", 329).await, Ok(()));
    assert_eq!(check(&first, "one", 330).await, refused);
    assert!(issuers.expect_key(0, "one", began + Duration::from_secs(330)).await.is_err());
    assert_eq!(served.asked(), 3);
    // It can't be reached: what was read holds for an hour, and is asked for every 30 s at most.
    served.publish(None);
    for after in [700, 701, 729, 3_929] {
        assert_eq!(check(&second, "two", after).await, Ok(()), "{after}");
    }
    assert_eq!(served.asked(), 5);
    assert_eq!(check(&second, "two", 3_930).await, Err(Reason::Unavailable));
    // A set that is not one, or too large, is no set.
    served.publish(Some(json!(vec![two.clone(); 65])));
    assert_eq!(check(&second, "two", 4_000).await, Err(Reason::Unavailable));
    served.publish(Some(json!([two.clone(), two])));
    assert_eq!(check(&second, "two", 4_100).await, Err(Reason::Unavailable));
    served.publish(Some(json!([{"kty": "oct", "kid": "two", "k": "AAAA", "padding": "x".repeat(300_000)}])));
    assert_eq!(check(&second, "two", 4_200).await, Err(Reason::Unavailable));
}

#[tokio::test]
async fn what_is_wrong_in_the_file_is_said_with_its_place() {
    let (_, jwk) = key("a");
    let served = Served::start(json!([jwk])).await;
    let table = [
        (json!({"name": "Tỉnh"}), "issuers[0].name: "),
        (json!({"issuer": "http://sso.example"}), "issuers[0].issuer: must be an https URL"),
        (json!({"issuer": own().issuer}), "issuers[0].issuer: must be another"),
        (json!({"audience": " "}), "issuers[0].audience: "),
        (json!({"algorithms": []}), "issuers[0].algorithms: "),
        (json!({"algorithms": ["HS256"]}), "issuers[0].algorithms: "),
        (json!({"max_token_seconds": 86_400}), "issuers[0].max_token_seconds: "),
        (json!({"types": []}), "issuers[0].types: "),
        (json!({"jwks_file": "/no/such/file"}), "issuers[0].jwks_file: "),
        (json!({"ca_file": "/no/such/file"}), "issuers[0].ca_file: "),
        (json!({"agency": {"claim": "unit"}}), "issuers[0].agency: "),
        (json!({"agency": {"claim": "unit", "prefix": ""}}), "issuers[0].agency: "),
        (json!({"role": {"claim": "r", "values": {}}}), "issuers[0].role.values: "),
        (json!({"role": {"claim": "r", "values": {"x": "owner"}}}), "unknown variant `owner`"),
        (json!({"trust_everybody": true}), "unknown field `trust_everybody`"),
    ];
    for (change, expected) in table {
        let said = parse(&json!([with(&served.entry(), &change)])).unwrap_err();
        assert!(said.contains(expected), "{change}: {said}");
    }
    assert!(parse(&json!([served.entry(), served.entry()])).unwrap_err().starts_with("issuers[1].issuer: "));
    // Keys in a file, and codes as they are.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let (signing, jwk) = key("filed");
    std::fs::write(&file, json!({"keys": [jwk]}).to_string()).unwrap();
    let change = json!({"jwks_file": file, "agency": {"claim": "unit", "prefix": "H37."}});
    let issuers = Issuers::new(parse(&json!([with(&served.entry(), &change)])).unwrap());
    for (unit, known) in [("H37.05", true), ("H38.05", false), ("H37.05'", false)] {
        let token = sign(&signing, "filed", "at+jwt", &with(&served.claims(), &json!({"unit": unit})));
        assert_eq!(issuers.check(0, &token, NOW, Instant::now()).await.is_ok(), known, "{unit}");
    }
    assert_eq!(served.asked(), 0, "a file needs no server");
}
