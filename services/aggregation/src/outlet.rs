//! What every stream of this service has in common: a bounded queue, a place among those that the process
//! carries, and an end when the client goes or the process stops.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use ykien_domain::ids::AgencyCode;
use ykien_domain::{Error, Reason, Result};
use ykien_edge::grpc;
use ykien_edge::places::Places;

use crate::Aggregation;

/// Messages that wait for a slow client before the work behind them waits too: few, for each may be some MiB.
const QUEUE: usize = 4;

/// A stream as tonic takes it.
pub(crate) type Stream<M> = ReceiverStream<Result<M, Status>>;

/// Where a stream's work puts its messages.
pub(crate) struct Outlet<M>(mpsc::Sender<Result<M, Status>>);

impl<M> Outlet<M> {
    /// Sends a message, as soon as the client has taken the ones before. When it has gone, the work is about to be
    /// dropped, and nobody misses the message.
    pub(crate) async fn send(&self, message: M) {
        let _ = self.0.send(Ok(message)).await;
    }

    /// Sends a message if the client has taken enough of those before; else gives it back.
    pub(crate) fn try_send(&self, message: M) -> Option<M> {
        match self.0.try_send(Ok(message)) {
            Err(TrySendError::Full(Ok(message))) => Some(message),
            _ => None,
        }
    }
}

/// Runs the work of a stream until it ends, fails, is no longer wanted, or the process stops; a stream that did not
/// come to its own end says so by its status.
///
/// # Errors
/// `LIMIT_EXCEEDED` when all the places of such streams are taken, or all of the agency's.
pub(crate) fn open<M, F>(
    service: &Aggregation,
    places: &Places<AgencyCode>,
    agency: AgencyCode,
    work: impl FnOnce(Outlet<M>) -> F,
) -> Result<Stream<M>>
where
    M: Send + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let place = places.take(Some(agency)).map_err(|full| full.refusal("streams"))?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let work = work(Outlet(sender.clone()));
    let shutdown = service.shutdown.clone();
    tokio::spawn(async move {
        let _place = place;
        let result = tokio::select! {
            biased;
            () = sender.closed() => return,
            () = shutdown.cancelled() => Err(Error::new(Reason::Unavailable, "the server is stopping: ask again")),
            result = work => result,
        };
        if let Err(error) = result {
            // Waits for a client that is slow to read: without its status a cut stream would look whole.
            let _ = sender.send(Err(grpc::status(error))).await;
        }
    });
    Ok(ReceiverStream::new(receiver))
}
