//! The world of one behaviour: a store of its own with agencies and a draft, reached through one of three ports.
//!
//! A behaviour asks by the domain's commands and reads the contract's messages, whichever the port: over gRPC they are
//! what the server sent, on the store they are its answer as `edge::wire` shows it.

mod asking;
mod counting;
mod files;
mod listing;
mod remote;
mod setting;
mod writing;

use std::collections::HashMap;
use std::fmt;

use tokio::sync::Mutex;
use tonic::Status;
use tonic::metadata::{Ascii, MetadataValue};
use tonic_types::StatusExt as _;
use ykien_domain::actor::Scope;
use ykien_domain::command::WriteOptions;
use ykien_domain::cube::Cube;
use ykien_domain::ids::{AgencyCode, DraftId, RequestId};
use ykien_domain::words::Role;
use ykien_store::Writable;
use ykien_tests::{Base, Engine, START, scope};

pub use asking::Ask;
pub use counting::Counting;
pub use files::Uploaded;
pub use listing::{
    Agencies, Collected, Comments, Compared, Directives, Drafts, Invitations, List, Placements, Reading,
    Responses, Rounds, Sections,
};
pub use remote::Clients;
use remote::Remote;
pub use setting::*;
pub use writing::Write;

/// How a behaviour reaches the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Called directly, on SQLite.
    Sqlite,
    /// Called directly, on PostgreSQL.
    Postgres,
    /// Over the real gRPC ports of the real roles, on SQLite, by clients with their own tokens.
    Grpc,
}

/// A client: the agency that it speaks for, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Who {
    /// Its agency.
    pub agency: &'static str,
    /// Its role.
    pub role: Role,
}

impl Who {
    /// Its scope.
    pub fn scope(self) -> Scope {
        scope(self.agency, self.role)
    }

    /// Its agency's code.
    pub fn code(self) -> AgencyCode {
        code(self.agency)
    }

    /// Its agency's resource name.
    pub fn name(self) -> String {
        format!("agencies/{}", self.agency)
    }
}

/// An agency's code.
pub fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

/// Why something was refused, the same whichever the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The reason's word.
    pub reason: String,
    /// The sentence for people.
    pub message: String,
    /// The paths of the fields at fault. The contract's messages have more around the same field than the commands:
    /// `comment.text` over gRPC is `text` to the store.
    pub fields: Vec<String>,
}

impl Refused {
    /// Whether the field is at fault.
    pub fn names(&self, field: &str) -> bool {
        self.fields
            .iter()
            .any(|path| path == field || path.strip_suffix(field).is_some_and(|rest| rest.ends_with('.')))
    }
}

impl From<ykien_domain::Error> for Refused {
    fn from(error: ykien_domain::Error) -> Self {
        Self {
            reason: error.reason.as_str().to_owned(),
            fields: error.violations.into_iter().map(|violation| violation.field).collect(),
            message: error.message,
        }
    }
}

impl From<Status> for Refused {
    /// A status without an `ErrorInfo` is tonic's own: its code stands for the reason.
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let reason =
            details.error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone());
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        Self {
            reason,
            message: status.message().to_owned(),
            fields: violations.iter().map(|violation| violation.field.clone()).collect(),
        }
    }
}

/// What a call through a port gives.
pub type Answered<T> = Result<T, Refused>;

/// A store of its own, the agencies and the draft, and the port.
pub struct World {
    /// The store and its clock.
    pub base: Base,
    port: Port,
    remote: Option<Remote>,
    /// The cubes that the store's port holds per draft, as the aggregation service does.
    cubes: Mutex<HashMap<DraftId, Cube>>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("url", &self.base.url).finish_non_exhaustive()
    }
}

impl World {
    /// The agencies, the clients and [`draft`] with its first version; no round yet.
    pub async fn new(port: Port) -> Self {
        let engine = if port == Port::Postgres { Engine::Postgres } else { Engine::Sqlite };
        let base = Base::new(engine).await;
        let mut world = Self { base, port, remote: None, cubes: Mutex::default() };
        world.settle().await;
        if port == Port::Grpc {
            world.remote = Some(Remote::start(&world.base).await);
        }
        world
    }

