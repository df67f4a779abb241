"""A deleted stack goes in order, whatever its spec says and whoever was away meanwhile."""

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import KEY, a_stack, named
from tests.scenario.world import remains
from tests.support import stacks
from tests.support.fakeserver import POD
from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import (
    MANAGED_KINDS,
    NAMESPACE,
    NETWORK_POLICY,
    STATEFUL_SET,
    TRADING_STACK,
    WORKLOAD_KINDS,
)

CACHE = (stacks.NAMESPACE, "alpha-cache")
PODS = WORKLOAD_KINDS | {"HorizontalPodAutoscaler"}
STUCK = {"metadata": {"finalizers": ["example.com/draining"]}}


def deleted(server, since):
    return [call.kind for call in server.log(since) if call.verb == "delete"]


@pytest.fixture
def a_pod_of_the_cache(server, ready):
    """Have a pod that is still shutting down when the cache is deleted."""
    del ready
    cache = server.cluster.get(STATEFUL_SET, CACHE)
    owner = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "name": "alpha-cache",
        "uid": cache["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata = {
        "namespace": stacks.NAMESPACE,
        "name": "alpha-cache-0",
        "ownerReferences": [owner],
        "finalizers": ["example.com/draining"],
    }
    spec = {"containers": [{"name": "redis", "image": "redis"}]}
    server.cluster.create(POD, {"metadata": metadata, "spec": spec})
    return (stacks.NAMESPACE, "alpha-cache-0")


async def test_a_deleted_stack_leaves_nothing_but_its_volumes(server, ready):
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until(lambda: not remains(server))
    await ready.rest()
    assert {} == remains(server)


async def test_workloads_are_deleted_first_and_network_policies_last(server, ready):
    mark = server.mark()
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until(lambda: not remains(server))
    await ready.rest()
    order = deleted(server, mark)
    last_workload = max(n for n, kind in enumerate(order) if kind in PODS)
    first_other = min(n for n, kind in enumerate(order) if kind not in PODS)
    last_other = max(n for n, kind in enumerate(order) if kind != "NetworkPolicy")
    assert last_workload < first_other
    assert last_other < order.index("NetworkPolicy")
    assert server.log(mark)[-1].kind == "TradingStack"


async def test_no_policy_is_deleted_while_a_pod_is_left(server, ready, a_pod_of_the_cache):
    before = server.names(NETWORK_POLICY)
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until_condition("Ready", "False", "Deleting")
    await ready.rest()
    assert {"StatefulSet/alpha-cache"} == server.names(STATEFUL_SET)
    assert before == server.names(NETWORK_POLICY)
    server.cluster.patch(POD, a_pod_of_the_cache, {"metadata": {"finalizers": None}})
    await server.until(lambda: not remains(server))


async def test_every_delete_names_the_very_object(server, ready):
    mark = server.mark()
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until(lambda: not remains(server))
    await ready.rest()
    calls = [call for call in server.log(mark) if call.verb == "delete"]
    assert calls
    assert all(call.body["preconditions"]["uid"] for call in calls)


async def test_a_stack_whose_spec_does_not_parse_can_be_deleted(server, ready):
    await ready.rest()
    server.cluster.catalogue.of(TRADING_STACK).schema.clear()
    broken = a_stack() | {"spec": {"cache": 7}}
    server.cluster.update(TRADING_STACK, server.stack() | {"spec": broken["spec"]}, manager="user")
    await server.until_condition("SpecAccepted", "False", "Rejected")
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until(lambda: not remains(server))


async def test_a_stack_deleted_while_no_operator_runs_goes_when_one_does(
    server, ready, credentials
):
    await ready.stop()
    server.cluster.delete(TRADING_STACK, KEY)
    assert names.FINALIZER in server.stack()["metadata"]["finalizers"]
    async with running(server, credentials):
        await server.until(lambda: not remains(server))


async def test_a_namespace_that_goes_gets_no_new_objects(server, ready, a_pod_of_the_cache):
    server.cluster.patch(TRADING_STACK, KEY, STUCK)
    await ready.rest()
    mark = server.mark()
    server.cluster.garbage.enabled = False
    server.cluster.delete(NAMESPACE, ("", stacks.NAMESPACE))
    for body in server.cluster.objects(NETWORK_POLICY):
        server.cluster.delete(NETWORK_POLICY, (stacks.NAMESPACE, body["metadata"]["name"]))
    await server.until_condition("Stalled", "True", "NamespaceTerminating")
    await ready.rest()
    assert {"apply TradingStack/alpha/status"} == {
        it for it in named(server.log(mark)) if "Event" not in it
    }
    assert a_pod_of_the_cache


async def test_a_deleted_namespace_takes_its_stack_along(server, ready):
    server.cluster.delete(NAMESPACE, ("", stacks.NAMESPACE))
    await server.until(lambda: server.cluster.find(NAMESPACE, ("", stacks.NAMESPACE)) is None)
    await ready.rest()
    assert set() == server.names(TRADING_STACK, *MANAGED_KINDS)
