//! The gRPC port: the real roles on loopback ports, and clients with tokens of their own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::OnceLock;

use tokio::sync::Mutex;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use ykien::serve::{Running, ServeOptions, start};
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateClient, WriteOptions};
use ykien_edge::auth::{NewSecret, new_secret};
use ykien_edge::limits::MAX_ANSWER_BYTES;
use ykien_proto::v1::aggregation_service_client::AggregationServiceClient;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;
use ykien_tests::Base;

use super::{EVERYBODY, Who};

/// A channel whose calls carry a token.
type Called = InterceptedService<Channel, Bearer>;

/// Both services, as one caller.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The comments service.
    pub comments: CommentsServiceClient<Called>,
    /// The aggregation service.
    pub aggregation: AggregationServiceClient<Called>,
}

/// The token of a caller.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// The roles of one world.
pub(super) struct Remote {
    running: Running,
    comments: Channel,
    aggregation: Channel,
    tokens: Mutex<HashMap<Who, Bearer>>,
}

/// One secret for every client of every world: a hash takes tens of milliseconds.
fn secret() -> &'static NewSecret {
    static SECRET: OnceLock<NewSecret> = OnceLock::new();
    SECRET.get_or_init(|| new_secret().expect("a secret"))
}

impl Remote {
    /// Starts the roles, and makes everybody a client.
    pub(super) async fn start(base: &Base) -> Self {
        for who in EVERYBODY {
            let command = CreateClient {
                client_id: who.scope().actor().client.clone(),
                agency: who.code(),
                role: who.role,
                name: String::new(),
                secret_hash: secret().hash.clone(),
            };
            base.store
                .write(&Scope::installation(), command, WriteOptions::default())
                .await
                .expect("a client");
        }
        let options = ServeOptions { admin: None, ..ServeOptions::loopback() };
        let running = start(options, base.store.clone()).await.expect("the roles start");
        let comments = channel(running.comments).await;
        let aggregation = channel(running.aggregation).await;
        Self { running, comments, aggregation, tokens: Mutex::default() }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.running.comments.expect("an address")
    }

    pub(super) async fn clients(&self, who: Who) -> Clients {
        let bearer = self.bearer(who).await;
        let comments = CommentsServiceClient::with_interceptor(self.comments.clone(), bearer.clone());
        let aggregation = AggregationServiceClient::with_interceptor(self.aggregation.clone(), bearer);
        Clients {
            comments: comments.max_decoding_message_size(MAX_ANSWER_BYTES),
            aggregation: aggregation.max_decoding_message_size(MAX_ANSWER_BYTES),
        }
    }

    pub(super) async fn authorization(&self, who: Who) -> MetadataValue<Ascii> {
        self.bearer(who).await.0
    }

    pub(super) async fn forget_tokens(&self) {
        self.tokens.lock().await.clear();
    }

    async fn bearer(&self, who: Who) -> Bearer {
        let mut tokens = self.tokens.lock().await;
        if let Some(bearer) = tokens.get(&who) {
            return bearer.clone();
        }
        let client = who.scope().actor().client.clone();
        let token =
            self.running.identity.issue(client.as_str(), &secret().secret).await.expect("a token").token;
        let bearer = Bearer(format!("Bearer {token}").parse().expect("a header's value"));
        tokens.insert(who, bearer.clone());
        bearer
    }
}

async fn channel(address: Option<SocketAddr>) -> Channel {
    let address = address.expect("an address");
    Channel::from_shared(format!("http://{address}"))
        .expect("a URL")
        .connect()
        .await
        .expect("the role answers")
}
