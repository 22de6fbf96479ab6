//! Streams of submissions: `BulkSubmitComments`, many comments under way in each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prost::Message;
use prost::bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::calls::{Acknowledged, Line, with_request_id};
use crate::ledger::{Ledger, Receipt, uuid};

/// The method.
const BULK: &str = "/ykien.v1.CommentsService/BulkSubmitComments";
/// The most comments in one stream: the server's own limit.
pub const MAX_STREAM: usize = 100_000;
/// How many comments of a stream wait for their answers at most.
const WINDOW: usize = 1_024;
/// How many messages wait to be sent.
const QUEUE: usize = 256;

/// Of an answer, what proves it.
#[derive(Clone, PartialEq, Message)]
struct Answered {
    #[prost(message, optional, tag = "2")]
    submitted: Option<Acknowledged>,
    #[prost(message, optional, tag = "3")]
    error: Option<Refused>,
}

/// google.rpc.Status, without its details.
#[derive(Clone, PartialEq, Eq, Message)]
struct Refused {
    #[prost(string, tag = "2")]
    message: String,
}

/// One answer: when it came, and how long after its message was given to the stream.
pub type Answer = (Instant, Duration);

/// Sends comments in one stream until there are no more, and gives what was answered.
///
/// # Errors
/// The stream breaks, or a comment is refused.
pub async fn send(
    line: &mut Line,
    ledger: &Arc<Ledger>,
    mut submissions: impl FnMut() -> Option<Bytes> + Send + 'static,
) -> anyhow::Result<Vec<Answer>> {
    let (messages, queue) = mpsc::channel(QUEUE);
    let (ids, mut sent) = mpsc::channel(WINDOW);
    let numbering = Arc::clone(ledger);
    let sending = tokio::spawn(async move {
        for _ in 0..MAX_STREAM {
            let Some(submission) = submissions() else { break };
            let id = numbering.new_id();
            let message = with_request_id(&submission, &uuid(id));
            // The window first: there is no answer whose id is not known.
            if ids.send((id, Instant::now())).await.is_err() || messages.send(message).await.is_err() {
                break;
            }
        }
    });
    let mut answers = Vec::new();
    let mut receipts = Vec::new();
    let mut stream = line.stream::<Answered>(BULK, ReceiverStream::new(queue)).await?;
    while let Some(answered) = stream.message().await? {
        let (id, at) = sent.recv().await.ok_or_else(|| anyhow::anyhow!("an answer to nothing"))?;
        let submitted = match (answered.submitted, answered.error) {
            (Some(submitted), _) => submitted,
            (None, error) => anyhow::bail!("refused: {}", error.unwrap_or_default().message),
        };
        let number = submitted.comment.map_or(0, |comment| comment.number);
        receipts.push(Receipt { id, number, revision: submitted.revision });
        let now = Instant::now();
        answers.push((now, now - at));
    }
    sending.await?;
    ledger.take(&receipts);
    Ok(answers)
}
