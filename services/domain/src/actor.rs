//! Who calls, and what they may therefore see: actor, scope, and the table of who may do what.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{AgencyCode, ClientId};
use crate::words::Role;
use crate::{Error, Result};

/// Who calls: what a verified token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The client.
    pub client: ClientId,
    /// The agency that it speaks for.
    pub agency: AgencyCode,
    /// What it may be.
    pub role: Role,
}

/// What an actor may see and do. Every call of the store takes one, and every statement filters by it.
///
/// It can't be built but from an [`Actor`], and an actor comes from a verified token; the installation's own commands
/// (`ykien draft import` on the server's database, the demo, the first credential) use [`Scope::installation`].
///
/// A clone shares the actor: every call has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    actor: Arc<Actor>,
    address: Option<IpAddr>,
}

impl Scope {
    /// The scope of a verified actor.
    #[must_use]
    pub fn of(actor: impl Into<Arc<Actor>>) -> Self {
        Self { actor: actor.into(), address: None }
    }

    /// The scope of whoever runs the program on the installation's own database: an administrator.
    #[must_use]
    pub fn installation() -> Self {
        Self::of(Actor {
            client: ClientId::stored("installation".to_owned()),
            agency: AgencyCode::stored("installation".to_owned()),
            role: Role::Admin,
        })
    }

    /// The same caller, who calls from this address: for the audit trail alone, no rule asks for it. It belongs to the
    /// call and not to the token, so it is set after whatever is held by token.
    #[must_use]
    pub fn from_address(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// Where the call came from; none for the installation's own commands.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Who calls.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The caller's own agency.
    #[must_use]
    pub fn agency(&self) -> &AgencyCode {
        &self.actor.agency
    }

    /// Whether every draft is visible: administrators and observers.
    #[must_use]
    pub fn sees_all_drafts(&self) -> bool {
        matches!(self.actor.role, Role::Admin | Role::Observer)
    }
}

/// How the caller's agency stands to one draft: facts that the store reads with the draft's row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relation {
    /// It drafts it.
    pub drafting: bool,
    /// It is on the roster of a round that is past preparing.
    pub invited: bool,
    /// A round past preparing admits anyone.
    pub admitted: bool,
    /// A section, comment or directive was assigned to it.
    pub responsible: bool,
}

/// What the caller sees of a draft's comments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sight {
    /// Every comment, with proposed decisions.
    Everything,
    /// Its own agency's comments; others' by the round's visibility or once published; proposed decisions hidden.
    Own {
        /// The caller's agency.
        agency: AgencyCode,
        /// Whether it also sees, with proposed decisions, what its agency answers for.
        answers: bool,
    },
}

impl Sight {
    /// Whether the caller sees everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Sight::Everything)
    }
}

/// What the caller is on one draft: an actor and its relation, weighed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What it sees.
    pub sight: Sight,
    /// Whether it runs the consultation: the draft's drafter, or an administrator.
    pub runs: bool,
}

impl Access {
    /// What this scope is on a draft to which its agency stands so; none when it may not know the draft at all.
    #[must_use]
    pub fn weigh(scope: &Scope, relation: Relation) -> Option<Self> {
        let Actor { agency, role, .. } = scope.actor();
        let own = |answers| Sight::Own { agency: agency.clone(), answers };
        match role {
            Role::Admin => Some(Self { sight: Sight::Everything, runs: true }),
            Role::Observer => Some(Self { sight: Sight::Everything, runs: false }),
            Role::Drafter if relation.drafting => Some(Self { sight: Sight::Everything, runs: true }),
            _ if relation.drafting || relation.invited || relation.admitted || relation.responsible => {
                Some(Self { sight: own(*role == Role::Responsible), runs: false })
            }
            _ => None,
        }
    }
}

/// Who may do an operation on what it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Everybody with a valid token.
    Anyone,
    /// Administrators.
    Administrators,
    /// Administrators, and drafters for a draft of their own agency.
    Founders,
    /// Everybody who may see the draft.
    Viewers,
    /// Who runs the consultation: its drafter, or an administrator.
    Runners,
    /// Who runs the consultation, and whoever sees everything.
    Overseers,
    /// An agency for itself, or who runs the consultation for it. Observers never.
    Speakers,
    /// Who runs the consultation, and the responsible agency for what it answers for.
    Deciders,
}

