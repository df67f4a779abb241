"""Many stacks at rest under one operator: what most questions are asked about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks import operator_process, stacks
from benchmarks.audit import Request
from benchmarks.live import Live
from benchmarks.operator_process import Operator
from benchmarks.testbed import Testbed

PATIENCE: Final = 900.0
QUIET: Final = 5.0
"""Seconds without a write after which a fleet is at rest."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The stacks, the operator that made them, and all requests that took."""

    bed: Testbed
    operator: Operator
    where: list[str]
    requests: list[Request]

    def remove(self, live: Live) -> None:
        """Remove everything; nothing must be left to do for the operator, which has to be gone."""
        with live.steps("remove the fleet", 1) as steps:
            stacks.remove(self.bed.api, self.where)
            steps.done()


@contextmanager
def fleet(bed: Testbed, live: Live, count: int) -> Iterator[Fleet]:
    """Create the stacks all at once and give them once they are ready and nothing is written."""
    where = stacks.namespaces("fleet", count)
    with live.steps(f"fleet of {count} stacks", 2) as steps:
        steps.now("namespaces")
        stacks.create_namespaces(bed.api, where)
        steps.done()
        with operator_process.running(bed) as operator:
            steps.now("objects")
            tail = bed.tail(bed.operator)
            stacks.create_stacks(bed.api, where)

            def all_ready(requests: list[Request]) -> bool:
                return {item.namespace for item in requests if item.ready} >= set(where)

            tail.wait(all_ready, PATIENCE, QUIET)
            steps.done()
            yield Fleet(bed, operator, where, list(tail.requests))
