import pytest

from tests.support.observed import child
from tradingstack_operator.model.health import CLUSTER_HEALTHY, Health, health

SPEC = {"instances": 3, "imageName": "registry.example/timescaledb-cnpg:17"}
STATUS = {
    "phase": CLUSTER_HEALTHY,
    "image": SPEC["imageName"],
    "instances": 3,
    "readyInstances": 3,
}


def judged(**status):
    return health(child("Cluster", "alpha-database", spec=SPEC, status=STATUS | status))


def test_a_cluster_as_its_spec_wants_it_is_ready():
    assert judged() == Health(ready=True)


def test_a_cluster_without_status_was_not_seen_by_its_operator():
    unseen = health(child("Cluster", "alpha-database", spec=SPEC))
    assert unseen.message == "has not been seen by CloudNativePG yet"


def test_a_cluster_that_has_work_to_do_is_not_ready():
    assert judged(phase="Failing over").message == "reports: Failing over"


def test_a_cluster_that_has_not_seen_its_new_image_is_not_ready():
    assert judged(image="registry.example/timescaledb-cnpg:16").message == (
        "does not run its new image yet"
    )


@pytest.mark.parametrize("status", [{"readyInstances": 2}, {"readyInstances": 2, "instances": 2}])
def test_a_cluster_that_lacks_an_instance_is_not_ready(status):
    assert judged(**status).message == "has 2 of 3 instances ready"


def test_a_cluster_that_has_not_given_up_an_instance_yet_is_not_ready():
    assert not judged(instances=4, readyInstances=4).ready


def test_a_schedule_that_is_accepted_is_ready():
    assert health(child("ScheduledBackup", "alpha-database")) == Health(ready=True)


def test_a_schedule_that_is_refused_says_why():
    refused = child("ScheduledBackup", "alpha-database", status={"error": "invalid schedule"})
    assert health(refused).message == "is refused by CloudNativePG: invalid schedule"
