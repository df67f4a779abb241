"""Service level objectives: what share of what may fail, measured over several windows.

The pairs of windows, and the share of the error budget that one pair may see burnt, are those of
"Alerting on SLOs" in Google's Site Reliability Workbook: 2 % in an hour or 5 % in six hours call
somebody, 10 % in a day or in three days open a ticket.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tradingstack_contract import metrics
from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.observability import Indicator, ServiceLevel
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.config import DEFAULT_STALE_AFTER_SECONDS

ERROR_RATIO: Final = "tradingstack:slo_error_ratio"
"""Recorded for each window, as in ``tradingstack:slo_error_ratio:1h``."""
FRESH: Final = "tradingstack:market_data_fresh"
"""1 while every symbol of an ingestor is fresh, else 0; recorded for each ingestor."""
DEFAULT_WINDOW_DAYS: Final = 30
DEFAULT_OBJECTIVES: Final[Mapping[Indicator, Decimal]] = MappingProxyType(
    {
        "risk-api-availability": Decimal("99.9"),
        "risk-api-latency": Decimal(99),
        "market-data-freshness": Decimal("99.5"),
        "ingest-lag": Decimal(99),
    }
)
CONDITIONS: Final[Mapping[Indicator, ConditionType]] = MappingProxyType(
    {
        "risk-api-availability": ConditionType.RISK_API_READY,
        "risk-api-latency": ConditionType.RISK_API_READY,
        "market-data-freshness": ConditionType.INGESTORS_READY,
        "ingest-lag": ConditionType.INGESTORS_READY,
    }
)
"""Where to look first when an objective is missed."""


class Window(NamedTuple):
    """A long window that shows a burn, and a short one that shows that it goes on."""

    long: str
    short: str
    hours: int
    share: Decimal
    """Of the error budget, burnt within the long window."""


FAST: Final = (Window("1h", "5m", 1, Decimal("0.02")), Window("6h", "30m", 6, Decimal("0.05")))
SLOW: Final = (Window("1d", "2h", 24, Decimal("0.1")), Window("3d", "6h", 72, Decimal("0.1")))
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def objectives(stack: TradingStack) -> tuple[ServiceLevel, ...]:
    """List the spec's objectives, or the defaults; without a feed there is no fresh data to want.

    The same goes for an ingestor: only a feed measures how long a trade took to be stored.
    """
    observability = stack.spec.observability
    chosen = (observability and observability.slo) or tuple(
        ServiceLevel(name=name, objective=objective)
        for name, objective in DEFAULT_OBJECTIVES.items()
    )
    fed = bool(feeds(stack))
    return tuple(
        item for item in chosen if fed or CONDITIONS[item.name] is not ConditionType.INGESTORS_READY
    )


def feeds(stack: TradingStack) -> dict[str, int]:
    """Name the ingestors of market data, with the seconds after which it is stale."""
    return {
        ingestor.name: ingestor.stale_after_seconds or DEFAULT_STALE_AFTER_SECONDS
        for ingestor in stack.spec.ingestors
        if ingestor.partners
    }


def recording_rules(stack: TradingStack) -> list[dict[str, Any]]:
    mine = {"namespace": stack.metadata.namespace, "stack": stack.metadata.name}
    fresh = [
        {"record": FRESH, "expr": _fresh(stack, name, limit), "labels": mine | {"ingestor": name}}
        for name, limit in feeds(stack).items()
    ]
    ratios = [
        {
            "record": f"{ERROR_RATIO}:{window}",
            "expr": INDICATORS[item.name](stack.metadata.namespace, window),
            "labels": mine | {"slo": item.name},
        }
        for item in objectives(stack)
        for window in WINDOWS
    ]
    return fresh + ratios


def burn(stack: TradingStack, item: ServiceLevel, windows: tuple[Window, ...]) -> str:
    """Ask whether an objective's error budget burns too fast in one of some pairs of windows."""
    pairs = (
        [_above(stack, item, window, over) for over in (window.long, window.short)]
        for window in windows
    )
    return " or ".join(f"({' and '.join(pair)})" for pair in pairs)


def budget(item: ServiceLevel) -> Decimal:
    """Say what share of events may fail."""
    return 1 - item.objective / 100


def window_days(item: ServiceLevel) -> int:
    return item.window_days or DEFAULT_WINDOW_DAYS


def series(stack: TradingStack, item: ServiceLevel, window: str) -> str:
    namespace = stack.metadata.namespace
    return f'{ERROR_RATIO}:{window}{{namespace="{namespace}",slo="{item.name}"}}'


def _above(stack: TradingStack, item: ServiceLevel, window: Window, over: str) -> str:
    rate = window.share * window_days(item) * 24 / window.hours
    return f"{series(stack, item, over)} > {(rate * budget(item)).normalize():f}"


def _fresh(stack: TradingStack, ingestor: str, limit: int) -> str:
    """Compare with the moment of the scrape: until the next one, time() would age good data."""
    mine = f'{{namespace="{stack.metadata.namespace}",ingestor="{ingestor}"}}'
    book = f"{metrics.LAST_VALID_BOOK.name}{mine}"
    return f"min(timestamp({book}) - {book} <= bool {limit}) or vector(0)"


def _failed_decisions(namespace: str, window: str) -> str:
    name = metrics.DECISIONS.name
    failed = f'sum(rate({name}{{namespace="{namespace}",outcome=~"error|timeout"}}[{window}]))'
    return f'{failed} / sum(rate({name}{{namespace="{namespace}"}}[{window}]))'


def _slow_decisions(namespace: str, window: str) -> str:
    return _beyond(metrics.DECISION_SECONDS, 'le="0.025"', namespace, window)


def _late_commits(namespace: str, window: str) -> str:
    # Prometheus 3 writes whole numbers as 1.0 whatever the program wrote
    return _beyond(metrics.INGEST_LAG, 'le=~"1|1.0"', namespace, window)


def _stale_time(namespace: str, window: str) -> str:
    return f'max(1 - avg_over_time({FRESH}{{namespace="{namespace}"}}[{window}]))'


def _beyond(histogram: metrics.Metric, limit: str, namespace: str, window: str) -> str:
    name = histogram.name
    within = f'sum(rate({name}_bucket{{namespace="{namespace}",{limit}}}[{window}]))'
    return f'1 - {within} / sum(rate({name}_count{{namespace="{namespace}"}}[{window}]))'


INDICATORS: Final[Mapping[Indicator, Callable[[str, str], str]]] = MappingProxyType(
    {
        "risk-api-availability": _failed_decisions,
        "risk-api-latency": _slow_decisions,
        "market-data-freshness": _stale_time,
        "ingest-lag": _late_commits,
    }
)
"""The share of bad events, or of bad time, in a namespace over a window."""
