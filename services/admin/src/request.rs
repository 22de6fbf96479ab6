//! What a request carries besides its verb: who calls, the ids of its path, its query, its body, the headers of a write.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::{RequestExt, body::Bytes};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use ykien_domain::actor::Scope;
use ykien_domain::command::WriteOptions;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, RequestId, Revision, SectionId, parse_etag};
use ykien_domain::words::Document;
use ykien_domain::{Error, Reason, Result};
use ykien_edge::files::{self, MAX_FILE_BYTES};
use ykien_edge::peer::Peer;
use ykien_edge::{auth, limits};

use crate::AdminState;
use crate::problem::Refused;

/// Who calls: the scope of the verified token. Refused where the route is not behind [`authenticate`].
pub(crate) struct Caller(pub(crate) Scope);

/// Verifies the bearer token of every request to `/v1` and leaves its scope for [`Caller`].
pub(crate) async fn authenticate(
    State(state): State<AdminState>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let scope = state.identity.verify(auth::bearer(request.headers())?).await?;
    state.admission.call(request.extensions().get::<Peer>(), &scope)?;
    let scope = scope.from_address(request.extensions().get::<Peer>().map(|peer| peer.address));
    let caller = auth::Caller(scope.clone());
    request.extensions_mut().insert(scope);
    let mut response = next.run(request).await;
    // For the log.
    response.extensions_mut().insert(caller);
    Ok(response)
}

impl FromRequestParts<AdminState> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AdminState) -> Result<Self, Refused> {
        let scope = parts.extensions.get::<Scope>().cloned();
        Ok(Self(scope.ok_or_else(|| Error::new(Reason::Unauthenticated, "a bearer token is required"))?))
    }
}

/// The ids in the path, parsed by their names in the route's template.
pub(crate) struct Ids(Vec<(String, String)>);

impl Ids {
    /// `{draft}`
    pub(crate) fn draft(&self) -> Result<DraftId> {
        DraftId::parse("draft", self.text("draft"))
    }

    /// `{number}`: of a round, a comment or a directive; from 1.
    pub(crate) fn number(&self) -> Result<i64> {
        self.integer("number", 1)
    }

    /// `{section}`: 0 is the whole document.
    pub(crate) fn section(&self) -> Result<SectionId> {
        self.integer("section", 0)
    }

    /// `{code}`
    pub(crate) fn agency(&self) -> Result<AgencyCode> {
        AgencyCode::parse("code", self.text("code"))
    }

    /// `{client}`
    pub(crate) fn client(&self) -> Result<ClientId> {
        ClientId::parse("client", self.text("client"))
    }

    /// `{document}`
    pub(crate) fn document(&self) -> Result<Document> {
        Document::parse("document", self.text("document"))
    }

    fn integer(&self, name: &str, least: i64) -> Result<i64> {
        let text = self.text(name);
        text.parse()
            .ok()
            .filter(|number: &i64| *number >= least && number.to_string() == text)
            .ok_or_else(|| Error::field(name, format!("must be a whole number from {least}")))
    }

    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

impl FromRequestParts<AdminState> for Ids {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AdminState) -> Result<Self, Refused> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::field("path", "must be percent-encoded UTF-8"))?;
        Ok(Self(params.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
    }
}

/// The query, read into `T`; a parameter that `T` does not have is refused, so that a misspelt one is noticed.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AdminState> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AdminState) -> Result<Self, Refused> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let query = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        Ok(Self(query.map_err(|error| at_path(&error, "query"))?))
    }
}

/// The JSON body, at most [`limits::MAX_DOCUMENT_BYTES`]. As an `Option`, none when there is no body or `null`.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AdminState> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &AdminState) -> Result<Self, Refused> {
        expect_json(&content_type(request.headers()))?;
        Ok(Self(json(&bytes(request).await?)?))
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<AdminState> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &AdminState) -> Result<Option<Self>, Refused> {
        let media_type = content_type(request.headers());
        let bytes = bytes(request).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        expect_json(&media_type)?;
        Ok(json::<Option<T>>(&bytes)?.map(Self))
    }
}

