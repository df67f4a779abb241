import asyncio
from datetime import UTC, datetime

import pytest

from tests.support.observed import observed, running
from tests.support.ports import FakeCluster
from tests.unit.controller.virtual_time import in_virtual_time, let_run, now
from tradingstack_operator.controller.decision import Decisions
from tradingstack_operator.controller.disputes import Disputes
from tradingstack_operator.controller.loop import Workers
from tradingstack_operator.controller.queue import LONGEST_PAUSE, KeyQueue
from tradingstack_operator.controller.reconcile import Reconciler
from tradingstack_operator.controller.report import Reporter
from tradingstack_operator.model.ports import PortError

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
RESYNC = 300.0
COUNT = 4


def stack(namespace):
    children = running(metadata={"namespace": namespace}).values()
    return observed(children, metadata={"namespace": namespace})


ALPHA, BETA = stack("alpha"), stack("beta")


class Shop:
    """Workers with a cluster of two stacks that are as they should be."""

    def __init__(self):
        self.cluster = FakeCluster(stacks={ALPHA.key: ALPHA, BETA.key: BETA})
        self.queue = KeyQueue(now)
        self.leading = asyncio.Event()
        self.leading.set()
        self.passes, self.failures = [], []

    async def work(self, seconds):
        reporter = Reporter(self.cluster, now, lambda: NOON, "operator-0", lambda: False)
        workers = Workers(
            queue=self.queue,
            reconciler=Reconciler(self.cluster, Decisions(), Disputes(now), reporter, lambda: NOON),
            leading=self.leading,
            resync=RESYNC,
            on_pass=lambda outcome, seconds: self.passes.append((outcome.key, seconds)),
            on_failure=lambda *failure: self.failures.append(failure),
        )
        await let_run(workers.run(COUNT), seconds)

    def passes_of(self, one):
        return [key for key, _ in self.passes if key == one.key]


@in_virtual_time
async def test_a_stack_that_is_due_is_looked_at():
    shop = Shop()
    shop.queue.add(ALPHA.key)
    await shop.work(1)
    assert shop.passes_of(ALPHA) == [ALPHA.key]


@in_virtual_time
async def test_a_stack_at_rest_is_looked_at_again_as_a_safety_net():
    shop = Shop()
    shop.queue.add(ALPHA.key)
    await shop.work(10 * RESYNC)
    assert 10 / 1.2 <= len(shop.passes) <= 1 + 10 / 0.8


@in_virtual_time
async def test_a_stack_that_does_not_exist_is_not_looked_at_again():
    shop = Shop()
    shop.cluster.stacks.clear()
    shop.queue.add(ALPHA.key)
    await shop.work(10 * RESYNC)
    assert (shop.cluster.looks[ALPHA.key], shop.queue.due) == (1, {})


@pytest.mark.parametrize("error", [PortError("away"), ZeroDivisionError("a defect")])
def test_a_stack_that_fails_is_tried_again_and_again(error):
    assert len(failing_for(RESYNC, error).failures) >= RESYNC / LONGEST_PAUSE


@pytest.mark.parametrize("error", [PortError("away"), ZeroDivisionError("a defect")])
def test_a_stack_that_fails_for_a_day_is_still_tried(error):
    shop = failing_for(86400, error)
    assert shop.failures[-1][2] >= LONGEST_PAUSE / 2


@pytest.mark.parametrize("error", [PortError("away"), ZeroDivisionError("a defect")])
def test_a_stack_that_fails_does_not_hold_up_the_others(error):
    assert len(failing_for(3 * RESYNC, error).passes_of(BETA)) >= 3


def failing_for(seconds, error):
    kept = []

    @in_virtual_time
    async def work():
        shop = Shop()
        kept.append(shop)
        shop.cluster.trouble[f"observe {ALPHA.key}"] = error
        shop.queue.add(ALPHA.key)
        shop.queue.add(BETA.key)
        await shop.work(seconds)

    work()
    return kept[0]


def test_a_failure_is_told_with_its_stack_its_reason_and_its_pause():
    error = PortError("away")
    key, reason, pause = failing_for(1, error).failures[0]
    assert (key, reason, pause > 0) == (ALPHA.key, error, True)


def test_a_defect_is_logged_with_its_stack_trace(caplog):
    failing_for(0.01, ZeroDivisionError("a defect"))
    (record,) = caplog.records
    assert (record.stack, record.exc_info[0]) == (str(ALPHA.key), ZeroDivisionError)


def test_an_api_server_that_is_away_is_no_defect(caplog):
    failing_for(10, PortError("away"))
    assert caplog.records == []


@in_virtual_time
async def test_a_stack_that_recovers_is_at_rest_again():
    shop = Shop()
    shop.cluster.trouble[f"observe {ALPHA.key}"] = PortError("away")
    shop.queue.add(ALPHA.key)
    asyncio.get_running_loop().call_later(10, shop.cluster.trouble.clear)
    await shop.work(10 + LONGEST_PAUSE)
    assert (len(shop.passes), shop.queue.failures) == (1, {})


@in_virtual_time
async def test_nothing_is_looked_at_while_another_replica_leads():
    shop = Shop()
    shop.leading.clear()
    shop.queue.add(ALPHA.key)
    await shop.work(10 * RESYNC)
    assert shop.passes == []


@in_virtual_time
async def test_what_came_in_before_the_lead_is_looked_at_with_it():
    shop = Shop()
    shop.leading.clear()
    shop.queue.add(ALPHA.key)
    asyncio.get_running_loop().call_later(10, shop.leading.set)
    await shop.work(11)
    assert shop.passes_of(ALPHA) == [ALPHA.key]


@in_virtual_time
async def test_what_comes_in_after_the_lead_was_lost_is_kept_for_its_return():
    shop = Shop()
    loop = asyncio.get_running_loop()
    loop.call_later(1, shop.leading.clear)
    loop.call_later(2, shop.queue.add, ALPHA.key)
    loop.call_later(50, shop.leading.set)
    await shop.work(49)
    early = list(shop.passes)
    await shop.work(2)
    assert (early, shop.passes_of(ALPHA)) == ([], [ALPHA.key])


@in_virtual_time
async def test_a_look_is_told_with_the_seconds_it_took():
    shop = Shop()
    shop.cluster.doors["status"] = door = asyncio.Event()
    asyncio.get_running_loop().call_later(5, door.set)
    shop.queue.add(ALPHA.key)
    await shop.work(6)
    assert shop.passes == [(ALPHA.key, pytest.approx(5))]


@in_virtual_time
async def test_a_slow_stack_does_not_hold_up_the_others():
    shop = Shop()
    shop.cluster.doors["status"] = asyncio.Event()
    shop.queue.add(ALPHA.key)
    shop.queue.add(BETA.key)
    await shop.work(1)
    assert shop.queue.busy == {ALPHA.key, BETA.key}
