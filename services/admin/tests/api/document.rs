//! The OpenAPI document and its page: complete, and asking nobody else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::installation::Installation;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

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
    println!("{}", list.join("\n")); assert!(false);
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
    let document = serde_json::to_value(ykien_admin::openapi()).unwrap();
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
    let document = serde_json::to_value(ykien_admin::openapi()).unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{field}: {property}");
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
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
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
        assert_eq!(ykien.open("GET", &format!("/docs/{file}")).send().await.status.as_u16(), 200, "{file}");
    }
}
