import asyncio

import pytest

from tests.support.observed import child, desired
from tests.support.ports import FakeCluster
from tradingstack_operator.controller.execute import execute
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.ports import PortError
from tradingstack_operator.planning.plan import Apply, Plan

WANTED = {str(item.ref): item for item in desired()}
POLICY, SYSTEM = "NetworkPolicy/alpha-default-deny", "ConfigMap/alpha-system"
CACHE, RISK_API = "StatefulSet/alpha-cache", "Deployment/alpha-risk-api"
STRAY = child("ConfigMap", "alpha-old")
PLAN = Plan(
    foundations=(Apply(WANTED[POLICY]), Apply(WANTED[SYSTEM])),
    workloads=(Apply(WANTED[CACHE]), Apply(WANTED[RISK_API])),
    prune=(STRAY,),
)
WRITES = [
    *(f"apply {ref}" for ref in (POLICY, SYSTEM, CACHE, RISK_API)),
    "delete ConfigMap/alpha-old",
]


@pytest.fixture
def cluster():
    return FakeCluster()


async def turns(count=10):
    """Let everything run that can."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn


async def test_everything_planned_is_written_and_pruned_last(cluster):
    await execute(PLAN, cluster)
    assert cluster.writes == WRITES


async def test_an_empty_plan_writes_nothing(cluster):
    assert (await execute(Plan(), cluster), cluster.writes) == ((), [])


async def test_every_write_is_told(cluster):
    assert [change.action for change in await execute(PLAN, cluster)] == [
        *[Action.CREATE] * 4,
        Action.DELETE,
    ]


@pytest.mark.parametrize(
    ("door", "before"), [(POLICY, WRITES[:2]), (SYSTEM, WRITES[:2]), (CACHE, WRITES[:4])]
)
async def test_a_wave_waits_for_the_last_write_of_the_one_before(cluster, door, before):
    cluster.doors[f"apply {door}"] = asyncio.Event()
    running = asyncio.create_task(execute(PLAN, cluster))
    await turns()
    held = list(cluster.writes)
    cluster.doors[f"apply {door}"].set()
    await running
    assert held == before


async def test_a_refused_foundation_keeps_every_workload_away(cluster):
    cluster.trouble[f"apply {POLICY}"] = Refusal.FORBIDDEN
    changes = await execute(PLAN, cluster)
    assert (cluster.writes, [str(change.ref) for change in changes if change.refusal]) == (
        WRITES[:2],
        [POLICY],
    )


async def test_nothing_is_pruned_after_a_refused_workload(cluster):
    cluster.trouble[f"apply {CACHE}"] = Refusal.INVALID
    await execute(PLAN, cluster)
    assert cluster.writes == WRITES[:4]


async def test_a_refused_delete_is_told(cluster):
    cluster.trouble["delete ConfigMap/alpha-old"] = Refusal.FORBIDDEN
    changes = await execute(Plan(prune=(STRAY,)), cluster)
    assert changes == (
        Change(ObjectRef("ConfigMap", "alpha-old"), Action.DELETE, Refusal.FORBIDDEN),
    )


async def test_a_write_of_unknown_outcome_is_raised(cluster):
    cluster.trouble[f"apply {POLICY}"] = PortError("no answer")
    with pytest.raises(PortError, match="no answer"):
        await execute(PLAN, cluster)


async def test_a_write_of_unknown_outcome_ends_the_pass(cluster):
    cluster.trouble[f"apply {POLICY}"] = PortError("no answer")
    with pytest.raises(PortError):
        await execute(PLAN, cluster)
    assert cluster.writes == WRITES[:2]


async def test_a_write_of_unknown_outcome_is_raised_after_its_wave_has_settled(cluster):
    cluster.trouble[f"apply {POLICY}"] = PortError("no answer")
    cluster.doors[f"apply {SYSTEM}"] = asyncio.Event()
    running = asyncio.create_task(execute(PLAN, cluster))
    await turns()
    early = running.done()
    cluster.doors[f"apply {SYSTEM}"].set()
    await asyncio.wait({running})
    assert (early, str(running.exception())) == (False, "no answer")


async def test_what_others_added_is_stripped_and_not_applied(cluster):
    wanted, before = WANTED[SYSTEM], child()
    repair = Apply(wanted, before, "data.extra", {"data": {"extra": None}})
    changes = await execute(Plan(foundations=(repair,)), cluster)
    assert (cluster.writes, [change.action for change in changes]) == (
        [f"strip {SYSTEM}"],
        [Action.REPAIR],
    )
