"""An agency's own document system, as somebody else would write it: python client.py PORTS_FILE

It has no generated code: it asks the server what the API is (gRPC reflection), and runs a small consultation of its own on
the demo's installation. Every answer is checked; the first that is not as the contract says ends it with exit code 1.
"""

import base64
import datetime
import json
import sys
import unicodedata
import urllib.parse
import urllib.request
import uuid

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

DEADLINE_SECONDS = 20


class Wrong(Exception):
    """The server did not do what the contract says."""


class Refused(Exception):
    """The server refused a call: the code, and google.rpc's details."""

    def __init__(self, error: grpc.RpcError):
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code = error.code().name
        self.reason, self.domain, self.fields = "", "", []
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason, self.domain = info.reason, info.domain
            elif detail.Unpack(bad):
                self.fields = [violation.field for violation in bad.field_violations]


class Service:
    """A gRPC service, known only by its name: its messages come from the server's reflection."""

    def __init__(self, url: str, name: str):
        self.channel = grpc.insecure_channel(urllib.parse.urlsplit(url).netloc)
        found = ProtoReflectionDescriptorDatabase(self.channel)
        services = found.get_services()
        check(name in services, f"{url} reflects {name}, not only {sorted(services)}")
        self.pool = DescriptorPool(found)
        self.methods = {method.name: method for method in self.pool.FindServiceByName(name).methods}
        say(f"{url}: {name} with {len(self.methods)} methods, by reflection")

    def call(self, method: str, request: dict | list[dict], token: str | None = None) -> dict:
        """The one answer, as its JSON; of a streaming method the list of all answers."""
        answers = self.start(method, request, token)
        try:
            if self.methods[method].server_streaming:
                return [self.to_dict(answer) for answer in answers]
            return self.to_dict(answers)
        except grpc.RpcError as error:
            raise Refused(error) from error

    def start(self, method: str, request: dict | list[dict], token: str | None = None):
        """What grpcio gives back for the call: an answer, or an iterator of answers."""
        known = self.methods[method]
        into, out_of = GetMessageClass(known.input_type), GetMessageClass(known.output_type)
        kind = ("stream" if known.client_streaming else "unary") + "_" + ("stream" if known.server_streaming else "unary")
        invoke = getattr(self.channel, kind)(
            f"/{known.containing_service.full_name}/{method}",
            request_serializer=into.SerializeToString,
            response_deserializer=out_of.FromString,
        )
        if known.client_streaming:
            message = iter([ParseDict(each, into(), descriptor_pool=self.pool) for each in request])
        else:
            message = ParseDict(request, into(), descriptor_pool=self.pool)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        try:
            return invoke(message, timeout=DEADLINE_SECONDS, metadata=metadata)
        except grpc.RpcError as error:
            raise Refused(error) from error

    def to_dict(self, message) -> dict:
        return MessageToDict(
            message,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
            descriptor_pool=self.pool,
        )

    def refused(self, method: str, request: dict, token: str | None = None) -> Refused:
        try:
            self.call(method, request, token)
        except Refused as refusal:
            return refusal
        raise Wrong(f"{method} should have been refused")


def say(line: str) -> None:
    print(f"  {line}", flush=True)


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(f"expected that {what}")


def equal(found, expected, what: str) -> None:
    if found != expected:
        raise Wrong(f"{what}: expected {expected!r}, found {found!r}")


def new_id() -> str:
    return str(uuid.uuid4())


