"""A stack comes up in order, at the least number of requests, and then costs nothing."""

import re
from collections import Counter

from tests.scenario.operators import running
from tests.scenario.stage import named
from tests.support.fakeserver import settle
from tradingstack_operator.model.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    MANAGED_KINDS,
    STATEFUL_SET,
)

JOBS = (JOB, CRON_JOB)
WAVES = (
    "alpha-bus alpha-cache alpha-database alpha-online-store alpha-watchdog",
    "alpha-schema alpha-streams alpha-backup",
    "alpha-ingestor-kraken alpha-registry",
    "alpha-materialization",
    "alpha-features",
    "alpha-risk-api",
)
"""What starts together, each wave when all before it are ready; a Job without its hash."""


def written(server, kinds, since=0):
    return [f"{it.kind}/{it.name}" for it in server.log(since) if it.kind in kinds]


async def test_a_component_starts_when_those_it_needs_are_ready(slow_server, credentials):
    server = slow_server
    async with running(server, credentials) as operator:
        server.apply_stack()
        await operator.rest()
        assert set() == started(server)
        for count in range(1, len(WAVES) + 1):
            settle(server.cluster)
            await operator.rest()
            assert set(" ".join(WAVES[:count]).split()) == started(server)
        settle(server.cluster)
        await server.until_condition("Ready", "True", "AllComponentsReady")


def started(server):
    """Name the workloads that exist, whatever their kind, a Job without what follows its name."""
    names = (name.partition("/")[2] for name in server.names(STATEFUL_SET, DEPLOYMENT, *JOBS))
    return {re.sub("(-warm)?-[0-9a-f]{10}$", "", name) for name in names}


async def test_no_workload_is_made_before_the_last_network_policy(server, ready):
    del ready
    calls = [call.kind for call in server.log()]
    last_policy = max(n for n, kind in enumerate(calls) if kind == "NetworkPolicy")
    assert last_policy < min(calls.index(kind) for kind in ("StatefulSet", "Deployment", "Job"))


async def test_a_network_policy_that_is_refused_keeps_every_workload_away(server, operator):
    await operator.rest()
    server.deny("patch", "networking.k8s.io", "networkpolicies")
    server.apply_stack()
    await server.until_condition("Stalled", "True", "PermissionDenied")
    await operator.rest()
    assert set() == server.names(STATEFUL_SET, DEPLOYMENT)


async def test_every_object_is_written_once(server, ready):
    del ready
    counts = Counter(named(server.log()))
    status_writes = counts.pop("apply TradingStack/alpha/status")
    counts.pop("create Event/")
    objects = {f"apply {name}" for name in server.names(*MANAGED_KINDS)}
    assert dict.fromkeys({*objects, "apply TradingStack/alpha"}, 1) == counts
    assert status_writes <= 3


async def test_no_child_is_read_but_by_lists_and_watches(server, ready):
    del ready
    assert {"", "Lease"} == {call.kind for call in server.requests if call.verb == "get"}


async def test_a_spec_that_is_applied_again_costs_no_write(server, ready):
    mark = server.mark()
    server.apply_stack()
    await ready.look()
    assert [] == named(server.log(mark))


async def test_a_restart_costs_no_write(server, ready, credentials):
    await ready.stop()
    mark = server.mark()
    async with running(server, credentials) as again:
        await again.look()
    assert [] == named(server.log(mark))


async def test_a_resync_costs_no_write(server, credentials):
    async with running(server, credentials, resync_seconds=0.1) as operator:
        server.apply_stack()
        await server.until_condition("Ready", "True")
        # what was held back of the last status is out after some seconds
        await server.until(lambda: operator.queue.looks > 20)
        looks, mark = operator.queue.looks, server.mark()
        await server.until(lambda: operator.queue.looks > looks + 20)
        assert [] == named(server.log(mark))


async def test_the_operator_writes_nothing_but_under_its_two_names(server, ready):
    del ready
    managers = {call.manager for call in server.log() if call.verb != "create"}
    assert {"tradingstack-operator", "tradingstack-operator-status"} == managers
