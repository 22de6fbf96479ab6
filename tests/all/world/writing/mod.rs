//! Each command through either port: the request that it is over gRPC, and the message that its answer is.

use std::future::Future;

use tonic::Status;
use ykien_domain::command::{WriteOptions, Written};
use ykien_domain::ids::{DraftId, ROOT, RequestId, Revision};
use ykien_domain::model::{Content, Source};
use ykien_domain::time::Date;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;
use ykien_store::Writable;

use super::Clients;

/// A command that both ports carry out.
pub trait Write: Writable {
    /// The message that answers it.
    type Shown: std::fmt::Debug + Send;
    /// The store's answer as that message.
    fn show(draft: &DraftId, written: Written<Self::Answer>) -> Self::Shown;
    /// The call.
    fn call(
        self,
        to: Clients,
        options: WriteOptions,
    ) -> impl Future<Output = Result<Self::Shown, Status>> + Send;
}

macro_rules! writes {
    ($($command:ident by $rpc:ident -> $shown:ty:
        |$c:ident, $options:ident| $request:expr; |$draft:ident, $written:ident| $show:expr;)+) => { $(
        impl Write for $command {
            type Shown = $shown;

            fn show($draft: &DraftId, $written: Written<Self::Answer>) -> $shown { $show }

            async fn call(self, mut to: Clients, $options: WriteOptions) -> Result<$shown, Status> {
                let $c = self;
                Ok(to.comments.$rpc($request).await?.into_inner())
            }
        }
    )+ };
}

mod comments;
mod decisions;
mod drafts;
mod rounds;

fn id(options: &WriteOptions) -> String {
    options.request_id.as_ref().map(RequestId::to_string).unwrap_or_default()
}

fn etag(revision: Option<Revision>) -> String {
    revision.map(ykien_domain::ids::etag).unwrap_or_default()
}

fn date(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// A section's name; empty for the whole document, as a client writes it.
fn section(draft: &DraftId, section: i64) -> String {
    if section == ROOT { String::new() } else { names::numbered(draft, "sections", section) }
}

/// What an agency writes, as a message.
fn comment(draft: &DraftId, content: Content) -> v1::Comment {
    let anchor = v1::Anchor {
        kind: wire::anchor_kind(content.anchor.kind).into(),
        section: section(draft, content.anchor.section),
        quote: content.anchor.quote,
    };
    v1::Comment {
        anchor: Some(anchor),
        kind: wire::kind(content.kind.0).into(),
        title: content.title,
        text: content.text,
        proposed_change: content.proposed_change,
        ..v1::Comment::default()
    }
}

fn source(source: Source) -> Option<v1::Source> {
    let given = source != Source::default();
    given.then_some(v1::Source { id: source.id, status: source.status })
}
