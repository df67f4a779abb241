import pytest

from tests.support.stacks import NAMESPACE_LABELS, facts
from tests.unit.rules.judging import broken_fields
from tradingstack_operator.rules import placement

ENFORCE = "pod-security.kubernetes.io/enforce"
ENFORCE_VERSION = "pod-security.kubernetes.io/enforce-version"
NAMESPACE = "metadata.labels of the namespace"


def labelled(**labels):
    """Change labels of the namespace; None takes one away."""
    found = NAMESPACE_LABELS | labels
    return facts(namespace_labels={key: value for key, value in found.items() if value})


def test_the_environment_of_the_namespace_is_kept():
    assert broken_fields(placement.environment_is_that_of_the_namespace) == []


@pytest.mark.parametrize("label", ["staging", None, "Production"])
def test_another_environment_than_the_namespaces_is_refused(label):
    surroundings = labelled(**{"tradingstack.io/environment": label})
    assert broken_fields(placement.environment_is_that_of_the_namespace, surroundings) == [
        "spec.environment"
    ]


def test_the_stack_of_the_namespace_is_kept():
    assert broken_fields(placement.namespace_belongs_to_this_stack) == []


@pytest.mark.parametrize("label", ["beta", None])
def test_a_stack_the_namespace_is_not_labelled_with_is_refused(label):
    surroundings = labelled(**{"tradingstack.io/stack": label})
    assert broken_fields(placement.namespace_belongs_to_this_stack, surroundings) == [
        "metadata.name"
    ]


def test_a_second_stack_in_the_namespace_is_refused():
    assert broken_fields(
        placement.namespace_belongs_to_this_stack, facts(stacks=("alpha", "beta"))
    ) == ["metadata.namespace"]


def test_a_stack_not_yet_listed_is_no_second_one():
    assert broken_fields(placement.namespace_belongs_to_this_stack, facts(stacks=())) == []


@pytest.mark.parametrize("name", ["a", "alpha-2", "a" * 30])
def test_a_short_name_is_kept(name):
    assert broken_fields(placement.name_leaves_room_for_suffixes, metadata={"name": name}) == []


@pytest.mark.parametrize("name", ["a" * 31, "a.b", "1a", "-a", "a-", "A", "a\n"])
def test_a_name_that_fits_no_label_is_refused(name):
    assert broken_fields(placement.name_leaves_room_for_suffixes, metadata={"name": name}) == [
        "metadata.name"
    ]


@pytest.mark.parametrize("version", ["latest", None])
def test_the_newest_restricted_standard_is_kept(version):
    surroundings = labelled(**{ENFORCE_VERSION: version})
    assert broken_fields(placement.namespace_refuses_privileged_pods, surroundings) == []


@pytest.mark.parametrize(
    ("label", "value"),
    [(ENFORCE, "baseline"), (ENFORCE, None), (ENFORCE_VERSION, "v1.25")],
)
def test_a_weaker_standard_is_refused(label, value):
    assert broken_fields(
        placement.namespace_refuses_privileged_pods, labelled(**{label: value})
    ) == [NAMESPACE]
