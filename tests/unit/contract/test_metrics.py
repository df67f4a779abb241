"""The names under which Prometheus keeps what a program serves."""

import pytest

from tradingstack_contract.metrics import Metric, MetricType


@pytest.mark.parametrize("kind", [MetricType.COUNTER, MetricType.GAUGE])
def test_a_number_is_one_series(kind):
    assert Metric("requests_total", kind, (), "Requests.").series == ("requests_total",)


def test_a_histogram_is_three_series():
    assert Metric("wait_seconds", MetricType.HISTOGRAM, (), "Waiting.").series == (
        "wait_seconds_bucket",
        "wait_seconds_count",
        "wait_seconds_sum",
    )
