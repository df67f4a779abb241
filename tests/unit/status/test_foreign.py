"""Somebody else's object under one of the operator's names ends in a condition that names it."""

import pytest

from tests.unit.status.findings import healthy
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.spec import invariants_held
from tradingstack_operator.status.tree import stalled

ACCOUNT, POLICY = (ObjectRef(kind, "alpha-cache") for kind in ("ServiceAccount", "NetworkPolicy"))


def found(*refs, refusal=Refusal.FOREIGN):
    return healthy(refused=tuple(Change(ref, Action.CREATE, refusal, "no") for ref in refs))


@pytest.mark.parametrize(
    ("refs", "reason"),
    [
        ([ACCOUNT], "ForeignObject"),
        ([POLICY], "ForeignNetworkPolicy"),
        ([POLICY, ACCOUNT], "ForeignObject"),
    ],
)
def test_a_foreign_object_contradicts_the_stack(refs, reason):
    verdict = invariants_held(found(*refs))
    assert (verdict.status, verdict.reason) == ("False", reason)


def test_a_foreign_object_is_named_with_the_next_step():
    assert invariants_held(found(ACCOUNT)).message == (
        "Not the operator's, and in its place: ServiceAccount/alpha-cache. Remove or rename what "
        "is there."
    )


def test_waiting_does_not_remove_a_foreign_object():
    assert stalled(found(ACCOUNT)).reason == "InvariantViolated"


def test_another_refusal_is_no_foreign_object():
    assert invariants_held(found(ACCOUNT, refusal=Refusal.CONFLICT)).status == "True"
