"""The ConfigMaps of the contract: what every workload reads about its stack."""

from typing import Any, Final

from tradingstack_contract import endpoints, paths
from tradingstack_contract.files import (
    CircuitBreakers,
    Endpoint,
    Endpoints,
    Environment,
    Ingestor,
    KillSwitch,
    OnUnknown,
    System,
)
from tradingstack_contract.text import to_yaml
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.parts import head, mount, object_name
from tradingstack_operator.model.components import CACHE, CONFIG, RISK_API
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest

VOLUME: Final = "config"
DEFAULT_STALE_AFTER_SECONDS: Final = 5
_FILES: Final = ("circuit-breakers", "kill-switch", "system")


def build_config(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    files = {
        "circuit-breakers": circuit_breakers(stack, facts),
        "kill-switch": kill_switch(stack),
        "system": system(stack),
    }
    return tuple(
        {
            **head(CONFIG_MAP, stack, object_name(stack, name), CONFIG),
            "data": {file.file_name: to_yaml(file)},
        }
        for name, file in files.items()
    )


def system(stack: TradingStack) -> System:
    spec = stack.spec
    readiness = spec.risk_api.readiness
    awaited = readiness.depends_on if readiness else None
    return System(
        stack=stack.metadata.name,
        namespace=stack.metadata.namespace,
        environment=Environment(spec.environment),
        simulation=bool(spec.simulation and spec.simulation.enabled),
        endpoints=Endpoints(
            cache=Endpoint(host=object_name(stack, CACHE), port=endpoints.CACHE_PORT),
            risk_api=Endpoint(host=object_name(stack, RISK_API), port=endpoints.RISK_API_PORT),
        ),
        ingestors={
            ingestor.name: Ingestor(
                stale_after_seconds=ingestor.stale_after_seconds or DEFAULT_STALE_AFTER_SECONDS
            )
            for ingestor in spec.ingestors
        },
        # A workload can only ask a component it has an address for.
        readiness_depends_on=(CACHE,) if awaited is None or CACHE in awaited else (),
    )


def kill_switch(stack: TradingStack) -> KillSwitch:
    """Arm the kill switch unless the spec says otherwise; silence means halt."""
    chosen = stack.spec.safety.kill_switch if stack.spec.safety else None
    return KillSwitch(
        enabled=chosen is None or chosen.enabled is not False,
        on_unknown=OnUnknown((chosen and chosen.on_unknown) or OnUnknown.HALT),
        network_cut_after_seconds=(chosen and chosen.network_cut_after_seconds) or 0,
    )


def circuit_breakers(stack: TradingStack, facts: Facts) -> CircuitBreakers:
    """Arm every breaker the platform knows at its upper bound, then tighten as the spec says."""
    limits = facts.policy.spec.breaker_limits if facts.policy else ()
    chosen = stack.spec.safety.circuit_breakers if stack.spec.safety else ()
    thresholds = {limit.name: limit.max for limit in limits}
    thresholds |= {breaker.name: breaker.threshold for breaker in chosen}
    off = {breaker.name for breaker in chosen if breaker.enabled is False}
    return CircuitBreakers(
        breakers={name: value for name, value in thresholds.items() if name not in off}
    )


def config_volume(stack: TradingStack) -> dict[str, Any]:
    """Gather the files in one directory; a projected volume follows a change, a subPath never."""
    return {
        "name": VOLUME,
        "projected": {
            "sources": [{"configMap": {"name": object_name(stack, name)}} for name in _FILES]
        },
    }


CONFIG_MOUNT: Final = mount(VOLUME, paths.CONFIG_DIR)
