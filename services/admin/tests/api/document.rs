//! The OpenAPI document and its page: complete, and asking nobody else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::installation::Installation;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The whole surface: what is added or taken away here is a change of the contract.
const ROUTES: &str = "\
GET /.well-known/jwks.json
GET /livez
GET /metrics
POST /oauth2/token
GET /readyz
GET /v1/agencies
POST /v1/agencies
GET /v1/agencies/{code}
PATCH /v1/agencies/{code}
POST /v1/agencies/{code}/succession
GET /v1/audit
GET /v1/clients
POST /v1/clients
GET /v1/clients/{client}
POST /v1/clients/{client}/disable
POST /v1/clients/{client}/enable
PUT /v1/clients/{client}/keys
POST /v1/clients/{client}/secret
POST /v1/clients/{client}/secret/end
GET /v1/drafts
POST /v1/drafts
GET /v1/drafts/{draft}
GET /v1/drafts/{draft}/aggregate
GET /v1/drafts/{draft}/audit
GET /v1/drafts/{draft}/collection
POST /v1/drafts/{draft}/comment-sheets
GET /v1/drafts/{draft}/comments
POST /v1/drafts/{draft}/comments
GET /v1/drafts/{draft}/comments/{number}
PATCH /v1/drafts/{draft}/comments/{number}
PUT /v1/drafts/{draft}/comments/{number}/decision
DELETE /v1/drafts/{draft}/comments/{number}/decision
POST /v1/drafts/{draft}/comments/{number}/implementation
PUT /v1/drafts/{draft}/comments/{number}/responsible
POST /v1/drafts/{draft}/comments/{number}/withdraw
GET /v1/drafts/{draft}/comparison
POST /v1/drafts/{draft}/decision-sheets
POST /v1/drafts/{draft}/decisions
GET /v1/drafts/{draft}/directives
POST /v1/drafts/{draft}/directives
POST /v1/drafts/{draft}/directives/{number}/completion
GET /v1/drafts/{draft}/disclosures
GET /v1/drafts/{draft}/documents/{document}
GET /v1/drafts/{draft}/events
POST /v1/drafts/{draft}/oral-opinions
GET /v1/drafts/{draft}/persons
POST /v1/drafts/{draft}/persons/erasure
GET /v1/drafts/{draft}/placements
GET /v1/drafts/{draft}/progress
POST /v1/drafts/{draft}/publication
GET /v1/drafts/{draft}/reconciliation
GET /v1/drafts/{draft}/responses
POST /v1/drafts/{draft}/responses
GET /v1/drafts/{draft}/rounds
POST /v1/drafts/{draft}/rounds
GET /v1/drafts/{draft}/rounds/{number}
POST /v1/drafts/{draft}/rounds/{number}/close
POST /v1/drafts/{draft}/rounds/{number}/conclude
POST /v1/drafts/{draft}/rounds/{number}/extend
POST /v1/drafts/{draft}/rounds/{number}/open
GET /v1/drafts/{draft}/rounds/{number}/roster
POST /v1/drafts/{draft}/rounds/{number}/roster
DELETE /v1/drafts/{draft}/rounds/{number}/roster/{code}
GET /v1/drafts/{draft}/sections
PUT /v1/drafts/{draft}/sections/{section}/responsible
POST /v1/drafts/{draft}/versions
GET /v1/events
";

