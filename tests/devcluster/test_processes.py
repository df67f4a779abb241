"""Starting, recognising and stopping single processes."""

import os
from datetime import UTC, datetime

import pytest

from tools.devcluster import credentials, ports, probes, processes, programs
from tools.devcluster.errors import StartError
from tools.devcluster.paths import Layout
from tools.devcluster.processes import Process

NOW = datetime.fromtimestamp(0, UTC)


@pytest.fixture
def layout(tmp_path):
    """Write a new cluster's certificates."""
    layout = Layout(tmp_path)
    layout.certificates.mkdir()
    credentials.write(layout, "https://127.0.0.1:1", NOW)
    return layout


@pytest.fixture
def shell(tmp_path):
    """Start shell commands; those still there at the end are killed."""
    started = []

    def run(command):
        process = processes.spawn(["/bin/sh", "-c", command], tmp_path / "shell.log", {})
        started.append(process)
        return process

    yield run
    processes.stop(started, grace=0.01)


@pytest.fixture
def etcd_health(layout):
    drawn = ports.free(len(programs.LISTENERS))
    numbers = dict(zip(programs.LISTENERS, drawn, strict=True))
    return programs.program("etcd", layout, numbers).health


def test_crashed_start_shows_the_process_and_its_last_lines(shell, etcd_health, tmp_path):
    process = shell("echo no space left on device; exit 1")
    with pytest.raises(StartError, match=r"(?s)etcd stopped.*no space left on device"):
        probes.wait_until_ready("etcd", process, etcd_health, tmp_path / "shell.log")


def test_slow_start_says_how_long_it_was_waited_for(shell, etcd_health, tmp_path):
    process = shell("exec sleep 60")
    with pytest.raises(StartError, match=r"etcd was not ready after 0 s .*refused"):
        probes.wait_until_ready("etcd", process, etcd_health, tmp_path / "shell.log", patience=0)


def test_log_tail_is_twenty_lines_long(tmp_path):
    log = tmp_path / "log"
    log.write_text("\n".join(map(str, range(100))))
    assert [f"  {number}" for number in range(80, 100)] == processes.log_tail(log).splitlines()


def test_stop_ends_a_process_that_ignores_polite_signals(shell, tmp_path):
    deaf = tmp_path / "deaf"
    os.mkfifo(deaf)
    process = shell(f"trap '' TERM; echo > {deaf}; while :; do sleep 1; done")
    deaf.read_text()  # returns once the signal is ignored
    processes.stop([process], grace=0.2)
    assert not processes.alive(process)


def test_stop_spares_a_process_that_got_a_former_id(shell):
    process = shell("exec sleep 60")
    processes.stop([Process(process.pid, process.start_time - 1)])
    assert processes.alive(process)


def test_process_with_another_start_time_is_not_alive():
    assert not processes.alive(Process(os.getpid(), 0))


def test_process_runs_in_its_own_session(shell):
    process = shell("exec sleep 60")
    assert process.pid == os.getsid(process.pid)


def test_keys_are_for_the_owner_only(layout):
    keys = [*layout.certificates.glob("*.key"), layout.kubeconfig]
    assert {0o600} == {key.stat().st_mode & 0o777 for key in keys}


def test_free_ports_differ():
    assert len(set(ports.free(50))) == 50
