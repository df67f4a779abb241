"""Judge the fitting stack, with something changed, by one rule."""

from tests.support.stacks import facts, stack
from tradingstack_operator.rules.case import Case


def judge(rule, surroundings=None, **overrides):
    return rule(Case(stack(**overrides), surroundings or facts()))


def broken_fields(rule, surroundings=None, **overrides):
    """List the fields that break the rule; empty when it is kept."""
    return [violation.field for violation in judge(rule, surroundings, **overrides)]


def messages(rule, surroundings=None, **overrides):
    return [violation.message for violation in judge(rule, surroundings, **overrides)]
