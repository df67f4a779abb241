import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from tradingstack_operator.telemetry.http import serve
from tradingstack_operator.telemetry.metrics import Metrics


@pytest.fixture
def missing():
    return []


@pytest_asyncio.fixture
async def ask(missing):
    """Ask a server on a free port of this machine for a path."""
    metrics = Metrics(lambda: 7, lambda: True)
    async with (
        serve("127.0.0.1", 0, metrics.registry, lambda: missing) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):

        async def ask(path):
            async with session.get(path) as answer:
                return answer.status, await answer.text()

        yield ask


async def test_a_process_that_answers_is_alive(ask):
    assert await ask("/livez") == (200, "ok\n")


async def test_a_process_that_is_not_ready_is_alive(ask, missing):
    missing.append("the caches are not filled")
    assert await ask("/livez") == (200, "ok\n")


async def test_a_process_that_misses_nothing_is_ready(ask):
    assert await ask("/readyz") == (200, "ok\n")


async def test_a_process_that_is_not_ready_names_what_is_missing(ask, missing):
    missing.extend(["stacks are not listed yet", "the shell is not running"])
    assert await ask("/readyz") == (503, "stacks are not listed yet\nthe shell is not running\n")


async def test_readiness_is_asked_for_each_time(ask, missing):
    missing.append("something")
    await ask("/readyz")
    missing.clear()
    assert await ask("/readyz") == (200, "ok\n")


async def test_prometheus_can_read_the_metrics(ask):
    _, text = await ask("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["tradingstack_queue_depth"].samples[0].value == 7


async def test_there_is_nothing_else(ask):
    status, _ = await ask("/debug")
    assert status == 404


async def test_nobody_answers_when_the_end_has_come():
    async with serve("127.0.0.1", 0, Metrics(lambda: 0, bool).registry, list) as port:
        pass
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("/livez")
