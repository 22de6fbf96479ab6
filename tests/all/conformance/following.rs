//! The feed: every change, from any revision on, as the caller may see it.

use ykien_domain::command::{AssignSection, SubmitResponse};
use ykien_domain::model::Letter;
use ykien_domain::words::{Outcome, Stance};

use super::story;
use crate::world::*;

behaviours! {
    the_feed_resumes_from_any_revision_without_loss_or_repeat,
    the_feed_is_gapless_for_who_sees_everything,
    a_contributor_follows_its_own_matters_and_what_is_public,
    who_answers_follows_the_proposals_on_what_it_answers_for,
}

async fn the_feed_resumes_from_any_revision_without_loss_or_repeat(w: &World) {
    w.open(Rules::default()).await;
    for who in [FINANCE, PLANNING, FINANCE] {
        w.submit(who, 1, "x").await;
    }
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Accepted).await;
    w.publish(&[1]).await;
    w.submit(FINANCE, 1, "x").await;
    let last = w.revision().await;
    for who in [DRAFTER, FINANCE, ANSWERING] {
        let all = w.follow(who, 0).await.unwrap();
        for after in 0..=last {
            let rest: Vec<_> = all.iter().filter(|event| event.0 > after).cloned().collect();
            assert_eq!(w.follow(who, after).await.unwrap(), rest, "{who:?} after {after}");
        }
    }
}

async fn the_feed_is_gapless_for_who_sees_everything(w: &World) {
    story::tell(w).await;
    let last = w.revision().await;
    for who in [DRAFTER, OBSERVER, ADMIN] {
        let revisions: Vec<i64> = w.follow(who, 0).await.unwrap().into_iter().map(|event| event.0).collect();
        assert_eq!(revisions, (1..=last).collect::<Vec<_>>(), "{who:?}");
    }
}

async fn a_contributor_follows_its_own_matters_and_what_is_public(w: &World) {
    w.open(Rules::default()).await;
    let before = w.revision().await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(PLANNING, 1, "x").await;
    let response = SubmitResponse {
        draft: draft(),
        round: None,
        agency: None,
        stance: Stance::Agrees,
        letter: Letter::default(),
        comments: Vec::new(),
    };
    w.write(PLANNING, response).await.unwrap();
    w.decide(1, Outcome::Rejected).await;
    w.publish(&[]).await;
    w.prepare(Rules::default()).await;
    let told = |events: Vec<(i64, String, String)>| -> Vec<String> {
        events
            .into_iter()
            .map(|(revision, kind, subject)| format!("{} {kind} {subject}", revision - before))
            .collect()
    };
    let finance = told(w.follow(FINANCE, before).await.unwrap());
    assert_eq!(finance, ["1 comment_submitted drafts/nq20/comments/1", "5 decisions_published drafts/nq20"]);
    let planning = told(w.follow(PLANNING, before).await.unwrap());
    let expected = [
        "2 comment_submitted drafts/nq20/comments/2",
        "3 response_submitted drafts/nq20/responses/1",
        "5 decisions_published drafts/nq20",
    ];
    assert_eq!(planning, expected);
    assert_eq!(told(w.follow(DRAFTER, before).await.unwrap()).len(), 7);
}

async fn who_answers_follows_the_proposals_on_what_it_answers_for(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    w.submit(FINANCE, 4, "x").await;
    w.write(DRAFTER, AssignSection { draft: draft(), section: 1, agency: Some(POLICE.code()) })
        .await
        .unwrap();
    let before = w.revision().await;
    w.decide(1, Outcome::Rejected).await;
    w.decide(2, Outcome::Rejected).await;
    let seen = w.follow(ANSWERING, before).await.unwrap();
    assert_eq!(seen, [(before + 1, "comment_decided".to_owned(), named("comments", 1))]);
    assert_eq!(w.follow(POLICE, before).await.unwrap(), []);
}
