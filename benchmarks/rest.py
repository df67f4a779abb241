"""What an operator holds and burns while nothing happens."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks.audit import counted
from benchmarks.figure import Figure
from benchmarks.fleet import Fleet
from benchmarks.live import Live

MEMORY: Final = 120.0
CPU: Final = 1.0


def measure(fleet: Fleet, live: Live, *, seconds: int) -> Iterator[Figure]:
    """Leave the operator alone for a while, by the kernel's account of its process."""
    count, operator = len(fleet.where), fleet.operator
    with live.steps(f"at rest for {seconds} s", seconds) as steps:
        tail, before = fleet.bed.tail(fleet.bed.operator), operator.cpu_seconds()
        started = time.monotonic()
        for _ in range(seconds):
            time.sleep(1)
            steps.done()
        used = (operator.cpu_seconds() - before) / (time.monotonic() - started)
        writes = sum(counted(item) for item in tail.read())
    yield Figure(
        f"resident memory, {count} stacks at rest",
        operator.resident_mib(),
        "MiB",
        MEMORY,
        f"after making them; {operator.resident_mib('VmHWM'):.0f} MiB at most",
    )
    yield Figure(f"CPU, {count} stacks at rest", 100 * used, "% of a core", CPU)
    yield Figure(f"writes in {seconds} s at rest", writes, "", 0)
