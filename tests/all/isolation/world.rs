//! The world that is walked: two drafts side by side, and everybody who can call.

use std::sync::OnceLock;

use ykien::serve::ServeOptions;
use ykien_domain::actor::Scope;
use ykien_domain::command::*;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId};
use ykien_domain::model::{Anchor, Content, Letter, Source};
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, LateRule, Outcome, Role, SilenceRule, Stance, Visibility,
};
use ykien_edge::auth::{Identity, NewSecret, new_secret};
use ykien_store::Writable;
use ykien_tests::{Base, Engine, START, scope};

use super::canary::{CLIENT, canary};
use super::record;

/// One draft and its agencies. Ids of the same kind are equally long on both sides.
#[derive(Debug)]
pub struct Side {
    /// The draft.
    pub draft: &'static str,
    /// Drafts it.
    pub drafting: &'static str,
    /// Answers for its section 1 and its directive 1.
    pub answering: &'static str,
    /// Was invited to its round 1.
    pub invited: &'static str,
    /// Was invited too; nobody calls for it.
    pub neighbour: &'static str,
}

/// Both sides.
pub static SIDES: [Side; 2] = [
    Side {
        draft: "draft-1",
        drafting: "D1-DRAFTING",
        answering: "R1-ANSWERING",
        invited: "A1-INVITED",
        neighbour: "C1-NEIGHBOUR",
    },
    Side {
        draft: "draft-2",
        drafting: "D2-DRAFTING",
        answering: "R2-ANSWERING",
        invited: "A2-INVITED",
        neighbour: "C2-NEIGHBOUR",
    },
];

/// A draft that nobody made.
pub const NO_DRAFT: &str = "draft-9";
/// An agency that nobody knows.
pub const NO_AGENCY: &str = "Z-UNKNOWN";
/// A client that nobody made.
pub const NO_CLIENT: &str = "z-unknown";
/// A number that no comment, round, directive or section has.
pub const NO_NUMBER: i64 = 99_999;

/// An agency to change and to end, and the one that takes over.
pub const ENDING: &str = "Z-ENDING";
/// Takes over from [`ENDING`].
pub const BEGINNING: &str = "Z-BEGINNING";
/// A client to switch off and on.
pub const SWITCHED: &str = "z-switched";

const OBSERVING: &str = "O-OBSERVING";
const ADMINISTERING: &str = "O-ADMINISTERING";

/// How a caller stands to the draft of its side: a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A contributor of the invited agency.
    Contributor,
    /// A contributor of the drafting agency: of the right agency, without the role.
    Clerk,
    /// An observer.
    Observer,
    /// Of the agency that answers for section 1.
    Responsible,
    /// Runs the consultation.
    Drafter,
    /// An administrator.
    Admin,
}

/// Who calls.
#[derive(Debug)]
pub struct Caller {
    /// The agency that it speaks for.
    pub agency: &'static str,
    /// How it stands to its side's draft.
    pub standing: Standing,
    /// Its own side. Observers and administrators have none; what they call their own is on this one.
    pub side: &'static Side,
}

impl Caller {
    /// The other side.
    pub fn others(&self) -> &'static Side {
        SIDES.iter().find(|side| side.draft != self.side.draft).expect("there are two sides")
    }

    fn role(&self) -> Role {
        match self.standing {
            Standing::Contributor | Standing::Clerk => Role::Contributor,
            Standing::Observer => Role::Observer,
            Standing::Responsible => Role::Responsible,
            Standing::Drafter => Role::Drafter,
            Standing::Admin => Role::Admin,
        }
    }

    fn scope(&self) -> Scope {
        scope(self.agency, self.role())
    }
}

/// Everybody: those who may least first, so that what others did does not get in their way.
pub static CALLERS: [Caller; 10] = [
    caller(SIDES[0].invited, Standing::Contributor, &SIDES[0]),
    caller(SIDES[1].invited, Standing::Contributor, &SIDES[1]),
    caller(SIDES[0].drafting, Standing::Clerk, &SIDES[0]),
    caller(SIDES[1].drafting, Standing::Clerk, &SIDES[1]),
    caller(OBSERVING, Standing::Observer, &SIDES[0]),
    caller(SIDES[0].answering, Standing::Responsible, &SIDES[0]),
    caller(SIDES[1].answering, Standing::Responsible, &SIDES[1]),
    caller(SIDES[0].drafting, Standing::Drafter, &SIDES[0]),
    caller(SIDES[1].drafting, Standing::Drafter, &SIDES[1]),
    caller(ADMINISTERING, Standing::Admin, &SIDES[0]),
];

