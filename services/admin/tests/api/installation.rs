//! An installation in a temporary folder, and a client of its HTTP API.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use ykien_admin::{AdminState, router};
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, CreateClient, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::{ManualClock, Timestamp};
use ykien_domain::words::{AgencyKind, Role};
use ykien_edge::admission::{Admission, Rates};
use ykien_edge::auth::{AuthConfig, Identity, new_secret};
use ykien_edge::places::Places;
use ykien_store::{Store, StoreOptions};

/// The morning of 20/7/2020: the round of the tests is still to come.
pub const NOW: &str = "2020-07-20T08:00:00+07:00";

/// One recorder for the process, as in a server.
static METRICS: LazyLock<PrometheusHandle> =
    LazyLock::new(|| PrometheusBuilder::new().install_recorder().unwrap());

pub struct Installation {
    router: Router,
    pub shutdown: CancellationToken,
    pub clock: Arc<ManualClock>,
    /// The secret of the client `root`, an administrator of the agency `VP`.
    pub secret: String,
    /// A token of that client.
    pub token: String,
    _folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// The reason, when this is a problem with this status.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], json!(status));
        problem["reason"].as_str().unwrap().to_owned()
    }

    /// The first field at fault of a problem.
    #[track_caller]
    pub fn field(&self) -> String {
        self.json()["violations"][0]["field"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request being put together.
pub struct Call<'a> {
    installation: &'a Installation,
    request: http::request::Builder,
    body: Body,
}

impl Call<'_> {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn text(mut self, content_type: &str, text: impl Into<String>) -> Self {
        self.body = Body::from(text.into());
        self.with("content-type", content_type)
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", body.to_string())
    }

    /// Sends it; the answer's body is not read yet.
    pub async fn begin(self) -> Response<Body> {
        let request: Request<Body> = self.request.body(self.body).unwrap();
        self.installation.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(self) -> Reply {
        let response = self.begin().await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

impl Installation {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::parse("now", NOW).unwrap()));
        let url = format!("sqlite:{}", folder.path().join("ykien.db").display());
        let store =
            Store::connect(StoreOptions { url, max_connections: 4, clock: clock.clone() }).await.unwrap();
        store.migrate().await.unwrap();
        let config = AuthConfig {
            issuer: "https://ykien.test".to_owned(),
            audience: "ykien".to_owned(),
            token_lifetime_seconds: 900,
        };
        let identity = Identity::new(store.clone(), config);
        identity.ensure_signing_key().await.unwrap();
        let shutdown = CancellationToken::new();
        let made = new_secret().unwrap();
        first_administrator(&store, &made.hash).await;
        let metrics = Some(METRICS.clone());
        let state = AdminState {
            store,
            identity,
            admission: Admission::new(Rates::default()),
            exports: Places::of_exports(),
            metrics,
            shutdown: shutdown.clone(),
        };
        let router = router(state);
        let mut installation =
            Self { router, shutdown, clock, secret: made.secret, token: String::new(), _folder: folder };
        installation.token = installation.token_of("root", &installation.secret).await;
        installation
    }

    /// A request without a token.
    pub fn open(&self, method: &str, path: &str) -> Call<'_> {
        Call { installation: self, request: Request::builder().method(method).uri(path), body: Body::empty() }
    }

    /// A request with the administrator's token.
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        self.call_as(&self.token, method, path)
    }

    /// A request with this token.
    pub fn call_as(&self, token: &str, method: &str, path: &str) -> Call<'_> {
        self.open(method, path).with(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path).json(body).send().await
    }

    /// A token by `client_secret_post`.
    pub async fn token_of(&self, client: &str, secret: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        let reply =
            self.open("POST", "/oauth2/token").text("application/x-www-form-urlencoded", form).send().await;
        reply.expect(200)["access_token"].as_str().unwrap().to_owned()
    }

    /// A new client of this agency with this role: its token.
    pub async fn client(&self, id: &str, agency: &str, role: &str) -> String {
        let body = json!({"client_id": id, "agency": agency, "role": role});
        let made = self.post("/v1/clients", &body).await.expect(201);
        self.token_of(id, made["client_secret"].as_str().unwrap()).await
    }

    pub async fn agency(&self, code: &str) {
        let body = json!({"code": code, "name": format!("Cơ quan {code}"), "kind": "department"});
        self.post("/v1/agencies", &body).await.expect(201);
    }

    /// The draft `nq20` of the agency `H37.02` with two sections, and its first round: open, `H37.05` invited.
    pub async fn consultation(&self) {
        self.agency("H37.02").await;
        self.agency("H37.05").await;
        let draft = json!({"id": "nq20", "title": "Báo cáo 10 năm", "drafting_agency": "H37.02"});
        self.post("/v1/drafts", &draft).await.expect(201);
        let sections = json!({"sections": [
            {"level": "roman", "label": "I", "heading": "Kết quả"},
            {"level": "number", "label": "1", "heading": "Thu nhập", "parent": 0},
        ]});
        self.post("/v1/drafts/nq20/versions", &sections).await.expect(201);
        let round = json!({"deadline": "2020-07-24T17:00:00+07:00"});
        self.post("/v1/drafts/nq20/rounds", &round).await.expect(201);
        self.post("/v1/drafts/nq20/rounds/1/roster", &json!({"agencies": ["H37.05"]})).await.expect(200);
        self.call("POST", "/v1/drafts/nq20/rounds/1/open").send().await.expect(200);
    }

    /// A comment of `H37.05` on this section; its number.
    pub async fn comment(&self, section: i64, text: &str) -> i64 {
        let body = json!({"agency": "H37.05", "anchor": {"section": section}, "text": text});
        self.post("/v1/drafts/nq20/comments", &body).await.expect(201)["number"].as_i64().unwrap()
    }
}

/// What `ykien serve` does at the first start.
async fn first_administrator(store: &Store, secret_hash: &str) {
    let scope = Scope::installation();
    let code = AgencyCode::parse("code", "VP").unwrap();
    let agency = CreateAgency {
        code: code.clone(),
        name: "Văn phòng".to_owned(),
        short_name: String::new(),
        name_en: String::new(),
        kind: AgencyKind::Office,
    };
    store.write(&scope, agency, WriteOptions::default()).await.unwrap();
    let client = CreateClient {
        client_id: ClientId::parse("client_id", "root").unwrap(),
        agency: code,
        role: Role::Admin,
        name: "first".to_owned(),
        secret_hash: secret_hash.to_owned(),
    };
    store.write(&scope, client, WriteOptions::default()).await.unwrap();
}
