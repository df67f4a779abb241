from decimal import Decimal

import pytest

from tests.unit.desired.factory import a_risk_api, a_stack, an_ingestor, facts, objects
from tradingstack_contract.files import CircuitBreakers, KillSwitch, OnUnknown, System
from tradingstack_contract.text import from_yaml


def read(model, stack, surroundings=None):
    """Read a file the way a workload does."""
    name = model.file_name.removesuffix(".yaml")
    text = objects(stack, surroundings)["ConfigMap", f"alpha-{name}"]["data"][model.file_name]
    return from_yaml(model, text)


def breakers(surroundings=None, **safety):
    return read(CircuitBreakers, a_stack(safety=safety), surroundings).breakers


def test_the_kill_switch_is_armed_and_halts_on_silence_when_nothing_is_said():
    assert read(KillSwitch, a_stack()) == KillSwitch(
        enabled=True, on_unknown=OnUnknown.HALT, network_cut_after_seconds=0
    )


def test_the_kill_switch_follows_the_spec():
    chosen = {"enabled": False, "onUnknown": "Continue", "networkCutAfterSeconds": 30}
    assert read(KillSwitch, a_stack(safety={"killSwitch": chosen})) == KillSwitch(
        enabled=False, on_unknown=OnUnknown.CONTINUE, network_cut_after_seconds=30
    )


def test_every_breaker_of_the_platform_is_armed_when_nothing_is_said():
    assert read(CircuitBreakers, a_stack()).breakers == {
        "maxDrawdownPct": Decimal(5),
        "maxOrdersPerSecond": Decimal(100),
        "maxOrderNotional": Decimal(1000000),
        "marketDataStaleSeconds": Decimal(10),
    }


def test_a_breaker_of_the_spec_replaces_the_platforms_bound():
    tightened = breakers(circuitBreakers=[{"name": "maxDrawdownPct", "threshold": 0.1}])
    assert tightened["maxDrawdownPct"] == Decimal("0.1")


def test_a_breaker_that_is_off_is_not_listed():
    off = [{"name": "maxDrawdownPct", "threshold": 4, "enabled": False}]
    assert "maxDrawdownPct" not in breakers(circuitBreakers=off)


def test_without_a_platform_policy_the_breakers_are_those_of_the_spec():
    chosen = [{"name": "maxDrawdownPct", "threshold": 4}]
    assert breakers(facts(policy=None), circuitBreakers=chosen) == {"maxDrawdownPct": Decimal(4)}


def test_orders_are_real_unless_the_spec_simulates():
    assert read(System, a_stack()).simulation is False
    assert read(System, a_stack(simulation={"enabled": True})).simulation is True


def test_a_workload_learns_which_feeds_there_are_and_when_each_is_stale():
    feeds = [an_ingestor(), an_ingestor(name="risk", staleAfterSeconds=30)]
    ingestors = read(System, a_stack(ingestors=feeds)).ingestors
    assert {name: feed.stale_after_seconds for name, feed in ingestors.items()} == {
        "kraken": 5,
        "risk": 30,
    }


def test_a_workload_learns_where_its_neighbours_are():
    endpoints = read(System, a_stack()).endpoints
    assert (endpoints.cache.host, endpoints.cache.port) == ("alpha-cache", 6379)
    assert (endpoints.risk_api.host, endpoints.risk_api.port) == ("alpha-risk-api", 8000)


@pytest.mark.parametrize(
    ("readiness", "awaited"),
    [
        ({}, ("bus", "cache", "database", "features")),
        ({"readiness": {}}, ("bus", "cache", "database", "features")),
        ({"readiness": {"dependsOn": ["cache", "bus"]}}, ("bus", "cache")),
        ({"readiness": {"dependsOn": []}}, ()),
    ],
)
def test_readiness_waits_for_every_store_unless_the_spec_says_less(readiness, awaited):
    stack = a_stack(riskApi=a_risk_api(**readiness))
    assert read(System, stack).readiness_depends_on == awaited
