"""The two servers the contract is tested on: the fake one always, the real one on demand."""

import uuid
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
NAME = "contract"
EITHER = ["fake", pytest.param("real", marks=pytest.mark.apiserver)]


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory):
    """Run an API server without controllers, which would move what the tests look at."""
    was_running = cluster.find(NAME) is not None
    running = cluster.up(NAME, node=False, controllers=False)
    running.kubectl("apply", "--server-side", "-f", str(WIDGETS))
    running.kubectl("wait", "--for=condition=Established", "crd", "--all")
    yield running.server, tls_of(running.kubeconfig, tmp_path_factory.mktemp("tls"))
    if not was_running:
        cluster.down(NAME)


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
        yield await _in_fresh_namespace(session, is_real=False)


@pytest_asyncio.fixture
async def real_client(real_cluster):
    url, tls = real_cluster
    connector = aiohttp.TCPConnector(ssl=tls)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        yield await _in_fresh_namespace(session, is_real=True)


async def _in_fresh_namespace(session, *, is_real):
    client = Client(session, f"contract-{uuid.uuid4().hex[:8]}", is_real=is_real)
    answer = await client.create(NAMESPACE, {"metadata": {"name": client.namespace}})
    assert answer.status == 201
    return client


@pytest.fixture(params=EITHER)
def api(request):
    """Speak with either server, in a namespace of the test's own."""
    return request.getfixturevalue(f"{request.param}_client")
