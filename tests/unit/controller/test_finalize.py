from dataclasses import replace

import pytest

from tests.support.observed import child, observed, running
from tests.support.ports import FakeCluster
from tradingstack_operator.controller.finalize import finalize
from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.kinds import KEPT_KINDS, NETWORK_POLICY
from tradingstack_operator.model.ports import PortError

POD_MAKERS = {"CronJob", "Deployment", "HorizontalPodAutoscaler", "Job", "StatefulSet"}
EVERYTHING = [*running().values(), child("HorizontalPodAutoscaler", "alpha-risk-api")]
POLICIES = [item for item in EVERYTHING if item.ref.kind == NETWORK_POLICY.kind]


@pytest.fixture
def cluster():
    return FakeCluster()


async def deleted(cluster, children):
    """Take a stack down by one step and list the kinds that were deleted."""
    await finalize(observed(children), cluster)
    return {write.removeprefix("delete ").split("/")[0] for write in cluster.writes}


async def test_what_makes_pods_goes_first(cluster):
    assert await deleted(cluster, EVERYTHING) == POD_MAKERS


async def test_what_has_no_pods_goes_next(cluster):
    rest = [item for item in EVERYTHING if item.ref.kind not in POD_MAKERS]
    kinds = await deleted(cluster, rest)
    assert kinds == {item.ref.kind for item in rest} - {NETWORK_POLICY.kind} - KEPT_KINDS


async def test_what_holds_data_stays(cluster):
    claims = [item for item in EVERYTHING if item.ref.kind in KEPT_KINDS]
    assert claims
    assert (await finalize(observed(claims), cluster), cluster.writes) == ((), ["release"])


async def test_the_network_policies_go_last(cluster):
    assert await deleted(cluster, POLICIES) == {NETWORK_POLICY.kind}


async def test_a_stack_without_objects_is_released(cluster):
    assert (await finalize(observed(), cluster), cluster.writes) == ((), ["release"])


async def test_a_stack_with_objects_is_not_released(cluster):
    await finalize(observed(POLICIES), cluster)
    assert "release" not in cluster.writes


async def test_a_stage_waits_for_what_is_on_its_way_out(cluster):
    cache = next(item for item in EVERYTHING if item.ref.kind == "StatefulSet")
    going = [replace(cache, deleting=True), *POLICIES]
    assert (await finalize(observed(going), cluster), cluster.writes) == ((), [])


async def test_the_objects_of_a_namesake_are_spared(cluster):
    strange = child("ConfigMap", "alpha-old", owner_uid="a-namesake")
    await finalize(observed([strange]), cluster)
    assert cluster.writes == ["release"]


async def test_a_refused_delete_is_told(cluster):
    cluster.trouble[f"delete {POLICIES[0].ref}"] = Refusal.FORBIDDEN
    changes = await finalize(observed(POLICIES), cluster)
    assert [change.ref for change in changes if change.refusal] == [POLICIES[0].ref]


async def test_a_delete_of_unknown_outcome_is_raised(cluster):
    cluster.trouble[f"delete {POLICIES[0].ref}"] = PortError("no answer")
    with pytest.raises(PortError, match="no answer"):
        await finalize(observed(POLICIES), cluster)


async def test_a_spec_that_no_version_understands_can_go(cluster):
    stack = observed(POLICIES, spec={"future": True, "riskApi": None})
    assert len(await finalize(stack, cluster)) == len(POLICIES)
