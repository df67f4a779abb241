import importlib
import pkgutil
from collections import Counter

from tests.support.stacks import facts, stack
from tradingstack_operator import rules
from tradingstack_operator.api.crd import CUSTOM_RESOURCES
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import WRITES
from tradingstack_operator.rules.registry import POLICIES, REGISTRY, STACK_RULES, validate_stack
from tradingstack_operator.rules.rule import Crd, Rule, Validation

MOST_BINDINGS = 6
"""A binding costs a busy API server several milliseconds; a validation almost nothing."""


def expressions():
    return [(rule, expression) for rule in REGISTRY for expression in rule.expressions]


def test_every_rule_that_exists_is_enforced():
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}.")
    ]
    written = {
        (value.id, value.law)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule)
    }
    assert written == {(rule.id, rule.law) for rule in REGISTRY}


def test_the_rules_of_a_stack_have_ids_of_their_own():
    assert len(STACK_RULES) == len({rule.id for rule in STACK_RULES})


def test_every_rule_says_why_it_exists():
    assert [rule.find for rule in REGISTRY if not rule.find.__doc__] == []


def test_a_fitting_stack_breaks_no_rule():
    assert validate_stack(Case(stack(), facts())) == ()


def test_every_expression_belongs_to_a_policy_or_kind_that_exists():
    places = {one.policy if isinstance(one, Validation) else one.kind for _, one in expressions()}
    assert places == {policy.name for policy in POLICIES} | {one.kind for one in CUSTOM_RESOURCES}


def test_every_refusal_is_worded_in_its_own_way():
    """Two expressions of one policy or kind that say the same could not be told apart."""
    worded = Counter(
        (one.policy if isinstance(one, Validation) else one.kind, rule.message(one))
        for rule, one in expressions()
    )
    assert [message for message, times in worded.items() if times > 1] == []


def test_no_refusal_is_longer_than_the_schema_allows():
    """A message in a CRD may have 2048 characters; one line of a terminal is kinder."""
    assert [m for m in (rule.message(one) for rule, one in expressions()) if len(m) > 320] == []


def test_only_the_operator_enforces_what_the_api_server_cannot_see():
    """The images it was started with, the calendar and the platform are no part of any object."""
    assert {rule.id for rule in REGISTRY if not rule.expressions} == {
        "image",
        "schedule",
        "INV-21d",
    }


def test_few_bindings_match_any_request():
    """Count them for every resource and operation that any policy matches."""
    targets = {
        (match.group, resource, operation)
        for policy in POLICIES
        for match in policy.matches
        for resource in match.resources
        for operation in match.operations
    }
    counts = {
        target: sum(
            any(match.lists(group, resource, operation) for match in policy.matches)
            for policy in POLICIES
        )
        for target in targets
        for group, resource, operation in [target]
    }
    assert max(counts.values()) <= MOST_BINDINGS


def test_what_must_never_be_blocked_is_judged_without_parameters():
    """A missing PlatformPolicy refuses all that a policy with parameters matches."""
    free = {"tradinghalts", "stackoperations", "platformpolicies", "namespaces"}
    for policy in POLICIES:
        if policy.reads_platform_policy:
            matched = {resource for match in policy.matches for resource in match.resources}
            assert not free.intersection(matched)
            assert {o for m in policy.matches for o in m.operations} <= set(WRITES)


def test_every_schema_rule_names_a_field_below_it():
    assert [one for _, one in expressions() if isinstance(one, Crd) and not one.full_field] == []
