"""How soon a changed spec is carried out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks import stacks
from benchmarks.audit import Request
from benchmarks.figure import Figure, percentile
from benchmarks.fleet import Fleet
from benchmarks.live import Live
from benchmarks.testbed import USER
from tradingstack_operator.model.kinds import TRADING_STACK

P50: Final = 150.0
P99: Final = 500.0
PACE: Final = 0.7
SETTLE: Final = 5.0
MILLI: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What followed one change; milliseconds from the change's answer."""

    objects: int
    last_object: float
    status: float
    """The first status written after the last object."""


def measure(fleet: Fleet, live: Live, *, count: int) -> Iterator[Figure]:
    """Change one stack after another; no stack is changed twice."""
    bed, where = fleet.bed, fleet.where[:count]
    mine, users = bed.tail(bed.operator), bed.tail(USER)
    with live.steps("carry out spec changes", len(where)) as steps:
        for name in where:
            env = [{"name": "LOG_LEVEL", "value": "debug"}]
            bed.api.one(stacks.change(name, {"riskApi": {"env": env}}))
            steps.done()
            time.sleep(PACE)
        requests = mine.follow(SETTLE)
    changes = [item for item in users.read() if item.resource == TRADING_STACK.plural]
    outcomes = [outcome(item, requests) for item in changes]
    objects = [item.last_object for item in outcomes]
    everything = [item.status for item in outcomes]
    yield Figure("change to last write, p50", percentile(everything, 50), "ms", P50)
    yield Figure(
        "change to last write, p99",
        percentile(everything, 99),
        "ms",
        P99,
        f"{len(outcomes)} changes; at most {max(everything):.0f} ms",
    )
    yield Figure(
        "change to last object, p50",
        percentile(objects, 50),
        "ms",
        detail=f"p99 {percentile(objects, 99):.0f} ms",
    )
    written = sum(item.objects for item in outcomes)
    yield Figure("object writes per change", written / len(outcomes), "", 1)


def outcome(changed: Request, requests: list[Request]) -> Outcome:
    after = [
        item
        for item in requests
        if item.namespace == changed.namespace and item.received >= changed.received
    ]
    objects = [item for item in after if item.writes_child]
    last = max((item.answered for item in objects), default=float("inf"))
    statuses = [item.answered for item in after if item.writes_status and item.answered >= last]
    status = min(statuses, default=float("inf"))
    return Outcome(
        len(objects), MILLI * (last - changed.answered), MILLI * (status - changed.answered)
    )
