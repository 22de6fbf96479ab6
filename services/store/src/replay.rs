//! The log played again: what the tables must hold if it tells the truth. Pure; `sql/proof.rs` reads the tables.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, CommentNumber, Revision, RoundNumber, SectionId, VersionNumber};
use ykien_domain::model::{Comment, Decision, Directive, Draft, Invitation, Response, Round};
use ykien_domain::person::stands_for_one;
use ykien_domain::time::Timestamp;

/// What a draft's tables must hold. Of comments, which may be a million, only what tells whether they do.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// As it was made.
    pub(crate) draft: Option<Draft>,
    /// The digest of each version's tree; none where the log has none.
    pub(crate) versions: BTreeMap<VersionNumber, Option<String>>,
    /// The agency last given to each section.
    pub(crate) assigned: BTreeMap<SectionId, Option<AgencyCode>>,
    pub(crate) rounds: BTreeMap<RoundNumber, Round>,
    /// The place of each agency on each round's roster.
    pub(crate) roster: BTreeMap<(RoundNumber, AgencyCode), i64>,
    pub(crate) comments: HashMap<CommentNumber, Trace>,
    /// The decisions that were made, by comment and revision.
    pub(crate) decisions: BTreeMap<(CommentNumber, Revision), Made>,
    pub(crate) responses: BTreeMap<i64, Response>,
    pub(crate) directives: BTreeMap<i64, Directive>,
    /// Who was named where, by what stands for the person.
    pub(crate) persons: BTreeMap<String, Naming>,
}

/// Where a person is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    pub(crate) subject: String,
    pub(crate) revision: Revision,
    pub(crate) erased: Option<Revision>,
}

type Hash = [u8; 32];

/// What tells whether a comment is the one that the log knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Over all that publishing leaves as it is.
    hash: Hash,
    published: bool,
    updated_at: Timestamp,
    changed: Revision,
    written_at: Timestamp,
    written: Revision,
}

impl Trace {
    /// Of a comment as its row or an event has it. Who answers for it follows from the tree and is no part of it.
    pub(crate) fn of(comment: &Comment) -> Self {
        let published = comment.is_published();
        let Comment { updated_at, changed, written_at, written, .. } = *comment;
        let decision = comment.decision.clone().map(|decision| Decision { published: false, ..decision });
        let lasting = Comment {
            decision,
            responsible: AgencyCode::default(),
            updated_at: Timestamp(0),
            changed: 0,
            written_at: Timestamp(0),
            written: 0,
            ..comment.clone()
        };
        Self { hash: hash(&lasting), published, updated_at, changed, written_at, written }
    }
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    hash: Hash,
    fallen: bool,
}

impl Made {
    pub(crate) fn of(decision: &Decision, fallen: bool) -> Self {
        let made = Decision { published: false, implemented_in: None, ..decision.clone() };
        Self { hash: hash(&made), fallen }
    }
}

fn hash<T: serde::Serialize>(value: &T) -> Hash {
    // What the domain made has a JSON form.
    Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into()
}

impl Replay {
    /// Takes the next event.
    pub(crate) fn take(&mut self, revision: Revision, at: Timestamp, change: Change) {
        let named = match &change {
            Change::CommentSubmitted { comment } => Some(&comment.speaker),
            Change::ResponseSubmitted { response, .. } => Some(&response.letter.signer),
            Change::DirectiveIssued { directive } => Some(&directive.issued_by),
            _ => None,
        };
        if let Some(person) = named.filter(|person| stands_for_one(person)) {
            let naming = Naming { subject: change.subject(), revision, erased: None };
            self.persons.insert(person.clone(), naming);
        }
        match change {
            Change::PersonsErased { persons } => {
                for person in persons {
                    if let Some(naming) = self.persons.get_mut(&person) {
                        naming.erased = Some(revision);
                    }
                }
            }
            Change::DraftCreated { draft } => self.draft = Some(draft),
            Change::VersionCreated { version, digest, .. } => {
                self.versions.insert(version, digest);
                if let Some(draft) = &mut self.draft {
                    draft.changed = revision;
                }
            }
            Change::SectionAssigned { section, agency, .. } => {
                self.assigned.insert(section, agency);
            }
            Change::RoundCreated { round }
            | Change::RoundOpened { round, .. }
            | Change::RoundExtended { round, .. }
            | Change::RoundClosed { round, .. }
            | Change::RoundConcluded { round, .. } => {
                self.rounds.insert(round.number, round);
            }
            Change::AgenciesInvited { invitations, .. } => {
                for Invitation { round, agency, position } in invitations {
                    self.roster.insert((round, agency), position);
                }
            }
            Change::AgencyUninvited { round, agency, .. } => {
                self.roster.remove(&(round, agency));
            }
            Change::CommentSubmitted { comment }
            | Change::CommentAssigned { comment, .. }
            | Change::CommentImplemented { comment, .. } => self.keep(&comment),
            Change::CommentRevised { comment, .. } | Change::CommentWithdrawn { comment, .. } => {
                for made in self.decided(comment.number) {
                    made.fallen = true;
                }
                self.keep(&comment);
            }
            Change::CommentDecided { comment, .. } => {
                if let Some(decision) = &comment.decision {
                    self.decisions.insert((comment.number, revision), Made::of(decision, false));
                }
                self.keep(&comment);
            }
            Change::DecisionUndone { comment, .. } => {
                if let Some(newest) = self.decided(comment.number).filter(|made| !made.fallen).last() {
                    newest.fallen = true;
                }
                self.keep(&comment);
            }
            Change::DecisionsPublished { numbers } => {
                for number in numbers {
                    if let Some(trace) = self.comments.get_mut(&number) {
                        *trace = Trace {
                            published: true,
                            updated_at: at,
                            changed: revision,
                            written_at: at,
                            written: revision,
                            ..trace.clone()
                        };
                    }
                }
            }
            Change::ResponseSubmitted { response, supersedes } => {
                if let Some(superseded) = supersedes.and_then(|number| self.responses.get_mut(&number)) {
                    superseded.superseded_by = Some(response.number);
                }
                self.responses.insert(response.number, response);
            }
            Change::DirectiveIssued { directive } | Change::DirectiveCompleted { directive, .. } => {
                self.directives.insert(directive.number, directive);
            }
            // The registry's own.
            _ => {}
        }
    }

    fn keep(&mut self, comment: &Comment) {
        self.comments.insert(comment.number, Trace::of(comment));
    }

    fn decided(&mut self, number: CommentNumber) -> impl Iterator<Item = &mut Made> {
        self.decisions.range_mut((number, 0)..=(number, Revision::MAX)).map(|(_, made)| made)
    }
}
