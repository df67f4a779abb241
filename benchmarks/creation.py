"""How fast many stacks are made, against a bare client and against kubectl."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import operator_process, stacks
from benchmarks.audit import Request
from benchmarks.figure import Figure, spread
from benchmarks.live import Live, Steps
from benchmarks.testbed import KUBECTL, RAW, USER, Testbed
from tradingstack_operator.model.kinds import TRADING_STACK

TO_RAW: Final = 1.25
TO_KUBECTL: Final = 0.8
CPU_TO_KUBECTL: Final = 0.3
PATIENCE: Final = 600.0
QUIET: Final = 2.5
"""Seconds without a write after which nothing more is to come."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contender, once."""

    seconds: float
    cpu: float


Contender = Callable[[Testbed, list[str]], Attempt]


def measure(bed: Testbed, live: Live, *, rounds: int, count: int) -> Iterator[Figure]:
    """Let every contender make the same stacks, in turns."""
    contenders: dict[str, Contender] = {"operator": operator, "raw": raw, "kubectl": kubectl}
    attempts: dict[str, list[Attempt]] = {name: [] for name in contenders}
    order = list(contenders)
    with live.steps(f"create {count} stacks", rounds * len(order)) as steps:
        for number in range(rounds):
            for name in order:
                where = stacks.namespaces(f"{name}-{number}", count)
                attempts[name].append(attempt(bed, steps, name, contenders[name], where))
            order = [*order[1:], order[0]]
    yield from figures(attempts, count)


def attempt(
    bed: Testbed, steps: Steps, name: str, contender: Contender, where: list[str]
) -> Attempt:
    """Let one contender make its stacks in fresh namespaces, then remove everything."""
    steps.now(f"{name}: namespaces")
    stacks.create_namespaces(bed.api, where)
    steps.now(f"{name}: objects")
    result = contender(bed, where)
    steps.now(f"{name}: removing")
    stacks.remove(bed.api, where)
    steps.done()
    return result


def operator(bed: Testbed, where: list[str]) -> Attempt:
    """From the first TradingStack's request to the last object's answer."""
    with operator_process.running(bed) as running:
        mine, users, cpu = bed.tail(bed.operator), bed.tail(USER), running.cpu_seconds()
        stacks.create_stacks(bed.api, where)

        def all_ready(requests: list[Request]) -> bool:
            return {item.namespace for item in requests if item.ready} >= set(where)

        mine.wait(all_ready, PATIENCE, QUIET)
        started = min(
            item.received for item in users.read() if item.resource == TRADING_STACK.plural
        )
        return Attempt(last_child(mine.requests) - started, running.cpu_seconds() - cpu)


def raw(bed: Testbed, where: list[str]) -> Attempt:
    with tempfile.TemporaryDirectory() as directory:
        bodies = Path(directory) / "bodies.json"
        bodies.write_text(json.dumps([item for name in where for item in stacks.desired(name)]))
        tail, cpu = bed.tail(RAW), children_cpu()
        directory_of_raw = str(bed.directory_of(RAW))
        arguments = (bed.cluster.server, directory_of_raw, str(bodies), stacks.OPERATOR_USER)
        subprocess.run([sys.executable, "-m", "benchmarks.raw", *arguments], check=True)
        return finished(tail.read(), cpu)


def kubectl(bed: Testbed, where: list[str]) -> Attempt:
    """One invocation with one file for each stack; its objects in the operator's order."""
    with tempfile.TemporaryDirectory() as directory:
        for name in where:
            content = {"apiVersion": "v1", "kind": "List", "items": stacks.desired(name)}
            (Path(directory) / f"{name}.json").write_text(json.dumps(content))
        tail, cpu = bed.tail(KUBECTL), children_cpu()
        as_operator = f"--as={stacks.OPERATOR_USER}"
        bed.cluster.kubectl("apply", "--server-side", "--filename", directory, as_operator)
        return finished(tail.read(), cpu)


def finished(requests: list[Request], cpu_before: float) -> Attempt:
    """From the first object's request to the last one's answer: without starting up."""
    started = min(item.received for item in requests if item.writes_child)
    return Attempt(last_child(requests) - started, children_cpu() - cpu_before)


def last_child(requests: list[Request]) -> float:
    return max(item.answered for item in requests if item.writes_child)


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def figures(attempts: dict[str, list[Attempt]], count: int) -> Iterator[Figure]:
    objects = count * len(stacks.desired("any"))
    seconds = {name: [item.seconds for item in made] for name, made in attempts.items()}
    cpu = {name: [item.cpu for item in made] for name, made in attempts.items()}
    for name, values in seconds.items():
        yield Figure(
            f"{objects} objects by {name}",
            median(values),
            "s",
            detail=f"each round: {spread(values)}; CPU {spread(cpu[name])} s",
        )
    for what, taken, other, target in (
        ("wall time", seconds, "raw", TO_RAW),
        ("wall time", seconds, "kubectl", TO_KUBECTL),
        ("client CPU", cpu, "kubectl", CPU_TO_KUBECTL),
        ("client CPU", cpu, "raw", None),
    ):
        ratios = [
            ours / theirs for ours, theirs in zip(taken["operator"], taken[other], strict=True)
        ]
        yield Figure(
            f"{what}, operator / {other}",
            median(ratios),
            "x",
            target,
            f"each round: {spread(ratios)}",
        )
