//! How a draft is arranged: what a submission is checked against, each read once.
//!
//! Rounds, rosters, sections and who stands how to the draft change seldom, and `drafts.arranged` says when they last
//! did. While it stands, the writer of submissions keeps what it read from one transaction to the next.

use std::collections::HashMap;

use ykien_domain::actor::Relation;
use ykien_domain::ids::{AgencyCode, Revision, RoundNumber, SectionId};
use ykien_domain::model::{Round, Section};
use ykien_domain::words::{Admission, RoundState};
use ykien_domain::{Error, Reason, Result};

use super::Connection;
use super::rounds::round;
use super::work::Work;
use crate::error::OrDomain;
use crate::rows::DraftRow;

/// What was read of a draft while it was arranged as it is. Only what is there is kept: what is not, nobody can make
/// grow.
#[derive(Debug, Default)]
pub(super) struct Arrangement {
    /// The revision at which the draft was arranged so.
    pub(super) at: Revision,
    relations: HashMap<AgencyCode, Relation>,
    /// The newest round that is open, once it was looked for.
    open: Option<Option<RoundNumber>>,
    rounds: HashMap<RoundNumber, Round>,
    invited: HashMap<AgencyCode, Vec<RoundNumber>>,
    sections: HashMap<SectionId, Section>,
}

impl Arrangement {
    /// Nothing read yet, of a draft last arranged at this revision.
    pub(super) fn at(revision: Revision) -> Self {
        Self { at: revision, ..Self::default() }
    }
}

/// How an agency stands to a draft.
pub(super) async fn relation(
    connection: &mut Connection,
    draft: &DraftRow,
    agency: &AgencyCode,
) -> Result<Relation> {
    let drafting = draft.drafting_agency == agency.as_str();
    let (invited, admitted): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM invitations i \
             JOIN rounds r ON r.draft = i.draft AND r.round = i.round \
             WHERE i.draft = $1 AND i.agency = $2 AND r.state <> 'preparing'), \
         EXISTS (SELECT 1 FROM rounds r \
             WHERE r.draft = $1 AND r.admission = 'anyone' AND r.state <> 'preparing')",
    )
    .bind(draft.key)
    .bind(agency.as_str())
    .fetch_one(&mut *connection)
    .await
    .or_domain()?;
    let mut relation = Relation { drafting, invited, admitted, responsible: false };
    if !invited && !admitted {
        let (responsible,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM sections s WHERE s.draft = $1 AND s.version = $3 AND s.assigned = $2) \
             OR EXISTS (SELECT 1 FROM directives d WHERE d.draft = $1 AND d.responsible = $2) \
             OR EXISTS (SELECT 1 FROM comments c WHERE c.draft = $1 AND c.assigned = $2)",
        )
        .bind(draft.key)
        .bind(agency.as_str())
        .bind(draft.version)
        .fetch_one(&mut *connection)
        .await
        .or_domain()?;
        relation.responsible = responsible;
    }
    Ok(relation)
}

impl Work<'_> {
    /// How the caller's agency stands to the draft.
    pub(super) async fn relation(&mut self) -> Result<Relation> {
        let agency = self.scope.agency();
        if let Some(relation) = self.arrangement.relations.get(agency) {
            return Ok(*relation);
        }
        let relation = relation(self.connection, self.draft, agency).await?;
        self.arrangement.relations.insert(agency.clone(), relation);
        Ok(relation)
    }

    /// The newest round that is open.
    pub(super) async fn open_round(&mut self) -> Result<Option<RoundNumber>> {
        if let Some(open) = self.arrangement.open {
            return Ok(open);
        }
        let (newest,): (Option<i64>,) =
            sqlx::query_as("SELECT MAX(round) FROM rounds WHERE draft = $1 AND state = 'open'")
                .bind(self.draft.key)
                .fetch_one(&mut *self.connection)
                .await
                .or_domain()?;
        self.arrangement.open = Some(newest);
        Ok(newest)
    }

    /// The round in which something is submitted: the one named, else the newest that is open.
    pub(super) async fn round_for(&mut self, named: Option<RoundNumber>) -> Result<Round> {
        let number = match named {
            None => self.open_round().await?,
            named => named,
        };
        let none = || Error::new(Reason::RoundNotOpen, "the draft has no open round");
        let number = number.ok_or_else(none)?;
        let known = self.arrangement.rounds.get(&number).cloned();
        let found = match known {
            Some(round) => Some(round),
            None => match round(self.connection, self.draft.key, number).await {
                Ok(round) => {
                    self.arrangement.rounds.insert(number, round.clone());
                    Some(round)
                }
                Err(error) if error.reason == Reason::NotFound => None,
                Err(error) => return Err(error),
            },
        };
        found
            // A round in preparation is its drafter's alone.
            .filter(|round| self.access.runs || round.state != RoundState::Preparing)
            .ok_or_else(|| Error::field("round", "is not a round of the draft"))
    }

    /// Whether the agency may submit in the round: it is on the roster, or the round admits anyone, or who runs the
    /// consultation enters it.
    pub(super) async fn expect_admitted(&mut self, round: &Round, agency: &AgencyCode) -> Result<()> {
        if self.access.runs {
            return self.expect_agency("agency", agency).await;
        }
        if round.admission == Admission::Anyone {
            return Ok(());
        }
        if !self.arrangement.invited.contains_key(agency) {
            let rounds: Vec<i64> =
                sqlx::query_scalar("SELECT round FROM invitations WHERE draft = $1 AND agency = $2")
                    .bind(self.draft.key)
                    .bind(agency.as_str())
                    .fetch_all(&mut *self.connection)
                    .await
                    .or_domain()?;
            self.arrangement.invited.insert(agency.clone(), rounds);
        }
        let invited =
            self.arrangement.invited.get(agency).is_some_and(|rounds| rounds.contains(&round.number));
        if invited { Ok(()) } else { Err(Error::denied()) }
    }

    /// The section of the newest version with this id, without its text.
    pub(super) async fn section(&mut self, field: &str, id: SectionId) -> Result<Section> {
        if let Some(section) = self.arrangement.sections.get(&id) {
            return Ok(section.clone());
        }
        let section = self.find_section(id).await?.ok_or_else(|| {
            let version = self.draft.version;
            Error::field(field, format!("section {id} is not in version {version} of the draft"))
        })?;
        self.arrangement.sections.insert(id, section.clone());
        Ok(section)
    }
}
