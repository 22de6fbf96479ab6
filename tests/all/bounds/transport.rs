//! Messages too large, bytes that are no message, bytes that are no HTTP/2: each is refused, and the server lives on.

use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use http_body_util::{BodyExt as _, Full};
use prost::bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::{Service as _, ServiceExt as _};
use ykien_proto::v1;

use crate::world::*;

behaviours_of_grpc! {
    a_message_of_five_mebibytes_is_refused_and_the_next_is_taken,
    garbage_in_place_of_a_message_is_refused_and_the_connection_goes_on,
    garbage_in_place_of_http_2_ends_that_connection_alone,
    a_call_without_a_token_or_with_a_bad_one_is_refused,
}

const SUBMIT: &str = "/ykien.v1.CommentsService/SubmitComment";

async fn still_serves(w: &World) {
    let taken = w.submit(FINANCE, 1, "x").await;
    assert_eq!(w.get(FINANCE, taken.number).await.unwrap(), taken);
}

async fn a_message_of_five_mebibytes_is_refused_and_the_next_is_taken(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(FINANCE).await.comments;
    let comment = v1::Comment { text: "x".repeat(5 * 1024 * 1024), ..v1::Comment::default() };
    let request = v1::SubmitCommentRequest {
        draft: "drafts/nq20".to_owned(),
        comment: Some(comment.clone()),
        request_id: String::new(),
    };
    let status = to.submit_comment(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    still_serves(w).await;
    // The same for an item of a stream: what came before it is answered.
    let item = |n, comment| v1::BulkSubmitCommentsRequest {
        draft: "drafts/nq20".to_owned(),
        comment: Some(comment),
        request_id: request_id(n),
    };
    let small = v1::Comment { text: "x".to_owned(), ..v1::Comment::default() };
    let items = futures::stream::iter([item(1, small), item(2, comment)]);
    let mut answers = to.bulk_submit_comments(items).await.unwrap().into_inner();
    let first = answers.message().await.unwrap().expect("an answer");
    assert!(
        matches!(first.result, Some(v1::bulk_submit_comments_response::Result::Submitted(_))),
        "{first:?}"
    );
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    still_serves(w).await;
}

/// Sends these bytes as the body of a call; gives the code of the answer, or none when the HTTP layer refused it.
async fn send(channel: &mut Channel, headers: &HeaderMap, path: &str, bytes: &[u8]) -> Option<Code> {
    let body = Body::new(Full::new(Bytes::copy_from_slice(bytes)));
    let mut request = Request::post(path).body(body).expect("a request");
    request.headers_mut().extend(headers.clone());
    let answer = channel.ready().await.expect("the connection lives").call(request).await.expect("an answer");
    let status = answer.status();
    let code = |headers: &HeaderMap| headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()));
    if let Some(code) = code(answer.headers()) {
        return Some(code);
    }
    let trailers = answer.into_body().collect().await.expect("a body").trailers().cloned();
    let code = trailers.as_ref().and_then(code);
    assert!(code.is_some() || !status.is_success(), "neither refused nor answered: {status}");
    code
}

/// A message in its frame: the flag, the length, the bytes.
fn frame(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend(length.to_be_bytes());
    frame.extend(message);
    frame
}

async fn garbage_in_place_of_a_message_is_refused_and_the_connection_goes_on(w: &World) {
    w.open(Rules::default()).await;
    let revision = w.revision().await;
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, w.authorization(FINANCE).await.to_str().unwrap().parse().unwrap());
    headers.insert(CONTENT_TYPE, "application/grpc".parse().unwrap());
    headers.insert("te", "trailers".parse().unwrap());
    let mut channel =
        Channel::from_shared(format!("http://{}", w.address())).unwrap().connect().await.unwrap();
    let noise: Vec<u8> = (0..4_096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bodies = [
        ("nothing", Vec::new()),
        ("noise", noise.clone()),
        ("noise in a frame", frame(0, 4_096, &noise)),
        ("a frame cut short", frame(0, 100, b"abc")),
        ("a frame of 4 GiB", frame(0, u32::MAX, b"abc")),
        ("compressed, and not", frame(1, 3, b"abc")),
        ("an unknown flag", frame(7, 3, b"abc")),
        ("a field of a length that is not there", frame(0, 2, &[0x12, 0x7f])),
        ("a text that is no UTF-8", frame(0, 4, &[0x0a, 0x02, 0xff, 0xfe])),
        ("a group that never ends", frame(0, 3, &[0x0b, 0x0b, 0x0b])),
    ];
    for (what, body) in bodies {
        let code = send(&mut channel, &headers, SUBMIT, &body).await;
        assert!(matches!(code, Some(code) if code != Code::Ok), "{what}: {code:?}");
    }
    // Messages nested in one another, deeper than any that means something.
    let nested = (0..200).fold(Vec::new(), |inner: Vec<u8>, _| {
        let mut outer = vec![0x12];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(inner);
        outer
    });
    let code = send(&mut channel, &headers, SUBMIT, &frame(0, nested.len() as u32, &nested)).await;
    assert!(matches!(code, Some(code) if code != Code::Ok), "nested: {code:?}");
    assert_eq!(
        send(&mut channel, &headers, "/ykien.v1.CommentsService/Nothing", &[]).await,
        Some(Code::Unimplemented)
    );
    assert_eq!(send(&mut channel, &headers, "/nothing", &[]).await, Some(Code::Unimplemented));
    assert_eq!(w.revision().await, revision);
    still_serves(w).await;
}

async fn garbage_in_place_of_http_2_ends_that_connection_alone(w: &World) {
    w.open(Rules::default()).await;
    let preface: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let noise: Vec<u8> = (0..1_024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 16) as u8).collect();
    let header_frame: &[u8] = &[0, 0, 4, 1, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
    for bytes in [
        noise.clone(),
        [preface, &noise].concat(),
        // SETTINGS, then a header block that does not decode.
        [preface, &[0, 0, 0, 4, 0, 0, 0, 0, 0], header_frame].concat(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
    ] {
        let mut stream = TcpStream::connect(w.address()).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        // The server's last word, and the end; or the connection is reset.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.len() < 4_096, "{} bytes", rest.len());
        still_serves(w).await;
    }
}

async fn a_call_without_a_token_or_with_a_bad_one_is_refused(w: &World) {
    w.open(Rules::default()).await;
    let mut channel =
        Channel::from_shared(format!("http://{}", w.address())).unwrap().connect().await.unwrap();
    let good = w.authorization(FINANCE).await.to_str().unwrap().to_owned();
    let cut = good[..good.len() - 2].to_owned();
    let message = frame(0, 0, &[]);
    for bad in
        ["", "Bearer", "Bearer x", "Basic eDp5", &cut, &good.replace("Bearer ", ""), &"x".repeat(5_000)]
    {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/grpc".parse().unwrap());
        headers.insert("te", "trailers".parse().unwrap());
        if !bad.is_empty() {
            headers.insert(AUTHORIZATION, bad.parse().unwrap());
        }
        let code = send(&mut channel, &headers, SUBMIT, &message).await;
        assert_eq!(code, Some(Code::Unauthenticated), "{bad}");
    }
    still_serves(w).await;
}
