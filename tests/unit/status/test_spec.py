"""Whether the spec obeys the rules, and whether anything contradicts it."""

import pytest

from tests.support.stacks import facts, stack
from tests.unit.status.findings import healthy, rejected
from tradingstack_operator.model.findings import Contest, Violation
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.spec import invariants_held, spec_accepted
from tradingstack_operator.status.verdict import Verdict

CACHE = ObjectRef("StatefulSet", "alpha-cache")
LABEL = Violation("INV-02", "metadata.labels", "label the namespace")
FLAG = Violation("INV-15", "spec.insecureFlags", "empty it")
BROKEN = ("Crd/a is missing",)
CONTEST = Contest(CACHE, "spec.replicas", "kubectl")


def told(verdict):
    return verdict.status, verdict.reason


def test_a_spec_that_breaks_no_rule_is_accepted():
    assert told(spec_accepted(healthy())) == ("True", "Accepted")


def test_a_rejected_spec_lists_every_violation():
    verdict = spec_accepted(rejected(LABEL, FLAG))
    assert (told(verdict), verdict.message) == (
        ("False", "Rejected"),
        "INV-02 metadata.labels: label the namespace; INV-15 spec.insecureFlags: empty it",
    )


def test_invariants_hold_while_nothing_contradicts_the_stack():
    assert told(invariants_held(healthy())) == ("True", "Held")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("INV-02", "EnvironmentLabelMismatch"),
        ("INV-03", "EnvironmentLabelMismatch"),
        ("INV-10a", "PodSecurityLabelMissing"),
    ],
)
def test_a_namespace_that_breaks_a_rule_contradicts_the_stack(rule, reason):
    found = rejected(FLAG, Violation(rule, "metadata", "mend it"))
    assert invariants_held(found) == Verdict("InvariantsHeld", "False", reason, "mend it")


def test_a_spec_that_breaks_a_rule_contradicts_nothing_around_it():
    assert told(invariants_held(rejected(FLAG))) == ("True", "Held")


def test_a_contested_field_names_who_keeps_changing_it():
    verdict = invariants_held(healthy(contested=(CONTEST,)))
    assert (told(verdict), verdict.message) == (
        ("False", "DriftRepaired"),
        (
            "kubectl keeps changing spec.replicas of StatefulSet/alpha-cache: "
            "stop it, or it is only repaired now and then"
        ),
    )


def test_a_broken_guard_is_named_with_who_mends_it_and_what_happens_until_then():
    verdict = invariants_held(healthy(facts=facts(broken_guards=BROKEN)))
    assert (told(verdict), verdict.message) == (
        ("False", "PolicyBindingMissing"),
        (
            "Crd/a is missing: have the platform team install chart tradingstack-crds again, in "
            "the operator's version; nothing is applied until then"
        ),
    )


@pytest.mark.parametrize(
    "found",
    [
        healthy(facts=facts(broken_guards=BROKEN), stack=stack(spec={"environment": "staging"})),
        rejected(LABEL, facts=facts(broken_guards=BROKEN)),
    ],
    ids=["staging", "rejected"],
)
def test_a_broken_guard_is_told_of_stacks_that_it_does_not_hold_up(found):
    verdict = invariants_held(found)
    assert told(verdict) == ("False", "PolicyBindingMissing")
    assert "nothing is applied" not in verdict.message


def test_of_many_broken_guards_some_are_named_and_the_others_counted():
    guards = tuple(f"Crd/{number} is missing" for number in range(9))
    message = invariants_held(healthy(facts=facts(broken_guards=guards))).message
    assert "Crd/3 is missing; and 5 more: have" in message
