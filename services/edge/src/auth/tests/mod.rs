//! Tokens against a real store: what is issued, and everything that must be refused.

mod assertions;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use http::{Request, Response};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::{Value, json};
use tonic_types::StatusExt;
use tower::{Layer, ServiceExt};
use ykien_domain::Reason;
use ykien_domain::actor::Scope;
use ykien_domain::command::{
    CreateAgency, CreateClient, DisableClient, EndClientSecret, RotateClient, UpdateAgency, WriteOptions,
};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::{ManualClock, Timestamp};
use ykien_domain::words::{AgencyKind, Role};
use ykien_store::{SigningKey, Store, StoreOptions};

use super::token::{self, Refusal};
use super::{
    AuthConfig, AuthLayer, CLIENT_FRESH, Caller, Identity, KEYS_FRESH, KEYS_RELOAD, KEYS_REREAD,
    LEEWAY_SECONDS, MAX_TOKEN_SECONDS, keys, new_secret, rotate_signing_keys,
};

/// 2020-07-21T08:00:00Z, in seconds.
const NOW: i64 = 1_595_318_400;

thread_local! {
    static BEGAN: Instant = Instant::now();
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The time by which what is held grows old: it stands still until it is moved.
fn elapsed() -> Instant {
    BEGAN.with(|began| *began) + PASSED.get()
}

fn pass(time: Duration) {
    PASSED.set(PASSED.get() + time);
}

struct House {
    store: Store,
    clock: Arc<ManualClock>,
    identity: Identity,
    secret: String,
    key: SigningKey,
    _folder: tempfile::TempDir,
}

fn config() -> AuthConfig {
    AuthConfig {
        issuer: "https://ykien.example".to_owned(),
        audience: "ykien".to_owned(),
        token_lifetime_seconds: 600,
    }
}

fn client() -> ClientId {
    ClientId::stored("h37-05-docs".to_owned())
}

impl House {
    /// A store with the contributor `h37-05-docs` of H37.05.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(NOW * 1_000_000)));
        let url = format!("sqlite:{}", folder.path().join("ykien.db").display());
        let options = StoreOptions { url, max_connections: 2, clock: clock.clone() };
        let store = Store::connect(options).await.unwrap();
        store.migrate().await.unwrap();
        let admin = Scope::installation();
        let agency = AgencyCode::stored("H37.05".to_owned());
        let create = CreateAgency {
            code: agency.clone(),
            name: "Sở Tài chính".to_owned(),
            short_name: String::new(),
            name_en: String::new(),
            kind: AgencyKind::Department,
        };
        store.write(&admin, create, WriteOptions::default()).await.unwrap();
        let made = new_secret().unwrap();
        let create = CreateClient {
            client_id: client(),
            agency,
            role: Role::Contributor,
            name: "document system".to_owned(),
            secret_hash: made.hash,
        };
        store.write(&admin, create, WriteOptions::default()).await.unwrap();
        let identity = Identity::measured_by(store.clone(), config(), Vec::new(), elapsed);
        identity.ensure_signing_key().await.unwrap();
        let key = store.signing_keys().await.unwrap().remove(0);
        Self { store, clock, identity, secret: made.secret, key, _folder: folder }
    }

    async fn switch(&self, disabled: bool) {
        let command = DisableClient { client_id: client(), disabled };
        self.store.write(&Scope::installation(), command, WriteOptions::default()).await.unwrap();
    }

    async fn activate(&self, code: &str, active: bool) {
        let command = UpdateAgency {
            code: AgencyCode::stored(code.to_owned()),
            name: None,
            short_name: None,
            name_en: None,
            kind: None,
            active: Some(active),
            etag: None,
        };
        self.store.write(&Scope::installation(), command, WriteOptions::default()).await.unwrap();
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(token::TYPE.to_owned());
        header.kid = Some(self.key.kid.clone());
        header
    }

    fn sign(&self, header: &Header, claims: &Value) -> String {
        let key = EncodingKey::from_ed_pem(self.key.private_pem.as_bytes()).unwrap();
        jsonwebtoken::encode(header, claims, &key).unwrap()
    }

    /// Why the token is refused, and that the caller is told no more than it may know.
    async fn refusal(&self, token: &str) -> Refusal {
        let told = self.identity.verify(token).await.unwrap_err();
        assert_eq!(told.reason, Reason::Unauthenticated);
        let checking = DecodingKey::from_ed_pem(self.key.public_pem.as_bytes()).unwrap();
        let refusal = match token::key_id(token) {
            Err(refusal) => refusal,
            Ok(kid) if kid != self.key.kid => Refusal::UnknownKey,
            Ok(_) => match token::read(token, &checking, &config(), NOW) {
                Err(refusal) => refusal,
                Ok(_) => Refusal::Client,
            },
        };
        let expired = refusal == Refusal::Expired;
        let sentence = if expired { "the access token has expired" } else { "the access token is not valid" };
        assert_eq!(told.message, sentence, "{refusal:?}");
        refusal
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://ykien.example", "aud": "ykien", "sub": "h37-05-docs", "client_id": "h37-05-docs",
        "agency": "H37.05", "role": "contributor", "jti": "1", "iat": NOW, "exp": NOW + 600,
    })
}

fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn a_token_made_by_hand_as_it_should_be_is_taken() {
    let house = House::open().await;
    let scope = house.identity.verify(&house.sign(&house.header(), &claims())).await.unwrap();
    assert_eq!(scope.agency().as_str(), "H37.05");
    assert_eq!(scope.actor().role, Role::Contributor);
}

#[tokio::test]
async fn claims_that_lack_something_or_are_for_somebody_else_are_refused() {
    let house = House::open().await;
    let missing =
        |claim: &str| Refusal::Claims(format!("Json(Error(\"missing field `{claim}`\", line: 1, column: "));
    for claim in ["iss", "aud", "sub", "exp", "iat", "client_id", "agency", "role", "jti"] {
        let refusal = house.refusal(&house.sign(&house.header(), &without(claim))).await;
        let (Refusal::Claims(found), Refusal::Claims(expected)) = (&refusal, missing(claim)) else {
            panic!("{claim}: {refusal:?}")
        };
        assert!(found.starts_with(&expected), "{claim}: {found}");
    }
    let claim = |text: &str| Refusal::Claims(text.to_owned());
    let table = [
        (json!({"iss": "https://evil.example"}), claim("iss is another")),
        (json!({"aud": "another"}), claim("aud is another")),
        (json!({"sub": "another"}), claim("sub is not client_id")),
        (json!({"iat": NOW - 700, "exp": NOW - LEEWAY_SECONDS}), Refusal::Expired),
        (json!({"nbf": NOW + LEEWAY_SECONDS + 1}), Refusal::NotYet),
        (json!({"iat": NOW + LEEWAY_SECONDS + 1}), Refusal::NotYet),
        (json!({"exp": NOW + MAX_TOKEN_SECONDS + 1}), Refusal::TooLongLived),
        (json!({"exp": i64::MAX}), Refusal::TooLongLived),
        // Well signed, but the store says otherwise.
        (json!({"role": "admin"}), Refusal::Client),
        (json!({"agency": "H37.06"}), Refusal::Client),
        (json!({"sub": "nobody", "client_id": "nobody"}), Refusal::Client),
    ];
    for (changes, expected) in table {
        assert_eq!(house.refusal(&house.sign(&house.header(), &with(&changes))).await, expected, "{changes}");
    }
    let just = with(&json!({"iat": NOW - 600, "exp": NOW - LEEWAY_SECONDS + 1, "nbf": NOW + LEEWAY_SECONDS}));
    assert!(house.identity.verify(&house.sign(&house.header(), &just)).await.is_ok());
}

#[tokio::test]
async fn another_algorithm_type_key_or_extension_is_refused() {
    let house = House::open().await;
    let header = |change: fn(&mut Header)| {
        let mut header = house.header();
        change(&mut header);
        house.sign(&header, &claims())
    };
    let table = [
        (header(|header| header.typ = Some("JWT".to_owned())), Refusal::Type),
        (header(|header| header.typ = None), Refusal::Type),
        (header(|header| header.typ = Some("AT+JWT".to_owned())), Refusal::Type),
        (header(|header| header.jku = Some("https://evil.example/keys".to_owned())), Refusal::Header),
        (header(|header| header.crit = Some(vec!["exp".to_owned()])), Refusal::Critical),
        (header(|header| header.crit = Some(Vec::new())), Refusal::Critical),
        (header(|header| header.kid = Some("another".to_owned())), Refusal::UnknownKey),
        (header(|header| header.kid = None), Refusal::UnknownKey),
    ];
    for (token, expected) in table {
        assert_eq!(house.refusal(&token).await, expected);
    }

    // The public key as the secret of a symmetric algorithm: the classic.
    let public = VerifyingKey::from_public_key_pem(&house.key.public_pem).unwrap();
    for secret in [house.key.public_pem.as_bytes(), public.as_bytes()] {
        let mut header = house.header();
        header.alg = Algorithm::HS256;
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(house.refusal(&token).await, Refusal::Algorithm);
    }

    // No algorithm, no signature.
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "none", "typ": token::TYPE, "kid": house.key.kid});
    assert_eq!(house.refusal(&format!("{}.{}.", part(&header), part(&claims()))).await, Refusal::Header);
}