/// The media type of a request's body in lower case, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses a body that is not JSON.
pub(crate) fn expect_json(media_type: &str) -> Result<(), Refused> {
    if media_type == "application/json" || media_type.ends_with("+json") {
        return Ok(());
    }
    let error = Error::field("Content-Type", "must be application/json, or another that the route lists");
    Err(Refused::with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, error))
}

/// The whole body, at most [`limits::MAX_DOCUMENT_BYTES`].
pub(crate) async fn bytes(request: Request) -> Result<Bytes, Refused> {
    bounded(request, limits::MAX_DOCUMENT_BYTES).await
}

/// The whole body of a route that takes files, at most [`MAX_FILE_BYTES`].
pub(crate) async fn file(request: Request) -> Result<Vec<u8>, Refused> {
    let _place = files::place()?;
    let bytes = bounded(request, MAX_FILE_BYTES).await?;
    if bytes.is_empty() {
        return Err(Error::field("body", "is empty: the file is the body").into());
    }
    Ok(bytes.into())
}

async fn bounded(request: Request, most: usize) -> Result<Bytes, Refused> {
    request.extract::<Bytes, _>().await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Refused::with_status(
                StatusCode::PAYLOAD_TOO_LARGE,
                Error::new(Reason::LimitExceeded, format!("the body must be at most {most} bytes")),
            )
        }
        _ => Error::field("body", "could not be read to its end").into(),
    })
}

/// Reads JSON; the error names the path of the field at fault.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| at_path(&error, "body"))?;
    deserializer.end().map_err(|error| Error::field("body", error.to_string()))?;
    Ok(value)
}

/// A number of a query that is at least so much.
pub(crate) fn at_least<'de, const LEAST: i64, N: From<i64>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<N, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if number < LEAST {
        return Err(D::Error::custom(format!("must be a whole number from {LEAST}")));
    }
    Ok(number.into())
}

fn at_path<E: std::error::Error>(error: &serde_path_to_error::Error<E>, whole: &str) -> Error {
    let path = error.path().to_string();
    // "." is the whole, and "?" at the end a key that was never read.
    let path = path.trim_end_matches('?').trim_end_matches('.');
    Error::field(if path.is_empty() { whole } else { path }, error.inner().to_string())
}

/// The headers of a write that makes something new: its request id. A precondition has nothing to hold for.
pub(crate) struct Write(pub(crate) WriteOptions);

impl FromRequestParts<AdminState> for Write {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AdminState) -> Result<Self, Refused> {
        if parts.headers.contains_key(header::IF_MATCH) {
            return Err(Error::field("If-Match", "can't be given: this operation compares no etag").into());
        }
        Ok(Self(write_options(&parts.headers)?))
    }
}

/// The headers of a write that changes something: its request id and the etag that the thing must have.
pub(crate) struct Update {
    pub(crate) options: WriteOptions,
    pub(crate) etag: Option<Revision>,
}

impl FromRequestParts<AdminState> for Update {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AdminState) -> Result<Self, Refused> {
        Ok(Self { options: write_options(&parts.headers)?, etag: if_match(&parts.headers)? })
    }
}

fn write_options(headers: &HeaderMap) -> Result<WriteOptions> {
    let request_id = one(headers, "Idempotency-Key")?
        // A structured-field string has quotes; most clients send the bare UUID.
        .map(|text| RequestId::parse("Idempotency-Key", text.trim_matches('"')))
        .transpose()?;
    Ok(WriteOptions { request_id, dry_run: false })
}

fn if_match(headers: &HeaderMap) -> Result<Option<Revision>> {
    match one(headers, "If-Match")? {
        None | Some("*") => Ok(None),
        Some(text) => text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| {
                Error::field("If-Match", "must be one etag as the server gave it, such as \"r42\"")
            })
            .and_then(|text| parse_etag("If-Match", text)),
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(|text| Some(text.trim())).map_err(|_| Error::field(name, "must be ASCII"))
        }
        _ => Err(Error::field(name, "must be given once")),
    }
}
