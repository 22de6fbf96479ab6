//! Clients that authenticate with a key of their own.

use ykien_domain::command::SetClientKeys;

use super::*;
use crate::auth::{MAX_ASSERTION_SECONDS, client_keys};

/// A client's own key: its JWK, and what signs with it.
fn own_key(kid: &str) -> (Value, EncodingKey) {
    let made = keys::new_key(Timestamp(0)).unwrap();
    let public = VerifyingKey::from_public_key_pem(&made.public_pem).unwrap();
    let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x, "note": "dropped"});
    (jwk, EncodingKey::from_ed_pem(made.private_pem.as_bytes()).unwrap())
}

#[tokio::test]
async fn a_client_gets_a_token_for_an_assertion_by_its_key_and_only_once() {
    let house = House::open().await;
    let (jwk, key) = own_key("one");
    let keys = client_keys(&[jwk]).unwrap();
    assert!(keys[0].jwk.get("note").is_none());
    let set = SetClientKeys { client_id: client(), keys };
    house.store.write(&Scope::installation(), set, WriteOptions::default()).await.unwrap();

    let honest = json!({"iss": "h37-05-docs", "sub": "h37-05-docs", "aud": config().token_endpoint(),
        "jti": "1", "iat": NOW, "exp": NOW + 60});
    let signed = |change: Value, typ: Option<&str>, kid: Option<&str>, key: &EncodingKey| {
        let mut claims = honest.clone();
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let mut header = Header::new(Algorithm::EdDSA);
        (header.typ, header.kid) = (typ.map(str::to_owned), kid.map(str::to_owned));
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    };
    let ask = async |assertion: &str| house.identity.issue_for_assertion(None, assertion).await;
    let first = signed(json!({}), Some("JWT"), Some("one"), &key);
    let token = ask(&first).await.unwrap().token;
    assert_eq!(house.identity.verify(&token).await.unwrap().actor().client, client());
    // Used, here and on a replica that has not seen it.
    let other = Identity::measured_by(house.store.clone(), config(), Vec::new(), elapsed);
    for identity in [&house.identity, &other] {
        let error = identity.issue_for_assertion(None, &first).await.unwrap_err();
        assert_eq!(error.reason, Reason::Unauthenticated);
    }
    // The issuer is an audience too, alone or as a list of one; no type is a type.
    for (jti, aud, typ) in [
        ("2", json!("https://ykien.example"), None),
        ("3", json!([config().issuer]), Some("client-authentication+jwt")),
    ] {
        ask(&signed(json!({"jti": jti, "aud": aud}), typ, Some("one"), &key)).await.unwrap();
    }
    assert!(
        house
            .identity
            .issue_for_assertion(Some("another"), &signed(json!({"jti": "4"}), None, Some("one"), &key))
            .await
            .is_err()
    );

    let (_, stranger) = own_key("one");
    let bad = |change: Value| {
        let mut change = change;
        change["jti"] = change.get("jti").cloned().unwrap_or(json!("bad"));
        signed(change, None, Some("one"), &key)
    };
    let refused = [
        signed(json!({"jti": "bad"}), None, Some("one"), &stranger),
        signed(json!({"jti": "bad"}), None, Some("two"), &key),
        signed(json!({"jti": "bad"}), None, None, &key),
        signed(json!({"jti": "bad"}), Some("at+jwt"), Some("one"), &key),
        bad(json!({"aud": "https://elsewhere.example"})),
        bad(json!({"aud": [config().issuer, "https://elsewhere.example"]})),
        bad(json!({"aud": []})),
        bad(json!({"aud": null})),
        bad(json!({"iss": "another"})),
        bad(json!({"sub": "another"})),
        bad(json!({"sub": null})),
        bad(json!({"exp": null})),
        bad(json!({"exp": NOW - LEEWAY_SECONDS})),
        bad(json!({"exp": NOW + MAX_ASSERTION_SECONDS + 1})),
        bad(json!({"iat": NOW + 60})),
        bad(json!({"nbf": NOW + 60})),
        bad(json!({"jti": ""})),
        bad(json!({"jti": "x".repeat(257)})),
        // A token of this installation is no assertion, nor the other way round.
        house.sign(&house.header(), &claims()),
    ];
    for (index, assertion) in refused.iter().enumerate() {
        let error = ask(assertion).await.unwrap_err();
        assert_eq!(error.reason, Reason::Unauthenticated, "{index}");
    }
    assert!(house.identity.verify(&first).await.is_err());
    // None of them was used up by being refused.
    ask(&signed(json!({"jti": "bad"}), None, Some("one"), &key)).await.unwrap();

    house.switch(true).await;
    assert!(ask(&signed(json!({"jti": "5"}), None, Some("one"), &key)).await.is_err());
}

