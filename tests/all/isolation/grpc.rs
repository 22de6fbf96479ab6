//! The gRPC port: the real roles on loopback ports, called with the bytes of any message, read to the last byte.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use futures::stream;
use prost::Message;
use prost::bytes::{Buf, BufMut};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use ykien::serve::{Running, ServeOptions, start};
use ykien_domain::Reason;
use ykien_domain::actor::Scope;
use ykien_domain::ids::DraftId;
use ykien_domain::query::GetDraft;
use ykien_proto::v1;
use ykien_store::Store;

use super::aim::Aim;
use super::answer::{Answer, Fate, Refusal, unpacked};
use super::rpcs::{Rpc, TABLE};
use super::walk::{Entry, Port};
use super::world::World;

/// A stream that says nothing for so long is a failure, not a wait.
const PATIENCE: Duration = Duration::from_secs(20);

const AGGREGATION: &str = "ykien.v1.AggregationService/";
const CONTRACT: &str = "ykien.v1.";

/// Both roles, and the store behind them.
pub struct Rpcs {
    store: Store,
    comments: Channel,
    aggregation: Channel,
    _running: Running,
}

/// The methods of every service of the contract: `ykien.v1.CommentsService/GetDraft`.
pub fn described() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(ykien_proto::DESCRIPTORS).expect("descriptors").file;
    let contract = files.into_iter().filter(|file| file.package().starts_with("ykien"));
    contract
        .flat_map(|file| {
            let package = file.package().to_owned();
            file.service.into_iter().flat_map(move |service| {
                let name = format!("{package}.{}", service.name());
                service.method.into_iter().map(move |method| format!("{name}/{}", method.name()))
            })
        })
        .collect()
}

impl Rpcs {
    /// Starts the roles on the world's store.
    pub async fn start(world: &World) -> Self {
        let options = ServeOptions { admin: None, ..ServeOptions::loopback() };
        let store = world.base.store.clone();
        let running = start(options, store.clone()).await.expect("the roles start");
        let (comments, aggregation) = (channel(running.comments).await, channel(running.aggregation).await);
        Self { store, comments, aggregation, _running: running }
    }

    /// Health and reflection answer without a token, and tell of no service that is not theirs or the contract's.
    pub async fn open_to_everybody(&self) {
        for channel in [&self.comments, &self.aggregation] {
            let health = ask(channel, "grpc.health.v1.Health/Check", None, vec![Vec::new()], |_| true).await;
            health.expect("health is open");
            let list_services = vec![0x3a, 0x00];
            let reflection = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
            let listed = ask(channel, reflection, None, vec![list_services], |_| true)
                .await
                .expect("reflection is open");
            let text = String::from_utf8_lossy(&listed.messages[0]).into_owned();
            let ours: BTreeSet<String> = described();
            for name in
                text.split(|c: char| !(c.is_alphanumeric() || c == '.')).filter(|name| name.contains('.'))
            {
                let known = name.starts_with("grpc.")
                    || ours
                        .iter()
                        .any(|method| method.split_once('/').is_some_and(|(service, _)| service == name));
                assert!(known, "reflection tells of {name}, of which the contract knows nothing");
            }
            assert!(text.contains(CONTRACT), "reflection lists the contract's services: {text}");
        }
    }

    /// Calls a method that ends by itself.
    pub async fn ask(&self, method: &str, token: &str, message: &impl Message) -> Answer {
        self.send(method, Some(token), vec![message.encode_to_vec()], |_| false).await
    }

