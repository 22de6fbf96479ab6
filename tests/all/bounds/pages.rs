//! What a list and a question for counts are asked by.

use tonic::Code;
use ykien_proto::v1;

use super::fields::{expect_field, refusal};
use crate::world::*;

behaviours_of_grpc! {
    a_bad_page_names_its_path,
    a_bad_version_or_state_names_its_path,
    a_token_of_another_list_is_refused,
    a_bad_question_for_counts_names_its_path,
}

async fn a_bad_page_names_its_path(w: &World) {
    w.open(Rules::default()).await;
    let Clients { mut comments, mut aggregation } = w.clients(DRAFTER).await;
    let draft = || "drafts/nq20".to_owned();
    for page_size in [-1, 1_001, i32::MAX] {
        let list = v1::ListCommentsRequest { draft: draft(), page_size, ..Default::default() };
        expect_field(comments.list_comments(list).await, "page_size");
        expect_field(
            comments.list_drafts(v1::ListDraftsRequest { page_size, ..Default::default() }).await,
            "page_size",
        );
        let list = v1::ListSectionsRequest { draft: draft(), page_size, ..Default::default() };
        expect_field(comments.list_sections(list).await, "page_size");
        let list = v1::CompareVersionsRequest { page_size, ..compared(1, 0) };
        expect_field(comments.compare_versions(list).await, "page_size");
        let list = v1::ListPlacementsRequest { draft: draft(), page_size, ..Default::default() };
        expect_field(comments.list_placements(list).await, "page_size");
        let collect = v1::CollectRequest { draft: draft(), page_size, ..Default::default() };
        expect_field(aggregation.collect(collect).await, "page_size");
    }
    let bad = (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned(), vec!["page_token".to_owned()]);
    for token in ["x", "AAAA", "không phải", &"A".repeat(5_000)] {
        let page_token = token.to_owned();
        let list =
            v1::ListCommentsRequest { draft: draft(), page_token: page_token.clone(), ..Default::default() };
        assert_eq!(refusal(comments.list_comments(list).await), bad, "{token}");
        let list = v1::ListAgenciesRequest { page_token: page_token.clone(), ..Default::default() };
        assert_eq!(refusal(comments.list_agencies(list).await), bad, "{token}");
        let collect = v1::CollectRequest { draft: draft(), page_token, ..Default::default() };
        assert_eq!(refusal(aggregation.collect(collect).await), bad, "{token}");
    }
}

fn compared(from_version: i64, to_version: i64) -> v1::CompareVersionsRequest {
    v1::CompareVersionsRequest {
        draft: "drafts/nq20".to_owned(),
        from_version,
        to_version,
        ..v1::CompareVersionsRequest::default()
    }
}

async fn a_bad_version_or_state_names_its_path(w: &World) {
    let mut to = w.clients(DRAFTER).await.comments;
    for (from, until, field) in
        [(0, 0, "from_version"), (-1, 1, "from_version"), (2, 1, "from_version"), (1, 2, "to_version")]
    {
        expect_field(to.compare_versions(compared(from, until)).await, field);
    }
    expect_field(to.compare_versions(compared(1, -1)).await, "to_version");
    let placements = |version, state| v1::ListPlacementsRequest {
        draft: "drafts/nq20".to_owned(),
        version,
        state,
        ..v1::ListPlacementsRequest::default()
    };
    for version in [-1, 2, i64::MAX] {
        expect_field(to.list_placements(placements(version, 0)).await, "version");
    }
    expect_field(to.list_placements(placements(1, 9)).await, "state");
    let bad = (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned(), vec!["page_token".to_owned()]);
    let first = v1::CompareVersionsRequest { page_size: 1, ..compared(1, 1) };
    let page_token = to.compare_versions(first).await.unwrap().into_inner().next_page_token;
    let other = v1::CompareVersionsRequest { page_token, ..compared(1, 0) };
    assert_eq!(refusal(to.compare_versions(other).await), bad);
}

async fn a_token_of_another_list_is_refused(w: &World) {
    w.open(Rules::default()).await;
    for _ in 0..3 {
        w.submit(FINANCE, 1, "x").await;
    }
    let Clients { mut comments, mut aggregation } = w.clients(DRAFTER).await;
    let list = |filter: &str, page_token: String| v1::ListCommentsRequest {
        draft: "drafts/nq20".to_owned(),
        filter: filter.to_owned(),
        page_size: 1,
        page_token,
        min_revision: 0,
    };
    let token = comments.list_comments(list("", String::new())).await.unwrap().into_inner().next_page_token;
    comments.list_comments(list("", token.clone())).await.unwrap();
    let bad = (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned(), vec!["page_token".to_owned()]);
    assert_eq!(refusal(comments.list_comments(list("late = false", token.clone())).await), bad);
    let collect = v1::CollectRequest {
        draft: "drafts/nq20".to_owned(),
        page_token: token,
        ..v1::CollectRequest::default()
    };
    assert_eq!(refusal(aggregation.collect(collect).await), bad);
}

async fn a_bad_question_for_counts_names_its_path(w: &World) {
    w.open(Rules::default()).await;
    let mut to = w.clients(DRAFTER).await.aggregation;
    let ask = |group_by: &[i32], min_revision| v1::AggregateRequest {
        draft: "drafts/nq20".to_owned(),
        group_by: group_by.to_vec(),
        min_revision,
        ..v1::AggregateRequest::default()
    };
    expect_field(to.aggregate(ask(&[0], 0)).await, "group_by[0]");
    expect_field(to.aggregate(ask(&[1, 99], 0)).await, "group_by[1]");
    expect_field(to.aggregate(ask(&[2, 1, 2], 0)).await, "group_by[2]");
    expect_field(to.aggregate(ask(&[], -1)).await, "min_revision");
    let filtered = v1::AggregateRequest { filter: "late = true".to_owned(), ..ask(&[], 0) };
    let expected = (Code::InvalidArgument, "INVALID_FILTER".to_owned(), vec!["filter".to_owned()]);
    assert_eq!(refusal(to.aggregate(filtered).await), expected);
    let collect = v1::CollectRequest { draft: "drafts/nq20".to_owned(), group_by: 9, ..Default::default() };
    expect_field(to.collect(collect).await, "group_by");
}