def token(admin_url: str, client: dict) -> str:
    """OAuth 2.0 client credentials (RFC 6749, section 4.4), the client named in the Authorization header."""
    basic = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
    request = urllib.request.Request(
        f"{admin_url}/oauth2/token",
        data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        headers={"Authorization": f"Basic {basic}"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as response:
        answer = json.load(response)
    equal(answer["token_type"].lower(), "bearer", "the token's type")
    check(0 < answer["expires_in"] <= 900, "a token lives at most 15 minutes")
    return answer["access_token"]


def prepare(comments: Service, drafter: str, drafting_agency: str, agency: str) -> str:
    """A draft with three sections and an open round with one agency on its roster; the draft's name."""
    draft = comments.call(
        "CreateDraft",
        {"draft": {"title": "Quy chế phối hợp (thử)", "drafting_agency": drafting_agency}, "request_id": new_id()},
        drafter,
    )["name"]
    version = comments.call(
        "CreateVersion",
        {
            "draft": draft,
            "sections": [
                {"level": "chapter", "label": "Chương I", "heading": "Quy định chung"},
                {"level": "article", "label": "Điều 1", "heading": "Phạm vi", "parent": 0, "body": "Quy chế này quy định …"},
                {"level": "article", "label": "Điều 2", "heading": "Nguyên tắc", "parent": 0},
            ],
        },
        drafter,
    )
    equal((version["version"], version["section_count"]), ("1", "3"), "the version")
    deadline = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7)
    name = comments.call(
        "CreateRound",
        {"draft": draft, "round": {"title": "Đợt 1", "deadline": deadline.isoformat()}},
        drafter,
    )["name"]
    roster = comments.call("InviteAgencies", {"round": name, "agencies": [agency]}, drafter)["invitations"]
    equal([invitation["agency"] for invitation in roster], [agency], "the roster")
    equal(comments.call("OpenRound", {"name": name}, drafter)["state"], "ROUND_STATE_OPEN", "the round")
    say(f"{draft}: three sections, a round open until {deadline:%Y-%m-%d}, {agency} invited")
    return draft


def submit(comments: Service, agency: str, draft: str) -> None:
    """Five comments on three ways, a replay, and what must be refused."""
    decomposed = unicodedata.normalize("NFD", "  Đề nghị làm rõ phạm vi áp dụng.  ")
    anchor = {"section": f"{draft}/sections/2"}
    first = {"draft": draft, "request_id": new_id(), "comment": {"anchor": anchor, "text": decomposed}}
    answer = comments.call("SubmitComment", first, agency)
    equal(answer["comment"]["name"], f"{draft}/comments/1", "the first comment")
    equal(answer["comment"]["text"], "Đề nghị làm rõ phạm vi áp dụng.", "the text, trimmed and composed")
    equal((answer["comment"]["status"], answer["replayed"]), ("COMMENT_STATUS_PENDING", False), "the first answer")

    again = comments.call("SubmitComment", first, agency)
    equal(again, answer | {"replayed": True}, "the answer to the same request id")
    other = comments.refused("SubmitComment", first | {"comment": {"text": "Ý kiến khác"}}, agency)
    equal((other.code, other.reason), ("ALREADY_EXISTS", "REQUEST_ID_REUSED"), "the same id with another body")
    say("a comment, its replay, and the same request id with another body refused")

    for text in ("", "x" * 50_001):
        bad = comments.refused("SubmitComment", {"draft": draft, "comment": {"text": text}}, agency)
        equal((bad.code, bad.reason, bad.domain), ("INVALID_ARGUMENT", "INVALID_FIELD", "ykien"), "a bad comment")
        equal(bad.fields, ["comment.text"], f"the field at fault, of {len(text)} characters")
    unsigned = comments.refused("SubmitComment", first)
    equal((unsigned.code, unsigned.reason), ("UNAUTHENTICATED", "UNAUTHENTICATED"), "a call without a token")
    say("bad submissions refused, with their reason and the field comment.text")

    texts = ["Bổ sung căn cứ pháp lý.", "", "Thống nhất cách viết số liệu."]
    results = comments.call(
        "BulkSubmitComments",
        [{"draft": draft, "request_id": new_id(), "comment": {"text": text}} for text in texts],
        agency,
    )
    equal([result["index"] for result in results], ["0", "1", "2"], "the order of a bulk's answers")
    equal(results[2]["submitted"]["comment"]["number"], "3", "the number after a refused item")
    details = {detail["@type"].rsplit(".", 1)[1]: detail for detail in results[1]["error"]["details"]}
    equal(details["ErrorInfo"]["reason"], "INVALID_FIELD", "the refused item of a bulk")

    response = comments.call(
        "SubmitResponse",
        {
            "draft": draft,
            "request_id": new_id(),
            "response": {
                "stance": "STANCE_AGREES_WITH_COMMENTS",
                "letter_number": "1234/STC-NS",
                "letter_date": "2020-07-17",
                "signer": "Nguyễn Văn A",
                "capacity": "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC",
            },
            "comments": [
                {"anchor": {"section": f"{draft}/sections/3"}, "text": "Bổ sung nguyên tắc công khai."},
                {"anchor": {"section": f"{draft}/sections/2", "quote": "Quy chế này"}, "proposed_change": "Quy chế phối hợp này"},
            ],
        },
        agency,
    )
    equal([comment["number"] for comment in response["comments"]], ["4", "5"], "the comments of the response")
    say("a bulk of three with one refused, and a signed response with two comments")


def decide(comments: Service, drafter: str, agency: str, draft: str) -> str:
    """Decides three of the five, and publishes; the revision after it."""
    accepted = comments.call("DecideComment", {"name": f"{draft}/comments/1", "outcome": "OUTCOME_ACCEPTED"}, drafter)
    equal(accepted["status"], "COMMENT_STATUS_ACCEPTED", "an accepted comment")
    batch = comments.call(
        "BatchDecideComments",
        {
            "draft": draft,
            "decisions": [
                {"number": 2, "outcome": "OUTCOME_REJECTED", "explanation": "Đã có tại Điều 1."},
                {"number": 99, "outcome": "OUTCOME_ACCEPTED"},
                {"number": 4, "outcome": "OUTCOME_PARTIALLY_ACCEPTED", "explanation": "Tiếp thu phần công khai."},
            ],
        },
        drafter,
    )
    equal(["error" in result for result in batch["results"]], [False, True, False], "what the batch refused")
    unexplained = comments.refused("DecideComment", {"name": f"{draft}/comments/3", "outcome": "OUTCOME_REJECTED"}, drafter)
    equal((unexplained.reason, unexplained.fields), ("INVALID_FIELD", ["explanation"]), "a rejection without a reason")
    stale = {"name": f"{draft}/comments/1", "outcome": "OUTCOME_ACCEPTED", "etag": "r1"}
    equal(comments.refused("DecideComment", stale, drafter).reason, "STALE_ETAG", "a stale etag")
    denied = comments.refused("DecideComment", stale, agency)
    equal(denied.code, "PERMISSION_DENIED", "an agency that decides")

    before = comments.call("GetComment", {"name": f"{draft}/comments/1"}, agency)
    equal((before["status"], "decision" in before), ("COMMENT_STATUS_PENDING", False), "a proposal, to its agency")
    published = comments.call("PublishDecisions", {"draft": draft}, drafter)
    equal(published["numbers"], ["1", "2", "4"], "what was published")
    after = comments.call("GetComment", {"name": f"{draft}/comments/2"}, agency)
    equal((after["status"], after["decision"]["explanation"]), ("COMMENT_STATUS_REJECTED", "Đã có tại Điều 1."), "published")
    say("decided, one refused without an explanation, all hidden until published")
    return published["revision"]


def collect(comments: Service, aggregation: Service, drafter: str, draft: str, agency: str, revision: str) -> None:
    """The comments in reading order, the counts, who has answered, what is left, and the log of it all."""
    collected = aggregation.call("Collect", {"draft": draft, "min_revision": revision}, drafter)
    order = [comment["number"] for comment in collected["comments"]]
    equal(order, ["2", "3", "1", "5", "4"], "the draft's own reading order")
    streamed = aggregation.call("StreamCollect", {"draft": draft, "filter": "status = rejected"}, drafter)
    equal([comment["number"] for part in streamed for comment in part["comments"]], ["2"], "the rejected ones")
    streamed = aggregation.call("StreamCollect", {"draft": draft, "group_by": "GROUPING_NONE"}, drafter)
    equal([comment["number"] for part in streamed for comment in part["comments"]], list("12345"), "by number")

    counts = aggregation.call(
        "Aggregate",
        {"draft": draft, "group_by": ["DIMENSION_SECTION", "DIMENSION_STATUS"], "min_revision": revision},
        drafter,
    )
    equal(counts["total"], "5", "the total")
    cells = {
        (row["key"]["section"].rsplit("/", 1)[1], row["key"]["status"].removeprefix("COMMENT_STATUS_")): int(row["count"])
        for row in counts["rows"]
        if row["count"] != "0"
    }
    expected = {("0", "REJECTED"): 1, ("0", "PENDING"): 1, ("2", "ACCEPTED"): 1, ("2", "PENDING"): 1}
    equal(cells, expected | {("3", "PARTIALLY_ACCEPTED"): 1}, "section × status")

    replies = aggregation.call("GetProgress", {"draft": draft}, drafter)["replies"]
    equal([(reply["agency"], reply["state"]) for reply in replies], [(agency, "REPLY_STATE_REPLIED")], "who has answered")
    left = aggregation.call("Reconcile", {"draft": draft}, drafter)
    equal((left["received"], left["found"], left["remainder"]), ("5", "5", "2"), "what was received, found and is left")
    equal(left["pending_comments"], [f"{draft}/comments/3", f"{draft}/comments/5"], "the comments left")

    events = comments.start("WatchDraft", {"draft": draft}, drafter)
    revisions = []
    for message in events:
        if message.HasField("event"):
            revisions.append(message.event.revision)
        if message.revision >= int(revision):
            break
    events.cancel()
    equal(revisions, list(range(1, int(revision) + 1)), "the change log, gapless from 1")
    say(f"collected, counted, traced; {len(revisions)} changes watched from the first")


def main(ports_file: str) -> None:
    with open(ports_file, encoding="utf-8") as file:
        demo = json.load(file)
    comments = Service(demo["comments"], "ykien.v1.CommentsService")
    aggregation = Service(demo["aggregation"], "ykien.v1.AggregationService")
    drafter = token(demo["admin"], demo["drafter_client"])
    agency = token(demo["admin"], demo["agency_client"])
    agency_name = "agencies/" + demo["agency_client"]["agency"].removeprefix("agencies/")

    case = comments.call("GetDraft", {"name": demo["draft"]}, drafter)
    left = aggregation.call("Reconcile", {"draft": demo["draft"]}, drafter)
    equal((left["found"], left["received"]), (case["comment_count"],) * 2, "the demo's comments")
    say(f"the demo's case: {case['comment_count']} comments, all found")

    draft = prepare(comments, drafter, case["drafting_agency"], agency_name)
    submit(comments, agency, draft)
    revision = decide(comments, drafter, agency, draft)
    collect(comments, aggregation, drafter, draft, agency_name, revision)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except (Wrong, Refused, grpc.RpcError, OSError) as fault:
        sys.exit(f"  WRONG: {fault}")
    print("  the contract holds for a client of another make")
