"""Clusters come, break, recover and go."""

import socket

import pytest

from tools.devcluster import cluster, processes
from tools.devcluster.errors import DevClusterError, StartError
from tools.devcluster.paths import layout
from tools.devcluster.record import read

pytestmark = pytest.mark.apiserver

PLAIN = {"node": False, "controllers": False}


@pytest.fixture
def fragile(devcluster_home, quiet):  # noqa: ARG001 - usefixtures does not work on fixtures
    """Start a small cluster to break, or mend what the last test broke."""
    return cluster.up("fragile", **PLAIN, progress=quiet)


def test_up_reuses_a_running_cluster(bare, quiet):
    assert bare == cluster.up("bare", **PLAIN, progress=quiet)


@pytest.mark.usefixtures("bare")
def test_up_refuses_to_change_a_cluster(quiet):
    with pytest.raises(DevClusterError, match="take it down first"):
        cluster.up("bare", node=False, controllers=True, progress=quiet)


@pytest.mark.usefixtures("fragile")
def test_stopped_process_is_seen():
    cluster.stop_process("fragile", "kube-apiserver")
    alive = {row.process: row.alive for row in cluster.status("fragile")}
    assert alive == {"etcd": True, "kube-apiserver": False}


@pytest.mark.usefixtures("fragile")
def test_broken_cluster_is_not_found():
    cluster.stop_process("fragile", "kube-apiserver")
    assert cluster.find("fragile") is None


def test_restarted_api_server_keeps_its_address_and_objects(fragile, quiet):
    fragile.kubectl("create", "namespace", "kept")
    restarted = cluster.restart("fragile", "kube-apiserver", progress=quiet)
    restarted.kubectl("get", "namespace", "kept")
    assert fragile.server == restarted.server


@pytest.mark.usefixtures("fragile")
def test_up_starts_what_a_cluster_lacks(quiet):
    cluster.stop_process("fragile", "kube-apiserver")
    mended = cluster.up("fragile", **PLAIN, progress=quiet)
    mended.kubectl("get", "namespaces")


def test_api_server_without_its_port_says_so(fragile, quiet):
    cluster.stop_process("fragile", "kube-apiserver")
    with socket.socket() as thief:
        # the listener's own closed connections must not stand in the way
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", int(fragile.server.rpartition(":")[2])))
        thief.listen()
        with pytest.raises(StartError, match=r"(?s)kube-apiserver stopped.*address already in use"):
            cluster.restart("fragile", "kube-apiserver", progress=quiet)


def test_failed_start_leaves_no_process(fragile, quiet):
    for process in ("kube-apiserver", "etcd"):
        cluster.stop_process("fragile", process)
    key = fragile.directory / "certificates/server.key"
    aside = key.rename(key.with_suffix(".aside"))
    with pytest.raises(StartError, match="kube-apiserver stopped"):
        cluster.up("fragile", **PLAIN, progress=quiet)
    aside.rename(key)
    assert not any(row.alive for row in cluster.status("fragile"))


@pytest.mark.usefixtures("devcluster_home")
def test_down_leaves_no_process(quiet):
    cluster.up("passing", **PLAIN, progress=quiet)
    state = read(layout("passing").record)
    cluster.down("passing", progress=quiet)
    assert [name for name, one in state.processes.items() if processes.alive(one)] == []


@pytest.mark.usefixtures("devcluster_home")
def test_down_leaves_no_directory(quiet):
    passing = cluster.up("passing", **PLAIN, progress=quiet)
    cluster.down("passing", progress=quiet)
    assert not passing.directory.exists()
