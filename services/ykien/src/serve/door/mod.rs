//! A port: accepts connections within its limits, and serves HTTP/1.1 and HTTP/2 on each until it ends. The gRPC roles and
//! the HTTP ones differ only in the service behind it.

use std::error::Error;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;
use ykien_edge::limits::{
    CONNECTION_AGE, CONNECTION_GRACE, HEADER_TIMEOUT, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT,
    MAX_HEADER_BYTES, MAX_HEADERS, MAX_PENDING_RESETS, MAX_RESETS_FOR_ERRORS, MAX_STREAMS_PER_CONNECTION,
};
use ykien_edge::peer::{Peer, Proxies, subscriber};
use ykien_edge::places::{Full, Places};
use ykien_edge::telemetry;

use super::gathered::Gathered;
use super::patient::Patient;
use super::tls::{self, Certificates, Port};

/// How long the TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the machine refused a connection (no more file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What holds for every connection of a port.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The most connections.
    pub connections: usize,
    /// The most connections from one address, trusted proxies aside.
    pub connections_of_address: usize,
    /// Whose word on the caller's address is taken.
    pub proxies: Proxies,
}

impl Default for Terms {
    fn default() -> Self {
        Self { connections: 2_048, connections_of_address: 256, proxies: Proxies::default() }
    }
}

/// What a port serves: a service that never fails but with its connection.
pub(super) trait Served:
    Service<
        http::Request<Incoming>,
        Response = http::Response<Self::Answer>,
        Error = Self::Failure,
        Future: Send,
    > + Clone
    + Send
    + 'static
{
    type Answer: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
    type Failure: Into<Box<dyn Error + Send + Sync>> + Send;
}

impl<S, B> Served for S
where
    S: Service<http::Request<Incoming>, Response = http::Response<B>, Future: Send> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>> + Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Answer = B;
    type Failure = S::Error;
}

/// A port's terms, and its TLS.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) terms: Terms,
    /// None: in the clear.
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) port: Port,
}

impl Door {
    /// Serves until the shutdown, then lets the open requests end. Dropped, it cuts every connection.
    pub(super) async fn serve(
        self,
        listener: TcpListener,
        service: impl Served,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        let places = Places::new(self.terms.connections, self.terms.connections_of_address);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = shutdown.cancelled() => break,
            };
            let (stream, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!("can't accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let from = from.ip().to_canonical();
            // Refused at once rather than left to wait: whoever fills the places must not make the others hang.
            let owner = (!self.terms.proxies.has(from)).then(|| subscriber(from));
            let place = match places.take(owner) {
                Ok(place) => place,
                Err(full) => {
                    telemetry::connection_refused(if full == Full::All { "port" } else { "address" });
                    continue;
                }
            };
            let connection = self.clone().connection(stream, from, service.clone(), shutdown.clone());
            connections.spawn(async move {
                connection.await;
                drop(place);
            });
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    /// One connection, from its handshake to its end.
    async fn connection(
        self,
        stream: TcpStream,
        from: IpAddr,
        service: impl Served,
        shutdown: CancellationToken,
    ) {
        let _ = stream.set_nodelay(true);
        let mut service = WithPeer {
            inner: service,
            peer: Peer { address: from, agency_certificate: None },
            proxies: self.terms.proxies,
        };
        let Some(certificates) = self.certificates else {
            return speak(stream, service, shutdown).await;
        };
        let handshake = certificates.acceptor(self.port).accept(stream);
        let stream = match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                telemetry::connection_refused("handshake");
                tracing::debug!(%from, "no TLS with a client: {error}");
                return;
            }
            Err(_) => return telemetry::connection_refused("handshake"),
        };
        let presented = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        service.peer.agency_certificate = presented.and_then(tls::agency_of);
        speak(stream, service, shutdown).await;
    }
}

/// HTTP on the connection until it ends; after the shutdown, or at its age, the client is asked to leave.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: impl Served,
    shutdown: CancellationToken,
) {
    let builder = http();
    let io = TokioIo::new(Gathered::new(Patient::new(stream)));
    let mut connection = pin!(builder.serve_connection(io, TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = shutdown.cancelled() => None,
        () = tokio::time::sleep(CONNECTION_AGE) => None,
    };
    let ended = match ended {
        Some(ended) => Some(ended),
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(CONNECTION_GRACE, connection).await.ok()
        }
    };
    match ended {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::debug!("a connection ended: {error}"),
        None => tracing::debug!("a connection was asked to end, did not, and is cut"),
    }
}

/// The limits of HTTP itself. A head past them is refused with 431, over HTTP/2 also by its settings; a client that resets
/// what it has just begun, again and again, loses its connection (CVE-2023-44487), and so does one whose heads never end
/// (CVE-2024-27316: h2 bounds the frames of a head by its size).
fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_RESETS_FOR_ERRORS);
    builder
}

/// Puts the [`Peer`] into each request's extensions.
#[derive(Debug, Clone)]
struct WithPeer<S> {
    inner: S,
    peer: Peer,
    proxies: Proxies,
}

impl<S: Service<http::Request<B>>, B> Service<http::Request<B>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<B>) -> S::Future {
        let address = self.proxies.caller(self.peer.address, request.headers());
        request.extensions_mut().insert(Peer { address, ..self.peer.clone() });
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests;
