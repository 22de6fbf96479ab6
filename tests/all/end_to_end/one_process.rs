//! `ykien demo --once`: the whole case in one process on the embedded database.

use std::collections::BTreeMap;

use super::case::{Case, tally};
use super::process::{self, Environment};

/// The columns of statuses, in the order in which the tables have them.
const STATUSES: [&str; 5] = ["pending", "accepted", "partially_accepted", "rejected", "withdrawn"];
/// How many decisions the demo publishes.
const PUBLISHED: usize = 120;

#[tokio::test]
async fn the_demo_prints_the_totals_that_its_case_has_and_its_database_verifies() -> anyhow::Result<()> {
    let case = Case::read()?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data").display().to_string();
    let demo = ["demo", "--once", "--data", &data];
    let printed = process::run(&demo, &Environment::new()).await?.printed()?;

    let statuses = case.statuses(&case.decisions)?;
    assert!(printed.contains(&format!("\n{} comments at revision ", case.total())), "{printed}");
    let expected = counts(statuses.iter().map(|(_, status)| *status));
    // The whole draft's row has everything below it: all, its own, and each status.
    let whole = row(&printed, "Toàn bộ dự thảo / whole draft");
    assert_eq!((whole[0], &whole[2..]), (i64::try_from(case.total())?, &expected[..]), "{printed}");

    let mut by_agency: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (agency, status) in &statuses {
        by_agency.entry(agency).or_default().push(status);
    }
    let table = printed.split_once("comments by agency and status").map_or("", |(_, rest)| rest);
    for (agency, statuses) in by_agency {
        let mut expected = vec![i64::try_from(statuses.len())?];
        expected.extend(counts(statuses.iter().copied()));
        assert_eq!(row(table, agency), expected, "{agency}: {printed}");
    }

    let replies = tally(case.replies(true, "assent_by_silence").into_iter().map(|(_, state)| state));
    let words: Vec<String> = replies.iter().map(|(word, count)| format!("{word} {count}")).collect();
    assert!(printed.contains(&format!("\n  {}\n", words.join(", "))), "{words:?}: {printed}");

    let (total, pending, unanswered) = (case.total(), expected[0], replies["in_progress"]);
    let (unpublished, directives) = (case.decisions.len() - PUBLISHED, case.directives.len());
    let left = i64::try_from(unpublished + directives)? + pending + unanswered;
    let reconciled = format!(
        ": {total} received, {total} found, {pending} pending, {unpublished} not published, {directives} directives open, \
         {unanswered} agencies unanswered; {left} left\n"
    );
    assert!(printed.contains(&reconciled), "{reconciled}: {printed}");

    let verified = process::run(&["verify", "--data", &data], &Environment::new()).await?.printed()?;
    assert!(verified.contains(&format!("1 drafts, {total} comments")), "{verified}");
    assert!(verified.contains("no differences") && !verified.contains("difference:"), "{verified}");

    let (events, here) = audited(&data).await?;
    assert!(events > total && here == events, "{here} of {events} events came over this machine's ports");

    let again = process::run(&demo, &Environment::new()).await?.printed()?;
    assert_eq!(again, printed, "a second run finds the case, and shows the same");
    Ok(())
}

#[tokio::test]
async fn who_stops_a_new_installation_while_it_starts_has_its_credential_and_a_clean_end()
-> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data").display().to_string();
    let any_port = "127.0.0.1:0".to_owned();
    let ports = ["YKIEN_COMMENTS_LISTEN", "YKIEN_AGGREGATION_LISTEN", "YKIEN_ADMIN_LISTEN"];
    let environment = Environment::from(ports.map(|port| (port, any_port.clone())));
    let serve = ["serve", "--data", &data];
    let first = process::stopped_at_its_first_line(&serve, &environment).await?;
    assert_eq!(first.code, Some(0), "{first:#?}");
    assert!(first.stdout.contains("client_secret") && first.stderr.contains("stopping"), "{first:#?}");
    let again = process::stopped_at_its_first_line(&serve, &environment).await?;
    assert!(again.code == Some(0) && !again.stdout.contains("client_secret"), "{again:#?}");
    Ok(())
}

/// How many events of the draft's log were made by clients, and how many of them say that they came from this machine. The
/// log is under a seal.
async fn audited(data: &str) -> anyhow::Result<(usize, usize)> {
    let sealed = process::run(&["audit", "seal", "--data", data], &Environment::new()).await?.printed()?;
    let heads = sealed.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
    let head = heads.iter().find(|head| head["draft"] != "").ok_or_else(|| anyhow::anyhow!("{sealed}"))?;
    let draft = head["draft"].as_str().unwrap_or_default();
    let export = ["audit", "export", "--data", data, "--draft", draft];
    let log = process::run(&export, &Environment::new()).await?.printed()?;
    let lines = log.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
    assert_eq!(lines.last().map(|line| &line["seal"]), Some(head), "the log ends with its newest seal");
    let events = lines.iter().map(|line| &line["event"]).filter(|event| event.is_object());
    let by_clients: Vec<_> = events.filter(|event| event["client"] != "installation").collect();
    let here = by_clients.iter().filter(|event| event["address"] == "127.0.0.1").count();
    Ok((by_clients.len(), here))
}

/// How many have each status.
fn counts<'a>(statuses: impl Iterator<Item = &'a str>) -> Vec<i64> {
    let counts = tally(statuses);
    STATUSES.iter().map(|status| counts.get(*status).copied().unwrap_or(0)).collect()
}

/// The numbers of the first row that begins with this text; a dot is zero.
fn row(text: &str, begin: &str) -> Vec<i64> {
    let line = text.lines().find(|line| line.trim_start().starts_with(begin)).unwrap_or_default();
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    cells.filter_map(|cell| if cell == "·" { Some(0) } else { cell.parse().ok() }).collect()
}
