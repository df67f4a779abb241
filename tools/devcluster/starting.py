"""Bring the processes of one cluster up, in the order they need."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

from tools.devcluster import (
    build,
    probes,
    processes,
    programs,
    record,
    simulation,
    upstream,
)
from tools.devcluster.artefacts import Progress
from tools.devcluster.errors import DevClusterError, StartError
from tools.devcluster.handle import Cluster
from tools.devcluster.paths import Layout
from tools.devcluster.record import Options, Record

_MANIFESTS: Final = Path(__file__).parent / "manifests"
_KUBE_PROGRAMS: Final = (*programs.ORDER[:-1], "kubectl")
_SIMULATED: Final = ("external-secrets.io/v1", "postgresql.cnpg.io/v1")
"""The custom resources that KWOK plays; without their schemas it gives up."""
_APPLY: Final = ("apply", "--server-side", "--force-conflicts", "--filename")


def handle(layout: Layout, state: Record) -> Cluster:
    """Return the view that users of the cluster get."""
    return Cluster(
        name=layout.directory.name,
        server=f"https://127.0.0.1:{state.ports[programs.API_SERVER]}",
        ca_file=layout.certificates / "ca.crt",
        kubeconfig=layout.kubeconfig,
        audit_log=layout.audit_log,
        directory=layout.directory,
        pids={name: process.pid for name, process in state.processes.items()},
    )


def dead(state: Record) -> tuple[str, ...]:
    """Return the names of the processes that should run and do not."""
    return tuple(
        name
        for name in state.options.process_names()
        if name not in state.processes or not processes.alive(state.processes[name])
    )


def binaries(options: Options, progress: Progress) -> dict[str, Path]:
    """Return the binary behind each program's name, building what is missing."""
    found = dict.fromkeys(_KUBE_PROGRAMS, build.kube(progress))
    if options.node:
        found[programs.KWOK] = build.kwok(progress)
    return found


def furnish(layout: Layout, options: Options, progress: Progress) -> None:
    """Give each program its own name in the cluster's directory, and KWOK its stages."""
    layout.binaries.mkdir(parents=True, exist_ok=True)
    for name, target in binaries(options, progress).items():
        link = layout.binaries / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    if options.node:
        stages = simulation.stages(progress, workloads=options.simulate_workloads)
        layout.stages.write_text(stages)


def start(layout: Layout, state: Record, progress: Progress) -> Record:
    """Start every process that does not run; on trouble, stop what this call started."""
    before = state.processes
    try:
        for name in dead(state):
            if name == programs.KWOK:
                continue
            progress(f"starting {name}")
            state = _spawn(layout, state, name)
            # the controllers give up when they meet an API server that is not ready
            if name in {programs.ETCD, programs.API_SERVER}:
                _wait(layout, state, name)
        _apply_base(layout, state, progress)
        for name in state.options.process_names():
            if name in {programs.CONTROLLER_MANAGER, programs.SCHEDULER}:
                _wait(layout, state, name)
        if programs.KWOK in dead(state):
            for group_version in _SIMULATED:
                _wait_for_schema(layout, state, group_version)
            progress("starting kwok")
            state = _spawn(layout, state, programs.KWOK)
        if state.options.node:
            _wait_for_node(layout, state)
    except BaseException:
        # the record holds what was spawned last, `state` may not
        known = (record.read(layout.record) or state).processes
        started = [process for name, process in known.items() if before.get(name) != process]
        processes.stop(reversed(started))
        raise
    return state


def start_one(layout: Layout, state: Record, name: str, progress: Progress) -> Record:
    """Start one process and wait until it is ready; on trouble, stop it."""
    progress(f"starting {name}")
    state = _spawn(layout, state, name)
    try:
        if name == programs.KWOK:
            _wait_for_node(layout, state)
        else:
            _wait(layout, state, name)
    except BaseException:
        processes.stop([state.processes[name]])
        raise
    return state


def _spawn(layout: Layout, state: Record, name: str) -> Record:
    program = programs.program(name, layout, state.ports)
    process = processes.spawn(program.command, layout.log(name), program.environment)
    state = state.with_process(name, process)
    record.write(layout.record, state)
    return state


def _wait(layout: Layout, state: Record, name: str) -> None:
    health = programs.program(name, layout, state.ports).health
    if health is not None:
        probes.wait_until_ready(name, state.processes[name], health, layout.log(name))


def _wait_for_schema(layout: Layout, state: Record, group_version: str) -> None:
    """Wait until the API server publishes a CRD's schema: later than it serves the resource."""
    name = programs.API_SERVER
    health = programs.program(name, layout, state.ports).health
    if health is not None:
        schema = replace(health, path=f"/openapi/v3/apis/{group_version}")
        probes.wait_until_ready(name, state.processes[name], schema, layout.log(name))


def _apply_base(layout: Layout, state: Record, progress: Progress) -> None:
    """Apply what every cluster has; applied again, it changes nothing."""
    progress("applying the CRDs of External Secrets and CloudNativePG")
    commands: list[tuple[str, ...]] = [
        command
        for crds in (
            upstream.external_secrets_crds(progress),
            upstream.cloudnative_pg_crds(progress),
        )
        for command in (
            (*_APPLY, str(crds)),
            ("wait", "--for=condition=Established", "--timeout=60s", f"--filename={crds}"),
        )
    ]
    if state.options.node:
        node = str(_MANIFESTS / "node.yaml")
        commands += [
            (*_APPLY, str(_MANIFESTS / "storage-class.yaml")),
            (*_APPLY, node),
            # the capacity is status, which is not applied together with its object
            (*_APPLY, node, "--subresource=status"),
        ]
    cluster = handle(layout, state)
    for command in commands:
        answer = cluster.kubectl(*command, check=False)
        if answer.returncode:
            raise DevClusterError(f"kubectl {' '.join(command)} failed:\n{answer.stderr.strip()}")


def _wait_for_node(layout: Layout, state: Record) -> None:
    log = layout.log(programs.KWOK)
    try:
        handle(layout, state).kubectl(
            "wait", "--for=condition=Ready", "--timeout=60s", "node", "--all"
        )
    except subprocess.CalledProcessError as error:
        trouble = (
            "did not make its node ready within 60 s"
            if processes.alive(state.processes[programs.KWOK])
            else "stopped while it was starting"
        )
        raise StartError(programs.KWOK, trouble, processes.log_tail(log)) from error
