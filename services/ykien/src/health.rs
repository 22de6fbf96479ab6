//! `ykien health`: asks a role on this machine whether it is ready.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use ykien_proto::v1::{aggregation_service_server, comments_service_server};

use crate::cli::HealthArgs;
use crate::client::{self, ClientTls};
use crate::config::{self, Bad, Listen, Role, transport};
use crate::out;

/// How long a role may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// `ykien health`: exit code 1 when the role is not ready or does not answer.
///
/// # Errors
/// A setting that is not valid; the role is not ready.
pub async fn command(args: &HealthArgs) -> anyhow::Result<ExitCode> {
    let listen = Listen::check(&args.listen)?;
    let roles = config::roles(&args.role)?;
    let [role] = roles.as_slice() else { return Err(Bad::new("YKIEN_ROLE", "must be one role").into()) };
    let address = listen.loopback(*role);
    let tls = transport::client_tls(&args.tls)?;
    let scheme = if args.tls_certificate.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let check = async {
        match role {
            Role::Comments => serving(&tls, &url, comments_service_server::SERVICE_NAME).await,
            Role::Aggregation => serving(&tls, &url, aggregation_service_server::SERVICE_NAME).await,
            Role::Admin => ready(&tls, &url).await,
        }
    };
    tokio::time::timeout(TIMEOUT, check)
        .await
        .with_context(|| format!("no answer from {address} within {} s", TIMEOUT.as_secs()))?
        .with_context(|| format!("{} is not ready", args.role))?;
    out::line("ready");
    Ok(ExitCode::SUCCESS)
}

/// grpc.health.v1 of one service.
async fn serving(tls: &ClientTls, url: &str, service: &str) -> anyhow::Result<()> {
    let channel = tls.connect(&url.parse()?).await?;
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = client::answer(HealthClient::new(channel).check(request).await)?;
    match answer.status() {
        ServingStatus::Serving => Ok(()),
        other => bail!("{service} is {}", other.as_str_name()),
    }
}

/// `GET /readyz`.
async fn ready(tls: &ClientTls, url: &str) -> anyhow::Result<()> {
    let request = http::Request::get(format!("{url}/readyz")).body(String::new())?;
    let (status, _) = tls.call(request).await?;
    if status.is_success() { Ok(()) } else { bail!("/readyz answers {status}") }
}
