//! The OpenAPI 3.1 document: generated from the handlers, and completed here with what every route has, so that no
//! handler can forget it: security, the ids in the path, the headers of a write, the problems.

use std::collections::BTreeMap;

use utoipa::OpenApi;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ClientCredentials, Flow, Http, HttpAuthScheme, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, Header, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};

use crate::problem::{Problem, Violation};
use crate::words::{Dimension, FileFormat, Group, Language};

/// What the generated document begins with.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "ykien admin API",
        description = "Agencies comment on a draft document, the drafter decides each comment, and anyone collects them \
            by section, status and agency. The same use cases as over gRPC, as JSON.\n\n\
            Every write takes an `Idempotency-Key`, every answer tells its `Ykien-Revision`; `ETag` and `If-Match` guard \
            changes; lists come in pages; refusals are `application/problem+json` with a machine-readable `reason`. \
            Instants are RFC 3339, dates `YYYY-MM-DD`; bounds on text are in characters (Unicode code points). A field \
            or parameter that an operation does not have is refused."
    ),
    components(schemas(Problem, Violation, Dimension, FileFormat, Group, Language)),
    tags(
        (name = "agencies", description = "Who takes part (cơ quan)."),
        (name = "clients", description = "The integrations' credentials."),
        (name = "drafts", description = "The documents under consultation (dự thảo)."),
        (name = "versions", description = "A draft's texts and their sections (mục)."),
        (name = "rounds", description = "The rounds of consultation (đợt lấy ý kiến) and their rosters."),
        (name = "comments", description = "What the agencies say (ý kiến góp ý)."),
        (name = "decisions", description = "What the drafter answers (tiếp thu, giải trình)."),
        (name = "responses", description = "The agencies' signed replies (văn bản góp ý)."),
        (name = "directives", description = "The chair's binding instructions (ý kiến chỉ đạo)."),
        (name = "aggregates", description = "Counts, collections, progress, reconciliation."),
        (name = "files", description = "Documents out, and filled-in sheets in."),
        (name = "events", description = "The change logs."),
        (name = "persons", description = "Names of persons, kept apart, and erasing them."),
        (name = "identity", description = "Tokens and keys."),
        (name = "health", description = "For the platform."),
    )
)]
pub(crate) struct Document;

/// The problems that a route may answer with: status, name in the components, when.
const PROBLEMS: &[(&str, &str, &str)] = &[
    ("400", "BadRequest", "A field, a parameter, a header or the body is not valid; `violations` name it."),
    ("401", "Unauthenticated", "No bearer token, or one that is not valid."),
    ("403", "Forbidden", "The caller may see the thing but not do this with it."),
    ("404", "NotFound", "It does not exist, or the caller may not know that it does."),
    ("409", "Conflict", "The state of things does not allow it; `reason` says which."),
    ("412", "PreconditionFailed", "It has changed since the etag of `If-Match`: read it again."),
    ("413", "ContentTooLarge", "The body is longer than 2 MiB, or than 16 MiB where it is a file."),
    ("415", "UnsupportedMediaType", "The body is of another type than those listed."),
    ("429", "TooManyRequests", "A named limit was passed; `Retry-After` says when to try again."),
    ("500", "Internal", "A fault of the server; its log says more."),
    ("503", "Unavailable", "The server can't take it now; `Retry-After` says when to try again."),
    ("504", "Timeout", "The server's own time limit of 30 seconds (5 minutes for documents) passed."),
];

/// The ids in the paths: name, type, what it is.
const PATH_IDS: &[(&str, Type, &str)] = &[
    ("draft", Type::String, "The draft's id: 1 to 63 lower-case letters, digits or '-'."),
    ("number", Type::Integer, "The number in the draft, from 1."),
    ("section", Type::Integer, "The section's id; 0 is the whole document."),
    ("code", Type::String, "The agency's code, such as `H37.05`."),
    ("client", Type::String, "The client's id."),
    (
        "document",
        Type::String,
        "Which document: `summary`, `slip`, `directives`, `comment_sheet`, `decision_sheet`, `iso_form`.",
    ),
];

