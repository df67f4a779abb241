"""The components of a stack: their names, who waits for whom and who talks to whom."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tradingstack_contract import endpoints

CACHE: Final = "cache"
INGESTOR: Final = "ingestor"
RISK_API: Final = "risk-api"
NETWORK: Final = "network"
CONFIG: Final = "config"
ORDER_CLIENT: Final = "order-client"
"""Pods the operator does not run, which their owner lets ask the risk API by this label."""

LABEL_INGESTOR: Final = "tradingstack.io/ingestor"
"""Tells the ingestors of a stack apart."""

DEPENDS_ON: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        CACHE: (),
        INGESTOR: (CACHE,),
        RISK_API: (CACHE, INGESTOR),
    }
)
"""The components that have to be ready before a component's pods are made."""


class Edge(NamedTuple):
    """One permitted direction of talk: the client opens connections to the server's port."""

    client: str
    server: str
    port: int


EDGES: Final = (
    Edge(INGESTOR, CACHE, endpoints.CACHE_PORT),
    Edge(RISK_API, CACHE, endpoints.CACHE_PORT),
    Edge(ORDER_CLIENT, RISK_API, endpoints.RISK_API_PORT),
)
"""All talk between pods of a stack; what is not listed is cut by the network policies."""
