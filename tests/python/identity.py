"""Who may call, on a server of its own: python identity.py YKIEN NODE

A certified OpenID provider (npm's oidc-provider, in tests/oidc) stands for a province's single sign-on: its tokens are taken over
gRPC and HTTP as the file of issuers says, and refused where it says nothing. Then clients that sign assertions with keys of three
kinds, signing keys that are rotated and revoked while the server runs, and clients and agencies that are switched off.
"""

import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import grpc
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from client import Refused, Service, Wrong, check, equal, say, token
from hostile_tokens import decoded

OIDC = pathlib.Path(__file__).parent.parent / "oidc" / "server.mjs"
# A build without optimisation on a busy machine.
START_SECONDS = 60
# What the documentation promises of clients, agencies and revoked keys.
STOP_SECONDS = 5
POLL_SECONDS = 0.1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(*command: str, expects: str, **more):
    """A process that has printed this (a pattern), what it had printed until then, and its end."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more) as child:
        patience = threading.Timer(START_SECONDS, child.kill)
        patience.start()
        try:
            printed = ""
            while not re.search(expects, printed):
                line = child.stdout.readline()
                check(line != "", f"{command[0]} printed {expects!r}, only: {printed}")
                printed += line
            patience.cancel()
            yield printed
        finally:
            patience.cancel()
            child.terminate()


def http(method: str, url: str, bearer: str | None = None, body=None, form: dict | None = None) -> tuple[int, dict]:
    """The status and the JSON of an answer."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None or method in ("POST", "PUT"):
        data = json.dumps(body or {}).encode()
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.status, json.load(refusal)


class Server:
    """A server on an embedded database, and its first administrator."""

    def __init__(self, printed: str):
        self.admin = re.search(r"admin +HTTP +(http://\S+)", printed)[1]
        self.comments = Service(re.search(r"comments +gRPC +(http://\S+)", printed)[1], "ykien.v1.CommentsService")
        found = re.search(r"client_id +(\S+)\s+client_secret +(\S+)", printed)
        self.root = token(self.admin, {"id": found[1], "secret": found[2]})

    def call(self, method: str, path: str, body=None, expected: int = 200) -> dict:
        status, answer = http(method, self.admin + path, self.root, body)
        equal(status, expected, f"{method} {path}: {answer}")
        return answer

    def taken(self, bearer: str) -> tuple[int, str]:
        """How HTTP and gRPC take a token: 200 and OK, or 401 and UNAUTHENTICATED."""
        status, _ = http("GET", f"{self.admin}/v1/drafts", bearer)
        try:
            self.comments.call("ListDrafts", {}, bearer)
        except Refused as refusal:
            return status, refusal.code
        return status, "OK"

    def within(self, seconds: float, expected, what: str, found, pause: float = POLL_SECONDS) -> float:
        """How long it took until something is as expected."""
        began = time.monotonic()
        while (value := found()) != expected:
            check(time.monotonic() - began < seconds, f"{what} within {seconds} s, found {value!r}")
            time.sleep(pause)
        return time.monotonic() - began


TAKEN, REFUSED = (200, "OK"), (401, "UNAUTHENTICATED")


