"""What the dashboards show: one query a panel, over metrics that exist."""

from collections.abc import Iterator
from typing import NamedTuple

from tradingstack_contract import metrics
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import slo
from tradingstack_operator.model import series

SHORT, SECONDS, PERCENT, BOOLEAN = "short", "s", "percentunit", "bool_yes_no"
"""Units, as Grafana names them."""


class Panel(NamedTuple):
    """One graph."""

    title: str
    expr: str
    legend: str
    unit: str = SHORT


def dashboards(stack: TradingStack) -> dict[str, tuple[Panel, ...]]:
    """List the panels of each dashboard, by the dashboard's name."""
    of_programs = f'{{namespace="{stack.metadata.namespace}"}}'
    return {
        "trading-state": (*_conditions(stack), *_safety(of_programs)),
        "market-data": tuple(_market_data(of_programs)),
        "risk-api": tuple(_risk_api(of_programs)),
        "recovery": tuple(_recovery(stack)),
        "objectives": tuple(_objectives(stack)),
    }


def _conditions(stack: TradingStack) -> Iterator[Panel]:
    yield Panel(
        "Conditions that are not True",
        f"max by (type, reason) ({_of_stack(stack, series.CONDITION, 'status', 'False')})",
        "{{type}}: {{reason}}",
    )
    yield Panel(
        "Trading",
        f"max by (status, reason) ({_of_stack(stack, series.CONDITION, 'type', 'TradingEnabled')})",
        "{{status}}: {{reason}}",
    )
    yield Panel("Paused", f"max({_of_stack(stack, series.PAUSED)})", "paused", BOOLEAN)


def _safety(mine: str) -> Iterator[Panel]:
    yield Panel("Replicas that refuse orders", f"sum({metrics.HALTED.name}{mine})", "halted")
    yield Panel(
        "Seconds since a replica heard the halt relay",
        f"max(time() - {metrics.RELAY_HEARD.name}{mine})",
        "longest",
        SECONDS,
    )
    yield Panel(
        "Open circuit breakers",
        f"max by (breaker) ({metrics.BREAKER_OPEN.name}{mine})",
        "{{breaker}}",
        BOOLEAN,
    )
    yield Panel(
        "Insecure flags", f"max by (flag) ({metrics.INSECURE_FLAG.name}{mine})", "{{flag}}", BOOLEAN
    )
    yield Panel(
        "Reported modes",
        f"count by (component, mode) ({metrics.MODE_INFO.name}{mine})",
        "{{component}}: {{mode}}",
    )
    yield Panel(
        "Seconds since the watchdog looked",
        f"time() - max({metrics.WATCHDOG_LOOK.name}{mine})",
        "watchdog",
        SECONDS,
    )


def _market_data(mine: str) -> Iterator[Panel]:
    book = f"{metrics.LAST_VALID_BOOK.name}{mine}"
    yield Panel(
        "Age of the book when it was scraped",
        f"max by (ingestor, symbol) (timestamp({book}) - {book})",
        "{{ingestor}} {{symbol}}",
        SECONDS,
    )
    yield Panel(
        "Messages a second",
        f"sum by (ingestor, channel) (rate({metrics.MESSAGES.name}{mine}[5m]))",
        "{{ingestor}} {{channel}}",
    )
    yield Panel(
        "Share of updates with a wrong checksum",
        f"sum by (ingestor) (rate({metrics.CHECKSUM_FAILURES.name}{mine}[1h]))"
        f" / sum by (ingestor) (rate({metrics.BOOK_UPDATES.name}{mine}[1h]))",
        "{{ingestor}}",
        PERCENT,
    )
    yield Panel(
        "Reconnects in an hour",
        f"sum by (ingestor) (increase({metrics.RECONNECTS.name}{mine}[1h]))",
        "{{ingestor}}",
    )
    yield Panel(
        "Seconds from reception to commit",
        _quantile("0.99", metrics.INGEST_LAG, mine),
        "99 % are faster",
        SECONDS,
    )
    yield Panel(
        "Messages not committed yet",
        f"sum by (ingestor) ({metrics.INGEST_QUEUE.name}{mine})",
        "{{ingestor}}",
    )


def _risk_api(mine: str) -> Iterator[Panel]:
    yield Panel(
        "Decisions a second",
        f"sum by (outcome) (rate({metrics.DECISIONS.name}{mine}[5m]))",
        "{{outcome}}",
    )
    yield Panel(
        "Rejections a second, by reason",
        f"sum by (reason) (rate({metrics.REJECTIONS.name}{mine}[5m]))",
        "{{reason}}",
    )
    for share in ("0.5", "0.99"):
        yield Panel(
            f"Seconds that a decision took, quantile {share}",
            _quantile(share, metrics.DECISION_SECONDS, mine),
            share,
            SECONDS,
        )
    yield Panel(
        "Dependencies that answer",
        f"min by (dependency) ({metrics.DEPENDENCY_UP.name}{mine})",
        "{{dependency}}",
        BOOLEAN,
    )


def _recovery(stack: TradingStack) -> Iterator[Panel]:
    for title, metric in (
        ("Seconds since the last backup", series.LAST_BACKUP),
        ("Seconds since the last drill", series.LAST_DRILL),
        ("Seconds since the oldest credential was refreshed", series.OLDEST_SYNC),
    ):
        yield Panel(title, f"time() - max({_of_stack(stack, metric)})", "age", SECONDS)
    loaded = f'{metrics.CREDENTIAL_LOADED.name}{{namespace="{stack.metadata.namespace}"}}'
    yield Panel(
        "Seconds since a program read a credential",
        f"time() - min by (component, credential) ({loaded})",
        "{{component}} {{credential}}",
        SECONDS,
    )


def _objectives(stack: TradingStack) -> Iterator[Panel]:
    """Show what is left of each error budget; the mean over time stands for that over events."""
    for item in slo.objectives(stack):
        ratio = slo.series(stack, item, "5m")
        yield Panel(
            f"Error budget left: {item.name}",
            f"1 - avg_over_time({ratio}[{slo.window_days(item)}d]) / {slo.budget(item)}",
            f"{item.objective} % over {slo.window_days(item)} days",
            PERCENT,
        )
        yield Panel(
            f"Errors: {item.name}", slo.series(stack, item, "1h"), "share in an hour", PERCENT
        )


def _of_stack(stack: TradingStack, metric: metrics.Metric, label: str = "", value: str = "") -> str:
    wanted = f',{label}="{value}"' if label else ""
    metadata = stack.metadata
    return f'{metric.name}{{namespace="{metadata.namespace}",name="{metadata.name}"{wanted}}}'


def _quantile(share: str, histogram: metrics.Metric, mine: str) -> str:
    buckets = f"sum by (le) (rate({histogram.name}_bucket{mine}[5m]))"
    return f"histogram_quantile({share}, {buckets})"
