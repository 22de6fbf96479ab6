use ykien_domain::actor::Scope;
use ykien_domain::command::*;
use ykien_domain::cube::{Cube, Dimension, Question};
use ykien_domain::ids::*;
use ykien_domain::model::*;
use ykien_domain::query::*;
use ykien_domain::words::*;
use ykien_domain::filter::Filter;
use ykien_tests::{Base, Engine, START, scope};

async fn story(engine: Engine) {
    let base = Base::new(engine).await;
    let s = &base.store;
    let admin = Scope::installation();
    for c in ["H37.02", "H37.05", "H37.06"] {
        s.write(&admin, CreateAgency { code: AgencyCode::stored(c.into()), name: c.into(), short_name: String::new(), name_en: String::new(), kind: AgencyKind::Department }, WriteOptions::default()).await.unwrap();
    }
    let drafter = scope("H37.02", Role::Drafter);
    let a = scope("H37.05", Role::Contributor);
    let b = scope("H37.06", Role::Contributor);
    let draft = DraftId::stored("nq20".into());
    s.write(&drafter, CreateDraft { id: Some(draft.clone()), title: "Báo cáo".into(), summary: String::new(), drafting_agency: AgencyCode::stored("H37.02".into()) }, WriteOptions::default()).await.unwrap();
    let sections = vec![NewSection { label: "I".into(), heading: "x".into(), ..Default::default() }, NewSection { parent: Some(0), label: "1".into(), heading: "y".into(), ..Default::default() }];
    s.write(&drafter, CreateVersion { draft: draft.clone(), preamble: String::new(), sections }, WriteOptions::default()).await.unwrap();
    s.write(&drafter, CreateRound { draft: draft.clone(), title: "".into(), deadline: START.plus_seconds(3600), silence_rule: SilenceRule::Assent, silence_basis: "CV".into(), late_rule: LateRule::Accept, visibility: Visibility::Own, admission: Admission::Invited }, WriteOptions::default()).await.unwrap();
    assert!(s.read(&a, GetDraft { draft: draft.clone() }).await.is_err());
    s.write(&drafter, InviteAgencies { draft: draft.clone(), round: 1, agencies: vec![AgencyCode::stored("H37.05".into()), AgencyCode::stored("H37.06".into())] }, WriteOptions::default()).await.unwrap();
    s.write(&drafter, OpenRound { draft: draft.clone(), round: 1, etag: None }, WriteOptions::default()).await.unwrap();
    let rid = WriteOptions { request_id: Some(RequestId::stored("018f6e5e-7b6c-7cc4-9d2a-3f3c5b1a2d4e".into())), dry_run: false };
    let content = Content { anchor: Anchor { kind: AnchorKind::Section, section: 2, quote: String::new() }, text: "Đề nghị rà soát".into(), ..Default::default() };
    let submit = SubmitComment { draft: draft.clone(), round: None, agency: None, content: content.clone(), source: Source::default() };
    let w = s.write(&a, submit.clone(), rid.clone()).await.unwrap();
    let w2 = s.write(&a, submit.clone(), rid).await.unwrap();
    assert_eq!((w.answer.number, w2.answer.number, w2.replayed), (1, 1, true));
    s.write(&b, SubmitResponse { draft: draft.clone(), round: None, agency: None, stance: Stance::AgreesWithComments, letter: Letter::default(), comments: vec![content.clone(), content] }, WriteOptions::default()).await.unwrap();
    assert!(s.read(&a, GetComment { draft: draft.clone(), number: 2 }).await.is_err());
    s.write(&drafter, DecideComment { draft: draft.clone(), number: 1, outcome: Outcome::Rejected, explanation: "vì".into(), etag: None }, WriteOptions::default()).await.unwrap();
    assert_eq!(s.read(&a, GetComment { draft: draft.clone(), number: 1 }).await.unwrap().answer.status, Status::Pending);
    s.write(&drafter, PublishDecisions { draft: draft.clone(), round: None, numbers: vec![] }, WriteOptions::default()).await.unwrap();
    assert_eq!(s.read(&a, GetComment { draft: draft.clone(), number: 1 }).await.unwrap().answer.status, Status::Rejected);
    let page = s.read(&drafter, Collect { draft: draft.clone(), group: Group::Status, filter: Filter::parse(&draft, "filter", "subtree = 1 text:\"RA SOAT\"").unwrap(), after: None, limit: 2 }).await.unwrap().answer;
    assert_eq!(page.items.len(), 2);
    let page = s.read(&drafter, Collect { draft: draft.clone(), group: Group::Status, filter: Filter::default(), after: page.next, limit: 2 }).await.unwrap().answer;
    assert_eq!(page.items.iter().map(|c| c.number).collect::<Vec<_>>(), [1]);
    let counts = s.read(&drafter, Counts { draft: draft.clone(), after: None }).await.unwrap().answer;
    let CountsChange::Counted(cells) = counts.change else { panic!() };
    let t = Cube::counted(counts.revision, cells).ask(&counts.structure.unwrap(), &counts.access.sight, &Question { group_by: vec![Dimension::Section, Dimension::Status], filter: Filter::default() }).unwrap();
    assert_eq!(t.total, 3);
    s.write(&drafter, AssignSection { draft: draft.clone(), section: 1, agency: Some(AgencyCode::stored("H37.06".into())) }, WriteOptions::default()).await.unwrap();
    s.write(&drafter, UndoDecision { draft: draft.clone(), number: 1, etag: None }, WriteOptions::default()).await.unwrap();
    s.read(&drafter, GetProgress { draft: draft.clone(), round: None }).await.unwrap();
    let r = s.read(&drafter, Reconcile { draft: draft.clone() }).await.unwrap();
    assert_eq!(r.answer.pending, [1, 2, 3]);
    assert_eq!(s.read(&b, ListDrafts { after: None, limit: 10 }).await.unwrap().answer.items.len(), 1);
    let v = s.verify().await.unwrap();
    assert!(v.differences.is_empty(), "{:?}", v.differences);
    eprintln!("{v:?}");
}

#[tokio::test]
async fn sqlite() { story(Engine::Sqlite).await }
#[tokio::test]
async fn postgres() { story(Engine::Postgres).await }
