"""Seals and exports a demo's log, and has it checked by the documented script; a changed one is refused. Then a name is erased,
and the log stays what it is.

python audit.py YKIEN DATA DRAFT: the built binary, the demo's data directory after it has stopped, the draft.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).with_name("check_audit.py")


def ykien(*arguments):
    return subprocess.run([binary, *arguments, "--data", data], check=True, capture_output=True, text=True).stdout


def check(lines, heads):
    with tempfile.TemporaryDirectory() as home:
        log, kept = pathlib.Path(home, "log.jsonl"), pathlib.Path(home, "heads.jsonl")
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        kept.write_text(heads, encoding="utf-8")
        done = subprocess.run([sys.executable, CHECK, log, kept], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr.strip().rpartition("\n")[2]


binary, data, draft = sys.argv[1:]
heads = ykien("audit", "seal")
lines = ykien("audit", "export", "--draft", draft).splitlines()
status, said, problem = check(lines, heads)
assert status == 0, problem
print(f"audit: {said.strip()}")
events = [number for number, line in enumerate(lines) if "event" in json.loads(line)]
assert f"{len(events)} events, sealed up to {len(events)}," in said, "all of the log is sealed"
# Two events side by side: a seal may stand anywhere between.
at = next(number for number in events[3:] if number + 1 in events)


def changed(number, **fields):
    line = json.loads(lines[number])
    line["event"].update(fields)
    return lines[:number] + [json.dumps(line)] + lines[number + 1 :]


hostile = {
    "changed": changed(at, at=1),
    "taken away": lines[:at] + lines[at + 1 :],
    "put in": lines[: at + 1] + lines[at:],
    "swapped": lines[:at] + [lines[at + 1], lines[at]] + lines[at + 2 :],
    "cut": lines[:-2] + lines[-1:],
    "cut with its seal": lines[:-2],
}
for what, log in hostile.items():
    status, said, problem = check(log, heads)
    assert status != 0, f"{what}: {said}"
    print(f"audit: {what}: {problem}")


def persons():
    """Who is named in the draft: the lines of `ykien persons list`, by name."""
    named = {}
    for line in ykien("persons", "list", "--draft", draft).splitlines():
        named.setdefault(line.split("\t")[1], []).append(line)
    return named


def erase(name):
    command = [binary, "persons", "erase", "--draft", draft, "--name", name, "--data", data]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


before = persons()
number = sum(map(len, before.values()))
name = max(before, key=lambda name: len(before[name]))
for not_it in ("", " ", name.split()[-1], name[:-1]):
    status, said = erase(not_it)
    assert status != 0 and persons() == before, f"erasing {not_it!r}: {said}"
status, said = erase(name)
theirs = len(before.pop(name))
assert status == 0 and f"{theirs} names erased" in said, said
after = persons()
assert name not in after and all(after[other] == before[other] for other in before), "the others' names stay"
print(f"persons: {theirs} of {number} names erased, those of one person")
status, said, problem = check(ykien("audit", "export", "--draft", draft).splitlines(), heads + ykien("audit", "seal"))
assert status == 0, problem
found = subprocess.run([binary, "verify", "--data", data], capture_output=True, text=True)
assert found.returncode == 0, found.stdout
print(f"audit: after it {said.strip()}")