/// Every operation: path, method, the operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push((path.clone(), method.to_uppercase(), operation.clone()));
            }
        }
    }
    operations
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_every_route_in_it_is_answered() {
    let ykien = Installation::new().await;
    let document = ykien.open("GET", "/openapi.json").send().await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let operations = operations(&document);
    let list: Vec<_> = operations.iter().map(|(path, method, _)| format!("{method} {path}")).collect();
    assert_eq!(list, ROUTES.lines().collect::<Vec<_>>());
    let ids: BTreeSet<_> =
        operations.iter().map(|(.., operation)| operation["operationId"].to_string()).collect();
    assert_eq!(ids.len(), operations.len(), "operation ids are unique");
    for (path, method, operation) in &operations {
        let real = path.replace("{draft}", "nq20").replace("{code}", "H1").replace("{client}", "c");
        let real = real.replace("{number}", "1").replace("{section}", "1");
        let reply = ykien.open(method, &real).send().await;
        let guarded = path.starts_with("/v1/");
        assert_eq!(reply.status.as_u16() == 401, guarded, "{method} {path}");
        assert_ne!(reply.status.as_u16(), 405, "{method} {path}");
        assert_eq!(operation["security"].is_array(), guarded, "{method} {path}");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_takes_and_how_it_refuses() {
    let document = ykien_admin::openapi();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{place}");
        let ids = path.matches('{').count();
        let described = document["paths"][&path]["parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(described, ids, "{place}: the ids in the path");
        let own: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        assert!(own.iter().all(|parameter| parameter["description"].is_string()), "{place}: {own:?}");
        let has = |name: &str| own.iter().any(|parameter| parameter["name"] == name);
        if path.starts_with("/v1/") {
            assert_eq!(has("Idempotency-Key"), method != "GET", "{place}");
            assert_eq!(operation["responses"].get("412").is_some(), has("If-Match"), "{place}");
            for status in ["400", "401", "403", "404", "500", "503", "504"] {
                assert!(operation["responses"].get(status).is_some(), "{place}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn every_field_is_described_and_every_reference_leads_somewhere() {
    let document = ykien_admin::openapi();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(name.starts_with(|first: char| first.is_ascii_uppercase()), "{name} is no name for a schema");
        assert!(schema["description"].is_string(), "{name}");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            // A reference that may be null has its description beside the reference.
            let described = [&property["description"], &property["oneOf"][0]["description"]];
            assert!(described.iter().any(|text| text.is_string()), "{name}.{field}: {property}");
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn every_text_of_a_request_says_its_form() {
    let document = ykien_admin::openapi();
    let mut texts = 0;
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        // A body that may be left out stands beside null.
        let body = body["$ref"].as_str().or(body["oneOf"][1]["$ref"].as_str());
        let schema = body.map(|path| document.pointer(path.trim_start_matches('#')).unwrap());
        let fields = schema.into_iter().filter_map(|schema| schema["properties"].as_object()).flatten();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters =
            parameters.map(|parameter| (parameter["name"].as_str().unwrap(), &parameter["schema"]));
        for (name, text) in fields.map(|(name, field)| (name.as_str(), field)).chain(parameters) {
            let of_type = text["type"].to_string();
            if of_type.contains("\"string\"") {
                texts += 1;
                let says = ["enum", "format", "pattern"].iter().any(|form| text.get(form).is_some());
                assert!(says, "{place}: {name}: {text}");
            }
        }
    }
    assert!(texts > 100, "{texts}");
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let ykien = Installation::new().await;
    let root = ykien.open("GET", "/").send().await;
    assert_eq!((root.status.as_u16(), root.header("location")), (303, "/docs/"));
    let page = ykien.open("GET", "/docs/").send().await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.header("content-security-policy").starts_with("default-src 'self';"));
    assert!(!page.text.contains("://"), "{}", page.text);
    let script = ykien.open("GET", "/docs/swagger-initializer.js").send().await;
    assert_eq!(script.status.as_u16(), 200);
    assert!(script.text.contains("/openapi.json") && script.text.contains("\"validatorUrl\": \"none\""));
    assert!(!script.text.contains("://"), "{}", script.text);
    assert_eq!(ykien.open("GET", "/docs/nothing.js").send().await.problem(404), "NOT_FOUND");
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
        assert_eq!(ykien.open("GET", &format!("/docs/{file}")).send().await.status.as_u16(), 200, "{file}");
    }
}
