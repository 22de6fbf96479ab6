//! Each single reading through either port.

use std::future::Future;

use tonic::Status;
use ykien_domain::query::{
    GetAgency, GetComment, GetDraft, GetProgress, GetRound, Progress, Read, Reconcile,
};
use ykien_edge::wire::{self, names};
use ykien_proto::v1;
use ykien_store::Readable;

use super::Clients;

/// A query that both ports answer.
pub trait Ask: Readable {
    /// The message that answers it.
    type Shown: std::fmt::Debug + Send;
    /// The store's answer as that message.
    fn show(asked: &Self, read: Read<Self::Answer>) -> Self::Shown;
    /// The call.
    fn call(self, to: Clients) -> impl Future<Output = Result<Self::Shown, Status>> + Send;
}

macro_rules! asks {
    ($($query:ident by $service:ident.$rpc:ident -> $shown:ty:
        |$q:ident| $request:expr; |$asked:ident, $read:ident| $show:expr;)+) => { $(
        impl Ask for $query {
            type Shown = $shown;

            fn show($asked: &Self, $read: Read<Self::Answer>) -> $shown { $show }

            async fn call(self, mut to: Clients) -> Result<$shown, Status> {
                let $q = self;
                Ok(to.$service.$rpc($request).await?.into_inner())
            }
        }
    )+ };
}

asks! {
    GetAgency by comments.get_agency -> v1::Agency:
    |q| v1::GetAgencyRequest { name: names::agency(&q.code) };
    |_asked, read| wire::agency(read.answer);

    GetDraft by comments.get_draft -> v1::Draft:
    |q| v1::GetDraftRequest { name: names::draft(&q.draft) };
    |_asked, read| wire::draft(read.answer);

    GetRound by comments.get_round -> v1::Round:
    |q| v1::GetRoundRequest { name: names::numbered(&q.draft, "rounds", q.round) };
    |asked, read| wire::round(&asked.draft, read.answer);

    GetComment by comments.get_comment -> v1::Comment:
    |q| v1::GetCommentRequest { name: names::numbered(&q.draft, "comments", q.number) };
    |_asked, read| wire::comment(read.answer);

    GetProgress by aggregation.get_progress -> v1::Progress:
    |q| v1::GetProgressRequest {
        draft: names::draft(&q.draft),
        round: names::numbered_or_empty(&q.draft, "rounds", q.round),
    };
    |asked, read| {
        let Progress { round, replies } = read.answer;
        let reply = |reply| wire::reply(&asked.draft, reply, &round.silence_basis);
        v1::Progress {
            replies: replies.into_iter().map(reply).collect(),
            round: Some(wire::round(&asked.draft, round.clone())),
            revision: read.revision,
        }
    };

    Reconcile by aggregation.reconcile -> v1::ReconcileResponse:
    |q| v1::ReconcileRequest { draft: names::draft(&q.draft) };
    |asked, read| {
        let remainder = read.answer.remainder() as i64;
        let found = read.answer;
        let named = |collection: &str, numbers: Vec<i64>| {
            numbers.into_iter().map(|number| names::numbered(&asked.draft, collection, number)).collect()
        };
        v1::ReconcileResponse {
            received: found.received,
            found: found.found,
            by_status: found
                .by_status
                .into_iter()
                .map(|(status, count)| v1::StatusCount { status: wire::status(status).into(), count })
                .collect(),
            pending_comments: named("comments", found.pending),
            unpublished_count: found.unpublished.len() as i64,
            unpublished_comments: named("comments", found.unpublished),
            unanswered: found
                .unanswered
                .into_iter()
                .map(|(round, agency)| v1::UnansweredInvitation {
                    round: names::numbered(&asked.draft, "rounds", round),
                    agency: names::agency(&agency),
                })
                .collect(),
            open_directives: named("directives", found.open_directives),
            remainder,
            revision: read.revision,
        }
    };
}
