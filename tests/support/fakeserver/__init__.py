"""An API server for tests: in this process, over real HTTP, with faults on request.

The contract suite in `tests/contract` runs on it and on a real server. A test begins with

    async with FakeServer() as server:
        ...  # point a client at server.url

and then reads and changes the cluster through `server.cluster`, arranges trouble through
`server.faults`, lets workloads become ready with `settle(server.cluster)`, and asserts on
`server.requests`.
"""

from tests.support.fakeserver.cluster import Cluster
from tests.support.fakeserver.controllers import auto_settle, settle
from tests.support.fakeserver.errors import Refusal
from tests.support.fakeserver.faults import Call, Gate, any_call, any_write
from tests.support.fakeserver.resources import DEFAULT_KINDS, POD
from tests.support.fakeserver.server import FakeServer

__all__ = [
    "DEFAULT_KINDS",
    "POD",
    "Call",
    "Cluster",
    "FakeServer",
    "Gate",
    "Refusal",
    "any_call",
    "any_write",
    "auto_settle",
    "settle",
]
