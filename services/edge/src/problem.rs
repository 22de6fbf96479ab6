//! How a refusal reads over HTTP: the problem document of RFC 9457, with the same `reason` as over gRPC.

use http::StatusCode;
use serde::Serialize;
use ykien_domain::{Error, Violation};

/// The media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A problem document (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What sort of problem: `urn:ykien:problem:INVALID_FIELD`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence for people.
    pub detail: String,
    /// The machine-readable reason: one of ykien.v1.ErrorReason, without its prefix.
    pub reason: &'static str,
    /// The fields at fault; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let reason = error.reason.as_str();
        let status = status_code(&error);
        Self {
            kind: format!("urn:ykien:problem:{reason}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: error.message,
            reason,
            violations: error.violations,
        }
    }
}

impl Problem {
    /// The status and the body of the answer.
    #[must_use]
    pub fn into_parts(self) -> (StatusCode, String) {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Texts and a number: JSON takes them always.
        (status, serde_json::to_string(&self).unwrap_or_default())
    }
}

/// The HTTP status of an error.
#[must_use]
pub fn status_code(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.reason.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_says_type_status_reason_and_fields() {
        let (status, body) = Problem::from(Error::field("round.deadline", "is required")).into_parts();
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let expected = serde_json::json!({
            "type": "urn:ykien:problem:INVALID_FIELD",
            "title": "Bad Request",
            "status": 400,
            "detail": "round.deadline: is required",
            "reason": "INVALID_FIELD",
            "violations": [{"field": "round.deadline", "description": "is required"}],
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), expected);
    }

    #[test]
    fn without_bad_fields_there_are_no_violations() {
        let (status, body) = Problem::from(Error::not_found()).into_parts();
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!body.contains("violations"));
    }
}
