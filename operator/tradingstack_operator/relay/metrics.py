"""What the relay counts and times, for Prometheus."""

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
"""Up to the second after which an order is given up."""


class Metrics:
    """All metrics of one process; their labels take no value that a user can invent."""

    def __init__(self, replicas: Callable[[], int], silent: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.orders = Counter(
            "tradingstack_relay_orders",
            "Orders to replicas of risk APIs, by outcome: acknowledged or failed.",
            ("outcome",),
            registry=self.registry,
        )
        self.order_seconds = Histogram(
            "tradingstack_relay_order_seconds",
            "Seconds from an order to its acknowledgement.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stream_failures = Counter(
            "tradingstack_relay_stream_failures",
            "Lists and watches that failed, by kind.",
            ("kind",),
            registry=self.registry,
        )
        known = Gauge(
            "tradingstack_relay_replicas",
            "Replicas of risk APIs that the relay speaks to.",
            registry=self.registry,
        )
        known.set_function(replicas)
        unheard = Gauge(
            "tradingstack_relay_silent_replicas",
            "Replicas that did not acknowledge the last order.",
            registry=self.registry,
        )
        unheard.set_function(silent)
