import pytest

from tests.support.observed import child, counts
from tradingstack_operator.model.health import HEALTHY, Health, condition, health, lacks_pods


def workload(kind, status, replicas=3, **fields):
    return child(kind, spec={"replicas": replicas}, status=status, **fields)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_workload_with_all_its_pods_is_healthy(kind):
    assert health(workload(kind, counts(3))) == HEALTHY


@pytest.mark.parametrize("kind", ["ConfigMap", "Service", "NetworkPolicy", "PodDisruptionBudget"])
def test_an_object_without_a_status_of_its_own_is_healthy_once_it_exists(kind):
    assert health(child(kind)) == HEALTHY


@pytest.mark.parametrize("kind", ["ConfigMap", "Deployment"])
def test_an_object_that_is_being_deleted_is_not_ready(kind):
    gone = child(kind, spec={"replicas": 3}, status=counts(3), deleting=True)
    assert health(gone) == Health(ready=False, message="is being deleted")


def test_a_status_about_an_older_generation_says_nothing_about_the_newer_one():
    verdict = health(workload("Deployment", counts(3), generation=2))
    assert verdict == Health(ready=False, message="has not been seen by its controller yet")


def test_a_workload_without_a_status_has_not_been_seen():
    assert health(workload("StatefulSet", {})).message == "has not been seen by its controller yet"


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_old_pods_do_not_count_as_rolled_out(kind):
    verdict = health(workload(kind, counts(3, updatedReplicas=1)))
    assert verdict == Health(ready=False, message="has rolled out 1 of 3 replicas")


def test_an_old_pod_beyond_the_wanted_ones_is_still_to_be_replaced():
    verdict = health(workload("Deployment", counts(3, replicas=4)))
    assert verdict.message == "has rolled out 3 of 4 replicas"


def test_a_deployment_needs_its_pods_available_and_not_only_ready():
    verdict = health(workload("Deployment", counts(3, availableReplicas=2)))
    assert verdict == Health(ready=False, message="has 2 of 3 replicas ready")


def test_a_stateful_set_needs_its_pods_ready():
    verdict = health(workload("StatefulSet", counts(3, readyReplicas=0)))
    assert verdict == Health(ready=False, message="has 0 of 3 replicas ready")


def test_a_workload_that_names_no_replicas_has_one():
    assert health(child("Deployment", status=counts(0, replicas=0))).message == (
        "has rolled out 0 of 1 replicas"
    )


def test_the_fewest_that_an_autoscaler_may_leave_are_enough():
    assert health(workload("Deployment", counts(5, availableReplicas=3), replicas=5), 3) == HEALTHY


def test_the_fewest_that_an_autoscaler_may_leave_are_needed():
    verdict = health(workload("Deployment", counts(2), replicas=2), 3)
    assert verdict.message == "has rolled out 2 of 3 replicas"


def test_pods_that_the_server_refuses_are_rejected():
    status = counts(3, conditions=[{"type": "ReplicaFailure", "status": "True"}])
    verdict = health(workload("Deployment", status))
    assert verdict == Health(ready=False, message="cannot create its pods", rejected=True)


def test_a_replica_failure_that_is_over_counts_no_more():
    status = counts(3, conditions=[{"type": "ReplicaFailure", "status": "False"}])
    assert health(workload("Deployment", status)) == HEALTHY


def test_a_deployment_that_missed_its_deadline_is_not_ready():
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    verdict = health(workload("Deployment", counts(3, conditions=[late])))
    assert verdict == Health(ready=False, message="made no progress before its deadline")


def external_secret(**ready):
    return child("ExternalSecret", status={"conditions": [{"type": "Ready"} | ready]})


def test_a_synced_external_secret_is_healthy():
    assert health(external_secret(status="True", reason="SecretSynced")) == HEALTHY


def test_an_external_secret_that_failed_tells_why():
    verdict = health(external_secret(status="False", reason="SecretSyncedError"))
    assert verdict == Health(ready=False, message="is not synced: SecretSyncedError")


def test_an_external_secret_without_a_condition_is_not_synced_yet():
    assert health(child("ExternalSecret")).message == "is not synced: not synced yet"


def test_a_condition_is_found_by_its_type():
    wanted = {"type": "B", "status": "True"}
    holder = child(status={"conditions": [{"type": "A", "status": "True"}, wanted]})
    assert condition(holder, "B") == wanted


def test_a_condition_that_an_object_lacks_is_empty():
    assert condition(child(), "B") == {}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({"phase": "Bound"}, HEALTHY),
        ({}, Health(ready=True, message="has no volume yet: see its Events")),
        ({"phase": "Pending"}, Health(ready=True, message="has no volume yet: see its Events")),
        (
            {"phase": "Lost"},
            Health(ready=False, message="has lost its volume: restore into a new one"),
        ),
        (
            {"phase": "Bound", "conditions": [{"type": "Resizing", "status": "True"}]},
            HEALTHY,
        ),
        (
            {"phase": "Bound", "conditions": [{"type": "NodeResizeError", "status": "True"}]},
            Health(ready=False, message="cannot be grown: see its Events"),
        ),
        (
            {"phase": "Bound", "conditions": [{"type": "ControllerResizeError", "status": "True"}]},
            Health(ready=False, message="cannot be grown: see its Events"),
        ),
    ],
)
def test_a_volume_claim_is_judged_by_its_volume(status, verdict):
    assert health(child("PersistentVolumeClaim", status=status)) == verdict


@pytest.mark.parametrize(
    ("kind", "status", "lacking"),
    [
        ("Deployment", counts(0), False),
        ("Deployment", {"conditions": [{"type": "ReplicaFailure", "status": "True"}]}, True),
        ("StatefulSet", counts(2), True),
        ("StatefulSet", counts(3, readyReplicas=0), False),
        ("Job", {}, True),
        ("Job", {"active": 1}, False),
        ("Job", {"conditions": [{"type": "Complete", "status": "True"}]}, False),
        ("ConfigMap", {}, False),
    ],
)
def test_missing_pods_are_told_by_each_kind_in_its_own_way(kind, status, lacking):
    assert lacks_pods(workload(kind, status)) is lacking
