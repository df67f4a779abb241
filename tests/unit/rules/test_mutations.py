"""Without any one rule, at least one vector gets another verdict: no rule is there for show."""

from collections import defaultdict
from dataclasses import replace

import pytest

from tests.support.stacks import facts, stack
from tests.support.vectors import vectors
from tradingstack_operator.model.images import Images
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.images import components_have_images
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.registry import REGISTRY, validate_stack

ENFORCED = [rule for rule in REGISTRY if rule.expressions]


@pytest.fixture(scope="module")
def refused():
    """List the refused vectors of each id."""
    found = defaultdict(list)
    for vector in vectors():
        found[vector.entry.refused].append(vector)
    return found


def without(rule):
    return replace(
        REGISTRY,
        stack=tuple(one for one in REGISTRY.stack if one is not rule),
        policy=tuple(one for one in REGISTRY.policy if one is not rule),
        request=tuple(one for one in REGISTRY.request if one is not rule),
    )


@pytest.mark.parametrize("rule", ENFORCED, ids=lambda rule: f"{rule.id} {rule.find.__name__}")
def test_a_vector_notices_that_a_rule_is_gone(rule, refused):
    registry = without(rule)
    assert any(
        rule.id not in {violation.rule for violation in judge(vector.request(), registry)}
        for vector in refused[rule.id]
    )


def test_the_one_rule_that_admission_cannot_know_is_noticed_as_well():
    blind = Case(stack(), facts(images=Images()))
    assert {one.rule for one in validate_stack(blind)} == {components_have_images.id}
