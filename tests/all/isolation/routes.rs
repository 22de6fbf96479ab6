//! How each route is asked for.

use serde_json::{Value, json};

use super::aim::Aim;
use super::rpcs::{COMMENT_SHEET, decision_sheet};
use super::world::{BEGINNING, tree};

/// One route.
pub struct Route {
    /// `GET /v1/drafts/{draft}`, as the OpenAPI document has it.
    pub name: &'static str,
    /// The use case.
    pub operation: &'static str,
    /// What follows the `?`; may be empty.
    pub query: &'static str,
    /// Its body; null for none.
    pub body: fn(&Aim) -> Value,
}

/// Without a body.
const fn bare(name: &'static str, operation: &'static str) -> Route {
    queried(name, operation, "")
}

const fn queried(name: &'static str, operation: &'static str, query: &'static str) -> Route {
    Route { name, operation, query, body: |_| Value::Null }
}

const fn with(name: &'static str, operation: &'static str, body: fn(&Aim) -> Value) -> Route {
    Route { name, operation, query: "", body }
}

/// Every route that needs a token, in the order in which they are walked.
pub static TABLE: &[Route] = &[
    bare("GET /v1/agencies", "ListAgencies"),
    bare("GET /v1/agencies/{code}", "GetAgency"),
    with(
        "POST /v1/agencies",
        "CreateAgency",
        |_| json!({"code": "Z-MADE", "name": "Sở", "kind": "department"}),
    ),
    with("PATCH /v1/agencies/{code}", "UpdateAgency", |_| json!({"short_name": "Sở"})),
    with("POST /v1/agencies/{code}/succession", "SucceedAgency", |_| json!({"successor": BEGINNING})),
    bare("GET /v1/clients", "ListClients"),
    bare("GET /v1/clients/{client}", "GetClient"),
    with(
        "POST /v1/clients",
        "CreateClient",
        |_| json!({"client_id": "z-made", "agency": BEGINNING, "role": "contributor"}),
    ),
    bare("POST /v1/clients/{client}/secret", "RotateClient"),
    with("POST /v1/clients/{client}/secret/end", "EndClientSecret", |_| json!({})),
    with("PUT /v1/clients/{client}/keys", "SetClientKeys", |_| json!({"keys": []})),
    bare("POST /v1/clients/{client}/disable", "DisableClient"),
    bare("POST /v1/clients/{client}/enable", "DisableClient"),
    bare("GET /v1/events", "ListRegistryEvents"),
    bare("GET /v1/audit", "ExportRegistryAudit"),
    bare("GET /v1/drafts", "ListDrafts"),
    with(
        "POST /v1/drafts",
        "CreateDraft",
        |aim| json!({"title": "Dự thảo mới", "drafting_agency": aim.drafting()}),
    ),
    bare("GET /v1/drafts/{draft}", "GetDraft"),
    with("POST /v1/drafts/{draft}/versions", "CreateVersion", |aim| json!({"sections": sections(aim)})),
    bare("GET /v1/drafts/{draft}/sections", "ListSections"),
    queried("GET /v1/drafts/{draft}/comparison", "CompareVersions", "from=1"),
    with(
        "PUT /v1/drafts/{draft}/sections/{section}/responsible",
        "AssignSection",
        |aim| json!({"agency": aim.side().answering}),
    ),
    bare("GET /v1/drafts/{draft}/rounds", "ListRounds"),
    bare("GET /v1/drafts/{draft}/rounds/{number}", "GetRound"),
    with(
        "POST /v1/drafts/{draft}/rounds",
        "CreateRound",
        |aim| json!({"deadline": aim.deadline().to_string()}),
    ),
    bare("GET /v1/drafts/{draft}/rounds/{number}/roster", "ListInvitations"),
    with(
        "POST /v1/drafts/{draft}/rounds/{number}/roster",
        "InviteAgencies",
        |_| json!({"agencies": [BEGINNING]}),
    ),
    bare("DELETE /v1/drafts/{draft}/rounds/{number}/roster/{code}", "UninviteAgency"),
    with(
        "POST /v1/drafts/{draft}/rounds/{number}/extend",
        "ExtendRound",
        |aim| json!({"deadline": aim.deadline().to_string()}),
    ),
    bare("POST /v1/drafts/{draft}/rounds/{number}/open", "OpenRound"),
    with("POST /v1/drafts/{draft}/rounds/{number}/close", "CloseRound", |_| json!({"allow_early": true})),
    bare("POST /v1/drafts/{draft}/rounds/{number}/conclude", "ConcludeRound"),
    with("POST /v1/drafts/{draft}/comments", "SubmitComment", submission),
    with("POST /v1/drafts/{draft}/comment-sheets", "ImportComments", |_| Value::from(COMMENT_SHEET)),
    with("POST /v1/drafts/{draft}/oral-opinions", "RecordOralOpinion", |aim| {
        let agency = aim.speaks_for().unwrap_or(aim.caller.agency);
        json!({"round": 1, "agency": agency, "speaker": "Nguyễn Văn A", "text": "Đề nghị rà soát"})
    }),
    with("POST /v1/drafts/{draft}/responses", "SubmitResponse", |aim| {
        let comments = [json!({"text": "Đề nghị rà soát"})];
        json!({"round": 1, "agency": aim.speaks_for(), "stance": "agrees_with_comments", "comments": comments})
    }),
    bare("GET /v1/drafts/{draft}/responses", "ListResponses"),
    bare("GET /v1/drafts/{draft}/comments", "ListComments"),
    bare("GET /v1/drafts/{draft}/placements", "ListPlacements"),
    bare("GET /v1/drafts/{draft}/comments/{number}", "GetComment"),
    with(
        "PATCH /v1/drafts/{draft}/comments/{number}",
        "ReviseComment",
        |_| json!({"text": "Đề nghị rà soát lại"}),
    ),
    with(
        "PUT /v1/drafts/{draft}/comments/{number}/responsible",
        "AssignComment",
        |aim| json!({"agency": aim.assignee()}),
    ),
    with(
        "PUT /v1/drafts/{draft}/comments/{number}/decision",
        "DecideComment",
        |_| json!({"outcome": "accepted"}),
    ),
    with(
        "POST /v1/drafts/{draft}/decisions",
        "BatchDecideComments",
        |aim| json!({"decisions": [{"number": aim.comment(), "outcome": "accepted"}]}),
    ),
    with("POST /v1/drafts/{draft}/decision-sheets", "BatchDecideComments", |aim| {
        Value::from(decision_sheet(aim))
    }),
    with(
        "POST /v1/drafts/{draft}/comments/{number}/implementation",
        "MarkImplemented",
        |_| json!({"version": 1}),
    ),
    bare("DELETE /v1/drafts/{draft}/comments/{number}/decision", "UndoDecision"),
    with("POST /v1/drafts/{draft}/publication", "PublishDecisions", |_| json!({"numbers": [4]})),
    bare("POST /v1/drafts/{draft}/comments/{number}/withdraw", "WithdrawComment"),
    with("POST /v1/drafts/{draft}/directives", "IssueDirective", |_| json!({"text": "Bổ sung số liệu"})),
    with(
        "POST /v1/drafts/{draft}/directives/{number}/completion",
        "CompleteDirective",
        |_| json!({"note": "Đã bổ sung"}),
    ),
    bare("GET /v1/drafts/{draft}/directives", "ListDirectives"),
    queried(
        "GET /v1/drafts/{draft}/aggregate",
        "Aggregate",
        "group_by=section,status,agency,responsible,kind,channel,round",
    ),
    queried("GET /v1/drafts/{draft}/collection", "Collect", "group_by=agency"),
    queried("GET /v1/drafts/{draft}/progress", "GetProgress", "round=1"),
    bare("GET /v1/drafts/{draft}/reconciliation", "Reconcile"),
    bare("GET /v1/drafts/{draft}/events", "ListEvents"),
    bare("GET /v1/drafts/{draft}/audit", "ExportAudit"),
    bare("GET /v1/drafts/{draft}/disclosures", "ListDisclosures"),
    bare("GET /v1/drafts/{draft}/persons", "ListPersons"),
    with("POST /v1/drafts/{draft}/persons/erasure", "ErasePersons", |_| json!({"subjects": ["responses/1"]})),
    queried("GET /v1/drafts/{draft}/documents/{document}", "ExportSummary", "format=json"),
    bare("GET /v1/drafts/{draft}/documents/{document}", "ExportDocument"),
    bare("GET /v1/drafts/{draft}/documents/{document}", "ExportDecisionSheet"),
    queried("GET /v1/drafts/{draft}/documents/{document}", "ExportSummary", "format=pdf"),
    queried("GET /v1/drafts/{draft}/documents/{document}", "ListDirectives", "format=pdf"),
];

