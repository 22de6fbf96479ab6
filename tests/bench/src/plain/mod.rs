//! What one would write first: each call a transaction of its own, statement by statement through sqlx, on ykien's own
//! schema. It checks no token, no roster and no request id, so it does less than ykien.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost_types::Timestamp as WireTime;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tower::Service;
use ykien_domain::time::{Clock as _, SystemClock};
use ykien_proto::v1;

use crate::cli::PlainArgs;
use crate::process::announce;

mod postgres;
mod sqlite;

/// What this server announces.
pub const WHAT: &str = "plain";
/// How many connections it has to PostgreSQL: as many as ykien by default.
const CONNECTIONS: u32 = 16;

/// A submission as it is written.
struct New {
    draft: String,
    agency: &'static str,
    section: i64,
    text: String,
    proposed_change: String,
    request_id: String,
    /// Microseconds.
    now: i64,
}

impl New {
    fn read(request: v1::SubmitCommentRequest) -> Option<Self> {
        let comment = request.comment?;
        let draft = request.draft.strip_prefix("drafts/")?.to_owned();
        let section = comment.anchor?.section.rsplit_once('/')?.1.parse().ok()?;
        Some(Self {
            draft,
            agency: "H37.01",
            section,
            text: comment.text,
            proposed_change: comment.proposed_change,
            request_id: request.request_id,
            now: SystemClock.now().0,
        })
    }

    /// The comment as JSON, with its number and revision: about as long as ykien's own.
    fn json(&self, number: i64, revision: i64) -> String {
        let comment = serde_json::json!({
            "draft": self.draft, "number": number, "round": 1, "agency": self.agency,
            "content": {
                "anchor": { "kind": "section", "section": self.section, "quote": "" }, "kind": "substantive",
                "title": "", "text": self.text, "proposed_change": self.proposed_change,
            },
            "channel": "written", "speaker": "", "status": "pending", "late": false, "decision": null,
            "assigned": null, "responsible": "H37.00", "response": null, "source": { "id": "", "status": "" },
            "version": 1, "created_at": self.now, "updated_at": self.now, "changed": revision,
            "written_at": self.now, "written": revision,
        });
        serde_json::json!({ "change": "comment_submitted", "comment": comment }).to_string()
    }

    /// Where the comment is counted, as JSON: as long as ykien's own.
    fn moves(&self) -> String {
        let cell = serde_json::json!({
            "s": self.section, "t": "pending", "a": self.agency, "k": "substantive", "c": "written", "n": 1,
        });
        serde_json::json!([{ "t": cell, "n": 1 }]).to_string()
    }

    /// What the request is known by: its id is random enough for this service.
    fn key(&self) -> (i64, i64) {
        let mut halves = [0_i64; 2];
        for (index, digit) in self.request_id.chars().filter_map(|char| char.to_digit(16)).enumerate() {
            halves[index / 16 % 2] = halves[index / 16 % 2] << 4 | i64::from(digit);
        }
        halves.into()
    }

    /// SHA-256 would be 64 digits; this service compares no bodies.
    fn body_hash(&self) -> String {
        format!("{:064x}", self.text.len())
    }

    fn answer(self, number: i64, revision: i64) -> v1::SubmitCommentResponse {
        let time = Some(WireTime {
            seconds: self.now / 1_000_000,
            nanos: i32::try_from(self.now % 1_000_000).unwrap_or(0) * 1_000,
        });
        let comment = v1::Comment {
            name: format!("drafts/{}/comments/{number}", self.draft),
            number,
            round: format!("drafts/{}/rounds/1", self.draft),
            agency: format!("agencies/{}", self.agency),
            anchor: Some(v1::Anchor {
                kind: v1::AnchorKind::Section.into(),
                section: format!("drafts/{}/sections/{}", self.draft, self.section),
                quote: String::new(),
            }),
            kind: v1::CommentKind::Substantive.into(),
            text: self.text,
            proposed_change: self.proposed_change,
            status: v1::CommentStatus::Pending.into(),
            channel: v1::Channel::Written.into(),
            version: 1,
            create_time: time,
            update_time: time,
            ..Default::default()
        };
        v1::SubmitCommentResponse { comment: Some(comment), revision, replayed: false }
    }
}

/// The engines' pools.
#[derive(Clone)]
enum Pool {
    Postgres(sqlx::PgPool),
    Sqlite(sqlx::SqlitePool),
}

impl Pool {
    async fn open(url: &str) -> anyhow::Result<Self> {
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
        if url.starts_with("sqlite:") {
            let options = url
                .parse::<SqliteConnectOptions>()?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(std::time::Duration::from_secs(10));
            let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
            return Ok(Self::Sqlite(pool.connect_with(options).await?));
        }
        Ok(Self::Postgres(
            sqlx::postgres::PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?,
        ))
    }

    async fn submit(&self, new: &New) -> sqlx::Result<(i64, i64)> {
        match self {
            Self::Postgres(pool) => postgres::submit(pool, new).await,
            Self::Sqlite(pool) => sqlite::submit(pool, new).await,
        }
    }
}

#[derive(Clone)]
struct Plain(Pool);

impl NamedService for Plain {
    const NAME: &'static str = v1::comments_service_server::SERVICE_NAME;
}

async fn submit(
    pool: Pool,
    request: tonic::Request<v1::SubmitCommentRequest>,
) -> Result<tonic::Response<v1::SubmitCommentResponse>, Status> {
    let new = New::read(request.into_inner())
        .ok_or_else(|| Status::new(Code::InvalidArgument, "not a submission"))?;
    // In a task of its own, as in ykien: a caller that goes away must not leave a transaction open.
    let written = tokio::spawn(async move {
        pool.submit(&new).await.map(|(number, revision)| new.answer(number, revision))
    });
    let failed = |error: &dyn std::fmt::Display| Status::unavailable(error.to_string());
    let answer = written.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    Ok(tonic::Response::new(answer))
}

impl Service<Request<Body>> for Plain {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let pool = self.0.clone();
        let service = tower::service_fn(move |request| submit(pool.clone(), request));
        let codec = ProstCodec::<v1::SubmitCommentResponse, v1::SubmitCommentRequest>::default();
        async move { Ok(tonic::server::Grpc::new(codec).unary(service, request).await) }.boxed()
    }
}

/// Serves until it is killed.
pub async fn serve(args: PlainArgs) -> anyhow::Result<()> {
    let pool = Pool::open(&args.database_url).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(WHAT, listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Ok(Server::builder().add_service(Plain(pool)).serve_with_incoming(incoming).await?)
}
