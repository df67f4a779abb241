"""Waiting without sleeping: whoever waits looks again whenever anything has happened."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

DEADLINE: Final = 30.0
"""Seconds a scenario waits for what must come; most of it comes within one."""


class Bell:
    """Rung by the server and by the operators under test at everything they do."""

    def __init__(self):
        self._rung = asyncio.Event()

    def ring(self, *_: object) -> None:
        self._rung.set()

    async def until(self, holds: Callable[[], Any], seconds: float = DEADLINE) -> Any:
        """Wait until something holds, and give back what it says."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds()):
                    self._rung.clear()
                    await self._rung.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {holds.__qualname__}") from None
        return found