def single_sign_on(server: Server, issuer: str) -> None:
    def of(who: str, resource: str = "urn:ykien:RS256") -> str:
        form = {"grant_type": "client_credentials", "client_id": who, "client_secret": f"secret-of-{who}", "resource": resource}
        status, answer = http("POST", f"{issuer}/token", form=form)
        equal(status, 200, f"the provider's token for {who}: {answer}")
        return answer["access_token"]

    for code, name in (("H37.05", "Sở Tài chính"), ("VP", "Văn phòng")):
        server.call("POST", "/v1/agencies", {"code": code, "name": name, "kind": "department"}, 201)
    clerk = of("clerk")
    for name, bearer in {"RS256": clerk, "ES256": of("clerk", "urn:ykien:ES256"), "an administrator": of("chief")}.items():
        equal(server.taken(bearer), TAKEN, f"a token of the provider, {name}")
    for name, bearer in {
        "of another audience": of("clerk", "urn:other:RS256"),
        "that lives for a day": of("clerk", "urn:ykien:PS256"),
        "that is no JWT": of("clerk", "urn:ykien:opaque"),
        "without a unit": of("no-unit"),
        "of a unit that is not mapped": of("other-unit"),
        "without a role": of("no-role"),
        "of two roles": of("two-roles"),
        "with another signature": clerk[:-8] + "AAAAAAAA",
    }.items():
        equal(server.taken(bearer), REFUSED, f"a token of the provider, {name}")

    # Who did it stands in the log, as a client that no client of this installation can be.
    http("POST", f"{server.admin}/v1/agencies", of("chief"), {"code": "X1", "name": "X", "kind": "other"})
    events = server.call("GET", "/v1/events?page_size=100")
    actors = {event["client_id"] for event in events["items"]}
    check("sso:chief" in actors, f"sso:chief is among {actors}")
    status, _ = http("POST", f"{server.admin}/v1/clients", server.root, {"client_id": "sso:chief", "agency": "VP", "role": "admin"})
    equal(status, 400, "a client of one's own with such an id")
    status, _ = http("POST", f"{server.admin}/v1/clients", clerk, {"client_id": "x", "agency": "VP", "role": "admin"})
    equal(status, 403, "a contributor who makes a client")

    server.call("PATCH", "/v1/agencies/H37.05", {"active": False})
    took = server.within(STOP_SECONDS, REFUSED, "whose agency is not active is refused", lambda: server.taken(clerk))
    server.call("PATCH", "/v1/agencies/H37.05", {"active": True})
    server.within(STOP_SECONDS, TAKEN, "whose agency is active again is taken", lambda: server.taken(clerk))
    say(f"single sign-on: 3 tokens taken, 8 refused, and stopped {took:.1f} s after the agency was")


def assertions(server: Server) -> None:
    made = server.call("POST", "/v1/clients", {"client_id": "van-thu", "agency": "H37.05", "role": "contributor"}, 201)
    check(made["client"]["secrets"] == 1, "one secret")
    keys = {"EdDSA": OKPKey.generate_key("Ed25519"), "ES256": ECKey.generate_key("P-256"), "RS256": RSAKey.generate_key(2048)}
    public = [key.as_dict(private=False) | {"kid": alg, "alg": alg} for alg, key in keys.items()]
    server.call("PUT", "/v1/clients/van-thu/keys", {"keys": [keys["EdDSA"].as_dict(private=True) | {"kid": "a", "alg": "EdDSA"}]}, 400)
    answer = server.call("PUT", "/v1/clients/van-thu/keys", {"keys": public})
    equal([key["kid"] for key in answer["keys"]], list(keys), "the client's keys")
    equal(server.call("POST", "/v1/clients/van-thu/secret/end", {"all": True})["secrets"], 0, "the secrets of a client with keys")
    secret = {"client_id": "van-thu", "client_secret": made["client_secret"], "grant_type": "client_credentials"}
    equal(http("POST", f"{server.admin}/oauth2/token", form=secret)[0], 401, "its secret, which was ended")

    def assertion(alg: str, key=None, **changed) -> str:
        now = int(time.time())
        claims = {"iss": "van-thu", "sub": "van-thu", "aud": f"{server.admin}/oauth2/token", "jti": str(uuid.uuid4())}
        claims |= {"iat": now, "exp": now + 60} | changed
        return jwt.encode({"alg": alg, "kid": alg, "typ": "JWT"}, claims, key or keys[alg], algorithms=list(keys))

    def ask(signed: str) -> tuple[int, dict]:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signed,
        }
        return http("POST", f"{server.admin}/oauth2/token", form=form)

    for alg in keys:
        signed = assertion(alg)
        status, answer = ask(signed)
        equal(status, 200, f"an assertion by {alg}: {answer}")
        equal(server.taken(answer["access_token"]), TAKEN, f"a token for an assertion by {alg}")
        equal(ask(signed)[0], 401, f"the same assertion by {alg} again")
    for name, signed in {
        "for another server": assertion("EdDSA", aud="https://elsewhere.example"),
        "for two servers": assertion("EdDSA", aud=[server.admin, "https://elsewhere.example"]),
        "of another client": assertion("EdDSA", iss="admin", sub="admin"),
        "for an hour": assertion("EdDSA", exp=int(time.time()) + 3_600),
        "by another key": assertion("ES256", ECKey.generate_key("P-256")),
    }.items():
        status, answer = ask(signed)
        equal((status, answer["error"]), (401, "invalid_client"), f"an assertion {name}")
    say("private_key_jwt: EdDSA, ES256 and RS256 taken once each, 8 refused")