macro_rules! operations {
    ($($group:literal: $(#[doc = $doc:literal] $name:ident => $rule:ident;)+)+) => {
        /// Every use case. The name is its word in the audit trail and in the permissions table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Operation { $($(#[doc = $doc] $name,)+)+ }

        impl Operation {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Operation] = &[$($(Operation::$name,)+)+];

            /// Its word.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $($(Operation::$name => stringify!($name),)+)+ } }

            /// The operation of a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($(stringify!($name) => Some(Operation::$name),)+)+ _ => None }
            }

            /// Who may do it.
            #[must_use]
            pub fn rule(self) -> Rule { match self { $($(Operation::$name => Rule::$rule,)+)+ } }

            /// What it is about: the heading under which the permissions table has it.
            #[must_use]
            pub fn group(self) -> &'static str { match self { $($(Operation::$name)|+ => $group,)+ } }

            /// What it does, in one sentence.
            #[must_use]
            pub fn does(self) -> &'static str { match self { $($(Operation::$name => $doc,)+)+ } }
        }
    };
}

operations! {
    "Agencies":
    /// Make an agency known.
    CreateAgency => Administrators;
    /// Change an agency's names or state.
    UpdateAgency => Administrators;
    /// Say which agency took over from which.
    SucceedAgency => Administrators;
    /// Read an agency.
    GetAgency => Anyone;
    /// List the agencies.
    ListAgencies => Anyone;
    "Clients and the installation":
    /// Make a client.
    CreateClient => Administrators;
    /// Give a client a new secret.
    RotateClient => Administrators;
    /// End an older secret of a client.
    EndClientSecret => Administrators;
    /// Give a client public keys.
    SetClientKeys => Administrators;
    /// Switch a client off or on.
    DisableClient => Administrators;
    /// Read a client.
    GetClient => Administrators;
    /// List the clients.
    ListClients => Administrators;
    /// Sign tokens with a new key.
    RotateSigningKeys => Administrators;
    /// Read the installation's own change log.
    ListRegistryEvents => Administrators;
    /// Have the installation's own change log with its seals.
    ExportRegistryAudit => Administrators;
    "Drafts and versions":
    /// Make a draft.
    CreateDraft => Founders;
    /// Read a draft.
    GetDraft => Viewers;
    /// List the drafts that one may see.
    ListDrafts => Anyone;
    /// Add a version with its sections.
    CreateVersion => Runners;
    /// Read a version's tree.
    ListSections => Viewers;
    /// Compare two versions section by section.
    CompareVersions => Viewers;
    "Rounds":
    /// Make a round.
    CreateRound => Runners;
    /// Read a round.
    GetRound => Viewers;
    /// List the rounds.
    ListRounds => Viewers;
    /// Put agencies on a round's roster.
    InviteAgencies => Runners;
    /// Take an agency off a round's roster.
    UninviteAgency => Runners;
    /// List a round's roster.
    ListInvitations => Viewers;
    /// Open a round.
    OpenRound => Runners;
    /// Give a round a later deadline.
    ExtendRound => Runners;
    /// Close a round.
    CloseRound => Runners;
    /// Conclude a round.
    ConcludeRound => Runners;
    "Comments and responses":
    /// Submit a comment.
    SubmitComment => Speakers;
    /// Change a comment of one's own.
    ReviseComment => Speakers;
    /// Take a comment of one's own back.
    WithdrawComment => Speakers;
    /// Read a comment.
    GetComment => Viewers;
    /// List comments.
    ListComments => Viewers;
    /// Read where comments stand in a version.
    ListPlacements => Viewers;
    /// Submit an agency's signed reply.
    SubmitResponse => Speakers;
    /// List the replies.
    ListResponses => Viewers;
    /// Record what an agency said at a meeting.
    RecordOralOpinion => Runners;
    "Decisions":
    /// Decide a comment.
    DecideComment => Deciders;
    /// Decide many comments.
    BatchDecideComments => Deciders;
    /// Take a decision back.
    UndoDecision => Deciders;
    /// Publish decisions.
    PublishDecisions => Runners;
    /// Say in which version a decision was carried out.
    MarkImplemented => Runners;
    "Responsibility and directives":
    /// Give a section a responsible agency.
    AssignSection => Runners;
    /// Give a comment a responsible agency.
    AssignComment => Runners;
    /// Issue a directive.
    IssueDirective => Runners;
    /// Complete a directive.
    CompleteDirective => Deciders;
    /// List the directives.
    ListDirectives => Viewers;
    "Following and counting":
    /// Follow a draft's changes.
    WatchDraft => Viewers;
    /// Count comments.
    Aggregate => Viewers;
    /// Read comments in the draft's own order.
    Collect => Viewers;
    /// Read who has answered.
    GetProgress => Viewers;
    /// Trace every agency and comment to its end.
    Reconcile => Overseers;
    "The audit trail and persons":
    /// Read a draft's change log.
    ListEvents => Overseers;
    /// Have a draft's change log with its seals.
    ExportAudit => Overseers;
    /// Read who was shown comments that are not for everybody.
    ListDisclosures => Administrators;
    /// List the persons whose names a draft has.
    ListPersons => Runners;
    /// Erase names of persons.
    ErasePersons => Runners;
    "Documents and sheets":
    /// Take the rows of a comment sheet.
    ImportComments => Speakers;
    /// Have the consolidated table as a file.
    ExportSummary => Overseers;
    /// Have an agency's slip or comment sheet, or the directives, as a file.
    ExportDocument => Viewers;
    /// Have the sheet in which decisions are written.
    ExportDecisionSheet => Deciders;
}

