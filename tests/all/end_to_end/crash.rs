//! The agencies submit, all at once, through both replicas; on the way one replica of each role is killed.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use futures::future::{join_all, try_join_all};
use tokio::sync::watch;
use tonic::transport::Endpoint;
use ykien::client;
use ykien_domain::time::{Clock as _, SystemClock};
use ykien_proto::v1;

use super::consultation::{DRAFT, response};
use super::counts;
use super::silent_proxy::SilentProxy;
use super::six_processes::{Servers, Stage};

/// After how many acknowledged comments the replicas are killed.
const KILL_AFTER: usize = 100;
/// How long comments whose answers are lost may take to be there, and how often they are looked for.
const ARRIVE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

/// A comment that was acknowledged.
pub struct Acknowledged {
    request: Request,
    /// The number that it was given.
    pub number: i64,
    /// Whether it was the answer to an earlier sending of the same request.
    replayed: bool,
}

impl Acknowledged {
    /// Its line in the case.
    pub fn line(&self) -> usize {
        self.request.line
    }
}

/// A comment to submit: its line in the case, and the client's own id of the request.
#[derive(Clone)]
struct Request {
    line: usize,
    id: String,
}

impl Request {
    fn message(&self, stage: &Stage<'_>) -> anyhow::Result<v1::SubmitCommentRequest> {
        let comment = stage.consultation.comment(&stage.case.comments[self.line])?;
        Ok(v1::SubmitCommentRequest {
            draft: DRAFT.to_owned(),
            comment: Some(comment),
            request_id: self.id.clone(),
        })
    }
}

/// A new id of a request.
pub fn request_id() -> String {
    SystemClock.new_id().to_string()
}

/// The requests of an agency's comments.
fn requests(stage: &Stage<'_>, agency: &str) -> Vec<Request> {
    stage.case.lines_of(agency).into_iter().map(|line| Request { line, id: request_id() }).collect()
}

/// Submits every comment and letter of the case. Gives what was acknowledged.
pub async fn submit(stage: &Stage<'_>, servers: &mut Servers) -> anyhow::Result<Vec<Acknowledged>> {
    let count = watch::Sender::new(0);
    // The first agency's answers are lost in the crash; all others go on through it.
    let (unlucky, others) = (&stage.case.responses[0].agency, &stage.case.responses[1..]);
    let others =
        others.iter().map(|reply| send(stage, &reply.agency, requests(stage, &reply.agency), &count));
    let (made, retried) = tokio::try_join!(
        try_join_all(others),
        crash(stage, servers, unlucky, requests(stage, unlucky), &count)
    )?;
    let interrupted = stage.comments.interrupted.get();
    assert!(interrupted > 0, "nobody noticed the crash: it proves nothing");
    assert!(retried.iter().all(|made| made.replayed), "what was done before the crash was done again");
    let made: Vec<Acknowledged> = made.into_iter().flatten().chain(retried).collect();
    for reply in &stage.case.responses {
        let request = v1::SubmitResponseRequest {
            draft: DRAFT.to_owned(),
            response: Some(response(&reply.letter)?),
            comments: Vec::new(),
            request_id: request_id(),
        };
        let answer = stage.comments.call(stage.consultation.bearer(&reply.agency)?, |mut comments| {
            let request = request.clone();
            async move { comments.submit_response(request).await }
        });
        answer.await?;
    }
    Ok(made)
}

/// An agency sends its comments one after the other. Each request keeps its id however often it is sent.
async fn send(
    stage: &Stage<'_>,
    agency: &str,
    requests: Vec<Request>,
    count: &watch::Sender<usize>,
) -> anyhow::Result<Vec<Acknowledged>> {
    let bearer = stage.consultation.bearer(agency)?;
    let mut made = Vec::new();
    for request in requests {
        let message = request.message(stage)?;
        let answer = stage.comments.call(bearer, |mut comments| {
            let message = message.clone();
            async move { comments.submit_comment(message).await }
        });
        let answer = answer.await?;
        made.push(Acknowledged {
            request,
            number: answer.comment.unwrap_or_default().number,
            replayed: answer.replayed,
        });
        count.send_modify(|count| *count += 1);
    }
    Ok(made)
}

