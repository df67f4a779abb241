"""The controllers of the fake server: workloads become ready when the test says so."""

import pytest

from tests.contract.kinds import a_deployment, a_stateful_set
from tests.support.fakeserver import auto_settle, settle
from tradingstack_operator.model.kinds import DEPLOYMENT, STATEFUL_SET

ONE = ("default", "one")


@pytest.fixture
def api(fake_client):
    """Speak with the fake server in its default namespace."""
    fake_client.namespace = "default"
    return fake_client


async def test_workloads_become_ready_when_told(fake, api):
    await api.apply(STATEFUL_SET, a_stateful_set(replicas=3))
    settle(fake.cluster)
    assert fake.cluster.get(STATEFUL_SET, ONE)["status"]["readyReplicas"] == 3


async def test_workloads_stay_unready_when_told(fake, api):
    await api.apply(STATEFUL_SET, a_stateful_set(replicas=3))
    settle(fake.cluster, ready=lambda _: False)
    assert "readyReplicas" not in fake.cluster.get(STATEFUL_SET, ONE)["status"]


async def test_workloads_become_ready_at_once(fake, api):
    auto_settle(fake.cluster)
    await api.apply(DEPLOYMENT, a_deployment())
    status = fake.cluster.get(DEPLOYMENT, ONE)["status"]
    assert (status["observedGeneration"], status["availableReplicas"]) == (1, 1)


async def test_a_settled_cluster_is_left_alone(fake, api):
    await api.apply(DEPLOYMENT, a_deployment())
    settle(fake.cluster)
    version = fake.cluster.store.version
    settle(fake.cluster)
    assert fake.cluster.store.version == version
