//! Readiness by grpc.health.v1: a service is SERVING while the database answers. The process itself (the empty service
//! name) is SERVING as long as it runs: a restart would not bring a database back.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use ykien_store::Store;

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Keeps the services' health true, until the shutdown: then they are not serving, and load balancers turn away.
pub(super) async fn watch(
    store: Store,
    health: HealthReporter,
    services: Vec<&'static str>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut was_ready = true;
    loop {
        let ready = match tokio::time::timeout(TIMEOUT, store.ping()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!("the database does not answer: {error}");
                false
            }
            Err(_) => {
                tracing::warn!(seconds = TIMEOUT.as_secs(), "the database does not answer");
                false
            }
        };
        if ready && !was_ready {
            tracing::info!("the database answers again");
        }
        was_ready = ready;
        set(&health, &services, if ready { ServingStatus::Serving } else { ServingStatus::NotServing }).await;
        if shutdown.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
            set(&health, &services, ServingStatus::NotServing).await;
            return Ok(());
        }
    }
}

/// Sets the health of these services.
pub(super) async fn set(health: &HealthReporter, services: &[&'static str], status: ServingStatus) {
    for service in services {
        health.set_service_status(service, status).await;
    }
}
