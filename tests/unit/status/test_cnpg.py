from datetime import UTC, datetime

import pytest

from tests.support.observed import by_ref, child
from tests.support.stacks import DIGEST, facts, stack
from tradingstack_operator.api.conditions import REASONS
from tradingstack_operator.model.components import BACKUP, DATABASE, SCHEMA
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.health import CLUSTER_HEALTHY
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status import cnpg
from tradingstack_operator.status.components import component_statuses
from tradingstack_operator.status.findings import Findings

IMAGE = f"registry.example/timescaledb-cnpg:17-ts2{DIGEST}"
CLUSTER = ObjectRef("Cluster", "alpha-database")
STORE = ObjectRef("ObjectStore", "alpha-database")
SCHEDULE = ObjectRef("ScheduledBackup", "alpha-database")
SCHEMA_JOB = ObjectRef("Job", "alpha-schema-0123456789")
NOW = datetime(2026, 8, 10, 12, 0, tzinfo=UTC)
PODS = ["alpha-database-1", "alpha-database-2", "alpha-database-3"]
SERVING = {
    "phase": CLUSTER_HEALTHY,
    "image": IMAGE,
    "instances": 3,
    "readyInstances": 3,
    "currentPrimary": PODS[0],
    "targetPrimary": PODS[0],
    "instancesStatus": {"healthy": PODS},
}
RECENT = {"lastSuccessfulBackupTime": "2026-08-10T02:07:00Z"}


def a_cluster(instances=3, conditions=(), *, deleting=False, **status):
    return child(
        *CLUSTER,
        spec={"instances": instances, "imageName": IMAGE},
        component=DATABASE,
        deleting=deleting,
        status=SERVING | {"conditions": list(conditions)} | status,
    )


def a_store(**window):
    return child(*STORE, status={"serverRecoveryWindow": {STORE.name: window}})


def job(*, complete=True):
    conditions = [{"type": "Complete", "status": "True"}] if complete else []
    return child(*SCHEMA_JOB, component=SCHEMA, status={"conditions": conditions})


def found(*children, backup=True, **fields):
    """Find a stack whose database CloudNativePG runs, with these of its objects."""
    database = {"provider": "CloudNativePG", "image": IMAGE, "instances": 3}
    refs = {CLUSTER: DATABASE, STORE: DATABASE, SCHEDULE: BACKUP, SCHEMA_JOB: SCHEMA}
    sound = {
        "facts": facts(),
        "children": by_ref(
            *(children or (a_cluster(), job(), child(*SCHEDULE), a_store(**RECENT)))
        ),
        "stack": stack(spec={"database": database | ({} if backup else {"backup": None})}),
        "desired": refs,
    }
    return Findings(**(sound | fields))


def ready(*children, **fields):
    verdict = cnpg.database_ready(found(*children, **fields), CLUSTER)
    assert verdict.reason in REASONS[verdict.type]
    return verdict.status, verdict.reason


def available(*children):
    verdict = cnpg.highly_available(found(*children), CLUSTER)
    assert verdict.reason in REASONS[verdict.type]
    return verdict.status, verdict.reason


def backups(*children, **fields):
    verdict = cnpg.backups_healthy(found(*children, **fields), CLUSTER, NOW)
    assert verdict.reason in REASONS[verdict.type]
    return verdict.status, verdict.reason


def test_a_stack_without_a_cluster_has_none_to_judge():
    assert cnpg.cluster_ref(found(desired={})) is None


def test_the_cluster_of_a_stack_is_found():
    assert cnpg.cluster_ref(found()) == CLUSTER


def test_a_database_is_ready_while_its_primary_takes_connections():
    assert ready() == ("True", "Ready")


def test_a_lost_standby_leaves_the_database_ready():
    lost = a_cluster(
        phase="Creating a new replica",
        readyInstances=2,
        instancesStatus={"healthy": PODS[:2], "failed": PODS[2:]},
    )
    assert ready(lost, job()) == ("True", "Ready")


def test_a_primary_that_is_down_is_unavailable():
    down = a_cluster(phase="Failing over", instancesStatus={"healthy": PODS[1:]})
    assert ready(down, job()) == ("False", "PrimaryUnavailable")


def test_a_switchover_makes_the_primary_unavailable():
    assert ready(a_cluster(targetPrimary=PODS[1]), job()) == ("False", "PrimaryUnavailable")


def test_a_cluster_on_its_way_out_is_unavailable():
    assert ready(a_cluster(deleting=True), job()) == ("False", "PrimaryUnavailable")


def test_a_cluster_that_never_had_a_primary_is_bootstrapping():
    new = a_cluster(phase="Setting up primary", currentPrimary="", instancesStatus={})
    assert ready(new) == ("False", "Bootstrapping")


def test_a_cluster_that_does_not_exist_is_bootstrapping():
    assert ready(job()) == ("False", "Bootstrapping")


def test_a_held_back_cluster_says_what_it_waits_for():
    waiting = Waiting(DATABASE, "database waits for ExternalSecret/alpha-database-owner")
    other = Waiting(SCHEMA, "schema waits for Cluster/alpha-database")
    verdict = cnpg.database_ready(found(job(), waiting=(other, waiting)), CLUSTER)
    assert verdict.message == "database waits for ExternalSecret/alpha-database-owner."


def test_a_database_without_its_tables_is_bootstrapping():
    assert ready(a_cluster(), job(complete=False)) == ("False", "Bootstrapping")


