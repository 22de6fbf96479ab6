//! The two parameters of every list.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(crate) struct PageQuery {
    /// The most items on the page: 1 to 1,000; 100 when absent or 0.
    #[param(minimum = 0, maximum = 1000)]
    pub(crate) page_size: i32,
    /// The `next_page_token` of the page before; with the same other parameters.
    pub(crate) page_token: String,
}
