//! A message in its encoding: made once, sent to many.

use std::marker::PhantomData;

use prost::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType};
use prost::{DecodeError, Message};

/// A message `M` as the bytes that it has on the wire. A clone shares them, and sending it costs one copy of them.
#[derive(Clone)]
pub struct Encoded<M> {
    bytes: Bytes,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> From<&M> for Encoded<M> {
    fn from(message: &M) -> Self {
        Self { bytes: message.encode_to_vec().into(), message: PhantomData }
    }
}

/// A message that is encoded part by part: the encodings of its parts, one after the other, are its own.
#[derive(Debug)]
pub struct Encoding<M> {
    bytes: Vec<u8>,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> Encoding<M> {
    /// With room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), message: PhantomData }
    }

    /// Adds a part.
    pub fn add(&mut self, part: &M) {
        part.encode_raw(&mut self.bytes);
    }

    /// The bytes of the parts so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The message.
    #[must_use]
    pub fn end(self) -> Encoded<M> {
        Encoded { bytes: self.bytes.into(), message: PhantomData }
    }
}

impl<M> Default for Encoded<M> {
    fn default() -> Self {
        Self { bytes: Bytes::new(), message: PhantomData }
    }
}

impl<M> std::fmt::Debug for Encoded<M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Encoded<{}>({} bytes)", std::any::type_name::<M>(), self.bytes.len())
    }
}

impl<M: Message + Default> Message for Encoded<M> {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.bytes);
    }

    /// One field of it came: the encodings of a message's parts, one after the other, are the message's.
    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut part = M::default();
        part.merge_field(tag, wire_type, buffer, context)?;
        let mut bytes = Vec::from(std::mem::take(&mut self.bytes));
        part.encode_raw(&mut bytes);
        self.bytes = bytes.into();
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1;

    #[test]
    fn it_travels_as_the_message_does() {
        let row = |count| v1::AggregateRow { key: None, count, subtree_count: 3 };
        let message = v1::AggregateResponse { rows: vec![row(1), row(2)], total: 3, revision: 7 };
        let sent = Encoded::from(&message).encode_to_vec();
        assert_eq!(sent, message.encode_to_vec());
        let received = Encoded::<v1::AggregateResponse>::decode(sent.as_slice()).unwrap();
        assert_eq!(received.encoded_len(), sent.len());
        assert_eq!(v1::AggregateResponse::decode(received.encode_to_vec().as_slice()).unwrap(), message);
        let cut = &sent[..sent.len() - 1];
        assert!(Encoded::<v1::AggregateResponse>::decode(cut).is_err());
        assert_eq!(Encoded::<v1::AggregateResponse>::default().encoded_len(), 0);
    }

    #[test]
    fn its_parts_one_after_the_other_are_the_message() {
        let row = |count| v1::AggregateRow { key: None, count, subtree_count: 3 };
        let part = |rows, total| v1::AggregateResponse { rows, total, ..Default::default() };
        let mut encoding = Encoding::with_capacity(2);
        for one in [part(vec![row(1)], 0), part(vec![row(2)], 0), part(Vec::new(), 3)] {
            encoding.add(&one);
        }
        assert_eq!(encoding.len(), part(vec![row(1), row(2)], 3).encoded_len());
        assert_eq!(encoding.end().encode_to_vec(), part(vec![row(1), row(2)], 3).encode_to_vec());
    }
}
