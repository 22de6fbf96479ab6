//! What a handler answers: JSON with the etag, the revision and the fate of the request id in its headers.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use ykien_domain::Result;
use ykien_domain::command::Written;
use ykien_domain::ids::Revision;
use ykien_domain::query::{Page, Read};
use ykien_edge::page;

use crate::problem::Refused;

/// The header with the revision of the draft (or registry) that the answer holds for or that the write made.
pub(crate) const REVISION: HeaderName = HeaderName::from_static("ykien-revision");
/// The header that says that an answer is the stored one of an earlier request with the same `Idempotency-Key`.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What every handler gives.
pub(crate) type Answered<T> = std::result::Result<Answer<T>, Refused>;

/// A body that can be answered with.
pub(crate) trait View: Serialize {
    /// The etag of the one thing that it shows.
    fn etag(&self) -> Option<&str> {
        None
    }
}

/// A body and what stands in the headers beside it.
pub(crate) struct Answer<T> {
    body: T,
    revision: Revision,
    replayed: bool,
    location: Option<String>,
}

impl<T: View> Answer<T> {
    /// What holds at a revision.
    pub(crate) fn at(revision: Revision, body: T) -> Self {
        Self { body, revision, replayed: false, location: None }
    }

    /// What was read.
    pub(crate) fn read<A>(read: Read<A>, view: impl FnOnce(A) -> T) -> Self {
        Self::at(read.revision, view(read.answer))
    }

    /// What was written.
    pub(crate) fn written<A>(written: Written<A>, view: impl FnOnce(A) -> T) -> Self {
        let Written { answer, revision, replayed } = written;
        Self { body: view(answer), revision, replayed, location: None }
    }

    /// Answers 201 with the address of what was made.
    pub(crate) fn created(mut self, location: impl FnOnce(&T) -> String) -> Self {
        self.location = Some(location(&self.body));
        self
    }
}

impl<T: View> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let status = if self.location.is_some() { StatusCode::CREATED } else { StatusCode::OK };
        let etag = self.body.etag().map(|etag| format!("\"{etag}\""));
        let mut response = (status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(REVISION, HeaderValue::from(self.revision));
        let texts = [(header::ETAG, etag), (header::LOCATION, self.location)];
        for (name, text) in texts {
            if let Some(Ok(value)) = text.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The items, at most `page_size`.
    pub(crate) items: Vec<T>,
    /// The token of the next page; null on the last.
    pub(crate) next_page_token: Option<String>,
    /// The revision of the draft (or of the registry) for which the page holds.
    pub(crate) revision: i64,
}

impl<T: Serialize> View for Listing<T> {}

/// Where a request stands in a list: its page token is bound to the operation and to every parameter that chooses the
/// items, so that a token can't continue another list.
pub(crate) struct Paging<'a> {
    operation: &'static str,
    parameters: &'a [&'a str],
}

impl<'a> Paging<'a> {
    pub(crate) fn of(operation: &'static str, parameters: &'a [&'a str]) -> Self {
        Self { operation, parameters }
    }

    /// The place after which the page begins; none for the first.
    pub(crate) fn after<C: DeserializeOwned>(&self, token: &str) -> Result<Option<C>> {
        page::decode(self.operation, self.parameters, token)
    }

    /// The page as it is answered.
    pub(crate) fn listing<A, C: Serialize, T: Serialize>(
        &self,
        read: Read<Page<A, C>>,
        view: impl FnMut(A) -> T,
    ) -> Answer<Listing<T>> {
        let revision = read.revision;
        Answer::read(read, |page| Listing {
            next_page_token: page.next.map(|next| page::encode(self.operation, self.parameters, &next)),
            items: page.items.into_iter().map(view).collect(),
            revision,
        })
    }
}
