"""The metrics that a program serves on ``endpoints.METRICS``; alerts and dashboards build on them.

Times are Unix timestamps, never ages: an age stands still when its program does. A counter starts
at 0 for every value of its labels, so that the first error is seen as an increase. No label takes
a value that grows without bound, such as an order's id.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class MetricType(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric of one kind of program."""

    name: str
    """As it is served; a counter's ends in ``_total``."""
    type: MetricType
    labels: tuple[str, ...]
    help: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus keeps it."""
        if self.type is MetricType.HISTOGRAM:
            return tuple(f"{self.name}{suffix}" for suffix in ("_bucket", "_count", "_sum"))
        return (self.name,)


MODE_INFO: Final = Metric(
    "tradingstack_mode_info",
    MetricType.GAUGE,
    ("environment", "mode"),
    "1, with the environment and the mode (live or simulation) that the process runs with.",
)
CREDENTIAL_LOADED: Final = Metric(
    "tradingstack_credential_loaded_timestamp_seconds",
    MetricType.GAUGE,
    ("credential",),
    "When the process read a credential's files last.",
)
EVERY_PROGRAM: Final = (MODE_INFO, CREDENTIAL_LOADED)

LAST_VALID_BOOK: Final = Metric(
    "md_last_valid_book_timestamp_seconds",
    MetricType.GAUGE,
    ("symbol",),
    "When a symbol's book was known to equal the venue's last.",
)
MESSAGES: Final = Metric(
    "md_messages_total", MetricType.COUNTER, ("channel",), "Messages received from the venue."
)
BOOK_UPDATES: Final = Metric(
    "md_book_updates_total", MetricType.COUNTER, ("symbol",), "Book updates with a checksum."
)
CHECKSUM_FAILURES: Final = Metric(
    "md_book_checksum_failures_total",
    MetricType.COUNTER,
    ("symbol",),
    "Book updates after which the book did not equal the venue's.",
)
RECONNECTS: Final = Metric(
    "md_reconnects_total",
    MetricType.COUNTER,
    (),
    "Connections opened to the venue after the first.",
)
INGEST_LAG: Final = Metric(
    "ingest_lag_seconds",
    MetricType.HISTOGRAM,
    (),
    "Seconds from a trade's reception to its commit; one bucket ends at 1.",
)
INGEST_QUEUE: Final = Metric(
    "ingest_queue_messages", MetricType.GAUGE, (), "Messages received and not yet committed."
)

DECISIONS: Final = Metric(
    "risk_decisions_total",
    MetricType.COUNTER,
    ("outcome",),
    "Orders checked, by outcome: accept, reject, error or timeout; a reject is a success.",
)
DECISION_SECONDS: Final = Metric(
    "risk_decision_seconds",
    MetricType.HISTOGRAM,
    (),
    "Seconds a decision took; one bucket ends at 0.025.",
)
REJECTIONS: Final = Metric(
    "risk_rejections_total", MetricType.COUNTER, ("reason",), "Reasons why orders were rejected."
)
DEPENDENCY_UP: Final = Metric(
    "risk_dependency_up",
    MetricType.GAUGE,
    ("dependency",),
    "Whether a store answered when it was asked last.",
)
HALTED: Final = Metric(
    "risk_halted", MetricType.GAUGE, (), "Whether this process refuses new orders."
)
RELAY_HEARD: Final = Metric(
    "risk_relay_last_heard_timestamp_seconds",
    MetricType.GAUGE,
    (),
    "When this process heard from the halt relay last.",
)
BREAKER_OPEN: Final = Metric(
    "risk_circuit_breaker_open", MetricType.GAUGE, ("breaker",), "Whether a breaker stops orders."
)

INSECURE_FLAG: Final = Metric(
    "tradingstack_insecure_flag",
    MetricType.GAUGE,
    ("flag",),
    "Whether the watchdog found a safeguard switched off in what runs.",
)
WATCHDOG_LOOK: Final = Metric(
    "watchdog_last_look_timestamp_seconds",
    MetricType.GAUGE,
    (),
    "When the watchdog finished a look at everything last.",
)

INGESTOR: Final = (
    *EVERY_PROGRAM,
    LAST_VALID_BOOK,
    MESSAGES,
    BOOK_UPDATES,
    CHECKSUM_FAILURES,
    RECONNECTS,
    INGEST_LAG,
    INGEST_QUEUE,
)
RISK_API: Final = (
    *EVERY_PROGRAM,
    DECISIONS,
    DECISION_SECONDS,
    REJECTIONS,
    DEPENDENCY_UP,
    HALTED,
    RELAY_HEARD,
    BREAKER_OPEN,
)
WATCHDOG: Final = (*EVERY_PROGRAM, INSECURE_FLAG, WATCHDOG_LOOK)

BY_PROGRAM: Final[Mapping[str, tuple[Metric, ...]]] = MappingProxyType(
    {"ingestor": INGESTOR, "risk-api": RISK_API, "watchdog": WATCHDOG}
)
"""What each program serves, by the value of ``paths.ENV_COMPONENT``.

An ingestor without market data partners serves the ``md_*`` metrics without any symbol.
"""
