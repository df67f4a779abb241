"""Why a workload does not do its work, from its own status and from what is heard of its pods."""

from dataclasses import replace

import pytest

from tests.support.observed import child, counts
from tests.unit.status.findings import RUNNING, healthy
from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import CACHE
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.signals import Signal
from tradingstack_operator.status.components import component_statuses
from tradingstack_operator.status.verdict import component_ready

STORE = ObjectRef("StatefulSet", "alpha-cache")
SNAPSHOTS = ObjectRef("PersistentVolumeClaim", "alpha-cache-snapshots")
API = ObjectRef("Deployment", "alpha-risk-api")
CLOCK = child("CronJob", "alpha-backup", component="backup")


def with_status(ref, status, **fields):
    return healthy(children=RUNNING | {ref: replace(RUNNING[ref], status=status)}, **fields)


def trouble(found, ref):
    return dict(found.trouble([ref])).get(ref)


def test_what_keeps_a_pod_from_running_explains_its_workload():
    found = with_status(API, counts(3, availableReplicas=0), signals={API: Signal("pod x waits")})
    assert trouble(found, API) == "has 0 of 3 replicas ready: pod x waits"


def test_a_workload_that_does_its_work_needs_no_explanation():
    assert trouble(healthy(signals={API: Signal("pod x waits")}), API) is None


def test_the_api_servers_words_explain_missing_pods():
    found = with_status(STORE, counts(0), signals={STORE: Signal("pod x waits", "INV-10b: no")})
    assert trouble(found, STORE) == "has rolled out 0 of 1 replicas: INV-10b: no"


def test_words_about_pods_that_exist_by_now_explain_nothing():
    found = with_status(STORE, counts(1, readyReplicas=0), signals={STORE: Signal("", "old")})
    assert trouble(found, STORE) == "has 0 of 1 replicas ready"


def rejected(found):
    return component_ready(found, ConditionType.CACHE_READY, (CACHE,), "Loading", "Loading").reason


def test_refused_pods_are_told_apart_from_pods_that_are_not_ready():
    found = with_status(STORE, counts(0), signals={STORE: Signal("", "INV-10b: no")})
    assert rejected(found) == "PodsRejected"


def test_missing_pods_alone_are_not_refused():
    assert rejected(with_status(STORE, counts(0))) == "Loading"


def test_a_workload_that_does_not_exist_yet_is_not_refused():
    children = {ref: item for ref, item in RUNNING.items() if ref != STORE}
    found = healthy(children=children, signals={STORE: Signal("", "no")})
    assert not found.rejected(STORE)


def test_a_volume_that_is_lost_is_trouble_of_its_component():
    claim = child("PersistentVolumeClaim", "alpha-snapshots", status={"phase": "Lost"})
    found = healthy(children=RUNNING | {claim.ref: claim})
    found = replace(found, desired={**found.desired, claim.ref: CACHE})
    verdict = component_ready(found, ConditionType.CACHE_READY, (CACHE,), "Loading", "Loading")
    told = "PersistentVolumeClaim/alpha-snapshots has lost its volume: restore into a new one"
    assert verdict.message.startswith(told)


def test_a_volume_that_is_not_there_yet_is_no_trouble_by_itself():
    assert rejected(with_status(SNAPSHOTS, {})) == "Ready"


def test_a_volume_that_is_not_there_yet_may_explain_missing_pods():
    claim = child("PersistentVolumeClaim", "alpha-more", status={"phase": "Pending"})
    found = with_status(STORE, counts(0))
    children, desired = found.children | {claim.ref: claim}, {**found.desired, claim.ref: CACHE}
    found = replace(found, children=children, desired=desired)
    verdict = component_ready(found, ConditionType.CACHE_READY, (CACHE,), "Loading", "Loading")
    assert "PersistentVolumeClaim/alpha-more has no volume yet: see its Events" in verdict.message


def job(name, created, kind, owner=CLOCK):
    status = {"conditions": [{"type": kind, "status": "True", "reason": "DeadlineExceeded"}]}
    item = child("Job", name, status=status, owner_uid=owner.uid)
    stamp = f'"creationTimestamp":"2026-08-{created:02}T10:00:00Z","name"'.encode()
    return replace(item, body=item.body.replace(b'"name"', stamp, 1))


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ([], None),
        ([job("a", 1, "Complete")], None),
        ([job("a", 1, "Failed")], "has failed last: Job/a has failed: DeadlineExceeded"),
        ([job("b", 1, "Failed"), job("a", 2, "Complete")], None),
        ([job("a", 1, "Failed", owner=child("CronJob", "other"))], None),
    ],
)
def test_work_by_the_clock_is_as_good_as_its_last_job(jobs, told):
    children = {item.ref: item for item in (CLOCK, *jobs)}
    found = healthy(children=children, desired={CLOCK.ref: "backup"})
    assert trouble(found, CLOCK.ref) == told


def test_a_long_explanation_is_cut_where_workloads_are_counted():
    found = with_status(API, counts(0), signals={API: Signal("x" * 900)})
    messages = [item.get("message", "") for item in component_statuses(found)]
    assert max(map(len, messages)) == 256
