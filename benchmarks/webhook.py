"""How long a review takes in the webhook while the reconciler next to it is busy."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import operator_process, stacks
from benchmarks.audit import Request
from benchmarks.figure import Figure, percentile
from benchmarks.live import Live, Steps
from benchmarks.operator_process import stop, wait_until
from benchmarks.testbed import NAMESPACE, Testbed
from benchmarks.webhook_certificate import write_certificate
from tradingstack_operator.api import names
from tradingstack_operator.webhook.requirements import READ, VERBS

HOW: Final = (
    "The webhook answers reviews of stacks, every other one a change, that arrive evenly over 8 "
    "connections, each due at its moment even if those before it are not answered. First nothing "
    "else happens; then 50 stacks are created, as often as it says, and reviews that were due "
    "while the operator wrote count. API server, etcd, operator, webhook and the sender of the "
    "reviews share the cores; how long the webhook waits for one is the kernel's account "
    "(`/proc`). *In the server* is the webhook's own histogram "
    "`tradingstack_webhook_review_seconds`, interpolated as Prometheus does; *at the sender* is "
    "from the due moment to the answer, with the sender's own delays."
)
ACCOUNT: Final = "tradingstack-operator-webhook"
RATE: Final = 200.0
P99: Final = 5.0
"""Milliseconds in the server."""
CALM: Final = 5.0
"""Seconds of reviews before anything else happens."""
PATIENCE: Final = 600.0
PROGRAM: Final = operator_process.PROGRAM.replace('"run"', '"webhook"')
MS: Final = 1000

Buckets = dict[float, float]
"""How many reviews took at most so many seconds."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some time under load, as both sides saw it."""

    begin: float
    end: float
    buckets: Buckets
    cpu: float
    waited: float
    """Seconds that the webhook was ready to run while all cores were taken."""


def measure(bed: Testbed, live: Live, *, rounds: int, count: int) -> Iterator[Figure]:
    """Review at a steady rate, at first alone and then while stacks are created."""
    install(bed)
    homes = [stacks.namespaces(f"reviewed-{number}", count) for number in range(rounds)]
    with (
        live.steps("webhook", rounds + 1) as steps,
        tempfile.TemporaryDirectory() as name,
        running(bed, Path(name)) as webhook,
        operator_process.running(bed),
    ):
        for where in homes:
            stacks.create_namespaces(bed.api, where)
        with load(webhook, [home for where in homes for home in where]) as sender:
            steps.now("at rest")
            calm = webhook.span(lambda: time.sleep(CALM))
            steps.done()
            busy = [webhook.span(lambda where=where: create(bed, steps, where)) for where in homes]
        answers = sender.answers
    for where in homes:
        stacks.remove(bed.api, where)
    yield from figures(calm, busy, answers, count)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A running webhook that is ready."""

    process: subprocess.Popen[bytes]
    directory: Path
    port: int
    review_port: int

    def buckets(self) -> Buckets:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return {
            float(sample.labels["le"]): sample.value
            for family in families
            for sample in family.samples
            if sample.name == "tradingstack_webhook_review_seconds_bucket"
        }

    def span(self, act: Any) -> Span:
        """Do something, and tell what became of the reviews meanwhile."""
        before, cpu, waited = self.buckets(), self.cpu_seconds(), self.waited_seconds()
        begin = time.monotonic()
        act()
        end, after = time.monotonic(), self.buckets()
        counted = {bound: after[bound] - before[bound] for bound in after}
        return Span(begin, end, counted, self.cpu_seconds() - cpu, self.waited_seconds() - waited)

    def cpu_seconds(self) -> float:
        return operator_process.Operator(self.process, self.port, 0).cpu_seconds()

    def waited_seconds(self) -> float:
        _, nanoseconds, _ = Path(f"/proc/{self.process.pid}/schedstat").read_text().split()
        return int(nanoseconds) / 1e9


def create(bed: Testbed, steps: Steps, where: list[str]) -> None:
    """Create stacks, and wait until the operator has made all of them ready."""
    steps.now(f"{len(where)} stacks")
    tail = bed.tail(bed.operator)
    stacks.create_stacks(bed.api, where)

    def all_ready(requests: list[Request]) -> bool:
        return {item.namespace for item in requests if item.ready} >= set(where)

    tail.wait(all_ready, PATIENCE, 0)
    steps.done()


def install(bed: Testbed) -> None:
    """Give the webhook an account that may do what its chart grants."""
    metadata = {"name": ACCOUNT, "namespace": NAMESPACE}
    rules = [
        {"apiGroups": [kind.group], "resources": [kind.plural], "verbs": list(VERBS)}
        for kind in READ
    ]
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": ACCOUNT},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", **metadata}],
    }
    role = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": ACCOUNT},
        "rules": rules,
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    manifests = {"apiVersion": "v1", "kind": "List", "items": [account, role, binding]}
    bed.cluster.kubectl("apply", "--server-side", "--filename", "-", input=json.dumps(manifests))
    bed.cluster.service_account_directory(NAMESPACE, ACCOUNT)


@contextmanager
def running(bed: Testbed, directory: Path) -> Iterator[Webhook]:
    """Run a webhook until the context ends; given once it is ready."""
    write_certificate(directory)
    log = directory / "log"
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("TRADINGSTACK_")
    }
    told = inherited | {
        "TRADINGSTACK_API_SERVER": bed.cluster.server,
        "TRADINGSTACK_CREDENTIALS_DIRECTORY": str(bed.directory_of(ACCOUNT)),
        "TRADINGSTACK_CERTIFICATE_DIRECTORY": str(directory),
        "TRADINGSTACK_WEBHOOK_PORT": "0",
        "TRADINGSTACK_HTTP_PORT": "0",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=told,
            stderr=output,
            stdout=output,
            # a scheduling group of its own, as a pod has: Linux makes one for each session
            start_new_session=True,
        )
    try:
        wait_until(lambda: b'"message":"judging"' in log.read_bytes(), process)
        lines = [orjson.loads(line) for line in log.read_bytes().splitlines()]
        (line,) = [line for line in lines if line["message"] == "started"]
        yield Webhook(process, directory, line["port"], line["webhook_port"])
    except Exception as error:
        error.add_note(log.read_text()[-3000:])
        raise
    finally:
        stop(process)


@dataclass(slots=True)
class Sender:
    """The process that sends reviews, and in the end what it has seen."""

    process: subprocess.Popen[bytes]
    answers: list[tuple[float, float]]
    """When each was due, and the seconds to its answer; -1 without a verdict that allows it."""


@contextmanager
def load(webhook: Webhook, where: list[str]) -> Iterator[Sender]:
    bodies = webhook.directory / "reviews"
    bodies.write_bytes(b"\n".join(orjson.dumps(body) for home in where for body in reviews(home)))
    url = f"https://localhost:{webhook.review_port}/review"
    authority = str(webhook.directory / "tls.crt")
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.webhook_load", url, authority, str(bodies), str(RATE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    sender = Sender(process, [])
    try:
        yield sender
        output, _ = process.communicate()
        sender.answers += [(due, seconds) for due, seconds in json.loads(output)]
    finally:
        process.kill()


def reviews(where: str) -> Iterator[dict[str, Any]]:
    """Write the reviews of a stack's creation and of a change of it."""
    manifest = stacks.stack(where)
    changed = stacks.stack(where)
    changed["spec"]["riskApi"]["replicas"] = 3
    yield _review("CREATE", manifest, None)
    yield _review("UPDATE", changed, manifest)


