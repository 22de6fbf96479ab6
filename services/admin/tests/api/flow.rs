//! The main job by HTTP: from an agency to the counts.

use serde_json::json;
use ykien_domain::time::Timestamp;

use crate::installation::Installation;

#[tokio::test]
async fn a_comment_is_submitted_decided_published_and_counted() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let first = ykien.comment(2, "Đề nghị rà soát số liệu thu nhập").await;
    let second = ykien.comment(1, "Bổ sung hạn chế").await;
    assert_eq!((first, second), (1, 2));

    let verdict = json!({"outcome": "rejected", "explanation": "Số liệu đã được kiểm tra"});
    let decided = ykien.call("PUT", "/v1/drafts/nq20/comments/1/decision").json(&verdict).send().await;
    let revision: i64 = decided.header("ykien-revision").parse().unwrap();
    let comment = decided.expect(200);
    assert_eq!(comment["status"], "rejected");
    assert_eq!(decided.header("etag"), format!("\"{}\"", comment["etag"].as_str().unwrap()));

    let counts = ykien
        .get(&format!("/v1/drafts/nq20/aggregate?group_by=section,status&min_revision={revision}"))
        .await;
    assert_eq!(
        counts.expect(200),
        json!({
            "rows": [
                {"key": {"section": 0, "status": "pending"}, "count": 0, "subtree_count": 1},
                {"key": {"section": 0, "status": "rejected"}, "count": 0, "subtree_count": 1},
                {"key": {"section": 1, "status": "pending"}, "count": 1, "subtree_count": 1},
                {"key": {"section": 1, "status": "rejected"}, "count": 0, "subtree_count": 1},
                {"key": {"section": 2, "status": "rejected"}, "count": 1, "subtree_count": 1},
            ],
            "total": 2,
            "revision": revision,
        })
    );
    let later = ykien.get(&format!("/v1/drafts/nq20/aggregate?min_revision={}", revision + 1)).await;
    assert_eq!(later.problem(409), "REVISION_NOT_REACHED");

    let collected = ykien.get("/v1/drafts/nq20/collection?group_by=section").await.expect(200);
    let order: Vec<_> =
        collected["items"].as_array().unwrap().iter().map(|item| item["number"].clone()).collect();
    assert_eq!(order, [json!(2), json!(1)], "section 1 is read before its subsection 2");

    let batch = json!({"dry_run": true, "decisions": [
        {"number": 2, "outcome": "accepted"},
        {"number": 2, "outcome": "rejected"},
        {"number": 9, "outcome": "accepted"},
    ]});
    let results = ykien.post("/v1/drafts/nq20/decisions", &batch).await.expect(200);
    assert_eq!(results["results"][0]["comment"]["status"], "accepted");
    assert_eq!(results["results"][1]["error"]["reason"], "INVALID_FIELD");
    assert_eq!(results["results"][2]["error"]["reason"], "NOT_FOUND");
    assert_eq!(ykien.get("/v1/drafts/nq20/comments/2").await.expect(200)["status"], "pending");

    let published = ykien.call("POST", "/v1/drafts/nq20/publication").send().await.expect(200);
    assert_eq!(published["numbers"], json!([1]));
    let rest = ykien.get("/v1/drafts/nq20/reconciliation").await.expect(200);
    assert_eq!(rest["pending_comments"], json!([2]));
    assert_eq!(rest["unanswered"], json!([{"round": 1, "agency": "H37.05"}]));
    assert_eq!(rest["remainder"], 2);

    let log = ykien.get("/v1/drafts/nq20/events?after=0&page_size=1000").await.expect(200);
    let events = log["items"].as_array().unwrap();
    let revisions: Vec<_> = events.iter().map(|event| event["revision"].as_i64().unwrap()).collect();
    assert_eq!(revisions, (1..=log["revision"].as_i64().unwrap()).collect::<Vec<_>>());
    assert!(events.iter().any(|event| event["kind"] == "comment_decided" && event["client_id"] == "root"));
}

#[tokio::test]
async fn a_response_comes_with_its_comments_and_shows_in_the_progress() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let agency = ykien.client("so-tc", "H37.05", "contributor").await;
    let response = json!({
        "stance": "agrees_with_comments", "letter_number": "1234/STC-NS", "letter_date": "2020-07-22",
        "signer": "Nguyễn Văn A", "capacity": "KT. GIÁM ĐỐC",
        "comments": [{"anchor": {"section": 1, "quote": "đạt 100%"}, "text": "Cần dẫn nguồn"}],
    });
    let submitted =
        ykien.call_as(&agency, "POST", "/v1/drafts/nq20/responses").json(&response).send().await.expect(201);
    assert_eq!(
        submitted["comments"][0]["anchor"],
        json!({"kind": "quote", "section": 1, "quote": "đạt 100%"})
    );
    assert_eq!(submitted["comments"][0]["response"], submitted["response"]["number"]);

    let progress = ykien.get("/v1/drafts/nq20/progress").await.expect(200);
    assert_eq!(progress["replies"][0]["state"], "replied");
    assert_eq!(progress["replies"][0]["response"]["letter_date"], "2020-07-22");

    let wrong =
        json!({"stance": "disagrees", "letter_date": "22/7/2020", "comments": [{"text": "x"}, {"text": ""}]});
    let refused = ykien.call_as(&agency, "POST", "/v1/drafts/nq20/responses").json(&wrong).send().await;
    assert_eq!(refused.problem(400), "INVALID_FIELD");
    let fields: Vec<_> =
        refused.json()["violations"].as_array().unwrap().iter().map(|bad| bad["field"].clone()).collect();
    assert_eq!(fields, [json!("letter_date"), json!("comments[1].text")]);
}

