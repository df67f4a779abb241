"""What the operator counts and times, for Prometheus."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.telemetry.stacks import StackCollector

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
PLURAL: Final = re.compile(
    r"^(?:/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/[^/]+)?/(?P<plural>[a-z]+)(?:/|$)"
)


class Metrics:
    """All metrics of one process; their labels take no value that a user can invent."""

    def __init__(
        self,
        queue_depth: Callable[[], int],
        leads: Callable[[], bool],
        stacks: Callable[[], Iterable[Observed]] = tuple,
    ) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(StackCollector(stacks))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.looks = Counter(
            "tradingstack_looks",
            "Looks at a stack, by outcome: changed, unchanged or failed.",
            ("outcome",),
            registry=self.registry,
        )
        self.look_seconds = Histogram(
            "tradingstack_look_seconds",
            "Seconds a look at a stack took, writes included.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.changes = Counter(
            "tradingstack_changes",
            "Writes of stack objects, by kind, action and outcome: done or refused.",
            ("kind", "action", "outcome"),
            registry=self.registry,
        )
        self.requests = Counter(
            "tradingstack_api_requests",
            "Requests to the API server, by verb, resource and status code; 0 for no answer.",
            ("verb", "resource", "code"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "tradingstack_api_request_seconds",
            "Seconds until the API server had answered, by verb.",
            ("verb",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stream_failures = Counter(
            "tradingstack_stream_failures",
            "Lists and watches that failed, by kind.",
            ("kind",),
            registry=self.registry,
        )
        self.shell_restarts = Counter(
            "tradingstack_shell_restarts",
            "Starts of the kopf shell after it had ended by itself.",
            registry=self.registry,
        )
        self.guards_broken = Gauge(
            "tradingstack_guards_broken",
            "Whether a CRD, admission policy or binding is missing, changed or unreadable.",
            ("kind", "name"),
            registry=self.registry,
        )
        leader = Gauge(
            "tradingstack_leader", "Whether this replica may write.", registry=self.registry
        )
        leader.set_function(leads)
        depth = Gauge(
            "tradingstack_queue_depth",
            "Stacks waiting for their next look, the resync included.",
            registry=self.registry,
        )
        depth.set_function(queue_depth)

    def request_answered(self, verb: str, path: str, status: int, seconds: float) -> None:
        found = PLURAL.match(path)
        resource = found["plural"] if found else "discovery"
        self.requests.labels(verb, resource, status).inc()
        self.request_seconds.labels(verb).observe(seconds)

    def look_finished(self, changes: tuple[Change, ...], seconds: float) -> None:
        self.looks.labels("changed" if changes else "unchanged").inc()
        self.look_seconds.observe(seconds)
        for change in changes:
            outcome = "refused" if change.refusal else "done"
            self.changes.labels(change.ref.kind, change.action, outcome).inc()

    def guards_judged(self, problems: Mapping[ObjectRef, str]) -> None:
        """Show every guard, with 1 for the broken ones; their names are those of the chart."""
        for ref, problem in problems.items():
            self.guards_broken.labels(*ref).set(bool(problem))
