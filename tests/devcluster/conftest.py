"""Clusters that the tests share, in a home of their own."""

from pathlib import Path

import pytest

from tools.devcluster import cluster


def ignore(_line):
    pass


@pytest.fixture
def quiet():
    """Return progress that nobody reads."""
    return ignore


@pytest.fixture
def proc():
    """Return the directory in which the kernel shows processes."""
    return Path("/proc")


@pytest.fixture(scope="session")
def devcluster_home(tmp_path_factory):
    """Keep the clusters of this run apart, and stop those that are left at its end."""
    home = tmp_path_factory.mktemp("devcluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", str(home))
        yield home
        for name in cluster.names():
            cluster.down(name, progress=ignore)


@pytest.fixture(scope="session")
def full(devcluster_home):  # noqa: ARG001 - usefixtures does not work on fixtures
    """Start a cluster with everything: controllers and a simulated node."""
    return cluster.up("full", progress=ignore)


@pytest.fixture(scope="session")
def bare(devcluster_home):  # noqa: ARG001 - usefixtures does not work on fixtures
    """Start a cluster of etcd and the API server only."""
    return cluster.up("bare", node=False, controllers=False, progress=ignore)


@pytest.fixture
def namespace(full, request):
    """Create a namespace of the full cluster, in which pods can be created."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:60].rstrip("-")
    full.kubectl("create", "namespace", name)
    full.kubectl("wait", "--for=create", "--timeout=30s", "-n", name, "serviceaccount/default")
    return name
