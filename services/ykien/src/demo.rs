//! `ykien demo`: the reference case on a database of its own, played through the real ports, shown, and served.

mod answers;
mod case;
mod cast;
mod clock;
mod examples;
mod play;
mod print;
mod progress;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use ykien_domain::actor::Scope;
use ykien_domain::query::ListClients;

pub use print::Shown;

use crate::cli::DemoArgs;
use crate::config::Database;
use crate::credential::NewCredential;
use crate::serve::{self, Running, ServeOptions};
use crate::{client, database, out};
use case::{Case, DRAFTER};
use cast::{ADMIN, Cast};
use clock::DemoClock;
use play::Play;
use progress::Progress;

/// The agency whose credential is shown: it has answered late, and can add to it.
const SHOWN_AGENCY: &str = "H37.13";

/// How the demo runs.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// Where the database is kept; a temporary directory when none.
    pub data: Option<PathBuf>,
    /// End after the tables.
    pub once: bool,
    /// Where the addresses and credentials are written.
    pub ports_file: Option<PathBuf>,
}

/// What the demo came to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Where it was served.
    pub ports: Ports,
    /// What the aggregation service said.
    pub shown: Shown,
}

/// Where the demo is served, and who may call it: what `--ports-file` holds.
#[derive(Debug, Clone, Serialize)]
pub struct Ports {
    /// The comments role's URL.
    pub comments: String,
    /// The aggregation role's URL.
    pub aggregation: String,
    /// The admin role's URL.
    pub admin: String,
    /// The draft's resource name.
    pub draft: String,
    /// The round's resource name.
    pub round: String,
    /// An administrator.
    pub admin_client: NewCredential,
    /// The drafting agency's client.
    pub drafter_client: NewCredential,
    /// An agency's client.
    pub agency_client: AgencyClient,
}

/// A client and its agency.
#[derive(Debug, Clone, Serialize)]
pub struct AgencyClient {
    /// The client.
    #[serde(flatten)]
    pub client: NewCredential,
    /// The agency's code.
    pub agency: String,
}

/// `ykien demo`.
///
/// # Errors
/// As [`run`].
pub async fn command(args: DemoArgs) -> anyhow::Result<ExitCode> {
    run(DemoOptions { data: args.data, once: args.once, ports_file: args.ports_file }).await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the demo; unless `once`, until the process is asked to stop.
///
/// # Errors
/// The database can't be made, or a step of the case is refused.
pub async fn run(options: DemoOptions) -> anyhow::Result<Summary> {
    let case = Case::read()?;
    // Held until the end: the directory goes with it.
    let temporary = if options.data.is_none() { Some(tempfile::tempdir()?) } else { None };
    let directory = options.data.as_deref().or(temporary.as_ref().map(tempfile::TempDir::path));
    let database = Database::embedded(directory.context("no directory")?, 16);
    let clock = Arc::new(DemoClock::at(case::instant(case::BEGIN)?));
    let store = database::open(&database, clock.clone()).await?;
    let mut stop = std::pin::pin!(serve::stop_signal()?);
    let mut running = serve::start(ServeOptions::loopback(), store).await?;

    let played = tokio::select! {
        played = play(&case, &running, &clock, &options) => played,
        () = &mut stop => Err(anyhow::anyhow!("stopped before the case was played to its end")),
    };
    let outcome = match &played {
        Ok(_) if !options.once => running.until(stop).await,
        _ => Ok(()),
    };
    running.stop().await;
    outcome?;
    played
}

/// Plays the case (or finds it played), shows it, and tells where it is served.
async fn play(
    case: &Case,
    running: &Running,
    clock: &DemoClock,
    options: &DemoOptions,
) -> anyhow::Result<Summary> {
    let url = |address: Option<std::net::SocketAddr>| address.map(|address| format!("http://{address}"));
    let comments = url(running.comments).context("no comments role")?;
    let aggregation = url(running.aggregation).context("no aggregation role")?;
    let admin = url(running.admin).context("no admin role")?;
    let token_url: http::Uri = format!("{admin}/oauth2/token").parse()?;
    let channel = client::connect(&comments.parse()?).await?;

    let known = running.store().read(&Scope::installation(), ListClients { after: None, limit: 1 }).await?;
    let (cast, round) = if known.answer.items.is_empty() {
        let progress = Progress::new(Play::steps(case));
        progress.part("Các cơ quan / the agencies");
        let cast = cast::create(running.store(), case, &progress).await?;
        let play = Play {
            case,
            cast: &cast,
            clock,
            progress: &progress,
            channel: channel.clone(),
            token_url: token_url.clone(),
        };
        let round = play.run().await?;
        progress.finish();
        (cast, round)
    } else {
        clock.advance(case::instant(case::END)?);
        out::error("The case is in this directory already: it is served as it stands, with new secrets.");
        let cast = cast::again(running.store(), &[DRAFTER, SHOWN_AGENCY]).await?;
        (cast, format!("drafts/{}/rounds/1", case::DRAFT))
    };

    let shown = {
        let bearer = play::login(&cast, DRAFTER, &token_url)?.token().await?;
        let to_counts = client::connect(&aggregation.parse()?).await?;
        let mut printer = print::Printer {
            comments: client::comments(channel, bearer.clone()),
            aggregation: client::aggregation(to_counts, bearer),
            draft: format!("drafts/{}", case::DRAFT),
            names: case.short_names(),
        };
        printer.show().await?
    };
    out::line(format_args!("{}\n{} comments at revision {}", case::TITLE, shown.total, shown.revision));
    out::line(&shown.text);

    let ports = Ports {
        comments,
        aggregation,
        admin,
        draft: format!("drafts/{}", case::DRAFT),
        round,
        admin_client: of(&cast, ADMIN)?,
        drafter_client: of(&cast, DRAFTER)?,
        agency_client: AgencyClient { client: of(&cast, SHOWN_AGENCY)?, agency: SHOWN_AGENCY.to_owned() },
    };
    if let Some(file) = &options.ports_file {
        write_ports(file, &ports).with_context(|| format!("can't write {}", file.display()))?;
    }
    if !options.once {
        out::line(examples::text(&ports));
    }
    Ok(Summary { ports, shown })
}

fn of(cast: &Cast, agency: &str) -> anyhow::Result<NewCredential> {
    cast.get(agency).cloned().with_context(|| format!("{agency} has no client"))
}

/// Writes the file whole or not at all: whoever waits for it reads no half of it.
fn write_ports(file: &Path, ports: &Ports) -> anyhow::Result<()> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut temporary, ports)?;
    temporary.write_all(b"\n")?;
    temporary.persist(file)?;
    Ok(())
}
