//! Drafts in one database have nothing to do with one another: the same consultation is held twice, alone and beside another
//! draft whose rows have the same numbers, the same request ids and other words, and everybody is told the same.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ykien_domain::command::*;
use ykien_domain::cube::Dimension;
use ykien_domain::filter::Filter;
use ykien_domain::ids::{DraftId, RequestId};
use ykien_domain::model::{Letter, Source};
use ykien_domain::query::{
    GetDraft, GetProgress, GetRound, Group, ListComments, ListDirectives, ListDisclosures, ListPersons,
    Reconcile,
};
use ykien_domain::words::{
    Admission, Document, FileFormat, LateRule, Outcome, SilenceRule, Stance, Visibility,
};
use ykien_edge::files::export::Export;
use ykien_store::Writable;

use super::documents::wanted;
use super::story::{AUDIENCE, tell};
use crate::world::*;

behaviours! {
    a_draft_is_the_same_whatever_stands_beside_it,
    what_is_taken_back_on_a_draft_stands_on_its_twin,
}

async fn a_draft_is_the_same_whatever_stands_beside_it(w: &World) {
    let alone = told(w, async || {}).await;
    // One whose rows come before its own, in every table and every index, and one whose rows come after.
    let beside = World::new(w.port()).await;
    let neighbour = |id: &str| Neighbour { world: &beside, draft: DraftId::stored(id.to_owned()) };
    neighbour("a-khac").settle().await;
    let accompanied = told(&beside, async || neighbour("z-khac").settle().await).await;
    for (alone, accompanied) in alone.iter().zip(&accompanied) {
        assert_eq!(alone, accompanied);
    }
    assert_eq!(alone.len(), accompanied.len());
    beside.verify().await;
}

/// Two drafts with the same history have the same numbers and the same revisions; the proof at the end compares both with their logs.
async fn what_is_taken_back_on_a_draft_stands_on_its_twin(w: &World) {
    let twin = DraftId::stored("a-sinh-doi".to_owned());
    let create = CreateDraft {
        id: Some(twin.clone()),
        title: "Dự thảo sinh đôi".to_owned(),
        summary: String::new(),
        drafting_agency: DRAFTER.code(),
    };
    w.install(create).await.unwrap();
    w.install(CreateVersion { draft: twin.clone(), ..version(tree()) }).await.unwrap();
    let undo = |draft: &DraftId| UndoDecision { draft: draft.clone(), number: 1, etag: None };
    for draft in [draft(), twin.clone()] {
        let here = Neighbour { world: w, draft: draft.clone() };
        let round = CreateRound {
            draft: draft.clone(),
            title: String::new(),
            deadline: ykien_tests::START.plus_seconds(DEADLINE),
            silence_rule: SilenceRule::None,
            silence_basis: String::new(),
            late_rule: LateRule::Accept,
            visibility: Visibility::Own,
            admission: Admission::Anyone,
        };
        here.write(DRAFTER, round, None).await;
        here.write(DRAFTER, OpenRound { draft: draft.clone(), round: 1, etag: None }, None).await;
        here.write(FINANCE, SubmitComment { draft: draft.clone(), ..submission(content(1, "x")) }, None)
            .await;
        // The twin's is decided once more, later than anything here.
        let last = (draft == twin).then_some(Outcome::PartiallyAccepted);
        for outcome in [Outcome::Accepted, Outcome::Rejected].into_iter().chain(last) {
            let explanation = "vì".to_owned();
            let decide = DecideComment { draft: draft.clone(), number: 1, outcome, explanation, etag: None };
            here.write(DRAFTER, decide, None).await;
        }
    }
    let before = w.write(DRAFTER, undo(&draft())).await.unwrap();
    assert_eq!(before.status(), ykien_proto::v1::CommentStatus::Accepted);
    w.verify().await;
    // On the twin the same is taken back as if nothing had happened here.
    let before = w.write(DRAFTER, undo(&twin)).await.unwrap();
    assert_eq!(before.status(), ykien_proto::v1::CommentStatus::Rejected);
}

/// A draft beside the world's own.
struct Neighbour<'w> {
    world: &'w World,
    draft: DraftId,
}