impl Operation {
    /// Whether the caller may do this outside any draft.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`.
    pub fn permit(self, scope: &Scope) -> Result<()> {
        let role = scope.actor().role;
        let allowed = match self.rule() {
            Rule::Anyone => true,
            Rule::Founders => matches!(role, Role::Admin | Role::Drafter),
            _ => role == Role::Admin,
        };
        if allowed { Ok(()) } else { Err(Error::denied()) }
    }

    /// Whether the caller may do this on a draft that it may see. Whose thing it is, the use case asks itself
    /// ([`may_speak_for`], [`may_answer_for`]).
    ///
    /// # Errors
    /// `PERMISSION_DENIED`.
    pub fn permit_on(self, scope: &Scope, access: &Access) -> Result<()> {
        let role = scope.actor().role;
        let allowed = match self.rule() {
            Rule::Anyone | Rule::Viewers => true,
            Rule::Administrators => role == Role::Admin,
            Rule::Founders | Rule::Runners => access.runs,
            Rule::Overseers => access.sight.is_everything(),
            Rule::Speakers => access.runs || role != Role::Observer,
            Rule::Deciders => access.runs || role == Role::Responsible,
        };
        if allowed { Ok(()) } else { Err(Error::denied()) }
    }
}

/// Whether the caller may make a draft that this agency drafts.
///
/// # Errors
/// `PERMISSION_DENIED` for another agency's, unless an administrator makes it.
pub fn may_found(scope: &Scope, drafting: &AgencyCode) -> Result<()> {
    if scope.actor().role == Role::Admin || drafting == scope.agency() {
        Ok(())
    } else {
        Err(Error::denied())
    }
}

/// The agency for which the caller speaks: its own when none is named; another only for who runs the consultation.
///
/// # Errors
/// `PERMISSION_DENIED` for another agency's name, and when an administrator names none.
pub fn may_speak_for(scope: &Scope, access: &Access, named: Option<&AgencyCode>) -> Result<AgencyCode> {
    match named {
        Some(agency) if access.runs || agency == scope.agency() => Ok(agency.clone()),
        Some(_) => Err(Error::denied()),
        None => Ok(scope.agency().clone()),
    }
}

/// The agency about which the caller asks for a file: its own when none is named; another only for who sees everything.
///
/// # Errors
/// `PERMISSION_DENIED`.
pub fn may_ask_for(scope: &Scope, access: &Access, named: Option<&AgencyCode>) -> Result<AgencyCode> {
    match named {
        Some(agency) if access.sight.is_everything() || agency == scope.agency() => Ok(agency.clone()),
        Some(_) => Err(Error::denied()),
        None => Ok(scope.agency().clone()),
    }
}