def _review(operation: str, new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    resource = {"group": names.GROUP, "version": names.VERSION, "resource": "tradingstacks"}
    request = {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "operation": operation,
        "resource": resource,
        "name": new["metadata"]["name"],
        "namespace": new["metadata"]["namespace"],
        "userInfo": {"username": "benchmark"},
        "object": new,
        "oldObject": old,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def figures(
    calm: Span, busy: list[Span], answers: list[tuple[float, float]], count: int
) -> Iterator[Figure]:
    all_busy = {bound: sum(span.buckets[bound] for span in busy) for bound in calm.buckets}
    what = f"{count} stacks being created"
    for name, buckets, spans, target in (
        ("nothing else", calm.buckets, [calm], None),
        (what, all_busy, busy, P99),
    ):
        seen = [
            seconds * MS
            for due, seconds in answers
            if seconds >= 0 and any(span.begin <= due <= span.end for span in spans)
        ]
        took = sum(span.end - span.begin for span in spans)
        cpu = sum(span.cpu for span in spans) / took
        waited = sum(span.waited for span in spans) / took
        detail = (
            f"{len(seen) / took:.0f} reviews a second for {took:.0f} s; p50 "
            f"{quantile(buckets, 0.5) * MS:.2g} ms; the webhook uses {cpu:.0%} of a core "
            f"and waits for one in {waited:.0%} of the time"
        )
        yield Figure(
            f"p99 in the server, {name}", quantile(buckets, 0.99) * MS, "ms", target, detail
        )
        detail = f"p50 {percentile(seen, 50):.2g} ms, longest {max(seen):.3g} ms"
        yield Figure(f"p99 at the sender, {name}", percentile(seen, 99), "ms", detail=detail)
    failed = sum(seconds < 0 for _, seconds in answers)
    yield Figure("reviews without a verdict, or refused", failed, "", 0, f"of {len(answers)}")


def quantile(buckets: Buckets, share: float) -> float:
    """Interpolate within the bucket, as Prometheus does; the bound below an endless one."""
    wanted = share * max(buckets.values())
    lower, below = 0.0, 0.0
    for bound, amount in sorted(buckets.items()):
        if amount >= wanted:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - below) / (amount - below)
        lower, below = bound, amount
    return lower