def rotation(server: Server, binary: str, database: list[str]) -> None:
    def rotate(*more: str) -> str:
        return subprocess.run([binary, "keys", "rotate", *more, *database], check=True, capture_output=True, text=True).stdout

    def new() -> tuple[str, str]:
        made = server.call("POST", "/v1/clients/rotating/secret")
        bearer = token(server.admin, {"id": "rotating", "secret": made["client_secret"]})
        return bearer, json.loads(decoded(bearer.split(".")[0]))["kid"]

    server.call("POST", "/v1/clients", {"client_id": "rotating", "agency": "VP", "role": "observer"}, 201)
    old, old_kid = new()
    kid = rotate().split()[0]
    server.within(STOP_SECONDS + 1, kid, "the new key signs", lambda: new()[1], pause=0.5)
    equal(server.taken(old), TAKEN, "a token by the key before")
    _, keys = http("GET", f"{server.admin}/.well-known/jwks.json")
    equal({key["kid"] for key in keys["keys"]}, {old_kid, kid}, "the keys that verify")
    listed = subprocess.run([binary, "keys", "list", *database], check=True, capture_output=True, text=True).stdout
    check(f"{kid} " in listed and "signs" in listed and "verifies until" in listed, f"both are listed: {listed}")
    rotate("--revoke")
    took = server.within(STOP_SECONDS + 1, REFUSED, "a token by a revoked key is refused", lambda: server.taken(old))
    say(f"signing keys: rotated, both verify; revoked, and refused after {took:.1f} s")


def switched_off(server: Server) -> None:
    """A client with a stream that it follows, and a token that the server knows."""
    made = server.call("POST", "/v1/clients", {"client_id": "theo-doi", "agency": "VP", "role": "observer"}, 201)
    bearer = token(server.admin, {"id": "theo-doi", "secret": made["client_secret"]})
    server.call("POST", "/v1/drafts", {"id": "d", "title": "Dự thảo", "drafting_agency": "VP"}, 201)
    stream = server.comments.start("WatchDraft", {"draft": "drafts/d"}, bearer)
    next(stream)
    equal(server.taken(bearer), TAKEN, "the client's token")
    server.call("POST", "/v1/clients/theo-doi/disable")
    began = time.monotonic()
    server.within(STOP_SECONDS, REFUSED, "a client that is switched off is refused", lambda: server.taken(bearer))
    try:
        for _ in stream:
            pass
        raise Wrong("its stream ended as if all were well")
    except grpc.RpcError as end:
        equal(end.code().name, "UNAUTHENTICATED", "how its stream ended")
    took = time.monotonic() - began
    check(took < STOP_SECONDS, f"its stream ended within {STOP_SECONDS} s, not {took:.1f}")
    say(f"a client that was switched off: refused, and its stream ended, after {took:.1f} s")


def main(binary: str, node: str, home: pathlib.Path) -> None:
    issuer, admin = f"http://127.0.0.1:{free_port()}", free_port()
    entry = {
        "name": "sso",
        "issuer": issuer,
        "audience": "ykien",
        "algorithms": ["RS256", "ES256", "PS256"],
        "agency": {"claim": "unit", "values": {"Sở Tài chính": "H37.05", "Văn phòng": "VP"}},
        "role": {"claim": "groups", "values": {"ykien-gop-y": "contributor", "ykien-quan-tri": "admin"}},
    }
    issuers = home / "issuers.json"
    issuers.write_text(json.dumps({"issuers": [entry]}), encoding="utf-8")
    database = ["--data", str(home / "data")]
    listen = ["--admin-listen", f"127.0.0.1:{admin}", "--comments-listen", "127.0.0.1:0", "--aggregation-listen", "127.0.0.1:0"]
    serve = [binary, "--log", "warn", "serve", *database, *listen, "--issuer", f"http://127.0.0.1:{admin}", "--oidc-issuers", str(issuers)]
    with (
        process(node, str(OIDC), issuer.rsplit(":", 1)[1], expects="ready", stderr=subprocess.DEVNULL),
        process(*serve, expects=r"admin +HTTP +http") as printed,
    ):
        server = Server(printed)
        single_sign_on(server, issuer)
        assertions(server)
        switched_off(server)
        rotation(server, binary, database)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        with tempfile.TemporaryDirectory(prefix="ykien-identity.") as folder:
            main(sys.argv[1], sys.argv[2], pathlib.Path(folder))
    except (Wrong, Refused, grpc.RpcError, OSError) as fault:
        sys.exit(f"  WRONG: {fault}")
