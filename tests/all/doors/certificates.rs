//! The server's own certificate, by real handshakes on both kinds of ports.

use std::time::Duration;

use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ykien::client::ClientTls;
use ykien::serve::ServeOptions;

use super::authority::Authority;
use super::installation::{AGENCIES, Files, Installation};

/// How long new files may take to hold.
const RELOAD: Duration = Duration::from_secs(30);

async fn ready(installation: &Installation, tls: &ClientTls) -> anyhow::Result<()> {
    let request = Request::get(format!("https://{}/readyz", installation.admin())).body(String::new())?;
    let (status, _) = tls.call(request).await?;
    anyhow::ensure!(status.is_success(), "{status}");
    Ok(())
}

#[tokio::test]
async fn both_kinds_of_ports_speak_tls_and_nothing_else() {
    let authority = Authority::new();
    let files = Files::new(&authority.server(), &authority.pem);
    let options = ServeOptions { tls: Some(files.options(false)), ..ServeOptions::loopback() };
    let installation = Installation::start(options).await;
    let tls = authority.tls(None);
    let token = installation.token(AGENCIES[0]).await;
    installation.call(installation.by_tls(&tls).await.unwrap(), &token).await.unwrap();
    ready(&installation, &tls).await.unwrap();

    let other_name = ClientTls { server_name: Some("other.test".to_owned()), ..tls.clone() };
    assert!(installation.by_tls(&other_name).await.is_err());
    assert!(installation.by_tls(&Authority::new().tls(None)).await.is_err());
    for address in [installation.comments(), installation.admin()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    }
    installation.running.stop().await;
}

#[tokio::test]
async fn new_files_hold_for_new_connections_and_broken_ones_change_nothing() {
    let (before, after) = (Authority::new(), Authority::new());
    let files = Files::new(&before.server(), &before.pem);
    let options = ServeOptions { tls: Some(files.options(false)), ..ServeOptions::loopback() };
    let installation = Installation::start(options).await;
    let token = installation.token(AGENCIES[0]).await;
    let old = before.tls(None);
    let running = installation.by_tls(&old).await.unwrap();
    installation.call(running.clone(), &token).await.unwrap();

    // The certificate alone is of another key than the one that is there, as it is while files are being replaced.
    let signed = after.server();
    files.write("certificate.pem", &signed.certificate);
    let mut look = tokio::time::interval(Duration::from_secs(1));
    for _ in 0..7 {
        look.tick().await;
        ready(&installation, &old).await.unwrap();
    }
    files.write("key.pem", &signed.key);
    let new = after.tls(None);
    let renewed = async {
        while ready(&installation, &new).await.is_err() {
            look.tick().await;
        }
    };
    tokio::time::timeout(RELOAD, renewed).await.expect("the new certificate");
    assert!(ready(&installation, &old).await.is_err());
    installation.call(installation.by_tls(&new).await.unwrap(), &token).await.unwrap();
    installation.call(running, &token).await.expect("the connection of before lives");
    installation.running.stop().await;
}

#[tokio::test]
async fn files_that_can_not_be_used_end_the_start_and_name_their_setting() {
    let authority = Authority::new();
    let signed = authority.server();
    let table = [
        ("certificate.pem", "no PEM", "YKIEN_TLS_CERTIFICATE"),
        ("key.pem", "no PEM", "YKIEN_TLS_KEY"),
        ("key.pem", &authority.server().key, "YKIEN_TLS_CERTIFICATE"),
        ("ca.pem", "no PEM", "YKIEN_TLS_CLIENT_CA"),
    ];
    for (name, text, setting) in table {
        let files = Files::new(&signed, &authority.pem);
        files.write(name, text);
        let options = ServeOptions { tls: Some(files.options(false)), ..ServeOptions::loopback() };
        let base = ykien_tests::Base::new(ykien_tests::Engine::Sqlite).await;
        let error = ykien::serve::start(options, base.store.clone()).await.err().expect("no start");
        assert!(error.to_string().starts_with(setting), "{name}: {error}");
        assert!(error.is::<ykien::config::Bad>());
    }
}
