"""A cluster without controllers whose workloads report ready by themselves."""

import pytest

from tools.devcluster import cluster
from tools.devcluster.errors import DevClusterError

pytestmark = pytest.mark.apiserver


@pytest.fixture(scope="module")
def workloads(devcluster_home):  # noqa: ARG001 - usefixtures does not work on fixtures
    return cluster.up(
        "workloads", controllers=False, simulate_workloads=True, progress=lambda _line: None
    )


def test_deployment_is_available_without_pods(workloads):
    workloads.kubectl("create", "deployment", "web", "--image=example/web:1", "--replicas=3")
    workloads.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    assert workloads.kubectl("get", "pods", "--output=name").stdout == ""


def test_stateful_set_is_ready_after_every_change(workloads):
    manifest = """
      apiVersion: apps/v1
      kind: StatefulSet
      metadata: {name: db}
      spec:
        replicas: 1
        serviceName: db
        selector: {matchLabels: {app: db}}
        template:
          metadata: {labels: {app: db}}
          spec: {containers: [{name: db, image: example/db:1}]}
    """
    workloads.kubectl("apply", "--filename=-", input=manifest)
    workloads.kubectl("scale", "statefulset/db", "--replicas=3")
    workloads.kubectl("rollout", "status", "statefulset/db", "--timeout=30s")


@pytest.mark.usefixtures("devcluster_home")
def test_workloads_are_not_simulated_without_a_node():
    with pytest.raises(DevClusterError, match="node=True"):
        cluster.up("nothing", node=False, simulate_workloads=True)
