"""Run the demo: `make demo`, or `DEMO_CONTEXT=<context> make demo` on another cluster."""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import yaml

from tools.demo.operator_process import IMAGES, NAME, NAMESPACE, USER, Running, lines_of, running
from tools.demo.screen import Screen
from tools.demo.target import DemoError, Target, target
from tools.devcluster import audit
from tools.devcluster.errors import DevClusterError
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/production.yaml"
READY_SECONDS = 180
QUIET_SECONDS = 5
ALL_KINDS = (
    "statefulsets,deployments,services,configmaps,networkpolicies,serviceaccounts,"
    "externalsecrets,poddisruptionbudgets,horizontalpodautoscalers,pods,persistentvolumeclaims,"
    "jobs,cronjobs"
)
FORBIDDEN = (
    {"simulation": {"enabled": True}},
    {"safety": {"killSwitch": {"enabled": False}}},
    {"riskApi": {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}},
    {"orderRouting": {"partners": ["anybody"]}},
)
"""What a production stack may not ask for."""
OF_EVERY_NAMESPACE = {"configmaps/kube-root-ca.crt", "serviceaccounts/default"}

T = TypeVar("T")


class Demo:
    """One run on one cluster."""

    def __init__(self, on: Target, screen: Screen, sample: Path) -> None:
        self.on = on
        self.screen = screen
        self.sample = sample
        stack = next(
            item
            for item in yaml.safe_load_all(sample.read_text())
            if item["kind"] == "TradingStack"
        )
        self.name: str = stack["metadata"]["name"]
        self.namespace: str = stack["metadata"]["namespace"]
        self.kept = stack["spec"].get("deletionPolicy", "Retain") == "Retain"

    def run(self) -> None:
        self.screen.step("Install the charts with helm")
        self.install()
        with TemporaryDirectory() as directory:
            self.screen.step("Start the operator as the chart's ServiceAccount")
            log = Path(directory) / "operator.log"
            with running(self.on, IMAGES, log) as operator:
                self.screen.say(f"process {operator.process.pid} is {USER}, ready and leading")
                self.screen.step(f"Apply {self.sample.name} and wait for Ready")
                self.bring_up()
                self.screen.step("What must never run is refused by the API server")
                self.prove_refusals()
                self.screen.step("Edit a child by hand: it is repaired")
                self.prove_repair()
                self.screen.step("Apply the same file again: nothing is written")
                self.prove_silence(operator)
                self.screen.step("Delete the stack: nothing is left but what it keeps")
                self.prove_removal()

    def install(self) -> None:
        crds = self.on.helm(
            "upgrade", "--install", "tradingstack-crds", str(ROOT / "charts/tradingstack-crds")
        )
        self.screen.say(first_line_with("STATUS", crds.stdout) + "  tradingstack-crds")
        self.on.kubectl("create", "namespace", NAMESPACE, check=False)
        self.on.kubectl(
            "label",
            "namespace",
            NAMESPACE,
            "--overwrite",
            "pod-security.kubernetes.io/enforce=restricted",
        )
        # No replica in the cluster: the process of the next step is the operator.
        chart = self.on.helm(
            "upgrade",
            "--install",
            NAME,
            str(ROOT / f"charts/{NAME}"),
            "--namespace",
            NAMESPACE,
            "--set",
            "replicas=0",
        )
        self.screen.say(first_line_with("STATUS", chart.stdout) + f"  {NAME}")

    def bring_up(self) -> None:
        started = time.monotonic()
        self.on.kubectl("apply", "--server-side", "-f", str(self.sample))
        with self.screen.live() as table:

            def ready() -> bool:
                status = self.stack().get("status", {})
                table.show(status, time.monotonic() - started)
                return condition(status, "Ready").get("status") == "True"

            until(ready, READY_SECONDS, "the stack did not become Ready", pause=0.3)
        listed = self.on.kubectl("get", "tradingstack", "-n", self.namespace, self.name)
        self.screen.say(listed.stdout.replace("\n", "\n    ").rstrip())
        self.screen.proof(f"Ready=True, {time.monotonic() - started:.1f} s after kubectl apply")

    def prove_refusals(self) -> None:
        """Try what no stack may do; nothing of it is stored."""
        stack = ("patch", "tradingstack", self.name, "-n", self.namespace, "--type=merge")
        attempts = {
            f"stack: {json.dumps(spec)}": (*stack, "--patch", json.dumps({"spec": spec}))
            for spec in FORBIDDEN
        }
        root = ("create", "deployment", "root", "-n", self.namespace, "--image=registry.example/a")
        for what, arguments in (attempts | {"deployment without any hardening": root}).items():
            answer = self.on.kubectl(*arguments, "--dry-run=server", check=False)
            reason = reason_of(answer.stderr)
            if not reason:
                raise DemoError(f"the API server accepted a {what}")
            self.screen.say(f"{what}\n        {reason}")
        self.screen.proof(f"{len(attempts) + 1} attempts, all refused before anything changed")

    def prove_repair(self) -> None:
        wanted = self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
        evil = f"registry.example/evil@sha256:{'0' * 64}"
        name = f"{self.name}-risk-api"
        container = {"name": "risk-api", "image": evil}
        edit = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }
        apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=somebody", "-f-")
        refused = self.on.kubectl(*apply, input=json.dumps(edit), check=False)
        if not refused.returncode:
            raise DemoError("anybody may edit what the operator manages")
        self.screen.say(f"deployment/{name}: {reason_of(refused.stderr)}")
        self.on.kubectl(*apply, f"--as={USER}", input=json.dumps(edit))
        started = time.monotonic()
        self.screen.say(f"the same, disguised as the operator: image is {evil[:32]}...")

        def repaired() -> bool:
            return bool(
                self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"] == wanted
            )

        until(repaired, 30, "the edit was not repaired", pause=0.1)
        self.screen.proof(
            f"image is {wanted[:44]}... again, after {time.monotonic() - started:.1f} s"
        )

    def prove_silence(self, operator: Running) -> None:
        self.wait_for_rest()
        before = self.stack()["metadata"]["resourceVersion"]
        mark = audit.size(self.on.audit_log) if self.on.audit_log else len(lines_of(operator.log))
        self.on.kubectl("apply", "--server-side", "-f", str(self.sample))
        time.sleep(QUIET_SECONDS)
        if self.on.audit_log:
            count = len(audit.writes(self.on.audit_log, USER, mark))
            source = "the API server's audit log"
        else:
            later = lines_of(operator.log)[mark:]
            count = sum(1 for line in later if line.get("changes") or line.get("reported"))
            source = "the operator's log (this cluster's audit log is not readable from here)"
        if count or self.stack()["metadata"]["resourceVersion"] != before:
            raise DemoError(f"the second apply caused {count} writes")
        self.screen.proof(f"0 writes by the operator in {QUIET_SECONDS} s, says {source}")

    def prove_removal(self) -> None:
        before = self.objects()
        stack = ("tradingstack", self.name, "-n", self.namespace)
        confirmed = f"{ANNOTATION_CONFIRM_DELETE}={self.name}"
        refused = self.on.kubectl("delete", *stack, "--dry-run=server", check=False)
        if refused.returncode:
            self.screen.say(reason_of(refused.stderr))
            self.on.kubectl("annotate", *stack, confirmed)
        self.on.kubectl("delete", *stack, "--timeout=120s")
        kept = {item for item in before if item.startswith("persistentvolumeclaims/")}
        expected = kept if self.kept else set()
        until(lambda: self.objects() == expected, 60, "objects were left behind", pause=0.3)
        policy = "Retain" if self.kept else "Delete"
        rest = ", ".join(sorted(expected)) or "nothing"
        self.screen.proof(f"{len(before)} objects before; deletionPolicy {policy} keeps: {rest}")

    def wait_for_rest(self) -> None:
        """Wait until autoscalers have done their first step and the status stays what it is."""
        seen: list[str] = []

        def resting() -> bool:
            stack = self.stack()
            seen.append(stack["metadata"]["resourceVersion"])
            ready = condition(stack["status"], "Ready")["status"] == "True"
            return ready and self.scaled() and len(seen) > 6 and len(set(seen[-6:])) == 1

        until(resting, READY_SECONDS, "the stack did not come to rest", pause=0.5)

    def scaled(self) -> bool:
        """Tell whether every autoscaler has brought its workload to the least it allows."""
        listed = self.on.kubectl("get", "hpa", "-n", self.namespace, "-o", "json")
        return all(
            item.get("status", {}).get("currentReplicas", 0) >= item["spec"]["minReplicas"]
            for item in json.loads(listed.stdout)["items"]
        )

    def stack(self) -> dict[str, Any]:
        return self.get("tradingstack", self.name)

    def deployment(self) -> dict[str, Any]:
        return self.get("deployment", f"{self.name}-risk-api")

    def get(self, kind: str, name: str) -> dict[str, Any]:
        answer = self.on.kubectl("get", kind, name, "-n", self.namespace, "-o", "json")
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def objects(self) -> set[str]:
        listed = self.on.kubectl("get", ALL_KINDS, "-n", self.namespace, "-o", "json")
        return {
            f"{item['kind'].lower()}s/{item['metadata']['name']}"
            for item in json.loads(listed.stdout)["items"]
        } - OF_EVERY_NAMESPACE


def condition(status: dict[str, Any], kind: str) -> dict[str, str]:
    found: list[dict[str, str]] = status.get("conditions", [])
    return next((item for item in found if item["type"] == kind), {})


def until(done: Callable[[], bool], seconds: float, failure: str, *, pause: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise DemoError(f"{failure} within {seconds:.0f} s")
        time.sleep(pause)


def reason_of(refusal: str) -> str:
    """Find the rule in what kubectl prints; empty when none refused."""
    found = re.search(r"INV-.*", refusal)
    return found[0] if found else ""


def first_line_with(word: str, text: str) -> str:
    return next((line for line in text.splitlines() if word in line), "")


def main() -> int:
    screen = Screen()
    sample = Path(os.environ.get("DEMO_STACK", SAMPLE))
    screen.step("A Kubernetes control plane")
    try:
        with target(screen.say) as on:
            Demo(on, screen, sample).run()
    except (DemoError, DevClusterError) as error:
        screen.console.print(f"\n[bold red]The demo failed:[/] {error}", markup=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
