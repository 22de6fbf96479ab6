//! Whoever changes the database behind the program's back is found out by the proof.

use sqlx::{Connection, Executor};
use ykien_domain::words::Outcome;
use ykien_tests::Base;

use crate::world::*;

/// Carries out a statement on the world's own database, past the store.
pub(super) async fn tamper(base: &Base, statement: &str) {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    let changed = if let Some(path) = base.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("the file opens");
        connection.execute(statement).await.expect("it is done").rows_affected()
    } else {
        let mut connection = sqlx::PgConnection::connect(&base.url).await.expect("the database answers");
        connection.execute(statement).await.expect("it is done").rows_affected()
    };
    assert!(changed > 0, "something was changed");
}

/// After the statement the proof names this difference, and before it none.
async fn found_out(port: Port, statement: &str, expected: &str) {
    let w = World::new(port).await;
    w.open(Rules::default()).await;
    for who in [FINANCE, PLANNING, FINANCE] {
        w.submit(who, 1, "x").await;
    }
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Rejected).await;
    w.publish(&[2]).await;
    while w.base.store.index_search(1).await.expect("the index is made") > 0 {}
    w.verify().await;
    tamper(&w.base, statement).await;
    let found = w.base.store.verify().await.expect("the proof runs");
    let named = found.differences.iter().any(|difference| difference.contains(expected));
    assert!(named, "expected {expected:?} in {:#?}", found.differences);
}

macro_rules! tampering {
    ($($name:ident: $statement:literal => $expected:literal;)+) => {
        mod sqlite { $(#[tokio::test] async fn $name() {
            super::found_out(crate::world::Port::Sqlite, $statement, $expected).await;
        })+ }
        mod postgres { $(#[tokio::test] async fn $name() {
            super::found_out(crate::world::Port::Postgres, $statement, $expected).await;
        })+ }
    };
}

tampering! {
    a_comment_given_to_a_round_that_is_not_there:
        "UPDATE comments SET round = 9 WHERE number = 1"
        => "comment 1: its round, its section or its agency is missing";
    a_section_taken_away:
        "DELETE FROM sections WHERE section = 1"
        => "comment 3: its round, its section or its agency is missing";
    a_changed_status:
        "UPDATE comments SET status = 'rejected' WHERE number = 1"
        => "comment 1: its status, its decision and its decisions' history disagree";
    a_changed_status_and_outcome:
        "UPDATE comments SET status = 'rejected', outcome = 'rejected' WHERE number = 1"
        => "comment 1: its status, its decision and its decisions' history disagree";
    a_pending_comment_made_withdrawn:
        "UPDATE comments SET status = 'withdrawn' WHERE number = 3"
        => "by the log";
    a_decision_taken_back_quietly:
        "UPDATE comments SET published = FALSE WHERE number = 2"
        => "by the log";
    a_decision_published_quietly:
        "UPDATE comments SET published = TRUE WHERE number = 1"
        => "by the log";
    a_comment_given_to_another_agency:
        "UPDATE comments SET agency = 'H37.07' WHERE number = 3"
        => "by the log";
    a_comment_moved_to_another_section:
        "UPDATE comments SET section = 2 WHERE number = 3"
        => "by the log";
    a_deleted_comment:
        "DELETE FROM comments WHERE number = 3"
        => "comment 3 is in the log and missing";
    a_renumbered_comment:
        "UPDATE comments SET number = 7 WHERE number = 3"
        => "comment_count is 7, but there are 3 rows up to number 7";
    a_comment_renumbered_far_away:
        "UPDATE comments SET number = 9223372036854775807 WHERE number = 3"
        => "comment 9223372036854775807 is not in the log";
    a_deleted_event:
        "DELETE FROM events WHERE draft > 0 AND kind = 'comment_decided'"
        => "rows up to number";
    the_last_event_deleted:
        "DELETE FROM events WHERE draft > 0 AND kind = 'decisions_published'"
        => "the log has no event of its last change";
    emptied_moves_of_an_event:
        "UPDATE events SET moves = '' WHERE draft > 0 AND kind = 'decisions_published'"
        => "by the log";
    a_submission_erased_from_the_log:
        "UPDATE events SET moves = '' WHERE draft > 0 AND revision = 7"
        => "takes a comment from a cell that has none";
    a_bumped_round_counter:
        "UPDATE drafts SET round_count = 2 WHERE draft_id = 'nq20'"
        => "round_count is 2, but there are 1 rows up to number 1";
    an_erased_decision:
        "UPDATE decisions SET fallen = TRUE WHERE number = 1"
        => "comment 1: its status, its decision and its decisions' history disagree";
    a_deleted_registry_event:
        "DELETE FROM events WHERE draft = 0 AND revision = 3"
        => "registry: revision";
    a_comment_rewritten_behind_its_index:
        "UPDATE comments SET text = 'something else' WHERE number = 3"
        => "comment 3: the search index does not find it by its own words";
    a_deleted_block_of_the_search_index:
        "DELETE FROM search_blocks WHERE draft > 0"
        => "segment 1 of the search index has 0 postings";
    a_changed_block_of_the_search_index:
        "UPDATE search_blocks SET postings = SUBSTR(postings, 1, 3) WHERE draft > 0"
        => "segment 1 of the search index: block 0 can't be read";
    a_deleted_segment_of_the_search_index:
        "DELETE FROM search_segments WHERE draft > 0"
        => "comment 3: the search index does not find it by its own words";
    a_search_index_ahead_of_its_draft:
        "UPDATE search_indexes SET numbered = 9 WHERE draft > 0"
        => "the search index is at revision";
}
