//! What people would write instead: FastAPI with asyncpg, and with SQLAlchemy, doing the same one statement.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use prost::Message as _;
use prost::bytes::Bytes;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use ykien_proto::v1;

use super::submitter::{Prepared, Submit, Submitting};
use super::{Any, Contender, end, rounds};
use crate::account::Watched;
use crate::cluster::succeeded;
use crate::ledger::{Ledger, Receipt, uuid};
use crate::load::{self, Caller, Measured};
use crate::report::{Bound, Report};
use crate::seed::{draft, submissions};
use crate::stage::Stage;

const REQUIREMENTS: &str = include_str!("../../peers/requirements.txt");
const STATEMENT: &str = include_str!("../../peers/statement.py");
/// Module, source, name in the table, and how many times as fast ykien is asked to be.
const PEERS: [(&str, &str, &str, f64); 2] = [
    ("with_asyncpg", include_str!("../../peers/with_asyncpg.py"), "FastAPI + asyncpg, 2 workers, c=64", 5.0),
    (
        "with_sqlalchemy",
        include_str!("../../peers/with_sqlalchemy.py"),
        "FastAPI + SQLAlchemy, 2 workers, c=64",
        15.0,
    ),
];
/// How many calls are under way at once.
const CALLS: usize = 64;
/// How long a peer may take to listen.
const START: Duration = Duration::from_secs(30);
/// How many submissions are encoded.
const PREPARED: usize = 4_096;

/// The Python of the peers' environment, made when it is missing or of other requirements.
async fn python() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    // target/release/ykien-bench: beside all profiles.
    let target = program.parent().and_then(Path::parent).context("no folder of the build")?;
    let folder = target.join("bench-venv");
    let (python, installed) = (folder.join("bin/python"), folder.join("requirements.txt"));
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == REQUIREMENTS) {
        return Ok(python);
    }
    eprintln!("peers: installing FastAPI into {}", folder.display());
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    succeeded(&make.output().await?)
        .context("python3 -m venv (apt-get install python3-venv, or --no-peers)")?;
    let wanted = folder.join("wanted.txt");
    std::fs::write(&wanted, REQUIREMENTS)?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&wanted);
    succeeded(&install.output().await?).context("pip install (or --no-peers)")?;
    // Last, so that an interrupted installation is done anew.
    std::fs::rename(wanted, installed)?;
    Ok(python)
}

/// A request as it is sent, but for its id.
type Prefixes = Arc<[String]>;

/// Submissions as the peers' JSON, without the request id and the closing brace.
fn prefixes(stage: &Stage) -> anyhow::Result<Prefixes> {
    let draft = draft(0);
    let prefix = |message: Bytes| {
        let comment = v1::SubmitCommentRequest::decode(message)?.comment.unwrap_or_default();
        let section = comment.anchor.unwrap_or_default().section;
        let section: i64 = section.rsplit('/').next().unwrap_or_default().parse()?;
        let body = serde_json::json!({
            "draft": draft, "section": section, "text": comment.text, "proposed_change": comment.proposed_change,
        });
        Ok(body.to_string().trim_end_matches('}').to_owned())
    };
    submissions(stage, &draft, PREPARED).into_iter().map(prefix).collect()
}

/// One connection that is kept alive.
struct Poster {
    sender: http1::SendRequest<Full<Bytes>>,
    host: String,
    prefixes: Prefixes,
    next: usize,
    ledger: Arc<Ledger>,
    receipts: Vec<Receipt>,
}

impl Poster {
    async fn post(&mut self) -> anyhow::Result<()> {
        self.next += 1;
        let prefix = self.prefixes.get(self.next % self.prefixes.len()).context("nothing prepared")?;
        let id = self.ledger.new_id();
        let body = format!("{prefix},\"request_id\":\"{}\"}}", uuid(id));
        let request = http::Request::post("/comments")
            .header(http::header::HOST, &self.host)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(status == http::StatusCode::CREATED, "{status} {}", String::from_utf8_lossy(&body));
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        let field =
            |name| answer.get(name).and_then(serde_json::Value::as_i64).context("an answer without it");
        self.receipts.push(Receipt { id, number: field("number")?, revision: field("revision")? });
        Ok(())
    }
}

impl Caller for Poster {
    async fn call(&mut self) -> Result<usize, String> {
        self.post().await.map(|()| 1).map_err(|error| format!("{error:#}"))
    }
}