impl Neighbour<'_> {
    async fn write<C: Writable>(&self, who: Who, command: C, request: Option<u32>) -> C::Answer {
        let request_id = request.map(|number| RequestId::stored(request_id(number)));
        let options = WriteOptions { request_id, dry_run: false };
        self.world.base.store.write(&who.scope(), command, options).await.expect("it is done").answer
    }

    /// Makes it, of the same shape: everything in it has other words and is somebody else's.
    async fn settle(&self) {
        let draft = || self.draft.clone();
        let stranger = || Some(STRANGER.code());
        let create = CreateDraft {
            id: Some(draft()),
            title: "Dự thảo khác".to_owned(),
            summary: String::new(),
            drafting_agency: OTHER_DRAFTER.code(),
        };
        self.write(OTHER_DRAFTER, create, None).await;
        for version in 1..=4 {
            let sections =
                (1..=8).map(|n| section(None, &format!("{n}"), &format!("Mục khác {version}.{n}"))).collect();
            let command = CreateVersion { draft: draft(), preamble: String::new(), sections };
            self.write(OTHER_DRAFTER, command, None).await;
            for section in 1..=8 {
                let command = AssignSection { draft: draft(), section, agency: stranger() };
                self.write(OTHER_DRAFTER, command, None).await;
            }
        }
        for round in 1..=6 {
            let command = CreateRound {
                draft: draft(),
                title: "Đợt khác".to_owned(),
                deadline: ykien_tests::START.plus_seconds(20 * DEADLINE),
                silence_rule: SilenceRule::Assent,
                silence_basis: "Căn cứ khác".to_owned(),
                late_rule: LateRule::Refuse,
                // Open where the draft's own is not, and the other way round.
                visibility: if round % 2 == 0 { Visibility::Own } else { Visibility::Participants },
                admission: Admission::Anyone,
            };
            self.write(OTHER_DRAFTER, command, None).await;
            let agencies = AGENCIES.into_iter().map(code).collect();
            self.write(OTHER_DRAFTER, InviteAgencies { draft: draft(), round, agencies }, None).await;
            self.write(OTHER_DRAFTER, OpenRound { draft: draft(), round, etag: None }, None).await;
        }
        self.fill().await;
    }

    /// Comments, responses, directives; decided, answered, and read by others.
    async fn fill(&self) {
        let draft = || self.draft.clone();
        for number in 1..=60_i64 {
            let who = [PLANNING, FINANCE, POLICE][number as usize % 3];
            let content = content(number % 8, &format!("Lời khác, rà soát số liệu {number}"));
            let source = Source { id: format!("khac-{number}"), ..Source::default() };
            let command =
                SubmitComment { draft: draft(), round: Some(1 + number % 6), source, ..submission(content) };
            self.write(who, command, Some(number as u32)).await;
            let agency = Some(STRANGER.code());
            self.write(OTHER_DRAFTER, AssignComment { draft: draft(), number, agency, etag: None }, None)
                .await;
            let explanation = "Giải trình khác".to_owned();
            let outcome = Outcome::PartiallyAccepted;
            let command = DecideComment { draft: draft(), number, outcome, explanation, etag: None };
            self.write(OTHER_DRAFTER, command, Some(number as u32)).await;
        }
        let command = PublishDecisions { draft: draft(), round: None, numbers: (1..=40).collect() };
        self.write(OTHER_DRAFTER, command, None).await;
        for number in 1..=8 {
            let command = RecordOralOpinion {
                draft: draft(),
                // Pending in a round where the draft itself has nothing pending.
                round: Some(if number % 2 == 0 { 5 } else { 1 }),
                agency: FINANCE.code(),
                speaker: format!("Người khác {number}"),
                content: content(1, "Ý kiến khác tại cuộc họp"),
            };
            self.write(OTHER_DRAFTER, command, Some(number)).await;
            self.write(FINANCE, response(&self.draft, "khác"), Some(100 + number)).await;
            let command = directive(&self.draft, &format!("Chỉ đạo khác {number}"), STRANGER);
            self.write(OTHER_DRAFTER, command, Some(number)).await;
        }
        let read = ListDirectives { draft: draft(), after: 0, limit: 100 };
        self.world.base.store.read(&OBSERVER.scope(), read).await.expect("it is read");
        let filter = Filter::parse(&self.draft, "filter", "").expect("a filter");
        let read = ListComments { draft: draft(), filter, after: None, limit: 100 };
        for who in [OBSERVER, ADMIN] {
            self.world.base.store.read(&who.scope(), read.clone()).await.expect("it is read");
        }
    }
}

fn response(draft: &DraftId, words: &str) -> SubmitResponse {
    SubmitResponse {
        draft: draft.clone(),
        round: Some(1),
        agency: None,
        stance: Stance::AgreesWithComments,
        letter: Letter {
            number: format!("{words}/STC"),
            signer: format!("Người ký {words}"),
            ..Letter::default()
        },
        comments: vec![content(1, words), content(2, words)],
    }
}

fn directive(draft: &DraftId, text: &str, responsible: Who) -> IssueDirective {
    IssueDirective {
        draft: draft.clone(),
        text: text.to_owned(),
        section: 1,
        responsible: Some(responsible.code()),
        due: None,
        issued_by: format!("Phó Chủ tịch {text}"),
        issued_on: None,
    }
}

