//! The whole case across the processes of an installation: `migrate`, then comments ×2, aggregation ×2 and admin on
//! PostgreSQL; one replica of each gRPC role is killed while the agencies submit, and started again.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use futures::future::{join_all, try_join_all};
use tokio::sync::watch;
use ykien::client::{self, Bearer};
use ykien_proto::v1;

use super::admin_api::{AdminApi, log_in};
use super::case::{Case, DRAFTER};
use super::consultation::{Consultation, DRAFT};
use super::following::follow;
use super::installation::Installation;
use super::process::Server;
use super::replicas::Replicas;
use super::{crash, deciding};

/// How long a server may take to stop: less than the 30 s that the compose file gives it.
const STOP: Duration = Duration::from_secs(15);
/// How long the test may take.
const TEST: Duration = Duration::from_secs(180);

/// Where the case is played.
pub struct Stage<'a> {
    /// The case.
    pub case: &'a Case,
    /// The processes.
    pub installation: &'a Installation,
    /// What the agencies take part in.
    pub consultation: &'a Consultation,
    /// The comments role.
    pub comments: Replicas,
    /// The aggregation role.
    pub aggregation: Replicas,
    /// The drafting agency's token.
    pub drafter: Bearer,
    /// Each section's parent, both by name.
    pub parents: HashMap<String, String>,
}

/// The servers that run.
pub struct Servers {
    /// Of the comments role.
    pub comments: Vec<Server>,
    /// Of the aggregation role.
    pub aggregation: Vec<Server>,
    /// Of the admin role.
    pub admin: Server,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_a_replica_of_each_role_is_killed() -> anyhow::Result<()> {
    let installation = Installation::new().await?;
    let played = tokio::time::timeout(TEST, play(&installation)).await;
    played.with_context(|| format!("not within {TEST:?}")).and_then(|played| played).with_context(|| {
        let log = |role| format!("\n== {role}\n{}", installation.log(role));
        ["comments", "aggregation", "admin"].map(log).concat()
    })
}

async fn play(installation: &Installation) -> anyhow::Result<()> {
    let case = Case::read()?;
    installation.run(&["migrate"]).await?.printed()?;
    installation.run(&["migrate"]).await?.printed().context("migrating again changes nothing")?;
    let (id, secret) = credential(&installation.run(&["admin-credential"]).await?.printed()?)?;
    let mut servers = start(installation).await?;
    let root = servers.admin.url();
    let admin = AdminApi::new(&root, log_in(&root, &id, &secret).await?);
    let consultation = Consultation::open(&root, &admin, &case).await?;

    let drafter = consultation.bearer(DRAFTER)?.clone();
    let comments = Replicas::new([servers.comments[0].url(), servers.comments[1].url()])?;
    let aggregation = Replicas::new([servers.aggregation[0].url(), servers.aggregation[1].url()])?;
    let parents = super::counts::parents(&mut comments.comments(0, &drafter)).await?;
    let stage = Stage {
        case: &case,
        installation,
        consultation: &consultation,
        comments,
        aggregation,
        drafter,
        parents,
    };

    let (tell, until) = watch::channel(None);
    let story = async {
        let made = crash::submit(&stage, &mut servers).await?;
        crash::prove(&stage, &made).await?;
        let numbers: HashMap<usize, i64> = made.iter().map(|made| (made.line(), made.number)).collect();
        let revision = deciding::play(&stage, &numbers).await?;
        tell.send(Some(revision))?;
        Ok(revision)
    };
    let (revision, followed) = tokio::try_join!(story, follow(&stage.comments, &stage.drafter, until))?;
    assert_eq!(followed.revisions, (1..=revision).collect::<Vec<_>>(), "every event once, in order");
    assert!(followed.breaks > 0, "the stream that was followed was on the replica that was killed");

    let verified = installation.run(&["verify"]).await?.printed()?;
    assert!(
        verified.contains(&format!("1 drafts, {} comments, {revision} events", case.total())),
        "{verified}"
    );
    assert!(verified.contains("no differences") && !verified.contains("difference:"), "{verified}");
    measured(&servers).await?;
    stop(&stage, servers).await
}

/// Each server tells what it was asked.
async fn measured(servers: &Servers) -> anyhow::Result<()> {
    for (server, service) in
        [(&servers.comments[1], "CommentsService"), (&servers.aggregation[1], "AggregationService")]
    {
        let request = http::Request::get(format!("http://{}/metrics", server.metrics)).body(String::new())?;
        let (status, page) = client::call(request).await?;
        assert!(status.is_success(), "{status}");
        let page = String::from_utf8(page)?;
        assert!(page.contains(&format!("ykien.v1.{service}/")), "{page}");
    }
    Ok(())
}

/// The roles as the compose file has them, all at once.
async fn start(installation: &Installation) -> anyhow::Result<Servers> {
    let (comments, aggregation, admin) = tokio::try_join!(
        try_join_all((0..2).map(|_| installation.start("comments"))),
        try_join_all((0..2).map(|_| installation.start("aggregation"))),
        installation.start("admin"),
    )?;
    Ok(Servers { comments, aggregation, admin })
}

/// The id and the secret that `ykien admin-credential` prints.
fn credential(printed: &str) -> anyhow::Result<(String, String)> {
    let value = |name: &str| {
        let found = printed.lines().find_map(|line| line.trim().strip_prefix(name));
        found.map(|value| value.trim().to_owned()).with_context(|| format!("no {name} in {printed:?}"))
    };
    Ok((value("client_id")?, value("client_secret")?))
}

/// Asks every server to stop while streams are open on it: the streams end, and the process by itself, with exit code 0.
async fn stop(stage: &Stage<'_>, servers: Servers) -> anyhow::Result<()> {
    let watching = try_join_all((0..2).map(|replica| async move {
        let request = v1::WatchDraftRequest { draft: DRAFT.to_owned(), after_revision: 0 };
        let mut events =
            client::answer(stage.comments.comments(replica, &stage.drafter).watch_draft(request).await)?;
        let request = v1::WatchRequest { draft: DRAFT.to_owned(), ..Default::default() };
        let mut counts =
            client::answer(stage.aggregation.aggregation(replica, &stage.drafter).watch(request).await)?;
        anyhow::ensure!(events.message().await?.is_some() && counts.message().await?.is_some());
        Ok((events, counts))
    }))
    .await?;
    let Servers { comments, aggregation, admin } = servers;
    let stopping = comments.into_iter().chain(aggregation).chain([admin]).map(async |server| {
        let role = server.role();
        (role, server.terminate(STOP).await)
    });
    for (role, ended) in join_all(stopping).await {
        let (code, took) = ended?;
        assert_eq!(code, Some(0), "{role}, after {took:?}");
    }
    for (mut events, mut counts) in watching {
        while let Ok(Some(_)) = events.message().await {}
        while let Ok(Some(_)) = counts.message().await {}
    }
    Ok(())
}
