//! A draft with comments for tests: long and awkward texts, an agency whose short name another has too, codes that a spreadsheet would
//! take for the same number, a section that was removed.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId};
use ykien_domain::model::{
    Agency, Anchor, Comment, Content, Decision, Draft, KindOrGeneral, Reply, Round, Section, Source,
};
use ykien_domain::query::{Group, Progress};
use ykien_domain::time::Timestamp;
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, Channel, Kind, LateRule, Outcome, ReplyState, RoundState, SilenceRule,
    Status, Visibility,
};

use crate::snapshot::{Comments, Count, Snapshot};

/// 2020-07-21T08:00:00Z.
const BEGIN: i64 = 1_595_318_400_000_000;
const DAY: i64 = 86_400_000_000;

/// A snapshot and its comments, by number.
pub(crate) struct Sample {
    pub(crate) snapshot: Snapshot,
    pub(crate) comments: Vec<Comment>,
}

pub(crate) fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

impl Sample {
    /// Some fifty comments.
    pub(crate) fn new() -> Self {
        Self::of(&[
            "Đề nghị rà soát số liệu đến ngày 30/6/2020.",
            "=1+1",
            "+84 205 381 0000",
            "- gạch đầu dòng",
            "@SUM(A1)",
            "'=cmd|' /C calc'!A0",
            "dòng một\ndòng hai\t< & > \"ngoặc\", phẩy; _x0041_",
            "{=1}",
            "https://vidu.vn/du-thao",
        ])
    }

    /// With these texts, each several times.
    pub(crate) fn of(texts: &[&str]) -> Self {
        let statuses = Status::ALL;
        let agencies = ["H37.1", "H37.10", "37.1", "37.10", "h37.1"];
        let responsible = ["H37.1", "H37.10", "37.10"];
        let sections = [0, 1, 2, 3, 7];
        let comments: Vec<Comment> = (0..45_usize)
            .map(|index| {
                comment(
                    index,
                    texts[index % texts.len()],
                    (sections[index % 5], statuses[index / 3 % 5]),
                    (agencies[index / 2 % 5], responsible[index % 3]),
                )
            })
            .collect();
        let mut counts: BTreeMap<_, i64> = BTreeMap::new();
        for comment in &comments {
            let Comment { content, status, agency, responsible, .. } = comment;
            *counts
                .entry((content.anchor.section, *status, agency.clone(), responsible.clone()))
                .or_default() += 1;
        }
        let counts = counts
            .into_iter()
            .map(|((section, status, agency, responsible), count)| Count {
                section,
                status,
                agency,
                responsible,
                count,
            })
            .collect();
        Self { snapshot: Snapshot { counts, ..snapshot() }, comments }
    }
}

