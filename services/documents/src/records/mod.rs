//! The comments of a snapshot as records, one a comment: what the rows of the workbook, of the CSV file and of the JSON file say.

pub mod csv;
pub mod json;
mod totals;

#[cfg(test)]
pub(crate) mod sample;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ykien_domain::ids::{ROOT, SectionId};
use ykien_domain::model::{Comment, Section};
use ykien_domain::query::Group;

pub(crate) use totals::{Split, Totals};

use crate::snapshot::Snapshot;
use crate::words::Language;

/// What a record says of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    Number,
    Section,
    Responsible,
    Agency,
    Quote,
    Title,
    Text,
    ProposedChange,
    Status,
    Explanation,
    AgencyCode,
    Kind,
    Channel,
    Speaker,
    Late,
    DecidedBy,
    Published,
    ImplementedIn,
    Received,
    Round,
    Version,
}

impl Column {
    /// All, in the order of the columns: what people read and print first.
    pub(crate) const ALL: [Self; 21] = [
        Self::Number,
        Self::Section,
        Self::Responsible,
        Self::Agency,
        Self::Quote,
        Self::Title,
        Self::Text,
        Self::ProposedChange,
        Self::Status,
        Self::Explanation,
        Self::AgencyCode,
        Self::Kind,
        Self::Channel,
        Self::Speaker,
        Self::Late,
        Self::DecidedBy,
        Self::Published,
        Self::ImplementedIn,
        Self::Received,
        Self::Round,
        Self::Version,
    ];

    /// The column that says which group a comment stands in.
    pub(crate) fn of(group: Group) -> Self {
        match group {
            Group::Section => Self::Section,
            Group::Status => Self::Status,
            Group::Agency => Self::Agency,
            Group::Responsible => Self::Responsible,
        }
    }

    /// What stands above it.
    pub(crate) fn heading(self, language: Language) -> &'static str {
        match self {
            Self::Number => language.of("Số", "No."),
            Self::Section => language.of("Mục", "Section"),
            Self::Responsible => language.of("Cơ quan chịu trách nhiệm", "Responsible agency"),
            Self::Agency => language.of("Cơ quan góp ý", "Agency"),
            Self::Quote => {
                language.of("Nội dung được trích dẫn hoặc còn thiếu", "Words quoted, or what is missing")
            }
            Self::Title => language.of("Tiêu đề", "Title"),
            Self::Text => language.of("Nội dung góp ý", "Comment"),
            Self::ProposedChange => language.of("Đề xuất sửa đổi", "Proposed change"),
            Self::Status => language.of("Trạng thái", "Status"),
            Self::Explanation => language.of("Tiếp thu, giải trình", "Explanation"),
            Self::AgencyCode => language.of("Mã cơ quan", "Agency code"),
            Self::Kind => language.of("Loại ý kiến", "Kind"),
            Self::Channel => language.of("Hình thức", "Channel"),
            Self::Speaker => language.of("Người phát biểu", "Speaker"),
            Self::Late => language.of("Gửi muộn", "Late"),
            Self::DecidedBy => language.of("Cơ quan quyết định", "Decided by"),
            Self::Published => language.of("Đã công bố", "Published"),
            Self::ImplementedIn => language.of("Thể hiện tại bản dự thảo", "Implemented in version"),
            Self::Received => language.of("Thời điểm nhận", "Received"),
            Self::Round => language.of("Đợt lấy ý kiến", "Round"),
            Self::Version => language.of("Góp ý cho bản dự thảo", "Version"),
        }
    }
}

/// What stands in a record's cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// Nothing.
    Empty,
    /// A number.
    Number(i64),
    /// A text, not empty.
    Text(Cow<'a, str>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.into()) }
    }
}

