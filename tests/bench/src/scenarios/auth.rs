//! The check of a token that was checked before, beside none: ykien's own layer before an RPC that does nothing.

use super::servers::Empty;
use super::{Any, end, rounds};
use crate::report::{Bound, Report};
use crate::stage::Stage;

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Report> {
    let installation = stage.installation(0).await?;
    let bearer = installation.token(&installation.cast.drafter).await?.header()?.to_owned();
    let without = Empty::new(stage, 64).await?;
    let checking = Empty::checking(stage, &installation.url, bearer, 64).await?;
    let mut contenders: Vec<Any<'_>> = vec![Box::new(without), Box::new(checking)];
    let mut report = rounds(stage, "auth", &mut contenders).await?;
    let times = match report.figures.as_slice() {
        [without, checking] => report.times(&checking.name, &without.name),
        _ => None,
    };
    report.ask_ratio("tokens checked / no check", times, Bound::AtLeast(0.9));
    end(&mut report, contenders).await?;
    installation.stop().await?;
    Ok(report)
}
