"""Of pods and Events only what tells of trouble is kept, by the workload that it is about."""

import pytest

from tradingstack_operator.cluster.signals import LONGEST, MOST, Signals
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import EVENT, POD
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.signals import Signal

NAMESPACE = "trading-prod"
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
CACHE = ObjectRef("StatefulSet", "alpha-cache")
PULL = {"state": {"waiting": {"reason": "ErrImagePull"}}}


@pytest.fixture
def told():
    return []


@pytest.fixture
def signals(told):
    return Signals(lambda namespace, heard: told.append((namespace, heard)))


def owner(kind, name):
    return {"kind": kind, "name": name, "controller": True}


REPLICAS = owner("ReplicaSet", "alpha-risk-api-5d8f")


def pod(name="alpha-risk-api-5d8f-x", status=None, of=REPLICAS, **metadata):
    head = {
        "namespace": NAMESPACE,
        "name": name,
        "uid": f"uid-of-{name}",
        "labels": {"pod-template-hash": "5d8f"},
        "ownerReferences": [of] if of else [],
    }
    return {"metadata": head | metadata, "status": status or {}}


def waiting(reason, **more):
    state = {"name": "app", "state": {"waiting": {"reason": reason}}}
    return {"containerStatuses": [state | more]}


def event(note="pods is forbidden", kind="ReplicaSet", name="alpha-risk-api-5d8f", uid="e"):
    return {
        "metadata": {"namespace": NAMESPACE, "name": uid, "uid": uid},
        "regarding": {"kind": kind, "name": name},
        "reason": "FailedCreate",
        "note": note,
    }


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            waiting("ImagePullBackOff"),
            (
                "pod alpha-risk-api-5d8f-x cannot pull the image of container app (ErrImagePull): "
                "check the image's name and the registry's credentials"
            ),
        ),
        (
            waiting("CreateContainerConfigError"),
            (
                "pod alpha-risk-api-5d8f-x cannot start container app "
                "(CreateContainerConfigError): "
                "see the Events of the pod"
            ),
        ),
        (
            waiting("CrashLoopBackOff"),
            (
                "container app of pod alpha-risk-api-5d8f-x ends again and "
                "again: read its log with "
                "kubectl logs --previous"
            ),
        ),
        (
            waiting(
                "CrashLoopBackOff",
                lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137}},
            ),
            (
                "container app of pod alpha-risk-api-5d8f-x ends again and again "
                "(OOMKilled, exit code "
                "137): read its log with kubectl logs --previous"
            ),
        ),
        (
            waiting(
                "CrashLoopBackOff", lastState={"terminated": {"reason": "Error", "exitCode": 1}}
            ),
            (
                "container app of pod alpha-risk-api-5d8f-x ends again and again "
                "(exit code 1): read "
                "its log with kubectl logs --previous"
            ),
        ),
        (
            {"conditions": [{"type": "PodScheduled", "reason": "Unschedulable"}]},
            "no node takes pod alpha-risk-api-5d8f-x: see the Events of the pod",
        ),
    ],
)
def test_trouble_names_the_pod_and_the_next_step(signals, status, words):
    signals.upsert(POD, pod(status=status))
    assert signals.of(NAMESPACE) == {RISK_API: Signal(trouble=words)}


def test_a_pod_that_only_starts_is_no_trouble(signals, told):
    signals.upsert(POD, pod(status=waiting("ContainerCreating")))
    assert (signals.of(NAMESPACE), told) == ({}, [])


def test_an_init_container_is_a_container(signals):
    status = {"initContainerStatuses": [{"name": "restore", **PULL}]}
    signals.upsert(POD, pod(status=status))
    assert "container restore" in signals.of(NAMESPACE)[RISK_API].trouble


def test_a_pod_of_a_stateful_set_tells_of_that(signals):
    signals.upsert(POD, pod(of=owner("StatefulSet", "alpha-cache"), status=waiting("ErrImagePull")))
    assert list(signals.of(NAMESPACE)) == [CACHE]


def test_a_pod_that_nobody_controls_tells_of_nothing(signals):
    signals.upsert(POD, pod(of=None, status=waiting("ErrImagePull")))
    assert signals.of(NAMESPACE) == {}


def test_a_pod_that_is_going_tells_of_nothing(signals):
    going = pod(status=waiting("CrashLoopBackOff"), deletionTimestamp="2026-08-01T10:00:00Z")
    signals.upsert(POD, going)
    assert signals.of(NAMESPACE) == {}


def test_trouble_that_is_over_is_forgotten(signals, told):
    signals.upsert(POD, pod(status=waiting("ErrImagePull")))
    signals.upsert(POD, pod())
    assert told[-1] == (NAMESPACE, {})


def test_a_pod_that_is_gone_is_forgotten(signals, told):
    signals.upsert(POD, pod(status=waiting("ErrImagePull")))
    signals.remove(POD, pod())
    assert told[-1] == (NAMESPACE, {})


def test_a_pod_that_a_list_lacks_is_forgotten(signals):
    signals.upsert(POD, pod(status=waiting("ErrImagePull")))
    signals.upsert(POD, pod("alpha-cache-0", waiting("ErrImagePull"), owner("StatefulSet", "x")))
    signals.begin(POD, 5)
    signals.retain(POD, {Address(NAMESPACE, "alpha-cache-0", "uid-of-alpha-cache-0")}, 5)
    assert list(signals.of(NAMESPACE)) == [ObjectRef("StatefulSet", "x")]


def test_the_same_trouble_is_told_once(signals, told):
    signals.upsert(POD, pod(status=waiting("ErrImagePull")))
    signals.upsert(POD, pod(status=waiting("ImagePullBackOff")))
    assert len(told) == 1


def test_the_api_servers_words_are_kept(signals):
    signals.upsert(
        EVENT, event("Error creating: pods is forbidden:\n INV-10b spec: run as non-root")
    )
    assert signals.of(NAMESPACE) == {
        RISK_API: Signal(refusal="Error creating: pods is forbidden: INV-10b spec: run as non-root")
    }


def test_words_without_end_are_cut(signals):
    signals.upsert(EVENT, event("x" * 5000))
    assert len(signals.of(NAMESPACE)[RISK_API].refusal) == LONGEST


@pytest.mark.parametrize("kind", ["StatefulSet", "Job"])
def test_a_refusal_tells_of_the_workload_that_it_regards(signals, kind):
    signals.upsert(EVENT, event(kind=kind, name="alpha-cache"))
    assert list(signals.of(NAMESPACE)) == [ObjectRef(kind, "alpha-cache")]


def test_an_event_about_nothing_is_ignored(signals):
    signals.upsert(EVENT, event() | {"regarding": {}})
    assert signals.of(NAMESPACE) == {}


def test_a_refusal_and_a_trouble_of_one_workload_are_both_told(signals):
    signals.upsert(EVENT, event("no"))
    signals.upsert(POD, pod(status=waiting("ErrImagePull")))
    found = signals.of(NAMESPACE)[RISK_API]
    assert (found.refusal, bool(found.trouble)) == ("no", True)


def test_a_flood_pushes_out_what_was_heard_first(signals):
    for number in range(MOST + 1):
        signals.upsert(EVENT, event(str(number), "Job", f"job-{number}", uid=str(number)))
    assert ObjectRef("Job", "job-0") not in signals.of(NAMESPACE)
    assert len(signals.of(NAMESPACE)) == MOST


def test_a_namespace_hears_nothing_of_others(signals):
    signals.upsert(POD, pod(status=waiting("ErrImagePull"), namespace="other"))
    assert signals.of(NAMESPACE) == {}
