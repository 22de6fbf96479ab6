//! The HTTP port: the admin role's own router, called without a listener.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use ykien_admin::AdminState;
use ykien_domain::Reason;
use ykien_edge::admission::{Admission, Rates};
use ykien_edge::places::Places;

use super::aim::{Aim, Target};
use super::answer::{Answer, Fate, Refusal, unpacked};
use super::routes::{OPEN, PAGES, TABLE};
use super::walk::{Entry, Port};
use super::world::{CALLERS, World};

/// The admin role's router.
pub struct Routes(Router);

/// The routes that the document lists and that need no token.
pub fn open() -> impl Iterator<Item = String> {
    OPEN.iter().map(|(name, _)| (*name).to_owned())
}

impl Routes {
    /// The router on the world's store.
    pub fn start(world: &World) -> Self {
        let (store, identity) = (world.base.store.clone(), world.identity.clone());
        let shutdown = CancellationToken::new();
        Self(ykien_admin::router(AdminState {
            store,
            identity,
            admission: Admission::new(Rates::default()),
            exports: Places::of_exports(),
            metrics: None,
            shutdown,
        }))
    }

    /// The routes of the OpenAPI document: `GET /v1/drafts/{draft}`.
    pub async fn described(&self) -> BTreeSet<String> {
        let answer = self.send("GET", "/openapi.json", None, &Value::Null).await;
        let document: Value = serde_json::from_slice(&answer.body).expect("the document is JSON");
        let paths = document["paths"].as_object().expect("paths");
        let methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
        paths
            .iter()
            .flat_map(|(path, item)| {
                let offered = methods.into_iter().filter(|method| item.get(*method).is_some());
                offered.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect()
    }

    /// What needs no token answers without one.
    pub async fn open_to_everybody(&self) {
        for (name, status) in OPEN.iter().chain(PAGES) {
            let (method, path) = name.split_once(' ').expect("a method and a path");
            let answer = self.send(method, path, None, &Value::Null).await;
            assert_eq!(answer.status.as_u16(), *status, "{name} without a token");
        }
    }

    /// No method on any other path does anything without a token, whether the document lists it or not.
    pub async fn closed_to_every_method(&self) {
        for (index, route) in TABLE.iter().enumerate() {
            let operation = route.operation;
            let aim = Aim { operation, caller: &CALLERS[0], target: Target::Own, serial: index as u32 };
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
                let answer = self.send(method, &route.path(&aim), None, &(route.body)(&aim)).await;
                let closed =
                    [StatusCode::UNAUTHORIZED, StatusCode::METHOD_NOT_ALLOWED].contains(&answer.status);
                assert!(closed, "{method} {} without a token: {}", route.path(&aim), answer.status);
            }
        }
    }

    /// Reads a path.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, Some(token), &Value::Null).await.answer()
    }

    async fn send(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Sent {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else if let Value::String(file) = body {
            request = request.header(header::CONTENT_TYPE, "application/octet-stream");
            Body::from(file.clone())
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let request = request.body(body).expect("a request");
        Sent::read(self.0.clone().oneshot(request).await.expect("the router always answers")).await
    }
}

impl Port for Routes {
    fn entries(&self) -> Vec<Entry> {
        TABLE.iter().map(|route| Entry { name: route.name, operation: route.operation }).collect()
    }

    async fn call(&self, entry: usize, token: Option<&str>, aim: &Aim) -> Answer {
        let route = &TABLE[entry];
        let (method, _) = route.name.split_once(' ').expect("a method and a path");
        let query = route.query(aim);
        let separator = if query.is_empty() { "" } else { "?" };
        let path = format!("{}{separator}{query}", route.path(aim));
        self.send(method, &path, token, &(route.body)(aim)).await.answer()
    }
}

/// The problem of the one row that was sent, if it was refused.
fn refused_row(report: &Value) -> Option<Value> {
    let row = report.pointer("/rows/0")?;
    let reason = Reason::ALL.iter().find(|reason| row["reason"] == reason.as_str())?;
    Some(json!({"status": reason.http_status(), "reason": reason.as_str(), "detail": row["problem"]}))
}

/// What came back.
struct Sent {
    status: StatusCode,
    /// In a fixed order, without the date.
    headers: Vec<String>,
    challenged: bool,
    body: Vec<u8>,
}

impl Sent {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let mut headers: Vec<String> = parts
            .headers
            .iter()
            .filter(|(name, _)| *name != header::DATE)
            .map(|(name, value)| format!("{name}: {value:?}\n"))
            .collect();
        headers.sort();
        let challenged = parts.headers.contains_key(header::WWW_AUTHENTICATE);
        let body = body.collect().await.expect("the whole body").to_bytes().to_vec();
        Self { status: parts.status, headers, challenged, body }
    }

    fn answer(self) -> Answer {
        let head = format!("{}\n{}", self.status, self.headers.concat()).into_bytes();
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        // The refusal of the one item that was sent, where a call answers each of many by itself.
        let item = json.pointer("/results/0/error").filter(|error| !error.is_null()).cloned();
        let (fate, refusal) = match item.or_else(|| refused_row(&json)) {
            Some(error) => (self.fate(&error), Refusal::Item(error.to_string().into_bytes())),
            None => (self.fate(&json), Refusal::Call([head.as_slice(), &self.body].concat())),
        };
        let unpacked = unpacked(&self.body);
        Answer { fate, refusal, bytes: [head, self.body, unpacked].concat() }
    }

    /// What the status means, and what the problem document says must be the same.
    fn fate(&self, problem: &Value) -> Fate {
        if self.status.is_success() && problem.get("reason").is_none() {
            return Fate::Success;
        }
        let status = problem["status"].as_u64().unwrap_or_default();
        match (status, problem["reason"].as_str().unwrap_or_default()) {
            (404, "NOT_FOUND") if problem["detail"] == "not found" => Fate::NotFound,
            (403, "PERMISSION_DENIED") => Fate::Denied,
            (401, "UNAUTHENTICATED") if self.challenged => Fate::Unauthenticated,
            (400 | 409 | 412, _) => Fate::Refused,
            _ => Fate::Fault,
        }
    }
}
