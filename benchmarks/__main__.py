"""Measure the operator on a control plane of this machine, and judge the figures."""

import argparse
import json
import sys
from dataclasses import dataclass

from rich.console import Console

from benchmarks import admission, change, creation, drift, report, requests, rest, resync, webhook
from benchmarks.fleet import fleet
from benchmarks.live import Live, live
from benchmarks.report import Results
from benchmarks.stacks import ROOT
from benchmarks.testbed import Testbed, testbed


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything a run does."""

    fleet: int
    edits: int
    rest_seconds: int
    restarts: int
    created: int
    rounds: int
    requests: int


FULL = Sizes(fleet=200, edits=100, rest_seconds=60, restarts=5, created=50, rounds=5, requests=300)
QUICK = Sizes(fleet=5, edits=5, rest_seconds=5, restarts=1, created=3, rounds=1, requests=20)
WITHOUT_FLEET = {"admission", "creation", "webhook"}
"""The questions that are not about a fleet at rest."""


def main() -> int:
    """Run what was asked for; the exit code is 1 when a target was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the operator against a real API server, and rewrites "
        f"{report.PAGE.relative_to(ROOT)} after a full run.",
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run: few stacks, once")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(report.HOW),
        metavar="NAME",
        help=f"one question, repeatable: {', '.join(report.HOW)}",
    )
    parser.add_argument("--keep", action="store_true", help="leave the control plane running")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    chosen = arguments.only or list(report.HOW)
    console = Console()
    with live(console) as shown, testbed(shown.say, keep=arguments.keep) as bed:
        results = Results(kubernetes_version(bed))
        try:
            ask(bed, shown, sizes, chosen, results)
        finally:
            console.print(report.table(results))
    if not arguments.quick and not arguments.only:
        console.print(f"written: {report.write(results).relative_to(ROOT)}")
    return 1 if results.missed() else 0


def ask(bed: Testbed, shown: Live, sizes: Sizes, chosen: list[str], results: Results) -> None:
    """Ask the questions about a fleet at rest first, on one fleet, then the others."""
    found = results.figures
    if set(chosen) - WITHOUT_FLEET:
        with fleet(bed, shown, sizes.fleet) as made:
            if "requests" in chosen:
                found["requests"] = list(requests.measure(made, shown))
            if "rest" in chosen:
                found["rest"] = list(rest.measure(made, shown, seconds=sizes.rest_seconds))
            if "drift" in chosen:
                found["drift"] = list(drift.measure(made, shown, count=sizes.edits))
            if "change" in chosen:
                found["change"] = list(change.measure(made, shown, count=sizes.edits))
        if "resync" in chosen:
            found["resync"] = list(
                resync.measure(bed, shown, stacks=sizes.fleet, rounds=sizes.restarts)
            )
        made.remove(shown)
    if "creation" in chosen:
        found["creation"] = list(
            creation.measure(bed, shown, rounds=sizes.rounds, count=sizes.created)
        )
    if "admission" in chosen:
        found["admission"] = list(admission.measure(bed, shown, rounds=sizes.requests))
    if "webhook" in chosen:
        found["webhook"] = list(
            webhook.measure(bed, shown, rounds=min(sizes.rounds, 3), count=sizes.created)
        )


def kubernetes_version(bed: Testbed) -> str:
    answer = json.loads(bed.cluster.kubectl("version", "--output=json").stdout)
    return str(answer["serverVersion"]["gitVersion"]).removeprefix("v")


if __name__ == "__main__":
    sys.exit(main())
