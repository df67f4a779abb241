"""What the components of a stack need to keep their promises."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.rule import Broken, Crd, rule

_BUS_REPLICAS: Final = 3
_STREAM_REPLICAS: Final = 1
"""What the API says an omitted number means."""
_ADDRESSES: Final = {
    "database": "host, port and database",
    "cache": "host and port",
    "bus": "host and port",
    "features": "host and port",
}
"""What the address of an External component consists of."""


@rule(
    "INV-20",
    "a production database is backed up",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || self.database.provider == 'External'"
        " || has(self.database.backup)",
        "add bucket, schedule and retentionDays",
        "database.backup",
    ),
)
def production_database_is_backed_up(case: Case) -> Iterator[Broken]:
    """Keep positions in more than one place."""
    database = case.spec.database
    if case.production and database.provider != "External" and not database.backup:
        yield Broken("spec.database.backup")


@rule(
    "INV-21",
    "a Builtin database has one instance",
    Crd(
        "TradingStack",
        "spec.database",
        "self.provider != 'Builtin' || self.?instances.orValue(1) == 1",
        "set it to 1, or use provider CloudNativePG",
        "instances",
    ),
    severity="warning",
)
def builtin_database_stands_alone(case: Case) -> Iterator[Broken]:
    """Promise no high availability where nothing replicates."""
    database = case.spec.database
    if database.provider == "Builtin" and (database.instances or 1) > 1:
        yield Broken("spec.database.instances")


@rule(
    "INV-21b",
    "an External component has an address, and no other has one",
    *(
        Crd(
            "TradingStack",
            f"spec.{name}",
            "(self.provider == 'External') == has(self.external)",
            f"add {wanted} with provider External, or remove external",
            "external",
        )
        for name, wanted in _ADDRESSES.items()
    ),
    severity="warning",
)
def external_address_goes_with_external_provider(case: Case) -> Iterator[Broken]:
    """Leave no doubt about which database holds the orders, and where the others are."""
    spec = case.spec
    given = (
        ("database", spec.database.provider, spec.database.external),
        ("cache", spec.cache.provider, spec.cache.external),
        ("bus", spec.bus.provider, spec.bus.external),
        ("features", spec.features.provider, spec.features.external),
    )
    for name, provider, address in given:
        if provider == "External" and not address:
            yield Broken(f"spec.{name}.external", f"add {_ADDRESSES[name]}")
        if provider != "External" and address:
            yield Broken(f"spec.{name}.external", "remove it, or use provider External")


@rule(
    "INV-23",
    "a Kafka bus is External",
    Crd(
        "TradingStack",
        "spec.bus",
        "self.kind != 'Kafka' || self.provider == 'External'",
        "use NATS, or provider External",
        "kind",
    ),
    severity="warning",
)
def kafka_is_run_by_others(case: Case) -> Iterator[Broken]:
    """Leave Kafka to those who know how to keep it healthy."""
    if case.spec.bus.kind == "Kafka" and case.spec.bus.provider != "External":
        yield Broken("spec.bus.kind")


@rule(
    "INV-23b",
    "a stream has no more replicas than the bus",
    Crd(
        "TradingStack",
        "spec.bus",
        f"!has(self.streams) || self.streams.all(s, s.?replicas.orValue({_STREAM_REPLICAS})"
        f" <= self.?replicas.orValue({_BUS_REPLICAS}))",
        "lower its replicas, or raise spec.bus.replicas",
        "streams",
    ),
    severity="warning",
)
def streams_fit_the_bus(case: Case) -> Iterator[Broken]:
    """Avoid a stream that NATS refuses, since what it was to hold would be dropped."""
    servers = case.spec.bus.replicas or _BUS_REPLICAS
    for number, stream in enumerate(case.spec.bus.streams):
        if (stream.replicas or _STREAM_REPLICAS) > servers:
            yield Broken(
                f"spec.bus.streams[{number}].replicas", "lower it, or raise spec.bus.replicas"
            )


@rule(
    "INV-24",
    "a production stack has somebody to call",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production'"
        " || size(self.?observability.?alerting.?receivers.orValue([])) > 0",
        "add at least one receiver",
        "observability.alerting.receivers",
    ),
)
def production_alerts_reach_somebody(case: Case) -> Iterator[Broken]:
    """Make sure that an alert wakes somebody."""
    observability = case.spec.observability
    alerting = observability.alerting if observability else None
    if case.production and not (alerting and alerting.receivers):
        yield Broken("spec.observability.alerting.receivers")


@rule(
    "INV-31",
    "a production stack retains its data",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || self.?deletionPolicy.orValue('Retain') == 'Retain'",
        "remove it or set it to Retain",
        "deletionPolicy",
    ),
)
def production_retains_its_data(case: Case) -> Iterator[Broken]:
    """Keep trading records longer than the platform that made them."""
    if case.production and case.spec.deletion_policy == "Delete":
        yield Broken("spec.deletionPolicy")


@rule(
    "INV-36",
    "an autoscaler's minimum is not above its maximum",
    Crd(
        "TradingStack",
        "spec.riskApi.autoscaling",
        "self.minReplicas <= self.maxReplicas",
        "lower it, or raise maxReplicas",
        "minReplicas",
    ),
    severity="warning",
)
def autoscaling_bounds_are_in_order(case: Case) -> Iterator[Broken]:
    """Refuse at once what Kubernetes would refuse after the rest has been changed."""
    bounds = case.spec.risk_api.autoscaling
    if bounds and bounds.min_replicas > bounds.max_replicas:
        yield Broken("spec.riskApi.autoscaling.minReplicas")
