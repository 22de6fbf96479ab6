//! The change log: one event a revision, written in the change's own transaction. It is the audit trail, the feed that
//! clients follow, and the source of every count.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Operation, Sight};
use crate::command::SigningKeysRotated;
use crate::cube::Move;
use crate::ids::{AgencyCode, CommentNumber, RequestId, Revision, RoundNumber, SectionId, VersionNumber};
use crate::model::{Agency, ApiClient, ClientKey, Comment, Directive, Draft, Invitation, Response, Round};
use crate::time::Timestamp;
use crate::words::RoundState;

/// What happened, with what was before where something was. The log is never rewritten: an event of before a field was
/// there is read without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "each field is the thing of its type: the state after, or `before` the change; of a version's tree, which is too \
              long for the log, its `section::digest`"
)]
pub enum Change {
    AgencyCreated { agency: Agency },
    AgencyUpdated { before: Agency, agency: Agency },
    AgencySucceeded { before: Agency, agency: Agency },
    ClientCreated { client: ApiClient },
    ClientRotated { client: ApiClient },
    ClientSecretEnded { client: ApiClient },
    ClientKeysSet { before: Vec<ClientKey>, client: ApiClient },
    ClientDisabled { client: ApiClient },
    ClientEnabled { client: ApiClient },
    SigningKeysRotated { rotation: SigningKeysRotated },
    DraftCreated { draft: Draft },
    VersionCreated { version: VersionNumber, sections: i64, removed: Vec<SectionId>, digest: Option<String> },
    SectionAssigned { section: SectionId, before: Option<AgencyCode>, agency: Option<AgencyCode> },
    RoundCreated { round: Round },
    RoundOpened { before: Option<Round>, round: Round },
    RoundExtended { before: Round, round: Round },
    RoundClosed { before: Option<Round>, round: Round, early: bool, pending: i64 },
    RoundConcluded { before: Option<Round>, round: Round, pending: i64 },
    AgenciesInvited { round: RoundNumber, invitations: Vec<Invitation> },
    AgencyUninvited { round: RoundNumber, before: Option<Invitation>, agency: AgencyCode },
    CommentSubmitted { comment: Box<Comment> },
    CommentRevised { before: Box<Comment>, comment: Box<Comment> },
    CommentWithdrawn { before: Box<Comment>, comment: Box<Comment> },
    CommentDecided { before: Box<Comment>, comment: Box<Comment> },
    DecisionUndone { before: Box<Comment>, comment: Box<Comment> },
    CommentAssigned { before: Box<Comment>, comment: Box<Comment> },
    CommentImplemented { before: Box<Comment>, comment: Box<Comment> },
    DecisionsPublished { numbers: Vec<CommentNumber> },
    ResponseSubmitted { response: Response, supersedes: Option<i64> },
    DirectiveIssued { directive: Directive },
    PersonsErased { persons: Vec<String> },
    DirectiveCompleted { before: Option<Directive>, directive: Directive },
}

