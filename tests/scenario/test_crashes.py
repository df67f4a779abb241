"""An operator that is killed at any write leaves nothing that its successor does not put right."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import KEY, Stage, assert_lawful
from tests.scenario.world import Lives, comparable, objects, remains
from tests.support.fakeserver.faults import Call
from tradingstack_operator.model.kinds import TRADING_STACK

AT_ONCE: Final = 14
"""So many clusters are killed and mended at the same time."""
STRIDE: Final = 9
"""Of the whole stack, every so manieth write; of a small one each."""
SMALL: Final = {
    "database": {
        "provider": "External",
        "external": {"host": "db.example", "port": 5432, "database": "trading"},
        "image": None,
        "storage": None,
        "backup": None,
    },
    "cache": {"provider": "External", "external": {"host": "cache.example", "port": 6379}},
    "bus": {
        "provider": "External",
        "external": {"host": "bus.example", "port": 4222},
        "replicas": None,
    },
    "features": {
        "provider": "External",
        "external": {"host": "features.example", "port": 6566},
        "repoImage": None,
    },
}
"""Everything that can be is somebody else's."""
BINANCE: Final = {"name": "binance", "image": f"registry.example/b:1@sha256:{'b' * 64}"}


@dataclass(frozen=True)
class Story:
    """Something that happens to a stack, and what it looks like when all is done."""

    begins_ready: bool
    happens: Callable[[Stage, dict[str, Any]], Any]
    is_over: Callable[[Stage], bool]


def is_ready(server: Stage) -> bool:
    told = server.cluster.find(TRADING_STACK, KEY) is not None and server.observed()
    return told and server.condition("Ready").get("status") == "True"


STORIES: Final = {
    "creation": Story(
        begins_ready=False,
        happens=lambda server, spec: server.apply_stack(spec=spec),
        is_over=is_ready,
    ),
    "replacement": Story(
        begins_ready=True,
        happens=lambda server, spec: server.apply_stack(spec=spec | {"ingestors": [BINANCE]}),
        is_over=lambda server: (
            is_ready(server) and not any("kraken" in name for name in objects(server))
        ),
    ),
    "deletion": Story(
        begins_ready=True,
        happens=lambda server, _: server.cluster.delete(TRADING_STACK, KEY),
        is_over=lambda server: not remains(server),
    ),
}


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


async def tell(story, spec, credentials, number=0, *, applied=True):
    """Run a story, killing the operator at one of its writes, and tell how it ended."""
    async with Stage() as server:
        lives = Lives(server)
        async with running(server, credentials) as first:
            if story.begins_ready:
                server.apply_stack(spec=spec)
                await server.until(lambda: is_ready(server))
            await first.rest()
            kill = Kill(server, number, applied=applied)
            begin = len(server.requests)
            story.happens(server, spec)
            uid = server.stack()["metadata"]["uid"]
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
        return writes, (comparable(server, uid), lives.made, lives.gone)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize(("spec", "stride"), [(SMALL, 1), ({}, STRIDE)], ids=["small", "whole"])
async def test_a_kill_at_a_write_ends_as_if_nothing_had_happened(
    story, spec, stride, applied, credentials
):
    writes, undisturbed = await tell(STORIES[story], spec, credentials)
    room = asyncio.Semaphore(AT_ONCE)

    async def disturbed(number: int) -> tuple[int, Any]:
        async with room:
            ending = await tell(STORIES[story], spec, credentials, number, applied=applied)
            return number, ending[1]

    chosen = range(1, writes + 1, stride)
    endings = await asyncio.gather(*map(disturbed, chosen))
    assert dict.fromkeys(chosen, undisturbed) == dict(endings)