/// Adds what every route has.
pub(crate) fn complete(api: &mut utoipa::openapi::OpenApi) {
    let components = api.components.get_or_insert_with(Components::new);
    for (_, name, description) in PROBLEMS {
        components.responses.insert((*name).to_owned(), problem(description).into());
    }
    for (name, scheme) in security_schemes() {
        components.add_security_scheme(name, scheme);
    }
    for (path, item) in &mut api.paths.paths {
        let ids: Vec<RefOr<Parameter>> = PATH_IDS
            .iter()
            .filter(|(name, ..)| path.contains(&format!("{{{name}}}")))
            .map(|(name, of_type, description)| {
                parameter(name, ParameterIn::Path, Required::True, of_type.clone(), None, description).into()
            })
            .collect();
        if !ids.is_empty() {
            item.parameters = Some(ids);
        }
        let guarded = path.starts_with("/v1/");
        for (writes, operation) in operations(item) {
            complete_operation(operation, guarded, writes, &components.schemas);
        }
    }
}

/// The operations of a path, and whether each is a write.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [(false, get), (true, put), (true, post), (true, delete), (true, patch)]
        .into_iter()
        .filter_map(|(writes, operation)| operation.as_mut().map(|operation| (writes, operation)))
}

fn complete_operation(
    operation: &mut Operation,
    guarded: bool,
    writes: bool,
    schemas: &BTreeMap<String, RefOr<Schema>>,
) {
    let conditional = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == "If-Match",
        RefOr::Ref(_) => false,
    });
    if guarded {
        let scopes: [&str; 0] = [];
        operation.security = Some(vec![
            SecurityRequirement::new("bearer", scopes),
            SecurityRequirement::new("oauth2", scopes),
        ]);
        if writes {
            operation.parameters.get_or_insert_default().push(idempotency_key().into());
        }
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                add_headers(response, writes, schemas);
            }
        }
    }
    for (status, name, _) in PROBLEMS {
        let applies = match *status {
            "500" | "503" | "504" => true,
            "412" => conditional,
            "413" | "415" => operation.request_body.is_some(),
            _ => guarded,
        };
        if applies {
            let reference = RefOr::Ref(Ref::from_response_name(*name));
            operation.responses.responses.entry((*status).to_owned()).or_insert(reference);
        }
    }
}

fn add_headers(response: &mut Response, writes: bool, schemas: &BTreeMap<String, RefOr<Schema>>) {
    let mut add = |name: &str, of_type, description: &str| {
        response.headers.insert(name.to_owned(), header(of_type, description).into());
    };
    add("Ykien-Revision", Type::Integer, "The revision for which the answer holds, or that the write made.");
    if writes {
        add(
            "Idempotency-Replayed",
            Type::Boolean,
            "`true` when this is the answer to an earlier request of that key.",
        );
    }
    let body = response.content.get("application/json").and_then(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let Some(RefOr::Ref(body)) = body else { return };
    let schema = body.ref_location.rsplit('/').next().and_then(|name| schemas.get(name));
    if let Some(RefOr::T(Schema::Object(object))) = schema
        && object.properties.contains_key("etag")
    {
        let description = "The state of the thing, for `If-Match`; the same as its `etag`.";
        response.headers.insert("ETag".to_owned(), header(Type::String, description).into());
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

fn security_schemes() -> [(&'static str, SecurityScheme); 2] {
    let bearer = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token of /oauth2/token."))
        .build();
    let flow = Flow::ClientCredentials(ClientCredentials::new("/oauth2/token", Scopes::new()));
    [("bearer", SecurityScheme::Http(bearer)), ("oauth2", SecurityScheme::OAuth2(OAuth2::new([flow])))]
}

fn idempotency_key() -> Parameter {
    let uuid = SchemaFormat::Custom("uuid".to_owned());
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        Required::False,
        Type::String,
        Some(uuid),
        "The request's own id, a UUID: a retry with the same id and body gets the first answer, another body is refused \
         (`REQUEST_ID_REUSED`). Without one a retry is a new request.",
    )
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: Required,
    of_type: Type,
    format: Option<SchemaFormat>,
    description: &str,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(ObjectBuilder::new().schema_type(of_type).format(format)))
        .description(Some(description))
        .build()
}

fn header(of_type: Type, description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(of_type)))
        .description(Some(description))
        .build()
}
