import pytest

from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.kinds import DEPLOYMENT, LEASE, TRADING_STACK
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.telemetry.metrics import Metrics

APP = ObjectRef("Deployment", "alpha-risk-api")


@pytest.fixture
def metrics():
    return Metrics(lambda: 7, lambda: True)


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"tradingstack_{name}", labels)


def labels(metrics, name):
    """List the labels that a metric's samples have had."""
    return {
        tuple(sample.labels.values())
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == f"tradingstack_{name}"
    }


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/trading", "namespaces"),
        ("/api/v1/configmaps", "configmaps"),
        ("/api/v1/namespaces/trading/configmaps/a", "configmaps"),
        (DEPLOYMENT.path("trading", "a"), "deployments"),
        (LEASE.path("trading", "a"), "leases"),
        (TRADING_STACK.path("trading", "a") + "/status", "tradingstacks"),
        (TRADING_STACK.root, "discovery"),
        ("/version", "discovery"),
    ],
)
def test_a_request_is_counted_by_its_resource(metrics, path, resource):
    metrics.request_answered("GET", path, 200, 0.1)
    assert labels(metrics, "api_requests_total") == {("GET", resource, "200")}


def test_a_request_without_an_answer_is_counted_too(metrics):
    metrics.request_answered("PATCH", DEPLOYMENT.path("trading", "a"), 0, 0.1)
    assert value(metrics, "api_requests_total", verb="PATCH", resource="deployments", code="0") == 1


def test_requests_are_timed(metrics):
    metrics.request_answered("GET", "/version", 200, 0.25)
    assert value(metrics, "api_request_seconds_sum", verb="GET") == 0.25


def test_no_name_of_an_object_becomes_a_label(metrics):
    for name in ("a", "b", "c"):
        metrics.request_answered("GET", DEPLOYMENT.path(name, name), 200, 0.1)
    assert len(labels(metrics, "api_requests_total")) == 1


@pytest.mark.parametrize(
    ("changes", "outcome"), [((), "unchanged"), ((Change(APP, Action.CREATE),), "changed")]
)
def test_a_look_is_counted_by_whether_it_changed_anything(metrics, changes, outcome):
    metrics.look_finished(changes, 0.1)
    assert value(metrics, "looks_total", outcome=outcome) == 1


def test_looks_are_timed(metrics):
    metrics.look_finished((), 0.25)
    assert value(metrics, "look_seconds_sum") == 0.25


@pytest.mark.parametrize(("refusal", "outcome"), [(None, "done"), (Refusal.FORBIDDEN, "refused")])
def test_a_change_is_counted_by_kind_action_and_outcome(metrics, refusal, outcome):
    metrics.look_finished((Change(APP, Action.REPAIR, refusal),), 0.1)
    assert labels(metrics, "changes_total") == {("Deployment", "repair", outcome)}


def test_the_depth_of_the_queue_is_asked_for_at_each_scrape(metrics):
    assert value(metrics, "queue_depth") == 7


@pytest.mark.parametrize(("problem", "number"), [("is missing", 1), ("", 0)])
def test_a_guard_is_shown_whether_it_is_broken_or_not(metrics, problem, number):
    metrics.guards_judged({ObjectRef("Policy", "a"): "is missing"})
    metrics.guards_judged({ObjectRef("Policy", "a"): problem})
    guard = {"kind": "Policy", "name": "a"}
    assert metrics.registry.get_sample_value("tradingstack_guards_broken", guard) == number


@pytest.mark.parametrize(("leads", "number"), [(True, 1), (False, 0)])
def test_whether_this_replica_leads_is_asked_for_at_each_scrape(leads, number):
    assert value(Metrics(lambda: 0, lambda: leads), "leader") == number


def test_the_process_itself_is_measured(metrics):
    names = {family.name for family in metrics.registry.collect()}
    assert {"process_resident_memory_bytes", "python_info"} <= names


def test_two_replicas_in_one_process_count_apart():
    first, second = (Metrics(lambda: 0, lambda: False) for _ in range(2))
    first.look_finished((), 0.1)
    assert value(second, "looks_total", outcome="unchanged") is None


def test_every_metric_says_what_it_is(metrics):
    assert [family.name for family in metrics.registry.collect() if not family.documentation] == []
