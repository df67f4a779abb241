"""The components of a stack: their names, who waits for whom and who talks to whom."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tradingstack_contract import endpoints

DATABASE: Final = "database"
SCHEMA: Final = "schema"
"""The Job that makes roles, schemas and tables."""
BACKUP: Final = "backup"
CACHE: Final = "cache"
ONLINE_STORE: Final = "online-store"
"""Feast's own Redis, so that features never push risk keys out of the cache."""
BUS: Final = "bus"
STREAMS: Final = "streams"
"""The Job that declares the bus's streams and consumers."""
REGISTRY: Final = "registry"
"""The Job that writes the feature definitions to Feast's registry."""
FEATURES: Final = "features"
MATERIALIZATION: Final = "materialization"
INGESTOR: Final = "ingestor"
RISK_API: Final = "risk-api"
RISK_API_REPLICAS: Final = "risk-api-replicas"
"""The Service that names every replica of the risk API, ready or not."""
WATCHDOG: Final = "watchdog"
PROBE: Final = "network-probe"
OPERATION: Final = "operation"
"""The Jobs of StackOperations."""
NETWORK: Final = "network"
CONFIG: Final = "config"
OBSERVABILITY: Final = "observability"
GRAFANA_ADMIN: Final = "grafana-admin"
HALT_RELAY: Final = "halt-relay"
"""The operator's own pods that bring halts to the risk API; they run in its namespace."""
ORDER_CLIENT: Final = "order-client"
"""Pods the operator does not run, which their owner lets ask the risk API by this label."""

LABEL_INGESTOR: Final = "tradingstack.io/ingestor"
"""Tells the ingestors of a stack apart."""

DEPENDS_ON: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        DATABASE: (),
        CACHE: (),
        ONLINE_STORE: (),
        BUS: (),
        SCHEMA: (DATABASE,),
        STREAMS: (BUS,),
        BACKUP: (DATABASE,),
        REGISTRY: (SCHEMA, ONLINE_STORE),
        FEATURES: (REGISTRY, MATERIALIZATION),
        MATERIALIZATION: (REGISTRY,),
        INGESTOR: (CACHE, SCHEMA, STREAMS),
        RISK_API: (CACHE, SCHEMA, STREAMS, FEATURES, INGESTOR),
        WATCHDOG: (),
        PROBE: (),
        OPERATION: (),
    }
)
"""The components that have to be ready before a component's pods are made.

One that is somebody else's has no pods here, and nothing waits for it.
"""


class Edge(NamedTuple):
    """One permitted direction of talk: the client opens connections to the server's port."""

    client: str
    server: str
    port: int


EDGES: Final = (
    *(
        Edge(client, DATABASE, endpoints.DATABASE_PORT)
        for client in (
            SCHEMA,
            REGISTRY,
            FEATURES,
            MATERIALIZATION,
            INGESTOR,
            RISK_API,
            WATCHDOG,
        )
    ),
    Edge(BACKUP, DATABASE, endpoints.BACKUP_PORT),
    *(Edge(client, CACHE, endpoints.CACHE_PORT) for client in (INGESTOR, RISK_API, WATCHDOG)),
    *(
        Edge(client, ONLINE_STORE, endpoints.CACHE_PORT)
        for client in (REGISTRY, FEATURES, MATERIALIZATION)
    ),
    *(Edge(client, BUS, endpoints.BUS_PORT) for client in (STREAMS, INGESTOR, RISK_API, WATCHDOG)),
    Edge(BUS, BUS, endpoints.BUS_ROUTES_PORT),
    Edge(RISK_API, FEATURES, endpoints.FEATURES_PORT),
    Edge(ORDER_CLIENT, RISK_API, endpoints.RISK_API_PORT),
    *(Edge(WATCHDOG, server, endpoints.HEALTH_PORT) for server in (INGESTOR, RISK_API)),
)
"""All talk between pods of a stack; what is not listed is cut by the network policies."""

MONITORED: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys((INGESTOR, RISK_API, WATCHDOG), endpoints.HEALTH_PORT)
)
"""The components whose metrics the platform's monitoring reads, and on which port."""

ARCHIVING: Final = (DATABASE, BACKUP, OPERATION)
"""The components that write backups to an object store, or read them."""
