import pytest

from tests.support.observed import UID, child, observed
from tests.support.stacks import NAME, NAMESPACE
from tradingstack_operator.api import names
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import Version


def test_a_stack_is_known_by_its_namespace_and_name():
    assert observed().key == (NAMESPACE, NAME)


def test_uid_and_generation_are_those_of_the_stack():
    stack = observed(metadata={"generation": 7})
    assert (stack.uid, stack.generation) == (UID, 7)


def test_a_stack_without_a_report_has_an_empty_status():
    assert observed().status == {}


def test_a_stack_carries_its_report():
    assert observed(status={"conditions": []}).status == {"conditions": []}


@pytest.mark.parametrize(
    ("metadata", "deleting"), [({}, False), ({"deletionTimestamp": "2026-01-01T00:00:00Z"}, True)]
)
def test_a_deletion_timestamp_means_deleting(metadata, deleting):
    assert observed(metadata=metadata).deleting is deleting


@pytest.mark.parametrize(
    ("metadata", "held"),
    [
        ({}, False),
        ({"finalizers": ["foreign"]}, False),
        ({"finalizers": ["foreign", names.FINALIZER]}, True),
    ],
)
def test_only_the_operators_own_finalizer_counts(metadata, held):
    assert observed(metadata=metadata).has_finalizer is held


def test_the_children_of_a_namesake_are_not_owned():
    own, foreign = child(), child("Service", "alpha-cache", owner_uid="deleted-earlier")
    assert observed([own, foreign]).owned == {own.ref: own}


def test_a_version_is_of_one_incarnation():
    assert child(uid="a", resource_version=3).version == Version("a", 3)


def test_a_violation_reads_as_rule_field_and_message():
    violation = Violation("INV-04", "spec.simulation.enabled", "switch it off")
    assert str(violation) == "INV-04 spec.simulation.enabled: switch it off"
