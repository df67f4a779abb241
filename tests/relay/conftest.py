"""A cluster in memory with a stack, the relay's two identities, and replicas beside it."""

from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.relay.running import started
from tests.relay.stand_in import endpoint_slice, now, replica
from tests.scenario.bell import Bell
from tests.support import stacks
from tests.support.fakeserver import FakeServer
from tests.support.fakeserver.resources import DEFAULT_KINDS
from tests.unit.contract.relay_tokens import Signer, relay_file
from tests.webhook.authority import Authority
from tradingstack_operator.api.crd import CUSTOM_RESOURCES, build_crd
from tradingstack_operator.model.kinds import ENDPOINT_SLICE, TRADING_HALT, TRADING_STACK

CRDS = [build_crd(it) for it in CUSTOM_RESOURCES if it.kind == TRADING_HALT.kind]
STACK = (stacks.NAMESPACE, stacks.NAME)


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    """Lay out a ServiceAccount's directory; its CA certifies nothing, as all is plain HTTP."""
    directory = tmp_path_factory.mktemp("account")
    (directory / "ca.crt").write_bytes(Authority().bundle)
    (directory / "token").write_text("the-token-for-the-api-server\n")
    return directory


@pytest.fixture(scope="session")
def signer():
    return Signer()


@pytest.fixture
def token(tmp_path, signer):
    """Lay out the projected token, as the kubelet does."""
    (tmp_path / "token").write_text(signer.token(now=now()) + "\n")
    return tmp_path


@pytest_asyncio.fixture
async def server():
    """Serve a namespace with a stack, and no replica of its risk API."""
    kinds = (*DEFAULT_KINDS, ENDPOINT_SLICE)
    async with FakeServer(kinds, crds=CRDS, namespaces=(stacks.NAMESPACE,)) as served:
        metadata = {"name": stacks.NAME, "namespace": stacks.NAMESPACE}
        served.cluster.create(TRADING_STACK, stacks.manifest() | {"metadata": metadata})
        yield served


class Desk:
    """Whoever uses the cluster, and the control plane that writes its EndpointSlices."""

    def __init__(self, server, relay_file, exits):
        self.server, self.relay_file, self.exits = server, relay_file, exits
        self.bell = Bell()
        server.cluster.store.subscribers.add(self)

    def offer(self, change):
        """Hear of a change, as a subscriber of the cluster in memory."""
        self.bell.ring(change)

    async def replica(self, name, relay=None, stack=STACK, **endpoint):
        found = await self.exits.enter_async_context(replica(name, relay or self.relay_file, stack))
        self.server.cluster.create(ENDPOINT_SLICE, endpoint_slice(found, **endpoint))
        return found

    def halt(self, name="stop"):
        return self.server.cluster.create(TRADING_HALT, a_halt(name))

    def release(self, name="stop"):
        self.server.cluster.delete(TRADING_HALT, (stacks.NAMESPACE, name))

    def remove(self, replica):
        self.server.cluster.delete(ENDPOINT_SLICE, (replica.stack[0], replica.name))

    def status(self, name="stop"):
        return self.server.cluster.get(TRADING_HALT, (stacks.NAMESPACE, name)).get("status", {})


def a_halt(name):
    return {
        "apiVersion": "tradingstack.io/v1alpha1",
        "kind": "TradingHalt",
        "metadata": {"name": name, "namespace": stacks.NAMESPACE},
        "spec": {"stack": "alpha", "reason": "runaway orders", "requestedBy": "admin"},
    }


@pytest_asyncio.fixture
async def desk(server, signer):
    async with AsyncExitStack() as exits:
        yield Desk(server, relay_file(signer), exits)


@pytest_asyncio.fixture
async def relay(server, account, token):
    async with started(server.url, account, token) as running:
        await running.ready()
        yield running
