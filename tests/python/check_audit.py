"""Checks an exported change log: python check_audit.py LOG [HEADS]. Needs `cryptography` and nothing of ykien."""
import hashlib, json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FIELDS = "draft revision at operation kind agency client role request_id address structural moves change".split()

def canonical(event):
    texts = [v if v is None or isinstance(v, str) else json.dumps(v) for v in (event[f] for f in FIELDS)]
    return b"".join(b"-" if t is None else b"%d:%s," % (len(t.encode()), t.encode()) for t in texts)

lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
log, keys = lines[0]["log"], {kid: load_pem_public_key(pem.encode()) for kid, pem in lines[0]["keys"].items()}
heads = [json.loads(line) for line in open(sys.argv[2])] if len(sys.argv) > 2 else []
hashes, sealed = [bytes(32)], 0
for line in lines[1:]:
    if event := line.get("event"):
        assert (event["draft"], event["revision"]) == (log, len(hashes)), f"event {event['revision']} does not follow"
        hashes.append(hashlib.sha256(hashes[-1] + canonical(event)).digest())
for seal in [line["seal"] for line in lines if "seal" in line] + [h for h in heads if h["draft"] == log]:
    message = "ykien seal 1\n" + "".join(f"{seal[f]}\n" for f in "draft previous revision hash sealed_at".split())
    keys[seal["kid"]].verify(bytes.fromhex(seal["signature"]), message.encode())  # raises InvalidSignature
    assert seal["draft"] == log and seal["revision"] < len(hashes), f"the log ends before the seal at {seal['revision']}"
    assert seal["hash"] == hashes[seal["revision"]].hex(), f"not the events that were sealed at {seal['revision']}"
    sealed = max(sealed, seal["revision"])
print(f"{len(hashes) - 1} events, sealed up to {sealed}, head {hashes[-1].hex()}")
