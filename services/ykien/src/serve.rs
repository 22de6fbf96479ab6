//! `ykien serve`: the roles of one process, each on its own port, on one store.

mod door;
mod gathered;
mod grpc;
mod guard;
mod metrics;
mod patient;
mod readiness;
mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use ykien_admin::AdminState;
use ykien_edge::admission::{Admission, Rates};
use ykien_edge::auth::issuers::{self, Trusted};
use ykien_edge::auth::{AuthConfig, Identity};
use ykien_edge::limits::DRAIN;
use ykien_edge::places::Places;
use ykien_proto::v1::{aggregation_service_server, comments_service_server};
use ykien_store::Store;

use crate::cli::{SearchArg, ServeArgs};
use crate::config::{self, Bad, Database, Listen, Role};
use crate::{credential, database, out};

use door::Door;
use tls::{Certificates, Port};

pub use door::Terms;
pub use tls::TlsOptions;

/// How long a token lives, in seconds: what a stolen one is worth, and how late a role's change is felt at most.
pub const TOKEN_LIFETIME: i64 = 600;

/// Which roles a process has, and where: none for a role that it does not have. Port 0 is any free port.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The comments role.
    pub comments: Option<SocketAddr>,
    /// The aggregation role.
    pub aggregation: Option<SocketAddr>,
    /// The admin role.
    pub admin: Option<SocketAddr>,
    /// `/metrics` alone, for a process without the admin role.
    pub metrics: Option<SocketAddr>,
    /// Who issues tokens, and for whom.
    pub auth: AuthConfig,
    /// Other issuers whose tokens are accepted.
    pub issuers: Vec<Trusted>,
    /// Whether the aggregation role keeps the search index.
    pub search: bool,
    /// What holds for every connection.
    pub terms: Terms,
    /// TLS on every port; none is in the clear.
    pub tls: Option<TlsOptions>,
    /// How often a client may call.
    pub rates: Rates,
}

impl ServeOptions {
    /// Every role on a free port of the loopback address: for the demo and for tests.
    #[must_use]
    pub fn loopback() -> Self {
        let any = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let auth = AuthConfig {
            issuer: "http://127.0.0.1".to_owned(),
            audience: "ykien".to_owned(),
            token_lifetime_seconds: TOKEN_LIFETIME,
        };
        Self {
            comments: any,
            aggregation: any,
            admin: any,
            metrics: None,
            auth,
            issuers: Vec::new(),
            search: true,
            terms: Terms::default(),
            tls: None,
            rates: Rates::default(),
        }
    }
}

/// The roles of this process while they run.
pub struct Running {
    /// Where the comments role listens.
    pub comments: Option<SocketAddr>,
    /// Where the aggregation role listens.
    pub aggregation: Option<SocketAddr>,
    /// Where the admin role listens.
    pub admin: Option<SocketAddr>,
    /// Where `/metrics` alone is served.
    pub metrics: Option<SocketAddr>,
    /// Issues and verifies tokens.
    pub identity: Identity,
    store: Store,
    health: HealthReporter,
    shutdown: CancellationToken,
    terms: Terms,
    certificates: Option<Arc<Certificates>>,
    admission: Admission,
    tasks: JoinSet<anyhow::Result<()>>,
}

/// Starts the roles on a store whose schema is known. Every port is bound before anything is served.
///
/// # Errors
/// A port can't be bound, or the first signing key can't be made.
pub async fn start(options: ServeOptions, store: Store) -> anyhow::Result<Running> {
    let comments = bind("YKIEN_COMMENTS_LISTEN", options.comments).await?;
    let aggregation = bind("YKIEN_AGGREGATION_LISTEN", options.aggregation).await?;
    let admin = bind("YKIEN_ADMIN_LISTEN", options.admin).await?;
    let metrics = bind("YKIEN_METRICS_LISTEN", options.metrics).await?;
    let identity = Identity::trusting(store.clone(), options.auth, options.issuers);
    identity.ensure_signing_key().await.context("can't make the first signing key")?;

    let certificates = options.tls.map(Certificates::open).transpose()?.map(Arc::new);

    let recorder = metrics::handle();
    let mut running = Running {
        comments: address(comments.as_ref())?,
        aggregation: address(aggregation.as_ref())?,
        admin: address(admin.as_ref())?,
        metrics: address(metrics.as_ref())?,
        identity: identity.clone(),
        store: store.clone(),
        health: HealthReporter::new(),
        shutdown: CancellationToken::new(),
        terms: options.terms,
        certificates: certificates.clone(),
        admission: Admission::new(options.rates),
        tasks: JoinSet::new(),
    };
    let mut services = Vec::new();
    if let Some(listener) = comments {
        services.push(comments_service_server::SERVICE_NAME);
        let service = ykien_comments::service(store.clone(), running.shutdown.clone());
        running.spawn_grpc(listener, service)?;
    }
    if let Some(listener) = aggregation {
        services.push(aggregation_service_server::SERVICE_NAME);
        let service = ykien_aggregation::service(store.clone(), running.shutdown.clone());
        running.spawn_grpc(listener, service)?;
        if options.search {
            running.tasks.spawn(keep_search(store.clone(), running.shutdown.clone()));
        }
    }
    if let Some(listener) = admin {
        running.tasks.spawn(keep_sealed(store.clone(), running.shutdown.clone()));
        let shutdown = running.shutdown.clone();
        let state = AdminState {
            store: store.clone(),
            identity,
            admission: running.admission.clone(),
            exports: Places::of_exports(),
            metrics: recorder,
            shutdown,
        };
        running.spawn(listener, Port::Http, ykien_admin::router(state));
    }
    if let Some(listener) = metrics {
        running.spawn(listener, Port::Http, metrics::router());
    }
    if let Some(certificates) = certificates {
        running.tasks.spawn(certificates.watch(running.shutdown.clone()));
    }
    running.tasks.spawn(metrics::upkeep(running.shutdown.clone()));
    // The database was just open: nobody has to wait for the first look at it.
    readiness::set(&running.health, &services, ServingStatus::Serving).await;
    running.tasks.spawn(readiness::watch(store, running.health.clone(), services, running.shutdown.clone()));
    Ok(running)
}