    async fn send(
        &self,
        method: &str,
        token: Option<&str>,
        messages: Vec<Vec<u8>>,
        told_all: impl Fn(&[u8]) -> bool,
    ) -> Answer {
        let channel = if method.starts_with(AGGREGATION) { &self.aggregation } else { &self.comments };
        match ask(channel, method, token, messages, told_all).await {
            Ok(told) => told.answer(method),
            Err(status) => refused(&status),
        }
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

impl Port for Rpcs {
    fn entries(&self) -> Vec<Entry> {
        TABLE.iter().map(|rpc| Entry { name: rpc.method, operation: rpc.operation }).collect()
    }

    async fn call(&self, entry: usize, token: Option<&str>, aim: &Aim) -> Answer {
        let Rpc { method, request, .. } = &TABLE[entry];
        // A stream that follows the draft has told all when it has told of this revision.
        let draft = GetDraft { draft: DraftId::stored(aim.draft().to_owned()) };
        let now = self.store.read(&Scope::installation(), draft).await.map_or(0, |read| read.revision);
        let told_all = |message: &[u8]| match method.rsplit('/').next() {
            Some("WatchDraft") => {
                v1::WatchDraftResponse::decode(message).expect("its message").revision >= now
            }
            Some("Watch") => true,
            _ => false,
        };
        self.send(method, token, request(aim), told_all).await
    }
}

/// What came back.
struct Told {
    metadata: Vec<u8>,
    messages: Vec<Vec<u8>>,
}

impl Told {
    fn answer(self, method: &str) -> Answer {
        let item = self.messages.first().and_then(|message| item_error(method, message));
        let fate = item.as_ref().map_or(Fate::Success, |status| fate(Code::from(status.code)));
        let refusal = Refusal::Item(item.map(|status| status.encode_to_vec()).unwrap_or_default());
        let file: Vec<u8> =
            self.messages.iter().filter_map(|message| chunk(method, message)).flatten().collect();
        let bytes = [self.metadata, self.messages.concat(), unpacked(&file)].concat();
        Answer { fate, bytes, refusal }
    }
}

/// The bytes of a file that a message carries.
fn chunk(method: &str, message: &[u8]) -> Option<Vec<u8>> {
    if !method.ends_with("/ExportDocument") {
        return None;
    }
    match v1::ExportDocumentResponse::decode(message).expect("its message").part? {
        v1::export_document_response::Part::Chunk(chunk) => Some(chunk),
        v1::export_document_response::Part::File(_) => None,
    }
}

/// The refusal of the one item that was sent, where a call answers each of many by itself.
fn item_error(method: &str, message: &[u8]) -> Option<tonic_types::pb::Status> {
    match method.rsplit('/').next() {
        Some("BulkSubmitComments") => {
            match v1::BulkSubmitCommentsResponse::decode(message).expect("its message").result? {
                v1::bulk_submit_comments_response::Result::Error(status) => Some(status),
                v1::bulk_submit_comments_response::Result::Submitted(_) => None,
            }
        }
        Some("BatchDecideComments") => {
            let response = v1::BatchDecideCommentsResponse::decode(message).expect("its message");
            match response.results.into_iter().next().expect("a result").result? {
                v1::comment_decision_result::Result::Error(status) => Some(status),
                v1::comment_decision_result::Result::Comment(_) => None,
            }
        }
        Some("ImportDecisions") => {
            let response = v1::ImportDecisionsResponse::decode(message).expect("its message");
            let row = response.rows.into_iter().next().expect("a row");
            let reason = Reason::ALL.iter().find(|reason| reason.as_str() == row.reason)?;
            let code = ykien_edge::grpc::code(*reason).into();
            Some(tonic_types::pb::Status { code, message: row.problem, details: Vec::new() })
        }
        _ => None,
    }
}

fn refused(status: &Status) -> Answer {
    let mut bytes = format!("{:?} {}\n", status.code(), status.message()).into_bytes();
    bytes.extend_from_slice(status.details());
    bytes.extend(metadata(status.metadata()));
    Answer { fate: fate(status.code()), refusal: Refusal::Call(bytes.clone()), bytes }
}

fn fate(code: Code) -> Fate {
    match code {
        Code::Ok => Fate::Success,
        Code::NotFound => Fate::NotFound,
        Code::PermissionDenied => Fate::Denied,
        Code::Unauthenticated => Fate::Unauthenticated,
        Code::InvalidArgument
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange => Fate::Refused,
        _ => Fate::Fault,
    }
}

/// Calls a method of any shape: sends the one message, reads all that comes until `told_all` says that it is all.
async fn ask(
    channel: &Channel,
    method: &str,
    token: Option<&str>,
    messages: Vec<Vec<u8>>,
    told_all: impl Fn(&[u8]) -> bool,
) -> Result<Told, Status> {
    let asked = async {
        let mut client = tonic::client::Grpc::new(channel.clone());
        client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
        let mut request = Request::new(stream::iter(messages));
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a header's value");
            request.metadata_mut().insert("authorization", value);
        }
        let path = PathAndQuery::try_from(format!("/{method}")).expect("a path");
        let response = client.streaming(request, path, Bytes).await?;
        let mut told = Told { metadata: metadata(response.metadata()), messages: Vec::new() };
        let mut stream = response.into_inner();
        while let Some(message) = stream.message().await? {
            let all = told_all(&message);
            told.messages.push(message);
            if all {
                return Ok(told);
            }
        }
        told.metadata
            .extend(stream.trailers().await?.map(|trailers| metadata(&trailers)).unwrap_or_default());
        Ok(told)
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(Status::unknown("nothing came any more")))
}

/// The headers or trailers, in a fixed order, without the date.
fn metadata(map: &MetadataMap) -> Vec<u8> {
    let mut lines: Vec<String> = map
        .iter()
        .map(|pair| match pair {
            KeyAndValueRef::Ascii(key, value) => format!("{key}: {value:?}\n"),
            KeyAndValueRef::Binary(key, value) => {
                let bytes = value.to_bytes().unwrap_or_default();
                format!("{key}: {}\n", String::from_utf8_lossy(&bytes))
            }
        })
        .filter(|line| !line.starts_with("date:"))
        .collect();
    lines.sort();
    lines.concat().into_bytes()
}

/// Messages as the bytes that they are.
#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}