const fn caller(agency: &'static str, standing: Standing, side: &'static Side) -> Caller {
    Caller { agency, standing, side }
}

/// The store, and the tokens of [`CALLERS`] in their order.
pub struct World {
    /// The store and its clock, which stands still: so tokens live as long as the test.
    pub base: Base,
    /// Who issues and checks tokens.
    pub identity: Identity,
    /// A token for each caller.
    pub tokens: Vec<String>,
}

/// One secret for all: a hash takes tens of milliseconds.
fn secret() -> &'static NewSecret {
    static SECRET: OnceLock<NewSecret> = OnceLock::new();
    SECRET.get_or_init(|| new_secret().expect("a secret"))
}

impl World {
    /// Makes everything, on a store of its own.
    pub async fn new(engine: Engine) -> Self {
        record::begin();
        let base = Base::new(engine).await;
        let identity = Identity::new(base.store.clone(), ServeOptions::loopback().auth);
        identity.ensure_signing_key().await.expect("a signing key");
        let mut world = Self { base, identity, tokens: Vec::new() };
        for side in &SIDES {
            for agency in [side.drafting, side.answering, side.invited, side.neighbour] {
                world.agency(agency).await;
            }
        }
        for agency in [OBSERVING, ADMINISTERING, ENDING, BEGINNING] {
            world.agency(agency).await;
        }
        world.client(SWITCHED, BEGINNING, Role::Observer).await;
        for caller in &CALLERS {
            let client = caller.scope().actor().client.clone();
            world.client(client.as_str(), caller.agency, caller.role()).await;
            let token = world.identity.issue(client.as_str(), &secret().secret).await.expect("a token");
            world.tokens.push(token.token);
        }
        for side in &SIDES {
            world.side(side).await;
        }
        world
    }

