"""On a real API server, no single expression can go without a vector that notices it."""

from collections import defaultdict

import pytest

from tests.support.vectors import vectors
from tradingstack_operator.rules.manifests import PREFIX, build_policies
from tradingstack_operator.rules.registry import POLICIES, REGISTRY
from tradingstack_operator.rules.rule import Crd

pytestmark = pytest.mark.apiserver


@pytest.fixture(scope="module")
def refusals(server):
    """List, by the text of a refusal, the vectors that were answered with it."""
    found = defaultdict(list)
    for vector in vectors():
        if (
            vector.entry.refused
            and vector.entry.by in ("policy", "crd")
            and vector.entry.with_policy
        ):
            for answer in server.verdicts(vector).values():
                found[answer.message].append(vector)
    return found


@pytest.fixture
def restored(server):
    yield server
    server.put_policies_in_force()


def test_every_rule_of_a_schema_refuses_some_vector(refusals):
    """The API server names every broken rule of a schema, so one that is gone is named nowhere."""
    unheard = [
        rule.message(expression)
        for rule in REGISTRY
        for expression in rule.expressions
        if isinstance(expression, Crd)
        and not any(rule.message(expression) in message for message in refusals)
    ]
    assert unheard == []


def test_without_any_validation_of_a_policy_some_vector_gets_another_verdict(restored, refusals):
    """A policy names its first broken validation only, so each is taken out in its turn."""
    rounds = max(len(policy["spec"]["validations"]) for policy in build_policies())
    survivors = [
        message
        for number in range(rounds)
        for message in survivors_without(restored, number, refusals)
    ]
    assert survivors == []


def survivors_without(server, number, refusals):
    """Take one validation out of each policy; list those that nobody misses."""
    removed, policies = [], build_policies()
    for policy in policies:
        validations = policy["spec"]["validations"]
        if number < len(validations):
            removed.append((policy["metadata"]["name"], validations[number]["message"]))
            validations[number] = {"expression": "true", "message": f"round {number}"}
    server.apply(*policies)
    return [message for name, message in removed if not is_missed(server, name, message, refusals)]


def is_missed(server, name, message, refusals):
    (policy,) = [one for one in POLICIES if PREFIX + one.name == name]
    witnesses = {
        str(vector): vector
        for answered, found in refusals.items()
        if message in answered
        for vector in found
        if policy.covers(vector.request())
    }
    return any(gets_another_verdict(server, one, message) for one in witnesses.values())


def gets_another_verdict(server, vector, message):
    def is_gone():
        return all(message not in answer.message for answer in server.verdicts(vector).values())

    server.until(is_gone)
    return not server.refuses(vector)
