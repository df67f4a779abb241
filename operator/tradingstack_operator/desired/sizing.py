"""How much processor, memory and disk each component gets."""

from collections.abc import Mapping
from typing import Final, TypedDict

from tradingstack_operator.api.parts import Resources
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
    PROBE,
    REGISTRY,
    RISK_API,
    SCHEMA,
    STREAMS,
    WATCHDOG,
)
from tradingstack_operator.model.quantity import amount, canonical


class Limits(TypedDict):
    """The resources of a container, as a pod spells them."""

    requests: dict[str, str]
    limits: dict[str, str]


DEFAULT_SIZING: Final = "medium"
# Of the node's own disk, requested and at most: temporary files, which parts.TMP_SIZE bounds, and
# logs, which the kubelet turns over long before. Data lies on volumes of its own.
_DISK: Final = ("128Mi", "1Gi")

# Requested cpu, cpu limit and memory. Memory is requested in full: a pod that is promised less
# than it may use is the one that dies when a node runs short.
_COMMAND: Final = dict.fromkeys(("small", "medium", "large"), ("20m", "200m", "128Mi"))
_TABLE: Final[Mapping[str, Mapping[str, tuple[str, str, str]]]] = {
    BACKUP: {
        "small": ("50m", "500m", "256Mi"),
        "medium": ("100m", "1", "512Mi"),
        "large": ("250m", "2", "1Gi"),
    },
    BUS: {
        "small": ("100m", "500m", "256Mi"),
        "medium": ("250m", "1", "1Gi"),
        "large": ("1", "2", "4Gi"),
    },
    CACHE: {
        "small": ("100m", "500m", "256Mi"),
        "medium": ("250m", "1", "1Gi"),
        "large": ("1", "2", "8Gi"),
    },
    DATABASE: {
        "small": ("250m", "1", "1Gi"),
        "medium": ("1", "2", "4Gi"),
        "large": ("4", "8", "32Gi"),
    },
    FEATURES: {
        "small": ("100m", "1", "768Mi"),
        "medium": ("500m", "2", "1536Mi"),
        "large": ("1", "4", "3Gi"),
    },
    INGESTOR: {
        "small": ("50m", "500m", "128Mi"),
        "medium": ("250m", "1", "256Mi"),
        "large": ("500m", "2", "1Gi"),
    },
    MATERIALIZATION: {
        "small": ("100m", "1", "768Mi"),
        "medium": ("250m", "1", "1Gi"),
        "large": ("500m", "2", "4Gi"),
    },
    ONLINE_STORE: {
        "small": ("50m", "500m", "256Mi"),
        "medium": ("250m", "1", "1Gi"),
        "large": ("500m", "2", "8Gi"),
    },
    REGISTRY: {
        "small": ("100m", "1", "512Mi"),
        "medium": ("100m", "1", "512Mi"),
        "large": ("100m", "1", "1Gi"),
    },
    RISK_API: {
        "small": ("100m", "1", "256Mi"),
        "medium": ("500m", "2", "512Mi"),
        "large": ("1", "4", "1Gi"),
    },
    **dict.fromkeys((SCHEMA, STREAMS, PROBE, WATCHDOG), _COMMAND),
}


def resources(stack: TradingStack, component: str, override: Resources | None) -> Limits:
    """Take the sizing's resources and, amount by amount, what the spec says instead.

    An asked request above the sizing's limit raises that limit, and an asked limit below the
    sizing's request lowers that request: the half that was not asked for has to fit.
    """
    cpu, cpu_limit, memory = _TABLE[component][stack.spec.sizing or DEFAULT_SIZING]
    requests = {"cpu": cpu, "memory": memory}
    limits = {"cpu": cpu_limit, "memory": memory}
    asked = override.requests.to_json() if override and override.requests else {}
    allowed = override.limits.to_json() if override and override.limits else {}
    for name, request in requests.items():
        if name in asked and name not in allowed:
            allowed[name] = max(asked[name], limits[name], key=amount)
        elif name in allowed and name not in asked:
            asked[name] = min(allowed[name], request, key=amount)
    return _with_disk(_canonical(requests | asked), _canonical(limits | allowed))


def fixed(cpu: str, cpu_limit: str, memory: str) -> Limits:
    """Spell the resources of a container whose work does not grow with the stack."""
    return _with_disk({"cpu": cpu, "memory": memory}, {"cpu": cpu_limit, "memory": memory})


def _with_disk(requests: dict[str, str], limits: dict[str, str]) -> Limits:
    disk, most = _DISK
    return {
        "requests": {**requests, "ephemeral-storage": disk},
        "limits": {**limits, "ephemeral-storage": most},
    }


def _canonical(amounts: dict[str, str]) -> dict[str, str]:
    return {name: canonical(quantity) for name, quantity in amounts.items()}
