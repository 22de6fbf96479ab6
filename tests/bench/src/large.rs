//! The database of the reading scenarios: one draft with many comments and one with a thousand, some decided, some
//! published, all through the product's own interfaces.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ykien::client::answer;
use ykien_proto::v1;

use crate::bulk;
use crate::index;
use crate::installation::{Cast, Installation};
use crate::ledger::Ledger;
use crate::seed::{draft, submission};
use crate::stage::Stage;
use crate::texts::Numbers;

/// How many streams fill it at once.
const STREAMS: usize = 8;
/// How many comments the small draft has.
pub const SMALL: usize = 1_000;
/// One comment of so many is decided, and one of twice so many published.
const DECIDED: usize = 100;
/// The most decisions: each is a change of its own.
const MAX_DECIDED: usize = 5_000;
/// How many decisions go into one call: the contract's own limit.
const BATCH: usize = 1_000;

/// A filled database.
#[derive(Debug, Clone)]
pub struct Large {
    /// Its URL.
    pub url: String,
    /// Who takes part.
    pub cast: Arc<Cast>,
    /// How many comments its large draft has.
    pub comments: usize,
    /// How long the filling took.
    pub took: Duration,
    /// How long it then took until the index of words had them all; none for a build without one.
    pub indexed: Option<Duration>,
}

/// The large draft.
pub fn large() -> String {
    draft(0)
}

/// The small one.
pub fn small() -> String {
    draft(1)
}

impl Large {
    /// Fills a copy of the seed.
    pub async fn make(stage: &Stage, installation: Installation) -> anyhow::Result<Self> {
        let comments = stage.options.comments();
        eprintln!("{comments} comments are submitted by {STREAMS} streams");
        let begun = Instant::now();
        fill(stage, &installation, &large(), comments).await?;
        let took = begun.elapsed();
        fill(stage, &installation, &small(), SMALL).await?;
        decide(&installation, &large(), comments).await?;
        decide(&installation, &small(), SMALL).await?;
        let indexed = index::settled(&installation).await?;
        let (url, cast) = (installation.url.clone(), Arc::clone(&installation.cast));
        installation.stop().await?;
        eprintln!(
            "filled in {:.1} s: {:.0} submissions/s",
            took.as_secs_f64(),
            comments as f64 / took.as_secs_f64()
        );
        Ok(Self { url, cast, comments, took, indexed })
    }
}

/// Submits so many comments to a draft, by streams.
async fn fill(stage: &Stage, installation: &Installation, draft: &str, count: usize) -> anyhow::Result<()> {
    let left = Arc::new(AtomicUsize::new(count));
    let ledger = Arc::new(Ledger::default());
    let streams = installation.lines(STREAMS).await?.into_iter().enumerate().map(|(index, mut line)| {
        let (left, ledger) = (Arc::clone(&left), Arc::clone(&ledger));
        let (texts, draft) = (stage.texts.clone(), draft.to_owned());
        let seed = stage.options.seed.wrapping_mul(31).wrapping_add(index as u64);
        tokio::spawn(async move {
            let mut part = 0;
            while left.load(Ordering::Relaxed) > 0 {
                let (left, texts, draft) = (Arc::clone(&left), texts.clone(), draft.clone());
                let mut numbers = Numbers::new(seed ^ (part << 32));
                part += 1;
                let more = move || {
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                        .ok()?;
                    Some(submission(&texts, &mut numbers, &draft))
                };
                bulk::send(&mut line, &ledger, more).await?;
            }
            anyhow::Ok(())
        })
    });
    let streams: Vec<_> = streams.collect();
    for stream in streams {
        stream.await??;
    }
    Ok(())
}

/// Decides some of a draft's comments, and publishes half of the decisions.
async fn decide(installation: &Installation, draft: &str, comments: usize) -> anyhow::Result<()> {
    const OUTCOMES: [v1::Outcome; 3] =
        [v1::Outcome::Accepted, v1::Outcome::PartiallyAccepted, v1::Outcome::Rejected];
    let mut client = installation.comments_as(&installation.cast.drafter).await?;
    let step = DECIDED.max(comments / MAX_DECIDED);
    let numbers: Vec<i64> = (1..=i64::try_from(comments)?).step_by(step).collect();
    for (batch, numbers) in numbers.chunks(BATCH).enumerate() {
        let decisions =
            numbers.iter().zip(OUTCOMES.iter().cycle()).map(|(number, outcome)| v1::CommentDecision {
                number: *number,
                outcome: (*outcome).into(),
                explanation: "Đã rà soát và tiếp thu một phần theo ý kiến của cơ quan.".to_owned(),
                etag: String::new(),
            });
        let request = v1::BatchDecideCommentsRequest {
            draft: format!("drafts/{draft}"),
            decisions: decisions.collect(),
            ..Default::default()
        };
        answer(client.batch_decide_comments(request).await)?;
        if batch % 2 == 0 {
            let published = numbers.iter().take(BATCH / 2).copied().collect();
            let request = v1::PublishDecisionsRequest {
                draft: format!("drafts/{draft}"),
                numbers: published,
                ..Default::default()
            };
            answer(client.publish_decisions(request).await)?;
        }
    }
    Ok(())
}
