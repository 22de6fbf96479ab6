//! What the demo shows: asked from the aggregation service, as tables.

use std::collections::BTreeMap;

use anyhow::Context as _;
use ykien_proto::v1;

use super::table::Align::{Left, Right};
use super::table::{Table, cut};
use crate::client::{self, Aggregation, Comments};
use crate::comments_import::places;

/// The columns of a section's name.
const SECTION_WIDTH: usize = 52;
/// The columns of a directive's text.
const TEXT_WIDTH: usize = 78;

/// The statuses in the order of the columns, with their headings.
const STATUSES: [(v1::CommentStatus, &str, &str); 5] = [
    (v1::CommentStatus::Pending, "Chờ xử lý", "Pending"),
    (v1::CommentStatus::Accepted, "Tiếp thu", "Accepted"),
    (v1::CommentStatus::PartiallyAccepted, "Một phần", "Partly"),
    (v1::CommentStatus::Rejected, "Không TT", "Rejected"),
    (v1::CommentStatus::Withdrawn, "Đã rút", "Withdrawn"),
];

/// What the tables were made of, for whoever checks them.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The tables as they were printed.
    pub text: String,
    /// The draft's revision that they hold for.
    pub revision: i64,
    /// All comments.
    pub total: i64,
    /// How many comments stand in each status, by its word in lower case: `pending`, `accepted` …
    pub by_status: BTreeMap<String, i64>,
    /// How many agencies stand in each state of reply: `replied`, `late`, `assent_by_silence` …
    pub by_reply: BTreeMap<String, i64>,
    /// How many directives are open.
    pub open_directives: usize,
    /// What is left to do, by the reconciliation.
    pub remainder: i64,
}

/// Asks, and makes the tables.
pub(super) struct Printer<'a> {
    pub comments: Comments,
    pub aggregation: Aggregation,
    pub draft: String,
    /// The agencies' short names by code.
    pub names: BTreeMap<&'a str, &'a str>,
}

