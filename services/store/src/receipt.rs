//! The answer that a submission waits for.

use tokio::sync::oneshot;
use ykien_domain::command::Written;
use ykien_domain::model::Comment;
use ykien_domain::{Error, Reason, Result};

/// A submission's answer, once it is durable.
pub struct Receipt(oneshot::Receiver<Answered>);

/// An answer, and the submission itself, to be dropped where it was made: memory that another thread gives back is far
/// from the core that takes it next.
pub(crate) type Answered = (Result<Written<Comment>>, Box<dyn Send>);

/// Where the answer is given.
pub(crate) type Answer = oneshot::Sender<Answered>;

impl Receipt {
    /// A receipt, and where its answer is given.
    pub(crate) fn new() -> (Answer, Self) {
        let (answer, receipt) = oneshot::channel();
        (answer, Self(receipt))
    }

    /// Waits until the submission is durable, or refused.
    ///
    /// # Errors
    /// What the rule says; `UNAVAILABLE` when it is not known whether it was carried out: the same request id tells.
    pub async fn answer(self) -> Result<Written<Comment>> {
        let Ok((answer, _submission)) = self.0.await else {
            tracing::error!("a group of submissions ended badly");
            return Err(Error::new(Reason::Internal, "a fault of the server; its log says more"));
        };
        answer
    }
}