impl Running {
    fn spawn_grpc<S: grpc::Role>(&mut self, listener: TcpListener, service: S) -> anyhow::Result<()> {
        let role = grpc::role(service, self.health.clone(), self.identity.clone(), self.admission.clone())?;
        self.spawn(listener, Port::Grpc, role);
        Ok(())
    }

    fn spawn(&mut self, listener: TcpListener, port: Port, service: impl door::Served) {
        let door = Door { terms: self.terms.clone(), certificates: self.certificates.clone(), port };
        self.tasks.spawn(door.serve(listener, service, self.shutdown.clone()));
    }

    /// The store that the roles share.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits for the signal.
    ///
    /// # Errors
    /// A role ended before it.
    pub async fn until(&mut self, signal: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = signal => Ok(()),
            Some(ended) = self.tasks.join_next() => {
                ended??;
                bail!("a role ended by itself")
            }
        }
    }

    /// Stops: no more connections, streams end, what is under way has [`DRAIN`] to come to its end, then the store is
    /// closed.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let drained = tokio::time::timeout(DRAIN, async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok(Err(error)) = ended {
                    tracing::warn!("while stopping: {error:#}");
                }
            }
        });
        if drained.await.is_err() {
            tracing::warn!(seconds = DRAIN.as_secs(), "connections were still open and are cut");
            self.tasks.shutdown().await;
        }
        self.store.close().await;
    }
}

/// Keeps the search index until the shutdown.
async fn keep_search(store: Store, shutdown: CancellationToken) -> anyhow::Result<()> {
    shutdown.run_until_cancelled(store.keep_search()).await;
    Ok(())
}

/// Seals the change logs until the shutdown.
async fn keep_sealed(store: Store, shutdown: CancellationToken) -> anyhow::Result<()> {
    shutdown.run_until_cancelled(store.keep_sealed()).await;
    Ok(())
}

async fn bind(setting: &str, address: Option<SocketAddr>) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("{setting}: can't listen on {address}"))?;
    Ok(Some(listener))
}

fn address(listener: Option<&TcpListener>) -> anyhow::Result<Option<SocketAddr>> {
    Ok(listener.map(TcpListener::local_addr).transpose()?)
}

/// `ykien serve`.
///
/// # Errors
/// A setting that is not valid, a database that can't be served, a port that is taken.
pub async fn command(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let roles = config::roles(&args.role)?;
    let listen = Listen::check(&args.listen)?;
    let metrics = args
        .metrics_listen
        .as_deref()
        .map(|text| config::address("YKIEN_METRICS_LISTEN", text))
        .transpose()?;
    config::url("YKIEN_ISSUER", &args.issuer)?;
    if args.audience.trim().is_empty() {
        return Err(Bad::new("YKIEN_AUDIENCE", "must not be empty").into());
    }
    let auth =
        AuthConfig { issuer: args.issuer, audience: args.audience, token_lifetime_seconds: TOKEN_LIFETIME };
    // A variable that a deployment leaves empty is none.
    let issuers = match args.oidc_issuers.as_deref().filter(|file| !file.is_empty()) {
        Some(file) => issuers::read(Path::new(file), &auth)
            .map_err(|error| Bad::new("YKIEN_OIDC_ISSUERS", error.to_string()))?,
        None => Vec::new(),
    };
    let database = Database::check(&args.database)?;
    let tls = config::transport::server_tls(&args.tls)?;
    let options = ServeOptions {
        comments: roles.contains(&Role::Comments).then_some(listen.comments),
        aggregation: roles.contains(&Role::Aggregation).then_some(listen.aggregation),
        admin: roles.contains(&Role::Admin).then_some(listen.admin),
        metrics,
        auth,
        issuers,
        search: args.search == SearchArg::On,
        terms: config::transport::terms(&args.limits)?,
        rates: config::transport::rates(&args.limits)?,
        tls,
    };

    let store = database::open(&database, database::system_clock()).await?;
    // Before anything is served: who sees that it is ready can log in to it, and stop it.
    let stop = stop_signal()?;
    // A database of one's own that nobody can log in to would be of no use; on PostgreSQL it is the installer's step.
    if database.is_embedded()
        && let Some(first) = credential::first_admin(&store).await?
    {
        credential::print(&first);
    }
    let mut running = start(options, store).await?;
    announce(&running);
    let outcome = running.until(stop).await;
    tracing::info!("stopping");
    running.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Says where everything is.
fn announce(running: &Running) {
    let scheme = if running.certificates.is_some() { "https" } else { "http" };
    let lines = [
        ("comments     gRPC ", running.comments, ""),
        ("aggregation  gRPC ", running.aggregation, ""),
        ("admin        HTTP ", running.admin, "  (/docs, /oauth2/token)"),
        ("metrics      HTTP ", running.metrics, "/metrics"),
    ];
    for (what, address, more) in lines {
        if let Some(address) = address {
            out::line(format_args!("{what} {scheme}://{address}{more}"));
        }
    }
}

/// SIGTERM (from a supervisor) or SIGINT (Ctrl-C), from now on.
///
/// # Errors
/// The system can't tell of signals.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("can't wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("can't wait for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
