"""A cluster in memory, and certificates for the webhook beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from tests.support import stacks
from tests.support.fakeserver import FakeServer
from tests.support.vectors import namespaces
from tests.webhook.authority import Authority, Mount
from tests.webhook.running import Webhook, started
from tradingstack_operator.model.kinds import NAMESPACE, PLATFORM_POLICY

CRDS = [
    yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "crds").glob("*.yaml"))
]


@pytest.fixture(scope="session")
def authority():
    return Authority()


@pytest.fixture(scope="session")
def credentials(tmp_path_factory, authority):
    """Lay out a ServiceAccount's directory; its CA certifies nothing, as all is plain HTTP."""
    directory = tmp_path_factory.mktemp("account")
    (directory / "ca.crt").write_bytes(authority.bundle)
    (directory / "token").write_text("a-token\n")
    return directory


@pytest.fixture
def mount(tmp_path):
    """Mount a Secret that holds nothing yet."""
    return Mount(tmp_path / "certificates")


@asynccontextmanager
async def cluster(*, policy: bool = True) -> AsyncIterator[FakeServer]:
    """Serve our kinds, the vectors' namespaces and, if wanted, their PlatformPolicy."""
    async with FakeServer(crds=CRDS) as server:
        for name, labels in namespaces().items():
            server.cluster.create(NAMESPACE, {"metadata": {"name": name, "labels": labels}})
        if policy:
            server.cluster.create(PLATFORM_POLICY, stacks.POLICY)
        yield server


@pytest_asyncio.fixture
async def server():
    async with cluster() as served:
        yield served


@pytest_asyncio.fixture
async def webhook(server, credentials, mount, authority) -> AsyncIterator[Webhook]:
    """Run a webhook that judges."""
    mount.write(*authority.issue())
    async with started(server.url, credentials, mount.directory) as running:
        await running.ready()
        yield running


@pytest.fixture
def stack():
    """Write down a stack that keeps every rule."""
    return stacks.manifest()
