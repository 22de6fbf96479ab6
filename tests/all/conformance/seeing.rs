//! Who may see what.

use ykien_domain::command::{AssignComment, AssignSection, CloseRound};
use ykien_domain::query::{GetComment, GetDraft, GetProgress, GetRound, Group, Reconcile};
use ykien_domain::words::{Admission, Outcome, Visibility};
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    a_contributor_sees_only_its_own,
    participants_see_one_another_at_once_where_the_round_says_so,
    participants_see_one_another_after_the_close_where_the_round_says_so,
    an_outsider_can_not_tell_the_draft_from_one_that_does_not_exist,
    how_many_comments_came_is_known_to_the_drafters_side_alone,
    an_observer_reads_everything,
    each_lists_the_drafts_that_it_may_know,
    only_who_sees_everything_reconciles,
    a_draft_is_known_to_who_has_to_do_with_it_as_it_stands,
    what_moved_is_told_to_the_installation_alone,
}

async fn numbers(w: &World, who: Who) -> Vec<i64> {
    let listed = w.all(who, &Comments { filter: String::new() }).await.unwrap();
    let numbers: Vec<i64> = listed.iter().map(|comment| comment.number).collect();
    // Whatever way it looks, it sees the same.
    let mut collected = w.all(who, &Collected { group: Group::Agency, filter: String::new() }).await.unwrap();
    collected.sort_by_key(|comment| comment.number);
    assert_eq!(collected, listed, "{who:?}");
    assert_eq!(w.count(who, &Counting::default()).await.unwrap().total, listed.len() as i64, "{who:?}");
    for comment in listed {
        assert_eq!(w.get(who, comment.number).await.unwrap(), comment, "{who:?}");
    }
    numbers
}

/// Comments 1 of finance, 2 of planning, 3 of finance.
async fn three(w: &World, visibility: Visibility) -> i64 {
    let round = w.open(Rules { visibility, ..Rules::default() }).await;
    for who in [FINANCE, PLANNING, FINANCE] {
        w.submit(who, 1, "x").await;
    }
    round
}

async fn a_contributor_sees_only_its_own(w: &World) {
    three(w, Visibility::Own).await;
    assert_eq!(numbers(w, FINANCE).await, [1, 3]);
    assert_eq!(numbers(w, PLANNING).await, [2]);
    assert_eq!(numbers(w, POLICE).await, Vec::<i64>::new());
    assert_eq!(numbers(w, ANSWERING).await, Vec::<i64>::new());
    assert_eq!(numbers(w, DRAFTER).await, [1, 2, 3]);
    let (others, missing) = (w.get(FINANCE, 2).await.unwrap_err(), w.get(FINANCE, 9).await.unwrap_err());
    assert_eq!(others, missing);
    assert_eq!(others.reason, "NOT_FOUND");
    // No filter reaches what is not seen.
    for filter in ["number = 2", "agency = H37.06", "NOT agency = H37.05", "number != 1 AND number != 3"] {
        let found = w.all(FINANCE, &Comments { filter: filter.to_owned() }).await.unwrap();
        assert!(found.is_empty(), "{filter}");
    }
}

async fn participants_see_one_another_at_once_where_the_round_says_so(w: &World) {
    three(w, Visibility::Participants).await;
    assert_eq!(numbers(w, POLICE).await, [1, 2, 3]);
    w.decide(2, Outcome::Rejected).await;
    // The opinion, not what the drafter proposes.
    let seen = w.get(POLICE, 2).await.unwrap();
    assert_eq!((seen.status(), seen.decision), (v1::CommentStatus::Pending, None));
    assert_eq!(w.get(STRANGER, 2).await.unwrap_err().reason, "NOT_FOUND");
    // Another round keeps its own rule.
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    assert_eq!(numbers(w, POLICE).await, [1, 2, 3]);
}