/// A supervisor with its workers: killed together when the value goes away.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0.id() {
            let kill = std::process::Command::new("sh")
                .args(["-c", "kill -s KILL -- \"-$1\"", "sh", &id.to_string()])
                .status();
            if !kill.is_ok_and(|status| status.success()) {
                eprintln!("the processes of group {id} could not be stopped");
            }
        }
    }
}

/// A service in Python on a database of its own.
struct Peer {
    name: &'static str,
    host: String,
    child: Group,
    url: String,
    postmaster: u32,
    prefixes: Prefixes,
    ledger: Arc<Ledger>,
}

impl Peer {
    async fn start(
        stage: &Stage,
        python: &Path,
        (module, source, name, _): (&'static str, &str, &'static str, f64),
        prefixes: &Prefixes,
    ) -> anyhow::Result<Self> {
        let folder = stage.folder().join(module);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("statement.py"), STATEMENT)?;
        std::fs::write(folder.join(format!("{module}.py")), source)?;
        let url = stage.cluster.url(&stage.counted_copy(0).await?);
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let host = format!("127.0.0.1:{port}");
        let log = std::fs::File::create(folder.join("log"))?;
        let mut command = Command::new(python);
        command
            .args(["-m", "uvicorn", "--workers", "2", "--loop", "uvloop", "--http", "httptools"])
            .args([
                "--no-access-log",
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                &format!("{module}:app"),
            ])
            .current_dir(&folder)
            .env("DATABASE_URL", &url)
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own: its workers would outlive it.
            .process_group(0);
        let child = Group(command.spawn()?);
        let (ledger, prefixes) = (Arc::default(), Arc::clone(prefixes));
        let peer = Self { name, host, child, url, postmaster: stage.cluster.postmaster, prefixes, ledger };
        let begun = std::time::Instant::now();
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        // One that answers is ready; a worker that is not yet there would leave its part to the other.
        while peer.poster(0).await.is_err() || peer.watched()?.servers.len() < 3 {
            if begun.elapsed() > START {
                bail!("{name}: {}", std::fs::read_to_string(folder.join("log"))?);
            }
            pause.tick().await;
        }
        Ok(peer)
    }

    async fn poster(&self, index: usize) -> anyhow::Result<Poster> {
        let stream = TcpStream::connect(&self.host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let (prefixes, ledger) = (Arc::clone(&self.prefixes), Arc::clone(&self.ledger));
        Ok(Poster {
            sender,
            host: self.host.clone(),
            prefixes,
            next: index * 31,
            ledger,
            receipts: Vec::new(),
        })
    }

    /// The supervisor and its workers.
    fn watched(&self) -> anyhow::Result<Watched> {
        let id = self.child.0.id().context("it has ended")?;
        Ok(Watched { servers: crate::account::family(id), postmaster: Some(self.postmaster) })
    }
}

impl Contender for Peer {
    fn name(&self) -> &str {
        self.name
    }

    fn unit(&self) -> &'static str {
        "submissions"
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        async move {
            let callers = futures::future::try_join_all((0..CALLS).map(|index| self.poster(index))).await?;
            let watched =
                Watched { servers: vec![self.child.0.id().context("it has ended")?], ..self.watched()? };
            let (measured, posters) = load::closed_loop(callers, span, &watched).await?;
            for poster in posters {
                self.ledger.take(&poster.receipts);
            }
            Ok(measured)
        }
        .boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async move {
            drop(self.child);
            Ok(vec![self.ledger.check(&self.url).await?])
        }
        .boxed()
    }
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    if stage.options.no_peers {
        let notes = vec!["left out (--no-peers)".to_owned()];
        return Ok(Report { scenario: "peers", notes, ..Report::default() });
    }
    let python = python().await?;
    let prepared = Arc::new(Prepared::new(stage, 1));
    let prefixes = prefixes(stage)?;
    let mut contenders: Vec<Any<'_>> = Vec::new();
    for (index, build) in stage.builds.iter().enumerate() {
        let to = Submitting::to(stage.installation(index).await?);
        contenders.push(Box::new(Submit::new(name(&build.label), &to, &prepared, CALLS)));
    }
    for peer in PEERS {
        contenders.push(Box::new(Peer::start(stage, &python, peer, &prefixes).await?));
    }
    let mut report = rounds(stage, "peers", &mut contenders).await?;
    for build in &stage.builds {
        for (_, _, peer, least) in PEERS {
            let one = name(&build.label);
            let times = report.times(&one, peer);
            report.ask_ratio(format!("{one} / {peer}"), times, Bound::AtLeast(least));
        }
    }
    end(&mut report, contenders).await?;
    Ok(report)
}

fn name(label: &str) -> String {
    format!("ykien{label}, one draft, c={CALLS}")
}
