//! What this crate's tests stand on: a real store with a draft whose round is open.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use ykien_domain::actor::{Actor, Scope};
use ykien_domain::command::{
    AssignSection, Command, CreateAgency, CreateDraft, CreateRound, CreateVersion, InviteAgencies,
    NewSection, OpenRound, SubmitComment, WriteOptions,
};
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, ROOT, Revision};
use ykien_domain::model::{Content, Source};
use ykien_domain::time::{ManualClock, Timestamp};
use ykien_domain::words::{Admission, AgencyKind, LateRule, Role, SilenceRule, Visibility};
use ykien_store::{Store, StoreOptions, Writable};

use crate::Aggregation;

/// The agencies: H37.05 drafts and is invited, H37.06 is invited, H37.99 is a stranger.
const AGENCIES: [&str; 3] = ["H37.05", "H37.06", "H37.99"];

/// The legal basis of the round's silence rule.
pub(crate) const BASIS: &str = "điểm 3 Công văn số 1234/UBND-NN";

/// The round's deadline; the clock stands a thousand seconds before it.
pub(crate) const DEADLINE: Timestamp = Timestamp(1_595_584_800_000_000);

/// A store with a draft of two sections and an open round, where each sees its own.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// The draft.
pub(crate) fn draft() -> DraftId {
    DraftId::stored("nq20".to_owned())
}

fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

impl House {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(DEADLINE.plus_seconds(-1_000)));
        let url = format!("sqlite:{}", folder.path().join("ykien.db").display());
        let options = StoreOptions { url, max_connections: 4, clock: clock.clone() };
        let store = Store::connect(options).await.unwrap();
        store.migrate().await.unwrap();
        let house = Self { store, clock, _folder: folder };
        for agency in AGENCIES {
            house
                .write(CreateAgency {
                    code: code(agency),
                    name: format!("Cơ quan {agency}"),
                    short_name: String::new(),
                    name_en: String::new(),
                    kind: AgencyKind::Department,
                })
                .await;
        }
        house
            .write(CreateDraft {
                id: Some(draft()),
                title: "Báo cáo 10 năm".into(),
                summary: String::new(),
                drafting_agency: code("H37.05"),
            })
            .await;
        let section =
            |label: &str, parent| NewSection { label: label.into(), parent, ..NewSection::default() };
        house
            .write(CreateVersion {
                draft: draft(),
                preamble: String::new(),
                sections: vec![section("I", None), section("1", Some(0))],
            })
            .await;
        house
            .write(CreateRound {
                draft: draft(),
                title: String::new(),
                deadline: DEADLINE,
                silence_rule: SilenceRule::Assent,
                silence_basis: BASIS.into(),
                late_rule: LateRule::Accept,
                visibility: Visibility::Own,
                admission: Admission::Invited,
            })
            .await;
        house
            .write(InviteAgencies {
                draft: draft(),
                round: 1,
                agencies: vec![code("H37.05"), code("H37.06")],
            })
            .await;
        house.write(OpenRound { draft: draft(), round: 1, etag: None }).await;
        house
    }

    /// The service on its store.
    pub(crate) fn service(&self) -> Aggregation {
        Aggregation::new(self.store.clone(), CancellationToken::new())
    }

    /// A caller of this agency and role.
    pub(crate) fn scope(agency: &str, role: Role) -> Scope {
        Scope::of(Actor { client: ClientId::stored("test".to_owned()), agency: code(agency), role })
    }

    /// Carries out a command as the installation; the revision that it made.
    pub(crate) async fn write<C: Command + Writable>(&self, command: C) -> Revision {
        self.store.write(&Scope::installation(), command, WriteOptions::default()).await.unwrap().revision
    }

    /// Gives the whole document to an agency to answer for, or to none.
    pub(crate) async fn assign(&self, agency: Option<&str>) -> Revision {
        self.write(AssignSection { draft: draft(), section: ROOT, agency: agency.map(code) }).await
    }

    /// Submits a comment on the whole document; the revision that it made.
    pub(crate) async fn comment(&self, agency: &str, text: &str) -> Revision {
        self.write(SubmitComment {
            draft: draft(),
            round: None,
            agency: Some(code(agency)),
            content: Content { text: text.to_owned(), ..Content::default() },
            source: Source::default(),
        })
        .await
    }
}
