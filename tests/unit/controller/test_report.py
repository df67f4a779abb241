from datetime import UTC, datetime

import pytest

from tests.support.observed import observed
from tests.support.ports import FakeCluster, HandClock
from tradingstack_operator.controller.report import (
    PATIENCE,
    QUIET,
    REPEAT_AFTER,
    Report,
    Reporter,
)
from tradingstack_operator.model.ports import PortError

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
READY, FALLEN = ("True", "AllComponentsReady"), ("False", "ComponentNotReady")


def status(message="m", generation=1, **conditions):
    return {
        "observedGeneration": generation,
        "conditions": [
            {"type": kind, "status": truth, "reason": reason, "message": message}
            for kind, (truth, reason) in conditions.items()
        ],
    }


@pytest.fixture
def cluster():
    return FakeCluster()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def backlog():
    """Hold the objects that wait to be written."""
    return []


@pytest.fixture
def reporter(cluster, clock, backlog):
    return Reporter(cluster, clock, lambda: NOW, "operator-0", lambda: bool(backlog))


@pytest.fixture
def say(reporter):
    """Report one status after another of the same stack."""
    known = {}

    async def say(new):
        report = await reporter.report(observed(status=known.get("status")), new)
        if report.written:
            known["status"] = new
        return report

    return say


async def test_a_new_status_is_written(cluster, say):
    assert await say(status(Ready=READY)) == Report(written=True)
    assert cluster.statuses == [status(Ready=READY)]


async def test_a_status_that_is_known_is_not_written_again(cluster, say):
    await say(status(Ready=READY))
    cluster.writes.clear()
    assert await say(status(Ready=READY)) == Report(written=False)
    assert cluster.writes == []


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.3, 1234.5678])
async def test_the_first_status_of_a_process_is_never_held_back(cluster, clock, reporter, moment):
    clock.moment = moment
    before = observed(status=status("before", Ready=READY))
    await reporter.report(before, status("after", Ready=READY))
    assert len(cluster.statuses) == 1


async def test_progress_is_held_back_for_a_while(clock, say):
    await say(status("one", Ready=FALLEN))
    clock.forward(QUIET / 4)
    report = await say(status("two", Ready=FALLEN))
    assert (report.written, report.wait) == (False, pytest.approx(QUIET * 3 / 4))


async def test_what_was_held_back_is_written_afterwards(clock, say):
    await say(status("one", Ready=FALLEN))
    report = await say(status("two", Ready=FALLEN))
    clock.forward(report.wait)
    assert await say(status("two", Ready=FALLEN)) == Report(written=True)


@pytest.mark.parametrize(("seconds", "written"), [(QUIET, False), (PATIENCE, True)])
async def test_progress_waits_for_more_urgent_work_but_not_for_ever(
    clock, say, backlog, seconds, written
):
    await say(status("one", Ready=FALLEN))
    backlog.append("an object")
    clock.forward(seconds)
    assert (await say(status("two", Ready=FALLEN))).written is written


async def test_what_waits_for_more_urgent_work_is_looked_at_again_soon(clock, say, backlog):
    await say(status("one", Ready=FALLEN))
    backlog.append("an object")
    clock.forward(QUIET)
    assert (await say(status("two", Ready=FALLEN))).wait == QUIET / 2


async def test_what_a_user_waits_for_does_not_wait_for_more_urgent_work(say, backlog):
    backlog.append("an object")
    await say(status(Ready=FALLEN))
    assert (await say(status(Ready=READY))).written


@pytest.mark.parametrize("kind", ["Ready", "Stalled", "SpecAccepted", "TradingEnabled"])
async def test_what_a_user_waits_for_goes_at_once(say, kind):
    await say(status(**{kind: ("False", "A")}))
    assert (await say(status(**{kind: ("True", "B")}))).written


async def test_a_stall_that_ends_goes_at_once(say):
    await say(status(Ready=FALLEN, Stalled=("True", "InvalidSpec")))
    assert (await say(status(Ready=FALLEN))).written


async def test_a_new_generation_goes_at_once(say):
    await say(status(Ready=FALLEN))
    assert (await say(status(generation=2, Ready=FALLEN))).written


async def test_a_leaf_is_no_headline(say):
    await say(status(CacheReady=READY))
    assert not (await say(status(CacheReady=FALLEN))).written


async def test_a_status_that_could_not_be_written_is_not_held_back_next_time(cluster, say):
    cluster.trouble["status"] = PortError("away")
    with pytest.raises(PortError, match="away"):
        await say(status(Ready=FALLEN))
    cluster.trouble.clear()
    assert (await say(status("again", Ready=FALLEN))).written


async def test_a_transition_makes_an_event(cluster, say):
    await say(status(Ready=FALLEN))
    await say(status(Ready=READY))
    assert [event["reason"] for event in cluster.events] == ["AllComponentsReady"]


async def test_an_event_follows_the_status_it_is_about(cluster, say):
    await say(status(Ready=FALLEN))
    await say(status(Ready=READY))
    assert cluster.writes == ["status", "status", "event"]


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.3, 1234.5678])
async def test_the_first_event_of_a_process_is_never_held_back(cluster, clock, reporter, moment):
    clock.moment = moment
    await reporter.report(observed(status=status(Ready=FALLEN)), status(Ready=READY))
    assert len(cluster.events) == 1


async def flap(say, times=3):
    for _ in range(times):
        await say(status(Ready=FALLEN))
        await say(status(Ready=READY))


async def test_the_same_transition_is_told_once_in_a_while(cluster, say):
    await flap(say)
    assert [event["type"] for event in cluster.events] == ["Normal", "Warning"]


async def test_the_same_transition_is_told_again_later(cluster, clock, say):
    await flap(say)
    cluster.events.clear()
    clock.forward(REPEAT_AFTER)
    await flap(say)
    assert [event["type"] for event in cluster.events] == ["Warning", "Normal"]


async def test_an_event_that_is_lost_is_no_failure(cluster, say):
    cluster.trouble["event"] = PortError("away")
    await flap(say, 1)
    assert len(cluster.statuses) == 2


async def test_a_forgotten_stack_is_reported_on_afresh(reporter, say):
    await say(status("one", Ready=FALLEN))
    reporter.forget(observed().key)
    assert (await say(status("two", Ready=FALLEN))).written


async def test_a_halt_is_never_held_back(cluster, say):
    await say(status(TradingEnabled=("False", "NotReady")))
    await say(status(TradingEnabled=("False", "Halted")))
    assert len(cluster.statuses) == 2