impl Printer<'_> {
    /// Every table.
    pub(super) async fn show(&mut self) -> anyhow::Result<Shown> {
        let mut shown = Shown::default();
        self.sections(&mut shown).await?;
        self.agencies(&mut shown).await?;
        let directives = self.directives().await?;
        self.responsible(&mut shown, &directives).await?;
        self.progress(&mut shown).await?;
        self.ordered(&mut shown, &directives);
        self.remainder(&mut shown).await?;
        Ok(shown)
    }

    async fn aggregate(&mut self, group_by: &[v1::Dimension]) -> anyhow::Result<v1::AggregateResponse> {
        let request = v1::AggregateRequest {
            draft: self.draft.clone(),
            group_by: group_by.iter().map(|dimension| (*dimension).into()).collect(),
            ..v1::AggregateRequest::default()
        };
        client::answer(self.aggregation.aggregate(request).await).context("the counts")
    }

    /// Section × status, each section with everything below it.
    async fn sections(&mut self, shown: &mut Shown) -> anyhow::Result<()> {
        let total = self.aggregate(&[v1::Dimension::Status]).await?;
        shown.revision = total.revision;
        shown.total = total.total;
        for row in &total.rows {
            let status = row.key.as_ref().map(v1::AggregateKey::status).unwrap_or_default();
            let word = status.as_str_name().trim_start_matches("COMMENT_STATUS_").to_ascii_lowercase();
            shown.by_status.insert(word, row.count);
        }
        let counts = self.aggregate(&[v1::Dimension::Section, v1::Dimension::Status]).await?;
        let mut cells: BTreeMap<(String, i32), (i64, i64)> = BTreeMap::new();
        for row in counts.rows {
            let key = row.key.unwrap_or_default();
            cells.insert((key.section.clone(), key.status), (row.count, row.subtree_count));
        }
        let mut columns = vec![("Mục", "Section", Left), ("Tổng", "All", Right), ("Riêng", "Own", Right)];
        columns.extend(STATUSES.map(|(_, vi, en)| (vi, en, Right)));
        let title = "Ý kiến theo mục và trạng thái (gồm các mục con) / comments by section and status (with subsections)";
        let mut table = Table::new(title, &columns);
        for section in places::tree(&mut self.comments, &self.draft).await? {
            let cell = |status: v1::CommentStatus| cells.get(&(section.name.clone(), status.into())).copied();
            let by_status = STATUSES.map(|(status, _, _)| cell(status).unwrap_or_default());
            let all: i64 = by_status.iter().map(|(_, subtree)| subtree).sum();
            if all > 0 {
                let own = by_status.iter().map(|(own, _)| own).sum();
                let mut counts = vec![all, own];
                counts.extend(by_status.map(|(_, subtree)| subtree));
                table.counts(&[&section_title(&section)], &counts);
            }
        }
        shown.text.push_str(&table.render());
        Ok(())
    }

    /// Agency × status.
    async fn agencies(&mut self, shown: &mut Shown) -> anyhow::Result<()> {
        let counts = self.aggregate(&[v1::Dimension::Agency, v1::Dimension::Status]).await?;
        let by_agency = pivot(counts.rows, |key| &key.agency);
        let mut columns =
            vec![("Mã", "Code", Left), ("Cơ quan góp ý", "Agency", Left), ("Tổng", "All", Right)];
        columns.extend(STATUSES.map(|(_, vi, en)| (vi, en, Right)));
        let mut table =
            Table::new("Ý kiến theo cơ quan và trạng thái / comments by agency and status", &columns);
        for (agency, by_status) in &by_agency {
            let mut counts = vec![by_status.iter().sum()];
            counts.extend(by_status);
            table.counts(&[code(agency), self.name(agency)], &counts);
        }
        shown.text.push_str(&table.render());
        Ok(())
    }

    /// Who answers for how much, and what of it is still open.
    async fn responsible(&mut self, shown: &mut Shown, directives: &[v1::Directive]) -> anyhow::Result<()> {
        let counts = self.aggregate(&[v1::Dimension::ResponsibleAgency, v1::Dimension::Status]).await?;
        let mut by_agency = pivot(counts.rows, |key| &key.responsible_agency);
        for directive in directives {
            by_agency.entry(directive.responsible_agency.clone()).or_default();
        }
        let columns = [
            ("Mã", "Code", Left),
            ("Cơ quan chịu trách nhiệm", "Responsible agency", Left),
            ("Ý kiến", "Comments", Right),
            ("Còn chờ", "Still open", Right),
            ("Chỉ đạo còn lại", "Directives open", Right),
        ];
        let mut table = Table::new(
            "Cơ quan chịu trách nhiệm và việc còn lại / who answers, and what is still open",
            &columns,
        );
        for (agency, by_status) in &by_agency {
            let mine = directives.iter().filter(|directive| directive.responsible_agency == *agency);
            let open = i64::try_from(mine.filter(|directive| !directive.completed).count())?;
            let [pending, ..] = by_status;
            table.counts(&[code(agency), self.name(agency)], &[by_status.iter().sum(), *pending, open]);
        }
        shown.text.push_str(&table.render());
        Ok(())
    }

    /// Who has answered, and who has not.
    async fn progress(&mut self, shown: &mut Shown) -> anyhow::Result<()> {
        let request = v1::GetProgressRequest { draft: self.draft.clone(), round: String::new() };
        let progress =
            client::answer(self.aggregation.get_progress(request).await).context("the progress")?;
        let columns = [
            ("Mã", "Code", Left),
            ("Cơ quan", "Agency", Left),
            ("Tình trạng", "State", Left),
            ("Ý kiến", "Comments", Right),
        ];
        let title = "Chưa trả lời, trả lời muộn / not answered, or late";
        let mut table = Table::new(title, &columns);
        let mut basis = String::new();
        for reply in progress.replies {
            let state = reply.state();
            let word = state.as_str_name().trim_start_matches("REPLY_STATE_").to_ascii_lowercase();
            *shown.by_reply.entry(word).or_default() += 1;
            if state != v1::ReplyState::Replied {
                let count = reply.comment_count;
                table.counts(&[code(&reply.agency), self.name(&reply.agency), reply_word(state)], &[count]);
            }
            if !reply.silence_basis.is_empty() {
                basis = reply.silence_basis;
            }
        }
        shown.text.push_str(&table.render());
        let counts: Vec<String> =
            shown.by_reply.iter().map(|(word, count)| format!("{word} {count}")).collect();
        shown.text.push_str(&format!("  {}\n", counts.join(", ")));
        if !basis.is_empty() {
            shown.text.push_str(&format!("  Căn cứ / legal basis: {basis}\n"));
        }
        Ok(())
    }

    async fn directives(&mut self) -> anyhow::Result<Vec<v1::Directive>> {
        let request = v1::ListDirectivesRequest {
            draft: self.draft.clone(),
            page_size: 1_000,
            ..v1::ListDirectivesRequest::default()
        };
        Ok(client::answer(self.comments.list_directives(request).await).context("the directives")?.directives)
    }

    /// The directives.
    fn ordered(&self, shown: &mut Shown, directives: &[v1::Directive]) {
        let columns = [
            ("Số", "No.", Right),
            ("Thời hạn", "Due", Left),
            ("Cơ quan", "Agency", Left),
            ("Tình trạng", "State", Left),
            ("Nội dung", "Text", Left),
        ];
        let mut table = Table::new("Ý kiến chỉ đạo / directives", &columns);
        for directive in directives {
            let number = directive.name.rsplit('/').next().unwrap_or_default().to_owned();
            let state = if directive.completed { "xong / done" } else { "chưa xong / open" };
            let agency = self.name(&directive.responsible_agency).to_owned();
            table.row([
                number,
                directive.due_date.clone(),
                agency,
                state.to_owned(),
                cut(&directive.text, TEXT_WIDTH),
            ]);
        }
        shown.open_directives = directives.iter().filter(|directive| !directive.completed).count();
        shown.text.push_str(&table.render());
    }

    /// What is left, by the reconciliation.
    async fn remainder(&mut self, shown: &mut Shown) -> anyhow::Result<()> {
        let request = v1::ReconcileRequest { draft: self.draft.clone() };
        let left = client::answer(self.aggregation.reconcile(request).await).context("the reconciliation")?;
        shown.remainder = left.remainder;
        shown.text.push_str(&format!(
            "\nĐối chiếu / reconciliation at revision {}: {} received, {} found, {} pending, {} not published, {} directives \
             open, {} agencies unanswered; {} left\n",
            left.revision,
            left.received,
            left.found,
            left.pending_comments.len(),
            left.unpublished_comments.len(),
            left.open_directives.len(),
            left.unanswered.len(),
            left.remainder,
        ));
        Ok(())
    }

    fn name<'n>(&'n self, agency: &'n str) -> &'n str {
        self.names.get(code(agency)).copied().unwrap_or_else(|| code(agency))
    }
}

