import pytest

from tests.unit.desired.factory import a_stack
from tradingstack_operator.api.parts import Resources
from tradingstack_operator.desired.sizing import fixed, resources
from tradingstack_operator.model.components import CACHE, INGESTOR, RISK_API


def cache(override=None, sizing="medium"):
    parsed = Resources.model_validate(override) if override is not None else None
    return resources(a_stack(sizing=sizing), CACHE, parsed)


def test_the_sizing_is_medium_when_nothing_is_said():
    assert resources(a_stack(), CACHE, None) == cache(sizing="medium")


@pytest.mark.parametrize("component", [CACHE, INGESTOR, RISK_API])
@pytest.mark.parametrize("sizing", ["small", "medium", "large"])
def test_memory_is_promised_in_full(component, sizing):
    granted = resources(a_stack(sizing=sizing), component, None)
    assert granted["requests"]["memory"] == granted["limits"]["memory"]


def test_the_nodes_disk_is_bounded_whatever_is_asked_for():
    granted = cache({"requests": {"cpu": "300m"}, "limits": {"memory": "2Gi"}})
    assert granted["requests"]["ephemeral-storage"] == "128Mi"
    assert granted["limits"]["ephemeral-storage"] == "1Gi"


def test_what_a_container_is_given_at_any_size_bounds_the_disk_as_well():
    assert fixed("10m", "500m", "128Mi") == {
        "requests": {"cpu": "10m", "memory": "128Mi", "ephemeral-storage": "128Mi"},
        "limits": {"cpu": "500m", "memory": "128Mi", "ephemeral-storage": "1Gi"},
    }


@pytest.mark.parametrize("override", [None, {}, {"requests": {}, "limits": {}}])
def test_an_override_that_says_nothing_changes_nothing(override):
    assert cache(override) == cache()


def test_an_override_replaces_one_amount():
    granted = cache({"requests": {"cpu": "300m"}})
    assert granted["requests"]["cpu"] == "300m"
    assert granted["limits"] == cache()["limits"]


def test_a_request_above_the_sizings_limit_raises_the_limit():
    assert cache({"requests": {"cpu": "3000m"}})["limits"]["cpu"] == "3"


def test_a_limit_below_the_sizings_request_lowers_the_request():
    assert cache({"limits": {"memory": "512Mi"}})["requests"]["memory"] == "512Mi"


def test_what_the_spec_says_of_both_halves_stands():
    both = {"requests": {"cpu": "1"}, "limits": {"cpu": "4"}}
    granted = cache(both)
    assert (granted["requests"]["cpu"], granted["limits"]["cpu"]) == ("1", "4")
