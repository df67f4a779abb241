"""The two servers the contract is tested on: the fake one always, the real one on demand."""

import uuid
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import yaml
from tradingstack_operator.model.kinds import NAMESPACE

from tests.contract.client import Client, tls_of
from tests.contract.kinds import WIDGET
from tests.support.fakeserver import DEFAULT_KINDS, FakeServer
from tools.devcluster import cluster

WIDGETS = Path(__file__).with_name("widgets.yaml")
EITHER = ["fake", pytest.param("real", marks=pytest.mark.apiserver)]


@contextmanager
def real_server(name, tmp_path_factory, *, controllers):
    """Run a real API server, unless it runs already, and give its address and credentials."""
    was_running = cluster.find(name) is not None
    running = cluster.up(name, node=False, controllers=controllers)
    try:
        running.kubectl("apply", "--server-side", "-f", str(WIDGETS))
        running.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield running.server, tls_of(running.kubeconfig, tmp_path_factory.mktemp("tls"))
    finally:
        if not was_running:
            cluster.down(name)


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory):
    """Run no controllers, which would move what the tests look at."""
    with real_server("contract", tmp_path_factory, controllers=False) as found:
        yield found


@pytest_asyncio.fixture
async def fake():
    crd = yaml.safe_load(WIDGETS.read_text())
    async with FakeServer((*DEFAULT_KINDS, WIDGET), crds=[crd]) as server:
        # the real server runs without the controllers that collect garbage
        server.cluster.garbage.enabled = False
        yield server


@pytest_asyncio.fixture
async def fake_client(fake):
    async with aiohttp.ClientSession(fake.url) as session:
        yield await in_fresh_namespace(session, is_real=False)


@pytest_asyncio.fixture
async def real_client(real_cluster):
    url, tls = real_cluster
    connector = aiohttp.TCPConnector(ssl=tls)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        yield await in_fresh_namespace(session, is_real=True)


async def in_fresh_namespace(session, *, is_real):
    client = Client(session, f"contract-{uuid.uuid4().hex[:8]}", is_real=is_real)
    answer = await client.create(NAMESPACE, {"metadata": {"name": client.namespace}})
    assert answer.status == 201
    return client


@pytest.fixture(params=EITHER)
def api(request):
    """Speak with either server, in a namespace of the test's own."""
    return request.getfixturevalue(f"{request.param}_client")
