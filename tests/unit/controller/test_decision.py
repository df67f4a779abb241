from dataclasses import replace

import pytest

from tests.support.halts import a_halt
from tests.support.observed import desired, observed
from tests.support.stacks import facts, stack
from tradingstack_operator.controller.decision import KEPT, Decisions, decide
from tradingstack_operator.model.objects import ObjectRef


def test_an_accepted_spec_gives_the_wanted_objects():
    decision = decide(observed())
    assert (decision.stack, decision.violations, decision.desired) == (stack(), (), desired())


def test_an_accepted_spec_gives_the_spec_in_force():
    assert decide(observed()).effective["riskApi"]["replicas"] == 3


def test_a_rejected_spec_gives_the_violations_and_nothing_else():
    decision = decide(observed(spec={"insecureFlags": ["DisableAuth"]}))
    assert (decision.stack, decision.desired, decision.effective) == (None, (), None)
    assert [item.rule for item in decision.violations] == ["INV-15"]


def test_a_spec_that_does_not_parse_is_rejected():
    decision = decide(observed(spec={"riskApi": None}))
    assert {item.rule for item in decision.violations} == {"schema"}


def test_a_fixed_scale_leaves_no_fewer_replicas():
    assert decide(observed()).least == {}


def test_an_autoscaler_may_leave_its_fewest_replicas():
    bounds = {"minReplicas": 4, "maxReplicas": 9}
    decision = decide(observed(spec={"riskApi": {"replicas": None, "autoscaling": bounds}}))
    assert decision.least == {ObjectRef("Deployment", "alpha-risk-api"): 4}


def test_the_same_stack_in_the_same_surroundings_is_decided_once():
    decisions = Decisions()
    assert decisions.decide(observed()) is decisions.decide(observed())


def test_what_the_stack_reports_does_not_change_the_decision():
    decisions = Decisions()
    first = decisions.decide(observed())
    assert decisions.decide(observed(status={"conditions": []})) is first


@pytest.mark.parametrize(
    "later",
    [
        observed(metadata={"generation": 2}),
        observed(metadata={"uid": "made-anew"}),
        observed(surroundings=facts(halts=(a_halt(),))),
        observed(surroundings=facts(policy=None)),
        observed(surroundings=facts(namespace_labels={})),
    ],
    ids=["spec", "incarnation", "halts", "policy", "namespace"],
)
def test_a_stack_is_decided_anew_when_something_else_is_so(later):
    decisions = Decisions()
    first = decisions.decide(observed())
    assert decisions.decide(later) is not first


def test_a_forgotten_stack_is_decided_anew():
    decisions = Decisions()
    first = decisions.decide(observed())
    decisions.forget(observed().key)
    assert decisions.decide(observed()) is not first


def test_forgetting_what_was_never_known_is_fine():
    decisions = Decisions()
    decisions.forget(observed().key)
    assert decisions.known == {}


def other(number):
    return observed(metadata={"namespace": f"other-{number}"})


def test_the_stacks_that_were_looked_at_longest_ago_are_forgotten():
    decisions = Decisions()
    for number in range(KEPT + 1):
        decisions.decide(other(number))
    assert other(0).key not in decisions.known
    assert len(decisions.known) == KEPT


def test_a_stack_that_is_looked_at_often_is_remembered():
    decisions = Decisions()
    first = decisions.decide(other(0))
    for number in range(1, 2 * KEPT):
        decisions.decide(other(number))
        decisions.decide(other(0))
    assert decisions.decide(other(0)) is first


def test_a_decision_holds_for_what_it_was_made_for():
    decision = decide(observed())
    assert decision.holds_for(observed())
    assert not replace(decision, generation=2).holds_for(observed())
