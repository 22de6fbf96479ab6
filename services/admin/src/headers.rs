//! The request headers that not every route takes, as OpenAPI parameters. The one that every write takes, and the
//! answer's own, are added for all of them in `openapi`.

use utoipa::IntoParams;

/// The precondition of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header; `request::Update` reads it")]
pub(crate) struct IfMatch {
    /// The etag that the thing must still have, in quotes: `"r42"`. Without it the change is made to whatever is there.
    #[param(rename = "If-Match", example = "\"r42\"")]
    if_match: Option<String>,
}
