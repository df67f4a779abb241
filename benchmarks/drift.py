"""How soon somebody else's edit of a stack's object is undone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from benchmarks import stacks
from benchmarks.api import JSON_PATCH, Send
from benchmarks.audit import Request
from benchmarks.figure import Figure, percentile
from benchmarks.fleet import Fleet
from benchmarks.live import Live
from benchmarks.testbed import USER
from tradingstack_operator.model.kinds import BY_KIND
from tradingstack_operator.model.objects import Manifest

P99: Final = 1.0
PACE: Final = 0.5
"""Seconds from one edit to the next, whatever the operator does meanwhile."""
SETTLE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Repair:
    """What followed one edit."""

    seconds: float
    """From the edit's answer to the first repairing write's; infinite if none came."""
    writes: int
    """Object writes in the edited stack, whichever object they went to."""


def measure(fleet: Fleet, live: Live, *, count: int) -> Iterator[Figure]:
    """Edit one object after another, each of another stack as long as there are stacks."""
    bed = fleet.bed
    mine, users = bed.tail(bed.operator), bed.tail(USER)
    with live.steps("undo edits", count) as steps:
        for number in range(count):
            kind, manifest, patch = edit(fleet.where, number)
            steps.now(kind)
            bed.api.one(sending(manifest, patch))
            steps.done()
            time.sleep(PACE)
        requests = mine.follow(SETTLE)
    repairs = [repair(item, requests) for item in users.read() if item.writes_child]
    seconds = [item.seconds for item in repairs]
    writes = sum(item.writes for item in repairs)
    statuses = sum(item.writes_status for item in requests)
    yield Figure("edit to repair, p50", percentile(seconds, 50), "s", detail=f"{count} edits")
    yield Figure(
        "edit to repair, p99", percentile(seconds, 99), "s", P99, f"at most {max(seconds):.2f} s"
    )
    yield Figure("object writes per edit", writes / count, "", 1)
    yield Figure("status writes per edit", statuses / count)


def edit(where: list[str], number: int) -> tuple[str, Manifest, list[dict[str, Any]]]:
    """Choose the stack and the kind; no object is edited twice before all were."""
    edits = list(stacks.flips(where[number % len(where)]))
    return edits[(number + number // len(where)) % len(edits)]


def sending(manifest: Manifest, patch: list[dict[str, Any]]) -> Send:
    metadata = manifest["metadata"]
    path = BY_KIND[manifest["kind"]].path(metadata["namespace"], metadata["name"])
    query = f"{path}?fieldManager=somebody"
    # the rules refuse anybody else
    return Send("PATCH", query, orjson.dumps(patch), JSON_PATCH, user=stacks.OPERATOR_USER)


def repair(edited: Request, requests: list[Request]) -> Repair:
    after = [
        item
        for item in requests
        if item.writes_child
        and item.namespace == edited.namespace
        and item.received >= edited.received
    ]
    same = [item for item in after if (item.resource, item.name) == (edited.resource, edited.name)]
    first = min((item.answered for item in same), default=float("inf"))
    return Repair(first - edited.answered, len(after))
