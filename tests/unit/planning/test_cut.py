from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import observed
from tests.support.stacks import facts
from tests.unit.desired.factory import a_stack, objects
from tests.unit.desired.factory import facts as a_platform
from tradingstack_operator.model.halts import Halt
from tradingstack_operator.planning.cut import routes_close, until_cut, with_cut

HALTED = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
LATER = HALTED + timedelta(seconds=30)


def halt(name="runaway", created="2026-08-01T12:00:00Z"):
    return Halt(name, f"uid-of-{name}", "alice", "runaway orders", created)


def halted(*halts, seconds=30):
    switch = {"killSwitch": {"networkCutAfterSeconds": seconds}}
    return observed(surroundings=facts(halts=halts), spec={"safety": switch})


def test_the_routes_close_so_long_after_the_first_halt():
    second = halt("second", "2026-08-01T12:00:20Z")
    assert routes_close(halted(second, halt())) == LATER


@pytest.mark.parametrize("seconds", [0, None, "30", -1])
def test_the_routes_stay_open_unless_the_spec_says_otherwise(seconds):
    assert routes_close(halted(halt(), seconds=seconds)) is None


def test_the_routes_stay_open_without_a_halt():
    assert routes_close(halted()) is None


def test_a_spec_that_says_nothing_of_safety_keeps_them_open():
    assert routes_close(observed(surroundings=facts(halts=(halt(),)))) is None


def test_the_facts_say_so_from_that_moment():
    before = LATER - timedelta(seconds=1)
    assert not with_cut(halted(halt()), before).facts.network_cut
    assert with_cut(halted(halt()), LATER).facts.network_cut


def test_the_next_look_is_at_that_moment():
    before = LATER - timedelta(seconds=7)
    assert until_cut(halted(halt()), before) == timedelta(seconds=7)
    assert until_cut(halted(halt()), LATER) is None
    assert until_cut(halted(), before) is None


def test_closed_routes_have_no_policy_and_leave_market_data_alone():
    stack = a_stack(
        orderRouting={"partners": ["sim-venue"]},
        ingestors=[
            {"name": "kraken", "image": "registry.example/kraken:1", "partners": ["kraken-md"]}
        ],
    )
    open_, cut = (
        {name for kind, name in objects(stack, surroundings) if kind == "NetworkPolicy"}
        for surroundings in (a_platform(), replace(a_platform(), network_cut=True))
    )
    assert open_ - cut == {"alpha-risk-api-partners"}


def test_closed_routes_restart_no_pod():
    stack = a_stack(orderRouting={"partners": ["sim-venue"]})
    risk_api = ("Deployment", "alpha-risk-api")
    cut = replace(a_platform(), network_cut=True)
    assert objects(stack)[risk_api] == objects(stack, cut)[risk_api]
