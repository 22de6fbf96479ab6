"""What the OpenAPI document can't say: the names of what is there, who asks, and which refusals tell how things stand."""

import datetime
import re

import schemathesis
from hypothesis import strategies as st

import api_world

FILTERS = ["", "status = pending", "NOT late = true", "section = 1 OR subtree = 2", "agency != H37.05 AND round = 1"]
DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31))

# The forms of text that services/admin/src/bounds.rs names.
for form, values in {
    "agency-code": st.sampled_from(api_world.AGENCIES),
    "draft-id": st.sampled_from([*api_world.DRAFTS, "nobodys"]),
    "client-id": st.sampled_from([*api_world.CLIENTS, "nobodys"]),
    "etag": st.sampled_from(["", "r1"]),
    "if-match": st.sampled_from(['"r1"', "*"]),
    "filter": st.sampled_from(FILTERS),
    # A page's token is the server's own making; the first page has none.
    "page-token": st.just(""),
    "uuid": st.uuids().map(str),
    "date": DATES.map(str),
}.items():
    schemathesis.openapi.format(form, values)

# A request that is valid by itself, refused for how things stand or by a rule between its fields: the refusal says which.
REFUSED = re.compile(
    "|".join(
        [
            r"is not known here",
            r"is not active",
            r"is not a round of the draft",
            r"is not in version",
            r"is not in the draft",
            r"must be a version of the draft",
            r"must be 1 to \d+$",
            r"must be after now",
            r"must be later than",
            # An anchor's kind says whether it has a section and a quote.
            r"^anchor\.\w+: .* for (this kind of anchor|an anchor on the whole document)",
            # A document says which formats, and which of the rest, it has.
            r"^(format|group_by|agency|language): ",
            r"^text: is required, unless a title or a proposed change is given",
            # What is counted has no other properties than a count's dimensions.
            r"^filter: \w+ can't be used here",
            # Who succeeds is another, and who was succeeded is not active again.
            r"^successor: must be another agency",
            r"^active: can't be true for an agency that was succeeded",
            # A tree's sections stand below those above them, and keep the ids of the version before.
            r"^sections\[\d+\]\.(parent|id): must be ",
            # The bytes of a file are no sheet, or not a sheet of this; a text has no headings.
            r"^file: ",
            r"^(text|body): has no headings",
            r"^stance: \w+ needs at least one comment",
            r"^subjects\[\d+\]: names nobody in this draft",
            r"^sections\[\d+\]\.heading: is required where there is no label",
            r"^all: a client without keys keeps its newest secret",
            # A JSON Web Key's members depend on its kty.
            r"^keys\[\d+\]: must be a public JSON Web Key",
            # To JSON Schema 1.0 is an integer.
            r"invalid type: floating point `[\d.e+-]+`, expected (i64|usize)",
        ]
    )
)


@schemathesis.auth(refresh_interval=120)
class Bearer:
    """The administrator's token, fetched anew before it ends."""

    def get(self, case, context):
        return api_world.token()

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Hypothesis makes no text of 50,001 characters, and gives up on what can be wrong in this way and one other alone; the bound is
    tried over gRPC (tests/all/bounds)."""
    del raw_schema["components"]["schemas"]["Verdict"]["properties"]["explanation"]["maxLength"]


@schemathesis.hook
def filter_case(context, case):
    """Leaves alone whoever asks: without it nothing else would be tried."""
    path, body = case.path_parameters or {}, case.body if isinstance(case.body, dict) else {}
    return path.get("client") != api_world.CLIENT and "ADMIN" not in (path.get("code"), body.get("successor"))


def spaced(value):
    """Whether a text begins or ends with white space: that is taken off before anything is measured."""
    if isinstance(value, dict):
        return any(map(spaced, value.values()))
    if isinstance(value, list):
        return any(map(spaced, value))
    return isinstance(value, str) and value != value.strip()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is a failure of the API's."""
    # A head that is too long is refused before anything of it is looked at: no route's answer.
    if response.status_code == 431:
        return False
    match type(failure).__name__:
        case "RejectedPositiveData":
            problem = response.json()
            fields = [f"{bad['field']}: {bad['description']}" for bad in problem.get("violations", [])]
            told = all(REFUSED.search(field) for field in fields or [problem.get("detail", "")])
            return response.status_code != 400 or not told
        case "AcceptedNegativeData":
            return not (spaced(case.body) or spaced(case.query))
    return True
