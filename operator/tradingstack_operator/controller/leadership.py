"""Which replica may write: the one that holds the Lease, for as long as it renews it in time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final

from tradingstack_operator.model.kinds import LEASE
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import LeasePort, PortError

DURATION: Final = 15
"""Seconds a lease lasts without a renewal; the default of client-go's leader election."""
RENEW_EVERY: Final = 3.0
WRITE_MARGIN: Final = 5.0
"""Seconds before the lease ends after which no write starts: one begun now is over by then."""


@dataclass(slots=True)
class Leadership:
    """One replica's bid for the Lease.

    Only differences of the local monotonic clock count; the times written into the Lease are for
    people. Another holder is believed until its lease has not changed for its whole duration.
    """

    lease: LeasePort
    namespace: str
    name: str
    identity: str
    clock: Callable[[], float]
    now: Callable[[], datetime]
    on_gained: Callable[[], None]
    leading: asyncio.Event = field(default_factory=asyncio.Event)
    _valid_until: float = -inf
    _seen: tuple[str, float] = ("", -inf)
    """The lease's last resource version, and when it was first seen here."""

    def may_write(self) -> bool:
        return self.clock() < self._valid_until - WRITE_MARGIN

    async def run(self) -> None:
        """Bid and renew until cancelled, then let go, so that a successor need not wait."""
        try:
            while True:
                await self._bid_safely()
                await asyncio.sleep(RENEW_EVERY)
        finally:
            await self._let_go()

    async def _bid_safely(self) -> None:
        # Whether a failed write arrived is unknown: the validity proven before just runs out.
        with suppress(PortError):
            await self.bid()
        if not self.may_write():
            self.leading.clear()

    async def bid(self) -> None:
        """Renew the lease, or take it when it is free or its holder has fallen silent."""
        started = self.clock()
        current = await self.lease.read()
        if current is not None and not self._available(current, started):
            self._valid_until = -inf
            return
        written = await self.lease.write(self._claim(current))
        if written is None:
            self._valid_until = -inf
            return
        self._valid_until = started + DURATION
        if not self.leading.is_set():
            self.leading.set()
            self.on_gained()

    def _available(self, lease: Manifest, moment: float) -> bool:
        version = lease["metadata"]["resourceVersion"]
        if version != self._seen[0]:
            self._seen = (version, moment)
        holder = lease["spec"].get("holderIdentity", "")
        if holder in {"", self.identity}:
            return True
        duration = float(lease["spec"].get("leaseDurationSeconds", DURATION))
        return moment - self._seen[1] > duration

    def _claim(self, current: Manifest | None) -> Manifest:
        stamp = self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        before = current["spec"] if current else {}
        same = before.get("holderIdentity") == self.identity
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.kind,
            "metadata": current["metadata"]
            if current
            else {"namespace": self.namespace, "name": self.name},
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": DURATION,
                "acquireTime": before.get("acquireTime", stamp) if same else stamp,
                "renewTime": stamp,
                "leaseTransitions": before.get("leaseTransitions", 0) + (0 if same else 1),
            },
        }

    async def _let_go(self) -> None:
        held, self._valid_until = self.may_write(), -inf
        self.leading.clear()
        if not held:
            return
        # A lease that cannot be given back simply runs out.
        with suppress(PortError):
            current = await self.lease.read()
            if current and current["spec"].get("holderIdentity") == self.identity:
                spec = current["spec"] | {"holderIdentity": "", "leaseDurationSeconds": 1}
                await self.lease.write(current | {"spec": spec})
