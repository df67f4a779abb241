"""How many requests a new stack costs."""

from collections.abc import Iterator
from typing import Final

from benchmarks import stacks
from benchmarks.audit import CHILDREN, Request
from benchmarks.figure import Figure
from benchmarks.fleet import Fleet
from benchmarks.live import Live

WRITES: Final = 1.05
STATUSES: Final = 3


def measure(fleet: Fleet, live: Live) -> Iterator[Figure]:
    """Count what the fleet's creation took, by the audit log."""
    with live.steps("requests of a new stack", 1) as steps:
        yield from figures(fleet.requests, len(fleet.where))
        steps.done()


def figures(requests: list[Request], count: int) -> Iterator[Figure]:
    objects = count * len(stacks.desired("any"))
    children = [item for item in requests if item.writes_child]
    holds = [item for item in requests if item.holds_stack]
    statuses = [item for item in requests if item.writes_status]
    events = [item for item in requests if item.is_event and item.writes]
    reads = [item for item in requests if item.verb == "get" and item.resource in CHILDREN]
    refused = [item for item in requests if item.code >= 400 and not item.is_lease]
    yield Figure(
        "writes per object, finalizer included",
        (len(children) + len(holds)) / objects,
        "",
        WRITES,
        f"{objects} objects of {count} stacks: {len(children)} writes, {len(holds)} finalizers",
    )
    yield Figure("status writes per stack", len(statuses) / count, "", STATUSES)
    yield Figure("GETs of stack objects", len(reads), "", 0)
    yield Figure("requests refused", len(refused), "", 0)
    yield Figure("Events per stack", len(events) / count)
