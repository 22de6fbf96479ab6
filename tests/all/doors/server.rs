//! The real binary as one process with TLS on every port, which logs as much as it can.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::process::Command;
use ykien::client::{self, ClientTls, Login, TokenSource};

use super::authority::Authority;
use super::installation::Files;

/// How long the server may take to listen.
const START: Duration = Duration::from_secs(60);

/// The server's process and what it writes.
pub struct Server {
    child: tokio::process::Child,
    folder: tempfile::TempDir,
    /// How it is reached.
    pub tls: ClientTls,
    /// Addresses by role.
    roles: Vec<(String, String)>,
}

impl Server {
    pub async fn start(
        authority: &Authority,
        files: &Files,
        data: &Path,
        format: &str,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let out = std::fs::File::create(folder.path().join("out"))?;
        let log = std::fs::File::create(folder.path().join("log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_ykien-under-test"))
            .arg("serve")
            .env_clear()
            .envs([
                ("YKIEN_LOG", "trace"),
                ("YKIEN_LOG_FORMAT", format),
                ("YKIEN_COMMENTS_LISTEN", "127.0.0.1:0"),
                ("YKIEN_AGGREGATION_LISTEN", "127.0.0.1:0"),
                ("YKIEN_ADMIN_LISTEN", "127.0.0.1:0"),
            ])
            .env("YKIEN_DATA_DIR", data)
            .env("YKIEN_TLS_CERTIFICATE", files.path("certificate.pem"))
            .env("YKIEN_TLS_KEY", files.path("key.pem"))
            .env("YKIEN_TLS_CLIENT_CA", files.path("ca.pem"))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut server = Self { child, folder, tls: authority.tls(None), roles: Vec::new() };
        let listening = async {
            let mut look = tokio::time::interval(Duration::from_millis(50));
            while server.roles.len() < 3 {
                look.tick().await;
                server.roles = server.written("out").lines().filter_map(role).collect();
            }
        };
        if tokio::time::timeout(START, listening).await.is_err() {
            anyhow::bail!("it does not listen: {}", server.written("log"));
        }
        Ok(server)
    }

    /// What it wrote to `out` or `log` so far.
    pub fn written(&self, name: &str) -> String {
        let bytes = std::fs::read(self.folder.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Where a role listens.
    pub fn url(&self, role: &str) -> &str {
        self.roles.iter().find(|(name, _)| name == role).map_or("", |(_, url)| url)
    }

    /// A client's token.
    pub async fn log_in(&self, id: &str, secret: &str) -> anyhow::Result<client::Bearer> {
        let source =
            TokenSource::Endpoint(format!("{}/oauth2/token", self.url("admin")).parse()?, self.tls.clone());
        Login { source, id: id.to_owned(), secret: secret.to_owned() }.token().await
    }

    /// A call of the admin API, whatever comes of it.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        authorization: &str,
        body: &str,
    ) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url("admin")))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, authorization)
            .body(body.to_owned())?;
        let (status, answer) = self.tls.call(request).await?;
        Ok(json!({ "status": status.as_u16(), "answer": String::from_utf8_lossy(&answer),
            "json": serde_json::from_slice::<Value>(&answer).unwrap_or_default() }))
    }

    /// A call that goes well.
    pub async fn post(&self, bearer: &client::Bearer, path: &str, body: Value) -> anyhow::Result<Value> {
        let mut sent = self.send(Method::POST, path, bearer.header()?, &body.to_string()).await?;
        anyhow::ensure!(sent["status"].as_u64() < Some(300), "{path}: {sent}");
        Ok(sent["json"].take())
    }

    /// Ends it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A role and its URL, of a line such as `admin  HTTP  https://127.0.0.1:8080`.
fn role(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    Some((name, words.find(|word| word.starts_with("https://"))?.to_owned()))
}
