//! The words for people, in Vietnamese and English: one table for all documents.

use ykien_domain::words::{Document, Kind, Outcome, Stance, Status};

/// The language of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Vietnamese, Language::English];

    /// `vi` or `en`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.of("vi", "en")
    }

    /// The language of a word; none for another.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == word)
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub fn of<T>(self, vietnamese: T, english: T) -> T {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }

    /// A person's name; what stands where it was erased, in this language.
    #[must_use]
    pub fn person(self, name: &str) -> &str {
        if name == ykien_domain::person::ERASED { self.of(name, "(erased)") } else { name }
    }

    /// What a document is called.
    #[must_use]
    pub fn document(self, document: Document) -> &'static str {
        match document {
            Document::Summary => {
                self.of("Bản tổng hợp ý kiến, tiếp thu, giải trình", "Consolidated comments and decisions")
            }
            Document::Slip => self.of("Phiếu trả lời ý kiến góp ý", "Return slip"),
            Document::Directives => {
                self.of("Báo cáo việc thực hiện ý kiến chỉ đạo", "Report on the directives")
            }
            Document::CommentSheet => self.of("Phiếu góp ý", "Comment sheet"),
            Document::DecisionSheet => self.of("Phiếu tiếp thu, giải trình", "Decision sheet"),
            Document::IsoForm => self.of("Mẫu góp ý ISO", "ISO commenting form"),
        }
    }

    /// What a status is called.
    #[must_use]
    pub fn status(self, status: Status) -> &'static str {
        match status {
            Status::Pending => self.of("Chờ xử lý", "Pending"),
            Status::Accepted => self.of("Tiếp thu", "Accepted"),
            Status::PartiallyAccepted => self.of("Tiếp thu một phần", "Partially accepted"),
            Status::Rejected => self.of("Không tiếp thu", "Rejected"),
            Status::Withdrawn => self.of("Đã rút", "Withdrawn"),
        }
    }

    /// What an outcome is called: as the status that it leads to.
    #[must_use]
    pub fn outcome(self, outcome: Outcome) -> &'static str {
        self.status(outcome.status())
    }

    /// What a kind of comment is called.
    #[must_use]
    pub fn kind(self, kind: Kind) -> &'static str {
        match kind {
            Kind::General => self.of("Chung", "General"),
            Kind::Substantive => self.of("Nội dung", "Substantive"),
            Kind::Technical => self.of("Số liệu, kỹ thuật", "Technical"),
            Kind::Editorial => self.of("Câu chữ, thể thức", "Editorial"),
            Kind::Question => self.of("Câu hỏi", "Question"),
        }
    }

    /// What a stance is called.
    #[must_use]
    pub fn stance(self, stance: Stance) -> &'static str {
        match stance {
            Stance::Agrees => self.of("Nhất trí", "Agrees"),
            Stance::AgreesWithComments => self.of("Nhất trí, có ý kiến", "Agrees, with comments"),
            Stance::Disagrees => self.of("Không nhất trí", "Disagrees"),
            Stance::NoComment => self.of("Không có ý kiến", "No comment"),
        }
    }
}