async fn participants_see_one_another_after_the_close_where_the_round_says_so(w: &World) {
    let round = three(w, Visibility::AfterClose).await;
    assert_eq!(numbers(w, PLANNING).await, [2]);
    w.at(DEADLINE + 1).await;
    assert_eq!(numbers(w, PLANNING).await, [2], "the deadline alone closes nothing");
    let close = CloseRound { draft: draft(), round, allow_early: false, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    assert_eq!(numbers(w, PLANNING).await, [1, 2, 3]);
}

async fn an_outsider_can_not_tell_the_draft_from_one_that_does_not_exist(w: &World) {
    three(w, Visibility::Participants).await;
    let missing = ykien_domain::ids::DraftId::stored("khong-co".to_owned());
    for who in [STRANGER, OTHER_DRAFTER] {
        let refusals = [
            w.ask(who, GetDraft { draft: draft() }).await.unwrap_err(),
            w.ask(who, GetDraft { draft: missing.clone() }).await.unwrap_err(),
            w.ask(who, GetRound { draft: draft(), round: 1 }).await.unwrap_err(),
            w.ask(who, GetComment { draft: draft(), number: 1 }).await.unwrap_err(),
            w.ask(who, GetComment { draft: missing.clone(), number: 1 }).await.unwrap_err(),
            w.ask(who, GetProgress { draft: draft(), round: None }).await.unwrap_err(),
            w.ask(who, Reconcile { draft: draft() }).await.unwrap_err(),
            w.ask(who, Reconcile { draft: missing.clone() }).await.unwrap_err(),
            w.all(who, &Sections { version: None }).await.unwrap_err(),
            w.all(who, &Rounds {}).await.unwrap_err(),
            w.all(who, &Invitations { round: 1 }).await.unwrap_err(),
            w.all(who, &Comments { filter: String::new() }).await.unwrap_err(),
            w.all(who, &Collected { group: Group::Status, filter: String::new() }).await.unwrap_err(),
            w.all(who, &Responses { round: None }).await.unwrap_err(),
            w.all(who, &Directives {}).await.unwrap_err(),
            w.follow(who, 0).await.unwrap_err(),
            w.count(who, &Counting::default()).await.unwrap_err(),
            w.try_submit(who, content(1, "x")).await.unwrap_err(),
            w.try_decide(who, 1, Outcome::Accepted, "").await.unwrap_err(),
        ];
        for (index, refused) in refusals.iter().enumerate() {
            assert_eq!(refused, &refusals[0], "{who:?}, refusal {index}");
        }
        assert_eq!(refusals[0].reason, "NOT_FOUND");
        assert!(w.all(who, &Drafts {}).await.unwrap().is_empty());
    }
}

async fn how_many_comments_came_is_known_to_the_drafters_side_alone(w: &World) {
    three(w, Visibility::Own).await;
    for (who, count) in [(DRAFTER, 3), (OBSERVER, 3), (ADMIN, 3), (FINANCE, 0), (ANSWERING, 0)] {
        let draft = w.ask(who, GetDraft { draft: draft() }).await.unwrap();
        assert_eq!(draft.comment_count, count, "{who:?}");
        assert_eq!(w.all(who, &Drafts {}).await.unwrap(), [draft], "{who:?}");
    }
}

async fn an_observer_reads_everything(w: &World) {
    three(w, Visibility::Own).await;
    w.decide(1, Outcome::Rejected).await;
    assert_eq!(numbers(w, OBSERVER).await, [1, 2, 3]);
    assert_eq!(w.get(OBSERVER, 1).await.unwrap(), w.get(DRAFTER, 1).await.unwrap());
    assert_eq!(w.get(OBSERVER, 1).await.unwrap().status(), v1::CommentStatus::Rejected);
    assert_eq!(
        w.try_decide(OBSERVER, 2, Outcome::Accepted, "").await.unwrap_err().reason,
        "PERMISSION_DENIED"
    );
    assert_eq!(w.follow(OBSERVER, 0).await.unwrap(), w.follow(DRAFTER, 0).await.unwrap());
}

async fn each_lists_the_drafts_that_it_may_know(w: &World) {
    use ykien_domain::command::CreateDraft;
    let create = |id: &str| CreateDraft {
        id: Some(ykien_domain::ids::DraftId::stored(id.to_owned())),
        title: "Dự thảo khác".to_owned(),
        summary: String::new(),
        drafting_agency: OTHER_DRAFTER.code(),
    };
    w.write(OTHER_DRAFTER, create("khac")).await.unwrap();
    assert_eq!(w.write(FINANCE, create("khac-2")).await.unwrap_err().reason, "PERMISSION_DENIED");
    assert_eq!(w.write(DRAFTER, create("khac-2")).await.unwrap_err().reason, "PERMISSION_DENIED");
    assert_eq!(w.write(OTHER_DRAFTER, create("khac")).await.unwrap_err().reason, "ALREADY_EXISTS");
    w.open(Rules::default()).await;
    let table: [(Who, &[&str]); 6] = [
        (DRAFTER, &["nq20"]),
        (FINANCE, &["nq20"]),
        (STRANGER, &["khac"]),
        (OTHER_DRAFTER, &["khac"]),
        (OBSERVER, &["khac", "nq20"]),
        (ADMIN, &["khac", "nq20"]),
    ];
    for (who, expected) in table {
        let names: Vec<_> =
            w.all(who, &Drafts {}).await.unwrap().into_iter().map(|draft| draft.name).collect();
        let expected: Vec<_> = expected.iter().map(|id| format!("drafts/{id}")).collect();
        assert_eq!(names, expected, "{who:?}");
    }
    w.open(Rules { admission: Admission::Anyone, ..Rules::default() }).await;
    assert_eq!(w.all(OTHER_DRAFTER, &Drafts {}).await.unwrap().len(), 2);
}

async fn only_who_sees_everything_reconciles(w: &World) {
    three(w, Visibility::Participants).await;
    for who in [FINANCE, ANSWERING] {
        let refused = w.ask(who, Reconcile { draft: draft() }).await.unwrap_err();
        assert_eq!(refused.reason, "PERMISSION_DENIED", "{who:?}");
    }
    for who in [DRAFTER, OBSERVER, ADMIN] {
        assert_eq!(w.ask(who, Reconcile { draft: draft() }).await.unwrap().received, 3, "{who:?}");
    }
}

async fn a_draft_is_known_to_who_has_to_do_with_it_as_it_stands(w: &World) {
    let known = async |who: Who| {
        let asked = w.ask(who, GetDraft { draft: draft() }).await.is_ok();
        let listed = !w.all(who, &Drafts {}).await.unwrap().is_empty();
        assert_eq!(asked, listed, "{who:?}");
        asked
    };
    // A round in preparation is its drafter's alone, whomever it invites or admits.
    w.prepare(Rules { invited: vec![STRANGER.agency], ..Rules::default() }).await;
    assert!(!known(STRANGER).await);
    w.prepare(Rules { invited: Vec::new(), admission: Admission::Anyone, ..Rules::default() }).await;
    assert!(!known(STRANGER).await);
    // Who answers for a section of the newest version; not who did in an older one.
    let assign = |who: Who| AssignSection { draft: draft(), section: 1, agency: Some(who.code()) };
    w.write(DRAFTER, assign(STRANGER)).await.unwrap();
    assert!(known(STRANGER).await);
    w.write(DRAFTER, version(tree())).await.unwrap();
    assert!(known(STRANGER).await);
    w.write(DRAFTER, assign(DRAFTER)).await.unwrap();
    assert!(!known(STRANGER).await);
    // Who answers for a comment; not everybody because somebody does.
    w.open(Rules { invited: vec![FINANCE.agency], ..Rules::default() }).await;
    w.submit(FINANCE, 1, "x").await;
    let agency = Some(ANSWERING.code());
    w.write(DRAFTER, AssignComment { draft: draft(), number: 1, agency, etag: None }).await.unwrap();
    for (who, knows) in [(FINANCE, true), (ANSWERING, true), (STRANGER, false), (PLANNING, false)] {
        assert_eq!(known(who).await, knows, "{who:?}");
    }
}

async fn what_moved_is_told_to_the_installation_alone(w: &World) {
    let other = ykien_domain::command::CreateDraft {
        id: Some(ykien_domain::ids::DraftId::stored("a-khac".to_owned())),
        title: "Dự thảo khác".to_owned(),
        summary: String::new(),
        drafting_agency: OTHER_DRAFTER.code(),
    };
    w.write(OTHER_DRAFTER, other).await.unwrap();
    three(w, Visibility::Participants).await;
    let revision = w.revision().await;
    for who in [FINANCE, ANSWERING, DRAFTER, STRANGER] {
        let refused = w.base.store.moves_since(&who.scope(), &draft(), revision).await.unwrap_err();
        assert_eq!(refused.reason, ykien_domain::Reason::PermissionDenied, "{who:?}");
    }
    let scope = ykien_domain::actor::Scope::installation();
    let moves = w.base.store.moves_since(&scope, &draft(), revision).await.unwrap().unwrap();
    assert_eq!((moves.revision, moves.moves.len()), (revision, 0));
    let moves = w.base.store.moves_since(&scope, &draft(), revision - 2).await.unwrap().unwrap();
    assert_eq!(moves.revision, revision);
    assert!(!moves.moves.is_empty());
}
