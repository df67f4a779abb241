"""What the webhook counts and times, for Prometheus."""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

SECONDS: Final = (
    *(0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015),
    *(0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
)
"""Finest around the 5 ms that a review may take."""


class Metrics:
    """All metrics of one process; their labels take no value that a user can invent."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.reviews = Counter(
            "tradingstack_webhook_reviews",
            "Reviews, by resource and outcome: allowed, refused, or failed for want of an answer.",
            ("resource", "outcome"),
            registry=self.registry,
        )
        self.review_seconds = Histogram(
            "tradingstack_webhook_review_seconds",
            "Seconds from a review's last byte to its answer.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stream_failures = Counter(
            "tradingstack_webhook_stream_failures",
            "Lists and watches that failed, by kind.",
            ("kind",),
            registry=self.registry,
        )
        self.certificate_expiry = Gauge(
            "tradingstack_webhook_certificate_expiry_timestamp_seconds",
            "When the certificate in use expires; 0 without one.",
            registry=self.registry,
        )
