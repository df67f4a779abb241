from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.golden.cases import CASES
from tests.support.kstatus import broken_laws
from tests.support.observed import child, counts
from tests.unit.status.findings import DESIRED, RUNNING, healthy, rejected, without
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.assess import assess
from tradingstack_operator.status.components import SERVER_KINDS, component_statuses, risk_api_scale

RISK_API = ObjectRef("Deployment", "alpha-risk-api")
NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
FLAG = Violation("INV-15", "spec.insecureFlags", "empty it")


def only(found, name):
    (item,) = [item for item in component_statuses(found) if item["name"] == name]
    return item


def test_every_server_is_counted_in_the_order_of_its_name():
    assert [item["name"] for item in component_statuses(healthy())] == sorted(
        ref.name for ref in DESIRED if ref.kind in SERVER_KINDS
    )


@pytest.mark.parametrize(
    "manifests", [found for _, found in CASES], ids=[name for name, _ in CASES]
)
def test_no_two_servers_of_a_stack_share_a_name(manifests):
    names = [it["metadata"]["name"] for it in manifests if it["kind"] in SERVER_KINDS]
    assert sorted(set(names)) == sorted(names)


def test_a_workload_that_does_its_work_has_no_message():
    assert only(healthy(), "alpha-risk-api") == {
        "name": "alpha-risk-api",
        "replicas": 3,
        "readyReplicas": 3,
    }


def test_a_workload_that_does_not_do_its_work_says_why():
    late = replace(RUNNING[RISK_API], status=counts(3, readyReplicas=1, availableReplicas=1))
    assert only(healthy(children=RUNNING | {RISK_API: late}), "alpha-risk-api") == {
        "name": "alpha-risk-api",
        "replicas": 3,
        "readyReplicas": 1,
        "message": "has 1 of 3 replicas ready",
    }


def test_a_workload_that_does_not_exist_counts_no_pods():
    assert only(healthy(children=without(RISK_API)), "alpha-risk-api") == {
        "name": "alpha-risk-api",
        "replicas": 0,
        "readyReplicas": 0,
        "message": "does not exist yet",
    }


def test_a_workload_that_was_not_counted_yet_has_no_ready_pods():
    new = replace(RUNNING[RISK_API], status={})
    assert only(healthy(children=RUNNING | {RISK_API: new}), "alpha-risk-api")["readyReplicas"] == 0


def test_of_a_rejected_spec_the_workloads_that_exist_are_counted():
    old = child("Deployment", "alpha-old", spec={"replicas": 2}, status=counts(2))
    assert component_statuses(rejected(FLAG, children={old.ref: old})) == [
        {"name": "alpha-old", "replicas": 2, "readyReplicas": 2}
    ]


def test_the_scale_is_that_of_the_risk_api():
    assert risk_api_scale(healthy()) == {
        "replicas": 3,
        "selector": "app.kubernetes.io/component=risk-api,tradingstack.io/stack=alpha",
    }


def test_a_risk_api_that_was_not_counted_yet_has_no_pods():
    new = replace(RUNNING[RISK_API], status={})
    assert risk_api_scale(healthy(children=RUNNING | {RISK_API: new}))["replicas"] == 0


@pytest.mark.parametrize("children", [{}, without(RISK_API)])
def test_there_is_no_scale_before_there_is_a_risk_api(children):
    assert risk_api_scale(healthy(children=children)) is None


def test_a_scale_beyond_all_bounds_does_not_keep_the_status_away():
    vast = child(
        "Deployment",
        "alpha-risk-api",
        spec={"replicas": 5000, "selector": {"matchLabels": {"a": "b"}}},
        status=counts(5000),
        component="risk-api",
    )
    found = healthy(children=RUNNING | {RISK_API: vast})
    assert broken_laws(assess(found, {}, 1, NOW), 1) == []


def test_a_selector_without_labels_does_not_keep_the_status_away():
    strange = child("Deployment", "a", spec={"selector": {}}, component="risk-api")
    assert risk_api_scale(healthy(children={strange.ref: strange}))["selector"] == ""
