//! The reference case's data: see `case/README.md` for what of it is real.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ykien_domain::time::Timestamp;
use ykien_domain::words::AgencyKind;

/// The agency that drafts.
pub(super) const DRAFTER: &str = "H37.02";
/// The draft's id.
pub(super) const DRAFT: &str = "nq20-tong-ket";
/// The draft's title.
pub(super) const TITLE: &str = "Báo cáo tổng kết 10 năm thực hiện Nghị quyết số 20-NQ/TU về xây dựng nông thôn mới tỉnh \
                                Lạng Sơn, giai đoạn 2011 - 2020";
/// On what silence is assent in this round. Composed, like the letter that it names.
pub(super) const SILENCE_BASIS: &str = "Công văn lấy ý kiến của Sở Nông nghiệp và PTNT: quá thời hạn mà không có văn bản \
                                        trả lời thì được hiểu là nhất trí với dự thảo";
/// When the case begins: the round is prepared and opened.
pub(super) const BEGIN: &str = "2020-07-06T08:00:00+07:00";
/// Until when the agencies answer.
pub(super) const DEADLINE: &str = "2020-07-17T17:00:00+07:00";
/// The meeting: oral opinions and directives.
pub(super) const MEETING: &str = "2020-07-21T14:00:00+07:00";
/// The drafter decides.
pub(super) const DECIDING: &str = "2020-07-22T08:00:00+07:00";
/// The drafter publishes what the first agencies were waiting for; the case stands here when it is shown.
pub(super) const END: &str = "2020-07-23T16:00:00+07:00";

/// An agency of the case.
#[derive(Debug, Deserialize)]
pub(super) struct Agency {
    /// Its code.
    pub code: String,
    /// Its official name.
    pub name_vi: String,
    /// Its short name.
    pub short_vi: String,
    /// Its English name.
    pub name_en: String,
    kind: String,
}

impl Agency {
    /// Its kind in the house's words.
    pub(super) fn kind(&self) -> anyhow::Result<AgencyKind> {
        let word = match self.kind.as_str() {
            "coordination_office" | "people_committee_office" => "office",
            "statistics" => "department",
            word => word,
        };
        AgencyKind::from_word(word).with_context(|| format!("{}: unknown kind {}", self.code, self.kind))
    }
}

/// A written comment.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    /// Whose it is.
    pub agency: String,
    /// The path of labels of its section; empty for the whole draft.
    pub section: String,
    /// What it is about.
    pub kind: String,
    /// The opinion.
    pub text: String,
    /// The wording proposed.
    pub proposed_change: String,
    /// Words of the section.
    pub quote: String,
}

/// A signed reply.
#[derive(Debug, Deserialize)]
pub(super) struct Response {
    /// Whose it is.
    pub agency: String,
    /// The letter.
    #[serde(flatten)]
    pub letter: Letter,
    /// The comments taken back, counted within the agency.
    #[serde(default)]
    pub withdraw: Vec<usize>,
    /// The letter that replaces it.
    pub resubmit: Option<Letter>,
}

/// A letter.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Letter {
    /// What it says.
    pub stance: String,
    /// Its number.
    pub letter_number: String,
    /// Its date, `YYYY-MM-DD`.
    pub letter_date: String,
    /// Who signed.
    pub signer: String,
    /// In which capacity.
    pub capacity: String,
}

/// A decision on a line of the comments.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    /// The line, from 0.
    pub line: usize,
    /// What is decided.
    pub outcome: String,
    /// Why.
    pub explanation: String,
}

/// A directive of the chair.
#[derive(Debug, Deserialize)]
pub(super) struct Directive {
    /// Word for word.
    pub text: String,
    /// The path of its section.
    pub section: String,
    /// Who has to carry it out.
    pub responsible: String,
    /// By when.
    pub due: String,
    /// Who gave it.
    pub issued_by: String,
    /// When.
    pub issued_on: String,
}

/// An opinion given at the meeting.
#[derive(Debug, Deserialize)]
pub(super) struct Oral {
    /// Whose it is.
    pub agency: String,
    /// The path of its section.
    pub section: String,
    /// What was said.
    pub text: String,
    /// Who said it.
    pub speaker: String,
}

