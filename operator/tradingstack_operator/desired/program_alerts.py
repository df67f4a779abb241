"""Alerts on what the programs of a stack report themselves, and on their silence."""

from collections.abc import Iterator
from typing import Final

from tradingstack_contract import metrics
from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import slo
from tradingstack_operator.desired.alerts import Alert
from tradingstack_operator.model.components import INGESTOR, RISK_API, WATCHDOG

_DECIDES: Final = {
    INGESTOR: ConditionType.INGESTORS_READY,
    RISK_API: ConditionType.RISK_API_READY,
    WATCHDOG: ConditionType.SAFETY_CONTROLS_ACTIVE,
}
"""The programs whose metrics are scraped, each with the condition that it decides."""


def scraped(stack: TradingStack) -> list[str]:
    """Name the components that serve metrics."""
    return [name for name in _DECIDES if name != INGESTOR or stack.spec.ingestors]


def program_alerts(stack: TradingStack) -> Iterator[Alert]:
    """Alert on what the programs report themselves, and on their silence."""
    namespace = stack.metadata.namespace
    for component in scraped(stack):
        up = f'up{{namespace="{namespace}",component="{component}"}}'
        yield Alert(
            "MetricsAbsent",
            "warning",
            _DECIDES[component],
            f"absent({up} == 1)",
            f"No metrics of {component} arrive: its alerts are blind.",
            "5m",
            about={"component": component},
        )
    for name, limit in slo.feeds(stack).items():
        book = f'{metrics.LAST_VALID_BOOK.name}{{namespace="{namespace}",ingestor="{name}"}}'
        yield Alert(
            "MarketDataStale",
            "critical",
            ConditionType.INGESTORS_READY,
            # the scrape's own time: until the next one, time() would age good data
            f"max by (ingestor, symbol) (timestamp({book}) - {book}) > {limit}",
            f"The book of {{{{ $labels.symbol }}}} from {name} is stale.",
            "15s",
            about={"ingestor": name},
        )
        yield Alert(
            "MarketDataAbsent",
            "critical",
            ConditionType.INGESTORS_READY,
            f"absent({book})",
            f"{name} reports no book at all.",
            "1m",
            about={"ingestor": name},
            runbook="MarketDataStale",
        )
    look = f'{metrics.WATCHDOG_LOOK.name}{{namespace="{namespace}"}}'
    yield Alert(
        "WatchdogSilent",
        "critical",
        ConditionType.SAFETY_CONTROLS_ACTIVE,
        f"time() - max({look}) > 60 or absent({look})",
        "Nobody looks for safeguards that are switched off.",
        "1m",
    )
    breaker = f'{metrics.BREAKER_OPEN.name}{{namespace="{namespace}"}}'
    yield Alert(
        "CircuitBreakerOpen",
        "warning",
        ConditionType.TRADING_ENABLED,
        f"max by (breaker) ({breaker}) == 1",
        "Circuit breaker {{ $labels.breaker }} stops orders.",
        "1m",
    )


def objective_alerts(stack: TradingStack) -> Iterator[Alert]:
    """Alert twice on each objective: call somebody for a fast burn, open a ticket for a slow."""
    for item in slo.objectives(stack):
        where = slo.CONDITIONS[item.name]
        said = f"The error budget of {item.name} ({item.objective} % over "
        said += f"{slo.window_days(item)} days) burns"
        yield Alert(
            "ErrorBudgetBurnsFast",
            "critical",
            where,
            slo.burn(stack, item, slo.FAST),
            f"{said} too fast to wait.",
            runbook="ErrorBudgetBurns",
            about={"slo": item.name},
        )
        yield Alert(
            "ErrorBudgetBurnsSlowly",
            "warning",
            where,
            slo.burn(stack, item, slo.SLOW),
            f"{said} faster than it comes back.",
            runbook="ErrorBudgetBurns",
            about={"slo": item.name},
        )
