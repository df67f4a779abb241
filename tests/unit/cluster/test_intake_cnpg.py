"""What is kept of CloudNativePG's reports is what they are judged by."""

from tests.support.observed import live
from tradingstack_operator.cluster.intake import child_of
from tradingstack_operator.model.kinds import CNPG_CLUSTER, CNPG_OBJECT_STORE, CNPG_SCHEDULED_BACKUP


def kept(kind, **status):
    return child_of(live(kind.kind, "alpha-database", status=status), kind).status


def test_a_cluster_keeps_what_tells_its_primary_and_its_instances():
    told = {
        "phase": "Cluster in healthy state",
        "image": "registry.example/timescaledb-cnpg:17",
        "instances": 3,
        "readyInstances": 2,
        "currentPrimary": "alpha-database-1",
        "targetPrimary": "alpha-database-2",
        "instancesStatus": {"healthy": ["alpha-database-1"]},
    }
    more = {"certificates": {"expirations": {}}, "topology": {}, "poolerIntegrations": {}}
    assert kept(CNPG_CLUSTER, **told, **more) == told | {"conditions": []}


def test_a_cluster_keeps_the_verdict_on_its_archive_without_its_message():
    failing = {"type": "ContinuousArchiving", "status": "False", "reason": "Failing"}
    status = kept(CNPG_CLUSTER, conditions=[failing | {"message": "exit status 4"}])
    assert status["conditions"] == [failing]


def test_an_object_store_keeps_what_can_be_restored():
    windows = {"alpha-database": {"lastSuccessfulBackupTime": "2026-08-10T02:07:00Z"}}
    status = kept(CNPG_OBJECT_STORE, serverRecoveryWindow=windows)
    assert status["serverRecoveryWindow"] == windows


def test_a_schedule_keeps_why_it_was_refused():
    assert kept(CNPG_SCHEDULED_BACKUP, error="invalid schedule")["error"] == "invalid schedule"
