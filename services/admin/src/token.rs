//! Tokens: the OAuth 2.0 token endpoint (client credentials, RFC 6749 §4.4), and the keys that check them.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::Reason;
use ykien_edge::peer::Peer;

use crate::AdminState;
use crate::problem::{Problem, Refused};
use crate::request::{bytes, content_type};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(issue_token)).routes(routes!(get_keys))
}

/// The form of a token request. The client's id and secret stand here or in `Authorization: Basic`; or its assertion
/// stands here. A `scope` is ignored: what a client may do is what its role says.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// Always `client_credentials`.
    #[serde(default)]
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// The client's id.
    client_id: Option<String>,
    /// The client's secret.
    client_secret: Option<String>,
    /// With `client_assertion`: always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: Option<String>,
    /// Instead of a secret, a JWT that the client signs with a key registered for it (RFC 7523): `iss` and `sub` are its id,
    /// `aud` the issuer or this endpoint, `exp` at most 300 s ahead, `jti` another each time; `kid` in the header.
    client_assertion: Option<String>,
}

/// The one type of assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An access token.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// The token, for `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How long it lives, in seconds: at most 900.
    expires_in: i64,
}

/// Why there is no token (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenError {
    /// `invalid_request`, `invalid_client` or `unsupported_grant_type`.
    error: &'static str,
    /// A sentence for people.
    error_description: String,
}

/// A refusal of the token endpoint.
enum Refusal {
    /// In OAuth's own form.
    OAuth {
        /// The code.
        error: &'static str,
        /// The sentence.
        description: &'static str,
        /// Whether the client used `Authorization: Basic`, and is told so.
        basic: bool,
    },
    /// A limit or a fault of the server, for which RFC 6749 has no word.
    Other(Refused),
}

impl Refusal {
    fn request(description: &'static str) -> Self {
        Self::OAuth { error: "invalid_request", description, basic: false }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Other(refused) => refused.into_response(),
            Self::OAuth { error, description, basic } => {
                let status = if error == "invalid_client" {
                    StatusCode::UNAUTHORIZED
                } else {
                    StatusCode::BAD_REQUEST
                };
                let body = TokenError { error, error_description: description.to_owned() };
                let mut response = (status, Json(body)).into_response();
                if basic {
                    let challenge = HeaderValue::from_static("Basic realm=\"ykien\"");
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                response
            }
        }
    }
}

/// Get an access token
///
/// By client credentials: `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
#[utoipa::path(post, path = "/oauth2/token", tag = "identity",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token.", body = Token),
        (status = 400, description = "The request is not one for a token.", body = TokenError),
        (status = 401, description = "The client or its secret is not valid.", body = TokenError),
        (status = 429, description = "Too many requests for tokens: `Retry-After` says when to try again.",
            body = Problem, content_type = "application/problem+json"),
    ))]
async fn issue_token(State(state): State<AdminState>, request: Request) -> Response {
    let mut response = match token(&state, request).await {
        Ok(token) => Json(token).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn token(state: &AdminState, request: Request) -> Result<Token, Refusal> {
    if content_type(request.headers()) != "application/x-www-form-urlencoded" {
        return Err(Refusal::request("Content-Type must be application/x-www-form-urlencoded"));
    }
    let basic = basic(request.headers())?;
    let peer = request.extensions().get::<Peer>().cloned();
    let body = bytes(request).await.map_err(Refusal::Other)?;
    // A field given twice fails here, as RFC 6749 §3.2 wants.
    let form: TokenRequest =
        serde_urlencoded::from_bytes(&body).map_err(|_| Refusal::request("the form can't be read"))?;
    match form.grant_type.as_str() {
        "client_credentials" => {}
        "" => return Err(Refusal::request("grant_type is required")),
        _ => {
            let description = "grant_type must be client_credentials";
            return Err(Refusal::OAuth { error: "unsupported_grant_type", description, basic: false });
        }
    }
    let is_basic = basic.is_some();
    let admit = |id: Option<&str>| {
        state.admission.token(peer.as_ref(), id).map_err(|error| Refusal::Other(error.into()))
    };
    let issued = match (form.client_assertion_type.as_deref(), &form.client_assertion) {
        (None, None) => {
            let (id, secret) = id_and_secret(basic, form.client_id, form.client_secret)?;
            admit(Some(&id))?;
            state.identity.issue(&id, &secret).await
        }
        _ if is_basic || form.client_secret.is_some() => {
            return Err(Refusal::request("use one way of authentication, not both"));
        }
        (Some(JWT_BEARER), Some(assertion)) => {
            admit(form.client_id.as_deref())?;
            state.identity.issue_for_assertion(form.client_id.as_deref(), assertion).await
        }
        _ => {
            let description =
                "client_assertion and its client_assertion_type, that of a JWT, belong together";
            return Err(Refusal::request(description));
        }
    };
    let issued = issued.map_err(|error| match error.reason {
        Reason::Unauthenticated => Refusal::OAuth {
            error: "invalid_client",
            description: "the client, or what it authenticates with, is not valid",
            basic: is_basic,
        },
        _ => Refusal::Other(error.into()),
    })?;
    Ok(Token { access_token: issued.token, token_type: "Bearer", expires_in: issued.expires_in })
}

/// The id and secret of a request, from the one place where they stand.
fn id_and_secret(
    basic: Option<(String, String)>,
    client_id: Option<String>,
    client_secret: Option<String>,
) -> Result<(String, String), Refusal> {
    match (basic, client_id, client_secret) {
        (Some(_), _, Some(_)) => Err(Refusal::request("use one way of authentication, not both")),
        (Some((id, _)), Some(also), None) if id != also => {
            Err(Refusal::request("client_id is not that of Authorization"))
        }
        (Some(pair), _, None) => Ok(pair),
        (None, Some(id), Some(secret)) => Ok((id, secret)),
        _ => {
            let description = "client_id and client_secret, or a client_assertion, are required";
            Err(Refusal::OAuth { error: "invalid_client", description, basic: true })
        }
    }
}

/// The id and secret of `Authorization: Basic`, each form-encoded within (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let bad = || Refusal::OAuth {
        error: "invalid_client",
        description: "Authorization must be Basic with base64 of id:secret",
        basic: true,
    };
    let (scheme, encoded) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(bad)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(bad());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let (id, secret) = text.split_once(':').ok_or_else(bad)?;
    Ok(Some((decoded(id), decoded(secret))))
}

fn decoded(text: &str) -> String {
    // As the one value of a form: `=` and `&` can't stand in it unencoded.
    let form = format!("={text}");
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The keys that check tokens, as a JSON Web Key Set
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "identity",
    responses((status = 200, description = "The public keys (RFC 7517).", body = serde_json::Value)))]
async fn get_keys(State(state): State<AdminState>) -> Result<Response, Refused> {
    let keys = state.identity.jwks().await?;
    // Who checks tokens itself fetches the keys again anyway when it meets one that it does not know.
    let fresh = [(header::CACHE_CONTROL, "public, max-age=60")];
    Ok((fresh, Json(keys)).into_response())
}
