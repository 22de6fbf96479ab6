"""Tokens that must open nothing, made by a library that the server does not use: python hostile_tokens.py PORTS_FILE DATABASE

It has the installation's own signing key (from its SQLite file), so that each token is wrong in one thing alone. Every one is
sent over gRPC and over HTTP; the first that is not refused with UNAUTHENTICATED and 401 ends it with exit code 1. An honest
token of the same make is accepted before and after, so that the test can fail.
"""

import base64
import contextlib
import hmac
import json
import sqlite3
import sys
import time
import urllib.error
import urllib.request
import uuid

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from client import Refused, Service, Wrong, check, equal, say, token

# A method of each gRPC role, and a route: each needs a token, and refuses before it looks at the request.
CALLS = (("comments", "ykien.v1.CommentsService", "ListDrafts"), ("aggregation", "ykien.v1.AggregationService", "GetProgress"))
ROUTE = "/v1/drafts"
# The order of the group of Ed25519 (RFC 8032, section 5.1).
ORDER = 2**252 + 27742317777372353535851937790883648493
# What joserfc would warn of or refuse to make is made all the same.
ANYTHING = ["none", "HS256", "HS384", "HS512", "EdDSA", "Ed25519", "ES256", "RS256", "PS256"]
AT = "at+jwt"


def encoded(data: bytes | str | dict) -> str:
    if isinstance(data, dict):
        data = json.dumps(data, separators=(",", ":"))
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forge:
    """The installation's key and one of its honest tokens, and what can be made of them."""

    def __init__(self, database: str, honest: str):
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
            rows = store.execute("SELECT kid, private_pem, public_pem FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC")
            self.kid, private, self.public_pem = rows.fetchone()
        # PKCS #8 with the public key beside the private one (RFC 5958), which this reader does not take: only the seed.
        der = base64.b64decode("".join(private.splitlines()[1:-1]))
        seed = der.split(b"\x04\x22\x04\x20", 1)[1][:32]
        self.raw = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.raw.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": encoded(seed), "x": encoded(self.public)})
        self.header = json.loads(decoded(honest.split(".")[0]))
        self.claims = json.loads(decoded(honest.split(".")[1]))
        # The demo's clock stands in July 2020, and ticks.
        self.behind = int(time.time()) - self.claims["iat"]
        equal(self.header, {"typ": AT, "alg": "EdDSA", "kid": self.kid}, "the header of an honest token")

    def clock(self) -> int:
        """The server's instant, in seconds since 1970."""
        return int(time.time()) - self.behind

    def now(self, **changed) -> dict:
        """The claims of an honest token of this instant, with these changed; None leaves one out."""
        now = self.clock()
        claims = self.claims | {"iat": now, "exp": now + 600, "jti": str(uuid.uuid4())} | changed
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: dict | bytes | str, header: dict | None = None, key=None, **changed) -> str:
        """By joserfc, with this header (an honest one by default) and these members changed."""
        header = {name: value for name, value in ((header or self.header) | changed).items() if value is not None}
        payload = json.dumps(claims) if isinstance(claims, dict) else claims
        return jws.serialize_compact(header, payload, key or self.key, algorithms=ANYTHING)

    def hmac(self, algorithm: str, secret: bytes | str) -> str:
        """By hand: joserfc makes no secret of a public key."""
        secret = secret.encode() if isinstance(secret, str) else secret
        signed = f"{encoded(self.header | {'alg': algorithm})}.{encoded(self.now())}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha' + algorithm[2:]))}"

    def by_hand(self, header: dict | str, claims: dict | str) -> str:
        """Signed with the installation's key, whatever the parts are."""
        signed = f"{encoded(header)}.{encoded(claims)}"
        return f"{signed}.{encoded(self.raw.sign(signed.encode()))}"