#[tokio::test]
async fn a_signature_of_another_key_a_changed_claim_and_garbage_are_refused() {
    let house = House::open().await;
    let other = keys::new_key(Timestamp(0)).unwrap();
    let key = EncodingKey::from_ed_pem(other.private_pem.as_bytes()).unwrap();
    let forged = jsonwebtoken::encode(&house.header(), &claims(), &key).unwrap();
    assert_eq!(house.refusal(&forged).await, Refusal::Signature);

    let good = house.sign(&house.header(), &claims());
    let mut parts: Vec<&str> = good.split('.').collect();
    let admin = URL_SAFE_NO_PAD.encode(with(&json!({"role": "admin"})).to_string());
    parts[1] = &admin;
    assert_eq!(house.refusal(&parts.join(".")).await, Refusal::Signature);

    for garbage in ["", "a.b", "a.b.c", "....", "Đ.Đ.Đ"] {
        assert_eq!(house.refusal(garbage).await, Refusal::Header, "{garbage}");
    }
    let long = house.sign(&house.header(), &with(&json!({"jti": "x".repeat(4096)})));
    assert_eq!(house.refusal(&long).await, Refusal::TooLong);
}

#[tokio::test]
async fn an_issued_token_is_taken_until_it_has_expired() {
    let house = House::open().await;
    let issued = house.identity.issue("h37-05-docs", &house.secret).await.unwrap();
    assert_eq!(issued.expires_in, 600);
    assert!(!format!("{issued:?}").contains(&issued.token));
    assert_eq!(house.identity.verify(&issued.token).await.unwrap().actor().client, client());
    let at = |seconds: i64| house.clock.set(Timestamp((NOW + seconds) * 1_000_000));
    at(600 + LEEWAY_SECONDS - 1);
    assert!(house.identity.verify(&issued.token).await.is_ok());
    at(600 + LEEWAY_SECONDS);
    let error = house.identity.verify(&issued.token).await.unwrap_err();
    assert_eq!(error.message, "the access token has expired");
}

#[tokio::test]
async fn a_client_that_is_switched_off_stops_within_a_second_and_may_come_back() {
    let house = House::open().await;
    let token = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    assert!(house.identity.verify(&token).await.is_ok());
    house.switch(true).await;
    pass(CLIENT_FRESH - Duration::from_millis(1));
    assert!(house.identity.verify(&token).await.is_ok(), "what was read holds for a second");
    pass(Duration::from_millis(1));
    assert_eq!(house.refusal(&token).await, Refusal::Client);
    house.switch(false).await;
    pass(CLIENT_FRESH);
    assert!(house.identity.verify(&token).await.is_ok());
}

