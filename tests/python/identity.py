"""Who may call: python identity.py YKIEN NODE, with an empty PostgreSQL in YKIEN_TEST_POSTGRES_URL

Two servers on one database: what is done at the first is looked for at both. A certified OpenID provider (npm's oidc-provider, in
tests/oidc) stands for a province's single sign-on, over TLS by an authority of its own: its tokens are taken over gRPC and HTTP as
the file of issuers says, and refused where it says nothing. Then clients that sign assertions with keys of three kinds, signing keys
that are rotated and revoked while the servers run, and clients and agencies that are switched off.
"""

import contextlib
import datetime
import ipaddress
import json
import os
import pathlib
import re
import socket
import ssl
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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
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


def authority(home: pathlib.Path, name: str) -> dict[str, pathlib.Path]:
    """An authority, and a certificate by it for 127.0.0.1: the files of `ca`, `certificate` and `key`."""
    now, keys = datetime.datetime.now(datetime.UTC), [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name} {what}")]) for what in ("authority", "server")]
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])

    def certificate(which: int, extension: x509.ExtensionType) -> bytes:
        made = x509.CertificateBuilder(names[0], names[which], keys[which].public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
        made = made.add_extension(extension, critical=which == 0).sign(keys[0], hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    made = {
        "ca": certificate(0, x509.BasicConstraints(ca=True, path_length=0)),
        "certificate": certificate(1, address),
        "key": keys[1].private_bytes(*form),
    }
    files = {what: home / f"{name}-{what}.pem" for what in made}
    for what, pem in made.items():
        files[what].write_bytes(pem)
    return files


def http(method: str, url: str, bearer: str | None = None, body=None, form: dict | None = None, ca=None) -> tuple[int, dict]:
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
        context = ssl.create_default_context(cafile=ca) if ca else None
        with urllib.request.urlopen(request, timeout=20, context=context) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.status, json.load(refusal)


class Replica:
    """One server."""

    def __init__(self, printed: str):
        self.admin = re.search(r"admin +HTTP +(http://\S+)", printed)[1]
        self.comments = Service(re.search(r"comments +gRPC +(http://\S+)", printed)[1], "ykien.v1.CommentsService")

    def taken(self, bearer: str) -> tuple[int, str]:
        """How HTTP and gRPC take a token: 200 and OK, or 401 and UNAUTHENTICATED."""
        status, _ = http("GET", f"{self.admin}/v1/drafts", bearer)
        try:
            self.comments.call("ListDrafts", {}, bearer)
        except Refused as refusal:
            return status, refusal.code
        return status, "OK"


class Servers:
    """All on one database, and its first administrator, who calls the first of them."""

    def __init__(self, printed: list[str], credential: str):
        self.replicas = [Replica(of_one) for of_one in printed]
        self.admin = self.replicas[0].admin
        found = re.search(r"client_id +(\S+)\s+client_secret +(\S+)", credential)
        self.root = token(self.admin, {"id": found[1], "secret": found[2]})

    def call(self, method: str, path: str, body=None, expected: int = 200) -> dict:
        status, answer = http(method, self.admin + path, self.root, body)
        equal(status, expected, f"{method} {path}: {answer}")
        return answer

    def taken(self, bearer: str):
        """How all of them take a token: as one where they agree."""
        answers = {replica.taken(bearer) for replica in self.replicas}
        return answers.pop() if len(answers) == 1 else answers

    def within(self, seconds: float, expected, what: str, found, pause: float = POLL_SECONDS) -> float:
        """How long it took until something is as expected."""
        began = time.monotonic()
        while (value := found()) != expected:
            check(time.monotonic() - began < seconds, f"{what} within {seconds} s, found {value!r}")
            time.sleep(pause)
        return time.monotonic() - began


TAKEN, REFUSED = (200, "OK"), (401, "UNAUTHENTICATED")


def single_sign_on(server: Servers, issuer: str, ca: pathlib.Path, stranger: str, strangers_ca: pathlib.Path) -> None:
    def of(who: str, resource: str = "urn:ykien:RS256", issuer=issuer, ca=ca) -> str:
        form = {"grant_type": "client_credentials", "client_id": who, "client_secret": f"secret-of-{who}", "resource": resource}
        status, answer = http("POST", f"{issuer}/token", form=form, ca=ca)
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
    # Whether it is good can't be found out.
    unheard = of("clerk", issuer=stranger, ca=strangers_ca)
    equal(server.taken(unheard), (503, "UNAVAILABLE"), "a token of a provider whose certificate is of no known authority")

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
    say(f"single sign-on: 3 tokens taken, 9 refused, and stopped {took:.1f} s after the agency was")


def assertions(server: Servers) -> None:
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


def rotation(server: Servers, binary: str, database: list[str]) -> None:
    def rotate(*more: str) -> str:
        return subprocess.run([binary, "keys", "rotate", *more, *database], check=True, capture_output=True, text=True).stdout

    def new() -> tuple[str, str]:
        made = server.call("POST", "/v1/clients/rotating/secret")
        bearer = token(server.admin, {"id": "rotating", "secret": made["client_secret"]})
        return bearer, json.loads(decoded(bearer.split(".")[0]))["kid"]

    server.call("POST", "/v1/clients", {"client_id": "rotating", "agency": "VP", "role": "observer"}, 201)
    old, old_kid = new()
    kid = rotate().split()[0]
    server.within(STOP_SECONDS, kid, "the new key signs", lambda: new()[1], pause=0.5)
    equal(server.taken(old), TAKEN, "a token by the key before")
    _, keys = http("GET", f"{server.admin}/.well-known/jwks.json")
    equal({key["kid"] for key in keys["keys"]}, {old_kid, kid}, "the keys that verify")
    listed = subprocess.run([binary, "keys", "list", *database], check=True, capture_output=True, text=True).stdout
    check(f"{kid} " in listed and "signs" in listed and "verifies until" in listed, f"both are listed: {listed}")
    rotate("--revoke")
    took = server.within(STOP_SECONDS, REFUSED, "a token by a revoked key is refused", lambda: server.taken(old))
    say(f"signing keys: rotated, both verify; revoked, and refused after {took:.1f} s")


def switched_off(server: Servers) -> None:
    """A client with a stream that it follows, and a token that the server knows."""
    made = server.call("POST", "/v1/clients", {"client_id": "theo-doi", "agency": "VP", "role": "observer"}, 201)
    bearer = token(server.admin, {"id": "theo-doi", "secret": made["client_secret"]})
    server.call("POST", "/v1/drafts", {"id": "d", "title": "Dự thảo", "drafting_agency": "VP"}, 201)
    # On another server than the one that is told.
    stream = server.replicas[-1].comments.start("WatchDraft", {"draft": "drafts/d"}, bearer)
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
    database = ["--database-url", os.environ["YKIEN_TEST_POSTGRES_URL"]]
    known, unknown = authority(home, "known"), authority(home, "unknown")
    ports = [free_port() for _ in range(4)]
    issuer, stranger = (f"https://127.0.0.1:{port}" for port in ports[:2])
    entry = {
        "name": "sso",
        "issuer": issuer,
        "audience": "ykien",
        "algorithms": ["RS256", "ES256", "PS256"],
        "ca_file": str(known["ca"]),
        "agency": {"claim": "unit", "values": {"Sở Tài chính": "H37.05", "Văn phòng": "VP"}},
        "role": {"claim": "groups", "values": {"ykien-gop-y": "contributor", "ykien-quan-tri": "admin"}},
    }
    issuers = home / "issuers.json"
    # The stranger differs by who signed its certificate alone.
    issuers.write_text(json.dumps({"issuers": [entry, entry | {"name": "stranger", "issuer": stranger}]}), encoding="utf-8")

    def provider(port: int, files: dict[str, pathlib.Path]):
        command = node, str(OIDC), str(port), str(files["certificate"]), str(files["key"])
        return process(*command, expects="ready", stderr=subprocess.DEVNULL)

    def serve(port: int):
        listen = ["--admin-listen", f"127.0.0.1:{port}", "--comments-listen", "127.0.0.1:0", "--aggregation-listen", "127.0.0.1:0"]
        identity = ["--issuer", f"http://127.0.0.1:{ports[2]}", "--oidc-issuers", str(issuers)]
        return process(binary, "--log", "warn", "serve", *database, *listen, *identity, expects=r"admin +HTTP +http")

    def run(*command: str) -> str:
        return subprocess.run([binary, *command, *database], check=True, stdout=subprocess.PIPE, text=True).stdout

    run("migrate")
    with (
        provider(ports[0], known),
        provider(ports[1], unknown),
        serve(ports[2]) as first,
        serve(ports[3]) as second,
    ):
        server = Servers([first, second], run("admin-credential"))
        single_sign_on(server, issuer, known["ca"], stranger, unknown["ca"])
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
