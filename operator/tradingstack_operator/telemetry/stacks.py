"""What the operator reports of every stack, as metrics that are read when Prometheus asks.

Nothing is kept between two scrapes: what a stack no longer says, and a stack that is gone, leave
no series behind.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tradingstack_contract.metrics import Metric
from tradingstack_operator.model import series
from tradingstack_operator.model.kinds import EXTERNAL_SECRET
from tradingstack_operator.model.observed import Observed


class StackCollector(Collector):
    """Reads the stacks anew for every scrape."""

    def __init__(self, stacks: Callable[[], Iterable[Observed]]) -> None:
        self._stacks = stacks

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name the metrics without reading a stack: there is none yet at the start."""
        return [_family(metric) for metric in series.OF_A_STACK]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families = {metric: _family(metric) for metric in series.OF_A_STACK}
        for observed in self._stacks():
            place = tuple(observed.key)
            for item in observed.status.get("conditions", ()):
                said = (item["type"], item["status"], item["reason"])
                families[series.CONDITION].add_metric((*place, *said), 1)
            families[series.PAUSED].add_metric(place, _paused(observed))
            for metric, time in _times(observed):
                families[metric].add_metric(place, datetime.fromisoformat(time).timestamp())
        return families.values()


def _family(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)


def _paused(observed: Observed) -> bool:
    spec: dict[str, Any] = observed.manifest.get("spec", {})
    return spec.get("paused") is True


def _times(observed: Observed) -> Iterator[tuple[Metric, str]]:
    """List what happened last, where it has happened."""
    if "lastBackupTime" in observed.status:
        yield series.LAST_BACKUP, observed.status["lastBackupTime"]
    if "lastDrillTime" in observed.status:
        yield series.LAST_DRILL, observed.status["lastDrillTime"]
    refreshed = [
        child.status.get("refreshTime")
        for ref, child in observed.owned.items()
        if ref.kind == EXTERNAL_SECRET.kind
    ]
    if refreshed and all(refreshed):
        yield series.OLDEST_SYNC, min(filter(None, refreshed))
