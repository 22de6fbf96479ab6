//! The closed sets of words: each with the one spelling that the store, JSON and the command line use.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every word, in its standing order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The one spelling.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text,)+ } }

            /// The word of a spelling.
            #[must_use]
            pub fn from_word(text: &str) -> Option<Self> { match text { $($text => Some($name::$variant),)+ _ => None } }

            /// The word of a spelling.
            ///
            /// # Errors
            /// `INVALID_FIELD` naming `field` and listing the words.
            pub fn parse(field: &str, text: &str) -> crate::Result<Self> {
                Self::from_word(text)
                    .ok_or_else(|| crate::Error::field(field, concat!("must be one of:", $(" ", $text,)+)))
            }
        }
    };
}

words! {
    /// Where a comment stands. Each comment is in exactly one.
    Status {
        /// Not yet decided.
        Pending = "pending",
        /// Taken up (tiếp thu).
        Accepted = "accepted",
        /// Taken up in part (tiếp thu một phần).
        PartiallyAccepted = "partially_accepted",
        /// Not taken up (không tiếp thu).
        Rejected = "rejected",
        /// Taken back by its agency.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What a decision says.
    Outcome {
        /// Taken up.
        Accepted = "accepted",
        /// Taken up in part.
        PartiallyAccepted = "partially_accepted",
        /// Not taken up.
        Rejected = "rejected",
    }
}

impl Outcome {
    /// The status of a comment so decided.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Outcome::Accepted => Status::Accepted,
            Outcome::PartiallyAccepted => Status::PartiallyAccepted,
            Outcome::Rejected => Status::Rejected,
        }
    }
}

words! {
    /// What a comment is about.
    Kind {
        /// Nothing in particular, or not said.
        General = "general",
        /// The substance.
        Substantive = "substantive",
        /// Data, figures, annex tables.
        Technical = "technical",
        /// Wording and layout.
        Editorial = "editorial",
        /// A question to the drafter.
        Question = "question",
    }
}

words! {
    /// How a comment came.
    Channel {
        /// In writing, or through the API.
        Written = "written",
        /// Said at a meeting and recorded by the drafter.
        Meeting = "meeting",
    }
}

words! {
    /// What exactly a comment is anchored to.
    AnchorKind {
        /// The whole document.
        Document = "document",
        /// A section.
        Section = "section",
        /// Words quoted from a section.
        Quote = "quote",
        /// Content that does not exist yet and should stand in (or after) a section.
        Missing = "missing",
    }
}

words! {
    /// What became of a section from one version to another. A section has all that apply.
    SectionChange {
        /// Nothing.
        Unchanged = "unchanged",
        /// Only the later version has it.
        Added = "added",
        /// Only the earlier version has it.
        Removed = "removed",
        /// It stands in another section, or elsewhere among those that stayed.
        Moved = "moved",
        /// Its label is another.
        Renumbered = "renumbered",
        /// Its heading is another.
        Renamed = "renamed",
        /// Its own text is another.
        TextChanged = "text_changed",
    }
}

words! {
    /// What became of a comment's anchor in a version.
    PlacementState {
        /// It stands where it stood.
        Placed = "placed",
        /// What it stands on is elsewhere, or called otherwise.
        Moved = "moved",
        /// What it stood on is not there.
        Orphaned = "orphaned",
    }
}

words! {
    /// Why an anchor is not placed.
    PlacementReason {
        /// Its section was moved, renumbered or renamed.
        SectionMoved = "section_moved",
        /// The words quoted stand only in one other section.
        QuoteMoved = "quote_moved",
        /// The version does not have its section.
        SectionRemoved = "section_removed",
        /// The words quoted stand neither in its section nor in just one other.
        QuoteGone = "quote_gone",
    }
}

words! {
    /// An agency's stance in its response.
    Stance {
        /// Agrees (nhất trí).
        Agrees = "agrees",
        /// Agrees, with comments.
        AgreesWithComments = "agrees_with_comments",
        /// Does not agree.
        Disagrees = "disagrees",
        /// Has no comment.
        NoComment = "no_comment",
    }
}

words! {
    /// A round's state.
    RoundState {
        /// Made, its roster and rules can still change; only the drafter sees it.
        Preparing = "preparing",
        /// Agencies comment.
        Open = "open",
        /// Nobody submits any more; the drafter decides.
        Closed = "closed",
        /// Everything is decided or explicitly left.
        Concluded = "concluded",
    }
}

words! {
    /// What silence until the deadline means.
    SilenceRule {
        /// Nothing: a silent agency has not answered.
        None = "none",
        /// Assent, on the round's legal basis.
        Assent = "assent",
    }
}

