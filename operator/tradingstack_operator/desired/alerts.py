"""What an alert is, and how Prometheus reads it; each has a runbook that bears its name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.trading_stack import TradingStack

HEARTBEAT: Final = "TradingStackRoutingTest"
"""Fires always; whoever stops hearing it knows that alerts do not arrive."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule before it has a stack's labels."""

    name: str
    severity: Literal["critical", "warning", "info", "none"]
    condition: str
    """The condition that says more; may take it from a label."""
    expr: str
    summary: str
    hold: str = "0s"
    """How long it must be so before it counts."""
    runbook: str = ""
    """Whose runbook applies; empty for the alert's own."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Labels that tell it from others of its name."""


def alert_rules(alerts: Iterable[Alert], stack: TradingStack) -> list[dict[str, Any]]:
    """Write alerts as Prometheus reads them, with what routes them and what explains them."""
    observability = stack.spec.observability
    base = observability.runbook_base_url if observability else None
    return [
        {
            "alert": alert.name,
            "expr": alert.expr,
            "for": alert.hold,
            "labels": {
                "severity": alert.severity,
                "namespace": stack.metadata.namespace,
                "stack": stack.metadata.name,
                **alert.about,
            },
            "annotations": {
                "summary": alert.summary,
                "condition": str(alert.condition),
                **({"runbook_url": _runbook(base, alert)} if base else {}),
            },
        }
        for alert in alerts
    ]


def _runbook(base: str, alert: Alert) -> str:
    return f"{base.rstrip('/')}/{alert.runbook or alert.name}.md"


def heartbeat() -> Alert:
    return Alert(
        HEARTBEAT,
        "none",
        ConditionType.OBSERVABILITY_READY,
        "vector(1)",
        "Always fires, to prove that alerts arrive.",
    )