/// What the codes and words of a comment are called, in one language.
pub(crate) struct Names<'a> {
    snapshot: &'a Snapshot,
    language: Language,
    sections: BTreeMap<SectionId, String>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, language: Language) -> Self {
        let known: BTreeMap<SectionId, &Section> =
            snapshot.sections.iter().map(|section| (section.id, section)).collect();
        let sections = known.keys().map(|id| (*id, path(&known, *id, language))).collect();
        Self { snapshot, language, sections }
    }

    /// A section with those above it: `IV. Tồn tại › 2. Nguyên nhân`.
    pub(crate) fn section(&self, id: SectionId) -> Cow<'_, str> {
        match self.sections.get(&id) {
            Some(path) => path.into(),
            None => format!("#{id}").into(),
        }
    }

    /// What a record says in this column.
    pub(crate) fn value<'b>(&'b self, column: Column, comment: &'b Comment) -> Value<'b> {
        let language = self.language;
        let mark = |holds| if holds { Value::from(language.of("Có", "Yes")) } else { Value::Empty };
        let decision = comment.decision.as_ref();
        match column {
            Column::Number => Value::Number(comment.number),
            Column::Section => Value::Text(self.section(comment.content.anchor.section)),
            Column::Responsible => self.snapshot.short_name(&comment.responsible).into(),
            Column::Agency => self.snapshot.short_name(&comment.agency).into(),
            Column::Quote => comment.content.anchor.quote.as_str().into(),
            Column::Title => comment.content.title.as_str().into(),
            Column::Text => comment.content.text.as_str().into(),
            Column::ProposedChange => comment.content.proposed_change.as_str().into(),
            Column::Status => language.status(comment.status).into(),
            Column::Explanation => decision.map_or("", |decision| &decision.explanation).into(),
            Column::AgencyCode => comment.agency.as_str().into(),
            Column::Kind => language.kind(comment.content.kind.0).into(),
            Column::Channel => match comment.channel {
                ykien_domain::words::Channel::Written => language.of("Bằng văn bản", "Written"),
                ykien_domain::words::Channel::Meeting => language.of("Tại cuộc họp", "Meeting"),
            }
            .into(),
            Column::Speaker => language.person(&comment.speaker).into(),
            Column::Late => mark(comment.late),
            Column::DecidedBy => decision.map_or("", |made| self.snapshot.short_name(&made.agency)).into(),
            Column::Published => mark(decision.is_some_and(|decision| decision.published)),
            Column::ImplementedIn => {
                decision.and_then(|decision| decision.implemented_in).map_or(Value::Empty, Value::Number)
            }
            Column::Received => Value::Text(comment.created_at.to_string().into()),
            Column::Round => Value::Number(comment.round),
            Column::Version => Value::Number(comment.version),
        }
    }
}

/// The path of a section from the top down to itself, each with its label and heading.
fn path(known: &BTreeMap<SectionId, &Section>, id: SectionId, language: Language) -> String {
    if id == ROOT {
        return language.of("Toàn văn dự thảo", "Whole document").to_owned();
    }
    let mut steps = Vec::new();
    let mut at = known.get(&id);
    // A tree is no deeper than it has sections, whatever its parents say.
    while let Some(section) = at.filter(|section| section.id != ROOT && steps.len() < known.len()) {
        let Section { label, heading, removed, .. } = section;
        let between = match (label.is_empty() || heading.is_empty(), label.ends_with(['.', ')', ':'])) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => ". ",
        };
        let removed = if *removed { language.of(" (đã bỏ)", " (removed)") } else { "" };
        steps.push(format!("{label}{between}{heading}{removed}"));
        at = section.parent.and_then(|parent| known.get(&parent));
    }
    steps.reverse();
    steps.join(" › ")
}

/// Why a file of records could not be written, for whoever asked for it.
pub(crate) fn unwritten(what: &str) -> ykien_domain::Error {
    ykien_domain::Error::new(ykien_domain::Reason::Internal, format!("the {what} file could not be written"))
}

/// Checks that as many comments were listed as were counted: a document that drops one must not leave the house.
///
/// # Errors
/// `INTERNAL`.
pub(crate) fn check_all_listed(snapshot: &Snapshot, listed: i64) -> ykien_domain::Result<()> {
    let counted: i64 = snapshot.counts.iter().map(|count| count.count).sum();
    if listed == counted {
        return Ok(());
    }
    let message = format!("{listed} comments were listed where {counted} were counted");
    Err(ykien_domain::Error::new(ykien_domain::Reason::Internal, message))
}
