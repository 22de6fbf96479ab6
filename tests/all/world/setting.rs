//! What every behaviour finds: the agencies, the draft, and short ways to what most of them do.

use ykien_domain::command::{
    CreateAgency, CreateDraft, CreateRound, CreateVersion, DecideComment, InviteAgencies, NewSection,
    OpenRound, PublishDecisions, SubmitComment,
};
use ykien_domain::ids::{CommentNumber, DraftId, ROOT, Revision, RoundNumber, SectionId, parse_etag};
use ykien_domain::model::{Anchor, Content, Source};
use ykien_domain::query::{GetComment, GetDraft};
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, LateRule, Outcome, Role, SilenceRule, Visibility,
};
use ykien_proto::v1;
use ykien_tests::START;

use super::{Answered, Who, World, code};

const fn who(agency: &'static str, role: Role) -> Who {
    Who { agency, role }
}

/// Runs the consultation.
pub const DRAFTER: Who = who("H37.02", Role::Drafter);
/// Invited.
pub const FINANCE: Who = who("H37.05", Role::Contributor);
/// Invited.
pub const PLANNING: Who = who("H37.06", Role::Contributor);
/// Invited.
pub const POLICE: Who = who("H37.07", Role::Contributor);
/// Of the same agency as [`POLICE`]: answers for what is assigned to it.
pub const ANSWERING: Who = who("H37.07", Role::Responsible);
/// Not invited.
pub const STRANGER: Who = who("H37.09", Role::Contributor);
/// Drafts other drafts.
pub const OTHER_DRAFTER: Who = who("H37.09", Role::Drafter);
/// Reads everything.
pub const OBSERVER: Who = who("H37.01", Role::Observer);
/// Runs the installation.
pub const ADMIN: Who = who("H37.01", Role::Admin);

/// Everybody who can call.
pub const EVERYBODY: [Who; 9] =
    [DRAFTER, FINANCE, PLANNING, POLICE, ANSWERING, STRANGER, OTHER_DRAFTER, OBSERVER, ADMIN];

/// The agencies, by code.
pub const AGENCIES: [&str; 6] = ["H37.01", "H37.02", "H37.05", "H37.06", "H37.07", "H37.09"];

/// The deadline of a round, in seconds after the beginning.
pub const DEADLINE: i64 = 3_600;

/// The legal basis of a round's silence rule.
pub const BASIS: &str = "điểm 3 Công văn số 1234/UBND-NN";

/// The draft.
pub fn draft() -> DraftId {
    DraftId::stored("nq20".to_owned())
}

/// The resource name of one of the draft's things.
pub fn named(collection: &str, number: i64) -> String {
    format!("drafts/nq20/{collection}/{number}")
}

/// The tree of the first version. The sections get the ids 1 to 5 in this order.
pub fn tree() -> Vec<NewSection> {
    vec![
        section(None, "I", "Đánh giá chung"),
        section(Some(0), "1", "Kết quả đạt được"),
        section(Some(0), "2", "Tồn tại, hạn chế"),
        section(None, "II", "Phương hướng"),
        section(Some(3), "1", "Mục tiêu"),
    ]
}

/// A new version with this tree.
pub fn version(sections: Vec<NewSection>) -> CreateVersion {
    CreateVersion { draft: draft(), preamble: String::new(), sections }
}

/// A section of a new version.
pub fn section(parent: Option<usize>, label: &str, heading: &str) -> NewSection {
    let (label, heading) = (label.to_owned(), heading.to_owned());
    NewSection { parent, label, heading, level: "muc".to_owned(), ..NewSection::default() }
}

/// A comment on a section, or on the whole document.
pub fn content(section: SectionId, text: &str) -> Content {
    let kind = if section == ROOT { AnchorKind::Document } else { AnchorKind::Section };
    let anchor = Anchor { kind, section, quote: String::new() };
    Content { anchor, text: text.to_owned(), ..Content::default() }
}

/// A comment to submit as the caller's own, in the open round.
pub fn submission(content: Content) -> SubmitComment {
    SubmitComment { draft: draft(), round: None, agency: None, content, source: Source::default() }
}

/// The request id with this number.
pub fn request_id(number: u32) -> String {
    format!("018f6e5e-7b6c-7cc4-9d2a-{number:012x}")
}

/// The revision that an etag stands for.
pub fn etag(text: &str) -> Option<Revision> {
    parse_etag("etag", text).expect("an etag of the server")
}

