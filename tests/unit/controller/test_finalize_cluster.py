"""A database cluster that is kept loses its pods and nothing else."""

import orjson
import pytest

from tests.support.observed import UID, child, live, observed
from tests.support.ports import FakeCluster
from tradingstack_operator.api.names import LABEL_STACK
from tradingstack_operator.controller.finalize import SLEEP, finalize

ASLEEP = {"conditions": [{"type": "cnpg.io/hibernation", "status": "True"}]}
FALLING_ASLEEP = {"conditions": [{"type": "cnpg.io/hibernation", "status": "False"}]}
POLICY = child("NetworkPolicy", "alpha-default-deny")
JOB = child("Job", "alpha-schema")


def database(owner_uid="", stack="alpha", annotations=None, **fields):
    body = live("Cluster", "alpha-database")
    body["metadata"] |= {"labels": {LABEL_STACK: stack}, "annotations": annotations or {}}
    return child(
        "Cluster", "alpha-database", owner_uid=owner_uid, body=orjson.dumps(body), **fields
    )


@pytest.fixture
def cluster():
    return FakeCluster()


async def writes(cluster, *children):
    await finalize(observed(children), cluster)
    return cluster.writes


async def test_a_cluster_that_belongs_to_nobody_is_hibernated_not_deleted(cluster):
    assert await writes(cluster, database(), POLICY) == ["strip Cluster/alpha-database"]


async def test_it_falls_asleep_together_with_the_other_workloads(cluster):
    assert set(await writes(cluster, database(), JOB)) == {
        "strip Cluster/alpha-database",
        "delete Job/alpha-schema",
    }


async def test_the_policies_wait_until_its_pods_are_gone(cluster):
    told = database(annotations=SLEEP["metadata"]["annotations"], status=FALLING_ASLEEP)
    assert await writes(cluster, told, POLICY) == []


async def test_the_policies_go_once_it_sleeps(cluster):
    asleep = database(annotations=SLEEP["metadata"]["annotations"], status=ASLEEP)
    assert await writes(cluster, asleep, POLICY) == ["delete NetworkPolicy/alpha-default-deny"]


async def test_a_sleeping_cluster_holds_up_nothing(cluster):
    asleep = database(annotations=SLEEP["metadata"]["annotations"], status=ASLEEP)
    assert await writes(cluster, asleep) == ["release"]


async def test_a_cluster_of_the_stack_itself_is_deleted(cluster):
    own = database(owner_uid=UID)
    assert await writes(cluster, own, POLICY) == ["delete Cluster/alpha-database"]


async def test_the_cluster_of_another_stack_is_left_alone(cluster):
    assert await writes(cluster, database(stack="beta")) == ["release"]