def hostile(forge: Forge) -> dict[str, str]:
    """Every token by what is wrong with it."""
    tokens = {}
    good = forge.sign(forge.now())
    head, body, signature = good.split(".")

    # No algorithm.
    for word in ("none", "None", "NONE", "nOnE", "", "null"):
        header = encoded(forge.header | {"alg": word})
        tokens[f"alg {word!r} without a signature"] = f"{header}.{encoded(forge.now())}."
        tokens[f"alg {word!r} with an honest signature"] = forge.by_hand(forge.header | {"alg": word}, forge.now())
    tokens["alg null"] = forge.by_hand(forge.header | {"alg": None}, forge.now())
    tokens["alg a number"] = forge.by_hand(forge.header | {"alg": 0}, forge.now())
    tokens["alg a list"] = forge.by_hand(forge.header | {"alg": ["EdDSA"]}, forge.now())
    tokens["no alg"] = forge.by_hand({name: forge.header[name] for name in ("typ", "kid")}, forge.now())
    tokens["alg in lower case"] = forge.by_hand(forge.header | {"alg": "eddsa"}, forge.now())

    # The public key as the secret of HMAC: as PEM, DER, raw bytes, JWK.
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": encoded(forge.public)}, separators=(",", ":"))
    der = forge.raw.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, secret in (("PEM", forge.public_pem), ("DER", der), ("raw", forge.public), ("JWK", jwk), ("kid", forge.kid)):
        for algorithm in ("HS256", "HS512"):
            tokens[f"{algorithm} with the public key as {name}"] = forge.hmac(algorithm, secret)
    tokens["HS256 with an empty secret"] = forge.hmac("HS256", b"")

    # Another key under this key's id, of the same kind and of others.
    other = OKPKey.generate_key("Ed25519")
    tokens["another key under the same kid"] = forge.sign(forge.now(), key=other)
    tokens["ES256 under the same kid"] = forge.sign(forge.now(), key=ECKey.generate_key("P-256"), alg="ES256")
    rsa = RSAKey.generate_key(2048)
    tokens["RS256 under the same kid"] = forge.sign(forge.now(), key=rsa, alg="RS256")
    tokens["PS256 under the same kid"] = forge.sign(forge.now(), key=rsa, alg="PS256")

    # Key ids that lead somewhere.
    paths = ("../../../dev/null", "/dev/null", "' OR '1'='1", "' UNION SELECT 'x' --", "|id", "http://127.0.0.1/key")
    for kid in (*paths, "", forge.kid.upper(), forge.kid + "\0", f" {forge.kid}", "x" * 1_000):
        tokens[f"kid {kid[:40]!r}"] = forge.sign(forge.now(), kid=kid, key=other)
    tokens["no kid"] = forge.sign(forge.now(), kid=None)
    tokens["kid a list"] = forge.by_hand(forge.header | {"kid": [forge.kid]}, forge.now())
    tokens["kid null"] = forge.by_hand(forge.header | {"kid": None}, forge.now())

    # Extensions, and keys that the token brings along.
    for crit in (["exp"], ["b64"], ["http://example.com/x"], [], None, "exp"):
        tokens[f"crit {crit!r}"] = forge.by_hand(forge.header | {"crit": crit, "b64": True}, forge.now())
    unencoded = f"{encoded(forge.header | {'b64': False, 'crit': ['b64']})}.{json.dumps(forge.now())}"
    tokens["b64 false"] = f"{unencoded}.{encoded(forge.raw.sign(unencoded.encode()))}"
    tokens["b64 false, not critical"] = forge.by_hand(forge.header | {"b64": False}, forge.now())
    brought = {
        "jwk": other.as_dict(private=False),
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": [encoded(der)],
    }
    for member, value in brought.items():
        signed = f"{encoded(forge.header | {member: value})}.{encoded(forge.now())}"
        forged = ed25519.Ed25519PrivateKey.from_private_bytes(decoded(other.as_dict(private=True)["d"])).sign(signed.encode())
        tokens[f"{member} of a key of one's own"] = f"{signed}.{encoded(forged)}"
        tokens[f"{member} beside an honest signature"] = forge.by_hand(forge.header | {member: value}, forge.now())
    tokens["zip"] = forge.by_hand(forge.header | {"zip": "DEF"}, forge.now())

    # Other kinds of token.
    for typ in ("JWT", "id+jwt", "at+jwt+x", "at jwt", "", None, "client-authentication+jwt", "secevent+jwt"):
        tokens[f"typ {typ!r}"] = forge.sign(forge.now(), typ=typ)
    nested = forge.sign(forge.sign(forge.now()), cty="JWT")
    tokens["a token in a token"] = nested
    secret = OctKey.import_key(forge.public)
    tokens["an encrypted token (dir)"] = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A128CBC-HS256", "typ": AT, "kid": forge.kid}, json.dumps(forge.now()), secret
    )
    tokens["an encrypted token (RSA-OAEP)"] = jwe.encrypt_compact(
        {"alg": "RSA-OAEP", "enc": "A256GCM", "typ": AT, "kid": forge.kid}, json.dumps(forge.now()), rsa
    )

    # Each claim missing, null, of another type.
    for claim in ("iss", "aud", "sub", "client_id", "agency", "role", "jti", "iat", "exp"):
        tokens[f"no {claim}"] = forge.sign(forge.now(**{claim: None}))
        tokens[f"{claim} null"] = forge.by_hand(forge.header, forge.now() | {claim: None})
        tokens[f"{claim} an object"] = forge.sign(forge.now(**{claim: {"value": forge.claims[claim]}}))
    for claim in ("iss", "aud", "sub"):
        value = forge.claims[claim]
        for wrong in ([value], [value, "other"], value + "x", value[:-1], value.upper() + "/", f" {value}", "", "*"):
            tokens[f"{claim} {wrong!r}"] = forge.sign(forge.now(**{claim: wrong}))
    tokens["jti empty"] = forge.sign(forge.now(jti=""))
    tokens["a colon in the client's id"] = forge.sign(forge.now(sub="sso:a", client_id="sso:a"))

    # Times.
    now = forge.clock()
    for name, times in {
        "expired": {"iat": now - 700, "exp": now - 60},
        "expired just now": {"iat": now - 700, "exp": now - 6},
        "of the future": {"iat": now + 120, "exp": now + 600},
        "not yet (nbf)": {"nbf": now + 120},
        "nbf a text": {"nbf": str(now)},
        "an hour long": {"exp": now + 3600},
        "a second too long": {"iat": now, "exp": now + 901},
        "ends before it begins": {"iat": now + 4, "exp": now + 3},
        "exp a text": {"exp": str(now + 600)},
        "exp a fraction": {"exp": now + 600.5},
        "exp beyond all numbers": {"exp": 10**30},
        "exp true": {"exp": True},
        "exp negative": {"exp": -1},
        "iat far in the past, exp at the end of time": {"iat": -(2**63), "exp": 2**63 - 1},
        "iat a text": {"iat": str(now)},
    }.items():
        tokens[name] = forge.sign(forge.now(**times))

    # Who one is not: every claim honestly signed, but not what the store knows of the client.
    for role in ("admin", "observer", "responsible", "Contributor", "contributor ", "contributor,admin", ["contributor", "admin"]):
        tokens[f"role {role!r}"] = forge.sign(forge.now(role=role))
    for agency in ("H37.99", "ADMIN", "installation", forge.claims["agency"].lower(), forge.claims["agency"] + " ", ""):
        tokens[f"agency {agency!r}"] = forge.sign(forge.now(agency=agency))
    for client in ("installation", "nobody", forge.claims["sub"].upper(), forge.claims["sub"] + "\u200b", "аdmin"):
        tokens[f"client {client!r}"] = forge.sign(forge.now(sub=client, client_id=client))
    tokens["sub is not client_id"] = forge.sign(forge.now(sub="admin"))
    tokens["client_id is not sub"] = forge.sign(forge.now(client_id="admin"))

    # JSON that two readers read differently.
    text = json.dumps(forge.now())
    for name, value in (("role", '"admin"'), ("exp", "4102444800"), ("sub", '"admin"'), ("aud", '"other"')):
        tokens[f"{name} twice, the last wins"] = forge.by_hand(forge.header, f'{text[:-1]},"{name}":{value}}}')
        tokens[f"{name} twice, the first wins"] = forge.by_hand(forge.header, f'{{"{name}":{value},{text[1:]}')
    escaped = json.dumps(forge.header)[:-1]
    tokens["alg twice"] = forge.by_hand(f'{escaped},"alg":"none"}}', forge.now())
    tokens["alg twice, one escaped"] = forge.by_hand(f'{escaped},"\\u0061lg":"none"}}', forge.now())
    tokens["kid twice"] = forge.by_hand(f'{escaped},"kid":"x"}}', forge.now())
    tokens["claims that are a list"] = forge.sign("[" + text + "]")
    tokens["claims that are a text"] = forge.sign(json.dumps(text))
    tokens["claims with text behind"] = forge.sign(text + "x")
    tokens["claims with a comment"] = forge.sign("/**/" + text)
    tokens["claims that are no UTF-8"] = forge.sign(text.encode() + b"\xff")
    tokens["claims in UTF-16"] = forge.sign(text.encode("utf-16"))
    tokens["claims with a byte order mark"] = forge.sign(b"\xef\xbb\xbf" + text.encode())
    tokens["a header with a byte order mark"] = forge.by_hand("\ufeff" + json.dumps(forge.header), forge.now())
    tokens["a full-width alg"] = forge.by_hand(forge.header | {"alg": "ＥdDSA"}, forge.now())

    # Parts.
    tokens["no signature"] = f"{head}.{body}."
    tokens["two parts"] = f"{head}.{body}"
    tokens["one part"] = head
    tokens["four parts"] = f"{good}.{signature}"
    tokens["five parts"] = f"{good}.."
    tokens["a part too many before"] = f".{good}"
    tokens["no claims"] = forge.by_hand(forge.header, "")
    tokens["no header"] = f".{body}.{signature}"
    tokens["a signature cut short"] = good[:-4]
    tokens["a signature made longer"] = good + "AAAA"
    tokens["a signature of zeros"] = f"{head}.{body}.{encoded(bytes(64))}"
    tokens["a signature of another token"] = f"{head}.{encoded(forge.now(role='admin'))}.{signature}"
    tokens["padding"] = good + "=="
    tokens["the other alphabet"] = f"{head}.{body}.{base64.b64encode(decoded(signature)).decode().rstrip('=')}!"
    tokens["too long"] = forge.sign(forge.now(jti="x" * 8_000))
    tokens["too long by what is ignored"] = forge.sign(forge.now() | {"note": "x" * 4_096})
    tokens["JSON serialisation"] = json.dumps({"protected": head, "payload": body, "signature": signature})

    # The same signature written otherwise: S + L (malleability), and the last character's unused bits.
    r, s = decoded(signature)[:32], int.from_bytes(decoded(signature)[32:], "little")
    tokens["S + L"] = f"{head}.{body}.{encoded(r + (s + ORDER).to_bytes(32, 'little'))}"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters[letters.index(signature[-1]) ^ 1]
    equal(base64.urlsafe_b64decode(signature[:-1] + last + "=="), decoded(signature), "the same bytes to a lax reader")
    tokens["unused bits of the last character"] = good[:-1] + last
    return tokens


