"""Makes what api_hooks.py names, so that requests get past "not found": run once, before schemathesis."""

import json
import os
import urllib.parse
import urllib.request

URL = os.environ["YKIEN_URL"]
# The one that asks; whatever switches it off ends the run, so the hooks leave it alone.
CLIENT = os.environ["YKIEN_CLIENT_ID"]
AGENCIES = ["H37.04", "H37.05", "H37.06", "H37.07"]
CLIENTS = ["h37-05-docs", "h37-06-docs"]
DRAFTS = ["nq20", "nq19"]
TIMEOUT_SECONDS = 30


def call(method: str, path: str, body: object, token: str | None = None, form: bool = False) -> dict:
    data = urllib.parse.urlencode(body) if form else json.dumps(body)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    request = urllib.request.Request(URL + path, data.encode(), {"Content-Type": kind}, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return json.loads(answer.read() or "null")


def token() -> str:
    grant = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": os.environ["YKIEN_CLIENT_SECRET"],
    }
    return call("POST", "/oauth2/token", grant, form=True)["access_token"]


def make() -> None:
    bearer = token()

    def post(path: str, body: object) -> None:
        call("POST", f"/v1/{path}", body, bearer)

    for code in AGENCIES:
        post("agencies", {"code": code, "name": f"Sở {code}", "kind": "department"})
    for client, agency in zip(CLIENTS, AGENCIES[1:]):
        post("clients", {"client_id": client, "agency": agency, "role": "contributor"})
    for draft in DRAFTS:
        post("drafts", {"id": draft, "title": "Dự thảo báo cáo", "drafting_agency": AGENCIES[0]})
        tree = [{"label": label, "heading": f"Mục {label}", "body": "Nội dung"} for label in ("I", "II", "III")]
        post(f"drafts/{draft}/versions", {"sections": tree})
        for number in range(1, 3):
            post(f"drafts/{draft}/rounds", {"deadline": "2199-01-01T17:00:00+07:00"})
            post(f"drafts/{draft}/rounds/{number}/roster", {"agencies": AGENCIES[1:]})
        post(f"drafts/{draft}/rounds/1/open", {})
        for agency in AGENCIES[1:]:
            post(f"drafts/{draft}/comments", {"agency": agency, "text": "Đề nghị rà soát số liệu"})
        post(f"drafts/{draft}/directives", {"text": "Bổ sung hạn chế"})


if __name__ == "__main__":
    make()
