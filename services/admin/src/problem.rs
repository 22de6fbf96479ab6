//! How this service refuses: `application/problem+json` always, whatever refused: a rule, the router, a limit, a panic.

use std::any::Any;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use ykien_domain::{Error, Reason};
use ykien_edge::problem;

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct Refused {
    error: Error,
    /// HTTP's own status, where it has a finer one than the reason's.
    status: Option<StatusCode>,
}

impl Refused {
    /// With another status than the reason's own.
    pub(crate) fn with_status(status: StatusCode, error: Error) -> Self {
        Self { error, status: Some(status) }
    }

    /// Why.
    pub(crate) fn reason(&self) -> Reason {
        self.error.reason
    }
}

/// The domain's names of fields where this API has others.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("letter.number", "letter_number"),
    ("letter.signer", "signer"),
    ("letter.capacity", "capacity"),
    ("name_en", "english_name"),
    ("request_id", "Idempotency-Key"),
    ("responsible", "responsible_agency"),
];

impl From<Error> for Refused {
    fn from(mut error: Error) -> Self {
        for violation in &mut error.violations {
            let Some((theirs, ours)) = OTHER_NAMES.iter().find(|(name, _)| *name == violation.field) else {
                continue;
            };
            // The sentence of a single violation begins with its field.
            if let Some(rest) = error.message.strip_prefix(&format!("{theirs}:")) {
                error.message = format!("{ours}:{rest}");
            }
            violation.field = (*ours).to_owned();
        }
        Self { error, status: None }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let reason = self.reason();
        let mut problem = problem::Problem::from(self.error);
        if let Some(status) = self.status {
            problem.status = status.as_u16();
            problem.title = status.canonical_reason().unwrap_or_default().to_owned();
        }
        let (status, body) = problem.into_parts();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
        match reason {
            Reason::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ykien\""));
            }
            // One second: what was refused for being too much now is mostly gone by then, and of a rate a call's worth is back.
            Reason::Unavailable | Reason::LimitExceeded | Reason::QueueFull | Reason::RateLimited
                if status != StatusCode::PAYLOAD_TOO_LARGE =>
            {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

/// What no route answers.
pub(crate) async fn unknown_route() -> Refused {
    Error::new(Reason::NotFound, "there is nothing at this path: see /docs").into()
}

/// What a route answers, but not with this method; the router adds `Allow`.
pub(crate) async fn wrong_method() -> Refused {
    let error = Error::new(Reason::NotFound, "this path does not have that method: see Allow");
    Refused::with_status(StatusCode::METHOD_NOT_ALLOWED, error)
}

/// A panic: a fault of the server, logged and not told.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = message, "a handler panicked");
    Refused::from(Error::new(Reason::Internal, "the server failed: its log says why")).into_response()
}

/// A problem document (RFC 9457). It only describes what `edge::problem` sends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What sort of problem: `urn:ykien:problem:` and the reason.
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// A sentence for people.
    detail: String,
    /// The machine-readable reason, the same as over gRPC.
    #[schema(schema_with = reasons)]
    reason: String,
    /// The fields at fault, at most 16; left out when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<Vec<Violation>>,
}

/// One bad field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Violation {
    /// Its path as the client wrote it: `anchor.section`, `comments[3].text`; a header or parameter by its name.
    field: String,
    /// What is wrong, with the bound.
    description: String,
}

fn reasons() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .description(Some("The machine-readable reason, the same as over gRPC."))
        .enum_values(Some(Reason::ALL.iter().map(|reason| reason.as_str())))
        .build()
}
