//! The check of a token that was checked before, beside none: ykien's own layer before an RPC that does nothing. And beside
//! the same token that nobody checks.

use super::servers::Empty;
use super::{Any, end, rounds};
use crate::report::{Bound, Report};
use crate::stage::Stage;

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let installation = stage.installation(0).await?;
    let bearer = installation.token(&installation.cast.drafter).await?.header()?.to_owned();
    let without = Empty::new(stage, 64).await?;
    let unchecked = Empty::unchecked(stage, bearer.clone(), 64).await?;
    let checking = Empty::checking(stage, &installation.url, bearer, 64).await?;
    let mut contenders: Vec<Any<'_>> = vec![Box::new(without), Box::new(unchecked), Box::new(checking)];
    let mut report = rounds(stage, "auth", &mut contenders).await?;
    let (all, check) = match report.figures.as_slice() {
        [without, unchecked, checking] => {
            (report.times(&checking.name, &without.name), report.times(&checking.name, &unchecked.name))
        }
        _ => (None, None),
    };
    report.ask_ratio("tokens sent and checked / none", all, Bound::AtLeast(0.9));
    // Of that, what is ykien's: a token is 450 bytes that HTTP/2 encodes and decodes with each call.
    report.ask_ratio("tokens checked / not checked", check, Bound::None);
    end(&mut report, contenders).await?;
    installation.stop().await?;
    Ok(report)
}
