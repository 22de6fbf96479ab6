"""Checks deploy/compose.yaml as Docker Compose itself reads it: python deployment.py COMPOSE… -- YKIEN

COMPOSE is the command (`docker compose`, or a docker-compose program: no engine is needed), YKIEN the built binary, which
is asked whether it knows the commands and the variables that the file gives it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
REPLICAS = {"postgres": 1, "migrate": 1, "comments": 2, "aggregation": 2, "admin": 1, "front": 1}
ONE_SHOT = {"migrate"}


def main(compose: list[str], binary: str) -> int:
    faults = []

    def expect(holds: bool, what: str) -> None:
        if not holds:
            faults.append(what)

    files = ["--file", str(DEPLOY / "compose.yaml"), "--env-file", str(DEPLOY / ".env.example")]
    config = json.loads(run([*compose, *files, "config", "--format", "json"]))
    services = config["services"]
    expect(set(services) == set(REPLICAS), f"the services are {sorted(services)}, not {sorted(REPLICAS)}")
    known = set(re.findall(r"\[env: (YKIEN_\w+)", run([binary, "serve", "--help"])))
    expect(len(known) > 5, f"`{binary} serve --help` names its variables: {sorted(known)}")

    for name, service in services.items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        expect({"cpus", "memory", "pids"} <= set(limits), f"{name}: limits of cpus, memory and pids, not {limits}")
        expect(service.get("deploy", {}).get("replicas", 1) == REPLICAS.get(name), f"{name}: {REPLICAS.get(name)} replicas")
        expect(service.get("read_only") is True, f"{name}: a read-only root")
        expect(service.get("cap_drop") == ["ALL"], f"{name}: no capability")
        expect("no-new-privileges:true" in service.get("security_opt", []), f"{name}: no new privileges")
        expect(service.get("restart") == ("no" if name in ONE_SHOT else "unless-stopped"), f"{name}: its restart policy")
        health = service.get("healthcheck", {})
        expect(bool(health.get("disable" if name in ONE_SHOT else "test")), f"{name}: a health check")
        expect(name == "front" or not service.get("ports"), f"{name}: published, which only the front is")
        for key, value in service.get("environment", {}).items():
            secret = "PASSWORD" in key or "SECRET" in key
            expect(not secret or value.startswith("/run/secrets/"), f"{name}: {key} is not a file")

        if not service["image"].startswith("ykien:"):
            continue
        expect(service.get("user") == "65532:65532", f"{name}: not root")
        unknown = set(service["environment"]) - known
        expect(not unknown, f"{name}: variables that ykien does not know: {sorted(unknown)}")
        depends = service["depends_on"]
        expect(depends["postgres"]["condition"] == "service_healthy", f"{name}: waits for PostgreSQL")
        if name not in ONE_SHOT:
            expect(depends["migrate"]["condition"] == "service_completed_successfully", f"{name}: waits for migrate")
            asked = health["test"]
            expect(asked[:2] == ["CMD", "/usr/local/bin/ykien"] and asked[-1] == name, f"{name}: asks itself: {asked}")
            accepted(expect, name, binary, asked[2:])
        accepted(expect, name, binary, service["command"])

    for fault in faults:
        print(f"deploy/compose.yaml: {fault}", file=sys.stderr)
    print(f"deploy/compose.yaml: {len(services)} services, {len(faults)} faults")
    return 1 if faults else 0


def accepted(expect, name: str, binary: str, arguments: list[str]) -> None:
    """With --help the binary checks the flags before it, and does nothing."""
    result = subprocess.run([binary, *arguments, "--help"], capture_output=True, text=True, timeout=30)
    expect(result.returncode == 0, f"{name}: ykien refuses {arguments}: {result.stderr.strip()}")


def run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    if "--" not in sys.argv[2:-1]:
        sys.exit(__doc__)
    split = sys.argv.index("--")
    sys.exit(main(sys.argv[1:split], sys.argv[split + 1]))