impl Change {
    /// Its word, as the feed and the audit trail show it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Change::AgencyCreated { .. } => "agency_created",
            Change::AgencyUpdated { .. } => "agency_updated",
            Change::AgencySucceeded { .. } => "agency_succeeded",
            Change::ClientCreated { .. } => "client_created",
            Change::ClientRotated { .. } => "client_rotated",
            Change::ClientSecretEnded { .. } => "client_secret_ended",
            Change::ClientKeysSet { .. } => "client_keys_set",
            Change::ClientDisabled { .. } => "client_disabled",
            Change::ClientEnabled { .. } => "client_enabled",
            Change::SigningKeysRotated { .. } => "signing_keys_rotated",
            Change::DraftCreated { .. } => "draft_created",
            Change::VersionCreated { .. } => "version_created",
            Change::SectionAssigned { .. } => "section_assigned",
            Change::RoundCreated { .. } => "round_created",
            Change::RoundOpened { .. } => "round_opened",
            Change::RoundExtended { .. } => "round_extended",
            Change::RoundClosed { .. } => "round_closed",
            Change::RoundConcluded { .. } => "round_concluded",
            Change::AgenciesInvited { .. } => "agencies_invited",
            Change::AgencyUninvited { .. } => "agency_uninvited",
            Change::CommentSubmitted { .. } => "comment_submitted",
            Change::CommentRevised { .. } => "comment_revised",
            Change::CommentWithdrawn { .. } => "comment_withdrawn",
            Change::CommentDecided { .. } => "comment_decided",
            Change::DecisionUndone { .. } => "decision_undone",
            Change::CommentAssigned { .. } => "comment_assigned",
            Change::CommentImplemented { .. } => "comment_implemented",
            Change::DecisionsPublished { .. } => "decisions_published",
            Change::ResponseSubmitted { .. } => "response_submitted",
            Change::PersonsErased { .. } => "persons_erased",
            Change::DirectiveIssued { .. } => "directive_issued",
            Change::DirectiveCompleted { .. } => "directive_completed",
        }
    }

    /// Whether it changes what the cells of a cube mean: the tree, who answers for it, what rounds show.
    #[must_use]
    pub fn is_structural(&self) -> bool {
        matches!(
            self,
            Change::DraftCreated { .. }
                | Change::VersionCreated { .. }
                | Change::SectionAssigned { .. }
                | Change::RoundCreated { .. }
                | Change::RoundOpened { .. }
                | Change::RoundClosed { .. }
                | Change::RoundConcluded { .. }
        )
    }

    /// Whether it changes what a submission is checked against: versions, rounds, rosters, who answers for what; and
    /// with them who knows the draft. While a draft's log has none, what was read of them once holds. Named one by one:
    /// a new kind must be thought about.
    #[must_use]
    pub fn arranges(&self) -> bool {
        match self {
            Change::DraftCreated { .. }
            | Change::VersionCreated { .. }
            | Change::SectionAssigned { .. }
            | Change::RoundCreated { .. }
            | Change::RoundOpened { .. }
            | Change::RoundExtended { .. }
            | Change::RoundClosed { .. }
            | Change::RoundConcluded { .. }
            | Change::AgenciesInvited { .. }
            | Change::AgencyUninvited { .. }
            | Change::CommentAssigned { .. }
            | Change::DirectiveIssued { .. } => true,
            Change::AgencyCreated { .. }
            | Change::AgencyUpdated { .. }
            | Change::AgencySucceeded { .. }
            | Change::ClientCreated { .. }
            | Change::ClientRotated { .. }
            | Change::ClientSecretEnded { .. }
            | Change::ClientKeysSet { .. }
            | Change::ClientDisabled { .. }
            | Change::ClientEnabled { .. }
            | Change::SigningKeysRotated { .. }
            | Change::CommentSubmitted { .. }
            | Change::CommentRevised { .. }
            | Change::CommentWithdrawn { .. }
            | Change::CommentDecided { .. }
            | Change::DecisionUndone { .. }
            | Change::CommentImplemented { .. }
            | Change::DecisionsPublished { .. }
            | Change::ResponseSubmitted { .. }
            | Change::PersonsErased { .. }
            | Change::DirectiveCompleted { .. } => false,
        }
    }

    /// The moves of its comments between the cells of the cube. Publication has its own, made by the store, which
    /// alone knows the cells.
    #[must_use]
    pub fn moves(&self) -> Vec<Move> {
        match self {
            Change::CommentSubmitted { comment } => vec![Move { from: None, to: comment.cell(), count: 1 }],
            Change::CommentRevised { before, comment }
            | Change::CommentWithdrawn { before, comment }
            | Change::CommentDecided { before, comment }
            | Change::DecisionUndone { before, comment }
            | Change::CommentAssigned { before, comment }
            | Change::CommentImplemented { before, comment } => {
                let (from, to) = (before.cell(), comment.cell());
                if from == to { Vec::new() } else { vec![Move { from: Some(from), to, count: 1 }] }
            }
            _ => Vec::new(),
        }
    }

    /// The comment that it happened to, as it is then.
    #[must_use]
    pub fn comment(&self) -> Option<&Comment> {
        match self {
            Change::CommentSubmitted { comment }
            | Change::CommentRevised { comment, .. }
            | Change::CommentWithdrawn { comment, .. }
            | Change::CommentDecided { comment, .. }
            | Change::DecisionUndone { comment, .. }
            | Change::CommentAssigned { comment, .. }
            | Change::CommentImplemented { comment, .. } => Some(comment),
            _ => None,
        }
    }

    /// What it happened to, as a path in the draft: `comments/12`, `rounds/1`; empty for the draft itself.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Change::AgencyCreated { agency }
            | Change::AgencyUpdated { agency, .. }
            | Change::AgencySucceeded { agency, .. } => {
                format!("agencies/{}", agency.code)
            }
            Change::ClientCreated { client }
            | Change::ClientRotated { client }
            | Change::ClientSecretEnded { client }
            | Change::ClientKeysSet { client, .. }
            | Change::ClientDisabled { client }
            | Change::ClientEnabled { client } => format!("clients/{}", client.client_id),
            Change::SigningKeysRotated { .. }
            | Change::DraftCreated { .. }
            | Change::DecisionsPublished { .. }
            | Change::PersonsErased { .. } => String::new(),
            Change::VersionCreated { version, .. } => format!("versions/{version}"),
            Change::SectionAssigned { section, .. } => format!("sections/{section}"),
            Change::RoundCreated { round }
            | Change::RoundOpened { round, .. }
            | Change::RoundExtended { round, .. }
            | Change::RoundClosed { round, .. }
            | Change::RoundConcluded { round, .. } => format!("rounds/{}", round.number),
            Change::AgenciesInvited { round, .. } | Change::AgencyUninvited { round, .. } => {
                format!("rounds/{round}")
            }
            Change::CommentSubmitted { comment }
            | Change::CommentRevised { comment, .. }
            | Change::CommentWithdrawn { comment, .. }
            | Change::CommentDecided { comment, .. }
            | Change::DecisionUndone { comment, .. }
            | Change::CommentAssigned { comment, .. }
            | Change::CommentImplemented { comment, .. } => format!("comments/{}", comment.number),
            Change::ResponseSubmitted { response, .. } => format!("responses/{}", response.number),
            Change::DirectiveIssued { directive } | Change::DirectiveCompleted { directive, .. } => {
                format!("directives/{}", directive.number)
            }
        }
    }

    /// The agency whose own matter it is, so that only it (and the drafter's side) learns of it; none for what
    /// everybody who takes part may know.
    #[must_use]
    pub fn owner(&self) -> Option<&AgencyCode> {
        match self {
            Change::CommentSubmitted { comment }
            | Change::CommentRevised { comment, .. }
            | Change::CommentWithdrawn { comment, .. } => Some(&comment.agency),
            Change::ResponseSubmitted { response, .. } => Some(&response.agency),
            _ => None,
        }
    }

    /// Whether a caller with this sight may learn of it from the feed.
    #[must_use]
    pub fn visible_to(&self, sight: &Sight) -> bool {
        let Sight::Own { agency, answers } = sight else { return true };
        match self {
            // Proposals, and what is still in preparation, are the drafter's side's.
            Change::CommentDecided { comment, .. }
            | Change::DecisionUndone { comment, .. }
            | Change::CommentAssigned { comment, .. }
            | Change::CommentImplemented { comment, .. } => *answers && comment.responsible == *agency,
            // And who was named somewhere is nobody else's.
            Change::RoundCreated { .. }
            | Change::AgencyUninvited { .. }
            | Change::AgenciesInvited { .. }
            | Change::PersonsErased { .. } => false,
            Change::RoundExtended { round, .. } => round.state != RoundState::Preparing,
            // Who answers for a comment follows it as its agency does.
            Change::CommentSubmitted { comment }
            | Change::CommentRevised { comment, .. }
            | Change::CommentWithdrawn { comment, .. }
                if *answers && comment.responsible == *agency =>
            {
                true
            }
            _ => self.owner().is_none_or(|owner| owner == agency),
        }
    }
}