@pytest.mark.parametrize("phase", cnpg.NEXT_STEPS)
def test_a_phase_that_waiting_does_not_end_comes_with_a_next_step(phase):
    stuck = a_cluster(phase=phase, currentPrimary="")
    message = cnpg.database_ready(found(stuck), CLUSTER).message
    assert message == f"Cluster/alpha-database reports: {phase}; {cnpg.NEXT_STEPS[phase]}."


def test_replicas_that_are_all_up_make_it_highly_available():
    assert available() == ("True", "Replicated")


def test_one_instance_is_not_highly_available():
    assert available(a_cluster(instances=1)) == ("False", "SingleInstance")


def test_a_lost_standby_degrades_it():
    lost = a_cluster(readyInstances=2, instancesStatus={"healthy": PODS[:2]})
    verdict = cnpg.highly_available(found(lost), CLUSTER)
    assert (verdict.status, verdict.reason) == ("False", "Degraded")
    assert verdict.message == (
        "2 of 3 instances are up: Cluster/alpha-database has 2 of 3 instances ready."
    )


def test_a_cluster_that_does_not_exist_is_degraded():
    assert available(job()) == ("False", "Degraded")


def test_a_base_backup_of_last_night_is_recent():
    assert backups() == ("True", "Recent")


def test_a_recent_backup_says_how_far_back_one_can_go():
    store = a_store(**RECENT, firstRecoverabilityPoint="2026-07-11T02:00:00+00:00")
    verdict = cnpg.backups_healthy(found(a_cluster(), child(*SCHEDULE), store), CLUSTER, NOW)
    assert verdict.message == (
        "The last base backup is of 2026-08-10T02:07:00Z; any moment since 2026-07-11T02:00:00Z can"
        " be restored."
    )


def test_one_missed_backup_is_no_alarm():
    store = a_store(lastSuccessfulBackupTime="2026-08-09T02:07:00Z")
    assert backups(a_cluster(), child(*SCHEDULE), store) == ("True", "Recent")


def test_two_missed_backups_are():
    store = a_store(lastSuccessfulBackupTime="2026-08-08T02:07:00Z")
    assert backups(a_cluster(), child(*SCHEDULE), store) == ("False", "TooOld")


def test_a_failure_after_the_last_success_counts():
    store = a_store(**RECENT, lastFailedBackupTime="2026-08-10T03:00:00Z")
    assert backups(a_cluster(), child(*SCHEDULE), store) == ("False", "LastBackupFailed")


def test_a_failure_before_the_last_success_is_history():
    store = a_store(**RECENT, lastFailedBackupTime="2026-08-09T02:00:00Z")
    assert backups(a_cluster(), child(*SCHEDULE), store) == ("True", "Recent")


def test_a_first_backup_that_failed_is_reported():
    store = a_store(lastFailedBackupTime="2026-08-10T02:00:00Z")
    assert backups(a_cluster(), child(*SCHEDULE), store) == ("False", "LastBackupFailed")


@pytest.mark.parametrize("store", [(), (a_store(),), (child(*STORE),)])
def test_before_the_first_backup_there_is_none(store):
    assert backups(a_cluster(), child(*SCHEDULE), *store) == ("False", "NoBackupYet")


def test_a_log_that_is_not_archived_counts_most():
    failing = {"type": "ContinuousArchiving", "status": "False"}
    assert backups(a_cluster(conditions=[failing]), child(*SCHEDULE), a_store(**RECENT)) == (
        "False",
        "WALArchivingFailing",
    )


def test_a_log_that_is_archived_is_no_trouble():
    fine = {"type": "ContinuousArchiving", "status": "True"}
    store = a_store(**RECENT)
    assert backups(a_cluster(conditions=[fine]), child(*SCHEDULE), store) == ("True", "Recent")


def test_a_schedule_that_is_refused_is_reported():
    refused = child(*SCHEDULE, status={"error": "invalid schedule"})
    verdict = cnpg.backups_healthy(found(a_cluster(), refused), CLUSTER, NOW)
    assert verdict.message == (
        "ScheduledBackup/alpha-database is refused by CloudNativePG: invalid schedule."
    )


def test_backups_are_judged_while_the_cluster_is_away():
    assert backups(child(*SCHEDULE), a_store(**RECENT)) == ("True", "Recent")


def test_a_database_without_backup_is_not_judged_by_it():
    staging = found(stack=stack(spec={"environment": "staging", "database": {"backup": None}}))
    assert cnpg.backups_healthy(staging, CLUSTER, NOW) is None


def test_backups_of_a_rejected_spec_are_not_judged():
    assert cnpg.backups_healthy(found(stack=None), CLUSTER, NOW) is None


def test_the_time_of_the_last_backup_is_told():
    assert cnpg.last_backup_time(found()) == "2026-08-10T02:07:00Z"


def test_before_the_first_backup_no_time_is_told():
    assert cnpg.last_backup_time(found(a_cluster(), a_store())) is None


def test_the_window_of_another_server_does_not_count():
    other = child(*STORE, status={"serverRecoveryWindow": {"restored": RECENT}})
    assert cnpg.recovery_window(found(other)) == {}


def test_the_instances_of_a_cluster_are_counted_as_replicas():
    degraded = a_cluster(readyInstances=2)
    (counted,) = component_statuses(found(degraded, desired={CLUSTER: DATABASE}))
    assert counted == {
        "name": "alpha-database",
        "replicas": 3,
        "readyReplicas": 2,
        "message": "has 2 of 3 instances ready",
    }