    /// How it is called.
    pub fn port(&self) -> Port {
        self.port
    }

    /// Carries out a command without a request id.
    pub async fn write<C: Write>(&self, who: Who, command: C) -> Answered<C::Shown> {
        self.write_with(who, command, WriteOptions::default()).await
    }

    /// Carries out a command under the client's own id of the request.
    pub async fn write_as<C: Write>(&self, who: Who, command: C, request_id: &str) -> Answered<C::Shown> {
        let request_id = Some(RequestId::stored(request_id.to_owned()));
        self.write_with(who, command, WriteOptions { request_id, dry_run: false }).await
    }

    /// Carries out a command.
    pub async fn write_with<C: Write>(
        &self,
        who: Who,
        command: C,
        options: WriteOptions,
    ) -> Answered<C::Shown> {
        match &self.remote {
            None => {
                let draft = place(&command);
                let written = self.base.store.write(&who.scope(), command, options).await?;
                Ok(C::show(&draft, written))
            }
            Some(remote) => Ok(command.call(remote.clients(who).await, options).await?),
        }
    }

    /// Asks.
    pub async fn ask<Q: Ask>(&self, who: Who, query: Q) -> Answered<Q::Shown> {
        match &self.remote {
            None => {
                let asked = query.clone();
                let read = self.base.store.read(&who.scope(), query).await?;
                Ok(Q::show(&asked, read))
            }
            Some(remote) => Ok(query.call(remote.clients(who).await).await?),
        }
    }

    /// Every page of a list, `size` items each.
    pub async fn pages<L: List>(&self, who: Who, list: &L, size: i32) -> Answered<Vec<Vec<L::Shown>>> {
        let mut pages = Vec::new();
        let mut reading = Reading::new(self, who, list);
        while let Some(page) = reading.next(size).await? {
            pages.push(page);
            assert!(pages.len() < 10_000, "the list has no end");
        }
        Ok(pages)
    }

    /// All items of a list, in pages of the largest size.
    pub async fn all<L: List>(&self, who: Who, list: &L) -> Answered<Vec<L::Shown>> {
        Ok(self.pages(who, list, 1_000).await?.into_iter().flatten().collect())
    }

    /// Carries out what no gRPC port offers: as the installation, on the store.
    pub async fn install<C: Writable>(&self, command: C) -> Answered<C::Answer> {
        let written = self.base.store.write(&Scope::installation(), command, WriteOptions::default()).await?;
        Ok(written.answer)
    }

    /// Whether the port is gRPC.
    pub fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// The clients of a caller, on a gRPC port.
    pub async fn clients(&self, who: Who) -> Clients {
        self.remote.as_ref().expect("a gRPC port").clients(who).await
    }

    /// What stands in a caller's `authorization`, on a gRPC port.
    pub async fn authorization(&self, who: Who) -> MetadataValue<Ascii> {
        self.remote.as_ref().expect("a gRPC port").authorization(who).await
    }

    /// Where the comments role listens, on a gRPC port.
    pub fn address(&self) -> std::net::SocketAddr {
        self.remote.as_ref().expect("a gRPC port").address()
    }

    /// Moves the clock to so many seconds after the beginning. Tokens do not live that long: new ones are fetched.
    pub async fn at(&self, seconds: i64) {
        self.base.clock.set(START.plus_seconds(seconds));
        if let Some(remote) = &self.remote {
            remote.forget_tokens().await;
        }
    }

    /// The proof that must hold at the end of every behaviour.
    pub async fn verify(&self) {
        let found = self.base.store.verify().await.expect("the proof runs");
        assert_eq!(found.differences, Vec::<String>::new());
    }
}

/// The draft that a command is about; empty for the registry.
fn place<C: ykien_domain::command::Command>(command: &C) -> DraftId {
    match command.place() {
        ykien_domain::command::Place::Draft(draft) => draft,
        ykien_domain::command::Place::Registry => DraftId::default(),
    }
}
