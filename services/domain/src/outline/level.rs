/// What kind of heading a [`super::Node`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// A document issued together with another (*văn bản ban hành kèm theo*), which restarts the numbering.
    Document,
    /// *Phần*; also the `A.` of a report.
    Part,
    /// *Chương*.
    Chapter,
    /// *Mục*.
    Section,
    /// *Tiểu mục*.
    Subsection,
    /// *Điều*.
    Article,
    /// *Khoản*: `1.` or `1)` in an article.
    Clause,
    /// *Điểm*: `a)` or `đ)` in an article.
    Point,
    /// *Phụ lục*, Appendix, Annex.
    Appendix,
    /// *Mẫu số*, *Biểu*.
    Form,
    /// `I.` in a report.
    Roman,
    /// `1.` or `1.1.` in a report.
    Number,
    /// `a)` or `a.` in a report.
    Letter,
    /// A paragraph that starts with a dash in a report.
    Dash,
    /// A Markdown heading of 1 to 6 marks, or an English numbered heading of that depth.
    Heading(u8),
}

impl Level {
    /// The name in lower snake case, as stored and sent: `part`, `article`, `h1`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Part => "part",
            Self::Chapter => "chapter",
            Self::Section => "section",
            Self::Subsection => "subsection",
            Self::Article => "article",
            Self::Clause => "clause",
            Self::Point => "point",
            Self::Appendix => "appendix",
            Self::Form => "form",
            Self::Roman => "roman",
            Self::Number => "number",
            Self::Letter => "letter",
            Self::Dash => "dash",
            Self::Heading(0 | 1) => "h1",
            Self::Heading(2) => "h2",
            Self::Heading(3) => "h3",
            Self::Heading(4) => "h4",
            Self::Heading(5) => "h5",
            Self::Heading(_) => "h6",
        }
    }

    /// Whether this is an article or something that may hold articles.
    #[must_use]
    pub const fn is_article_or_above(self) -> bool {
        matches!(
            self,
            Self::Document
                | Self::Part
                | Self::Chapter
                | Self::Section
                | Self::Subsection
                | Self::Article
                | Self::Appendix
                | Self::Form
        )
    }
}