/// One change of a draft (or of the registry).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place: gapless, from 1.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
    /// Through which operation.
    pub operation: Operation,
    /// Who.
    pub actor: Actor,
    /// The request that asked for it.
    pub request_id: Option<RequestId>,
    /// Where it came from; none for the installation's own commands.
    pub address: Option<IpAddr>,
    /// What.
    pub change: Change,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comment::tests::comment;
    use crate::round::tests::round;
    use crate::words::Status;

    #[test]
    fn a_new_comment_enters_a_cell_and_a_withdrawn_one_moves() {
        let submitted = Change::CommentSubmitted { comment: Box::new(comment()) };
        assert_eq!(submitted.moves().len(), 1);
        let before = Box::new(comment());
        let after = Box::new(comment().withdraw(Timestamp(2)).unwrap());
        let moves = Change::CommentWithdrawn { before: before.clone(), comment: after }.moves();
        assert_eq!(moves[0].from.as_ref().unwrap().status, Status::Pending);
        assert_eq!(moves[0].to.status, Status::Withdrawn);
        let unmoved = Change::CommentRevised { before: before.clone(), comment: before };
        assert!(unmoved.moves().is_empty());
    }

    #[test]
    fn a_contributor_learns_nothing_of_proposals_or_of_others() {
        let sight = |text: &str| Sight::Own { agency: AgencyCode::stored(text.into()), answers: false };
        let (before, after) = (Box::new(comment()), Box::new(comment()));
        let decided = Change::CommentDecided { before, comment: after };
        assert!(!decided.visible_to(&sight("H37.05")));
        assert!(decided.visible_to(&Sight::Everything));
        let submitted = Change::CommentSubmitted { comment: Box::new(comment()) };
        assert!(submitted.visible_to(&sight("H37.05")));
        let answers = Sight::Own { agency: AgencyCode::stored("H37.02".into()), answers: true };
        assert!(submitted.visible_to(&answers) && decided.visible_to(&answers));
        // The agency that answers in another role, and another agency in that role.
        let elsewhere = Sight::Own { agency: AgencyCode::stored("H37.06".into()), answers: true };
        for sight in [sight("H37.02"), elsewhere] {
            assert!(!submitted.visible_to(&sight) && !decided.visible_to(&sight), "{sight:?}");
        }
        assert!(!submitted.visible_to(&sight("H37.06")));
        assert!(Change::DecisionsPublished { numbers: vec![1] }.visible_to(&sight("H37.06")));
    }

    #[test]
    fn a_round_in_preparation_is_not_heard_of() {
        let sight = Sight::Own { agency: AgencyCode::stored("H37.05".into()), answers: true };
        let extended = |state| Change::RoundExtended { before: round(state), round: round(state) };
        assert!(!extended(RoundState::Preparing).visible_to(&sight));
        assert!(extended(RoundState::Preparing).visible_to(&Sight::Everything));
        assert!(extended(RoundState::Open).visible_to(&sight));
        let created = Change::RoundCreated { round: round(RoundState::Preparing) };
        assert!(!created.visible_to(&sight) && created.visible_to(&Sight::Everything));
    }

    /// What `actor::Relation` is read from: an access that was weighed once must not outlive it.
    #[test]
    fn whatever_changes_who_knows_the_draft_arranges_it_anew() {
        let agency = || AgencyCode::stored("H37.02".into());
        let assigned = Comment { assigned: Some(agency()), ..comment() };
        let (before, comment) = (Box::new(comment()), Box::new(assigned));
        assert!(Change::CommentAssigned { before: before.clone(), comment }.arranges());
        assert!(Change::AgencyUninvited { round: 1, before: None, agency: agency() }.arranges());
        assert!(Change::AgenciesInvited { round: 1, invitations: Vec::new() }.arranges());
        assert!(Change::SectionAssigned { section: 1, before: Some(agency()), agency: None }.arranges());
        assert!(
            Change::VersionCreated { version: 2, sections: 1, removed: vec![1], digest: None }.arranges()
        );
        assert!(Change::RoundOpened { before: None, round: round(RoundState::Open) }.arranges());
        assert!(!Change::CommentSubmitted { comment: before }.arranges());
    }

    #[test]
    fn an_event_of_before_it_had_what_was_before_is_read() {
        let opened = Change::RoundOpened { before: None, round: round(RoundState::Open) };
        let mut json = serde_json::to_value(&opened).unwrap();
        json.as_object_mut().unwrap().remove("before");
        assert_eq!(serde_json::from_value::<Change>(json).unwrap(), opened);
    }

    #[test]
    fn an_event_reads_back_from_its_json() {
        let change = Change::CommentSubmitted { comment: Box::new(comment()) };
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change);
    }
}