def over_http(admin: str, bearer: str) -> int:
    request = urllib.request.Request(admin + ROUTE, headers={"Authorization": f"Bearer {bearer}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status
    except urllib.error.HTTPError as refusal:
        problem = json.load(refusal)
        check(refusal.status != 401 or problem["reason"] == "UNAUTHENTICATED", f"the reason of {problem}")
        return refusal.status


def over_grpc(service: Service, method: str, request: dict, bearer: str) -> str:
    try:
        service.call(method, request, bearer)
    except Refused as refusal:
        check(refusal.code != "UNAUTHENTICATED" or refusal.reason == "UNAUTHENTICATED", f"the reason of {refusal}")
        return refusal.code
    return "OK"


def main(ports_file: str, database: str) -> None:
    with open(ports_file, encoding="utf-8") as file:
        demo = json.load(file)
    client = demo["agency_client"]
    forge = Forge(database, token(demo["admin"], client))
    equal(forge.claims["role"], "contributor", "whom the tokens are of")
    services = [(Service(demo[role], name), method) for role, name, method in CALLS]
    drafts = {"ListDrafts": {}, "GetProgress": {"draft": demo["draft"]}}

    def honest_passes() -> None:
        bearer = forge.sign(forge.now())
        equal(over_http(demo["admin"], bearer), 200, "the honest token over HTTP")
        for service, method in services:
            found = over_grpc(service, method, drafts[method], bearer)
            # A contributor may not ask for the progress: it is known, and that is refused.
            check(found in ("OK", "PERMISSION_DENIED"), f"the honest token to {method} is known, found {found}")

    honest_passes()
    tokens = hostile(forge)
    for name, bearer in tokens.items():
        equal(over_http(demo["admin"], header_safe(bearer)), 401, f"HTTP, {name}")
        for service, method in services:
            equal(over_grpc(service, method, drafts[method], header_safe(bearer)), "UNAUTHENTICATED", f"gRPC {method}, {name}")
    honest_passes()
    check(len(tokens) >= 60, "at least sixty tokens")
    say(f"{len(tokens)} hostile tokens, each refused three times; the honest one passes before and after")


def header_safe(bearer: str) -> str:
    """As a header can carry it."""
    return bearer.encode("ascii", "replace").decode()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(sys.argv[1], sys.argv[2])
    except (Wrong, Refused, grpc.RpcError, OSError) as fault:
        sys.exit(f"  WRONG: {fault}")
