import pytest
from prometheus_client import generate_latest

from tests.support.observed import child, observed
from tradingstack_operator.telemetry.metrics import Metrics

PLACE = {"namespace": "trading-prod", "name": "alpha"}
SYNCED = "2026-08-01T10:00:00Z"
LATER = "2026-08-01T10:05:00Z"
SECONDS = 1785578400


@pytest.fixture
def stacks():
    return []


@pytest.fixture
def value(stacks):
    metrics = Metrics(lambda: 0, lambda: True, lambda: stacks)

    def ask(name, **labels):
        return metrics.registry.get_sample_value(name, PLACE | labels)

    return ask


def ready(status, reason):
    return {"conditions": [{"type": "Ready", "status": status, "reason": reason}]}


def secret(name, refreshed=None):
    return child("ExternalSecret", name, status={"refreshTime": refreshed} if refreshed else {})


def test_a_condition_is_shown_as_it_is(stacks, value):
    stacks.append(observed(status=ready("False", "ComponentNotReady")))
    shown = {"type": "Ready", "status": "False", "reason": "ComponentNotReady"}
    assert value("tradingstack_condition", **shown) == 1


def test_what_a_condition_said_before_leaves_no_series(stacks, value):
    stacks.append(observed(status=ready("False", "ComponentNotReady")))
    stacks[0] = observed(status=ready("True", "AllComponentsReady"))
    said = {"type": "Ready", "status": "False", "reason": "ComponentNotReady"}
    assert value("tradingstack_condition", **said) is None


def test_a_stack_that_is_gone_leaves_no_series(stacks):
    metrics = Metrics(lambda: 0, lambda: True, lambda: stacks)
    stacks.append(observed(status=ready("True", "AllComponentsReady")))
    assert b'name="alpha"' in generate_latest(metrics.registry)
    stacks.clear()
    assert b'name="alpha"' not in generate_latest(metrics.registry)


@pytest.mark.parametrize(("spec", "expected"), [({}, 0), ({"paused": True}, 1)])
def test_a_pause_is_shown(stacks, value, spec, expected):
    stacks.append(observed(spec=spec))
    assert value("tradingstack_paused") == expected


def test_times_are_shown_as_unix_timestamps(stacks, value):
    stacks.append(observed(status={"lastBackupTime": SYNCED, "lastDrillTime": LATER}))
    assert value("tradingstack_last_backup_timestamp_seconds") == SECONDS
    assert value("tradingstack_last_drill_timestamp_seconds") == SECONDS + 300


def test_what_has_never_happened_has_no_time(stacks, value):
    stacks.append(observed())
    assert value("tradingstack_last_backup_timestamp_seconds") is None
    assert value("tradingstack_last_drill_timestamp_seconds") is None


def test_the_credential_that_has_waited_longest_counts(stacks, value):
    stacks.append(observed([secret("alpha-cache", LATER), secret("alpha-bus", SYNCED)]))
    assert value("tradingstack_oldest_credential_sync_timestamp_seconds") == SECONDS


def test_a_credential_that_was_never_fetched_has_no_age(stacks, value):
    stacks.append(observed([secret("alpha-cache", LATER), secret("alpha-bus")]))
    assert value("tradingstack_oldest_credential_sync_timestamp_seconds") is None
