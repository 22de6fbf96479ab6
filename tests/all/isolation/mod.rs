//! Isolation: every RPC and every route × every caller × its own, another's and what does not exist.
//!
//! Two drafts lie side by side, the mirror of each other; each has its drafting agency, an agency that was invited, a
//! neighbour that was invited too, and one that answers for a section ([`world`]). Their texts are canaries
//! ([`canary`]). [`expected`] says by hand what each role gets; [`rpcs`] and [`routes`] say how each operation is asked
//! for. The lists of operations come from the contract's descriptors and from the OpenAPI document: one that has no row
//! fails the test. The server's own log and metrics of the walk are read too ([`record`]).

mod aim;
mod answer;
mod canary;
mod expected;
mod filters;
mod grpc;
mod http;
mod record;
mod routes;
mod rpcs;
mod walk;
mod world;

use std::collections::BTreeSet;

use ykien_domain::actor::Operation;
use ykien_domain::words::Document;
use ykien_tests::Engine;

use self::canary::canary;
use self::grpc::Rpcs;
use self::http::Routes;
use self::walk::{Port, walk};
use self::world::{CALLERS, SIDES, Side, Standing, World};

async fn over_grpc(engine: Engine) {
    let world = World::new(engine).await;
    let metrics = record::metrics(&world).await;
    let port = Rpcs::start(&world).await;
    expect_a_row_for_each(&grpc::described(), &named_by(&port));
    port.open_to_everybody().await;
    let walked = walk(&world, &port).await;
    walked.expect_seen(|canary| !canary.is_administrators());
    record::expect_silence(&world, &metrics, "/ykien.v1.CommentsService/SubmitComment").await;
    world.verify().await;
}

async fn over_http(engine: Engine) {
    let world = World::new(engine).await;
    let metrics = record::metrics(&world).await;
    let port = Routes::start(&world);
    let table = named_by(&port).into_iter().chain(http::open()).collect();
    expect_a_row_for_each(&port.described().await, &table);
    port.open_to_everybody().await;
    port.closed_to_every_method().await;
    let walked = walk(&world, &port).await;
    // JSON has numbers instead of resource names.
    walked.expect_seen(|canary| !canary.text.starts_with("drafts/"));
    record::expect_silence(&world, &metrics, "POST /v1/drafts/{draft}/comments").await;
    world.verify().await;
}

fn named_by(port: &impl Port) -> BTreeSet<String> {
    port.entries().into_iter().map(|entry| entry.name.to_owned()).collect()
}

fn expect_a_row_for_each(offered: &BTreeSet<String>, table: &BTreeSet<String>) {
    let (missing, gone) = (offered.difference(table), table.difference(offered));
    let (missing, gone): (Vec<_>, Vec<_>) = (missing.collect(), gone.collect());
    assert!(missing.is_empty(), "offered, but not in the table of this test: {missing:?}");
    assert!(gone.is_empty(), "in the table of this test, but not offered: {gone:?}");
}

#[tokio::test]
async fn nobody_gets_or_learns_of_what_is_not_theirs_over_grpc_on_sqlite() {
    over_grpc(Engine::Sqlite).await;
}

#[tokio::test]
async fn nobody_gets_or_learns_of_what_is_not_theirs_over_grpc_on_postgres() {
    over_grpc(Engine::Postgres).await;
}

#[tokio::test]
async fn nobody_gets_or_learns_of_what_is_not_theirs_over_http_on_sqlite() {
    over_http(Engine::Sqlite).await;
}

#[tokio::test]
async fn nobody_gets_or_learns_of_what_is_not_theirs_over_http_on_postgres() {
    over_http(Engine::Postgres).await;
}

#[tokio::test]
async fn a_filter_is_no_oracle_on_sqlite() {
    filters::over_grpc(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_filter_is_no_oracle_on_postgres() {
    filters::over_grpc(Engine::Postgres).await;
}

/// The walk looks for texts in files: in each kind of them a text that is there is found.
#[tokio::test]
async fn what_is_written_in_a_file_is_found_whatever_its_kind() {
    let world = World::new(Engine::Sqlite).await;
    let port = Routes::start(&world);
    let drafter = CALLERS.iter().position(|caller| caller.standing == Standing::Drafter).expect("a drafter");
    let Side { draft, invited, .. } = SIDES[0];
    let text = canary(&SIDES[0], "DRAFT");
    for document in Document::ALL {
        for format in document.formats() {
            let (document, format) = (document.as_str(), format.as_str());
            let of = if ["slip", "comment_sheet"].contains(&document) { invited } else { "" };
            let path = format!("/v1/drafts/{draft}/documents/{document}?format={format}&agency={of}");
            let answer = port.get(&path, &world.tokens[drafter]).await;
            assert!(answer.tells(&text), "{path}: {}", answer.excerpt());
        }
    }
}

#[test]
fn the_table_has_every_operation_of_the_domain_once() {
    let mut expected: Vec<&str> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
    let mut found: Vec<&str> = expected::TABLE.iter().map(|row| row.operation).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}
