//! The reference case as its files say it, read apart from the demo's own reader: what every total is checked against.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde::Deserialize;

/// The agency that drafts; it is not invited.
pub const DRAFTER: &str = "H37.02";

/// An agency.
#[derive(Debug, Deserialize)]
pub struct Agency {
    pub code: String,
    pub name_vi: String,
    pub short_vi: String,
    pub name_en: String,
    kind: String,
}

impl Agency {
    /// Its kind in the contract's words, which are fewer.
    pub fn kind(&self) -> &str {
        match self.kind.as_str() {
            "coordination_office" | "people_committee_office" => "office",
            "statistics" => "department",
            kind => kind,
        }
    }
}

/// A written comment. `section` is a path of labels; empty for the whole draft.
#[derive(Debug, Deserialize)]
pub struct Comment {
    pub agency: String,
    pub section: String,
    pub kind: String,
    pub text: String,
    pub proposed_change: String,
    pub quote: String,
}

/// A letter.
#[derive(Debug, Deserialize)]
pub struct Letter {
    pub stance: String,
    pub letter_number: String,
    pub letter_date: String,
    pub signer: String,
    pub capacity: String,
}

/// An agency's reply. `withdraw` counts within the agency's comments, from 0.
#[derive(Debug, Deserialize)]
pub struct Response {
    pub agency: String,
    #[serde(flatten)]
    pub letter: Letter,
    pub late: bool,
    #[serde(default)]
    pub withdraw: Vec<usize>,
    pub resubmit: Option<Letter>,
}

/// A decision on a line of the comments, counted from 0.
#[derive(Debug, Deserialize)]
pub struct Decision {
    pub line: usize,
    pub outcome: String,
    pub explanation: String,
}

/// A directive.
#[derive(Debug, Deserialize)]
pub struct Directive {
    pub text: String,
    pub section: String,
    pub responsible: String,
    pub due: String,
    pub issued_by: String,
    pub issued_on: String,
}

/// An opinion given at the meeting.
#[derive(Debug, Deserialize)]
pub struct Oral {
    pub agency: String,
    pub section: String,
    pub text: String,
    pub speaker: String,
}

/// Who answers for which section.
#[derive(Debug, Deserialize)]
pub struct SectionAssignment {
    pub section: String,
    pub agency: String,
}

#[derive(Debug, Deserialize)]
struct Assignments {
    sections: Vec<SectionAssignment>,
}

/// The whole case.
pub struct Case {
    pub agencies: Vec<Agency>,
    pub draft: &'static str,
    pub comments: Vec<Comment>,
    pub responses: Vec<Response>,
    pub decisions: Vec<Decision>,
    pub directives: Vec<Directive>,
    pub oral: Vec<Oral>,
    pub sections: Vec<SectionAssignment>,
}

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../services/ykien/src/demo/case/", $name))
    };
}

impl Case {
    /// Reads its files.
    pub fn read() -> anyhow::Result<Self> {
        let lines = file!("comments.jsonl").lines().filter(|line| !line.is_empty());
        let assignments: Assignments = serde_json::from_str(file!("assignments.json"))?;
        Ok(Self {
            agencies: serde_json::from_str(file!("agencies.json"))?,
            draft: file!("draft.md"),
            comments: lines.map(serde_json::from_str).collect::<Result<_, _>>()?,
            responses: serde_json::from_str(file!("responses.json"))?,
            decisions: serde_json::from_str(file!("decisions.json"))?,
            directives: serde_json::from_str(file!("directives.json"))?,
            oral: serde_json::from_str(file!("oral.json"))?,
            sections: assignments.sections,
        })
    }

    /// How many comments it has, written and spoken.
    pub fn total(&self) -> usize {
        self.comments.len() + self.oral.len()
    }

    /// Who is invited, in the roster's order.
    pub fn invited(&self) -> Vec<&str> {
        self.agencies.iter().map(|agency| agency.code.as_str()).filter(|code| *code != DRAFTER).collect()
    }

    /// The lines of an agency's written comments.
    pub fn lines_of(&self, agency: &str) -> Vec<usize> {
        (0..self.comments.len()).filter(|line| self.comments[*line].agency == agency).collect()
    }

    /// The lines of the comments that are taken back.
    pub fn withdrawn(&self) -> anyhow::Result<BTreeSet<usize>> {
        let mut withdrawn = BTreeSet::new();
        for response in &self.responses {
            let lines = self.lines_of(&response.agency);
            for place in &response.withdraw {
                withdrawn.insert(*lines.get(*place).context("a withdrawal of nothing")?);
            }
        }
        Ok(withdrawn)
    }

    /// The status of each comment, as (agency, status), after these decisions.
    pub fn statuses<'a>(&'a self, decisions: &'a [Decision]) -> anyhow::Result<Vec<(&'a str, &'a str)>> {
        let withdrawn = self.withdrawn()?;
        let decided: BTreeMap<usize, &str> =
            decisions.iter().map(|decision| (decision.line, decision.outcome.as_str())).collect();
        let written = self.comments.iter().enumerate().map(|(line, comment)| {
            let pending = if withdrawn.contains(&line) { "withdrawn" } else { "pending" };
            (comment.agency.as_str(), decided.get(&line).copied().unwrap_or(pending))
        });
        let spoken = self.oral.iter().map(|oral| (oral.agency.as_str(), "pending"));
        Ok(written.chain(spoken).collect())
    }

    /// Where each invited agency stands: who has not written a letter is in progress when it spoke at the meeting, and
    /// `silent` says what it is else.
    pub fn replies<'a>(&'a self, late: bool, silent: &'a str) -> Vec<(&'a str, &'a str)> {
        let state = |code: &str| match self.responses.iter().find(|response| response.agency == code) {
            Some(response) if late && response.late => "late",
            Some(_) => "replied",
            None if self.oral.iter().any(|oral| oral.agency == code) => "in_progress",
            None => silent,
        };
        self.invited().into_iter().map(|code| (code, state(code))).collect()
    }
}

/// How often each word occurs.
pub fn tally<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}
