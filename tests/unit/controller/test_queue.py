import asyncio

import pytest

from tests.support.ports import HandClock
from tests.unit.controller.virtual_time import in_virtual_time, now
from tradingstack_operator.controller.queue import (
    FIRST_PAUSE,
    HEAD_START,
    LONGEST_PAUSE,
    KeyQueue,
)
from tradingstack_operator.model.objects import StackKey

ALPHA, BETA, GAMMA = (StackKey("trading", name) for name in ("alpha", "beta", "gamma"))


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def queue(clock):
    return KeyQueue(clock)


async def all_due(queue):
    """Take every key that is due, until only later ones are left."""
    taken = []
    while queue.due and min(queue.due.values()) <= queue.clock():
        taken.append(await queue.take())
    return taken


async def test_a_key_that_is_asked_for_is_taken(queue):
    queue.add(ALPHA)
    assert await queue.take() == ALPHA


async def test_a_key_that_is_asked_for_twice_is_taken_once(queue):
    queue.add(ALPHA)
    queue.add(ALPHA)
    assert await all_due(queue) == [ALPHA]


async def test_keys_are_taken_in_the_order_they_are_due(queue, clock):
    queue.add(ALPHA, 3)
    queue.add(BETA, 1)
    queue.add(GAMMA, 2)
    clock.forward(3)
    assert await all_due(queue) == [BETA, GAMMA, ALPHA]


async def test_keys_that_are_due_at_once_are_taken_as_they_came(queue):
    for key in (GAMMA, ALPHA, BETA):
        queue.add(key)
    assert await all_due(queue) == [GAMMA, ALPHA, BETA]


@pytest.mark.parametrize("delays", [(5, 1), (1, 5)])
def test_of_several_requests_the_earliest_counts(queue, clock, delays):
    for delay in delays:
        queue.add(ALPHA, delay)
    assert queue.due == {ALPHA: clock() + 1}


async def test_a_superseded_request_is_not_served_later(queue, clock):
    queue.add(ALPHA, 5)
    queue.add(ALPHA, 1)
    clock.forward(5)
    taken = await all_due(queue)
    queue.done(ALPHA)
    assert (taken, await all_due(queue)) == ([ALPHA], [])


@in_virtual_time
async def test_a_key_is_taken_when_it_is_due_and_not_before():
    queue = KeyQueue(now)
    queue.add(ALPHA, 7)
    assert (await queue.take(), now()) == (ALPHA, pytest.approx(7))


@in_virtual_time
async def test_an_earlier_request_wakes_who_waits_for_a_later_one():
    queue = KeyQueue(now)
    queue.add(ALPHA, 100)
    asyncio.get_running_loop().call_later(1, queue.add, BETA)
    assert (await queue.take(), now()) == (BETA, pytest.approx(1))


@in_virtual_time
async def test_a_request_wakes_who_waits_at_an_empty_queue():
    queue = KeyQueue(now)
    asyncio.get_running_loop().call_later(1, queue.add, ALPHA)
    assert await queue.take() == ALPHA


@in_virtual_time
async def test_two_who_wait_get_two_keys():
    queue = KeyQueue(now)
    taking = [asyncio.create_task(queue.take()) for _ in range(2)]
    asyncio.get_running_loop().call_later(1, queue.add, ALPHA)
    asyncio.get_running_loop().call_later(1, queue.add, BETA)
    assert set(await asyncio.gather(*taking)) == {ALPHA, BETA}


@in_virtual_time
async def test_a_key_that_is_worked_on_is_given_to_nobody_else():
    queue = KeyQueue(now)
    queue.add(ALPHA)
    await queue.take()
    queue.add(ALPHA)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 1000)


async def test_a_request_during_the_work_is_served_after_it(queue):
    queue.add(ALPHA)
    await queue.take()
    queue.add(ALPHA)
    queue.done(ALPHA)
    assert await queue.take() == ALPHA


async def test_a_request_during_the_work_counts_from_when_it_was_made(queue, clock):
    queue.add(ALPHA)
    await queue.take()
    queue.add(ALPHA, 5)
    clock.forward(5)
    queue.done(ALPHA)
    assert await all_due(queue) == [ALPHA]


async def test_a_key_that_nobody_asked_for_again_rests(queue):
    queue.add(ALPHA)
    queue.done(await queue.take())
    assert (queue.due, queue.busy) == ({}, set())


async def begin(queue, key):
    queue.add(key)
    queue.done(await queue.take())


async def test_what_is_under_way_goes_before_what_is_not_begun(queue):
    await begin(queue, ALPHA)
    queue.add(BETA)
    queue.add(ALPHA)
    assert await all_due(queue) == [ALPHA, BETA]


async def test_what_is_under_way_has_no_head_start_when_it_can_wait(queue, clock):
    await begin(queue, ALPHA)
    queue.add(BETA)
    queue.add(ALPHA, 1)
    clock.forward(1)
    assert await all_due(queue) == [BETA, ALPHA]


async def test_what_is_not_begun_waits_no_longer_than_the_head_start(queue, clock):
    await begin(queue, ALPHA)
    queue.add(BETA)
    clock.forward(HEAD_START + 1)
    queue.add(ALPHA)
    assert await all_due(queue) == [BETA, ALPHA]


async def test_a_stack_that_is_gone_is_under_way_no_more(queue):
    await begin(queue, ALPHA)
    queue.forget(ALPHA)
    queue.add(BETA)
    queue.add(ALPHA)
    assert await all_due(queue) == [BETA, ALPHA]


@pytest.mark.parametrize(("delay", "backlog"), [(0, True), (1, False)])
def test_a_backlog_is_what_is_due_already(queue, delay, backlog):
    queue.add(ALPHA, delay)
    assert queue.backlog() is backlog


async def test_what_somebody_works_on_is_no_backlog(queue):
    queue.add(ALPHA)
    await queue.take()
    assert not queue.backlog()


async def test_a_key_that_failed_comes_back_after_a_pause(queue, clock):
    queue.add(ALPHA)
    pause = queue.retry(await queue.take())
    assert queue.due == {ALPHA: clock() + pause}


async def test_a_failure_does_not_hold_up_other_keys(queue):
    queue.add(ALPHA)
    queue.retry(await queue.take())
    queue.add(BETA)
    assert await all_due(queue) == [BETA]


async def test_a_request_during_work_that_fails_does_not_shorten_the_pause(queue, clock):
    queue.add(ALPHA)
    await queue.take()
    queue.add(ALPHA)
    pause = queue.retry(ALPHA)
    assert queue.due == {ALPHA: clock() + pause}


async def fail(queue, times):
    pauses = []
    for _ in range(times):
        queue.add(ALPHA)
        pauses.append(queue.retry(await queue.take()))
    return pauses


async def test_the_pauses_grow_up_to_the_longest(queue):
    pauses = await fail(queue, 12)
    longest = [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(12)]
    outside = [
        pause for pause, most in zip(pauses, longest, strict=True) if not most / 2 <= pause <= most
    ]
    assert outside == []


async def test_a_key_that_fails_for_days_keeps_the_longest_pause(queue):
    pauses = await fail(queue, 3000)
    assert LONGEST_PAUSE / 2 <= pauses[-1] <= LONGEST_PAUSE


async def test_a_success_makes_the_next_pause_short_again(queue):
    await fail(queue, 12)
    queue.add(ALPHA)
    queue.done(await queue.take())
    assert (await fail(queue, 1))[0] <= FIRST_PAUSE
