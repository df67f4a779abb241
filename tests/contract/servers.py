"""The servers the contract is tested on, and clients that speak with them."""

import uuid
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import yaml

from tests.contract.client import Client, tls_of
from tests.contract.kinds import WIDGET
from tests.support.fakeserver import DEFAULT_KINDS, FakeServer
from tools.devcluster import cluster, monitoring
from tradingstack_operator.model.kinds import NAMESPACE

WIDGETS: Final = Path(__file__).with_name("widgets.yaml")
EITHER: Final = ("fake", pytest.param("real", marks=pytest.mark.apiserver))
"""The fake server always, the real one where API servers are asked for."""


def a_fake():
    return FakeServer((*DEFAULT_KINDS, WIDGET), crds=[yaml.safe_load(WIDGETS.read_text())])


@contextmanager
def a_real_server(name, tmp_path_factory, *, controllers):
    """Run a real API server, unless it runs already, and give its address and credentials."""
    was_running = cluster.find(name) is not None
    running = cluster.up(name, node=False, controllers=controllers)
    try:
        prometheus = str(monitoring.prometheus_operator_crds(print))
        running.kubectl("apply", "--server-side", "-f", str(WIDGETS), "-f", prometheus)
        running.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield running.server, tls_of(running.kubeconfig, tmp_path_factory.mktemp("tls"))
    finally:
        if not was_running:
            cluster.down(name)


@asynccontextmanager
async def a_client(url, tls=None):
    """Speak with a server in a namespace of one's own."""
    connector = aiohttp.TCPConnector(ssl=tls or True)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        client = Client(session, f"contract-{uuid.uuid4().hex[:8]}")
        answer = await client.create(NAMESPACE, {"metadata": {"name": client.namespace}})
        assert answer.status == 201
        yield client