#[tokio::test]
async fn assertions_are_remembered_until_they_end_and_a_client_has_a_bounded_number() {
    let house = House::open().await;
    let at = |seconds: i64| Timestamp((NOW + seconds) * 1_000_000);
    for n in 0..ykien_store::MAX_USED_ASSERTIONS {
        assert!(house.store.use_assertion(&client(), &n.to_string(), at(60)).await.unwrap());
    }
    let full = house.store.use_assertion(&client(), "one more", at(60)).await.unwrap_err();
    assert_eq!(full.reason, Reason::LimitExceeded);
    house.clock.set(at(61));
    assert!(
        house.store.use_assertion(&client(), "0", at(120)).await.unwrap(),
        "it has ended, and its memory"
    );
    assert!(!house.store.use_assertion(&client(), "0", at(120)).await.unwrap());
}

#[test]
fn a_key_that_is_private_weak_or_for_no_one_algorithm_is_refused() {
    let (good, _) = own_key("one");
    assert!(client_keys(std::slice::from_ref(&good)).is_ok());
    for (member, value, at) in [
        ("d", json!("AAAA"), "keys[0].d"),
        ("k", json!("AAAA"), "keys[0].d"),
        ("kid", json!(""), "keys[0].kid"),
        ("kid", json!("with space"), "keys[0].kid"),
        ("alg", json!(null), ""),
        ("alg", json!("HS256"), "keys[0].alg"),
        ("alg", json!("RS256"), "keys[0].alg"),
        ("use", json!("enc"), "keys[0].use"),
        ("kty", json!("oct"), "keys[0].kty"),
        ("crv", json!("X25519"), "keys[0].kty"),
        ("x", json!("AAAA"), "keys[0].x"),
        // Points of small order, and none at all.
        ("x", json!(URL_SAFE_NO_PAD.encode([0; 32])), "keys[0].x"),
    ] {
        let mut jwk = good.clone();
        jwk[member] = value;
        let refused = client_keys(&[jwk]);
        if at.is_empty() {
            // Ed25519 is for one algorithm anyway.
            assert!(refused.is_ok());
            continue;
        }
        assert_eq!(refused.unwrap_err().violations[0].field, at, "{member}");
    }
    let twice = client_keys(&[good.clone(), good]);
    assert_eq!(twice.unwrap_err().violations[0].field, "keys[1].kid");
    let rsa = |bytes: usize, alg: Value| {
        let n = URL_SAFE_NO_PAD.encode(vec![0xAB; bytes]);
        client_keys(&[json!({"kty": "RSA", "kid": "r", "alg": alg, "n": n, "e": "AQAB"})])
    };
    assert!(rsa(256, json!("RS256")).is_ok());
    assert_eq!(rsa(128, json!("RS256")).unwrap_err().violations[0].field, "keys[0].n");
    assert_eq!(rsa(1024, json!("RS256")).unwrap_err().violations[0].field, "keys[0].n");
    assert_eq!(rsa(256, json!(null)).unwrap_err().violations[0].field, "keys[0].alg");
}