words! {
    /// What happens to a submission after the deadline while the round is still open.
    LateRule {
        /// Taken, and marked late.
        Accept = "accept",
        /// Refused.
        Refuse = "refuse",
    }
}

words! {
    /// Who sees another agency's comments before their decisions are published.
    Visibility {
        /// Nobody but the drafter's side.
        Own = "own",
        /// Everybody who takes part, once the round is closed.
        AfterClose = "after_close",
        /// Everybody who takes part, at once.
        Participants = "participants",
    }
}

words! {
    /// Who may submit in a round.
    Admission {
        /// Invited agencies only.
        Invited = "invited",
        /// Every agency known here.
        Anyone = "anyone",
    }
}

words! {
    /// What sort of body an agency is.
    AgencyKind {
        /// Ministry or ministry-level agency.
        Ministry = "ministry",
        /// Department of a province (sở).
        Department = "department",
        /// Committee, council or people's committee of a province.
        Province = "province",
        /// People's committee of a district or city.
        District = "district",
        /// People's committee of a commune or ward.
        Commune = "commune",
        /// Police.
        Police = "police",
        /// Military.
        Military = "military",
        /// Mass organisation (Mặt trận, Hội, Đoàn).
        MassOrganisation = "mass_organisation",
        /// Office (văn phòng).
        Office = "office",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What a client may be.
    Role {
        /// Speaks for its agency: submits, revises, withdraws, signs off.
        Contributor = "contributor",
        /// Runs the consultation on its agency's drafts; elsewhere a contributor.
        Drafter = "drafter",
        /// A contributor that also answers for what is assigned to its agency.
        Responsible = "responsible",
        /// Reads everything, writes nothing.
        Observer = "observer",
        /// Runs the installation: agencies, clients, every draft.
        Admin = "admin",
    }
}

words! {
    /// Where an agency stands in a round.
    ReplyState {
        /// Answered by the deadline.
        Replied = "replied",
        /// Answered after the deadline.
        Late = "late",
        /// Has comments but no signed response yet.
        InProgress = "in_progress",
        /// Nothing came, and silence means nothing (or the deadline has not passed).
        Silent = "silent",
        /// Nothing came by the deadline, which counts as assent.
        AssentBySilence = "assent_by_silence",
        /// Was not invited, but answered or commented.
        Uninvited = "uninvited",
    }
}

words! {
    /// What is handed out as a file.
    Document {
        /// The consolidated table: every comment and what became of it (bản tổng hợp ý kiến, tiếp thu, giải trình).
        Summary = "summary",
        /// What became of one agency's comments (phiếu trả lời).
        Slip = "slip",
        /// The chair's instructions and what was done (báo cáo thực hiện ý kiến chỉ đạo).
        Directives = "directives",
        /// The sheet in which one agency writes its comments.
        CommentSheet = "comment_sheet",
        /// The sheet in which the drafter decides.
        DecisionSheet = "decision_sheet",
        /// The commenting form of ISO, IEC and CEN.
        IsoForm = "iso_form",
    }
}

impl Document {
    /// What asking for it is, for permissions.
    #[must_use]
    pub fn operation(self) -> crate::actor::Operation {
        use crate::actor::Operation;
        match self {
            Document::Summary | Document::IsoForm => Operation::ExportSummary,
            Document::Slip | Document::Directives | Document::CommentSheet => Operation::ExportDocument,
            Document::DecisionSheet => Operation::ExportDecisionSheet,
        }
    }

    /// The formats in which it is written, the usual one first.
    #[must_use]
    pub fn formats(self) -> &'static [FileFormat] {
        match self {
            Document::Summary => {
                &[FileFormat::Docx, FileFormat::Pdf, FileFormat::Xlsx, FileFormat::Csv, FileFormat::Json]
            }
            Document::Slip | Document::Directives => &[FileFormat::Docx, FileFormat::Pdf],
            Document::CommentSheet | Document::DecisionSheet => &[FileFormat::Xlsx],
            Document::IsoForm => &[FileFormat::Xlsx, FileFormat::Docx],
        }
    }
}

words! {
    /// The format of a file.
    FileFormat {
        /// Office Open XML text (Word).
        Docx = "docx",
        /// Portable Document Format.
        Pdf = "pdf",
        /// Office Open XML workbook (Excel).
        Xlsx = "xlsx",
        /// Comma-separated values, UTF-8 with a byte order mark.
        Csv = "csv",
        /// JSON.
        Json = "json",
    }
}

impl FileFormat {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            FileFormat::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            FileFormat::Pdf => "application/pdf",
            FileFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat::Csv => "text/csv; charset=utf-8",
            FileFormat::Json => "application/json",
        }
    }
}