#[tokio::test]
async fn versions_are_compared_and_comments_follow_their_anchors() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let path = "/v1/drafts/nq20/versions";
    let before = ykien.get("/v1/drafts/nq20/sections").await.expect(200);
    let comment = ykien.comment(1, "Đề nghị rà soát").await;
    let removed = before["items"][1]["heading"].clone();
    let tree = json!({"sections": [{"label": "Z", "heading": "Hoàn toàn khác"}]});
    // Tried first: nothing is made, so nothing has an address.
    let tried = ykien.post(&format!("{path}?dry_run=true"), &tree).await;
    assert_eq!(tried.expect(200)["added_count"], 1);
    assert_eq!(tried.header("location"), "");
    assert_eq!(ykien.get("/v1/drafts/nq20").await.expect(200)["version"], 1);
    let text = ykien.call("POST", &format!("{path}?dry_run=true")).text("text/plain", "I. Một\n\nII. Hai\n");
    assert_eq!(text.send().await.expect(200)["section_count"], 2);
    let made = ykien.post(path, &tree).await.expect(201);
    assert_eq!(
        (made["version"].clone(), made["removed_sections"][0]["heading"].clone()),
        (json!(2), removed)
    );

    let compared = ykien.get("/v1/drafts/nq20/comparison?from=1&page_size=2").await.expect(200);
    assert_eq!(compared["items"][0]["changes"], json!(["unchanged"]));
    assert_eq!(compared["items"][1]["changes"], json!(["removed"]));
    assert_eq!(
        (compared["items"][1]["before"]["id"].clone(), &compared["items"][1]["after"]),
        (json!(1), &json!(null))
    );
    let token = compared["next_page_token"].as_str().unwrap().to_owned();
    let rest = ykien.get(&format!("/v1/drafts/nq20/comparison?from=1&page_token={token}")).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().last().unwrap()["changes"], json!(["added"]));
    assert_eq!(rest["next_page_token"], json!(null));

    let placements = ykien.get("/v1/drafts/nq20/placements?state=orphaned").await.expect(200);
    let found = &placements["items"][0];
    assert_eq!(found["comment"], comment);
    assert_eq!((&found["state"], &found["reason"]), (&json!("orphaned"), &json!("section_removed")));
    assert_eq!((&found["written_section"]["section"], &found["current_section"]), (&json!(1), &json!(null)));
    let then = ykien.get("/v1/drafts/nq20/placements?version=1").await.expect(200);
    assert_eq!((&then["items"][0]["state"], &then["items"][0]["reason"]), (&json!("placed"), &json!(null)));

    for (query, field) in [
        ("comparison", "from"),
        ("comparison?from=0", "from"),
        ("comparison?from=9", "from"),
        ("comparison?from=1&to=9", "to"),
        ("comparison?from=1&page_size=1001", "page_size"),
        ("placements?version=9", "version"),
        ("placements?state=lost", "state"),
        ("placements?page_token=x", "page_token"),
    ] {
        let refused = ykien.get(&format!("/v1/drafts/nq20/{query}")).await;
        assert_eq!(
            (refused.json()["status"].clone(), refused.field()),
            (json!(400), field.to_owned()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_text_becomes_a_version_whichever_way_it_is_sent() {
    let ykien = Installation::new().await;
    ykien.agency("H37.02").await;
    let draft = json!({"id": "d", "title": "Dự thảo", "drafting_agency": "H37.02"});
    ykien.post("/v1/drafts", &draft).await.expect(201);
    let text = "# Phần chung\n\nLời.\n\n## Mục tiêu\n\nÍt nhất.\n";
    let path = "/v1/drafts/d/versions";
    let first = ykien.call("POST", path).text("text/markdown; charset=utf-8", text).send().await;
    let headings = [
        json!({"section": 1, "label": "", "heading": "Phần chung"}),
        json!({"section": 2, "label": "", "heading": "Mục tiêu"}),
    ];
    assert_eq!(
        first.expect(201),
        json!({
            "version": 1, "section_count": 2, "kept_count": 0, "added_count": 2, "removed_count": 0,
            "added_sections": headings, "removed_sections": [],
        })
    );
    let second = ykien.post(path, &json!({"text": text})).await;
    assert_eq!(
        second.expect(201),
        json!({
            "version": 2, "section_count": 2, "kept_count": 2, "added_count": 0, "removed_count": 0,
            "added_sections": [], "removed_sections": [],
        })
    );
    assert_eq!(second.header("location"), "/v1/drafts/d/sections?version=2");

    let sections = ykien.get("/v1/drafts/d/sections?version=1").await.expect(200);
    let headings: Vec<_> =
        sections["items"].as_array().unwrap().iter().map(|item| item["heading"].clone()).collect();
    assert_eq!(headings, [json!("Dự thảo"), json!("Phần chung"), json!("Mục tiêu")]);

    let assigned =
        ykien.call("PUT", "/v1/drafts/d/sections/1/responsible").json(&json!({"agency": "VP"})).send().await;
    assert_eq!(assigned.expect(200)["assigned_agency"], "VP");

    for (content_type, body, status, field) in [
        ("text/plain", "no heading at all".to_owned(), 400, "body"),
        ("application/json", json!({"text": "x", "sections": [{"label": "I"}]}).to_string(), 400, "sections"),
        ("application/json", json!({"sections": [{"lable": "I"}]}).to_string(), 400, "sections[0].lable"),
        ("application/pdf", "%PDF".to_owned(), 415, "Content-Type"),
    ] {
        let refused = ykien.call("POST", path).text(content_type, body).send().await;
        assert_eq!(refused.problem(status), "INVALID_FIELD");
        assert_eq!(refused.field(), field);
    }
}

#[tokio::test]
async fn a_round_closes_early_or_with_pending_comments_only_by_override() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    ykien.comment(1, "Ý kiến").await;
    let close = "/v1/drafts/nq20/rounds/1/close";
    assert_eq!(ykien.call("POST", close).send().await.problem(409), "ROUND_EARLY");
    let extension = json!({"deadline": "2020-07-25T17:00:00+07:00"});
    let extended = ykien.post("/v1/drafts/nq20/rounds/1/extend", &extension).await.expect(200);
    assert_eq!(extended["deadline"], "2020-07-25T10:00:00Z");
    ykien.clock.set(Timestamp::parse("now", "2020-07-26T08:00:00+07:00").unwrap());
    let ykien_token = ykien.token_of("root", &ykien.secret).await;
    let post = |path: &'static str| ykien.call_as(&ykien_token, "POST", path);
    assert_eq!(post(close).send().await.problem(409), "COMMENTS_PENDING");
    let closed = post(close).json(&json!({"allow_pending": true})).send().await.expect(200);
    assert_eq!(closed["state"], "closed");
    let conclude = "/v1/drafts/nq20/rounds/1/conclude";
    assert_eq!(post(conclude).send().await.problem(409), "COMMENTS_PENDING");
    assert_eq!(
        post(conclude).json(&json!({"allow_pending": true})).send().await.expect(200)["state"],
        "concluded"
    );
}

#[tokio::test]
async fn a_directive_is_issued_and_completed_and_an_oral_opinion_recorded() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    let directive = json!({"text": "Số liệu chốt đến 30/6/2020", "responsible_agency": "H37.05",
        "due_date": "2020-07-24", "issued_by": "Phó Chủ tịch", "issue_date": "2020-07-21"});
    let issued = ykien.post("/v1/drafts/nq20/directives", &directive).await.expect(201);
    assert_eq!((&issued["number"], &issued["completion"]), (&json!(1), &json!(null)));
    let path = "/v1/drafts/nq20/directives/1/completion";
    let done = ykien.post(path, &json!({"note": "Đã chốt", "version": 1})).await.expect(200);
    assert_eq!(done["completion"]["note"], "Đã chốt");
    assert_eq!(ykien.post(path, &json!({"note": "again"})).await.problem(409), "DIRECTIVE_COMPLETE");

    let opinion = json!({"agency": "H37.05", "speaker": "Bà B", "text": "Nhất trí"});
    let recorded = ykien.post("/v1/drafts/nq20/oral-opinions", &opinion).await.expect(201);
    assert_eq!((&recorded["channel"], &recorded["speaker"]), (&json!("meeting"), &json!("Bà B")));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_a_token_fits_only_its_own_list() {
    let ykien = Installation::new().await;
    ykien.consultation().await;
    for number in 1..=5 {
        ykien.comment(1, &format!("Ý kiến {number}")).await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page =
            ykien.get(&format!("/v1/drafts/nq20/comments?page_size=2&page_token={token}")).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["number"].as_i64().unwrap()));
        match page["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let other = ykien.get(&format!("/v1/drafts/nq20/comments?filter=late%3Dfalse&page_token={token}")).await;
    assert_eq!(other.problem(400), "INVALID_PAGE_TOKEN");
    let filtered = ykien.get("/v1/drafts/nq20/comments?filter=number%3E3").await.expect(200);
    assert_eq!(filtered["items"].as_array().unwrap().len(), 2);
}
