"""A bidder for the Lease, and the stranger who may hold it."""

from datetime import UTC, datetime

from tradingstack_operator.controller.leadership import DURATION, Leadership

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
STRANGER = {"holderIdentity": "stranger", "leaseDurationSeconds": DURATION, "leaseTransitions": 4}


def bidder(lease, clock, identity="me", **fields):
    sound = {"now": lambda: NOON, "on_gained": lambda: None}
    return Leadership(lease, "operator-system", "operator", identity, clock, **(sound | fields))
