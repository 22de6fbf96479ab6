//! gRPC calls as cheap as they get: the load generator shares the machine with what it measures. Requests are encoded
//! before the run, and of an answer only what is of use is decoded.

use std::marker::PhantomData;

use prost::Message;
use prost::bytes::{BufMut as _, Bytes, BytesMut};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;

/// Bytes out, a message in.
pub struct Encoded<A>(PhantomData<A>);

impl<A> Default for Encoded<A> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<A: Message + Default + Send + 'static> Codec for Encoded<A> {
    type Encode = Bytes;
    type Decode = A;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self::default()
    }

    fn decoder(&mut self) -> Self {
        Self::default()
    }
}

/// Most messages here have about this many bytes.
const BUFFER: usize = 2 * 1024;

impl<A> Encoder for Encoded<A> {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER, 16 * BUFFER)
    }
}

impl<A: Message + Default> Decoder for Encoded<A> {
    type Item = A;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<A>, Status> {
        A::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER, 16 * BUFFER)
    }
}

/// One connection with a token.
#[derive(Clone)]
pub struct Line {
    grpc: tonic::client::Grpc<Channel>,
    bearer: Option<MetadataValue<Ascii>>,
}

impl Line {
    /// On this connection; with the value of the `authorization` header.
    pub fn new(channel: Channel, bearer: Option<&str>) -> anyhow::Result<Self> {
        let grpc = tonic::client::Grpc::new(channel).max_decoding_message_size(usize::MAX);
        Ok(Self { grpc, bearer: bearer.map(str::parse).transpose()? })
    }

    /// A request with the token.
    pub fn request<M>(&self, message: M) -> tonic::Request<M> {
        let mut request = tonic::Request::new(message);
        if let Some(bearer) = &self.bearer {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        request
    }

    /// One call.
    pub async fn call<A: Message + Default + Send + 'static>(
        &mut self,
        method: &'static str,
        message: Bytes,
    ) -> Result<A, Status> {
        let request = self.request(message);
        self.ready().await?;
        let path = PathAndQuery::from_static(method);
        self.grpc.unary(request, path, Encoded::<A>::default()).await.map(tonic::Response::into_inner)
    }

    /// One call whose messages are streams both ways.
    pub async fn stream<A: Message + Default + Send + Sync + 'static>(
        &mut self,
        method: &'static str,
        messages: impl tokio_stream::Stream<Item = Bytes> + Send + 'static,
    ) -> Result<tonic::Streaming<A>, Status> {
        let request = self.request(messages);
        self.ready().await?;
        let path = PathAndQuery::from_static(method);
        self.grpc.streaming(request, path, Encoded::<A>::default()).await.map(tonic::Response::into_inner)
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))
    }
}

/// The method that submits one comment.
pub const SUBMIT: &str = "/ykien.v1.CommentsService/SubmitComment";

/// Of a submission's answer, what proves it.
#[derive(Clone, PartialEq, Message)]
pub struct Acknowledged {
    /// The comment.
    #[prost(message, optional, tag = "1")]
    pub comment: Option<Numbered>,
    /// The draft's revision.
    #[prost(int64, tag = "2")]
    pub revision: i64,
}

/// Of a comment, its number.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Numbered {
    /// Its number.
    #[prost(int64, tag = "2")]
    pub number: i64,
}

/// The tag of the third field when it is a text: `request_id` of a submission, alone or in a bulk.
const THIRD_FIELD: u8 = (3 << 3) | 2;
/// A UUID as text.
const UUID_LENGTH: u8 = 36;

/// A submission that lacks only its request id, with this one: fields may stand in any order, so it comes last.
pub fn with_request_id(submission: &[u8], id: &str) -> Bytes {
    let mut message = BytesMut::with_capacity(submission.len() + 2 + usize::from(UUID_LENGTH));
    message.put_slice(submission);
    message.put_u8(THIRD_FIELD);
    message.put_u8(UUID_LENGTH);
    message.put_slice(id.as_bytes());
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ykien_proto::v1;

    #[test]
    fn a_submission_encoded_before_takes_its_request_id_later() {
        let mut request = v1::SubmitCommentRequest { draft: "drafts/a".to_owned(), ..Default::default() };
        let id = "00000000-0000-4000-8000-000000000001";
        let message = with_request_id(&request.encode_to_vec(), id);
        request.request_id = id.to_owned();
        assert_eq!(v1::SubmitCommentRequest::decode(message).unwrap(), request);
    }
}
