//! The admin API as a script calls it.

use anyhow::{Context as _, bail};
use http::{Method, Request, header};
use serde_json::Value;
use ykien::client::{self, Bearer, Login, TokenSource};

/// The admin API, called by one client.
pub struct AdminApi {
    root: String,
    bearer: Bearer,
}

impl AdminApi {
    /// The API at this URL, called with this token.
    pub fn new(root: &str, bearer: Bearer) -> Self {
        Self { root: root.to_owned(), bearer }
    }

    /// What it answers.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, "application/json", String::new()).await
    }

    /// Makes something, or does something with it.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, "application/json", body.to_string()).await
    }

    /// Sets something.
    pub async fn put(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::PUT, path, "application/json", body.to_string()).await
    }

    /// Sends a document as it is.
    pub async fn post_document(&self, path: &str, text: &str) -> anyhow::Result<Value> {
        self.send(Method::POST, path, "text/plain; charset=utf-8", text.to_owned()).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: String,
    ) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(&method)
            .uri(format!("{}{path}", self.root))
            .header(header::CONTENT_TYPE, media_type)
            .header(header::AUTHORIZATION, self.bearer.header()?)
            .body(body)?;
        let (status, answer) = client::call(request).await.with_context(|| format!("{method} {path}"))?;
        let answer = String::from_utf8(answer)?;
        if !status.is_success() {
            bail!("{method} {path}: {status} {answer}");
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

/// A client's token.
pub async fn log_in(root: &str, id: &str, secret: &str) -> anyhow::Result<Bearer> {
    let source = TokenSource::Endpoint(format!("{root}/oauth2/token").parse()?, client::ClientTls::default());
    Login { source, id: id.to_owned(), secret: secret.to_owned() }.token().await
}

/// A text of an answer.
pub fn text<'a>(answer: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    answer[field].as_str().with_context(|| format!("no {field} in {answer}"))
}