/// Kills the first replica of both roles in the middle of it, and starts them again where they listened. The unlucky
/// agency's comments are durable by then, and their answers lost; it sends them again.
async fn crash(
    stage: &Stage<'_>,
    servers: &mut Servers,
    unlucky: &str,
    requests: Vec<Request>,
    count: &watch::Sender<usize>,
) -> anyhow::Result<Vec<Acknowledged>> {
    count.subscribe().wait_for(|count| *count >= KILL_AFTER).await?;
    let (comments, aggregation) = (servers.comments.remove(0), servers.aggregation.remove(0));
    let (to_comments, to_aggregation) = (comments.address, aggregation.address);

    let proxy = SilentProxy::new(to_comments).await?;
    let channel = Endpoint::from_shared(format!("http://{}", proxy.address))?.connect().await?;
    let bearer = stage.consultation.bearer(unlucky)?;
    let mut through = client::comments(channel, bearer.clone());
    client::answer(through.get_draft(v1::GetDraftRequest { name: DRAFT.to_owned() }).await)?;
    proxy.fall_silent();
    let messages =
        requests.iter().map(|request| request.message(stage)).collect::<anyhow::Result<Vec<_>>>()?;
    let calls = join_all(messages.into_iter().map(|message| {
        let mut through = through.clone();
        async move { through.submit_comment(message).await }
    }));
    tokio::pin!(calls);
    tokio::select! {
        _ = &mut calls => bail!("answers came through the silence"),
        arrived = tokio::time::timeout(ARRIVE, arrive(stage, unlucky, requests.len())) => arrived??,
    }
    tokio::try_join!(comments.kill(), aggregation.kill())?;
    assert!(*count.borrow() + requests.len() < stage.case.comments.len(), "the crash came too late");
    assert!(calls.await.iter().all(Result::is_err), "a dead server answered");

    let dead = stage.installation.health("comments", to_comments).await?;
    assert_eq!(dead.code, Some(1), "{dead:?}");
    let retried = send(stage, unlucky, requests, count).await?;
    let (comments, aggregation) = tokio::try_join!(
        stage.installation.start_again("comments", to_comments),
        stage.installation.start_again("aggregation", to_aggregation),
    )?;
    servers.comments.insert(0, comments);
    servers.aggregation.insert(0, aggregation);
    Ok(retried)
}

/// Waits until the other replica has so many comments of the agency.
async fn arrive(stage: &Stage<'_>, agency: &str, wanted: usize) -> anyhow::Result<()> {
    let mut comments = stage.comments.comments(1, stage.consultation.bearer(agency)?);
    let mut look = tokio::time::interval(LOOK);
    loop {
        let request = v1::ListCommentsRequest {
            draft: DRAFT.to_owned(),
            filter: format!("agency = {agency}"),
            ..Default::default()
        };
        if client::answer(comments.list_comments(request).await)?.comments.len() >= wanted {
            return Ok(());
        }
        look.tick().await;
    }
}

/// Everything acknowledged is there, once, and nothing else is; each request's id still gets its first answer; and the
/// replica of the aggregation that lived counts the same as the one that was started again.
pub async fn prove(stage: &Stage<'_>, made: &[Acknowledged]) -> anyhow::Result<()> {
    let all = stage.case.comments.len();
    let lines: BTreeSet<usize> = made.iter().map(Acknowledged::line).collect();
    assert_eq!((made.len(), lines.len()), (all, all), "every line was acknowledged");
    let mut numbers: Vec<i64> = made.iter().map(|made| made.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=i64::try_from(all)?).collect::<Vec<_>>(), "no number twice, and none missing");

    let mut revision = 0;
    for made in made {
        let bearer = stage.consultation.bearer(&stage.case.comments[made.line()].agency)?;
        let message = made.request.message(stage)?;
        let again = client::answer(stage.comments.comments(1, bearer).submit_comment(message).await)?;
        let number = again.comment.unwrap_or_default().number;
        assert_eq!((number, again.replayed), (made.number, true), "line {}", made.line());
        revision = revision.max(again.revision);
    }

    for replica in [1, 0] {
        let mut aggregation = stage.aggregation.aggregation(replica, &stage.drafter);
        let comments = counts::check(&mut aggregation, &stage.parents, revision).await?;
        assert_eq!(comments.len(), all, "a comment that nobody sent, or one too few");
        for made in made {
            let sent = &stage.case.comments[made.line()];
            let found =
                comments.iter().find(|comment| comment.number == made.number).cloned().unwrap_or_default();
            assert_eq!(found.agency, format!("agencies/{}", sent.agency), "number {}", made.number);
            assert_eq!(found.text, sent.text, "number {}", made.number);
        }
    }
    Ok(())
}
