"""What looking again at stacks that are as they should be costs, and that it writes nothing."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks import operator_process
from benchmarks.audit import Request, counted
from benchmarks.figure import Figure, spread
from benchmarks.live import Live
from benchmarks.testbed import Testbed

RESYNC_SECONDS: Final = 10
"""The shortest the settings allow."""
LONGEST_RESYNC: Final = 1.2 * RESYNC_SECONDS
QUIET: Final = 3.0


def measure(bed: Testbed, live: Live, *, stacks: int, rounds: int) -> Iterator[Figure]:
    """Start an operator on stacks that are in sync, several times, then let it resync."""
    seconds, cpu, memory = [], [], []
    written: list[Request] = []
    with live.steps("restart and resync", rounds + 1) as steps:
        for _ in range(rounds):
            steps.now("restart")
            tail = bed.tail(bed.operator)
            with operator_process.running(bed) as operator:
                seconds.append(operator.wait_for_looks(stacks))
                cpu.append(operator.cpu_seconds())
                written += filter(counted, tail.follow(QUIET))
                memory.append(operator.resident_mib())
            steps.done()
        steps.now("resync")
        tail = bed.tail(bed.operator)
        with operator_process.running(bed, resync_seconds=str(RESYNC_SECONDS)) as operator:
            operator.wait_for_looks(stacks)
            # the start wakes stacks more than once: only what follows is a look again
            time.sleep(QUIET)
            before, used = operator.looks(), operator.cpu_seconds()
            requests = tail.follow(2 * LONGEST_RESYNC)
            looks, used = operator.looks() - before, operator.cpu_seconds() - used
        steps.done()
    resync_writes = sum(counted(item) for item in requests)
    yield Figure(f"writes of {rounds} restarts", len(written), "", 0, f"{stacks} stacks in sync")
    yield Figure(f"writes of {looks:.0f} looks again", resync_writes, "", 0)
    yield Figure(
        "start to everything looked at",
        median(seconds),
        "s",
        detail=f"each: {spread(seconds)}; CPU {spread(cpu)} s",
    )
    yield Figure("CPU of a look again", 1000 * used / looks, "ms")
    yield Figure("resident memory after a restart", median(memory), "MiB", 120.0)