#[tokio::test]
async fn who_signs_in_wrongly_learns_nothing() {
    let house = House::open().await;
    let mut told = Vec::new();
    for (client, secret) in [
        ("h37-05-docs", "wrong"),
        ("h37-05-docs", ""),
        ("nobody", house.secret.as_str()),
        ("not an id", house.secret.as_str()),
        ("h37-05-docs", &"x".repeat(10_000)),
    ] {
        told.push(house.identity.issue(client, secret).await.unwrap_err());
    }
    house.switch(true).await;
    told.push(house.identity.issue("h37-05-docs", &house.secret).await.unwrap_err());
    assert_eq!(told[0].reason, Reason::Unauthenticated);
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn a_key_of_another_replica_is_learned_but_not_looked_for_at_every_bad_token() {
    let house = House::open().await;
    let other = SigningKey { created_at: house.key.created_at, ..keys::new_key(Timestamp(0)).unwrap() };
    house.store.add_signing_key(&other).await.unwrap();
    let mut header = house.header();
    header.kid = Some(other.kid.clone());
    let key = EncodingKey::from_ed_pem(other.private_pem.as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
    // The keys were read just now: an unknown one does not have them read again.
    pass(KEYS_RELOAD - Duration::from_millis(1));
    assert_eq!(house.identity.verify(&token).await.unwrap_err().reason, Reason::Unauthenticated);
    pass(Duration::from_millis(1));
    assert!(house.identity.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_retired_key_checks_as_long_as_its_tokens_may_live_and_signs_no_more() {
    let made = keys::new_key(Timestamp(0)).unwrap();
    let retired = SigningKey { retired_at: Some(Timestamp(NOW * 1_000_000)), ..made };
    let kid = retired.kid.clone();
    let ring = keys::Ring::of(vec![retired], elapsed()).unwrap();
    let at = |seconds: i64| Timestamp((NOW + seconds) * 1_000_000);
    assert!(ring.signing().is_none());
    assert!(ring.checking(&kid, at(keys::VERIFYING_SECONDS)).is_some());
    assert!(ring.checking(&kid, at(keys::VERIFYING_SECONDS + 1)).is_none());
}

#[tokio::test]
async fn a_rotated_key_signs_at_once_and_the_one_before_verifies_until_its_last_token_ends() {
    let house = House::open().await;
    // Two replicas: the other one has read the keys, too.
    let other = Identity::measured_by(house.store.clone(), config(), Vec::new(), elapsed);
    let old = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    other.verify(&old).await.unwrap();

    let rotation = rotate_signing_keys(&house.store, false).await.unwrap();
    assert_eq!((rotation.retired.as_slice(), rotation.ended.len()), ([house.key.kid.clone()].as_slice(), 0));
    pass(KEYS_FRESH);
    let new = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    assert_eq!(token::key_id(&new).unwrap(), rotation.kid);
    for identity in [&house.identity, &other] {
        assert!(identity.verify(&old).await.is_ok() && identity.verify(&new).await.is_ok());
        assert_eq!(identity.jwks().await.unwrap()["keys"].as_array().unwrap().len(), 2);
    }
    let stored = house.store.signing_keys().await.unwrap();
    let retired = stored.iter().find(|key| key.kid == house.key.kid).unwrap();
    assert_eq!(retired.private_pem, "", "what only signs is deleted");

    // The last token that a slow replica may have signed with it has ended.
    house.clock.set(Timestamp((NOW + keys::VERIFYING_SECONDS + 1) * 1_000_000));
    assert_eq!(house.identity.jwks().await.unwrap()["keys"].as_array().unwrap().len(), 1);
    let again = rotate_signing_keys(&house.store, false).await.unwrap();
    assert_eq!(again.ended, std::slice::from_ref(&house.key.kid));
}

#[tokio::test]
async fn a_revoked_key_verifies_no_more_on_any_replica() {
    let house = House::open().await;
    let other = Identity::measured_by(house.store.clone(), config(), Vec::new(), elapsed);
    let old = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    other.verify(&old).await.unwrap();
    let rotation = rotate_signing_keys(&house.store, true).await.unwrap();
    assert_eq!(rotation.ended, std::slice::from_ref(&house.key.kid));
    pass(KEYS_FRESH);
    for identity in [&house.identity, &other] {
        assert_eq!(identity.verify(&old).await.unwrap_err().reason, Reason::Unauthenticated);
    }
}

#[tokio::test]
async fn what_is_settled_about_a_token_holds_no_longer_than_its_key_and_its_client_do() {
    let house = House::open().await;
    let token = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    // Its client is read anew just before its key is to be.
    for wait in [Duration::ZERO, Duration::ZERO, KEYS_REREAD - Duration::from_millis(1), Duration::ZERO] {
        pass(wait);
        assert!(house.identity.verify(&token).await.is_ok());
    }
    rotate_signing_keys(&house.store, true).await.unwrap();
    assert!(house.identity.verify(&token).await.is_ok());
    pass(Duration::from_millis(1));
    assert_eq!(house.identity.verify(&token).await.unwrap_err().reason, Reason::Unauthenticated);
}

#[tokio::test]
async fn the_two_newest_secrets_are_live_and_the_older_can_be_ended() {
    let house = House::open().await;
    let admin = Scope::installation();
    let mut secrets = vec![house.secret.clone()];
    for _ in 0..2 {
        let made = new_secret().unwrap();
        let rotate = RotateClient { client_id: client(), secret_hash: made.hash };
        let rotated = house.store.write(&admin, rotate, WriteOptions::default()).await.unwrap().answer;
        assert_eq!(rotated.secrets, 2);
        secrets.push(made.secret);
    }
    let live = async || {
        let mut live = Vec::new();
        for secret in &secrets {
            live.push(house.identity.issue("h37-05-docs", secret).await.is_ok());
        }
        live
    };
    assert_eq!(live().await, [false, true, true]);
    let end = |all| EndClientSecret { client_id: client(), all };
    let ended = house.store.write(&admin, end(false), WriteOptions::default()).await.unwrap().answer;
    assert_eq!((ended.secrets, live().await), (1, vec![false, false, true]));
    // Who has no keys would have nothing left.
    assert!(house.store.write(&admin, end(true), WriteOptions::default()).await.is_err());
}

#[tokio::test]
async fn a_client_whose_agency_is_not_active_stops_though_its_token_is_held() {
    let house = House::open().await;
    let token = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    let scope = house.identity.verify(&token).await.unwrap();
    let other = Identity::measured_by(house.store.clone(), config(), Vec::new(), elapsed);
    other.verify(&token).await.unwrap();
    house.activate("H37.05", false).await;
    pass(CLIENT_FRESH);
    assert_eq!(house.refusal(&token).await, Refusal::Client);
    assert_eq!(other.verify(&token).await.unwrap_err().reason, Reason::Unauthenticated, "on another replica");
    assert_eq!(house.identity.still(&scope).await.unwrap_err().reason, Reason::Unauthenticated);
    assert!(house.identity.issue("h37-05-docs", &house.secret).await.is_err());
    house.activate("H37.05", true).await;
    pass(CLIENT_FRESH);
    assert!(house.identity.verify(&token).await.is_ok());
}

#[tokio::test]
async fn the_published_keys_check_what_is_issued() {
    let house = House::open().await;
    house.identity.ensure_signing_key().await.unwrap();
    let jwks = house.identity.jwks().await.unwrap();
    let published = jwks["keys"].as_array().unwrap();
    assert_eq!(published.len(), 1, "a second start makes no second key");
    assert_eq!(published[0]["kid"], house.key.kid.as_str());
    assert_eq!((&published[0]["kty"], &published[0]["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(published[0].get("d").is_none());
    let token = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    let key = DecodingKey::from_ed_components(published[0]["x"].as_str().unwrap()).unwrap();
    assert!(token::read(&token, &key, &config(), NOW).is_ok());
}

#[tokio::test]
async fn the_layer_lets_in_who_has_a_token_and_whoever_asks_for_health() {
    let house = House::open().await;
    let token = house.identity.issue("h37-05-docs", &house.secret).await.unwrap().token;
    let service = AuthLayer(house.identity.clone()).layer(tower::service_fn(|request: Request<()>| {
        let agency = request.extensions().get::<Scope>().map(|scope| scope.agency().to_string());
        ready(Ok::<_, Infallible>(Response::new(agency.unwrap_or_default())))
    }));
    let call = async |path: &str, token: Option<&str>| {
        let mut request = Request::builder().uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        service.clone().oneshot(request.body(()).unwrap()).await.unwrap()
    };
    let submit = "/ykien.v1.CommentsService/SubmitComment";

    let answer = call(submit, Some(&token)).await;
    assert_eq!(answer.body(), "H37.05");
    assert_eq!(answer.extensions().get::<Caller>().unwrap().0.actor().client, client());

    for (path, token) in [(submit, None), (submit, Some("bad")), ("/grpc.health.v1.HealthX/Check", None)] {
        let answer = call(path, token).await;
        assert_eq!(answer.body(), "");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let status = tonic::Status::from_header_map(answer.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::Unauthenticated);
        assert_eq!(status.get_details_error_info().unwrap().reason, "UNAUTHENTICATED");
    }
    for open in ["/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"]
    {
        assert!(call(open, None).await.headers().get("grpc-status").is_none(), "{open}");
    }
}
