"""The shipped policies and bindings fail closed."""

import pytest

from tradingstack_operator.rules.manifests import build_bindings, build_policies
from tradingstack_operator.rules.registry import REGISTRY
from tradingstack_operator.rules.rule import Validation


@pytest.mark.parametrize("policy", build_policies(), ids=lambda one: one["metadata"]["name"])
def test_an_expression_that_cannot_be_evaluated_denies(policy):
    assert policy["spec"]["failurePolicy"] == "Fail"


@pytest.mark.parametrize("binding", build_bindings(), ids=lambda one: one["metadata"]["name"])
def test_a_binding_denies_and_leaves_a_trace_in_the_audit_log(binding):
    assert binding["spec"]["validationActions"] == ["Deny", "Audit"]


@pytest.mark.parametrize("binding", build_bindings(), ids=lambda one: one["metadata"]["name"])
def test_no_label_of_an_object_takes_it_out_of_a_policy(binding):
    assert binding["spec"].get("matchResources", {}).get("objectSelector", {}) == {}


def test_what_is_created_needs_a_platform_policy_wherever_a_rule_reads_it():
    reading = {p["metadata"]["name"] for p in build_policies() if "paramKind" in p["spec"]}
    denying = {
        binding["spec"]["policyName"]
        for binding in build_bindings()
        if binding["spec"].get("paramRef", {}).get("parameterNotFoundAction") == "Deny"
        and creates(binding)
    }
    assert denying == reading


def creates(binding):
    """Tell whether a binding is about creations; one without rules is about all its policy is."""
    rules = binding["spec"].get("matchResources", {}).get("resourceRules")
    return rules is None or any("CREATE" in rule["operations"] for rule in rules)


def test_every_validation_is_shipped():
    written = sum(isinstance(one, Validation) for rule in REGISTRY for one in rule.expressions)
    assert sum(len(policy["spec"]["validations"]) for policy in build_policies()) == written
