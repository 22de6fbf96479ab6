//! An installation as `deploy/compose.yaml` describes it: the same commands and the same variables, as processes of this
//! machine on a database of their own.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use ykien_tests::Database;

use super::process::{self, Ended, Environment, Server};

/// Any free port of this machine.
const ANY_PORT: &str = "127.0.0.1:0";
/// How long a role that listens may take to be ready.
const READY: Duration = Duration::from_secs(20);
/// How often it is asked.
const ASK: Duration = Duration::from_millis(100);

/// The variable that says where a role listens.
fn listen(role: &str) -> &'static str {
    match role {
        "comments" => "YKIEN_COMMENTS_LISTEN",
        "aggregation" => "YKIEN_AGGREGATION_LISTEN",
        _ => "YKIEN_ADMIN_LISTEN",
    }
}

/// An installation.
pub struct Installation {
    environment: Environment,
    /// The password's file and the logs.
    folder: tempfile::TempDir,
    _database: Database,
}

impl Installation {
    /// On a database with nothing in it.
    pub async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Database::new().await;
        let (url, password) = without_password(database.url())?;
        let password_file = folder.path().join("database_password");
        std::fs::write(&password_file, password + "\n")?;
        let environment = Environment::from([
            ("YKIEN_DATABASE_URL", url),
            ("YKIEN_DATABASE_PASSWORD_FILE", password_file.display().to_string()),
            ("YKIEN_MAX_CONNECTIONS", "8".to_owned()),
            ("YKIEN_ISSUER", "https://localhost".to_owned()),
            ("YKIEN_AUDIENCE", "ykien".to_owned()),
            ("YKIEN_OIDC_ISSUERS", String::new()),
            ("YKIEN_TRUSTED_PROXIES", "private".to_owned()),
            ("YKIEN_LOG", "warn,ykien=info".to_owned()),
            ("YKIEN_LOG_FORMAT", "json".to_owned()),
            ("YKIEN_METRICS_LISTEN", ANY_PORT.to_owned()),
        ]);
        Ok(Self { environment, folder, _database: database })
    }

    /// Runs a command that ends by itself.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        process::run(arguments, &self.environment).await
    }

    /// The variables of a role's container.
    fn environment_of(&self, role: &str, address: &str) -> Environment {
        let mut environment = self.environment.clone();
        environment.insert(listen(role), address.to_owned());
        environment
    }

    /// Runs `serve` for a role that can't be served: it ends by itself.
    pub async fn serve_in_vain(&self, role: &str) -> anyhow::Result<Ended> {
        process::run(&["serve", "--role", role], &self.environment_of(role, ANY_PORT)).await
    }

    /// Starts a replica, and waits until it is ready.
    pub async fn start(&self, role: &'static str) -> anyhow::Result<Server> {
        self.start_on(role, ANY_PORT).await
    }

    /// Starts it again where the one before it listened, as a container is restarted.
    pub async fn start_again(&self, role: &'static str, address: SocketAddr) -> anyhow::Result<Server> {
        self.start_on(role, &address.to_string()).await
    }

    async fn start_on(&self, role: &'static str, address: &str) -> anyhow::Result<Server> {
        let log = self.folder.path().join(format!("{role}.log"));
        let server = Server::start(role, &self.environment_of(role, address), &log).await?;
        let ready = async {
            let mut pause = tokio::time::interval(ASK);
            while self.health(role, server.address).await?.code != Some(0) {
                pause.tick().await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(READY, ready)
            .await
            .with_context(|| format!("{role} is not ready within {READY:?}"))??;
        Ok(server)
    }

    /// The container's health check.
    pub async fn health(&self, role: &str, address: SocketAddr) -> anyhow::Result<Ended> {
        let environment = self.environment_of(role, &address.to_string());
        process::run(&["health", "--role", role], &environment).await
    }

    /// The last lines that the processes of a role logged: for the message of a failure.
    pub fn log(&self, role: &str) -> String {
        let text =
            std::fs::read_to_string(self.folder.path().join(format!("{role}.log"))).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
    }
}

/// The URL without its password, and the password: an installation keeps them apart.
fn without_password(url: &str) -> anyhow::Result<(String, String)> {
    let rest = url.strip_prefix("postgres://").context("not a PostgreSQL URL")?;
    let (user, host) = rest.rsplit_once('@').context("a URL without a user")?;
    // A server that trusts everybody asks for no password; the file must hold one all the same.
    let (user, password) = user.split_once(':').unwrap_or((user, "unused"));
    Ok((format!("postgres://{user}@{host}"), password.to_owned()))
}

#[tokio::test]
async fn the_variables_are_those_of_the_compose_file() -> anyhow::Result<()> {
    let installation = Installation::new().await?;
    let roles = ["comments", "aggregation", "admin"];
    let ours: BTreeSet<&str> =
        roles.iter().flat_map(|role| installation.environment_of(role, ANY_PORT).into_keys()).collect();
    let compose = include_str!("../../../deploy/compose.yaml");
    // The keys; `${YKIEN_…}` on the right of one is compose's own. YKIEN_TLS is read by the proxy in front.
    let keys = compose.lines().filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key);
    let theirs: BTreeSet<&str> =
        keys.filter(|key| key.starts_with("YKIEN_") && *key != "YKIEN_TLS").collect();
    assert_eq!(ours, theirs);
    for role in roles {
        assert!(compose.contains(&format!("command: [serve, --role, {role}]")), "{role}");
        assert!(
            compose.contains(&format!("test: [CMD, /usr/local/bin/ykien, health, --role, {role}]")),
            "{role}"
        );
    }
    Ok(())
}
