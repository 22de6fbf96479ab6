//! What the log and the metrics never say: secrets, tokens, keys, what comments say and who signed. The real binary logs as
//! much as an administrator can have it log, is used well and badly, and then everything that it wrote is searched.

use http::Method;
use serde_json::json;
use sqlx::Row as _;
use ykien::client;
use ykien_proto::v1;

use super::authority::Authority;
use super::installation::Files;
use super::server::Server;
use crate::end_to_end::process;
use crate::world::request_id;

/// A word that stands nowhere else.
fn canary(what: &str) -> String {
    format!("chimhoangyen{what}")
}

/// The parts of a PEM file that are secret.
fn lines_of_key(pem: &str) -> impl Iterator<Item = String> {
    pem.lines().filter(|line| line.len() >= 16 && !line.starts_with("-----")).map(str::to_owned)
}

async fn no_secret_is_logged(format: &str) -> anyhow::Result<()> {
    let authority = Authority::new();
    let signed = authority.server();
    let files = Files::new(&signed, &authority.pem);
    let data = tempfile::tempdir()?;
    let environment = process::Environment::from([("YKIEN_DATA_DIR", data.path().display().to_string())]);
    let printed = process::run(&["admin-credential"], &environment).await?.printed()?;
    let secret = printed.split_whitespace().last().unwrap_or_default().to_owned();
    let mut secrets = vec![secret.clone()];
    secrets.extend(lines_of_key(&signed.key));

    let server = Server::start(&authority, &files, data.path(), format).await?;
    let admin = server.log_in("admin", &secret).await?;
    let mut bearers = vec![admin.clone()];
    for (code, role) in [("H37.05", "drafter"), ("H37.06", "contributor")] {
        let agency = json!({ "code": code, "name": code, "kind": "other" });
        server.post(&admin, "/v1/agencies", agency).await?;
        let id = code.to_lowercase().replace('.', "-");
        let client = json!({ "client_id": id, "agency": code, "role": role });
        let made = server.post(&admin, "/v1/clients", client).await?;
        let secret = made["client_secret"].as_str().unwrap_or_default().to_owned();
        bearers.push(server.log_in(&id, &secret).await?);
        secrets.push(secret);
    }
    let [_, drafter, contributor] = bearers.as_slice() else { anyhow::bail!("three callers") };

    let draft = json!({ "id": "d", "title": "Dự thảo", "drafting_agency": "H37.05" });
    server.post(drafter, "/v1/drafts", draft).await?;
    let text = format!("# Một\n\nđoạn {} của dự thảo\n\n# Hai\n\nhai\n", canary("dieukhoan"));
    server.post(drafter, "/v1/drafts/d/versions", json!({ "text": text })).await?;
    let round = json!({ "title": "Đợt 1", "deadline": "2199-01-01T00:00:00Z", "silence_rule": "none" });
    server.post(drafter, "/v1/drafts/d/rounds", round).await?;
    server.post(drafter, "/v1/drafts/d/rounds/1/roster", json!({ "agencies": ["H37.06"] })).await?;
    server.post(drafter, "/v1/drafts/d/rounds/1/open", json!({})).await?;

    // Well: over HTTP, over gRPC, as a stream, as a letter, decided, searched, written to a file.
    let comment = json!({ "agency": "H37.06", "title": canary("tieude"), "text": canary("ykien"),
        "proposed_change": canary("dexuat"), "anchor": { "section": 1, "quote": canary("dieukhoan") } });
    server.post(contributor, "/v1/drafts/d/comments", comment).await?;
    let response = json!({ "stance": "agrees_with_comments", "letter_number": "1/X", "letter_date": "2020-07-22",
        "signer": canary("nguoiky"), "capacity": "GĐ", "comments": [{ "text": canary("thu") }] });
    server.post(contributor, "/v1/drafts/d/responses", response).await?;
    let decision = json!({ "outcome": "rejected", "explanation": canary("giaitrinh") });
    server
        .send(Method::PUT, "/v1/drafts/d/comments/1/decision", drafter.header()?, &decision.to_string())
        .await?;
    let search = format!("/v1/drafts/d/comments?filter=text%3A%22{}%22", canary("ykien"));
    server.send(Method::GET, &search, drafter.header()?, "").await?;
    server.send(Method::GET, "/v1/drafts/d/documents/summary?format=json", drafter.header()?, "").await?;
    let channel = server.tls.connect(&server.url("comments").parse()?).await?;
    let mut comments = client::comments(channel, contributor.clone());
    let message = |text: String| v1::Comment { text, ..v1::Comment::default() };
    let submitted = |text| v1::SubmitCommentRequest {
        draft: "drafts/d".to_owned(),
        comment: Some(message(text)),
        request_id: String::new(),
    };
    client::answer(comments.submit_comment(submitted(canary("grpc"))).await)?;
    let item = v1::BulkSubmitCommentsRequest {
        draft: "drafts/d".to_owned(),
        comment: Some(message(canary("luong"))),
        request_id: request_id(1),
    };
    let mut answers = client::answer(comments.bulk_submit_comments(futures::stream::iter([item])).await)?;
    let answer = answers.message().await?.and_then(|answer| answer.result);
    assert!(matches!(answer, Some(v1::bulk_submit_comments_response::Result::Submitted(_))), "{answer:?}");

    // Badly: too long, unreadable, not allowed, with wrong secrets and tokens that are none.
    let long = canary("quadai").repeat(10_000);
    comments.submit_comment(submitted(format!("{}\0", canary("nul")))).await.unwrap_err();
    comments.submit_comment(submitted(long.clone())).await.unwrap_err();
    let wrong = canary("matkhausai");
    for (path, authorization, body) in [
        ("/v1/drafts/d/comments", contributor.header()?.to_owned(), json!({ "text": long }).to_string()),
        (
            "/v1/drafts/d/comments",
            contributor.header()?.to_owned(),
            format!("{{\"text\": {}", canary("json")),
        ),
        (
            "/v1/drafts/d/rounds/1/close",
            contributor.header()?.to_owned(),
            json!({ canary("truong"): 1 }).to_string(),
        ),
        ("/v1/drafts/d/comments", format!("Bearer {}", canary("token")), String::new()),
        ("/v1/drafts/d/comments", canary("luocdo"), String::new()),
        ("/oauth2/token", format!("Basic {wrong}"), "grant_type=client_credentials".to_owned()),
    ] {
        let sent = server.send(Method::POST, path, &authorization, &body).await?;
        assert!(sent["status"].as_u64() >= Some(400), "{path}: {sent}");
    }
    server.log_in("admin", &wrong).await.unwrap_err();
    server.log_in(&wrong, "x").await.unwrap_err();

    let metrics = server.send(Method::GET, "/metrics", "", "").await?["answer"].to_string();
    let store =
        sqlx::SqlitePool::connect(&format!("sqlite:{}", data.path().join("ykien.db").display())).await?;
    for row in sqlx::query("SELECT private_pem FROM signing_keys").fetch_all(&store).await? {
        secrets.extend(lines_of_key(row.get(0)));
    }
    store.close().await;
    for bearer in &bearers {
        // What comes before the signature is in no need of being secret, and stands in every token.
        secrets.extend(bearer.header()?.rsplit('.').next().map(str::to_owned));
    }

    let (out, log) = (server.written("out"), server.written("log"));
    assert!(log.contains("request"), "it logs at all: {log}");
    for (place, text) in [("stdout", &out), ("the log", &log), ("the metrics", &metrics)] {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret is in {place}: {}", around(text, secret));
        }
        assert!(!text.contains("chimhoangyen"), "a text is in {place}: {}", around(text, "chimhoangyen"));
    }
    server.stop().await
}

/// The line in which it was found.
fn around<'a>(text: &'a str, found: &str) -> &'a str {
    text.lines().find(|line| line.contains(found)).unwrap_or_default()
}

#[tokio::test]
async fn the_log_has_no_secret_and_no_text_though_it_says_everything() -> anyhow::Result<()> {
    no_secret_is_logged("text").await
}

#[tokio::test]
async fn the_log_as_json_has_no_secret_and_no_text_either() -> anyhow::Result<()> {
    no_secret_is_logged("json").await
}
