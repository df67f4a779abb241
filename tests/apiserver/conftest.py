"""A real control plane with a simulated node, the charts in it, and the operator beside it."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.apiserver.vector_api import Server
from tools.demo.operator_process import IMAGES, NAME, NAMESPACE, running
from tools.devcluster import cluster as devcluster
from tools.devcluster import monitoring

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """Start a cluster for this run alone, and take it down at its end."""
    home = tmp_path_factory.mktemp("devcluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", str(home))
        try:
            yield devcluster.up("apiserver", progress=lambda _: None)
        finally:
            devcluster.down("apiserver", progress=lambda _: None)


@pytest.fixture(scope="session")
def charts(cluster, wait):
    """Install both charts; no replica runs in the cluster, whose node runs no containers."""
    crds = ("tradingstack-crds", str(ROOT / "charts/tradingstack-crds"))
    # tests of the API may have applied the same CRDs with kubectl before
    cluster.helm("upgrade", "--install", "--take-ownership", *crds)
    cluster.kubectl("create", "namespace", NAMESPACE)
    enforce = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", NAMESPACE, enforce)
    secret = ("create", "secret", "generic", "any", "-n", NAMESPACE, "--dry-run=server")
    # the API server may take half a minute to find the kind that the policies are about
    wait(lambda: cluster.kubectl(*secret, check=False).returncode == 0)
    chart = str(ROOT / f"charts/{NAME}")
    cluster.helm("upgrade", "--install", NAME, chart, "-n", NAMESPACE, "--set", "replicas=0")
    prometheus = str(monitoring.prometheus_operator_crds(lambda _: None))
    cluster.kubectl("apply", "--server-side", "--filename", prometheus)
    cluster.kubectl("wait", "--for=condition=Established", "--filename", prometheus)
    return cluster


@pytest.fixture
def operator(charts, tmp_path):
    """Run the operator with the permissions of the chart's ServiceAccount."""
    with running(charts, IMAGES, tmp_path / "operator.log") as process:
        yield process


@pytest.fixture(scope="session")
def wait(cluster):
    """Ask the API server again and again until a condition holds."""

    def until(holds, seconds=60):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "the condition did not hold in time"
            # kubectl itself paces the loop: it waits for an event of the object or for a second
            subprocess.run(
                [
                    cluster.directory / "bin/kubectl",
                    "--kubeconfig",
                    cluster.kubeconfig,
                    "wait",
                    "--for=create",
                    "--timeout=1s",
                    "configmap/never",
                ],
                capture_output=True,
                check=False,
            )

    return until


@pytest.fixture(scope="session")
def read(cluster):
    """Read one object, or all of a kind, of a namespace."""

    def get(namespace, *what):
        answer = cluster.kubectl("get", *what, "-n", namespace, "-o", "json")
        return json.loads(answer.stdout)

    return get


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Start a control plane without a node: what a vector creates must not begin to run."""
    with pytest.MonkeyPatch.context() as patch:
        home = str(tmp_path_factory.mktemp("devcluster"))
        patch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", home)
        try:
            cluster = devcluster.up("vectors", node=False, progress=lambda _: None)
            server = Server(cluster)
            server.install()
            yield server
        finally:
            devcluster.down("vectors", progress=lambda _: None)
