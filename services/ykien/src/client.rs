//! A caller of the server's own APIs: its token, and a gRPC client that carries it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::{InterceptedService, Interceptor};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tower::{Service as _, ServiceExt as _};
use ykien_edge::auth::Identity;
use ykien_edge::limits::{KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES};
use ykien_proto::v1::aggregation_service_client::AggregationServiceClient;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;

use crate::config::percent_encoded;

/// The longest answer of an HTTP endpoint that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A gRPC client of the comments role with a token.
pub type Comments = CommentsServiceClient<InterceptedService<Channel, Bearer>>;
/// A gRPC client of the aggregation role with a token.
pub type Aggregation = AggregationServiceClient<InterceptedService<Channel, Bearer>>;

/// Where tokens come from.
#[derive(Clone)]
pub enum TokenSource {
    /// A server's token endpoint, and how it is reached by TLS.
    Endpoint(http::Uri, ClientTls),
    /// This process.
    Local(Identity),
}

/// A client that can log in.
#[derive(Clone)]
pub struct Login {
    /// Where its tokens come from.
    pub source: TokenSource,
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl Login {
    /// A fresh token.
    ///
    /// # Errors
    /// The endpoint can't be reached or refuses.
    pub async fn token(&self) -> anyhow::Result<Bearer> {
        let token = match &self.source {
            TokenSource::Local(identity) => identity.issue(&self.id, &self.secret).await?.token,
            TokenSource::Endpoint(url, tls) => {
                self.fetch(url, tls).await.with_context(|| format!("no token from {url}"))?
            }
        };
        Ok(Bearer(format!("Bearer {token}").parse().context("the token is not printable")?))
    }

    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    async fn fetch(&self, url: &http::Uri, tls: &ClientTls) -> anyhow::Result<String> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            percent_encoded(&self.id),
            percent_encoded(&self.secret)
        );
        let request = http::Request::post(url.clone())
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(http::header::ACCEPT, "application/json")
            .body(form)?;
        let (status, body) = tls.call(request).await?;
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        match answer.get("access_token").and_then(serde_json::Value::as_str) {
            Some(token) if status.is_success() => Ok(token.to_owned()),
            _ => {
                let text = |name| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
                bail!("{status} {} {}", text("error"), text("error_description"))
            }
        }
    }
}

/// Puts the token on each call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// The value of the `authorization` header.
    ///
    /// # Errors
    /// Never for a token made of printable characters.
    pub fn header(&self) -> anyhow::Result<&str> {
        Ok(self.0.to_str()?)
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, tonic::Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// How a server is reached whose URL begins with `https`.
#[derive(Clone, Default)]
pub struct ClientTls {
    /// The authorities that its certificate is checked with, as PEM; those of the system when absent.
    pub ca: Option<Vec<u8>>,
    /// The name that its certificate must have; the URL's host when absent.
    pub server_name: Option<String>,
    /// The client's own certificate and its key, as PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl std::fmt::Debug for ClientTls {
    /// Never the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

impl ClientTls {
    /// A connection to a gRPC role.
    ///
    /// # Errors
    /// The server can't be reached, or is not the one that it should be.
    pub async fn connect(&self, server: &http::Uri) -> anyhow::Result<Channel> {
        // The keepalive finds a connection that a firewall dropped without a word.
        let mut endpoint = Endpoint::from(server.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .tcp_nodelay(true);
        if server.scheme_str() == Some("https") {
            endpoint = endpoint.tls_config(self.config()).context("the TLS settings can't be used")?;
        }
        endpoint.connect().await.with_context(|| format!("can't connect to {server}"))
    }

    fn config(&self) -> ClientTlsConfig {
        let config = match &self.ca {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        let config = match &self.server_name {
            Some(name) => config.domain_name(name),
            None => config,
        };
        match &self.identity {
            Some((certificate, key)) => {
                config.identity(tonic::transport::Identity::from_pem(certificate, key))
            }
            None => config,
        }
    }

    /// An HTTP call: over HTTP/2 by the same stack as gRPC, so that the binary holds one client.
    ///
    /// # Errors
    /// The server can't be reached, or its answer is longer than 256 KiB.
    pub async fn call(&self, request: http::Request<String>) -> anyhow::Result<(http::StatusCode, Vec<u8>)> {
        let mut channel = self.connect(request.uri()).await?;
        let request = request.map(|body| tonic::body::Body::new(Full::from(body)));
        let response = channel.ready().await?.call(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!(error))?;
        Ok((status, body.to_bytes().to_vec()))
    }
}

/// A connection to a gRPC role, by TLS as the system has it.
///
/// # Errors
/// As [`ClientTls::connect`].
pub async fn connect(server: &http::Uri) -> anyhow::Result<Channel> {
    ClientTls::default().connect(server).await
}

/// The comments role, called with this token.
#[must_use]
pub fn comments(channel: Channel, bearer: Bearer) -> Comments {
    CommentsServiceClient::with_interceptor(channel, bearer)
        .max_decoding_message_size(MAX_ANSWER_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

/// The aggregation role, called with this token.
#[must_use]
pub fn aggregation(channel: Channel, bearer: Bearer) -> Aggregation {
    AggregationServiceClient::with_interceptor(channel, bearer)
        .max_decoding_message_size(MAX_ANSWER_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

/// An HTTP call, by TLS as the system has it.
///
/// # Errors
/// As [`ClientTls::call`].
pub async fn call(request: http::Request<String>) -> anyhow::Result<(http::StatusCode, Vec<u8>)> {
    ClientTls::default().call(request).await
}

/// What a gRPC error says: the reason, the sentence, and each bad field.
#[must_use]
pub fn explain(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let reason =
        details.error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone());
    let mut text = format!("{reason}: {}", status.message());
    for violation in details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default() {
        if !text.contains(&violation.description) {
            text.push_str(&format!("; {}: {}", violation.field, violation.description));
        }
    }
    text
}

/// A gRPC answer, or what the error says.
///
/// # Errors
/// The call's own.
pub fn answer<T>(result: Result<tonic::Response<T>, tonic::Status>) -> anyhow::Result<T> {
    result.map(tonic::Response::into_inner).map_err(|status| anyhow::anyhow!(explain(&status)))
}
