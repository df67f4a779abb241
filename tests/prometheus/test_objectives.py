"""Error budgets: what burns them fast calls somebody, what burns them slowly opens a ticket."""

import pytest

from tests.prometheus.playing import served

FAST, SLOW = "ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"
FIVE_MINUTES, HALF_HOUR = "5m", "30m"
STEPS = 200


def decisions(bad, good):
    """Serve decisions, so many bad and good ones from one scrape to the next."""
    name = "risk_decisions_total"
    return {
        served(name, "risk-api", outcome="error"): f"0+{bad}x{STEPS}",
        served(name, "risk-api", outcome="timeout"): f"0x{STEPS}",
        served(name, "risk-api", outcome="accept"): f"0+{good}x{STEPS}",
    }


def latency(slow, all_of_them):
    name = "risk_decision_seconds"
    return {
        served(f"{name}_bucket", "risk-api", le="0.025"): f"0+{all_of_them - slow}x{STEPS}",
        served(f"{name}_count", "risk-api"): f"0+{all_of_them}x{STEPS}",
    }


def lag(late, all_of_them, limit="1.0"):
    name = "ingest_lag_seconds"
    return {
        served(f"{name}_bucket", "ingestor", le=limit): f"0+{all_of_them - late}x{STEPS}",
        served(f"{name}_count", "ingestor"): f"0+{all_of_them}x{STEPS}",
    }


BOOK = served("md_last_valid_book_timestamp_seconds", "ingestor", ingestor="kraken", symbol="BTC")
STANDING = {BOOK: f"0x{STEPS}"}
FRESH = {BOOK: f"100000000x{STEPS}"}
"""A book from the future is as fresh as one can be, however often it is scraped."""


@pytest.mark.parametrize(
    ("objective", "series"),
    [
        ("risk-api-availability", decisions(2, 98)),
        ("risk-api-latency", latency(20, 100)),
        ("market-data-freshness", STANDING),
        ("ingest-lag", lag(20, 100)),
        ("ingest-lag", lag(20, 100, limit="1")),
    ],
)
def test_a_fast_burn_calls_somebody(stage, objective, series):
    stage.fires(FAST, "1h", series, FIVE_MINUTES, slo=objective)


@pytest.mark.parametrize(
    ("objective", "series"),
    [
        ("risk-api-availability", decisions(2, 998)),
        ("risk-api-latency", latency(2, 100)),
        ("ingest-lag", lag(2, 100)),
    ],
)
def test_a_slow_burn_opens_a_ticket_and_calls_nobody(stage, objective, series):
    stage.fires(SLOW, "80h", series, HALF_HOUR, slo=objective)
    stage.is_silent(FAST, "8h", series, FIVE_MINUTES, slo=objective)


@pytest.mark.parametrize(
    ("objective", "series"),
    [
        ("risk-api-availability", decisions(0, 1000)),
        ("risk-api-availability", decisions(0, 0)),
        ("risk-api-latency", latency(0, 100)),
        ("risk-api-latency", latency(0, 0)),
        ("market-data-freshness", FRESH),
        ("ingest-lag", lag(0, 100)),
    ],
)
def test_no_errors_and_no_traffic_burn_nothing(stage, objective, series):
    stage.is_silent(FAST, "8h", series, FIVE_MINUTES, slo=objective)
    stage.is_silent(SLOW, "80h", series, HALF_HOUR, slo=objective)


def test_three_bad_minutes_call_nobody(stage):
    blip = decisions(0, 1000) | {
        served("risk_decisions_total", "risk-api", outcome="error"): "0x240 0+5x12 60x300"
    }
    for at in ("62m", "70m"):
        stage.is_silent(FAST, at, blip, "15s", slo="risk-api-availability")


def test_a_feed_that_is_gone_is_not_fresh(stage):
    stage.fires(FAST, "1h", {BOOK: "_x12"}, FIVE_MINUTES, slo="market-data-freshness")


def test_a_burn_that_has_ended_calls_nobody_any_more(stage):
    series = decisions(0, 98) | {
        served("risk_decisions_total", "risk-api", outcome="error"): "0+2x24 48x100"
    }
    stage.fires(FAST, "2h", series, FIVE_MINUTES, slo="risk-api-availability")
    stage.is_silent(FAST, "3h30m", series, FIVE_MINUTES, slo="risk-api-availability")
