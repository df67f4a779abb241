"""Which guards there should be, and where one is not as it was shipped."""

import copy

import pytest

from tradingstack_operator.api.names import LABEL_PART_OF, PART_OF
from tradingstack_operator.model.kinds import GUARD_KINDS
from tradingstack_operator.model.objects import ref_of
from tradingstack_operator.rules.guards import build_guards, difference, stored_specs

SHIPPED = {
    "failurePolicy": "Fail",
    "namespaceSelector": {},
    "validations": [{"expression": "a"}, {"expression": "b"}],
}


def changed(**fields):
    return copy.deepcopy(SHIPPED) | fields


def without(field):
    return {key: value for key, value in SHIPPED.items() if key != field}


def test_a_guard_as_shipped_does_not_differ():
    assert difference(SHIPPED, changed()) == ""


@pytest.mark.parametrize(
    ("live", "field"),
    [
        (changed(failurePolicy="Ignore"), "spec.failurePolicy"),
        (without("failurePolicy"), "spec.failurePolicy"),
        (changed(matchConditions=[]), "spec.matchConditions"),
        (changed(namespaceSelector={"matchLabels": {}}), "spec.namespaceSelector.matchLabels"),
        (changed(namespaceSelector=None), "spec.namespaceSelector"),
        (changed(validations=[]), "spec.validations[0]"),
        (changed(validations=SHIPPED["validations"][:1]), "spec.validations[1]"),
        (changed(validations=SHIPPED["validations"][1:]), "spec.validations[0].expression"),
        (changed(validations=[*SHIPPED["validations"], {}]), "spec.validations[2]"),
        (changed(validations={}), "spec.validations"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_field_that_differs_is_named(live, field):
    assert difference(SHIPPED, live) == field


def test_a_number_may_be_stored_in_another_notation():
    assert difference({"maximum": 5.0}, {"maximum": 5}) == ""


def test_every_guard_carries_the_label_by_which_guards_are_read():
    labels = {guard["metadata"]["labels"].get(LABEL_PART_OF) for guard in build_guards()}
    assert {PART_OF} == labels


def test_the_guards_are_of_the_kinds_that_are_read():
    assert {kind.kind for kind in GUARD_KINDS} == {guard["kind"] for guard in build_guards()}


def test_every_guard_has_a_name_of_its_own():
    assert [ref_of(guard) for guard in build_guards()] == [ref for ref, _ in stored_specs()]


def test_what_is_stored_holds_all_that_is_shipped():
    stored = dict(stored_specs())
    assert all(guard["spec"].items() <= stored[ref_of(guard)].items() for guard in build_guards())
