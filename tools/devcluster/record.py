"""What is remembered of a cluster between two commands."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tools.devcluster import programs
from tools.devcluster.errors import DevClusterError
from tools.devcluster.processes import Process


@dataclass(frozen=True)
class Options:
    """Which parts a cluster was asked to have."""

    node: bool
    controllers: bool
    simulate_workloads: bool

    def process_names(self) -> tuple[str, ...]:
        """Return the names of its processes in the order of starting."""
        unwanted: set[str] = set()
        if not self.controllers:
            unwanted |= {programs.CONTROLLER_MANAGER, programs.SCHEDULER}
        if not self.node:
            unwanted |= {programs.KWOK}
        return tuple(name for name in programs.ORDER if name not in unwanted)

    def describe(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in asdict(self).items())


@dataclass(frozen=True)
class Record:
    """The options, ports and processes of a cluster."""

    options: Options
    ports: dict[str, int]
    processes: dict[str, Process] = field(default_factory=dict)

    def with_process(self, name: str, process: Process) -> "Record":
        return replace(self, processes=self.processes | {name: process})


def read(path: Path) -> Record | None:
    """Return the record at `path`, None when there is none."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    try:
        content = json.loads(text)
        return Record(
            Options(**content["options"]),
            {str(name): int(port) for name, port in content["ports"].items()},
            {name: Process(**facts) for name, facts in content["processes"].items()},
        )
    except (ValueError, TypeError, KeyError) as error:
        raise DevClusterError(f"{path} cannot be read ({error!r}): remove its directory") from error


def write(path: Path, record: Record) -> None:
    """Replace the record in one step, so that a reader never meets half of it."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(record), indent=2) + "\n")
    partial.replace(path)
