"""Which components of a stack somebody else runs, and where the platform says they are."""

from collections.abc import Mapping

from tradingstack_operator.api.database import ExternalDatabase
from tradingstack_operator.api.parts import ExternalAddress
from tradingstack_operator.api.platform_policy import ExternalService, ObjectStore
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.components import (
    BACKUP,
    BUS,
    CACHE,
    DATABASE,
    FEATURES,
    INGESTOR,
    MATERIALIZATION,
    ONLINE_STORE,
    REGISTRY,
    STREAMS,
)
from tradingstack_operator.model.facts import Facts


def foreign(stack: TradingStack) -> frozenset[str]:
    """Name the components that have no pods here, since somebody else runs them or nobody does."""
    spec = stack.spec
    features = (FEATURES, REGISTRY, MATERIALIZATION, ONLINE_STORE)
    absent = (
        ((DATABASE,), spec.database.provider == "External"),
        ((BACKUP,), spec.database.provider != "Builtin" or spec.database.backup is None),
        ((CACHE,), spec.cache.provider == "External"),
        ((BUS, STREAMS), spec.bus.provider == "External"),
        (features, spec.features.provider == "External"),
        ((INGESTOR,), not spec.ingestors),
    )
    return frozenset(name for names, away in absent if away for name in names)


def external_services(stack: TradingStack, facts: Facts) -> Mapping[str, ExternalService]:
    """Find the platform's entry of every component that somebody else runs.

    One that the platform does not list for this environment opens nothing. A rule refuses such a
    spec before it is built; this is the second fence.
    """
    services = facts.policy.spec.egress.services if facts.policy else ()
    return {
        component: service
        for component, address in addresses(stack).items()
        for service in services
        if (service.host, service.port) == (address.host, address.port)
        and stack.spec.environment in service.environments
    }


def addresses(stack: TradingStack) -> Mapping[str, ExternalAddress | ExternalDatabase]:
    """Give the address of every component that somebody else runs."""
    spec = stack.spec
    given = {
        DATABASE: spec.database.external,
        CACHE: spec.cache.external,
        BUS: spec.bus.external,
        FEATURES: spec.features.external,
    }
    away = foreign(stack)
    return {name: address for name, address in given.items() if address and name in away}


def object_stores(stack: TradingStack, facts: Facts) -> tuple[ObjectStore, ...]:
    """Name the object stores that backups may go to; none without backups."""
    if facts.policy is None or stack.spec.database.backup is None:
        return ()
    return tuple(sorted(facts.policy.spec.egress.object_stores, key=lambda store: store.name))
