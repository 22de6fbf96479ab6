//! Directives: a chair's binding instructions.

use ykien_domain::actor::Scope;
use ykien_domain::command::{CompleteDirective, IssueDirective};
use ykien_domain::ids::{name, parse_etag};
use ykien_domain::query::ListDirectives;
use ykien_domain::text::{MAX_LONG_TEXT, MAX_SHORT_TEXT, clean, required};
use ykien_domain::{Error, Result, Violations};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn issue_directive(
    store: &Store,
    scope: &Scope,
    request: v1::IssueDirectiveRequest,
) -> Result<v1::Directive> {
    let given = wire::required("directive", request.directive)?;
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let command = IssueDirective {
        draft: draft.clone(),
        text: bad.take(required("directive.text", &given.text, MAX_LONG_TEXT)),
        section: bad.take(wire::read_section("directive.section", &draft, &given.section)),
        responsible: bad
            .take(name::agency_or_none("directive.responsible_agency", &given.responsible_agency)),
        due: bad.take(wire::read_date("directive.due_date", &given.due_date)),
        issued_by: bad.take(clean("directive.issued_by", &given.issued_by, MAX_SHORT_TEXT)),
        issued_on: bad.take(wire::read_date("directive.issue_date", &given.issue_date)),
    };
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written = store
        .write(scope, command, options)
        .await
        .map_err(|error| wire::within("directive", rename(error)))?;
    Ok(wire::directive(&draft, written.answer))
}

/// The domain's `responsible` is the contract's `responsible_agency`.
fn rename(mut error: Error) -> Error {
    for violation in &mut error.violations {
        if violation.field == "responsible" {
            violation.field = "responsible_agency".to_owned();
        }
    }
    error
}

pub(crate) async fn complete_directive(
    store: &Store,
    scope: &Scope,
    request: v1::CompleteDirectiveRequest,
) -> Result<v1::Directive> {
    let mut bad = Violations::default();
    let (draft, number) = bad.take(name::numbered("name", "directives", &request.name));
    let note = bad.take(required("note", &request.note, MAX_LONG_TEXT));
    let version = bad.take(wire::read_version("version", request.version));
    let etag = bad.take(parse_etag("etag", &request.etag));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let command = CompleteDirective { draft: draft.clone(), number, note, version, etag };
    Ok(wire::directive(&draft, store.write(scope, command, options).await?.answer))
}

pub(crate) async fn list_directives(
    store: &Store,
    scope: &Scope,
    request: v1::ListDirectivesRequest,
) -> Result<v1::ListDirectivesResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.draft.as_str()];
    let after = page::decode("ListDirectives", &bound, &request.page_token)?.unwrap_or(0);
    let query = |limit| ListDirectives { draft: draft.clone(), after, limit };
    let listed =
        page::list(store, scope, limit, query, |directive| wire::directive(&draft, directive)).await?;
    Ok(v1::ListDirectivesResponse {
        next_page_token: listed.token("ListDirectives", &bound),
        directives: listed.items,
    })
}