/// The counts of each key, in the order of [`STATUSES`].
fn pivot(
    rows: Vec<v1::AggregateRow>,
    of: impl Fn(&v1::AggregateKey) -> &String,
) -> BTreeMap<String, [i64; 5]> {
    let mut table: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    for row in rows {
        let key = row.key.unwrap_or_default();
        let place = STATUSES.iter().position(|(status, _, _)| *status == key.status());
        let counts = table.entry(of(&key).clone()).or_default();
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count = row.count;
        }
    }
    table
}

fn code(agency: &str) -> &str {
    agency.strip_prefix("agencies/").unwrap_or(agency)
}

/// A section's line: as deep as it stands.
fn section_title(section: &v1::Section) -> String {
    if section.position == 0 {
        return "Toàn bộ dự thảo / whole draft".to_owned();
    }
    let indent = "  ".repeat(usize::try_from(section.depth - 1).unwrap_or(0));
    let gap = if section.label.is_empty() || section.heading.is_empty() { "" } else { ". " };
    cut(&format!("{indent}{}{gap}{}", section.label, section.heading), SECTION_WIDTH)
}

fn reply_word(state: v1::ReplyState) -> &'static str {
    match state {
        v1::ReplyState::Replied => "đã trả lời / replied",
        v1::ReplyState::Late => "muộn / late",
        v1::ReplyState::InProgress => "chưa ký / in progress",
        v1::ReplyState::Silent => "chưa trả lời / silent",
        v1::ReplyState::AssentBySilence => "coi như nhất trí / assent by silence",
        v1::ReplyState::Uninvited => "ngoài danh sách / uninvited",
        v1::ReplyState::Unspecified => "?",
    }
}
