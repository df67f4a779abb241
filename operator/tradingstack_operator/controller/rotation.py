"""Ask the secret store, again and again and beside everything else, what has a new value."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tradingstack_operator.model.objects import StackKey
from tradingstack_operator.model.ports import SecretsPort
from tradingstack_operator.model.rotation import SETTLED, SecretReport


@dataclass(frozen=True, slots=True)
class SecretWatch:
    """Goes round all stacks, one question at a time: it can fall behind, but never floods."""

    secrets: SecretsPort
    folders: Callable[[], Mapping[StackKey, str]]
    """Each stack's folder in the store."""
    learn: Callable[[StackKey, SecretReport], None]
    leading: asyncio.Event
    """Only the replica that writes needs to know."""
    now: Callable[[], datetime]
    every: float
    """Seconds between the beginnings of two rounds."""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.leading.wait()
            due = loop.time() + self.every
            for key, folder in self.folders().items():
                await self._look(key, folder)
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _look(self, key: StackKey, folder: str) -> None:
        report = await self.secrets.report(folder)
        newest = max((item.created for item in report.versions.values()), default=None)
        if newest is not None and self.now() - newest < SETTLED:
            await asyncio.sleep(SETTLED.total_seconds())
        self.learn(key, report)
