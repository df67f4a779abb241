"""How Prometheus reads what the operator reports of its stacks."""

import pytest

from tests.charts.helm import OPERATOR, rendered
from tests.charts.helm import the_operators as the

pytestmark = pytest.mark.apiserver


def test_a_stacks_own_namespace_stays_in_its_series():
    objects = rendered(OPERATOR, serviceMonitor__enabled=True)
    (endpoint,) = the("ServiceMonitor", objects)["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True
