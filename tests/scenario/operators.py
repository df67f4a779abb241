"""Whole operators in the test's own event loop: started, left alone, stopped or killed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.scenario.stage import KEY, Stage
from tests.support import stacks
from tradingstack_operator.api import names
from tradingstack_operator.controller.queue import KeyQueue
from tradingstack_operator.model.kinds import (
    MANAGED_KINDS,
    PLATFORM_POLICY,
    STACK_OPERATION,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)
from tradingstack_operator.model.objects import StackKey
from tradingstack_operator.replica import Replica
from tradingstack_operator.settings import Settings

REST: Final = 3.0
"""Seconds: what is due later than this is no consequence of what has happened before."""


class BusyQueue(KeyQueue):
    """A queue that says when something about it changes, and counts the looks."""

    def __init__(self, bell):
        super().__init__(time.monotonic)
        self.bell = bell
        self.looks = 0

    async def take(self) -> StackKey:
        key = await super().take()
        self.bell.ring()
        return key

    def done(self, key: StackKey) -> None:
        super().done(key)
        self.looks += 1
        self.bell.ring()

    def retry(self, key: StackKey) -> float:
        self.bell.ring()
        return super().retry(key)


class Operator:
    """One replica and the server it works for."""

    def __init__(self, server: Stage, credentials: Path, identity: str, **settings: Any):
        self.server = server
        self.replica = Replica(
            Settings(
                api_server=server.url,
                credentials_directory=credentials,
                namespace="operator-system",
                identity=identity,
                http_port=0,
                **{f"{name}_image": image for name, image in asdict(stacks.IMAGES).items()},
            ).model_copy(update=settings),
            lambda: datetime.fromtimestamp(time.time(), UTC),
        )
        self.queue = BusyQueue(server.bell)
        self.replica.queue = self.queue
        self.task = asyncio.create_task(self.replica.run(lambda: None))
        self.task.add_done_callback(server.bell.ring)

    async def rest(self) -> None:
        """Wait until the operator knows all there is and has nothing left to do about it."""
        await self.server.until(self.at_rest)

    async def look(self, key=KEY) -> None:
        """Have the operator look at a stack once more, as the resync does."""
        before = self.queue.looks
        self.queue.add(StackKey(*key))
        await self.server.until(lambda: self.queue.looks > before)
        await self.rest()

    def at_rest(self) -> bool:
        if self.task.done():
            self.task.result()
            raise AssertionError("the operator has ended")
        soon = self.queue.clock() + REST
        return (
            self.replica.leads()
            and self.replica.shell_running.is_set()
            and not self.queue.busy
            and all(moment > soon for moment in self.queue.due.values())
            and self.knows_all()
        )

    def knows_all(self) -> bool:
        """Compare the operator's caches with the cluster."""
        served = {resource.kind for resource in self.server.cluster.catalogue}
        own = (TRADING_STACK, TRADING_HALT, STACK_OPERATION, PLATFORM_POLICY)
        return all(
            self._known(kind) == self._real(kind)
            for kind in (*MANAGED_KINDS, *own)
            if kind in served
        )

    def _real(self, kind: Kind) -> dict[tuple[str, str], str]:
        return {
            (body["metadata"].get("namespace", ""), body["metadata"]["name"]): body["metadata"][
                "resourceVersion"
            ]
            for body in self.server.cluster.objects(kind)
            if kind not in MANAGED_KINDS or is_managed(body)
        }

    def _known(self, kind: Kind) -> dict[tuple[str, str], str]:
        store = self.replica.store
        if kind in MANAGED_KINDS:
            return {
                (namespace, ref.name): str(child.resource_version)
                for namespace, children in store.children.items()
                for ref, child in children.items()
                if ref.kind == kind.kind
            }
        return {
            (namespace, name): str(record.resource_version)
            for namespace, records in store.records[kind.kind].items()
            for name, record in records.items()
        }

    async def stop(self) -> None:
        """End it as SIGTERM does: its lease is given back."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def kill(self) -> None:
        """End it as SIGKILL does: nothing that it would still write arrives."""
        self.server.stop_accepting()
        await self.stop()
        await self.server.resume()


def is_managed(body: dict) -> bool:
    return body["metadata"].get("labels", {}).get(names.LABEL_MANAGED_BY) == names.MANAGED_BY


@asynccontextmanager
async def running(
    server: Stage, credentials: Path, identity: str = "operator-0", **settings: Any
) -> AsyncIterator[Operator]:
    """Run an operator, and stop it in the end if the test has not."""
    operator = Operator(server, credentials, identity, **settings)
    try:
        yield operator
    finally:
        await operator.stop()
