from datetime import UTC, datetime

import pytest

from tests.support.stacks import facts, policy
from tests.unit.status.findings import DESIRED, RUNNING, healthy, rejected, without
from tradingstack_operator.model.monitoring import Monitors
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.assess import judge
from tradingstack_operator.status.observability import observability_ready

NOW = datetime(2026, 8, 1, tzinfo=UTC)
RULE = ObjectRef("PrometheusRule", "alpha")
MONITOR = ObjectRef("ServiceMonitor", "alpha")
ROUTES = ObjectRef("AlertmanagerConfig", "alpha")
DASHBOARDS = ObjectRef("ConfigMap", "alpha-dashboards")


def monitors(prometheus=None, alertmanager=None):
    everything = {
        "ruleSelector": {},
        "ruleNamespaceSelector": {},
        "serviceMonitorSelector": {},
        "serviceMonitorNamespaceSelector": {},
    }
    routes = {"alertmanagerConfigSelector": {}, "alertmanagerConfigNamespaceSelector": {}}
    place = {"metadata": {"name": "main", "namespace": "monitoring"}}
    return Monitors.of(
        [place | {"spec": everything | (prometheus or {})}],
        [place | {"spec": routes | (alertmanager or {})}],
    )


def watched(found=None, **fields):
    open_to_it = policy(spec={"monitoringNamespaces": ["monitoring"]})
    surroundings = facts(**({"monitors": monitors(), "policy": open_to_it} | fields))
    return observability_ready((found or healthy)(facts=surroundings))


def reason(verdict):
    return verdict.status, verdict.reason


def test_what_is_selected_routed_and_shown_is_loaded():
    assert reason(watched()) == ("True", "Loaded")


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule", "AlertmanagerConfig"])
def test_a_kind_that_is_not_served_is_named(kind):
    verdict = watched(missing_kinds=frozenset({kind}))
    assert reason(verdict) == ("False", "CRDsMissing")
    assert kind in verdict.message


def test_a_cluster_without_the_prometheus_operator_takes_nothing_from_the_stack():
    missing = frozenset({"ServiceMonitor", "PrometheusRule", "AlertmanagerConfig", "Prometheus"})
    blind, seen = judged(facts(missing_kinds=missing)), judged(facts())
    assert blind.pop("ObservabilityReady") == "False"
    assert blind.items() <= seen.items()


@pytest.mark.parametrize("kind", ["Prometheus", "Alertmanager"])
def test_without_the_kinds_that_select_it_is_unknown_who_loads_the_rules(kind):
    verdict = watched(missing_kinds=frozenset({kind}))
    assert reason(verdict) == ("Unknown", "RulesNotSelected")


@pytest.mark.parametrize(
    "spec",
    [
        {"ruleSelector": {"matchLabels": {"release": "kps"}}},
        {"ruleSelector": None},
        {"ruleNamespaceSelector": None},
        {"serviceMonitorSelector": {"matchLabels": {"release": "kps"}}},
        {"serviceMonitorNamespaceSelector": {"matchLabels": {"team": "else"}}},
    ],
)
def test_what_no_prometheus_selects_is_told(spec):
    verdict = watched(monitors=monitors(prometheus=spec))
    assert reason(verdict) == ("False", "RulesNotSelected")
    assert "spec.observability.prometheus.labels" in verdict.message


@pytest.mark.parametrize("allowed", [policy(), None])
def test_a_prometheus_that_the_network_keeps_out_is_named(allowed):
    verdict = watched(policy=allowed)
    assert reason(verdict) == ("False", "RulesNotSelected")
    assert "namespace monitoring may not reach" in verdict.message


def test_no_prometheus_at_all_loads_nothing():
    assert reason(watched(monitors=Monitors())) == ("False", "RulesNotSelected")


@pytest.mark.parametrize("ref", [RULE, MONITOR])
def test_what_is_not_there_yet_is_not_loaded(ref):
    verdict = watched(lambda **fields: healthy(children=without(ref), **fields))
    assert reason(verdict) == ("False", "RulesNotSelected")
    assert ref.kind in verdict.message


def test_alerts_without_a_way_out_are_told():
    verdict = watched(lambda **fields: healthy(children=without(ROUTES), **fields))
    assert reason(verdict) == ("False", "RoutingMissing")


def test_a_route_that_no_alertmanager_takes_is_told():
    other = {"alertmanagerConfigSelector": {"matchLabels": {"team": "else"}}}
    assert reason(watched(monitors=monitors(alertmanager=other))) == ("False", "RoutingMissing")


def test_dashboards_that_are_not_wanted_are_told():
    wanted = {ref: component for ref, component in DESIRED.items() if ref != DASHBOARDS}
    verdict = watched(lambda **fields: healthy(desired=wanted, **fields))
    assert reason(verdict) == ("False", "DashboardsMissing")


def test_of_a_rejected_spec_the_existing_objects_are_judged():
    assert reason(watched(rejected)) == ("True", "Loaded")
    assert RULE in RUNNING


def judged(surroundings):
    return {item.type: item.status for item in judge(healthy(facts=surroundings), NOW)}
