"""What the operator measures of each stack: its metrics show them, alerts and dashboards ask."""

from typing import Final

from tradingstack_contract.metrics import Metric, MetricType

_STACK: Final = ("namespace", "name")

CONDITION: Final = Metric(
    "tradingstack_condition",
    MetricType.GAUGE,
    (*_STACK, "type", "status", "reason"),
    "1 for what each condition of a stack says at the moment.",
)
PAUSED: Final = Metric(
    "tradingstack_paused", MetricType.GAUGE, _STACK, "Whether the spec pauses a stack."
)
LAST_BACKUP: Final = Metric(
    "tradingstack_last_backup_timestamp_seconds",
    MetricType.GAUGE,
    _STACK,
    "When the last backup of the database succeeded; absent before the first.",
)
LAST_DRILL: Final = Metric(
    "tradingstack_last_drill_timestamp_seconds",
    MetricType.GAUGE,
    _STACK,
    "When the last recovery drill succeeded; absent before the first.",
)
OLDEST_SYNC: Final = Metric(
    "tradingstack_oldest_credential_sync_timestamp_seconds",
    MetricType.GAUGE,
    _STACK,
    "When the ExternalSecret was refreshed that has waited longest; absent before all were.",
)
OF_A_STACK: Final = (CONDITION, PAUSED, LAST_BACKUP, LAST_DRILL, OLDEST_SYNC)

SYNC_ERRORS: Final = "externalsecret_sync_calls_error"
"""A counter of the External Secrets Operator, by ``name`` and ``namespace``."""
