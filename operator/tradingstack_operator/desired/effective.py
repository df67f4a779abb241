"""The spec as it is in force: what the user wrote, and the default of what was left out."""

from typing import Any, Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import (
    bus,
    cache,
    config,
    credentials,
    dashboards,
    feast,
    features,
    ingestors,
    pgbackrest,
    postgres,
    risk_api,
    sizing,
    slo,
)
from tradingstack_operator.desired.drills import drill_kinds
from tradingstack_operator.model.freshness import DEFAULT_MAX_STALENESS_MINUTES
from tradingstack_operator.model.operations import (
    DEFAULT_DRILL_MAX_AGE_DAYS,
    DEFAULT_DRILL_SCHEDULE,
)

DEFAULTS: Final[dict[str, Any]] = {
    "paused": False,
    "deletionPolicy": "Retain",
    "sizing": sizing.DEFAULT_SIZING,
    "simulation": {"enabled": False},
    "secrets": {"refreshInterval": credentials.DEFAULT_REFRESH},
    "safety": {
        "killSwitch": {
            "enabled": True,
            "engaged": False,
            "onUnknown": "Halt",
            "networkCutAfterSeconds": 0,
        }
    },
}
DATABASE_DEFAULTS: Final[dict[str, Any]] = {
    "instances": postgres.DEFAULT_INSTANCES,
    "storage": {"size": postgres.DEFAULT_STORAGE},
}
DATABASE_CLIENT_DEFAULTS: Final[dict[str, Any]] = {"tls": {"mode": "verify-full"}}
BACKUP_DEFAULTS: Final[dict[str, Any]] = {
    "endpoint": pgbackrest.PUBLIC_S3,
    "credentialsRemoteKey": pgbackrest.REPOSITORY,
    "walArchiveTimeoutSeconds": pgbackrest.DEFAULT_ARCHIVE_TIMEOUT_SECONDS,
}
CACHE_DEFAULTS: Final[dict[str, Any]] = {
    "storage": {"size": cache.DEFAULT_STORAGE},
    "persistence": {
        "appendfsync": cache.DEFAULT_APPENDFSYNC,
        "snapshotSchedule": cache.DEFAULT_SNAPSHOT_SCHEDULE,
    },
    "maxMemoryPercent": cache.DEFAULT_MAX_MEMORY_PERCENT,
    "restoreOnEmptyVolume": True,
}
FEATURES_DEFAULTS: Final[dict[str, Any]] = {
    "online": {"replicas": features.DEFAULT_REPLICAS},
    "materialization": {
        "schedule": features.DEFAULT_SCHEDULE,
        "maxStalenessMinutes": DEFAULT_MAX_STALENESS_MINUTES,
    },
    "bootstrap": {"applyOnStart": True, "warmOnlineStore": True},
}
BUS_DEFAULTS: Final[dict[str, Any]] = {
    "replicas": bus.DEFAULT_REPLICAS,
    "storage": {"size": bus.DEFAULT_STORAGE},
    "syncInterval": bus.DEFAULT_SYNC_INTERVAL,
}
INGESTOR_DEFAULTS: Final[dict[str, Any]] = {
    "replicas": ingestors.DEFAULT_REPLICAS,
    "staleAfterSeconds": config.DEFAULT_STALE_AFTER_SECONDS,
}


def effective_spec(stack: TradingStack) -> dict[str, Any]:
    """Fill in the defaults of every component that is built today; the others stay as written."""
    spec = filled(stack.spec.to_json(), DEFAULTS)
    spec["database"] = _database(stack, spec["database"])
    if stack.spec.cache.provider == "Builtin":
        spec["cache"] = filled(spec["cache"], CACHE_DEFAULTS)
    if stack.spec.features.provider == "Builtin":
        project = {"project": feast.project(stack)}
        spec["features"] = filled(spec["features"], FEATURES_DEFAULTS | project)
    if stack.spec.bus.provider == "Builtin":
        spec["bus"] = filled(spec["bus"], BUS_DEFAULTS)
    spec["ingestors"] = [filled(item, INGESTOR_DEFAULTS) for item in spec.get("ingestors", [])]
    spec["drills"] = filled(spec.get("drills", {}), _drills(stack))
    spec["observability"] = _observability(stack, spec.get("observability", {}))
    if stack.spec.risk_api.autoscaling is None:
        spec["riskApi"] = filled(spec["riskApi"], {"replicas": risk_api.DEFAULT_REPLICAS})
    else:
        cpu = {"autoscaling": {"cpuPercent": risk_api.DEFAULT_CPU_PERCENT}}
        spec["riskApi"] = filled(spec["riskApi"], cpu)
    return spec


def _drills(stack: TradingStack) -> dict[str, Any]:
    return {
        "schedule": DEFAULT_DRILL_SCHEDULE,
        "maxAgeDays": DEFAULT_DRILL_MAX_AGE_DAYS,
        "include": list(drill_kinds(stack)),
    }


def _observability(stack: TradingStack, given: dict[str, Any]) -> dict[str, Any]:
    """Fill in what is watched; labels and objectives that are given replace the defaults whole."""
    grafana = {"enabled": True, "dashboardLabels": dashboards.DEFAULT_LABELS}
    objectives = [
        item.to_json() | {"windowDays": slo.window_days(item)} for item in slo.objectives(stack)
    ]
    return given | {"grafana": grafana | given.get("grafana", {}), "slo": objectives}


def _database(stack: TradingStack, given: dict[str, Any]) -> dict[str, Any]:
    known = filled(given, DATABASE_CLIENT_DEFAULTS)
    if stack.spec.database.provider == "External":
        return known
    backup = {"backup": BACKUP_DEFAULTS} if stack.spec.database.backup else {}
    return filled(known, DATABASE_DEFAULTS | backup)


def filled(given: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Add the defaults that are not given, at every depth."""
    merged = defaults | given
    for key in defaults.keys() & given.keys():
        if isinstance(defaults[key], dict) and isinstance(given[key], dict):
            merged[key] = filled(given[key], defaults[key])
    return merged
