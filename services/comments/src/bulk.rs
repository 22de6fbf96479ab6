//! Many comments in one stream: each answered in order, as soon as it is durable or refused.

use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use ykien_domain::actor::Scope;
use ykien_domain::{Error, Reason, Result, Violations};
use ykien_edge::limits::{BULK_IDLE, MAX_BULK, STREAM_BUFFER};
use ykien_edge::{grpc, wire};
use ykien_proto::v1;
use ykien_proto::v1::bulk_submit_comments_response::Result as Fate;
use ykien_store::{Receipt, Store};

use crate::Comments;
use crate::comments::{read_submission, submitted};

/// How many items may be on their way at once, of all streams: what fills a group while another is being written. More
/// would only wait, and take memory meanwhile.
const MAX_UNANSWERED: usize = 2_048;
/// How many of one stream, however many streams there are.
const MIN_UNANSWERED: usize = 128;

type Items = Streaming<v1::BulkSubmitCommentsRequest>;
type Answers = Sender<Result<v1::BulkSubmitCommentsResponse, Status>>;

pub(crate) fn bulk_submit_comments(
    service: &Comments,
    scope: Scope,
    items: Items,
) -> Result<ReceiverStream<Result<v1::BulkSubmitCommentsResponse, Status>>> {
    let place =
        service.bulks.take(Some(scope.agency().clone())).map_err(|full| full.refusal("bulk streams"))?;
    let (answers, receiver) = channel(STREAM_BUFFER);
    let (store, shutdown, bulks) = (service.store.clone(), service.shutdown.clone(), service.bulks.clone());
    let share = move || (MAX_UNANSWERED / bulks.in_use().max(1)).max(MIN_UNANSWERED);
    tokio::spawn(async move {
        let _place = place;
        // What is being written when the server stops is finished by the store; its retry gets the same answer.
        let ended = tokio::select! {
            biased;
            () = shutdown.cancelled() => Err(grpc::status(Error::new(Reason::Unavailable, "the server stops: send the rest again"))),
            ended = submit_each(&store, &scope, items, &answers, share) => ended,
        };
        if let Err(status) = ended {
            // The answers before it come first; without it a cut stream would look whole.
            let _ = answers.send(Err(status)).await;
        }
    });
    Ok(ReceiverStream::new(receiver))
}

/// Reads the items and puts each in the writer's queue without waiting for the one before, as long as no more than the
/// stream's share are on their way; answers in their order.
async fn submit_each(
    store: &Store,
    scope: &Scope,
    mut items: Items,
    answers: &Answers,
    share: impl Fn() -> usize,
) -> Result<(), Status> {
    let (submitted, receipts) = channel(MAX_UNANSWERED);
    let taken = Notify::new();
    let reading = async {
        let ended = read_each(store, scope, &mut items, &submitted, &taken, share).await;
        // The receipts end here, and with them the answering.
        drop(submitted);
        ended
    };
    let answering = async {
        answer_each(receipts, answers, &taken).await;
        // Whoever waits for an answer to be taken sees that there are no more.
        taken.notify_one();
    };
    let (ended, ()) = tokio::join!(reading, answering);
    ended
}

async fn read_each(
    store: &Store,
    scope: &Scope,
    items: &mut Items,
    submitted: &Sender<Result<Receipt>>,
    taken: &Notify,
    share: impl Fn() -> usize,
) -> Result<(), Status> {
    for index in 0.. {
        while !submitted.is_closed() && submitted.max_capacity() - submitted.capacity() >= share() {
            taken.notified().await;
        }
        let idle =
            |_| Error::new(Reason::Timeout, format!("no item came for {} seconds", BULK_IDLE.as_secs()));
        let next =
            tokio::time::timeout(BULK_IDLE, items.message()).await.map_err(idle).map_err(grpc::status)?;
        let Some(item) = next? else { break };
        if index >= MAX_BULK {
            let limit = Error::new(
                Reason::LimitExceeded,
                format!("at most {MAX_BULK} comments a stream: send the rest in another"),
            );
            return Err(grpc::status(limit));
        }
        if submitted.send(submit_one(store, scope, item).await).await.is_err() {
            // Nobody reads the answers any more.
            break;
        }
    }
    Ok(())
}

async fn answer_each(mut receipts: Receiver<Result<Receipt>>, answers: &Answers, taken: &Notify) {
    for index in 0.. {
        let Some(receipt) = receipts.recv().await else { return };
        taken.notify_one();
        let written = match receipt {
            Ok(receipt) => receipt.answer().await.map_err(|error| wire::within("comment", error)),
            Err(error) => Err(error),
        };
        let fate = match written {
            Ok(written) => Fate::Submitted(submitted(written)),
            Err(error) => Fate::Error(grpc::rpc_status(error)),
        };
        let answer = v1::BulkSubmitCommentsResponse { index, result: Some(fate) };
        if answers.send(Ok(answer)).await.is_err() {
            return;
        }
    }
}

async fn submit_one(store: &Store, scope: &Scope, item: v1::BulkSubmitCommentsRequest) -> Result<Receipt> {
    let given = wire::required("comment", item.comment)?;
    let mut bad = Violations::default();
    let command = read_submission(&mut bad, &item.draft, given);
    let options = bad.take(wire::write_options(&item.request_id));
    if item.request_id.is_empty() {
        bad.add("request_id", "is required in a bulk: a UUID");
    }
    bad.check()?;
    let receipt = store.submit(scope, command, options.request_id).await;
    receipt.map_err(|error| wire::within("comment", error))
}