/// What answers without a token: `GET /livez` and its status.
pub static OPEN: &[(&str, u16)] = &[
    ("GET /livez", 200),
    ("GET /readyz", 200),
    // This process keeps no measurements.
    ("GET /metrics", 404),
    ("GET /.well-known/jwks.json", 200),
    // A request without a form.
    ("POST /oauth2/token", 400),
];

/// What the document does not list: the document itself, and its page.
pub static PAGES: &[(&str, u16)] = &[("GET /", 303), ("GET /openapi.json", 200), ("GET /docs/", 200)];

impl Route {
    /// What follows the `?`: whose sheet or slip it is stands there.
    pub fn query(&self, aim: &Aim) -> String {
        let round = if self.operation == "ImportComments" { "round=1" } else { self.query };
        match (self.operation, aim.speaks_for()) {
            ("ImportComments" | "ExportDocument", Some(agency)) if round.is_empty() => {
                format!("agency={agency}")
            }
            ("ImportComments" | "ExportDocument", Some(agency)) => format!("{round}&agency={agency}"),
            _ => round.to_owned(),
        }
    }

    /// The path with its ids.
    pub fn path(&self, aim: &Aim) -> String {
        let (_, template) = self.name.split_once(' ').expect("a method and a path");
        let number = match template {
            path if path.contains("/rounds/") => aim.round(),
            path if path.contains("/directives/") => aim.directive(),
            _ => aim.comment(),
        };
        template
            .replace("{draft}", aim.draft())
            .replace("{number}", &number.to_string())
            .replace("{section}", &aim.section().to_string())
            .replace("{code}", aim.agency())
            .replace("{client}", aim.client())
            .replace(
                "{document}",
                match self.operation {
                    "ExportSummary" => "summary",
                    "ExportDocument" => "slip",
                    "ListDirectives" => "directives",
                    _ => "decision_sheet",
                },
            )
    }
}

fn submission(aim: &Aim) -> Value {
    json!({"round": 1, "agency": aim.speaks_for(), "text": "Đề nghị rà soát"})
}

fn sections(aim: &Aim) -> Vec<Value> {
    let section = |section: ykien_domain::command::NewSection| {
        let (level, label, heading, body) = (section.level, section.label, section.heading, section.body);
        json!({"level": level, "label": label, "heading": heading, "body": body})
    };
    tree(aim.side()).into_iter().map(section).collect()
}
