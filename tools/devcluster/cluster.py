"""Clusters by name: bring one up, find it, break it, take it down.

from tools.devcluster import cluster

c = cluster.up("demo")
c.kubectl("get", "nodes")
cluster.down("demo")
"""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tools.devcluster import (
    credentials,
    paths,
    ports,
    processes,
    programs,
    record,
    simulation,
    starting,
)
from tools.devcluster.artefacts import Progress
from tools.devcluster.errors import DevClusterError, StartError
from tools.devcluster.handle import Cluster
from tools.devcluster.locks import exclusive
from tools.devcluster.paths import Layout
from tools.devcluster.record import Options, Record

__all__ = [
    "Cluster",
    "DevClusterError",
    "ProcessStatus",
    "down",
    "find",
    "names",
    "restart",
    "status",
    "stop_process",
    "up",
]

_ATTEMPTS: Final = 3
_DOWN_GRACE_SECONDS: Final = 3.0
_FAULT_GRACE_SECONDS: Final = 0.5


@dataclass(frozen=True)
class ProcessStatus:
    """How one process of a cluster is doing; `port` is None for one that serves nothing."""

    process: str
    pid: int
    alive: bool
    resident_bytes: int
    port: int | None


def up(
    name: str = "dev",
    *,
    node: bool = True,
    controllers: bool = True,
    simulate_workloads: bool = False,
    progress: Progress = print,
) -> Cluster:
    """Return the running cluster of that name, starting whatever of it does not run.

    Without `node` there is no KWOK and nothing is simulated; without `controllers` there is no
    controller manager and no scheduler. `simulate_workloads` makes StatefulSets and Deployments
    report ready, for clusters without controllers.
    """
    if simulate_workloads and not node:
        raise DevClusterError("simulate_workloads is played by KWOK: it needs node=True")
    options = Options(node=node, controllers=controllers, simulate_workloads=simulate_workloads)
    layout = paths.layout(name)
    with _locked(name, progress):
        state = record.read(layout.record)
        if state is None:
            return _create(layout, options, progress)
        if state.options != options:
            raise DevClusterError(
                f"cluster {name!r} exists with {state.options.describe()}, "
                f"not with {options.describe()}: take it down first or choose another name"
            )
        if not starting.dead(state):
            progress(f"cluster {name!r} is running")
            return starting.handle(layout, state)
        return _start(layout, state, progress)


def find(name: str) -> Cluster | None:
    """Return the cluster of that name, None unless all of its processes run."""
    layout = paths.layout(name)
    state = record.read(layout.record)
    if state is None or starting.dead(state):
        return None
    return starting.handle(layout, state)


def down(name: str, progress: Progress = print) -> bool:
    """Stop the cluster's processes and remove its data; False when there was none."""
    layout = paths.layout(name)
    if not layout.directory.exists():
        return False
    with _locked(name, progress):
        state = record.read(layout.record)
        if state is not None:
            # clients before servers: an API server without its etcd takes long to give up
            processes.stop(reversed(state.processes.values()), grace=_DOWN_GRACE_SECONDS)
        shutil.rmtree(layout.directory, ignore_errors=True)
    progress(f"cluster {name!r} is gone")
    return True


def names() -> list[str]:
    """Return the names of all clusters on this machine, running or not."""
    home = paths.home()
    if not home.exists():
        return []
    return sorted(entry.name for entry in home.iterdir() if entry.is_dir())


def status(name: str) -> list[ProcessStatus]:
    """Return how each process of the cluster is doing; empty when there is no such cluster."""
    state = record.read(paths.layout(name).record)
    return [] if state is None else list(_statuses(state))


def stop_process(name: str, process: str) -> None:
    """Stop one process and leave the rest alone, as a fault would.

    It gets no time to finish what its clients have open: an API server could need a minute.
    """
    state = _existing(name, process)
    if process in state.processes:
        processes.stop([state.processes[process]], grace=_FAULT_GRACE_SECONDS)


def restart(name: str, process: str, progress: Progress = print) -> Cluster:
    """Stop the process if it runs, start it again on its old port and wait until it is ready."""
    layout = paths.layout(name)
    with _locked(name, progress):
        stop_process(name, process)
        state = starting.start_one(layout, _existing(name, process), process, progress)
        return starting.handle(layout, state)


def _create(layout: Layout, options: Options, progress: Progress) -> Cluster:
    # before anything else: an interrupted build must not leave a cluster behind
    starting.binaries(options, progress)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _start(layout, _prepare(layout, options), progress)
        except StartError as error:
            if not error.port_taken:
                raise
            progress("a port was taken by someone else: trying others")
    return _start(layout, _prepare(layout, options), progress)


def _prepare(layout: Layout, options: Options) -> Record:
    """Write what a new cluster has before its first process starts."""
    shutil.rmtree(layout.directory, ignore_errors=True)
    layout.certificates.mkdir(parents=True, mode=0o700)
    drawn = ports.free(len(programs.LISTENERS))
    state = Record(options, dict(zip(programs.LISTENERS, drawn, strict=True)))
    now = datetime.now(UTC)  # noqa: TID251 - certificates are valid by this machine's clock
    credentials.write(layout, starting.handle(layout, state).server, now)
    record.write(layout.record, state)
    return state


def _start(layout: Layout, state: Record, progress: Progress) -> Cluster:
    starting.furnish(layout, state.options, progress)
    state = starting.start(layout, state, progress)
    if state.options.node:
        progress(simulation.NOTICE)
    if state.options.simulate_workloads:
        progress(simulation.WORKLOADS_NOTICE)
    return starting.handle(layout, state)


def _existing(name: str, process: str) -> Record:
    state = record.read(paths.layout(name).record)
    if state is None:
        raise DevClusterError(f"there is no cluster {name!r}: bring it up first")
    if process not in state.options.process_names():
        known = ", ".join(state.options.process_names())
        raise DevClusterError(f"cluster {name!r} has no process {process!r}, only {known}")
    return state


def _statuses(state: Record) -> Iterator[ProcessStatus]:
    for name in state.options.process_names():
        process = state.processes.get(name)
        runs = process is not None and processes.alive(process)
        yield ProcessStatus(
            process=name,
            pid=process.pid if process else 0,
            alive=runs,
            resident_bytes=processes.resident_bytes(process) if process and runs else 0,
            port=state.ports.get(name),
        )


def _locked(name: str, progress: Progress) -> AbstractContextManager[None]:
    lock = paths.home() / f".{name}.lock"
    return exclusive(lock, lambda: progress(f"waiting: another command works on {name!r}"))
