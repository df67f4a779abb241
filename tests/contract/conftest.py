"""Clients of the fake server and of a real one; `api` is either, one after the other."""

import pytest
import pytest_asyncio

from tests.contract.servers import EITHER, a_client, a_fake, a_real_server


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory):
    """Run no controllers, which would move what the tests look at."""
    with a_real_server("contract", tmp_path_factory, controllers=False) as found:
        yield found


@pytest_asyncio.fixture
async def fake():
    async with a_fake() as server:
        # as on the real server, which runs without the controllers that collect garbage
        server.cluster.garbage.enabled = False
        yield server


@pytest_asyncio.fixture
async def fake_client(fake):
    async with a_client(fake.url) as client:
        yield client


@pytest_asyncio.fixture
async def real_client(real_cluster):
    async with a_client(*real_cluster) as client:
        yield client


@pytest.fixture(params=EITHER)
def api(request):
    """Speak with either server, in a namespace of the test's own."""
    return request.getfixturevalue(f"{request.param}_client")
