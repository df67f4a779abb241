"""A CronJob's pods are two owners away from the stack, and go before the policies all the same."""

import pytest

from tests.scenario.stage import KEY
from tests.scenario.world import remains
from tests.support import stacks
from tests.support.fakeserver import POD
from tradingstack_operator.model.kinds import CRON_JOB, JOB, NETWORK_POLICY, TRADING_STACK

CLOCK = (stacks.NAMESPACE, "alpha-streams")
RUN = (stacks.NAMESPACE, "alpha-streams-29000000")
RUNNING = (stacks.NAMESPACE, "alpha-streams-29000000-abcde")


def owned_by(kind, owner, name, **metadata):
    return {
        "namespace": stacks.NAMESPACE,
        "name": name,
        "ownerReferences": [
            {
                "apiVersion": "batch/v1",
                "kind": kind,
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
        **metadata,
    }


@pytest.fixture
def a_pod_of_a_run(server, ready):
    """Have a pod of a CronJob's Job that is still shutting down when its stack is deleted."""
    del ready
    clock = server.cluster.get(CRON_JOB, CLOCK)
    job = {"spec": clock["spec"]["jobTemplate"]["spec"]}
    labels = clock["spec"]["jobTemplate"]["metadata"]["labels"]
    server.cluster.create(
        JOB, {"metadata": owned_by("CronJob", clock, RUN[1], labels=labels), **job}
    )
    metadata = owned_by(
        "Job", server.cluster.get(JOB, RUN), RUNNING[1], finalizers=["example.com/draining"]
    )
    spec = {"containers": [{"name": "streams", "image": "tools"}]}
    server.cluster.create(POD, {"metadata": metadata, "spec": spec})
    return RUNNING


async def test_no_policy_is_deleted_while_a_pod_of_a_cron_job_is_left(
    server, ready, a_pod_of_a_run
):
    before = server.names(NETWORK_POLICY)
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until_condition("Ready", "False", "Deleting")
    await ready.rest()
    assert before == server.names(NETWORK_POLICY)
    server.cluster.patch(POD, a_pod_of_a_run, {"metadata": {"finalizers": None}})
    await server.until(lambda: not remains(server))


async def test_the_job_of_a_cron_job_is_no_stray(server, ready, a_pod_of_a_run):
    del a_pod_of_a_run
    await ready.rest()
    assert f"Job/{RUN[1]}" in server.names(JOB)
