//! Agencies' certificates: which are taken, and that one must be the token's.

use http::Request;
use tonic::Code;
use tonic_types::StatusExt as _;
use ykien::serve::ServeOptions;

use super::authority::Authority;
use super::installation::{AGENCIES, Files, Installation};

async fn installation(authority: &Authority, required: bool) -> (Installation, Files) {
    let files = Files::new(&authority.server(), &authority.pem);
    let options = ServeOptions { tls: Some(files.options(required)), ..ServeOptions::loopback() };
    (Installation::start(options).await, files)
}

#[tokio::test]
async fn a_certificate_must_name_the_agency_of_the_token() {
    let authority = Authority::new();
    let (installation, _files) = installation(&authority, false).await;
    let [ours, theirs] = AGENCIES;
    let (our_token, their_token) = (installation.token(ours).await, installation.token(theirs).await);
    let signed = authority.client(&[&format!("urn:ykien:agency:{ours}")]);
    let tls = authority.tls(Some(&signed));
    let channel = installation.by_tls(&tls).await.unwrap();
    installation.call(channel.clone(), &our_token).await.unwrap();
    let refused = installation.call(channel, &their_token).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains("certificate"), "{refused:?}");
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "UNAUTHENTICATED");
    // The same over HTTP.
    for (token, expected) in [(&our_token, 200), (&their_token, 401)] {
        let request = Request::get(format!("https://{}/v1/drafts", installation.admin()))
            .header("authorization", format!("Bearer {token}"))
            .body(String::new())
            .unwrap();
        let (status, body) = tls.call(request).await.unwrap();
        assert_eq!(status, expected, "{}", String::from_utf8_lossy(&body));
    }
    // None is required: who has none shows its token alone.
    let channel = installation.by_tls(&authority.tls(None)).await.unwrap();
    installation.call(channel, &their_token).await.unwrap();
    installation.running.stop().await;
}

#[tokio::test]
async fn only_certificates_that_name_one_agency_are_taken() {
    let authority = Authority::new();
    let (installation, _files) = installation(&authority, false).await;
    let ours = format!("urn:ykien:agency:{}", AGENCIES[0]);
    let theirs = format!("urn:ykien:agency:{}", AGENCIES[1]);
    let token = installation.token(AGENCIES[0]).await;
    let table = [
        ("one", authority.client(&[&ours]), true),
        ("one among other URIs", authority.client(&["spiffe://x/y", &ours]), true),
        ("none", authority.client(&[]), false),
        ("another URI", authority.client(&["urn:other:agency:H37.05"]), false),
        ("two", authority.client(&[&ours, &theirs]), false),
        ("no code", authority.client(&["urn:ykien:agency:"]), false),
        ("what is no code", authority.client(&["urn:ykien:agency:H37 05"]), false),
        ("expired", authority.expired(&ours), false),
        ("for servers", authority.for_servers(&ours), false),
        ("of another authority", Authority::new().client(&[&ours]), false),
    ];
    for (what, signed, taken) in table {
        // With TLS 1.3 a client learns only from its first call that its certificate was refused.
        let called = match installation.by_tls(&authority.tls(Some(&signed))).await {
            Ok(channel) => installation.call(channel, &token).await.map_err(|status| status.to_string()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(called.is_ok(), taken, "{what}: {called:?}");
    }
    installation.running.stop().await;
}

#[tokio::test]
async fn where_certificates_are_required_nobody_is_heard_on_a_grpc_port_without_one() {
    let authority = Authority::new();
    let (installation, _files) = installation(&authority, true).await;
    let token = installation.token(AGENCIES[0]).await;
    let without = authority.tls(None);
    let called = match installation.by_tls(&without).await {
        Ok(channel) => installation.call(channel, &token).await.is_ok(),
        Err(_) => false,
    };
    assert!(!called);
    let signed = authority.client(&[&format!("urn:ykien:agency:{}", AGENCIES[0])]);
    let channel = installation.by_tls(&authority.tls(Some(&signed))).await.unwrap();
    installation.call(channel, &token).await.unwrap();
    // HTTP is for browsers and Prometheus too.
    let request =
        Request::get(format!("https://{}/readyz", installation.admin())).body(String::new()).unwrap();
    assert!(without.call(request).await.unwrap().0.is_success());
    installation.running.stop().await;
}