fn snapshot() -> Snapshot {
    let section = |id, parent, label: &str, heading: &str, removed| Section {
        id,
        parent,
        label: label.into(),
        heading: heading.into(),
        removed,
        ..Section::default()
    };
    let agency = |text: &str, short: &str| {
        let agency = Agency {
            code: code(text),
            name: format!("Sở {short}"),
            short_name: short.into(),
            name_en: String::new(),
            kind: AgencyKind::Department,
            active: true,
            succeeded_by: None,
            changed: 1,
        };
        (code(text), agency)
    };
    let round = Round {
        number: 1,
        title: String::new(),
        version: 2,
        state: RoundState::Closed,
        deadline: Timestamp(BEGIN + 3 * DAY),
        silence_rule: SilenceRule::Assent,
        silence_basis: "Công văn số 12".into(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
        opened_at: Some(Timestamp(BEGIN)),
        closed_at: None,
        changed: 3,
    };
    let silent =
        Reply { agency: code("37.1"), state: ReplyState::AssentBySilence, response: None, comments: 0 };
    Snapshot {
        draft: Draft {
            id: DraftId::stored("nq20".into()),
            title: "Báo cáo 10 năm thực hiện Nghị quyết 20-NQ/TU & nông thôn mới".into(),
            summary: String::new(),
            drafting_agency: code("H37.1"),
            version: 2,
            revision: 215,
            comment_count: 45,
            created_at: Timestamp(BEGIN),
            changed: 1,
        },
        revision: 215,
        sections: vec![
            section(0, None, "", "Báo cáo", false),
            section(1, Some(0), "IV", "Tồn tại, hạn chế", false),
            section(2, Some(1), "1.", "Nguyên nhân", false),
            section(3, Some(0), "", "Phụ lục", false),
            section(7, Some(1), "2", "Mục đã bỏ", true),
        ],
        agencies: [
            agency("H37.1", "Sở NN&PTNT"),
            agency("H37.10", "Sở Tài chính"),
            agency("37.1", "=Sở Tài chính"),
            agency("37.10", "Sở Tài chính"),
        ]
        .into(),
        progress: Some(Progress { round, replies: vec![silent] }),
        directives: Vec::new(),
        counts: Vec::new(),
    }
}

fn comment(
    index: usize,
    text: &str,
    (section, status): (i64, Status),
    (agency, responsible): (&str, &str),
) -> Comment {
    let number = i64::try_from(index).unwrap() + 1;
    let outcome = match status {
        Status::Pending | Status::Withdrawn => None,
        Status::Accepted => Some(Outcome::Accepted),
        Status::PartiallyAccepted => Some(Outcome::PartiallyAccepted),
        Status::Rejected => Some(Outcome::Rejected),
    };
    let decision = outcome.map(|outcome| Decision {
        outcome,
        explanation: format!("Giải trình {number}: {text}"),
        agency: code("H37.1"),
        client: ClientId::stored("snn".into()),
        decided_at: Timestamp(BEGIN + DAY),
        published: index.is_multiple_of(2),
        implemented_in: (index.is_multiple_of(4)).then_some(3),
    });
    let quoted = index.is_multiple_of(3) && section != 0;
    Comment {
        draft: DraftId::stored("nq20".into()),
        number,
        round: 1,
        agency: code(agency),
        content: Content {
            anchor: Anchor {
                kind: if quoted { AnchorKind::Quote } else { AnchorKind::Section },
                section,
                quote: if quoted { "phục lục".into() } else { String::new() },
            },
            kind: KindOrGeneral(Kind::ALL[index % Kind::ALL.len()]),
            title: if index.is_multiple_of(5) { format!("Ý kiến {number}") } else { String::new() },
            text: text.into(),
            proposed_change: if index.is_multiple_of(2) { format!("-{text}") } else { String::new() },
        },
        channel: if index.is_multiple_of(7) { Channel::Meeting } else { Channel::Written },
        speaker: if index.is_multiple_of(7) { "Bà Nguyễn Thị Ánh".into() } else { String::new() },
        status,
        late: index.is_multiple_of(6),
        decision,
        assigned: None,
        responsible: code(responsible),
        response: None,
        source: Source::default(),
        version: 2,
        created_at: Timestamp(BEGIN + number),
        updated_at: Timestamp(BEGIN + DAY + number),
        changed: number,
        written_at: Timestamp(BEGIN + number),
        written: number,
    }
}

/// The comments of a sample in the order of a group.
pub(crate) fn sorted(sample: &Sample, by: Group) -> Vec<Comment> {
    let position = |comment: &Comment| {
        sample.snapshot.sections.iter().position(|section| section.id == comment.content.anchor.section)
    };
    let key = |comment: &Comment| match by {
        Group::Section => (None, None),
        Group::Status => (Some(comment.status), None),
        Group::Agency => (None, Some(comment.agency.clone())),
        Group::Responsible => (None, Some(comment.responsible.clone())),
    };
    let mut comments = sample.comments.clone();
    comments.sort_by_key(|comment| (key(comment), position(comment), comment.number));
    comments
}

impl Comments for Sample {
    fn collect(&mut self, group: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
        Ok(Box::new(sorted(self, group).into_iter().map(Ok)))
    }
}