/// Whether the caller may decide or complete what this agency answers for.
///
/// # Errors
/// `PERMISSION_DENIED`.
pub fn may_answer_for(scope: &Scope, access: &Access, responsible: &AgencyCode) -> Result<()> {
    if access.runs || (scope.actor().role == Role::Responsible && responsible == scope.agency()) {
        Ok(())
    } else {
        Err(Error::denied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(role: Role) -> Scope {
        Scope::of(Actor {
            client: ClientId::stored("c".into()),
            agency: AgencyCode::stored("H37.05".into()),
            role,
        })
    }

    #[test]
    fn where_a_call_came_from_is_the_calls_own() {
        let address = Some(IpAddr::from([10, 1, 2, 3]));
        let called = scope(Role::Drafter).from_address(address);
        assert_eq!((called.address(), called.actor().role), (address, Role::Drafter));
        assert_eq!(called.from_address(None).address(), None);
        assert_eq!(scope(Role::Drafter).address(), None);
    }

    #[test]
    fn what_each_role_is_on_a_draft_that_it_stands_to_so() {
        let stranger = Relation::default();
        let invited = Relation { invited: true, ..stranger };
        let drafting = Relation { drafting: true, ..stranger };
        // role, relation, (knows the draft, sees everything, runs it)
        let table = [
            (Role::Contributor, stranger, (false, false, false)),
            (Role::Contributor, invited, (true, false, false)),
            (Role::Contributor, drafting, (true, false, false)),
            (Role::Responsible, stranger, (false, false, false)),
            (Role::Responsible, Relation { responsible: true, ..stranger }, (true, false, false)),
            (Role::Drafter, stranger, (false, false, false)),
            (Role::Drafter, invited, (true, false, false)),
            (Role::Drafter, drafting, (true, true, true)),
            (Role::Observer, stranger, (true, true, false)),
            (Role::Admin, stranger, (true, true, true)),
        ];
        for (role, relation, expected) in table {
            let access = Access::weigh(&scope(role), relation);
            let seen = access.as_ref().is_some_and(|access| access.sight.is_everything());
            let runs = access.as_ref().is_some_and(|access| access.runs);
            assert_eq!((access.is_some(), seen, runs), expected, "{role:?} {relation:?}");
        }
    }

    #[test]
    fn an_observer_writes_nothing() {
        let scope = scope(Role::Observer);
        let access =
            Access::weigh(&scope, Relation { drafting: true, invited: true, ..Relation::default() }).unwrap();
        for operation in Operation::ALL {
            let writes = !matches!(operation.rule(), Rule::Anyone | Rule::Viewers | Rule::Overseers);
            assert_eq!(operation.permit_on(&scope, &access).is_err(), writes, "{operation:?}");
        }
    }

    #[test]
    fn observers_and_administrators_see_every_draft() {
        for role in Role::ALL {
            let expected = matches!(role, Role::Observer | Role::Admin);
            assert_eq!(scope(*role).sees_all_drafts(), expected, "{role:?}");
        }
        assert!(Scope::installation().sees_all_drafts());
        assert_eq!(Scope::installation().agency().as_str(), "installation");
    }

    #[test]
    fn only_the_responsible_role_sees_the_proposals_that_its_agency_answers_for() {
        let relation = Relation { responsible: true, ..Relation::default() };
        for role in [Role::Contributor, Role::Responsible, Role::Drafter] {
            let access = Access::weigh(&scope(role), relation).unwrap();
            let agency = AgencyCode::stored("H37.05".into());
            assert_eq!(access.sight, Sight::Own { agency, answers: role == Role::Responsible }, "{role:?}");
        }
    }

    #[test]
    fn what_is_an_administrators_is_so_on_a_draft_too() {
        let drafting = Relation { drafting: true, ..Relation::default() };
        for role in Role::ALL {
            let scope = scope(*role);
            let access = Access::weigh(&scope, drafting).unwrap();
            let allowed = Operation::CreateAgency.permit_on(&scope, &access).is_ok();
            assert_eq!(allowed, *role == Role::Admin, "{role:?}");
        }
    }

    #[test]
    fn whose_things_one_may_have_as_a_file_and_answer_for() {
        let (own, other) = (AgencyCode::stored("H37.05".into()), AgencyCode::stored("H37.06".into()));
        let drafting = Relation { drafting: true, ..Relation::default() };
        // role, (a file of another's, an answer for one's own, an answer for another's)
        let table = [
            (Role::Contributor, (false, false, false)),
            (Role::Responsible, (false, true, false)),
            (Role::Drafter, (true, true, true)),
            (Role::Observer, (true, false, false)),
            (Role::Admin, (true, true, true)),
        ];
        for (role, expected) in table {
            let scope = scope(role);
            let access = Access::weigh(&scope, drafting).unwrap();
            assert_eq!(may_ask_for(&scope, &access, None).unwrap(), own, "{role:?}");
            assert_eq!(may_ask_for(&scope, &access, Some(&own)).unwrap(), own, "{role:?}");
            let file = may_ask_for(&scope, &access, Some(&other));
            assert!(file.iter().all(|agency| *agency == other), "{role:?}");
            let answers = |agency| may_answer_for(&scope, &access, agency).is_ok();
            assert_eq!((file.is_ok(), answers(&own), answers(&other)), expected, "{role:?}");
        }
    }

    #[test]
    fn only_who_runs_the_consultation_speaks_for_another_agency() {
        let other = AgencyCode::stored("H37.06".into());
        let invited = Relation { invited: true, ..Relation::default() };
        let contributor = scope(Role::Contributor);
        let access = Access::weigh(&contributor, invited).unwrap();
        assert!(may_speak_for(&contributor, &access, Some(&other)).is_err());
        assert_eq!(may_speak_for(&contributor, &access, None).unwrap().as_str(), "H37.05");
        let admin = scope(Role::Admin);
        let access = Access::weigh(&admin, Relation::default()).unwrap();
        assert_eq!(may_speak_for(&admin, &access, Some(&other)).unwrap(), other);
    }
}
