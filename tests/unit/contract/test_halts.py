"""When a replica of the risk API may take new orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.contract.halt_orders import an_order, kill_switch
from tradingstack_contract.files import Environment, OnUnknown
from tradingstack_contract.halts import HaltState, StaleOrderError, TradingState

PRODUCTION, STAGING = Environment.PRODUCTION, Environment.STAGING


def a_state(policy=None, environment=PRODUCTION):
    return HaltState(policy or kill_switch(), environment)


def heard(*orders, now=0.0, **about):
    state = a_state(**about)
    for order in orders:
        state.hear(order, now)
    return state


def told(state, now=0.0):
    standing = state.standing(now)
    return standing.state, standing.may_trade


def test_a_replica_that_never_heard_the_relay_is_halted():
    assert told(a_state()) == (TradingState.UNKNOWN, False)


def test_a_replica_that_hears_of_no_halt_trades():
    assert told(heard(an_order())) == (TradingState.TRADING, True)


def test_one_halt_halts_and_is_named():
    standing = heard(an_order("stop")).standing(0)
    assert (standing.state, standing.may_trade, standing.halts) == (
        TradingState.HALTED,
        False,
        ("uid-of-stop",),
    )
    assert standing.reason == "halted by TradingHalt stop"


def test_the_spec_halts_like_a_halt():
    standing = heard(an_order(engaged=True)).standing(0)
    assert (standing.state, standing.reason) == (
        TradingState.HALTED,
        "the stack's spec engages the kill switch",
    )


def test_an_order_without_the_halt_releases():
    state = heard(an_order("stop", sequence=1), an_order(sequence=2))
    assert told(state) == (TradingState.TRADING, True)


@pytest.mark.parametrize("halts", [(), ("stop",)])
def test_silence_halts_after_its_time_and_not_before(halts):
    state = heard(an_order(*halts))
    assert state.standing(30).state is not TradingState.UNKNOWN
    assert told(state, 30.001) == (TradingState.UNKNOWN, False)


def test_the_relay_s_return_ends_the_silence():
    state = heard(an_order(sequence=1))
    state.hear(an_order(sequence=2), 100)
    assert told(state, 100) == (TradingState.TRADING, True)


def test_an_order_that_was_overtaken_is_refused_and_changes_nothing():
    state = heard(an_order("stop", sequence=2))
    with pytest.raises(StaleOrderError, match="order 1 of relay-a/1"):
        state.hear(an_order(sequence=1), 0)
    assert told(state) == (TradingState.HALTED, False)


def test_an_order_that_is_sent_twice_is_taken_twice():
    assert told(heard(an_order(sequence=1), an_order(sequence=1))) == (TradingState.TRADING, True)


def test_a_relay_that_does_not_know_of_a_halt_yet_releases_nothing():
    state = heard(an_order("stop", relay="relay-a/1"), an_order(relay="relay-b/1"))
    assert told(state) == (TradingState.HALTED, False)


def test_a_relay_that_died_holds_its_halt_no_longer_than_the_silence():
    state = heard(an_order("stop", relay="relay-a/1"))
    state.hear(an_order(relay="relay-b/1"), 30)
    assert told(state, 30) == (TradingState.HALTED, False)
    assert told(state, 30.001) == (TradingState.TRADING, True)


def test_a_relay_that_died_is_forgotten():
    state = heard(*(an_order(relay=f"relay/{number}") for number in range(50)))
    state.hear(an_order(relay="relay/new"), 31)
    assert list(state._heard) == ["relay/new"]  # noqa: SLF001 - memory has no other witness


def test_a_policy_that_cannot_be_read_halts_whatever_the_relay_says():
    state = HaltState(None, STAGING)
    state.hear(an_order(), 0)
    assert told(state) == (TradingState.UNKNOWN, False)


def test_a_kill_switch_that_is_off_stops_nothing():
    state = heard(an_order("stop"), policy=kill_switch(enabled=False), environment=STAGING)
    assert told(state) == (TradingState.TRADING, True)


@pytest.mark.parametrize(("environment", "trades"), [(PRODUCTION, False), (STAGING, True)])
def test_outside_production_silence_may_be_told_to_continue(environment, trades):
    state = a_state(kill_switch(on_unknown=OnUnknown.CONTINUE), environment)
    assert told(state) == (TradingState.UNKNOWN, trades)


def test_a_known_halt_is_obeyed_even_where_silence_continues():
    state = heard(
        an_order("stop"),
        policy=kill_switch(on_unknown=OnUnknown.CONTINUE),
        environment=STAGING,
    )
    assert told(state) == (TradingState.HALTED, False)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["relay-a/1", "relay-b/1"]),
        st.booleans(),
        st.floats(0, 40),
    ),
    max_size=12,
)


@given(EVENTS, st.floats(0, 60))
def test_it_trades_only_when_all_that_spoke_lately_say_that_nothing_halts(events, pause):
    state, now, last = a_state(), 0.0, {}
    for number, (relay, halted, wait) in enumerate(events):
        now += wait
        state.hear(an_order(*["stop"] * halted, relay=relay, sequence=number), now)
        last[relay] = (now, halted)
    now += pause
    lately = [halted for at, halted in last.values() if now - at <= 30]
    assert state.standing(now).may_trade == (bool(lately) and not any(lately))
