"""The figures as a table on the screen and as a page of the documentation."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.table import Table

from benchmarks import admission, webhook
from benchmarks.figure import Figure
from benchmarks.stacks import ROOT, SAMPLE, desired

PAGE: Final = ROOT / "docs/performance.md"
GIB: Final = 1024**2
HOW: Final[Mapping[str, str]] = {
    "requests": (
        "All stacks of the fleet are created at once. The audit log says what the operator's "
        "ServiceAccount asked for until every stack is ready and nothing was written for 5 s."
    ),
    "rest": (
        "The fleet is left alone. Memory and CPU time are the kernel's account of the operator's "
        "process (`/proc`)."
    ),
    "drift": (
        "Another client edits one object after another, each of another stack: a ConfigMap's "
        "value, a NetworkPolicy's pod selector, a container's image, a label. Counted from the "
        "edit's answer to the repairing write's answer, both by the audit log."
    ),
    "change": (
        "`spec.riskApi.env` of one stack after another is changed. Counted from the change's "
        "answer to that of the status that follows the last object written for it."
    ),
    "resync": (
        "The operator is started on the fleet several times, then once more with a resync of "
        "10 s. The audit log counts the writes; how many stacks were looked at is the operator's "
        "own metric, as nothing outside of it can tell."
    ),
    "creation": (
        "Three contenders make the same objects in fresh namespaces, in turns, and everything is "
        "removed in between. *operator*: from the first TradingStack's request to the last "
        "object's answer; its status writes, Events and waiting for simulated readiness are part "
        "of it, and its CPU is that of the whole time. *raw*: an asyncio client with 8 requests "
        "in flight that sends the very same server-side-apply bodies in the operator's order and "
        "waits for nothing. *kubectl*: one `kubectl apply --server-side` of one file for each "
        "stack, with its discovery cached, as an administrator whom the API server neither queues "
        "nor checks, unlike the others. *raw* and *kubectl* count from their first object's "
        "request, so their start-up is left out of the time, though not of the CPU. Ratios are "
        "taken within each round; the figure is their median."
    ),
    "admission": admission.HOW,
    "webhook": webhook.HOW,
}
"""How each question's figures are measured, in the order the questions are asked."""
LIMITS: Final = """
- The control plane and the clients share the machine's cores, so absolute times are those of this
  machine on that day. Ratios of contenders that took turns are what can be compared.
- No container runs and no controller manager does: workloads report ready by simulation within
  milliseconds. Real pods take longer to start, and the operator waits for them.
- The API server logs every request with its body for the audit, which slows all contenders alike.
- The stacks are alike. Clusters with many unrelated objects are not measured, nor is a network
  between the operator and the API server.
- All rules are in force. Only the operator may write the objects of a stack, so the contenders
  write in its name, as administrators who impersonate it.
- kopf imports every Kubernetes client it finds; the one in a developer's environment is hidden from
  the measured operator, as the image has none.
""".strip()


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found out."""

    kubernetes: str
    figures: dict[str, list[Figure]] = field(default_factory=dict)

    def missed(self) -> int:
        every = (figure for figures in self.figures.values() for figure in figures)
        return sum(figure.verdict == "MISSED" for figure in every)


def table(results: Results) -> Table:
    shown = Table("figure", "value", "target", "verdict", "detail", title="Benchmarks")
    for question, figures in results.figures.items():
        shown.add_section()
        shown.add_row(f"[bold]{question}")
        for figure in figures:
            colour = {"met": "green", "MISSED": "red"}.get(figure.verdict, "default")
            verdict = f"[{colour}]{figure.verdict}[/]"
            shown.add_row(figure.what, figure.shown, figure.target, verdict, figure.detail)
    return shown


def write(results: Results) -> Path:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join(_page(results)) + "\n")
    return PAGE


def _page(results: Results) -> Iterator[str]:
    yield "# Performance\n"
    yield "Written by `make bench`, which runs `python -m benchmarks`; do not edit.\n"
    yield "## Machine and stacks\n"
    yield f"- {os.cpu_count()} cores, {_memory():.0f} GiB of RAM, shared with the control plane"
    yield f"- Kubernetes {results.kubernetes}, etcd and API server on this machine"
    yield (
        f"- every stack is that of `{SAMPLE.relative_to(ROOT)}` in a namespace of its own: "
        f"{len(desired('any'))} objects\n"
    )
    yield "## Figures\n"
    for question, figures in results.figures.items():
        yield f"### {question.capitalize()}\n"
        yield f"{HOW[question]}\n"
        yield from _rows(figures)
        yield ""
    yield "## What they do not say\n"
    yield LIMITS


def _rows(figures: Iterable[Figure]) -> Iterator[str]:
    yield "| figure | value | target | verdict | detail |"
    yield "|---|---|---|---|---|"
    for item in figures:
        yield f"| {item.what} | {item.shown} | {item.target} | {item.verdict} | {item.detail} |"


def _memory() -> float:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) / GIB
    raise RuntimeError("/proc/meminfo names no MemTotal")
