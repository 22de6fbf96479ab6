//! How a refusal reads over gRPC: `google.rpc.Status` with an `ErrorInfo`, the bad fields in a `BadRequest`, and when to
//! try again in a `RetryInfo`.

use std::collections::HashMap;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt, pb};
use ykien_domain::actor::Scope;
use ykien_domain::error::Code as DomainCode;
use ykien_domain::{Error, Reason};

/// The domain of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "ykien";

/// The longest message, in bytes: it is sent percent-encoded, up to three times as long.
const MAX_MESSAGE: usize = 512;
/// The longest path or description of one bad field, in bytes.
const MAX_VIOLATION: usize = 300;
/// The most bytes of all bad fields together. Details travel in a header, in base64, and clients refuse headers of more
/// than 8 KiB (gRPC's own default).
const MAX_DETAILS: usize = 2_500;

/// When to try again after a limit was passed.
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(5);
/// When to try again after a rate was passed: by then at least one call's worth is back.
const RETRY_AFTER_RATE: Duration = Duration::from_secs(1);
/// When to try again while the server can't take it.
const RETRY_AFTER_UNAVAILABLE: Duration = Duration::from_secs(1);

/// The status of a call that failed.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "it ends here: `map_err(grpc::status)`")]
pub fn status(error: Error) -> Status {
    let mut details = ErrorDetails::with_error_info(error.reason.as_str(), ERROR_DOMAIN, HashMap::new());
    let mut left = MAX_DETAILS;
    for violation in &error.violations {
        let (field, description) =
            (cut(&violation.field, MAX_VIOLATION), cut(&violation.description, MAX_VIOLATION));
        let Some(rest) = left.checked_sub(field.len() + description.len()) else { break };
        left = rest;
        details.add_bad_request_violation(field, description);
    }
    match error.reason.code() {
        _ if error.reason == Reason::RateLimited => {
            details.set_retry_info(Some(RETRY_AFTER_RATE));
        }
        DomainCode::ResourceExhausted => {
            details.set_retry_info(Some(RETRY_AFTER_LIMIT));
        }
        DomainCode::Unavailable => {
            details.set_retry_info(Some(RETRY_AFTER_UNAVAILABLE));
        }
        _ => {}
    }
    Status::with_error_details(code(error.reason), cut(&error.message, MAX_MESSAGE), details)
}

/// The status of an item that failed, for a message that tells each item's fate: the same details as a call's own.
#[must_use]
pub fn rpc_status(error: Error) -> pb::Status {
    let status = status(error);
    pb::Status::decode(status.details()).unwrap_or_else(|_| pb::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

/// Who calls: what [`crate::auth::AuthLayer`] found out.
///
/// # Errors
/// `UNAUTHENTICATED` when no layer did.
pub fn scope<T>(request: &tonic::Request<T>) -> Result<Scope, Status> {
    let missing = || status(Error::new(Reason::Unauthenticated, "an access token is required"));
    request.extensions().get::<Scope>().cloned().ok_or_else(missing)
}

/// The gRPC code of a reason.
#[must_use]
pub fn code(reason: Reason) -> Code {
    match reason.code() {
        DomainCode::InvalidArgument => Code::InvalidArgument,
        DomainCode::NotFound => Code::NotFound,
        DomainCode::AlreadyExists => Code::AlreadyExists,
        DomainCode::PermissionDenied => Code::PermissionDenied,
        DomainCode::Unauthenticated => Code::Unauthenticated,
        DomainCode::FailedPrecondition => Code::FailedPrecondition,
        DomainCode::Aborted => Code::Aborted,
        DomainCode::OutOfRange => Code::OutOfRange,
        DomainCode::ResourceExhausted => Code::ResourceExhausted,
        DomainCode::Unavailable => Code::Unavailable,
        DomainCode::DeadlineExceeded => Code::DeadlineExceeded,
        DomainCode::Internal => Code::Internal,
    }
}

/// At most `max` bytes of a text, whole characters, with … where something is left out.
fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub('…'.len_utf8()));
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ykien_domain::Violation;
    use ykien_domain::error::MAX_VIOLATIONS;

    #[test]
    fn a_status_carries_reason_fields_and_when_to_retry() {
        let failed = status(Error::field("comment.text", "is required"));
        assert_eq!(failed.code(), Code::InvalidArgument);
        let details = failed.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INVALID_FIELD", "ykien"));
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "comment.text");
        assert!(details.retry_info().is_none());

        let limited = status(Error::new(Reason::LimitExceeded, "too much"));
        assert_eq!(limited.get_error_details().retry_info().unwrap().retry_delay, Some(RETRY_AFTER_LIMIT));
    }

    #[test]
    fn every_reason_has_the_code_of_the_contract() {
        for reason in Reason::ALL {
            let found = status(Error::new(*reason, "x"));
            assert_eq!(format!("{:?}", found.code()), format!("{:?}", reason.code()));
            assert_eq!(found.get_error_details().error_info().unwrap().reason, reason.as_str());
        }
    }

    #[test]
    fn the_headers_of_the_worst_error_fit_into_what_clients_take() {
        let long = "ễ".repeat(5_000);
        let violation = Violation { field: long.clone(), description: long.clone() };
        let mut error = Error::fields(vec![violation; MAX_VIOLATIONS]);
        error.message = long;
        let status = status(error);
        let headers = status.clone().into_http::<tonic::body::Body>();
        let bytes: usize =
            headers.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(bytes < 8 * 1024, "{bytes} bytes");
        let details = status.get_error_details();
        assert!(!details.bad_request().unwrap().field_violations.is_empty());
        assert!(status.message().ends_with('…'));
    }

    #[test]
    fn an_item_of_a_batch_fails_with_the_same_details_as_a_call() {
        let error = Error::field("comments[3].text", "is required");
        let item = rpc_status(error.clone());
        assert_eq!(item.code, i32::from(Code::InvalidArgument));
        assert_eq!(item.encode_to_vec(), status(error).details());
    }
}
