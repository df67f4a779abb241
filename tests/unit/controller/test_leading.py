"""A replica that bids and renews until it ends."""

import asyncio

from tests.support.ports import FakeLease
from tests.unit.controller.bidding import STRANGER, bidder
from tests.unit.controller.virtual_time import in_virtual_time, let_run, now
from tradingstack_operator.controller.leadership import DURATION, RENEW_EVERY
from tradingstack_operator.model.ports import PortError


@in_virtual_time
async def test_a_lease_is_renewed_as_long_as_its_holder_runs():
    lease = FakeLease()
    await let_run(bidder(lease, now).run(), 10 * RENEW_EVERY + 1)
    assert lease.versions >= 10


@in_virtual_time
async def test_a_holder_that_ends_lets_go():
    lease = FakeLease()
    me = bidder(lease, now)
    await let_run(me.run(), 1)
    assert (lease.lease["spec"]["holderIdentity"], me.may_write(), me.leading.is_set()) == (
        "",
        False,
        False,
    )


@in_virtual_time
async def test_a_successor_need_not_wait_for_a_holder_that_ended():
    lease = FakeLease()
    await let_run(bidder(lease, now, "first").run(), 1)
    second = bidder(lease, now, "second")
    await second.bid()
    assert second.may_write()


@in_virtual_time
async def test_a_standby_that_ends_leaves_the_lease_alone():
    lease = FakeLease()
    lease.put(STRANGER)
    await let_run(bidder(lease, now).run(), 1)
    assert lease.lease["spec"] == STRANGER


@in_virtual_time
async def test_a_lease_that_changed_hands_is_not_let_go():
    lease = FakeLease()
    running = asyncio.create_task(let_run(bidder(lease, now).run(), 1))
    asyncio.get_running_loop().call_later(0.5, lease.put, STRANGER)
    await running
    assert lease.lease["spec"] == STRANGER


def cut_off(lease):
    lease.failure = PortError("away")


@in_virtual_time
async def test_a_lease_that_cannot_be_given_back_does_not_hold_up_the_end():
    lease = FakeLease()
    me = bidder(lease, now)
    asyncio.get_running_loop().call_later(0.5, cut_off, lease)
    await let_run(me.run(), 1)
    assert (lease.lease["spec"]["holderIdentity"], me.may_write()) == ("me", False)


@in_virtual_time
async def test_a_holder_that_is_cut_off_goes_on_for_a_while():
    lease = FakeLease()
    me = bidder(lease, now)
    running = asyncio.create_task(me.run())
    await asyncio.wait({running}, timeout=1)
    cut_off(lease)
    await asyncio.wait({running}, timeout=RENEW_EVERY)
    assert me.leading.is_set()
    await let_run(running, 0)


@in_virtual_time
async def test_a_holder_that_stays_cut_off_stops_leading():
    lease = FakeLease()
    me = bidder(lease, now)
    running = asyncio.create_task(me.run())
    await asyncio.wait({running}, timeout=1)
    cut_off(lease)
    await asyncio.wait({running}, timeout=DURATION)
    assert not me.leading.is_set()
    await let_run(running, 0)


@in_virtual_time
async def test_a_holder_that_was_cut_off_leads_again():
    lease, told = FakeLease(), []
    me = bidder(lease, now, on_gained=lambda: told.append(now()))
    running = asyncio.create_task(me.run())
    await asyncio.wait({running}, timeout=1)
    cut_off(lease)
    await asyncio.wait({running}, timeout=DURATION)
    lease.failure = None
    await asyncio.wait({running}, timeout=RENEW_EVERY)
    assert (me.leading.is_set(), len(told)) == (True, 2)
    await let_run(running, 0)
