//! A client of two replicas that does not care which of them lives: what an agency's document system has to do, and all
//! that it has to do.

use std::cell::Cell;
use std::future::Future;
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use ykien::client::{self, Aggregation, Bearer, Comments};

/// How long a call is tried in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after both replicas failed.
const PAUSE: Duration = Duration::from_millis(50);
/// How long one try may take.
const TRY: Duration = Duration::from_secs(10);

/// Two replicas of a role.
pub struct Replicas {
    channels: [Channel; 2],
    turn: Cell<usize>,
    /// How many tries came to nothing.
    pub interrupted: Cell<usize>,
}

impl Replicas {
    /// The replicas at these URLs; connections are made when they are needed, and again when they break.
    pub fn new(urls: [String; 2]) -> anyhow::Result<Self> {
        let channel = |url: String| {
            let endpoint = Endpoint::from_shared(url)?.connect_timeout(TRY).timeout(TRY);
            anyhow::Ok(endpoint.connect_lazy())
        };
        let [first, second] = urls;
        Ok(Self {
            channels: [channel(first)?, channel(second)?],
            turn: Cell::new(0),
            interrupted: Cell::new(0),
        })
    }

    /// The comments role of one replica.
    pub fn comments(&self, replica: usize, bearer: &Bearer) -> Comments {
        client::comments(self.channels[replica % 2].clone(), bearer.clone())
    }

    /// The aggregation role of one replica.
    pub fn aggregation(&self, replica: usize, bearer: &Bearer) -> Aggregation {
        client::aggregation(self.channels[replica % 2].clone(), bearer.clone())
    }

    /// Calls the comments role on the replicas in turn until one answers, each time with the same request.
    pub async fn call<T, F>(&self, bearer: &Bearer, call: impl Fn(Comments) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let begin = Instant::now();
        let first = self.turn.replace(self.turn.get() + 1);
        for replica in first.. {
            match call(self.comments(replica, bearer)).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) if is_interruption(&status) && begin.elapsed() < PATIENCE => {
                    self.interrupted.set(self.interrupted.get() + 1);
                    if replica > first {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Err(status) => return Err(status),
            }
        }
        unreachable!("there is always another replica")
    }
}

/// Whether nobody knows what became of the call: the server can't take it now, or the connection broke before the server
/// had said anything. An error that the server gives carries its reason.
pub fn is_interruption(status: &Status) -> bool {
    status.code() == Code::Unavailable || status.get_error_details().error_info().is_none()
}
