//! Who calls too often is told when to try again; health and the neighbours notice nothing.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;
use tower::{Service as _, ServiceExt as _};
use ykien::serve::ServeOptions;
use ykien_edge::admission::{CALL_BURST_SECONDS, Rates, TOKEN_BURST_SECONDS};
use ykien_proto::v1;
use ykien_proto::v1::bulk_submit_comments_response::Result as BulkResult;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;

use super::installation::{AGENCIES, Installation, client_of};
use crate::world::request_id;

async fn channel(address: std::net::SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn send(channel: &mut Channel, request: Request<String>) -> Response<Vec<u8>> {
    let request = request.map(|body| Body::new(Full::from(body)));
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec())
}

/// Asks until it is refused, in less time than an allowance comes back in.
async fn until_refused(
    channel: &mut Channel,
    request: impl Fn() -> Request<String>,
    most: u32,
) -> Response<Vec<u8>> {
    for _ in 0..most * 2 {
        let answer = send(channel, request()).await;
        if answer.status() == 429 {
            return answer;
        }
    }
    panic!("{} requests were answered", most * 2)
}

fn is_rate_limited(answer: &Response<Vec<u8>>) {
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(problem["reason"], "RATE_LIMITED", "{problem}");
    assert_eq!(problem["status"], 429, "{problem}");
}

#[tokio::test]
async fn a_client_that_calls_too_often_is_refused_on_both_transports_and_health_never() {
    let rates = Rates { client: 2, agency: 2, ..Rates::default() };
    let installation = Installation::start(ServeOptions { rates, ..ServeOptions::loopback() }).await;
    let [ours, theirs] = AGENCIES;
    let (token, their_token) = (installation.token(ours).await, installation.token(theirs).await);
    let grpc = channel(installation.comments()).await;
    let most = rates.client * CALL_BURST_SECONDS;
    let mut refused = None;
    for _ in 0..most * 2 {
        refused = refused.or(installation.call(grpc.clone(), &token).await.err());
    }
    let refused = refused.expect("a refusal");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "RATE_LIMITED");
    assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(1)));

    let mut http = channel(installation.admin()).await;
    let admin = installation.admin();
    let list = |token: &str| {
        Request::get(format!("http://{admin}/v1/drafts"))
            .header("authorization", format!("Bearer {token}"))
            .body(String::new())
            .unwrap()
    };
    is_rate_limited(&until_refused(&mut http, || list(&token), most).await);
    // The neighbour, and health as often as anybody likes.
    installation.call(grpc.clone(), &their_token).await.unwrap();
    assert_eq!(send(&mut http, list(&their_token)).await.status(), 200);
    let mut health = HealthClient::new(grpc);
    for _ in 0..most * 10 {
        health.check(HealthCheckRequest::default()).await.unwrap();
        for path in ["livez", "readyz"] {
            let request = Request::get(format!("http://{admin}/{path}")).body(String::new()).unwrap();
            assert_eq!(send(&mut http, request).await.status(), 200);
        }
    }
    installation.running.stop().await;
}

#[tokio::test]
async fn requests_for_tokens_are_limited_before_a_secret_is_compared() {
    let rates = Rates { token: 1, ..Rates::default() };
    let installation = Installation::start(ServeOptions { rates, ..ServeOptions::loopback() }).await;
    let admin = installation.admin();
    let mut http = channel(admin).await;
    let ask = |client: &str, secret: &str| {
        Request::post(format!("http://{admin}/oauth2/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type=client_credentials&client_id={client}&client_secret={secret}"))
            .unwrap()
    };
    let known = client_of(AGENCIES[0]);
    let secret = &installation.secret;
    assert_eq!(send(&mut http, ask(&known, secret)).await.status(), 200);
    // Too long to be one: refused without the time that a comparison takes, and counted all the same.
    let long = "x".repeat(1_024);
    let refused = until_refused(&mut http, || ask("nobody", &long), rates.token * TOKEN_BURST_SECONDS).await;
    is_rate_limited(&refused);
    is_rate_limited(&send(&mut http, ask(&known, secret)).await);
    installation.running.stop().await;
}

#[tokio::test]
async fn a_bulk_import_is_one_call_however_many_comments_it_has() {
    let rates = Rates { client: 1, agency: 1, ..Rates::default() };
    let installation = Installation::start(ServeOptions { rates, ..ServeOptions::loopback() }).await;
    let token = installation.token(AGENCIES[0]).await;
    let mut http = channel(installation.admin()).await;
    let calls = [
        ("", json!({ "id": "d", "title": "Dự thảo", "drafting_agency": AGENCIES[0] })),
        ("/d/versions", json!({ "sections": [{ "label": "I", "heading": "Một" }] })),
        (
            "/d/rounds",
            json!({ "title": "Đợt 1", "deadline": "2199-01-01T00:00:00Z", "silence_rule": "none" }),
        ),
        ("/d/rounds/1/roster", json!({ "agencies": [AGENCIES[0]] })),
        ("/d/rounds/1/open", json!({})),
    ];
    for (path, body) in calls {
        let request = Request::post(format!("http://{}/v1/drafts{path}", installation.admin()))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        let answer = send(&mut http, request).await;
        assert!(answer.status().is_success(), "{path}: {}", String::from_utf8_lossy(answer.body()));
    }
    let items: Vec<_> = (0..1_000)
        .map(|n| v1::BulkSubmitCommentsRequest {
            draft: "drafts/d".to_owned(),
            comment: Some(v1::Comment { text: format!("ý kiến {n}"), ..v1::Comment::default() }),
            request_id: request_id(n),
        })
        .collect();
    let mut request = tonic::Request::new(futures::stream::iter(items));
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    let mut comments = CommentsServiceClient::new(channel(installation.comments()).await);
    let mut answers = comments.bulk_submit_comments(request).await.unwrap().into_inner();
    let mut taken = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        assert!(matches!(answer.result, Some(BulkResult::Submitted(_))), "{answer:?}");
        taken += 1;
    }
    assert_eq!(taken, 1_000);
    drop((comments, answers, http));
    installation.running.stop().await;
}
