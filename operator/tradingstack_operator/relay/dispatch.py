"""Keep one courier for every replica, and remember what the replicas say."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import aiohttp

from tradingstack_contract.halts import HaltOrder
from tradingstack_operator.cluster.client import Identity
from tradingstack_operator.relay.courier import Courier, DeliveryError
from tradingstack_operator.relay.metrics import Metrics
from tradingstack_operator.relay.view import Replica, View

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Dispatch:
    """Every order goes out from here, and every answer comes back to here."""

    instance: str
    """The name of this process, other than that of any before or beside it."""
    view: View
    session: aiohttp.ClientSession
    identity: Identity
    now: Callable[[], datetime]
    may_speak: Callable[[], bool]
    """Whether what the view holds is fresh enough to be told."""
    metrics: Metrics
    on_answer: Callable[[str], None]
    """Told the namespace of a replica that says something new."""
    couriers: dict[Replica, Courier] = field(default_factory=dict)
    answers: dict[Replica, dict[str, bool]] = field(default_factory=dict)
    """Of the last order that a replica answered: its halts' UIDs, and whether it obeys them."""
    troubles: dict[Replica, str] = field(default_factory=dict)
    """Of the replicas that did not acknowledge the last order: why."""
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _sequence: Iterator[int] = field(default_factory=count)

    async def run(self) -> None:
        """Start a courier for each replica that comes, and stop it when the replica has gone."""
        tasks: dict[Replica, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._moved.clear()
                wanted = set(self.view.replicas())
                for replica in tasks.keys() - wanted:
                    tasks.pop(replica).cancel()
                    self._forget(replica)
                for replica in wanted - tasks.keys():
                    courier = Courier(replica, self.session, self.identity, self.compose, self)
                    self.couriers[replica] = courier
                    tasks[replica] = group.create_task(courier.run())
                await self._moved.wait()

    def stir(self, namespace: str) -> None:
        """Have the replicas of a namespace hear at once what has changed there."""
        self._moved.set()
        for replica, courier in self.couriers.items():
            if replica.stack.namespace == namespace:
                courier.due.set()

    def compose(self, replica: Replica) -> HaltOrder | None:
        if not self.may_speak():
            return None
        return self.view.order(replica.stack, self.instance, next(self._sequence), self.now())

    def answered(self, replica: Replica, obeyed: dict[str, bool], seconds: float) -> None:
        self.metrics.order_seconds.observe(seconds)
        disobeyed = sum(not obeys for obeys in obeyed.values())
        self._count(replica, f"obeys all but {disobeyed} halts" if disobeyed else "")
        if self.answers.get(replica) != obeyed:
            self.answers[replica] = obeyed
            self.on_answer(replica.stack.namespace)

    def failed(self, replica: Replica, error: DeliveryError) -> None:
        self._count(replica, str(error))

    def _count(self, replica: Replica, trouble: str) -> None:
        """Count an outcome, and log it when it is another than the last time."""
        self.metrics.orders.labels("failed" if trouble else "acknowledged").inc()
        if trouble == self.troubles.get(replica, "" if replica in self.answers else None):
            return
        who = {"stack": str(replica.stack), "replica": replica.name}
        if trouble:
            self.troubles[replica] = trouble
            log.warning("replica does not acknowledge", extra=who | {"error": trouble})
        else:
            self.troubles.pop(replica, None)
            log.info("replica acknowledges", extra=who)

    def _forget(self, replica: Replica) -> None:
        self.couriers.pop(replica)
        self.answers.pop(replica, None)
        self.troubles.pop(replica, None)