    /// What only its owner may hold: the clients' secret and its hash, every token.
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        let NewSecret { secret, hash } = secret();
        self.tokens.iter().chain([secret, hash]).cloned()
    }

    async fn agency(&self, agency: &str) {
        let (name, empty) = (format!("Cơ quan {agency}"), String::new());
        let kind = AgencyKind::Department;
        let made = CreateAgency { code: code(agency), name, short_name: empty.clone(), name_en: empty, kind };
        self.done(&Scope::installation(), made).await;
    }

    async fn client(&self, client: &str, agency: &str, role: Role) {
        let client_id = ClientId::stored(client.to_owned());
        let (name, secret_hash) = (CLIENT.to_owned(), secret().hash.clone());
        let made = CreateClient { client_id, agency: code(agency), role, name, secret_hash };
        self.done(&Scope::installation(), made).await;
    }

    /// A draft with four sections; round 1 open, 2 to 4 in preparation; comments 1 and 3 of the invited agency, 2 and 5 of
    /// its neighbour, the latter spoken, 4 of the drafting agency itself; 3 and 4 decided, nothing published; a response of each of the two
    /// that were invited; two directives.
    async fn side(&self, side: &Side) {
        let (drafter, draft) = (scope(side.drafting, Role::Drafter), DraftId::stored(side.draft.to_owned()));
        let open = canary(side, "DRAFT");
        let id = Some(draft.clone());
        let drafting_agency = code(side.drafting);
        self.done(&drafter, CreateDraft { id, title: open.clone(), summary: open.clone(), drafting_agency })
            .await;
        self.done(
            &drafter,
            CreateVersion { draft: draft.clone(), preamble: String::new(), sections: tree(side) },
        )
        .await;
        let answering = Some(code(side.answering));
        self.done(&drafter, AssignSection { draft: draft.clone(), section: 1, agency: answering.clone() })
            .await;
        for title in [open.clone(), canary(side, "PREPARING"), "Đợt 3".to_owned(), "Đợt 4".to_owned()] {
            self.done(&drafter, round(&draft, title)).await;
        }
        for round in [1, 2] {
            let agencies = vec![code(side.invited), code(side.neighbour)];
            self.done(&drafter, InviteAgencies { draft: draft.clone(), round, agencies }).await;
        }
        self.done(&drafter, OpenRound { draft: draft.clone(), round: 1, etag: None }).await;

        let invited = scope(side.invited, Role::Contributor);
        let neighbour = scope(side.neighbour, Role::Contributor);
        self.done(&invited, comment(&draft, 1, &canary(side, "COMMENT"))).await;
        self.done(&neighbour, comment(&draft, 2, &canary(side, "NEIGHBOURS-COMMENT"))).await;
        self.done(&invited, comment(&draft, 2, "Đề nghị rà soát số liệu")).await;
        self.done(&drafter, comment(&draft, 1, "Đề nghị bổ sung giải pháp")).await;
        let (speaker, agency) = (canary(side, "NEIGHBOURS-COMMENT"), code(side.neighbour));
        let (draft_id, content) = (draft.clone(), content(2, &speaker));
        self.done(&drafter, RecordOralOpinion { draft: draft_id, round: Some(1), agency, speaker, content })
            .await;
        self.done(&invited, response(&draft, &canary(side, "REPLY"))).await;
        self.done(&neighbour, response(&draft, &canary(side, "NEIGHBOURS-REPLY"))).await;
        self.done(&drafter, decision(&draft, 3, Outcome::Rejected, &canary(side, "PROPOSAL"))).await;
        self.done(&drafter, decision(&draft, 4, Outcome::Accepted, "")).await;
        for responsible in [answering, Some(code(side.drafting))] {
            let (draft, text, issued_by) = (draft.clone(), open.clone(), String::new());
            let (due, issued_on) = (None, None);
            let issued = IssueDirective { draft, text, section: 0, responsible, due, issued_by, issued_on };
            self.done(&drafter, issued).await;
        }
    }

    /// The proof that must hold after all that was tried.
    pub async fn verify(&self) {
        let found = self.base.store.verify().await.expect("the proof runs");
        assert_eq!(found.differences, Vec::<String>::new());
    }

    async fn done<C: Writable>(&self, scope: &Scope, command: C) {
        self.base.store.write(scope, command, WriteOptions::default()).await.expect("the world is made");
    }
}

/// An agency's code.
pub fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

/// The tree of every version of a side's draft: so its sections keep their ids 1 to 4.
pub fn tree(side: &Side) -> Vec<NewSection> {
    ["I", "II", "III", "IV"]
        .into_iter()
        .map(|label| NewSection {
            level: "roman".to_owned(),
            label: label.to_owned(),
            heading: canary(side, "DRAFT"),
            body: canary(side, "DRAFT"),
            ..NewSection::default()
        })
        .collect()
}

fn round(draft: &DraftId, title: String) -> CreateRound {
    CreateRound {
        draft: draft.clone(),
        title,
        deadline: START.plus_seconds(86_400),
        silence_rule: SilenceRule::None,
        silence_basis: String::new(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
    }
}

/// In every field that has words. The source keeps the canary when the text is revised.
fn comment(draft: &DraftId, section: i64, text: &str) -> SubmitComment {
    let source = Source { id: text.to_owned(), status: text.to_owned() };
    let content = content(section, text);
    SubmitComment { draft: draft.clone(), round: Some(1), agency: None, content, source }
}

fn content(section: i64, text: &str) -> Content {
    let anchor = Anchor { kind: AnchorKind::Quote, section, quote: text.to_owned() };
    let (title, text, proposed_change) = (text.to_owned(), text.to_owned(), text.to_owned());
    Content { anchor, title, text, proposed_change, ..Content::default() }
}

fn response(draft: &DraftId, signer: &str) -> SubmitResponse {
    let (number, signer, capacity) = (signer.to_owned(), signer.to_owned(), signer.to_owned());
    let letter = Letter { number, signer, capacity, date: None };
    let (draft, stance) = (draft.clone(), Stance::AgreesWithComments);
    SubmitResponse { draft, round: Some(1), agency: None, stance, letter, comments: Vec::new() }
}

fn decision(draft: &DraftId, number: i64, outcome: Outcome, explanation: &str) -> DecideComment {
    DecideComment { draft: draft.clone(), number, outcome, explanation: explanation.to_owned(), etag: None }
}
