//! The database that every measurement begins with, made through the product's own interfaces and then copied: agencies,
//! their clients, drafts with an open round each, and a few comments as samples of what rows look like.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use prost::Message as _;
use prost::bytes::Bytes;
use ykien::client::answer;
use ykien_domain::time::{Clock as _, SystemClock};
use ykien_proto::v1;

use crate::build::Build;
use crate::installation::{Cast, Credential, Installation};
use crate::stage::Stage;
use crate::texts::{Numbers, Texts};

/// How many agencies are invited.
const AGENCIES: usize = 34;
/// How many drafts there are.
pub const DRAFTS: usize = 64;
/// How many sections each has.
pub const SECTIONS: i64 = 20;
/// How many of them are assigned to an agency each.
const ASSIGNED: usize = 5;
/// How many comments the draft of samples has.
pub const SAMPLES: usize = 16;
/// Rounds are open so long, in seconds.
const OPEN_FOR: i64 = 30 * 24 * 60 * 60;

/// A draft's id.
pub fn draft(index: usize) -> String {
    format!("draft-{index}")
}

/// Who takes part in what this database holds.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Where it is: the name of a PostgreSQL database, or the URL of an SQLite file.
    pub database: String,
    /// Who takes part.
    pub cast: Arc<Cast>,
}

impl Seed {
    /// Fills this database, which has nothing in it.
    pub async fn make(stage: &Stage, build: &Build, database: &str, url: &str) -> anyhow::Result<Self> {
        build.run(url, &["migrate"]).await?;
        let admin = read_credential(&build.run(url, &["admin-credential"]).await?)?;
        let nobody = Cast::of(admin.clone(), admin, Vec::new());
        let mut installation = Installation::start(stage, build, url, Arc::new(nobody)).await?;
        let cast = Arc::new(make_cast(&installation).await?);
        installation.cast = cast.clone();
        make_drafts(&installation, stage).await?;
        installation.stop().await?;
        Ok(Self { database: database.to_owned(), cast })
    }
}

/// The credential that `ykien admin-credential` prints.
fn read_credential(printed: &str) -> anyhow::Result<Credential> {
    let value = |name| {
        printed.lines().find_map(|line| line.trim().strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let (id, secret) = value("client_id").zip(value("client_secret")).with_context(|| printed.to_owned())?;
    Ok(Credential { id, secret })
}

fn agency(index: usize) -> String {
    format!("H37.{index:02}")
}

async fn make_cast(installation: &Installation) -> anyhow::Result<Cast> {
    let admin = installation.cast.admin.clone();
    let bearer = installation.token(&admin).await?;
    let mut credentials = Vec::new();
    // The first one drafts.
    for index in 0..=AGENCIES {
        let name = format!("Cơ quan thứ {index}");
        let new = serde_json::json!({ "code": agency(index), "name": name, "kind": "department" });
        installation.post(&bearer, "v1/agencies", &new).await?;
        let role = if index == 0 { "drafter" } else { "contributor" };
        let id = format!("client-{index}");
        let new = serde_json::json!({ "client_id": id, "agency": agency(index), "role": role, "name": name });
        let made = installation.post(&bearer, "v1/clients", &new).await?;
        let secret = made.get("client_secret").and_then(serde_json::Value::as_str).context("no secret")?;
        credentials.push(Credential { id, secret: secret.to_owned() });
    }
    let drafter = credentials.remove(0);
    Ok(Cast::of(admin, drafter, credentials))
}

async fn make_drafts(installation: &Installation, stage: &Stage) -> anyhow::Result<()> {
    let mut comments = installation.comments_as(&installation.cast.drafter).await?;
    let mut numbers = Numbers::new(stage.options.seed);
    let deadline = SystemClock.now().0 / 1_000_000 + OPEN_FOR;
    let deadline = Some(prost_types::Timestamp { seconds: deadline, nanos: 0 });
    for id in (0..DRAFTS).map(draft).chain(["sample".to_owned()]) {
        let new = v1::Draft {
            title: format!("Dự thảo {}", stage.texts.name(&mut numbers, 8)),
            drafting_agency: format!("agencies/{}", agency(0)),
            ..Default::default()
        };
        let request =
            v1::CreateDraftRequest { draft: Some(new), draft_id: id.clone(), request_id: String::new() };
        let name = answer(comments.create_draft(request).await)?.name;
        let sections = (1..=SECTIONS).map(|number| v1::NewSection {
            level: "article".to_owned(),
            label: format!("Điều {number}"),
            heading: stage.texts.name(&mut numbers, 6),
            body: stage.texts.write(&mut numbers).text,
            ..Default::default()
        });
        let request = v1::CreateVersionRequest {
            draft: name.clone(),
            sections: sections.collect(),
            ..Default::default()
        };
        let made = answer(comments.create_version(request).await)?;
        ensure!(made.section_count == SECTIONS, "{} sections", made.section_count);
        let new = v1::Round { title: "Đợt 1".to_owned(), deadline, ..Default::default() };
        let request =
            v1::CreateRoundRequest { draft: name.clone(), round: Some(new), request_id: String::new() };
        let round = answer(comments.create_round(request).await)?.name;
        let agencies = (1..=AGENCIES).map(|index| format!("agencies/{}", agency(index))).collect();
        let request = v1::InviteAgenciesRequest { round: round.clone(), agencies, request_id: String::new() };
        answer(comments.invite_agencies(request).await)?;
        // Some sections have their own responsible agency: a grouping by it has several groups.
        for number in 1..=ASSIGNED {
            let name = format!("{name}/sections/{number}");
            let agency = format!("agencies/{}", agency(number));
            let request = v1::AssignSectionRequest { name, agency, request_id: String::new() };
            answer(comments.assign_section(request).await)?;
        }
        let request = v1::OpenRoundRequest { name: round, ..Default::default() };
        answer(comments.open_round(request).await)?;
    }
    // As samples of what a submission writes, with a request id each.
    let mut lines = installation.lines(SAMPLES).await?;
    let ledger = crate::ledger::Ledger::default();
    for (line, submission) in lines.iter_mut().zip(submissions(stage, "sample", SAMPLES)) {
        let id = crate::ledger::uuid(ledger.new_id());
        let message = crate::calls::with_request_id(&submission, &id);
        line.call::<crate::calls::Acknowledged>(crate::calls::SUBMIT, message).await?;
    }
    Ok(())
}

/// Encoded submissions to a draft, without request ids.
pub fn submissions(stage: &Stage, draft: &str, count: usize) -> Vec<Bytes> {
    let mut numbers = Numbers::new(stage.options.seed ^ count as u64);
    (0..count).map(|_| submission(&stage.texts, &mut numbers, draft)).collect()
}

/// One encoded submission, without a request id.
pub fn submission(texts: &Texts, numbers: &mut Numbers, draft: &str) -> Bytes {
    let written = texts.write(numbers);
    let section = 1 + numbers.below(SECTIONS as usize);
    let comment = v1::Comment {
        anchor: Some(v1::Anchor {
            kind: v1::AnchorKind::Section.into(),
            section: format!("drafts/{draft}/sections/{section}"),
            quote: String::new(),
        }),
        kind: v1::CommentKind::Substantive.into(),
        text: written.text,
        proposed_change: written.proposed_change,
        ..Default::default()
    };
    let draft = format!("drafts/{draft}");
    v1::SubmitCommentRequest { draft, comment: Some(comment), request_id: String::new() }
        .encode_to_vec()
        .into()
}
