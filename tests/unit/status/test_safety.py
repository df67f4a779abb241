"""Whether the safety controls act, and whether orders may flow."""

from dataclasses import replace

import pytest

from tests.support.halts import a_halt, confirmed
from tests.support.observed import counts
from tests.support.stacks import facts, stack
from tests.unit.status.findings import RUNNING, healthy, rejected, without
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.safety import safety_controls_active, trading_enabled
from tradingstack_operator.status.verdict import Verdict

YES = Verdict("Ready", "True", "AllComponentsReady", "All is well.")
NO = Verdict("Ready", "False", "ComponentNotReady", "The cache is loading.")
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
FLAG = Violation("INV-15", "spec.insecureFlags", "empty it")
REPLICAS = ("risk-1", "risk-2", "risk-3")


def told(verdict):
    return verdict.status, verdict.reason


def halted(*halts, **fields):
    return healthy(facts=facts(halts=halts), **fields)


def switched(**switch):
    return stack(spec={"environment": "staging", "safety": {"killSwitch": switch}})


def test_ready_replicas_know_whether_trading_is_halted():
    assert told(safety_controls_active(healthy())) == ("True", "Active")


def test_a_healthy_stack_that_nothing_halts_trades():
    assert told(trading_enabled(healthy(), YES)) == ("True", "Enabled")


def test_a_switched_off_protection_is_named():
    unsafe = stack(spec={"insecureFlags": ["SkipSignatureCheck", "DisableAuth"]})
    verdict = safety_controls_active(healthy(stack=unsafe))
    assert (told(verdict), verdict.message) == (
        ("False", "InsecureFlagEnabled"),
        "Switched off by the spec: DisableAuth, SkipSignatureCheck.",
    )


def test_without_a_relay_nothing_is_confirmed_and_nothing_trades():
    found = healthy(facts=facts(relay=None))
    assert told(safety_controls_active(found)) == ("False", "KillSwitchUnconfirmed")
    assert told(trading_enabled(found, YES)) == ("Unknown", "StateUnknown")


def test_a_replica_that_is_not_ready_is_not_known_to_obey():
    found = healthy(children=RUNNING | {RISK_API: replace(RUNNING[RISK_API], status=counts(2))})
    verdict = safety_controls_active(found)
    assert told(verdict) == ("False", "KillSwitchUnconfirmed")
    assert "Deployment/alpha-risk-api" in verdict.message


def test_no_risk_api_is_no_confirmation():
    found = healthy(children=without(RISK_API), desired={})
    verdict = safety_controls_active(found)
    assert (told(verdict), verdict.message) == (
        ("False", "KillSwitchUnconfirmed"),
        "No replica of the risk API exists.",
    )


def test_a_rejected_spec_confirms_nothing():
    assert told(safety_controls_active(rejected(FLAG))) == ("False", "KillSwitchUnconfirmed")


def test_a_halt_that_every_replica_obeys_is_a_control_that_acts():
    found = halted(confirmed(*REPLICAS))
    assert told(safety_controls_active(found)) == ("True", "Active")


@pytest.mark.parametrize(
    "halt",
    [
        a_halt(),
        a_halt(acknowledged=REPLICAS, report="2 of 3 replicas obey.", confirmed=False),
        # the report is older than the replica that has come since
        confirmed("risk-1", "risk-2"),
    ],
)
def test_a_halt_that_not_every_replica_obeys_is_unconfirmed(halt):
    verdict = safety_controls_active(halted(halt))
    assert told(verdict) == ("False", "KillSwitchUnconfirmed")
    assert "TradingHalt stop of alice" in verdict.message


def test_one_unconfirmed_halt_of_two_is_named_alone():
    verdict = safety_controls_active(halted(confirmed(*REPLICAS, name="a"), a_halt("b")))
    assert "TradingHalt b" in verdict.message
    assert "TradingHalt a" not in verdict.message


def test_a_halt_is_told_with_who_why_and_how_many_obey():
    verdict = trading_enabled(halted(confirmed(*REPLICAS), a_halt("stay")), YES)
    stop, stay = verdict.message.split("; ")
    assert told(verdict) == ("False", "Halted")
    assert stop == (
        "Halted by TradingHalt stop of alice (runaway orders): 3 of 3 replicas of the risk API obey"
    )
    assert stay == (
        "Halted by TradingHalt stay of alice (runaway orders): The halt relay has not reported on "
        "it yet."
    )


@pytest.mark.parametrize(
    "found", [halted(a_halt()), rejected(FLAG, facts=facts(halts=(a_halt(),)))]
)
def test_a_halt_goes_before_everything_else(found):
    assert told(trading_enabled(found, NO)) == ("False", "Halted")


def test_the_spec_halts_as_well():
    verdict = trading_enabled(healthy(stack=switched(engaged=True)), YES)
    assert (told(verdict), verdict.message) == (
        ("False", "Halted"),
        "Halted by the spec: spec.safety.killSwitch.engaged is true.",
    )


@pytest.mark.parametrize("switch", [{"engaged": False}, {"onUnknown": "Halt"}])
def test_a_switch_that_is_not_engaged_halts_nothing(switch):
    assert told(trading_enabled(healthy(stack=switched(**switch)), YES)) == ("True", "Enabled")


def test_a_switch_that_is_off_is_no_control_and_trading_goes_on():
    found = healthy(stack=switched(enabled=False))
    assert told(safety_controls_active(found)) == ("False", "KillSwitchUnconfirmed")
    assert told(trading_enabled(found, YES)) == ("True", "Enabled")


def test_a_halt_that_nobody_obeys_is_not_told_as_halted():
    verdict = trading_enabled(halted(a_halt(), stack=switched(enabled=False)), YES)
    assert told(verdict) == ("Unknown", "StateUnknown")
    assert "so no replica obeys" in verdict.message


@pytest.mark.parametrize(
    ("simulation", "reason"),
    [({"enabled": True}, "SimulationOnly"), ({"enabled": False}, "Enabled")],
)
def test_a_simulation_sends_no_orders(simulation, reason):
    found = healthy(stack=stack(spec={"environment": "staging", "simulation": simulation}))
    assert trading_enabled(found, YES).reason == reason


def test_a_stack_that_is_not_ready_does_not_trade():
    verdict = trading_enabled(healthy(), NO)
    assert (told(verdict), verdict.message) == (("False", "NotReady"), "The cache is loading.")
