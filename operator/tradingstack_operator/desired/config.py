"""The ConfigMaps of the contract: what every workload reads about its stack."""

from typing import Any, Final

from tradingstack_contract import paths
from tradingstack_contract.files import (
    CircuitBreakers,
    Environment,
    Ingestor,
    KillSwitch,
    OnUnknown,
    System,
)
from tradingstack_contract.text import to_yaml
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.clients import stack_endpoints
from tradingstack_operator.desired.parts import head, mount, object_name
from tradingstack_operator.model.components import BUS, CACHE, CONFIG, DATABASE, FEATURES
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest

VOLUME: Final = "config"
DEFAULT_STALE_AFTER_SECONDS: Final = 5
DEPENDENCIES: Final = (DATABASE, CACHE, BUS, FEATURES)
"""What the risk API needs, unless the spec says less."""
_FILES: Final = ("circuit-breakers", "kill-switch", "system")
_RELAY: Final = "relay"


def build_config(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    files = {
        "circuit-breakers": circuit_breakers(stack, facts),
        "kill-switch": kill_switch(stack),
        "system": system(stack),
        **({_RELAY: facts.relay} if facts.relay else {}),
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
        simulation=stack.simulated,
        endpoints=stack_endpoints(stack),
        ingestors={
            ingestor.name: Ingestor(
                stale_after_seconds=ingestor.stale_after_seconds or DEFAULT_STALE_AFTER_SECONDS
            )
            for ingestor in spec.ingestors
        },
        readiness_depends_on=tuple(sorted(DEPENDENCIES if awaited is None else awaited)),
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
            "sources": [
                *({"configMap": {"name": object_name(stack, name)}} for name in _FILES),
                # without it a replica is halted; it must be there to say so, and to take cancels
                {"configMap": {"name": object_name(stack, _RELAY), "optional": True}},
            ]
        },
    }


CONFIG_MOUNT: Final = mount(VOLUME, paths.CONFIG_DIR)
