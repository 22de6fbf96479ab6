//! The service on its own port, with real tokens and a real store: what a client sees.

mod calls;
mod refusals;
mod streams;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Status};
use ykien_domain::actor::Scope;
use ykien_domain::command::{CreateAgency, CreateClient, WriteOptions};
use ykien_domain::ids::{AgencyCode, ClientId};
use ykien_domain::time::{ManualClock, Timestamp};
use ykien_domain::words::{AgencyKind, Role};
use ykien_edge::auth::{AuthConfig, AuthLayer, Identity, new_secret};
use ykien_edge::telemetry::{MetricsLayer, Route};
use ykien_proto::v1;
use ykien_proto::v1::comments_service_client::CommentsServiceClient;
use ykien_store::{Store, StoreOptions};

/// 2020-07-21T08:00:00Z, in seconds.
const NOW: i64 = 1_595_318_400;

/// The draft of every test.
const DRAFT: &str = "drafts/nq20";

type Client = CommentsServiceClient<InterceptedService<Channel, Bearer>>;

/// Sends the token with each call.
#[derive(Clone)]
struct Bearer(MetadataValue<tonic::metadata::Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

struct House {
    store: Store,
    clock: Arc<ManualClock>,
    shutdown: CancellationToken,
    /// The drafting agency's: H37.05.
    drafter: Client,
    /// Of H37.06, invited.
    contributor: Client,
    /// Of H37.07, invited.
    other: Client,
    /// Of H37.99, not invited.
    stranger: Client,
    _folder: tempfile::TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl House {
    /// Four agencies with a client each, and the service on a port.
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(NOW * 1_000_000)));
        let url = format!("sqlite:{}", folder.path().join("ykien.db").display());
        let options = StoreOptions { url, max_connections: 4, clock: clock.clone() };
        let store = Store::connect(options).await.unwrap();
        store.migrate().await.unwrap();
        let config = AuthConfig {
            issuer: "https://ykien.example".to_owned(),
            audience: "ykien".to_owned(),
            token_lifetime_seconds: 900,
        };
        let identity = Identity::new(store.clone(), config);
        identity.ensure_signing_key().await.unwrap();

        let shutdown = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder()
            .layer(MetricsLayer(Route::GRPC))
            .layer(AuthLayer(identity.clone()))
            .add_service(crate::service(store.clone(), shutdown.clone()))
            .serve_with_incoming_shutdown(
                TcpListenerStream::new(listener),
                shutdown.clone().cancelled_owned(),
            );
        tokio::spawn(server);
        let channel = Endpoint::from_shared(address).unwrap().connect_lazy();

        let client = async |agency: &str, role| {
            let token = Self::token(&store, &identity, agency, role).await;
            let bearer = Bearer(format!("Bearer {token}").parse().unwrap());
            CommentsServiceClient::with_interceptor(channel.clone(), bearer)
        };
        Self {
            drafter: client("H37.05", Role::Drafter).await,
            contributor: client("H37.06", Role::Contributor).await,
            other: client("H37.07", Role::Contributor).await,
            stranger: client("H37.99", Role::Contributor).await,
            store,
            clock,
            shutdown,
            _folder: folder,
        }
    }

    async fn token(store: &Store, identity: &Identity, agency: &str, role: Role) -> String {
        let admin = Scope::installation();
        let code = AgencyCode::parse("code", agency).unwrap();
        let create = CreateAgency {
            code: code.clone(),
            name: format!("Cơ quan {agency}"),
            short_name: String::new(),
            name_en: String::new(),
            kind: AgencyKind::Department,
        };
        store.write(&admin, create, WriteOptions::default()).await.unwrap();
        let made = new_secret().unwrap();
        let client_id = ClientId::parse("client_id", &agency.to_lowercase().replace('.', "-")).unwrap();
        let create = CreateClient {
            client_id: client_id.clone(),
            agency: code,
            role,
            name: String::new(),
            secret_hash: made.hash,
        };
        store.write(&admin, create, WriteOptions::default()).await.unwrap();
        identity.issue(client_id.as_str(), &made.secret).await.unwrap().token
    }

    /// With a draft of four sections, and an open round to which H37.06 and H37.07 are invited.
    async fn open() -> Self {
        let mut house = Self::empty().await;
        let drafter = &mut house.drafter;
        drafter.create_draft(new_draft()).await.unwrap();
        let text = "I. ĐẶC ĐIỂM\n1. Thuận lợi\nMột.\n2. Khó khăn\nHai.\nII. KẾT QUẢ\nBa.\n".to_owned();
        drafter
            .create_version(v1::CreateVersionRequest { draft: DRAFT.to_owned(), text, ..Default::default() })
            .await
            .unwrap();
        drafter.create_round(new_round()).await.unwrap();
        let round = format!("{DRAFT}/rounds/1");
        let agencies = vec!["agencies/H37.06".to_owned(), "agencies/H37.07".to_owned()];
        drafter
            .invite_agencies(v1::InviteAgenciesRequest {
                round: round.clone(),
                agencies,
                request_id: String::new(),
            })
            .await
            .unwrap();
        drafter.open_round(v1::OpenRoundRequest { name: round, ..Default::default() }).await.unwrap();
        house
    }
}

fn new_draft() -> v1::CreateDraftRequest {
    let draft = v1::Draft {
        title: "Báo cáo 10 năm thực hiện Nghị quyết 20-NQ/TU".to_owned(),
        drafting_agency: "agencies/H37.05".to_owned(),
        ..Default::default()
    };
    v1::CreateDraftRequest { draft: Some(draft), draft_id: "nq20".to_owned(), request_id: String::new() }
}

fn new_round() -> v1::CreateRoundRequest {
    let round = v1::Round {
        title: "Đợt 1".to_owned(),
        deadline: Some(prost_types::Timestamp { seconds: NOW + 3 * 86_400, nanos: 0 }),
        ..Default::default()
    };
    v1::CreateRoundRequest { draft: DRAFT.to_owned(), round: Some(round), request_id: String::new() }
}

/// A comment on the section with this id; on the whole document when 0.
fn comment(section: i64, text: &str) -> v1::Comment {
    let section = if section == 0 { String::new() } else { format!("{DRAFT}/sections/{section}") };
    let anchor = v1::Anchor { section, ..Default::default() };
    v1::Comment { anchor: Some(anchor), text: text.to_owned(), ..Default::default() }
}

fn submission(comment: v1::Comment) -> v1::SubmitCommentRequest {
    v1::SubmitCommentRequest { draft: DRAFT.to_owned(), comment: Some(comment), request_id: String::new() }
}

fn comment_name(number: i64) -> String {
    format!("{DRAFT}/comments/{number}")
}

/// A request's own id.
fn request_id(number: u32) -> String {
    format!("018f6e5e-7b6c-7cc4-9d2a-{number:012}")
}