/// Who answers for what.
#[derive(Debug, Deserialize)]
pub(super) struct Assignments {
    /// Sections.
    pub sections: Vec<SectionAssignment>,
    /// Single comments.
    pub comments: Vec<CommentAssignment>,
}

/// Who answers for a section.
#[derive(Debug, Deserialize)]
pub(super) struct SectionAssignment {
    /// The path of the section.
    pub section: String,
    /// Who.
    pub agency: String,
}

/// Who answers for a comment.
#[derive(Debug, Deserialize)]
pub(super) struct CommentAssignment {
    /// The line, from 0.
    pub line: usize,
    /// Who.
    pub agency: String,
}

/// The whole case.
#[derive(Debug)]
pub(super) struct Case {
    /// The agencies, in the roster's order.
    pub agencies: Vec<Agency>,
    /// The draft's text.
    pub draft: &'static str,
    /// The written comments.
    pub comments: Vec<Comment>,
    /// The replies.
    pub responses: Vec<Response>,
    /// The decisions.
    pub decisions: Vec<Decision>,
    /// The directives.
    pub directives: Vec<Directive>,
    /// The oral opinions.
    pub oral: Vec<Oral>,
    /// Who answers for what.
    pub assignments: Assignments,
}

impl Case {
    /// Reads the case's files.
    pub(super) fn read() -> anyhow::Result<Self> {
        let comments = include_str!("case/comments.jsonl")
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| json("comments.jsonl", line))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            agencies: json("agencies.json", include_str!("case/agencies.json"))?,
            draft: include_str!("case/draft.md"),
            comments,
            responses: json("responses.json", include_str!("case/responses.json"))?,
            decisions: json("decisions.json", include_str!("case/decisions.json"))?,
            directives: json("directives.json", include_str!("case/directives.json"))?,
            oral: json("oral.json", include_str!("case/oral.json"))?,
            assignments: json("assignments.json", include_str!("case/assignments.json"))?,
        })
    }

    /// The lines of an agency's comments, with their places in the file.
    pub(super) fn lines_of(&self, agency: &str) -> Vec<(usize, &Comment)> {
        self.comments.iter().enumerate().filter(|(_, comment)| comment.agency == agency).collect()
    }

    /// The agencies' names by code: what tables show.
    pub(super) fn short_names(&self) -> BTreeMap<&str, &str> {
        self.agencies.iter().map(|agency| (agency.code.as_str(), agency.short_vi.as_str())).collect()
    }
}

fn json<T: DeserializeOwned>(file: &str, text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).with_context(|| format!("the case's {file}"))
}

/// An instant of the case.
pub(super) fn instant(text: &str) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::parse("case", text)?)
}

/// A client's id of an agency: `h37-05`.
pub(super) fn client_id(agency: &str) -> String {
    agency.to_ascii_lowercase().replace('.', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comments_import::places::Sections;
    use ykien_domain::outline::{self, Depth};
    use ykien_proto::v1;

    #[test]
    fn every_section_that_the_case_names_is_in_its_draft() {
        let case = Case::read().unwrap();
        let outline = outline::parse(case.draft, Depth::Article);
        let name = |index: usize| format!("sections/{}", index + 1);
        let tree = outline.nodes.iter().enumerate().map(|(index, node)| v1::Section {
            name: name(index),
            parent_section: node.parent.map(name).unwrap_or_default(),
            position: i64::try_from(index).unwrap() + 1,
            label: node.label.clone(),
            heading: node.heading.clone(),
            ..v1::Section::default()
        });
        let sections = Sections::of(&tree.collect::<Vec<_>>());
        let named = case.comments.iter().map(|comment| &comment.section);
        let named = named.chain(case.directives.iter().map(|directive| &directive.section));
        let named = named.chain(case.oral.iter().map(|oral| &oral.section));
        let named = named.chain(case.assignments.sections.iter().map(|assignment| &assignment.section));
        for section in named {
            assert!(sections.get(section).is_some(), "{section:?}");
        }
    }

    #[test]
    fn every_kind_is_a_word_of_the_house() {
        let case = Case::read().unwrap();
        assert_eq!(case.agencies.len(), 34);
        for agency in &case.agencies {
            agency.kind().unwrap();
        }
    }
}