/// A consultation, and all that everybody is told of it.
async fn told(w: &World, meanwhile: impl AsyncFnOnce()) -> Vec<String> {
    let mut told = Told::default();
    for who in [STRANGER, OTHER_DRAFTER, FINANCE] {
        told.note("before", who, w.ask(who, GetDraft { draft: draft() }).await);
    }
    tell(w).await;
    w.open(Rules { deadline: 10 * DEADLINE, ..Rules::default() }).await;
    w.prepare(Rules { deadline: 10 * DEADLINE, ..Rules::default() }).await;
    told.counting(w).await;
    meanwhile().await;
    told.writing(w).await;
    told.reading(w).await;
    told.0
}

#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn note(&mut self, what: &str, who: Who, answer: impl Debug) {
        self.0.push(format!("{what} {who:?}: {answer:?}"));
    }

    async fn counting(&mut self, w: &World) {
        for who in [DRAFTER, FINANCE, POLICE] {
            let by = [Dimension::Section, Dimension::Status, Dimension::Agency, Dimension::Responsible];
            self.note("counts", who, w.count(who, &Counting::by(&by)).await);
        }
    }

    async fn writing(&mut self, w: &World) {
        while w.base.store.index_search(1).await.expect("it is indexed") > 0 {}
        // Nothing was said by it in this round, whatever it said in others.
        let empty = SubmitResponse { round: Some(4), comments: Vec::new(), ..response(&draft(), "không") };
        self.note("empty response", PLANNING, w.write(PLANNING, empty).await.err());
        for who in [STRANGER, FINANCE, POLICE, DRAFTER] {
            // In the newest open round.
            self.note("submission", who, w.try_submit(who, content(1, "Ý kiến mới")).await);
            let in_preparation = SubmitComment { round: Some(5), ..submission(content(1, "sớm")) };
            self.note("submission in preparation", who, w.write(who, in_preparation).await.err());
        }
        // Each twice, by ids that stand beside it too: for the same, and for what others asked.
        for _ in 0..2 {
            for who in [PLANNING, FINANCE] {
                for id in [1, 101] {
                    let command = submission(content(2, &format!("Ý kiến {id}")));
                    let answer = w.write_as(who, command, &request_id(id)).await;
                    self.note("submission by id", who, answer);
                    let answer =
                        w.write_as(who, response(&draft(), &format!("của {id}")), &request_id(id)).await;
                    self.note("response by id", who, answer.map(|answer| (answer.response, answer.comments)));
                }
            }
            for id in [1, 2] {
                let number = i64::from(id);
                let outcome = Outcome::Accepted;
                let decide = |number| DecideComment {
                    draft: draft(),
                    number,
                    outcome,
                    explanation: String::new(),
                    etag: None,
                };
                self.note(
                    "decision by id",
                    DRAFTER,
                    w.write_as(DRAFTER, decide(10 + number), &request_id(id)).await,
                );
                let agency = Some(ANSWERING.code());
                let assign = AssignComment { draft: draft(), number: 20 + number, agency, etag: None };
                self.note("assignment by id", DRAFTER, w.write_as(DRAFTER, assign, &request_id(id)).await);
                let command = directive(&draft(), &format!("Chỉ đạo {id}"), ANSWERING);
                self.note("directive by id", DRAFTER, w.write_as(DRAFTER, command, &request_id(id)).await);
            }
        }
        // Who answers for its section answers for it.
        let assign = AssignComment { draft: draft(), number: 21, agency: None, etag: None };
        self.note("assignment", DRAFTER, w.write(DRAFTER, assign).await);
        // What changed since is added to what was counted.
        self.counting(w).await;
        let note = "Đã làm".to_owned();
        let command = CompleteDirective { draft: draft(), number: 1, note, version: Some(2), etag: None };
        self.note("completion", ANSWERING, w.write(ANSWERING, command).await);
        let command = MarkImplemented { draft: draft(), number: 11, version: 2, etag: None };
        self.note("implementation", DRAFTER, w.write(DRAFTER, command).await);
        let undo = |number| UndoDecision { draft: draft(), number, etag: None };
        for number in [7, 11, 12] {
            self.note("undoing", DRAFTER, w.write(DRAFTER, undo(number)).await);
        }
        let command = AssignSection { draft: draft(), section: 2, agency: Some(FINANCE.code()) };
        self.note("section", DRAFTER, w.write(DRAFTER, command).await);
        let command = UninviteAgency { draft: draft(), round: 5, agency: POLICE.code() };
        self.note("roster", DRAFTER, w.write(DRAFTER, command).await.is_ok());
        let command = PublishDecisions { draft: draft(), round: Some(2), numbers: Vec::new() };
        self.note("publication", DRAFTER, w.write(DRAFTER, command).await);
        let command = BatchDecideComments {
            draft: draft(),
            items: [4, 8, 99]
                .map(|number| DecideItem {
                    number,
                    outcome: Outcome::Rejected,
                    explanation: "vì".to_owned(),
                    etag: None,
                })
                .to_vec(),
        };
        self.note("decisions", DRAFTER, w.write(DRAFTER, command).await);
        let command = ReviseComment {
            draft: draft(),
            number: 37,
            content: content(2, "đã rà soát số liệu"),
            etag: None,
        };
        self.note("revision", FINANCE, w.write(FINANCE, command).await);
        let conclude = ConcludeRound { draft: draft(), round: 3, allow_pending: true, etag: None };
        self.note("conclusion", DRAFTER, w.write(DRAFTER, conclude).await);
        w.write(DRAFTER, OpenRound { draft: draft(), round: 5, etag: None }).await.expect("the round opens");
        let close =
            CloseRound { draft: draft(), round: 5, allow_early: true, allow_pending: false, etag: None };
        self.note("close", DRAFTER, w.write(DRAFTER, close).await);
    }

    async fn reading(&mut self, w: &World) {
        for who in AUDIENCE.into_iter().chain([PLANNING, ADMIN]) {
            self.note("draft", who, w.ask(who, GetDraft { draft: draft() }).await);
            for version in [None, Some(1)] {
                self.note("sections", who, w.all(who, &Sections { version }).await);
                self.note("placements", who, w.all(who, &Placements { version, state: None }).await);
            }
            self.note("comparison", who, w.all(who, &Compared { from: 1, to: None }).await);
            self.note("rounds", who, w.all(who, &Rounds {}).await);
            for round in 1..=6 {
                self.note("round", who, w.ask(who, GetRound { draft: draft(), round }).await);
                self.note("roster", who, w.all(who, &Invitations { round }).await);
            }
            for round in [None, Some(1), Some(4)] {
                self.note("progress", who, w.ask(who, GetProgress { draft: draft(), round }).await);
                self.note("responses", who, w.all(who, &Responses { round }).await);
            }
            self.note("directives", who, w.all(who, &Directives {}).await);
            self.note("reconciliation", who, w.ask(who, Reconcile { draft: draft() }).await);
            self.note("events", who, w.follow(who, 0).await);
            for filter in
                ["", "subtree = 1", "text:\"rà soát số liệu\"", "responsible = H37.07", "status = rejected"]
            {
                let filter = filter.to_owned();
                self.note(&filter, who, w.all(who, &Comments { filter: filter.clone() }).await);
                for group in [Group::Section, Group::Status, Group::Agency, Group::Responsible] {
                    let collected = w.all(who, &Collected { group, filter: filter.clone() }).await;
                    self.note(&filter, who, collected);
                }
                let by =
                    vec![Dimension::Section, Dimension::Status, Dimension::Agency, Dimension::Responsible];
                self.note(&filter, who, w.count(who, &Counting { by, filter: filter.clone() }).await);
            }
            self.documents(w, who).await;
        }
        let draft = draft();
        let store = &w.base.store;
        let erase = ErasePersons { draft: draft.clone(), subjects: vec!["responses/1".to_owned()] };
        store.write(&DRAFTER.scope(), erase, WriteOptions::default()).await.expect("a name is erased");
        let persons = ListPersons { draft: draft.clone(), name: String::new(), after: None, limit: 100 };
        let persons = store.read(&DRAFTER.scope(), persons).await.expect("they are listed").answer;
        // Their own order is that of salted hashes.
        let named: BTreeMap<_, _> =
            persons.items.iter().map(|person| (&person.subject, (&person.name, &person.capacity))).collect();
        self.note("persons", DRAFTER, named);
        let disclosures = ListDisclosures { draft, after: None, limit: 1_000 };
        let disclosures = store.read(&ADMIN.scope(), disclosures).await.expect("they are listed").answer;
        let lines = disclosures
            .items
            .into_iter()
            .map(|line| ykien_domain::disclosure::Disclosure { id: String::new(), ..line });
        self.note("disclosures", ADMIN, lines.collect::<Vec<_>>());
    }

    async fn documents(&mut self, w: &World, who: Who) {
        for (document, format) in
            [(Document::Summary, FileFormat::Csv), (Document::Summary, FileFormat::Json)]
        {
            let wanted = Export { format: Some(format), ..wanted(document) };
            let exported = w.export(who, wanted).await;
            self.note(
                "document",
                who,
                exported.map(|file| String::from_utf8(file.bytes).expect("it is text")),
            );
        }
    }
}
