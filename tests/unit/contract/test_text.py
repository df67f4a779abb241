from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingstack_contract.files import (
    BusEndpoint,
    CircuitBreakers,
    DatabaseEndpoint,
    Endpoint,
    Endpoints,
    Environment,
    Ingestor,
    KillSwitch,
    OnUnknown,
    System,
)
from tradingstack_contract.text import ContractError, from_yaml, to_yaml

SYSTEM = System(
    stack="alpha",
    namespace="trading",
    environment=Environment.STAGING,
    simulation=False,
    endpoints=Endpoints(
        database=DatabaseEndpoint(
            host="alpha-database", port=5432, database="trading", ssl_mode="verify-full"
        ),
        cache=Endpoint(host="alpha-cache", port=6379),
        bus=BusEndpoint(host="alpha-bus", port=4222, kind="NATS"),
        features=Endpoint(host="alpha-features", port=6566),
        risk_api=Endpoint(host="alpha-risk-api", port=8000),
    ),
    ingestors={"kraken": Ingestor(stale_after_seconds=5)},
    readiness_depends_on=("cache",),
)
KILL_SWITCH = KillSwitch(enabled=True, on_unknown=OnUnknown.HALT, network_cut_after_seconds=0)
BREAKERS = CircuitBreakers(breakers={"maxDrawdownPct": Decimal("2.5")})


@pytest.mark.parametrize("file", [SYSTEM, KILL_SWITCH, BREAKERS])
def test_a_file_that_is_written_reads_back_equal(file):
    assert file == from_yaml(type(file), to_yaml(file))


def test_a_file_is_written_in_camel_case_and_sorted():
    assert to_yaml(KILL_SWITCH) == "enabled: true\nnetworkCutAfterSeconds: 0\nonUnknown: Halt\n"


@given(st.decimals("0.000000001", 10**12, allow_nan=False, places=9))
def test_a_threshold_keeps_every_digit(threshold):
    breakers = CircuitBreakers(breakers={"limit": threshold})
    assert from_yaml(CircuitBreakers, to_yaml(breakers)).breakers["limit"] == threshold


@pytest.mark.parametrize(
    ("written", "text"), [("250000.0", "250000"), ("1E+3", "1000"), ("0.10", "0.1"), ("2.5", "2.5")]
)
def test_a_threshold_is_written_without_exponent_or_trailing_zeros(written, text):
    breakers = CircuitBreakers(breakers={"limit": Decimal(written)})
    assert to_yaml(breakers) == f"breakers:\n  limit: '{text}'\n"


@pytest.mark.parametrize(
    "bad", ["4", "4.5", "'4,5'", "'1e3'", "'NaN'", "'-1'", "'0'", "true", "{}"]
)
def test_a_threshold_that_is_no_exact_positive_number_is_refused(bad):
    with pytest.raises(ContractError, match=r"^circuit-breakers\.yaml: breakers\.limit: "):
        from_yaml(CircuitBreakers, f"breakers: {{limit: {bad}}}")


def test_an_error_names_the_file_and_every_bad_field():
    text = "enabled: 'yes'\nonUnknown: Maybe\nnetworkCutAfterSeconds: 0\nextra: 1\n"
    with pytest.raises(ContractError) as caught:
        from_yaml(KillSwitch, text)
    message = str(caught.value)
    assert message.startswith("kill-switch.yaml: ")
    assert all(f"{field}: " in message for field in ("enabled", "onUnknown", "extra"))


def test_an_error_never_repeats_a_value():
    with pytest.raises(ContractError) as caught:
        from_yaml(System, "stack: hunter2\nnamespace: 5\n")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "5"])
def test_a_file_that_is_no_mapping_is_refused(text):
    with pytest.raises(ContractError, match=r"^kill-switch\.yaml: the file: "):
        from_yaml(KillSwitch, text)


@pytest.mark.parametrize("text", ["{", "enabled: 2026-01-01", "a: &a [*a]", "{[]: 1}"])
def test_a_file_that_is_no_plain_yaml_is_refused(text):
    with pytest.raises(ContractError, match=r"^kill-switch\.yaml: is not plain YAML$"):
        from_yaml(KillSwitch, text)


def test_a_file_cannot_change_after_it_is_read():
    with pytest.raises(ValueError, match="frozen"):
        KILL_SWITCH.enabled = False