/// How a round is held.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The deadline, in seconds after the beginning.
    pub deadline: i64,
    /// What silence means.
    pub silence: SilenceRule,
    /// What happens to late submissions.
    pub late: LateRule,
    /// Who sees what others wrote.
    pub visibility: Visibility,
    /// Who may submit.
    pub admission: Admission,
    /// The roster.
    pub invited: Vec<&'static str>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            deadline: DEADLINE,
            silence: SilenceRule::None,
            late: LateRule::Accept,
            visibility: Visibility::Own,
            admission: Admission::Invited,
            invited: vec![FINANCE.agency, PLANNING.agency, POLICE.agency],
        }
    }
}

impl World {
    /// The agencies and the draft, by whoever runs the program on the installation's own database.
    pub(super) async fn settle(&self) {
        for agency in AGENCIES {
            let command = CreateAgency {
                code: code(agency),
                name: format!("Cơ quan {agency}"),
                short_name: String::new(),
                name_en: String::new(),
                kind: AgencyKind::Department,
            };
            self.install(command).await.expect("an agency");
        }
        let command = CreateDraft {
            id: Some(draft()),
            title: "Báo cáo 10 năm thực hiện Nghị quyết 20-NQ/TU".to_owned(),
            summary: String::new(),
            drafting_agency: DRAFTER.code(),
        };
        self.install(command).await.expect("the draft");
        self.install(version(tree())).await.expect("the first version");
    }

    /// Makes a round and its roster, still in preparation.
    pub async fn prepare(&self, rules: Rules) -> RoundNumber {
        let command = CreateRound {
            draft: draft(),
            title: "Đợt lấy ý kiến".to_owned(),
            deadline: START.plus_seconds(rules.deadline),
            silence_rule: rules.silence,
            silence_basis: if rules.silence == SilenceRule::Assent {
                BASIS.to_owned()
            } else {
                String::new()
            },
            late_rule: rules.late,
            visibility: rules.visibility,
            admission: rules.admission,
        };
        let round = self.write(DRAFTER, command).await.expect("a round");
        let number =
            round.name.rsplit('/').next().and_then(|number| number.parse().ok()).expect("its number");
        if !rules.invited.is_empty() {
            let agencies = rules.invited.into_iter().map(code).collect();
            self.write(DRAFTER, InviteAgencies { draft: draft(), round: number, agencies })
                .await
                .expect("a roster");
        }
        number
    }

    /// Makes a round and opens it.
    pub async fn open(&self, rules: Rules) -> RoundNumber {
        let round = self.prepare(rules).await;
        self.write(DRAFTER, OpenRound { draft: draft(), round, etag: None }).await.expect("the round opens");
        round
    }

    /// Submits a comment, if it is taken.
    pub async fn try_submit(&self, who: Who, content: Content) -> Answered<v1::Comment> {
        let response = self.write(who, submission(content)).await?;
        Ok(response.comment.expect("the comment"))
    }

    /// Submits a comment on a section.
    pub async fn submit(&self, who: Who, section: SectionId, text: &str) -> v1::Comment {
        self.try_submit(who, content(section, text)).await.expect("it is taken")
    }

    /// Decides, if it may be.
    pub async fn try_decide(
        &self,
        who: Who,
        number: CommentNumber,
        outcome: Outcome,
        explanation: &str,
    ) -> Answered<v1::Comment> {
        let explanation = explanation.to_owned();
        self.write(who, DecideComment { draft: draft(), number, outcome, explanation, etag: None }).await
    }

    /// Decides as the drafter.
    pub async fn decide(&self, number: CommentNumber, outcome: Outcome) -> v1::Comment {
        self.try_decide(DRAFTER, number, outcome, "Giải trình.").await.expect("it is decided")
    }

    /// Publishes the decisions on these comments (on all when none); gives those that became public.
    pub async fn publish(&self, numbers: &[CommentNumber]) -> Vec<CommentNumber> {
        let command = PublishDecisions { draft: draft(), round: None, numbers: numbers.to_vec() };
        self.write(DRAFTER, command).await.expect("they are published").numbers
    }

    /// A comment as this caller sees it.
    pub async fn get(&self, who: Who, number: CommentNumber) -> Answered<v1::Comment> {
        self.ask(who, GetComment { draft: draft(), number }).await
    }

    /// The draft's revision.
    pub async fn revision(&self) -> Revision {
        self.ask(DRAFTER, GetDraft { draft: draft() }).await.expect("the draft").revision
    }
}
