"""An operator that is killed at any write leaves nothing that its successor does not put right."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import KEY, Stage, assert_lawful
from tests.scenario.world import Lives, objects, remains
from tests.support.fakeserver.faults import Call
from tradingstack_operator.model.kinds import TRADING_STACK

AT_ONCE: Final = 14
"""So many clusters are killed and mended at the same time."""
BINANCE: Final = {"name": "binance", "image": f"registry.example/b:1@sha256:{'b' * 64}"}


@dataclass(frozen=True)
class Story:
    """Something that happens to a stack, and what it looks like when all is done."""

    begins_ready: bool
    happens: Callable[[Stage], Any]
    is_over: Callable[[Stage], bool]


def is_ready(server: Stage) -> bool:
    told = server.cluster.find(TRADING_STACK, KEY) is not None and server.observed()
    return told and server.condition("Ready").get("status") == "True"


CREATION: Final = Story(False, Stage.apply_stack, is_ready)  # noqa: FBT003 - read with its class
REPLACEMENT: Final = Story(
    True,  # noqa: FBT003 - read with its class
    lambda server: server.apply_stack(spec={"ingestors": [BINANCE]}),
    lambda server: is_ready(server) and not any("kraken" in name for name in objects(server)),
)
DELETION: Final = Story(
    True,  # noqa: FBT003 - read with its class
    lambda server: server.cluster.delete(TRADING_STACK, KEY),
    lambda server: not remains(server),
)


class Kill:
    """Breaks every connection at one write, before or after its work is done."""

    def __init__(self, server: Stage, number: int, *, applied: bool):
        self.server = server
        self.left = number
        server.faults.drop_next(when=self._is_due, applied=applied)

    def _is_due(self, call: Call) -> bool:
        if not is_object_write(call):
            return False
        self.left -= 1
        if self.left == 0:
            asyncio.get_running_loop().call_soon(self.server.stop_accepting)
        return self.left == 0


def is_object_write(call: Call) -> bool:
    return call.is_write and call.kind not in {"", "Lease"}


async def tell(story, credentials, number=0, *, applied=True):
    """Run a story, killing the operator at one of its writes, and tell how it ended."""
    async with Stage() as server:
        lives = Lives(server)
        async with running(server, credentials) as first:
            if story.begins_ready:
                server.apply_stack()
                await server.until(lambda: is_ready(server))
            await first.rest()
            kill = Kill(server, number, applied=applied)
            begin = len(server.requests)
            story.happens(server)
            if number:
                await server.until(lambda: kill.left <= 0)
                await first.kill()
            else:
                await server.until(lambda: story.is_over(server))
                await first.rest()
        writes = sum(map(is_object_write, server.requests[begin:]))
        async with running(server, credentials) as second:
            await server.until(lambda: story.is_over(server))
            await second.rest()
        assert_lawful(server)
        return writes, (objects(server), lives.made, lives.gone)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
@pytest.mark.parametrize(
    "story", [CREATION, REPLACEMENT, DELETION], ids=["creation", "replacement", "deletion"]
)
async def test_a_kill_at_any_write_ends_as_if_nothing_had_happened(story, applied, credentials):
    writes, undisturbed = await tell(story, credentials)
    room = asyncio.Semaphore(AT_ONCE)

    async def disturbed(number: int) -> tuple[int, Any]:
        async with room:
            return number, (await tell(story, credentials, number, applied=applied))[1]

    endings = await asyncio.gather(*map(disturbed, range(1, writes + 1)))
    assert dict.fromkeys(range(1, writes + 1), undisturbed) == dict(endings)
