from datetime import timedelta

import pytest

from tests.support.ports import FakeLease, HandClock
from tests.unit.controller.bidding import NOON, STRANGER, bidder
from tradingstack_operator.controller.leadership import (
    DURATION,
    RENEW_EVERY,
    WRITE_MARGIN,
)


@pytest.fixture
def lease():
    return FakeLease()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def me(lease, clock):
    return bidder(lease, clock)


async def test_nobody_may_write_before_a_bid(me):
    assert (me.may_write(), me.leading.is_set()) == (False, False)


async def test_a_lease_that_does_not_exist_is_made(lease, me):
    await me.bid()
    assert (lease.lease["spec"]["holderIdentity"], me.may_write(), me.leading.is_set()) == (
        "me",
        True,
        True,
    )


async def test_a_lease_that_nobody_holds_is_taken_at_once(lease, me):
    lease.put(STRANGER | {"holderIdentity": ""})
    await me.bid()
    assert me.may_write()


async def test_a_lease_without_a_holder_is_taken_at_once(lease, me):
    lease.put({})
    await me.bid()
    assert me.may_write()


async def test_the_lease_of_an_earlier_life_is_taken_at_once(lease, me):
    lease.put(STRANGER | {"holderIdentity": "me"})
    await me.bid()
    assert me.may_write()


async def test_a_lease_that_somebody_holds_is_respected(lease, me):
    lease.put(STRANGER)
    await me.bid()
    assert (me.may_write(), lease.lease["spec"]) == (False, STRANGER)


async def test_a_holder_that_falls_silent_is_succeeded(lease, clock, me):
    lease.put(STRANGER)
    await me.bid()
    clock.forward(DURATION + 1)
    await me.bid()
    assert me.may_write()


async def test_a_holder_is_not_succeeded_before_its_lease_is_over(lease, clock, me):
    lease.put(STRANGER)
    await me.bid()
    clock.forward(DURATION)
    await me.bid()
    assert not me.may_write()


async def test_a_holder_that_renews_is_never_succeeded(lease, clock, me):
    for _ in range(10):
        lease.put(STRANGER)
        await me.bid()
        clock.forward(DURATION)
    assert not me.may_write()


async def test_the_duration_that_the_holder_wrote_counts(lease, clock, me):
    lease.put(STRANGER | {"leaseDurationSeconds": 2 * DURATION})
    await me.bid()
    clock.forward(DURATION + 1)
    await me.bid()
    assert not me.may_write()


async def test_a_holder_that_wrote_no_duration_has_the_usual_one(lease, clock, me):
    lease.put({"holderIdentity": "stranger"})
    await me.bid()
    clock.forward(DURATION + 1)
    await me.bid()
    assert me.may_write()


@pytest.mark.parametrize("skew", [timedelta(days=-365), timedelta(days=365)])
async def test_the_times_in_the_lease_do_not_matter(lease, clock, me, skew):
    lease.put(STRANGER | {"renewTime": (NOON + skew).isoformat()})
    await me.bid()
    early = me.may_write()
    clock.forward(DURATION + 1)
    await me.bid()
    assert (early, me.may_write()) == (False, True)


async def test_a_wall_clock_that_jumps_does_not_end_a_lease(lease, clock):
    times = iter([NOON, NOON - timedelta(days=1), NOON + timedelta(days=1)])
    me = bidder(lease, clock, now=lambda: next(times))
    for _ in range(3):
        await me.bid()
        clock.forward(RENEW_EVERY)
    assert me.may_write()


async def test_writing_ends_some_time_before_the_lease_does(clock, me):
    await me.bid()
    clock.forward(DURATION - WRITE_MARGIN)
    assert not me.may_write()


async def test_writing_goes_on_until_then(clock, me):
    await me.bid()
    clock.forward(DURATION - WRITE_MARGIN - 0.1)
    assert me.may_write()


async def test_a_renewal_lengthens_the_lease(clock, me):
    await me.bid()
    clock.forward(RENEW_EVERY)
    await me.bid()
    clock.forward(DURATION - WRITE_MARGIN - 0.1)
    assert me.may_write()


async def test_a_lease_counts_from_before_it_was_asked_for(clock):
    class SlowLease(FakeLease):
        async def write(self, lease):
            clock.forward(DURATION - WRITE_MARGIN)
            return await super().write(lease)

    me = bidder(SlowLease(), clock)
    await me.bid()
    assert not me.may_write()


async def test_who_writes_second_does_not_lead(lease, me):
    lease.put({})
    lease.rival = STRANGER
    await me.bid()
    assert (me.may_write(), me.leading.is_set(), lease.lease["spec"]) == (False, False, STRANGER)


async def test_who_loses_the_lease_stops_writing_at_once(lease, me):
    await me.bid()
    lease.put(STRANGER)
    await me.bid()
    assert not me.may_write()


async def test_of_two_bidders_one_leads(lease, clock):
    bidders = [bidder(lease, clock, identity) for identity in ("a", "b")]
    for _ in range(5):
        for one in bidders:
            await one.bid()
        clock.forward(RENEW_EVERY)
    assert [one.may_write() for one in bidders] == [True, False]


async def test_a_lease_says_who_holds_it_since_when(lease, clock):
    times = iter([NOON, NOON + timedelta(seconds=3)])
    me = bidder(lease, clock, now=lambda: next(times))
    await me.bid()
    await me.bid()
    assert lease.lease["spec"] == {
        "holderIdentity": "me",
        "leaseDurationSeconds": DURATION,
        "acquireTime": "2026-08-01T12:00:00.000000Z",
        "renewTime": "2026-08-01T12:00:03.000000Z",
        "leaseTransitions": 1,
    }


async def test_a_new_holder_counts_as_a_transition(lease, clock, me):
    lease.put(STRANGER)
    await me.bid()
    clock.forward(DURATION + 1)
    await me.bid()
    assert lease.lease["spec"]["leaseTransitions"] == STRANGER["leaseTransitions"] + 1


async def test_gaining_the_lead_is_told_once(lease, clock):
    told = []
    me = bidder(lease, clock, on_gained=lambda: told.append("gained"))
    for _ in range(3):
        await me.bid()
    assert told == ["gained"]
