//! A draft's events as they come, from any revision on.

use std::time::Duration;

use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use ykien_domain::actor::Scope;
use ykien_domain::event::Event;
use ykien_domain::ids::{AgencyCode, DraftId, Revision, name};
use ykien_domain::query::{GetDraft, WatchDraft};
use ykien_domain::{Error, Reason, Result, Violations};
use ykien_edge::limits::STREAM_BUFFER;
use ykien_edge::{auth, grpc, wire};
use ykien_proto::v1;
use ykien_store::Store;

use crate::Comments;

/// How many events are read at once.
const READ: i64 = 200;

/// How long a stream is silent at most: its client, and what stands between, can tell that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a stream lives: no longer than a token, so that who may not call any more stops hearing too.
const LIFE: Duration = Duration::from_secs(auth::MAX_TOKEN_SECONDS.unsigned_abs());

type Message = Result<v1::WatchDraftResponse, Status>;

pub(crate) async fn watch_draft(
    service: &Comments,
    scope: Scope,
    request: v1::WatchDraftRequest,
) -> Result<ReceiverStream<Message>> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let after = request.after_revision;
    if after < 0 {
        bad.add("after_revision", "must be 0 or a revision");
    }
    bad.check()?;
    let place = service
        .watches
        .take(Some(scope.agency().clone()))
        .map_err(|full| full.refusal("streams that follow drafts"))?;
    let read = service.store.read(&scope, GetDraft { draft: draft.clone() }).await?.answer;
    if after > read.revision {
        let message = format!("the draft is at revision {}, not yet at {after}", read.revision);
        return Err(Error::new(Reason::RevisionNotReached, message));
    }
    let (sender, receiver) = channel(STREAM_BUFFER);
    let following = Following {
        store: service.store.clone(),
        pulse: service.pulses.follow(&draft, read.revision),
        drafting_agency: read.drafting_agency,
        scope,
        draft,
        sender: sender.clone(),
    };
    let shutdown = service.shutdown.clone();
    tokio::spawn(async move {
        let _place = place;
        let again =
            |why: &str| Error::new(Reason::Unavailable, format!("{why}: go on after the last revision"));
        let error = tokio::select! {
            biased;
            () = sender.closed() => return,
            () = shutdown.cancelled() => again("the server stops"),
            () = tokio::time::sleep(LIFE) => again("the stream is as old as a token may be"),
            error = following.run(after) => error,
        };
        let _ = sender.send(Err(grpc::status(error))).await;
    });
    Ok(ReceiverStream::new(receiver))
}

struct Following {
    store: Store,
    scope: Scope,
    draft: DraftId,
    drafting_agency: AgencyCode,
    pulse: watch::Receiver<Revision>,
    sender: Sender<Message>,
}

impl Following {
    /// Sends every event after the revision, and those to come, until the store fails or nobody listens.
    async fn run(mut self, mut after: Revision) -> Error {
        loop {
            let read = WatchDraft { draft: self.draft.clone(), after, limit: READ };
            let page = match self.store.read(&self.scope, read).await {
                Ok(read) => read.answer,
                Err(error) => return error,
            };
            let mut told = after;
            for event in &page.items {
                told = event.revision;
                self.send(Some(self.render(event)), told).await;
            }
            // `next` is the last revision looked at, seen or not; none when there was nothing more.
            if let Some(looked_at) = page.next {
                after = looked_at;
                if told < after {
                    self.send(None, after).await;
                }
                continue;
            }
            match self.moved(after).await {
                Some(true) => {}
                Some(false) => self.send(None, after).await,
                None => return Error::new(Reason::Internal, "the draft is looked at no more"),
            }
        }
    }

    /// Whether the draft has moved past the revision within the time of a heartbeat; none when nobody looks any more.
    async fn moved(&mut self, after: Revision) -> Option<bool> {
        match tokio::time::timeout(HEARTBEAT, self.pulse.wait_for(|now| *now > after)).await {
            Ok(moved) => moved.ok().map(|_| true),
            Err(_elapsed) => Some(false),
        }
    }

    fn render(&self, event: &Event) -> v1::Event {
        wire::event(&self.draft, event, self.may_know(&event.actor.agency))
    }

    /// Whether the caller may know that this agency did something: itself, who runs the consultation, or anybody when
    /// it sees everything.
    fn may_know(&self, agency: &AgencyCode) -> bool {
        let own = self.scope.agency();
        let runs =
            *own == self.drafting_agency && self.scope.actor().role == ykien_domain::words::Role::Drafter;
        runs || self.scope.sees_all_drafts() || agency == own || *agency == self.drafting_agency
    }

    /// A client that has gone ends the stream elsewhere.
    async fn send(&self, event: Option<v1::Event>, revision: Revision) {
        let _ = self.sender.send(Ok(v1::WatchDraftResponse { event, revision })).await;
    }
}
