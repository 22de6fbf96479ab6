//! The consultation before anybody has answered: set up through the admin API, as an installation's office does it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use serde_json::{Value, json};
use ykien::client::Bearer;
use ykien_domain::time::{Clock as _, SystemClock};
use ykien_proto::v1;

use super::admin_api::{AdminApi, log_in, text};
use super::case::{Case, Comment, DRAFTER, Letter};

/// The draft's resource name.
pub const DRAFT: &str = "drafts/nq20";
const PATH: &str = "/v1/drafts/nq20";
/// Long enough that nothing of the case comes late.
const OPEN_SECONDS: i64 = 24 * 60 * 60;

/// What the agencies need to know.
pub struct Consultation {
    /// The drafting agency's way to the admin API.
    pub drafter_api: AdminApi,
    /// Each agency's token: it lives longer than the test.
    bearers: BTreeMap<String, Bearer>,
    /// The ids of the sections by their paths of labels.
    sections: HashMap<String, i64>,
}

impl Consultation {
    /// Makes the agencies, their clients, the draft from its text, who answers for its sections, the round, the roster
    /// and the directives, and opens the round.
    pub async fn open(root: &str, admin: &AdminApi, case: &Case) -> anyhow::Result<Self> {
        let mut bearers = BTreeMap::new();
        for agency in &case.agencies {
            let body = json!({ "code": agency.code, "name": agency.name_vi, "short_name": agency.short_vi,
                "english_name": agency.name_en, "kind": agency.kind() });
            admin.post("/v1/agencies", body).await?;
            let role = if agency.code == DRAFTER { "drafter" } else { "contributor" };
            let id = agency.code.to_lowercase().replace('.', "-");
            let made = admin
                .post("/v1/clients", json!({ "client_id": id, "agency": agency.code, "role": role }))
                .await?;
            let bearer = log_in(root, &id, text(&made, "client_secret")?).await?;
            bearers.insert(agency.code.clone(), bearer);
        }
        let drafter_api = AdminApi::new(root, bearers[DRAFTER].clone());
        let body = json!({ "id": "nq20", "title": "Báo cáo tổng kết 10 năm", "drafting_agency": DRAFTER });
        drafter_api.post("/v1/drafts", body).await?;
        drafter_api.post_document(&format!("{PATH}/versions"), case.draft).await?;
        let listed = drafter_api.get(&format!("{PATH}/sections?page_size=1000")).await?;
        let this = Self { drafter_api, bearers, sections: paths(&listed)? };
        this.prepare(case).await?;
        Ok(this)
    }

    async fn prepare(&self, case: &Case) -> anyhow::Result<()> {
        for assignment in &case.sections {
            let path = format!("{PATH}/sections/{}/responsible", self.section(&assignment.section)?);
            self.drafter_api.put(&path, json!({ "agency": assignment.agency })).await?;
        }
        let deadline = SystemClock.now().plus_seconds(OPEN_SECONDS).to_string();
        let round = json!({ "title": "Lấy ý kiến", "deadline": deadline, "silence_rule": "assent",
            "silence_basis": "Công văn lấy ý kiến" });
        self.drafter_api.post(&format!("{PATH}/rounds"), round).await?;
        let roster = json!({ "agencies": case.invited() });
        self.drafter_api.post(&format!("{PATH}/rounds/1/roster"), roster).await?;
        let open = self.drafter_api.post(&format!("{PATH}/rounds/1/open"), json!({})).await?;
        anyhow::ensure!(text(&open, "state")? == "open", "{open}");
        for directive in &case.directives {
            let body = json!({ "text": directive.text, "section": self.section(&directive.section)?,
                "responsible_agency": directive.responsible, "due_date": directive.due,
                "issued_by": directive.issued_by, "issue_date": directive.issued_on });
            self.drafter_api.post(&format!("{PATH}/directives"), body).await?;
        }
        Ok(())
    }

    /// Says what was done on a directive.
    pub async fn complete_directive(&self, number: usize) -> anyhow::Result<()> {
        let body = json!({ "note": "Đã cập nhật trong dự thảo" });
        self.drafter_api.post(&format!("{PATH}/directives/{number}/completion"), body).await?;
        Ok(())
    }

    /// Closes the round before its deadline, though comments are pending.
    pub async fn close_round(&self) -> anyhow::Result<()> {
        let body = json!({ "allow_early": true, "allow_pending": true });
        let closed = self.drafter_api.post(&format!("{PATH}/rounds/1/close"), body).await?;
        anyhow::ensure!(text(&closed, "state")? == "closed", "{closed}");
        Ok(())
    }

    /// An agency's token.
    pub fn bearer(&self, agency: &str) -> anyhow::Result<&Bearer> {
        self.bearers.get(agency).with_context(|| format!("{agency} has no client"))
    }

    fn section(&self, path: &str) -> anyhow::Result<i64> {
        self.sections.get(path).copied().with_context(|| format!("the draft has no section {path}"))
    }

    /// A place in the draft.
    pub fn anchor(&self, path: &str, quote: &str) -> anyhow::Result<v1::Anchor> {
        let section = match self.section(path)? {
            0 => String::new(),
            id => format!("{DRAFT}/sections/{id}"),
        };
        Ok(v1::Anchor { kind: 0, section, quote: quote.to_owned() })
    }

    /// A comment of the case as it is sent.
    pub fn comment(&self, comment: &Comment) -> anyhow::Result<v1::Comment> {
        let word = format!("COMMENT_KIND_{}", comment.kind.to_uppercase());
        Ok(v1::Comment {
            anchor: Some(self.anchor(&comment.section, &comment.quote)?),
            kind: v1::CommentKind::from_str_name(&word).context(word)?.into(),
            text: comment.text.clone(),
            proposed_change: comment.proposed_change.clone(),
            ..v1::Comment::default()
        })
    }
}

/// A letter as it is sent.
pub fn response(letter: &Letter) -> anyhow::Result<v1::Response> {
    let word = format!("STANCE_{}", letter.stance.to_uppercase());
    Ok(v1::Response {
        stance: v1::Stance::from_str_name(&word).context(word)?.into(),
        letter_number: letter.letter_number.clone(),
        letter_date: letter.letter_date.clone(),
        signer: letter.signer.clone(),
        capacity: letter.capacity.clone(),
        ..v1::Response::default()
    })
}

/// The sections' ids by their paths of labels; the empty path is the whole document.
fn paths(listed: &Value) -> anyhow::Result<HashMap<String, i64>> {
    let mut by_id: HashMap<i64, String> = HashMap::new();
    for section in listed["items"].as_array().context("no sections")? {
        let label = match text(section, "label")? {
            "" => text(section, "heading")?,
            label => label,
        };
        let above = section["parent"].as_i64().and_then(|parent| by_id.get(&parent)).cloned();
        let path = match above {
            None => String::new(),
            Some(above) if above.is_empty() => label.to_owned(),
            Some(above) => format!("{above}/{label}"),
        };
        by_id.insert(section["id"].as_i64().context("a section without an id")?, path);
    }
    Ok(by_id.into_iter().map(|(id, path)| (path, id)).collect())
}
