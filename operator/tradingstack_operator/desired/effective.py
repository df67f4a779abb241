"""The spec as it is in force: what the user wrote, and the default of what was left out."""

from typing import Any, Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import cache, config, ingestors, risk_api, secrets, sizing

DEFAULTS: Final[dict[str, Any]] = {
    "paused": False,
    "deletionPolicy": "Retain",
    "sizing": sizing.DEFAULT_SIZING,
    "simulation": {"enabled": False},
    "secrets": {"refreshInterval": secrets.DEFAULT_REFRESH},
    "safety": {"killSwitch": {"enabled": True, "onUnknown": "Halt", "networkCutAfterSeconds": 0}},
}
CACHE_DEFAULTS: Final[dict[str, Any]] = {
    "storage": {"size": cache.DEFAULT_STORAGE},
    "persistence": {"appendfsync": cache.DEFAULT_APPENDFSYNC},
    "maxMemoryPercent": cache.DEFAULT_MAX_MEMORY_PERCENT,
}
INGESTOR_DEFAULTS: Final[dict[str, Any]] = {
    "replicas": ingestors.DEFAULT_REPLICAS,
    "staleAfterSeconds": config.DEFAULT_STALE_AFTER_SECONDS,
}


def effective_spec(stack: TradingStack) -> dict[str, Any]:
    """Fill in the defaults of every component that is built today; the others stay as written."""
    spec = filled(stack.spec.to_json(), DEFAULTS)
    if stack.spec.cache.provider == "Builtin":
        spec["cache"] = filled(spec["cache"], CACHE_DEFAULTS)
    spec["ingestors"] = [filled(item, INGESTOR_DEFAULTS) for item in spec.get("ingestors", [])]
    if stack.spec.risk_api.autoscaling is None:
        spec["riskApi"] = filled(spec["riskApi"], {"replicas": risk_api.DEFAULT_REPLICAS})
    else:
        cpu = {"autoscaling": {"cpuPercent": risk_api.DEFAULT_CPU_PERCENT}}
        spec["riskApi"] = filled(spec["riskApi"], cpu)
    return spec


def filled(given: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Add the defaults that are not given, at every depth."""
    merged = defaults | given
    for key in defaults.keys() & given.keys():
        if isinstance(defaults[key], dict) and isinstance(given[key], dict):
            merged[key] = filled(given[key], defaults[key])
    return merged
