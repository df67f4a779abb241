"""The loop: take a stack that is due, look at it, put it back for later."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from tradingstack_operator.controller.queue import KeyQueue
from tradingstack_operator.controller.reconcile import Pass, Reconciler
from tradingstack_operator.model.objects import StackKey
from tradingstack_operator.model.ports import PortError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workers:
    """Several looks at once, never two at the same stack, none while another replica leads."""

    queue: KeyQueue
    reconciler: Reconciler
    leading: asyncio.Event
    resync: float
    """Seconds after which a stack at rest is looked at again, as a safety net."""
    on_pass: Callable[[Pass, float], None]
    """Told every finished look and the seconds it took."""
    on_failure: Callable[[StackKey, Exception, float], None]
    """Told every look that failed and the seconds until it is tried again."""

    async def run(self, count: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            await self.leading.wait()
            key = await self.queue.take()
            if self.leading.is_set():
                await self._look(key)
            else:
                self.queue.add(key)
                self.queue.done(key)

    async def _look(self, key: StackKey) -> None:
        started = self.queue.clock()
        try:
            outcome = await self.reconciler.reconcile(key)
        except PortError as error:
            self.on_failure(key, error, self.queue.retry(key))
        except Exception as error:
            # Whatever is wrong with one stack must not stop the others; it is tried again, and
            # the log has the stack trace.
            log.exception("look at a stack failed", extra={"stack": str(key)})
            self.on_failure(key, error, self.queue.retry(key))
        else:
            if outcome is None:
                self.queue.forget(key)
            else:
                self.on_pass(outcome, self.queue.clock() - started)
                rest = self.resync * random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load
                self.queue.add(key, min(outcome.next_look or rest, rest))
            self.queue.done(key)
