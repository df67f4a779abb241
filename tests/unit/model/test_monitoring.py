import pytest

from tradingstack_operator.model.monitoring import Monitors, matches

LABELS = {"release": "kps", "team": "risk"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": {"release": "kps"}}, True),
        ({"matchLabels": {"release": "other"}}, False),
        ({"matchLabels": {"missing": "x"}}, False),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["risk", "x"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["x"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["risk"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "none", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Like", "values": ["r*"]}]}, False),
    ],
)
def test_a_selector_is_read_as_the_api_server_does(selector, expected):
    assert matches(selector, LABELS) is expected


def an_object(name="k8s", namespace="monitoring", **spec):
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def rules_of(manifest):
    (rules,) = Monitors.of([manifest], []).rules
    return rules


def test_no_selector_selects_nothing():
    assert not rules_of(an_object(ruleNamespaceSelector={})).takes("trading", {}, {})


def test_an_empty_selector_selects_everything():
    rules = rules_of(an_object(ruleSelector={}, ruleNamespaceSelector={}))
    assert rules.takes("trading", {}, {})


def test_without_a_selector_of_namespaces_only_its_own_is_looked_into():
    rules = rules_of(an_object(ruleSelector={}))
    assert rules.takes("monitoring", {}, {})
    assert not rules.takes("trading", {}, {})


def test_a_namespace_can_be_selected_by_its_labels_and_by_its_name():
    by_label = rules_of(
        an_object(ruleSelector={}, ruleNamespaceSelector={"matchLabels": {"a": "b"}})
    )
    by_name = {"matchLabels": {"kubernetes.io/metadata.name": "trading"}}
    assert by_label.takes("trading", {"a": "b"}, {})
    assert not by_label.takes("trading", {}, {})
    named = rules_of(an_object(ruleSelector={}, ruleNamespaceSelector=by_name))
    assert named.takes("trading", {}, {})


def test_rules_and_monitors_have_selectors_of_their_own():
    manifest = an_object(
        ruleSelector={}, ruleNamespaceSelector={}, serviceMonitorNamespaceSelector={}
    )
    monitors = Monitors.of([manifest], [])
    assert monitors.rules[0].takes("trading", {}, {})
    assert not monitors.targets[0].takes("trading", {}, {})


def test_the_order_in_which_they_came_makes_no_difference():
    one, two = an_object("a"), an_object("b")
    assert Monitors.of([one, two], [one, two]) == Monitors.of([two, one], [two, one])
