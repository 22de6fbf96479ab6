//! The chair's binding instructions, and how each was carried out.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use ykien_domain::ids::{AgencyCode, ROOT, etag};
use ykien_domain::time::Date;
use ykien_domain::{Violations, command, model, query};
use ykien_edge::page;

use crate::AdminState;
use crate::answer::{Answer, Answered, Listing, Paging, View};
use crate::headers::IfMatch;
use crate::page::PageQuery;
use crate::request::{Asked, Body, Caller, Ids, Update, Write};

pub(crate) fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::new().routes(routes!(list_directives, issue_directive)).routes(routes!(complete_directive))
}

/// A chair's binding instruction (ý kiến chỉ đạo).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Directive {
    /// Its number in the draft, from 1.
    number: i64,
    /// The instruction, word for word.
    text: String,
    /// The section where it applies; 0 for the whole document.
    section: i64,
    /// The code of the agency that has to carry it out.
    responsible_agency: String,
    /// By when, `YYYY-MM-DD`.
    #[schema(format = Date)]
    due_date: Option<String>,
    /// Who gave it; may be empty.
    issued_by: String,
    /// When it was given, `YYYY-MM-DD`.
    #[schema(format = Date)]
    issue_date: Option<String>,
    /// How it was carried out; null while it is open.
    completion: Option<Completion>,
    /// The state that was read.
    etag: String,
}

/// How a directive was carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Completion {
    /// What was done.
    note: String,
    /// In which version; null when not in the text.
    version: Option<i64>,
    /// When that was said, RFC 3339.
    #[schema(format = DateTime)]
    time: String,
    /// The code of the agency that said so.
    agency: String,
}

impl From<model::Directive> for Directive {
    fn from(directive: model::Directive) -> Self {
        Self {
            number: directive.number,
            text: directive.text,
            section: directive.section,
            responsible_agency: directive.responsible.to_string(),
            due_date: directive.due.map(|date| date.to_string()),
            issued_by: directive.issued_by,
            issue_date: directive.issued_on.map(|date| date.to_string()),
            completion: directive.completion.map(|completion| Completion {
                note: completion.note,
                version: completion.version,
                time: completion.at.to_string(),
                agency: completion.agency.to_string(),
            }),
            etag: etag(directive.changed),
        }
    }
}

impl View for Directive {
    fn etag(&self) -> Option<&str> {
        Some(&self.etag)
    }
}

/// A directive to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDirective {
    /// The instruction, word for word, 1 to 50,000 characters.
    #[schema(min_length = 1, max_length = 50_000)]
    text: String,
    /// The section where it applies; absent or 0 for the whole document.
    section: Option<i64>,
    /// The code of the agency that has to carry it out; the drafting agency when absent.
    responsible_agency: Option<String>,
    /// By when, `YYYY-MM-DD`.
    #[schema(format = Date)]
    due_date: Option<String>,
    /// Who gave it, at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    issued_by: String,
    /// When it was given, `YYYY-MM-DD`.
    #[schema(format = Date)]
    issue_date: Option<String>,
}

/// How a directive was carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCompletion {
    /// What was done, 1 to 50,000 characters.
    #[schema(min_length = 1, max_length = 50_000)]
    note: String,
    /// In which version; absent when not in the text.
    version: Option<i64>,
}

/// The directives, by number
#[utoipa::path(get, path = "/v1/drafts/{draft}/directives", tag = "directives", params(PageQuery),
    responses((status = 200, description = "A page of directives.", body = Listing<Directive>)))]
async fn list_directives(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Asked(asked): Asked<PageQuery>,
) -> Answered<Listing<Directive>> {
    let draft = ids.draft()?;
    let id = draft.to_string();
    let parameters = [id.as_str()];
    let paging = Paging::of("list_directives", &parameters);
    let list = query::ListDirectives {
        draft,
        after: paging.after(&asked.page_token)?.unwrap_or(0),
        limit: page::size(asked.page_size)?,
    };
    Ok(paging.listing(state.store.read(&scope, list).await?, Directive::from))
}

/// Issue a directive
#[utoipa::path(post, path = "/v1/drafts/{draft}/directives", tag = "directives", request_body = NewDirective,
    responses((status = 201, description = "The directive.", body = Directive)))]
async fn issue_directive(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    Write(options): Write,
    Body(new): Body<NewDirective>,
) -> Answered<Directive> {
    let draft = ids.draft()?;
    let mut bad = Violations::default();
    let agency = |code: &str| AgencyCode::parse("responsible_agency", code);
    let responsible = bad.take(new.responsible_agency.as_deref().map(agency).transpose());
    let due = bad.take(new.due_date.as_deref().map(|date| Date::parse("due_date", date)).transpose());
    let issued_on =
        bad.take(new.issue_date.as_deref().map(|date| Date::parse("issue_date", date)).transpose());
    bad.check()?;
    let command = command::IssueDirective {
        draft: draft.clone(),
        text: new.text,
        section: new.section.unwrap_or(ROOT),
        responsible,
        due,
        issued_by: new.issued_by,
        issued_on,
    };
    let written = state.store.write(&scope, command, options).await?;
    Ok(Answer::written(written, Directive::from).created(|_| format!("/v1/drafts/{draft}/directives")))
}

/// Say that a directive was carried out, and with what
#[utoipa::path(post, path = "/v1/drafts/{draft}/directives/{number}/completion", tag = "directives", params(IfMatch),
    request_body = NewCompletion,
    responses((status = 200, description = "The directive as it is now.", body = Directive)))]
async fn complete_directive(
    State(state): State<AdminState>,
    Caller(scope): Caller,
    ids: Ids,
    update: Update,
    Body(completion): Body<NewCompletion>,
) -> Answered<Directive> {
    let command = command::CompleteDirective {
        draft: ids.draft()?,
        number: ids.number()?,
        note: completion.note,
        version: completion.version,
        etag: update.etag,
    };
    Ok(Answer::written(state.store.write(&scope, command, update.options).await?, Directive::from))
}
