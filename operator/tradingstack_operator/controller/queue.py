"""Which stack is looked at next: deduplicated, never twice at once, with growing pauses."""

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Final

from tradingstack_operator.model.objects import StackKey

FIRST_PAUSE: Final = 0.2
HEAD_START: Final = 60.0
"""Seconds that an urgent request of a stack under way counts as older than it is."""
LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts at a stack that keeps failing; a fault's end is noticed within."""
DOUBLINGS: Final = 8
"""More of them would not fit below the longest pause and, after hours, not into a float."""


@dataclass(slots=True)
class KeyQueue:
    """Keys with the moment they are due; ``clock`` counts seconds, like the event loop's."""

    clock: Callable[[], float]
    due: dict[StackKey, float] = field(default_factory=dict)
    busy: set[StackKey] = field(default_factory=set)
    begun: set[StackKey] = field(default_factory=set)
    """The keys that were taken before: what is under way is finished before more is begun."""
    failures: dict[StackKey, int] = field(default_factory=dict)
    _heap: list[tuple[float, int, StackKey]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, key: StackKey, delay: float = 0.0) -> None:
        """Ask for a look at a stack; of several requests the earliest counts."""
        moment = self.clock() + delay
        if not delay and key in self.begun:
            moment -= HEAD_START
        if moment < self.due.get(key, inf):
            self.due[key] = moment
            if key not in self.busy:
                self._push(key)

    async def take(self) -> StackKey:
        """Wait for a key that is due; it is the caller's alone until ``done`` or ``retry``."""
        while True:
            self._changed.clear()
            wait = self._next_wait()
            if wait == 0:
                _, _, key = heapq.heappop(self._heap)
                del self.due[key]
                self.busy.add(key)
                self.begun.add(key)
                return key
            await self._sleep(wait)

    def backlog(self) -> bool:
        """Tell whether keys are due that nobody has taken yet."""
        return self._next_wait() == 0

    def forget(self, key: StackKey) -> None:
        """Drop what is remembered of a stack that is gone."""
        self.begun.discard(key)

    def done(self, key: StackKey) -> None:
        """Give a key back; what was asked for meanwhile counts from when it was asked."""
        self.failures.pop(key, None)
        self._give_back(key)

    def retry(self, key: StackKey) -> float:
        """Give a key back after a failure; tells the pause in seconds before its next turn."""
        failures = self.failures.get(key, 0)
        self.failures[key] = failures + 1
        longest = min(FIRST_PAUSE * 2.0 ** min(failures, DOUBLINGS), LONGEST_PAUSE)
        pause = longest * random.uniform(0.5, 1)  # noqa: S311 - it spreads load
        self.due[key] = self.clock() + pause
        self._give_back(key)
        return pause

    def _give_back(self, key: StackKey) -> None:
        self.busy.discard(key)
        if key in self.due:
            self._push(key)

    def _push(self, key: StackKey) -> None:
        heapq.heappush(self._heap, (self.due[key], next(self._order), key))
        self._changed.set()

    def _next_wait(self) -> float:
        """Seconds until the first key is due; superseded entries are dropped on the way."""
        while self._heap:
            moment, _, key = self._heap[0]
            if key not in self.busy and self.due.get(key) == moment:
                return max(0.0, moment - self.clock())
            heapq.heappop(self._heap)
        return inf

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(None if seconds == inf else seconds):
                await self._changed.wait()
        except TimeoutError:
            pass
