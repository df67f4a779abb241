import pytest

from tests.support.stacks import DIGEST, facts, policy
from tests.unit.rules.judging import broken_fields
from tradingstack_operator.rules import safety


def staged(**spec):
    return {"environment": "staging"} | spec


ROUTING = {"partners": ["kraken-trade"]}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"simulation": {}},
        {"simulation": {"enabled": False}},
        staged(simulation={"enabled": True}),
    ],
    ids=str,
)
def test_trading_for_real_is_kept_in_production(spec):
    assert broken_fields(safety.production_never_simulates, spec=spec) == []


def test_simulating_in_production_is_refused():
    assert broken_fields(
        safety.production_never_simulates, spec={"simulation": {"enabled": True}}
    ) == ["spec.simulation.enabled"]


@pytest.mark.parametrize(
    "spec",
    [
        {"orderRouting": ROUTING},
        {"orderRouting": ROUTING, "simulation": {"enabled": False}},
        staged(simulation={"enabled": True}),
    ],
    ids=str,
)
def test_either_routing_or_simulating_is_kept(spec):
    assert broken_fields(safety.simulation_routes_no_orders, spec=spec) == []


def test_a_simulation_that_routes_orders_is_refused():
    spec = staged(simulation={"enabled": True}, orderRouting=ROUTING)
    assert broken_fields(safety.simulation_routes_no_orders, spec=spec) == ["spec.orderRouting"]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"safety": {}},
        {"safety": {"killSwitch": {}}},
        {"safety": {"killSwitch": {"enabled": True}}},
        staged(safety={"killSwitch": {"enabled": False}}),
    ],
    ids=str,
)
def test_a_kill_switch_that_is_on_is_kept(spec):
    assert broken_fields(safety.production_keeps_its_kill_switch, spec=spec) == []


def test_a_kill_switch_that_is_off_in_production_is_refused():
    assert broken_fields(
        safety.production_keeps_its_kill_switch,
        spec={"safety": {"killSwitch": {"enabled": False}}},
    ) == ["spec.safety.killSwitch.enabled"]


def breakers(*entries):
    return {"safety": {"circuitBreakers": list(entries)}}


DRAWDOWN = {"name": "maxDrawdownPct", "threshold": 4}
OFF = DRAWDOWN | {"enabled": False}


@pytest.mark.parametrize(
    "spec",
    [{}, breakers(DRAWDOWN), breakers(DRAWDOWN | {"enabled": True}), staged() | breakers(OFF)],
    ids=str,
)
def test_a_breaker_that_is_on_is_kept(spec):
    assert broken_fields(safety.production_keeps_its_breakers, spec=spec) == []


def test_a_breaker_that_is_off_in_production_is_refused():
    assert broken_fields(safety.production_keeps_its_breakers, spec=breakers(OFF)) == [
        "spec.safety.circuitBreakers[0].enabled"
    ]


@pytest.mark.parametrize("threshold", [0.1, 4, 5])
def test_a_threshold_up_to_the_limit_is_kept(threshold):
    spec = breakers(DRAWDOWN | {"threshold": threshold})
    assert broken_fields(safety.breakers_stay_below_the_platforms_limits, spec=spec) == []


@pytest.mark.parametrize("threshold", [5.000001, 6, 1e12])
def test_a_threshold_above_the_limit_is_refused(threshold):
    spec = breakers(DRAWDOWN | {"threshold": threshold})
    assert broken_fields(safety.breakers_stay_below_the_platforms_limits, spec=spec) == [
        "spec.safety.circuitBreakers[0].threshold"
    ]


def test_a_threshold_is_compared_digit_by_digit():
    limits = policy(spec={"breakerLimits": [{"name": "maxDrawdownPct", "max": 0.3}]})
    spec = breakers(DRAWDOWN | {"threshold": 0.30000000000000004})
    assert broken_fields(
        safety.breakers_stay_below_the_platforms_limits, facts(policy=limits), spec=spec
    ) == ["spec.safety.circuitBreakers[0].threshold"]


def test_an_unknown_breaker_is_refused():
    spec = breakers(DRAWDOWN, {"name": "maxSorrow", "threshold": 1})
    assert broken_fields(safety.breakers_stay_below_the_platforms_limits, spec=spec) == [
        "spec.safety.circuitBreakers[1].name"
    ]


def test_without_a_policy_no_threshold_is_allowed():
    assert broken_fields(
        safety.breakers_stay_below_the_platforms_limits,
        facts(policy=None),
        spec=breakers(DRAWDOWN, {"name": "maxSorrow", "threshold": 1}),
    ) == ["spec.safety.circuitBreakers"]


@pytest.mark.parametrize("spec", [{}, {"safety": {}}], ids=str)
def test_a_stack_without_breakers_of_its_own_needs_no_limits(spec):
    assert (
        broken_fields(
            safety.breakers_stay_below_the_platforms_limits, facts(policy=None), spec=spec
        )
        == []
    )


@pytest.mark.parametrize(
    "spec",
    [{}, {"insecureFlags": []}, staged(insecureFlags=["DisableAuth"])],
    ids=str,
)
def test_production_without_insecure_flags_is_kept(spec):
    assert broken_fields(safety.production_has_no_insecure_flag, spec=spec) == []


def test_an_insecure_flag_in_production_is_refused():
    assert broken_fields(
        safety.production_has_no_insecure_flag, spec={"insecureFlags": ["AllowInsecureTLS"]}
    ) == ["spec.insecureFlags"]


def ingesting(*partners):
    return {
        "ingestors": [
            {
                "name": "kraken",
                "image": f"registry.example/kraken{DIGEST}",
                "partners": list(partners),
            }
        ]
    }


@pytest.mark.parametrize(
    "spec",
    [ingesting("kraken-md"), ingesting(), ingesting("kraken-md") | {"orderRouting": ROUTING}],
    ids=str,
)
def test_partners_of_the_right_class_and_environment_are_kept(spec):
    assert broken_fields(safety.partners_are_allowed_here, spec=spec) == []


@pytest.mark.parametrize("partner", ["nobody", "kraken-trade"])
def test_an_ingestor_reaches_listed_market_data_only(partner):
    assert broken_fields(
        safety.partners_are_allowed_here, spec=ingesting("kraken-md", partner)
    ) == ["spec.ingestors[0].partners[1]"]


@pytest.mark.parametrize("partner", ["nobody", "kraken-md"])
def test_orders_go_to_listed_order_entry_only(partner):
    assert broken_fields(
        safety.partners_are_allowed_here, spec={"orderRouting": {"partners": [partner]}}
    ) == ["spec.orderRouting.partners[0]"]


def test_a_partner_of_another_environment_is_refused():
    assert broken_fields(safety.partners_are_allowed_here, spec=staged(orderRouting=ROUTING)) == [
        "spec.orderRouting.partners[0]"
    ]


def test_without_a_policy_no_partner_is_allowed():
    assert broken_fields(
        safety.partners_are_allowed_here, facts(policy=None), spec={"orderRouting": ROUTING}
    ) == ["spec.ingestors[0].partners[0]"]


def test_a_stack_without_partners_needs_no_policy_for_them():
    assert (
        broken_fields(safety.partners_are_allowed_here, facts(policy=None), spec={"ingestors": []})
        == []
    )
